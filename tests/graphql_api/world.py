"""A small MSP to ask about: one ruleset, two customers, a month of work, billed on 3 February 2026."""

from __future__ import annotations

RULES = {
    "northwind.rules": """\
# Northwind: a small price book.

ruleset Northwind
  version    2026.1
  valid      2026-01-01..
  currency   USD
  timezone   America/Chicago

inputs
  | name     | of      | type   | values                       |
  |----------|---------|--------|------------------------------|
  | category | request | choice | Network, Server, Desktop     |
  | priority | request | choice | Low < Normal < High < Urgent |

constants
  | name     | value     |
  |----------|-----------|
  | standard | $100.00/h |

calendar office
  | days      | hours        | band            |
  |-----------|--------------|-----------------|
  | Mon..Fri  | 09:00..18:00 | operational     |
  | Sat, Sun  | -            | weekend         |
  | otherwise |              | non-operational |
""",
    "rates.rules": """\
table Hourly rate
  hit first
  across band
  | row | account   | category | priority || rate / operational | rate / otherwise |
  |-----|-----------|----------|----------||--------------------|------------------|
  | S1  | Secret Ltd | -       | -        || $61.00/h           | $61.00/h         |
  | A10 | Acme Corp | Network  | >= High  || $120.00/h          | $180.00/h        |
  | H10 | -         | Server   | -        || standard * 150%    | standard * 200%  |
  | H99 | otherwise |          |          || standard           | standard * 150%  |

table Rounding
  hit unique
  | row | priority || minimum | round up to |
  |-----|----------||---------|-------------|
  | M1  | >= High  || 30 min  | 15 min      |
  | M2  | < High   || -       | 15 min      |

pricing
  | name        | formula              |
  |-------------|----------------------|
  | rate        | Hourly rate.rate     |
  | minimum     | Rounding.minimum     |
  | round up to | Rounding.round up to |

plans
  | plan      | mode     | measure | every | fee     | allowance | carry over | beyond |
  |-----------|----------|---------|-------|---------|-----------|------------|--------|
  | Gold Care | prepaid  | hours   | month | $500.00 | 2 h       | 1 h        | rate   |
  | Open Book | postpaid | hours   | month | $50.00  | -         | -          | rate   |

taxes
  | row | country   | line || code   | rate  |
  |-----|-----------|------||--------|-------|
  | T1  | US        | -    || sales  | 6.25% |
  | T9  | otherwise |      || exempt | 0%    |
""",
}

PUBLISH = """
mutation ($files: [RulesFileInput!]!) {
  publishRuleset(files: $files) {
    __typename
    ... on RulesetPublished { change version { ruleset number label } warnings { code message } }
    ... on Failure { message code remedy }
    ... on RulesetNotPublished { diagnostics { code severity message file line column endColumn help suggestion label } }
  }
}
"""
FILES = [{"path": path, "text": text} for path, text in RULES.items()]

ACTIVATE = """
mutation ($activation: ActivationInput!) {
  activateRuleset(activation: $activation) {
    ... on RulesetActivated { activation { ruleset version from until } }
    ... on Failure { message code remedy }
  }
}
"""

RECORD_ACCOUNTS = """
mutation ($accounts: [AccountInput!]!) {
  recordAccounts(accounts: $accounts) {
    recorded refused
    results { ... on AccountRecorded { key change account { name sites { key zone } } } ... on Failure { message code remedy } }
  }
}
"""
ACCOUNTS: list[dict[str, object]] = [
    {
        "key": "Acme Corp",
        "country": "US",
        "sites": [{"key": "HQ", "zone": "America/Chicago", "calendar": "office"}],
    },
    {"key": "Globex", "name": "Globex Inc.", "country": "US"},
]

CREATE_CONTRACT = """
mutation ($contract: ContractInput!) {
  createContract(contract: $contract) {
    __typename
    ... on ContractCreated { number change contract { number class plan currency zone account { key } } }
    ... on Refused { message code remedy problems { code message field } }
  }
}
"""
CONTRACTS: list[dict[str, object]] = [
    {"number": "C-1", "account": "Acme Corp", "plan": "Gold Care", "start": "2026-01-01"},
    {"number": "C-2", "account": "Globex", "plan": "Open Book", "start": "2026-01-01"},
]

AMEND_CONTRACT = """
mutation ($amendment: AmendmentInput!) {
  amendContract(amendment: $amendment) {
    __typename
    ... on ContractAmended {
      number amendment change
      contract { plan expiry amendments { number effectiveFrom plan overrides { name value } discounts { percent } suspended lockPrices lateWindow expiry } }
    }
    ... on Refused { message code remedy problems { code message field } }
  }
}
"""

SET_QUANTITY = """
mutation ($quantity: QuantityInput!, $onChange: OnChange! = REJECT) {
  setQuantity(quantity: $quantity, onChange: $onChange) {
    __typename
    ... on QuantitySet {
      id change revision
      contract { quantities { item from quantity source externalId revision evidence { name value } } }
    }
    ... on Refused { message code remedy problems { code message field } }
  }
}
"""

RECORD_WORKLOGS = """
mutation ($worklogs: [WorklogInput!]!, $source: String! = "main", $onChange: OnChange! = REJECT) {
  recordWorklogs(worklogs: $worklogs, source: $source, onChange: $onChange) {
    recorded refused
    results {
      __typename
      ... on WorklogRecorded { id change revision worklog { state seconds zone } }
      ... on Refused { message code remedy problems { code message field subject } }
    }
  }
}
"""


def request(number: str, category: str = "Desktop", priority: str = "Normal") -> dict[str, object]:
    fields = [{"name": "category", "value": category}, {"name": "priority", "value": priority}]
    return {"id": number, "kind": "incident", "fields": fields}


WORKLOGS: list[dict[str, object]] = [
    {  # operational, 90 min, high: covered by the allowance
        "id": "w1",
        "account": "Acme Corp",
        "site": "HQ",
        "start": "2026-01-12T10:00",
        "end": "2026-01-12T11:30",
        "request": request("r1", "Network", "High"),
    },
    {  # 17:30 to 19:05: two bands, 95 -> 105 min; the allowance runs out
        "id": "w2",
        "account": "Acme Corp",
        "site": "HQ",
        "start": "2026-01-14T17:30",
        "end": "2026-01-14T19:05",
        "request": request("r2", "Network", "Urgent"),
    },
    {
        "id": "w3",
        "account": "Globex",
        "start": "2026-01-15T09:00",
        "minutes": 50,
        "request": request("r3", "Server", "Low"),
    },
    {  # an unknown value: waits for a person
        "id": "w4",
        "account": "Globex",
        "start": "2026-01-16T09:00",
        "minutes": 30,
        "request": request("r4", "Printer", "Low"),
    },
    {
        "id": "w5",
        "account": "Globex",
        "start": "2026-01-17T11:00",
        "minutes": 30,
        "billable": False,
        "request": request("r5"),
    },
]

BILL = """
mutation ($through: Date) {
  billDue(through: $through) {
    billed { contractNumber boundary boundaryOn documentNumber kind total { amount currency minor } document { number } }
    parked { contractNumber reason { code message detail { name value } } }
  }
}
"""
