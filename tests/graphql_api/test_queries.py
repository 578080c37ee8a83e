"""What is read: pages that hold still, filters, and an invoice to its last cent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.graphql_api import world
from tests.graphql_api.conftest import Answer, Api

INVOICE = """
query ($number: String!) {
  document(number: $number) {
    number kind currency accountKey contractNumber issueDate boundaryOn dueDate
    net { amount minor currency } tax { amount } total { amount }
    taxes { code percent base { amount } tax { amount } }
    account { name } contract { plan }
    lines { nodes {
      position itemKey kind label band product serviceFrom serviceTo worklogId
      minutes roundedMinutes coveredMinutes overageMinutes
      rate { amount currency per } amount { amount } discount { amount } net { amount } taxCodes
      rows { hook version table row file line }
      worklog { state }
      explanation { version sentences steps { kind sentence values { name value } rows { table row file line } } }
    } }
  }
}
"""


def invoice_of(api: Api, contract: str, boundary: str) -> Answer:
    page = api.data("query ($c: String) { documents(contract: $c) { nodes { number boundaryOn } } }", c=contract)
    [number] = [node["number"] for node in page["documents"]["nodes"] if node["boundaryOn"] == boundary]
    document: Answer = api.data(INVOICE, number=number)["document"]
    return document


def test_an_invoice_adds_up_from_the_minutes_to_the_tax(api: Api) -> None:
    invoice = invoice_of(api, "C-1", "2026-02-01")
    assert (invoice["kind"], invoice["account"], invoice["currency"]) == ("INVOICE", {"name": "Acme Corp"}, "USD")
    assert invoice["net"] == {"amount": "725.00", "minor": 72500, "currency": "USD"}
    assert invoice["taxes"] == [
        {"code": "sales", "percent": "6.25", "base": {"amount": "725.00"}, "tax": {"amount": "45.31"}}
    ]
    assert invoice["total"] == {"amount": "770.31"}
    labour = {line["itemKey"]: line for line in invoice["lines"]["nodes"] if line["kind"] == "labour"}
    shown = {
        key: (
            line["minutes"],
            line["roundedMinutes"],
            line["coveredMinutes"],
            line["overageMinutes"],
            line["rate"],
            line["net"]["amount"],
        )
        for key, line in labour.items()
    }
    hourly = {"currency": "USD", "per": "hour"}
    assert shown == {
        "work/main:w1/operational": (90, 90, 90, 0, {"amount": "120.00", **hourly}, "0.00"),
        "work/main:w2/operational": (30, 30, 30, 0, {"amount": "120.00", **hourly}, "0.00"),
        "work/main:w2/non-operational": (65, 75, 0, 75, {"amount": "180.00", **hourly}, "225.00"),
    }
    [fee] = [line for line in invoice["lines"]["nodes"] if line["kind"] == "fee"]
    assert (fee["product"], fee["serviceFrom"], fee["serviceTo"]) == ("gold care", "2026-02-01", "2026-02-28")
    assert fee["net"] == {"amount": "500.00"}


def test_a_line_names_the_row_that_priced_it_and_where_it_stands(api: Api) -> None:
    lines = invoice_of(api, "C-1", "2026-02-01")["lines"]["nodes"]
    [overage] = [line for line in lines if line["overageMinutes"]]
    rate = next(row for row in overage["rows"] if row["table"] == "Hourly rate")
    assert (rate["version"], rate["row"], rate["file"]) == ("Northwind@2026.1", "A10", "rates.rules")
    assert world.RULES["rates.rules"].splitlines()[rate["line"] - 1].startswith("  | A10 ")


def test_an_explanation_is_the_same_in_sentences_and_in_steps(api: Api) -> None:
    lines = invoice_of(api, "C-1", "2026-02-01")["lines"]["nodes"]
    for line in lines:
        explanation = line["explanation"]
        assert explanation["version"] == "Northwind@2026.1"
        assert explanation["sentences"] == [step["sentence"] for step in explanation["steps"]]
    [overage] = [line for line in lines if line["overageMinutes"]]
    [amount] = [step for step in overage["explanation"]["steps"] if step["kind"] == "amount"]
    assert {value["name"]: value["value"] for value in amount["values"]}["amount"] == "225.00"
    assert "75 min at 180.00 USD/h" in amount["sentence"]


def test_a_postpaid_contract_is_billed_for_work_and_fee_together(api: Api) -> None:
    invoice = invoice_of(api, "C-2", "2026-02-01")
    nets = {line["itemKey"].partition("/")[0]: line["net"]["amount"] for line in invoice["lines"]["nodes"]}
    assert nets == {"work": "150.00", "fee": "50.00"}
    assert invoice["total"] == {"amount": "212.50"}


def test_what_waits_says_why_and_what_to_do(api: Api) -> None:
    [waiting] = api.data(
        "{ exceptions { nodes { accountKey contractNumber subjectKind subject state since"
        " reason { code message detail { name value } } } } }"
    )["exceptions"]["nodes"]
    assert (waiting["accountKey"], waiting["subjectKind"], waiting["subject"]) == ("globex", "work", "main:w4")
    assert waiting["reason"]["code"] == "unknown-value"
    assert "Printer" in waiting["reason"]["message"]
    assert {"name": "input", "value": "category"} in waiting["reason"]["detail"]


STATES = {"main:w1": "BILLED", "main:w2": "BILLED", "main:w3": "BILLED", "main:w4": "HELD", "main:w5": "NOT_BILLABLE"}


def test_every_worklog_stands_somewhere(api: Api) -> None:
    nodes = api.data("{ worklogs { nodes { id state billedOn { position } held { code } } } }")["worklogs"]["nodes"]
    assert {node["id"]: node["state"] for node in nodes} == STATES
    assert {node["id"] for node in nodes if node["billedOn"]} == {"main:w1", "main:w2", "main:w3"}
    assert {node["id"]: node["held"] for node in nodes if node["held"]} == {"main:w4": [{"code": "unknown-value"}]}


@pytest.mark.parametrize("state", sorted({*STATES.values(), "OPEN", "VOIDED"}))
def test_worklogs_are_found_by_where_they_stand(api: Api, state: str) -> None:
    found = api.data("query ($s: WorklogState) { worklogs(state: $s) { nodes { id } } }", s=state)
    assert {node["id"] for node in found["worklogs"]["nodes"]} == {id for id, where in STATES.items() if where == state}  # noqa: A001 - as the field is called


def test_worklogs_are_found_by_account_and_by_when_they_began(api: Api) -> None:
    query = """query ($account: String, $since: Instant, $until: Instant) {
      worklogs(account: $account, since: $since, until: $until) { nodes { id } }
    }"""

    def found(**filters: str) -> list[str]:
        return [node["id"] for node in api.data(query, **filters)["worklogs"]["nodes"]]

    assert found(account="  ACME  corp ") == ["main:w1", "main:w2"]
    assert found(account="nobody") == []
    assert found(since="2026-01-15T09:00:00-06:00", until="2026-01-16T09:00:00-06:00") == ["main:w3"]


def walk(api: Api, field: str, first: int) -> tuple[list[Any], int]:
    """All rows of a list, read in pages."""
    query = f"""query ($first: Int!, $after: Cursor) {{
      {field}(first: $first, after: $after) {{
        edges {{ cursor node {{ __typename ... on Worklog {{ id }} ... on Document {{ number }} }} }}
        pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }}
      }}
    }}""".replace("... on Worklog { id }", "id" if field == "worklogs" else "").replace(
        "... on Document { number }", "number" if field == "documents" else ""
    )
    rows: list[Any] = []
    after, pages = None, 0
    while True:
        page = api.data(query, first=first, after=after)[field]
        info, edges = page["pageInfo"], page["edges"]
        assert info["hasPreviousPage"] == (after is not None)
        assert (info["startCursor"], info["endCursor"]) == (edges[0]["cursor"], edges[-1]["cursor"])
        rows += [edge["node"] for edge in edges]
        pages += 1
        if not info["hasNextPage"]:
            return rows, pages
        after = info["endCursor"]


@pytest.mark.parametrize(("field", "count"), [("worklogs", 5), ("documents", 3)])
@pytest.mark.parametrize("first", [1, 2, 3, 5, 100])
def test_pages_of_any_size_hold_every_row_once_in_the_same_order(api: Api, field: str, count: int, first: int) -> None:
    rows, pages = walk(api, field, first)
    assert len(rows) == count
    assert pages == -(-count // first)
    assert rows == walk(api, field, 100)[0]


def test_lines_of_a_document_are_paged_too(api: Api) -> None:
    number = invoice_of(api, "C-1", "2026-02-01")["number"]
    query = """query ($n: String!, $first: Int!, $after: Cursor) {
      document(number: $n) { lines(first: $first, after: $after) {
        nodes { position } pageInfo { endCursor hasNextPage }
      } }
    }"""
    positions, after = [], None
    while True:
        page = api.data(query, n=number, first=3, after=after)["document"]["lines"]
        positions += [node["position"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert positions == list(range(1, len(positions) + 1))
    assert len(positions) == 4


def test_a_page_holds_still_while_others_write(api: Api) -> None:
    query = "query ($after: Cursor) { worklogs(first: 2, after: $after) { nodes { id } pageInfo { endCursor } } }"
    first = api.data(query)["worklogs"]
    earlier = {**world.WORKLOGS[2], "id": "earlier", "start": "2026-01-02T09:00"}
    api.data(world.RECORD_WORKLOGS, worklogs=[earlier])
    second = api.data(query, after=first["pageInfo"]["endCursor"])["worklogs"]
    assert [node["id"] for node in first["nodes"] + second["nodes"]] == ["main:w1", "main:w2", "main:w3", "main:w4"]


def test_an_empty_page_has_no_cursors(api: Api) -> None:
    query = '{ worklogs(account: "nobody") { edges { cursor } pageInfo { startCursor endCursor hasNextPage } } }'
    assert api.data(query)["worklogs"] == {
        "edges": [],
        "pageInfo": {"startCursor": None, "endCursor": None, "hasNextPage": False},
    }


def test_accounts_are_found_by_what_people_type(api: Api) -> None:
    query = "query ($s: String) { accounts(search: $s) { nodes { key } } }"
    assert api.data(query, s="inc.")["accounts"]["nodes"] == [{"key": "globex"}]
    assert api.data(query, s="ACME")["accounts"]["nodes"] == [{"key": "acme corp"}]
    assert api.data(query, s="%")["accounts"]["nodes"] == []
    assert api.data(query, s="'; DROP TABLE accounts; --")["accounts"]["nodes"] == []


def test_the_timeline_of_the_rules_is_there_for_the_office(api: Api) -> None:
    answer = api.data(
        """{
          rulesets { nodes { name label newestVersion } }
          rulesetVersions(ruleset: "NORTHWIND") { nodes { ruleset number label sourceDigest publishedBy } }
          activations { nodes { ruleset version versionLabel from until kind } }
        }"""
    )
    assert answer["rulesets"]["nodes"] == [{"name": "northwind", "label": "Northwind", "newestVersion": 1}]
    [version] = answer["rulesetVersions"]["nodes"]
    assert (version["number"], version["label"]) == (1, "2026.1")
    assert len(version["sourceDigest"]) == 64
    assert version["publishedBy"].endswith("(admin)")
    assert answer["activations"]["nodes"] == [
        {
            "ruleset": "Northwind",
            "version": 1,
            "versionLabel": "2026.1",
            "from": "2026-01-01",
            "until": None,
            "kind": "NORMAL",
        }
    ]


def test_an_account_shows_its_sites_and_contracts(api: Api) -> None:
    account = api.data(
        '{ account(key: "ACME corp") { label sites { key zone calendar } contracts { number class nextBoundary } } }'
    )["account"]
    assert account == {
        "label": "Acme Corp",
        "sites": [{"key": "hq", "zone": "America/Chicago", "calendar": "office"}],
        "contracts": [{"number": "C-1", "class": "main", "nextBoundary": "2026-03-01"}],
    }


def test_a_closing_balances(api: Api) -> None:
    [closing] = api.data(
        '{ closings(contract: "C-1") { nodes { cycle start end '
        + " ".join(f"{name} {{ amount unit }}" for name in QUANTITIES)
        + " buckets { kind } } } }"
    )["closings"]["nodes"]
    amount = {name: float(closing[name]["amount"]) for name in QUANTITIES}
    assert amount["carriedIn"] + amount["granted"] + amount["toppedUp"] == amount["drawn"] + amount["left"]
    assert (amount["granted"], amount["drawn"], amount["overage"]) == (120, 120, 75)
    assert {closing[name]["unit"] for name in QUANTITIES} == {"MINUTES"}


QUANTITIES = ("carriedIn", "granted", "toppedUp", "drawn", "overage", "left", "carriedOut")


def test_two_who_bill_at_once_bill_everything_once(api: Api) -> None:
    api.clock.now = api.clock.now.replace(month=3)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: api.data(world.BILL)["billDue"], range(4)))
    billed = [entry["contractNumber"] for answer in answers for entry in answer["billed"]]
    assert sorted(billed) == ["C-1", "C-2"]
    documents = api.data("{ documents { nodes { number boundaryOn } } }")["documents"]["nodes"]
    assert len({document["number"] for document in documents}) == len(documents) == 5
