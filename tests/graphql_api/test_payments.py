"""The office records money and allocates it; a customer sees what is its own, and no more."""

from __future__ import annotations

import pytest

from tests.graphql_api.conftest import Answer, Api

PAY = """
mutation ($payment: PaymentInput!, $onChange: OnChange! = REJECT) {
  recordPayment(payment: $payment, onChange: $onChange) {
    ... on PaymentRecorded { id change revision payment { kind amount { amount } open { amount } } }
    ... on Refused { code message remedy }
  }
}
"""
ALLOCATE = """
mutation ($allocation: AllocationInput!) {
  allocate(allocation: $allocation) {
    ... on Allocated { change allocations { paymentId documentNumber amount { amount } } }
    ... on Refused { code message remedy }
  }
}
"""
MINE = """
query ($account: String!) {
  payments(account: $account) { nodes { id open { amount } allocations { documentNumber amount { amount } } } }
  statement(account: $account, from: "2026-01-01", to: "2026-12-31") {
    currency opening { amount } closing { amount } entries { nodes { kind name amount { amount } balance { amount } } }
  }
  overdue(on: "2026-12-31", account: $account) { nodes { number isOverdue(on: "2026-12-31") paymentState open { amount } } }
}
"""


def paid(api: Api, amount: str = "100.00", **others: object) -> Answer:
    payment = {"id": "77", "account": "Acme Corp", "amount": amount, "currency": "USD", "receivedOn": "2026-02-03"}
    answer: Answer = api.data(PAY, "billing", payment=payment | others)["recordPayment"]
    return answer


def test_a_payment_is_recorded_and_pays_the_oldest_document(api: Api) -> None:
    assert paid(api)["payment"]["open"] == {"amount": "100.00"}
    answer = api.data(ALLOCATE, "billing", allocation={"requestKey": "k", "payment": "main:77"})["allocate"]
    [allocated] = answer["allocations"]
    assert (answer["change"], allocated["paymentId"], allocated["amount"]) == ("NEW", "main:77", {"amount": "100.00"})
    seen = api.data(MINE, "acme", account="Acme Corp")
    document = next(one for one in seen["overdue"]["nodes"] if one["number"] == allocated["documentNumber"])
    assert (document["isOverdue"], document["paymentState"]) == (True, "PARTLY_PAID")
    [payment] = seen["payments"]["nodes"]
    assert (payment["open"]["amount"], payment["allocations"][0]["amount"]["amount"]) == ("0.00", "100.00")
    [statement] = seen["statement"]
    assert statement["entries"]["nodes"][-1]["balance"] == statement["closing"]


def test_another_customer_sees_nothing_of_it(api: Api) -> None:
    paid(api)
    assert api.data(MINE, "globex", account="Acme Corp") == {
        "payments": {"nodes": []}, "statement": [], "overdue": {"nodes": []},
    }  # fmt: skip
    assert api.data('{ payment(id: "main:77") { id } }', "globex") == {"payment": None}
    assert api.error('{ payment(id: "main:77") { note } }', "acme")["extensions"]["code"] == "forbidden"


def test_days_that_are_turned_around_are_told(api: Api) -> None:
    asked = '{ statement(account: "Acme Corp", from: "2026-02-01", to: "2026-01-31") { currency } }'
    assert api.error(asked, "reader")["extensions"]["code"] == "bad-period"


def test_a_part_names_a_document_or_a_refund(api: Api) -> None:
    paid(api)
    for named in ({}, {"document": "INV-000002", "refund": "main:78"}):
        parts = [{"amount": "1", **named}]
        answer = api.data(ALLOCATE, allocation={"requestKey": "k", "payment": "main:77", "parts": parts})["allocate"]
        assert answer["code"] == "one-target"


@pytest.mark.parametrize("key", ["recorder", "reader", "acme"])
def test_only_the_office_records_and_allocates_money(api: Api, key: str) -> None:
    payment = {"id": "1", "account": "Acme Corp", "amount": "1", "currency": "USD", "receivedOn": "2026-02-03"}
    assert api.error(PAY, key, payment=payment)["extensions"]["code"] == "forbidden"
    allocation = {"requestKey": "k", "payment": "main:1"}
    assert api.error(ALLOCATE, key, allocation=allocation)["extensions"]["code"] == "forbidden"
