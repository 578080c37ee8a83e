"""`tarifa bill`: allowances that open when their document is paid."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Facts

CONTRACTS = "number,account,plan,start,overrides,allowance_opens\nC-1,Acme,{plan},2026-03-01,{overrides},when paid\n"


@pytest.fixture
def contract(facts: Facts) -> Facts:
    """Two hours a month for 100.00, and three hours of work in March."""
    facts.write("contracts.csv", CONTRACTS.format(plan="Hours", overrides=""))
    rows = "".join(f"W-{day},Acme,Desktop,2026-03-{day} 09:00,60\n" for day in ("03", "10", "17"))
    facts.write("worklogs.csv", f"id,account,category,start,minutes\n{rows}")
    return facts


def _covered(facts: Facts) -> dict[str, tuple[int, str]]:
    shape = facts.bill(through="2026-04-01").json
    lines = [line for document in shape["documents"] for line in document["lines"] if line["work"] is not None]
    return {line["work"]: (line["covered"], line["amount"]) for line in lines}


@pytest.mark.parametrize(
    ("paid", "covered"),
    [
        ("2026-02-20", {"W-03": (60, "0.00"), "W-10": (60, "0.00"), "W-17": (0, "90.00")}),
        ("2026-03-10", {"W-03": (0, "90.00"), "W-10": (60, "0.00"), "W-17": (60, "0.00")}),
        ("2026-04-10", {"W-03": (0, "90.00"), "W-10": (0, "90.00"), "W-17": (0, "90.00")}),
    ],
)
def test_work_from_the_day_of_the_payment_on_is_covered(
    contract: Facts, paid: str, covered: dict[str, tuple[int, str]]
) -> None:
    contract.write("payments.csv", f"document,paid\nC-1/2026-03-01,{paid}\n")
    assert _covered(contract) == covered


def test_nothing_is_covered_that_nobody_paid(contract: Facts) -> None:
    assert {minutes for minutes, _ in _covered(contract).values()} == {0}


def test_of_a_document_with_nothing_to_pay_the_allowance_is_open(contract: Facts) -> None:
    contract.write("contracts.csv", CONTRACTS.format(plan="Hours", overrides="fee = $0.00"))
    assert _covered(contract) == {"W-03": (60, "0.00"), "W-10": (60, "0.00"), "W-17": (0, "90.00")}


def test_held_work_says_that_its_allowance_is_not_paid(contract: Facts) -> None:
    contract.write("contracts.csv", CONTRACTS.format(plan="Closed", overrides=""))
    messages = {one["subject"]: one["message"] for one in contract.bill(through="2026-04-01").json["exceptions"]}
    assert set(messages) == {"W-03", "W-10", "W-17"}
    assert all("opens when its document is paid" in message for message in messages.values())


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("C-1,2026-03-10", "write its key, contract and boundary"),
        ("C-1/2026-03-02,2026-03-10", "2026-03-02 is no boundary of the contract `C-1`"),
        ("C-1/2026-02-01,2026-03-10", "2026-02-01 is no boundary of the contract `C-1`"),
        ("C-2/2026-03-01,2026-03-10", "there is no contract `C-2`"),
        ("C-1/2026-03-01,soon", "soon"),
    ],
)
def test_a_payment_that_names_no_document_waits_and_stops_nothing(contract: Facts, row: str, words: str) -> None:
    contract.write("payments.csv", f"document,paid\n{row}\n")
    shape = contract.bill(through="2026-04-01").json
    (waiting,) = shape["exceptions"]
    assert (waiting["kind"], waiting["line"], words in waiting["message"]) == ("payment", 2, True), waiting["message"]
    assert len(shape["documents"]) == 2


def test_another_word_than_those_two_is_refused(contract: Facts) -> None:
    contract.write("contracts.csv", CONTRACTS.format(plan="Hours", overrides="").replace("when paid", "later"))
    told = {one["subject"]: one["message"] for one in contract.bill().json["exceptions"]}
    assert "write `at start` or `when paid`" in told["C-1"]
