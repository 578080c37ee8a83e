"""The office bills contracts of several customers together, and each caller sees what is theirs."""

from __future__ import annotations

import pytest

from tests.graphql_api import world
from tests.graphql_api.conftest import Api

RECORD = """
mutation ($group: BillGroupInput!) {
  recordBillGroup(group: $group) { ... on BillGroupRecorded { key change } ... on Refused { code problems { field } } }
}
"""
JOIN = """
mutation ($contract: String!, $group: String!) {
  joinBillGroup(contract: $contract, group: $group) {
    ... on BillGroupJoined { contractNumber change } ... on Refused { code }
  }
}
"""
GROUP = {"key": "Holding", "account": "Payer", "currency": "USD", "dueDays": 14, "purchaseOrder": "PO-1"}
DOCUMENTS = """
{ documents(contract: "C-71") { nodes {
  number billGroup accountKey contractNumber contractNumbers purchaseOrder dueDate
  lines { nodes { accountKey contractNumber } }
} } }
"""


def billed(api: Api) -> None:
    api.data(world.RECORD_ACCOUNTS, accounts=[{"key": key, "country": "US"} for key in ("Payer", "One", "Two")])
    assert api.data(RECORD, "billing", group=GROUP)["recordBillGroup"] == {"key": "holding", "change": "NEW"}
    assert api.data(RECORD, group=GROUP)["recordBillGroup"]["change"] == "UNCHANGED"
    for number, account in (("C-71", "One"), ("C-72", "Two")):
        contract = {"number": number, "account": account, "plan": "Gold Care", "start": "2026-02-02"}
        group = {"billGroup": "holding"} if number == "C-71" else {}
        api.data(world.CREATE_CONTRACT, contract={**contract, **group})
    joined = api.data(JOIN, contract="C-72", group="Holding")["joinBillGroup"]
    assert joined == {"contractNumber": "C-72", "change": "NEW"}
    api.data("mutation { billDue { billed { documentNumber } } }", "billing")


def test_one_document_shows_whose_each_line_is(api: Api) -> None:
    billed(api)
    [document] = api.data(DOCUMENTS, "reader")["documents"]["nodes"]
    assert document["contractNumbers"] == ["C-71", "C-72"]
    assert document["lines"]["nodes"] == [
        {"accountKey": "one", "contractNumber": "C-71"},
        {"accountKey": "two", "contractNumber": "C-72"},
    ]
    told = {name: document[name] for name in ("billGroup", "accountKey", "contractNumber", "purchaseOrder")}
    assert told == {"billGroup": "Holding", "accountKey": "payer", "contractNumber": "C-71", "purchaseOrder": "PO-1"}
    [group] = api.data("{ billGroups { key accountKey contractNumbers dueDays } }", "reader")["billGroups"]
    assert group == {"key": "Holding", "accountKey": "payer", "contractNumbers": ["C-71", "C-72"], "dueDays": 14}
    assert api.data('{ contract(number: "C-72") { billGroup } }')["contract"]["billGroup"] == "Holding"
    assert api.data(DOCUMENTS, "acme")["documents"]["nodes"] == []


def test_a_group_that_cannot_be_is_refused_with_its_field(api: Api) -> None:
    refused = api.data(RECORD, group={**GROUP, "account": "Nobody"})["recordBillGroup"]
    assert (refused["code"], refused["problems"]) == ("unknown-account", [{"field": "account"}])
    assert api.data(JOIN, contract="C-1", group="Nobody's")["joinBillGroup"]["code"] == "unknown-group"


@pytest.mark.parametrize("key", ["recorder", "reader", "acme"])
def test_only_the_office_says_who_is_billed_together(api: Api, key: str) -> None:
    assert api.error(RECORD, key, group=GROUP)["extensions"]["code"] == "forbidden"
    assert api.error(JOIN, key, contract="C-1", group="G")["extensions"]["code"] == "forbidden"


def test_customers_do_not_see_who_is_billed_together(api: Api) -> None:
    assert api.error("{ billGroups { key } }", "acme")["extensions"]["code"] == "forbidden"


def test_a_contract_leaves_its_group_and_one_that_was_billed_with_it_does_not(api: Api) -> None:
    billed(api)
    contract = {
        "number": "C-73",
        "account": "Payer",
        "plan": "Open Book",
        "start": "2026-02-02",
        "billGroup": "holding",
    }
    api.data(world.CREATE_CONTRACT, contract=contract)
    leave = """mutation ($contract: String!) {
      leaveBillGroup(contract: $contract) {
        ... on BillGroupLeft { contractNumber change } ... on Refused { code remedy }
      }
    }"""
    left = api.data(leave, "billing", contract="C-73")["leaveBillGroup"]
    assert left == {"contractNumber": "C-73", "change": "REVISED"}
    assert api.data('{ contract(number: "C-73") { billGroup } }')["contract"]["billGroup"] is None
    refused = api.data(leave, contract="C-72")["leaveBillGroup"]
    assert refused["code"] == "billed-otherwise"
    assert "renewal" in refused["remedy"]
