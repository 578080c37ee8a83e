"""The office gives credit by hand."""

from __future__ import annotations

import pytest

from tests.graphql_api.conftest import Api

CREDIT = """
mutation ($credit: CreditInput!) {
  creditLines(credit: $credit) {
    ... on CreditNoteIssued { change document { kind open { amount } lines { nodes { reason net { amount } corrects { position } } } } }
    ... on Refused { code message remedy }
  }
}
"""
CANCEL = """
mutation ($cancellation: CancellationInput!) {
  cancelDocument(cancellation: $cancellation) {
    ... on CreditNoteIssued { number change }
    ... on Refused { code message remedy }
  }
}
"""


def test_goodwill_is_a_credit_note_and_what_is_left_can_be_cancelled(api: Api) -> None:
    [invoice, *_] = api.data('{ documents(account: "Globex") { nodes { number payable { amount } } } }')["documents"][
        "nodes"
    ]
    given = {
        "requestKey": "k",
        "document": invoice["number"],
        "reason": "Sorry.",
        "lines": [{"position": 1, "amount": "1"}],
    }
    answer = api.data(CREDIT, "billing", credit=given)["creditLines"]
    [line] = answer["document"]["lines"]["nodes"]
    assert (answer["change"], answer["document"]["kind"]) == ("NEW", "CREDIT_NOTE")
    assert (line["reason"], line["net"], line["corrects"]) == ("Sorry.", {"amount": "-1.00"}, {"position": 1})
    cancelled = api.data(
        CANCEL, "billing", cancellation={"requestKey": "c", "document": invoice["number"], "reason": "Wrong customer."}
    )["cancelDocument"]
    found = api.data("query ($n: String!) { document(number: $n) { cancelledBy } }", "globex", n=invoice["number"])
    assert found == {"document": {"cancelledBy": cancelled["number"]}}


def test_an_amount_off_an_invoice_is_spread_over_its_lines(api: Api) -> None:
    [invoice, *_] = api.data('{ documents(account: "Globex") { nodes { number } } }')["documents"]["nodes"]
    given = {"requestKey": "k", "document": invoice["number"], "reason": "Sorry.", "amount": "10.00"}
    answer = api.data(CREDIT, "billing", credit=given)["creditLines"]
    assert sum(float(line["net"]["amount"]) for line in answer["document"]["lines"]["nodes"]) == -10


def test_credit_without_a_line_is_told_of_cancelling(api: Api) -> None:
    given = {"requestKey": "k", "document": "INV-000001", "reason": "Sorry.", "lines": []}
    assert api.data(CREDIT, credit=given)["creditLines"]["code"] == "no-lines"


@pytest.mark.parametrize("key", ["recorder", "reader", "acme"])
def test_only_the_office_gives_credit(api: Api, key: str) -> None:
    cancellation = {"requestKey": "c", "document": "INV-000001", "reason": "Sorry."}
    assert api.error(CANCEL, key, cancellation=cancellation)["extensions"]["code"] == "forbidden"
