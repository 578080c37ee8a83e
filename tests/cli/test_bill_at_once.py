"""`tarifa bill`: amendments whose difference is billed at once."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Facts
from tests.cli.test_bill_changes import ITEMS, MORE_PLANS

AMENDMENTS = "contract,from,plan,overrides,discount,difference\n"


@pytest.fixture
def contract(facts: Facts) -> Facts:
    """A contract on the plan Basic, 600.00 a month, that bills differences at once; its customer pays 10 % of tax."""
    rules = facts.ruleset / "small.rules"
    rules.write_text(rules.read_text().replace("  | Closed |", MORE_PLANS) + ITEMS)
    facts.write(
        "contracts.csv", "number,account,plan,start,expiry,difference\nC-1,Acme,Basic,2026-06-01,2026-07-31,at once\n"
    )
    facts.write("worklogs.csv", "id,account,start,minutes\nW-1,Acme,2026-06-03 09:00,60\n")
    return facts


def _billed(facts: Facts, *rows: str, through: str = "2026-07-01") -> list[tuple[str, list[tuple[str, str]], str]]:
    facts.write("amendments.csv", AMENDMENTS + "".join(f"{row}\n" for row in rows))
    shape = facts.bill(through=through).json
    assert shape["exceptions"] == []
    return [
        (one["key"], [(line["item"], line["amount"]) for line in one["lines"]], one["tax"])
        for one in shape["documents"]
    ]


JUNE = ("C-1/2026-06-01", [("fee/1/0", "600.00")], "60.00")
JULY = ("C-1/2026-07-01", [("fee/2/1", "900.00"), ("work/W-1/operational", "90.00")], "99.00")


def test_an_upgrade_is_a_document_of_its_first_day(contract: Facts) -> None:
    """C07, at once: -300.00 + 450.00 on 16 June."""
    upgrade = ("C-1/2026-06-16", [("fee/1/0", "-300.00"), ("fee/2/0", "450.00")], "15.00")
    assert _billed(contract, "C-1,2026-06-16,Best,,,") == [JUNE, upgrade, JULY]
    assert _billed(contract, "C-1,2026-06-16,Best,,,", through="2026-06-15") == [JUNE]
    assert _billed(contract, "C-1,2026-06-16,Best,,,", through="2026-06-16") == [JUNE, upgrade]


def test_a_difference_corrects_the_line_that_it_is_against(contract: Facts) -> None:
    contract.write("amendments.csv", f"{AMENDMENTS}C-1,2026-06-16,Best,,,\n")
    shape = contract.bill(through="2026-06-16").json
    assert [line["corrects"] for line in shape["documents"][1]["lines"]] == [
        {"document": "C-1/2026-06-01", "position": 1},
        None,
    ]


def test_each_amendment_of_a_cycle_has_its_own_day_and_the_last_word_is_what_all_come_to(contract: Facts) -> None:
    found = _billed(contract, "C-1,2026-06-11,Best,,,", "C-1,2026-06-21,,,10%,")
    assert [(key, lines) for key, lines, _ in found[1:3]] == [
        ("C-1/2026-06-11", [("fee/1/0", "-400.00"), ("fee/2/0", "600.00")]),
        ("C-1/2026-06-21", [("fee/2/0", "-300.00"), ("fee/3/0", "300.00")]),
    ]


def test_an_amendment_of_the_next_boundary_is_known_from_the_start_and_billed_ahead(contract: Facts) -> None:
    assert _billed(contract, "C-1,2026-06-16,Best,,,next boundary")[0] == (
        "C-1/2026-06-01",
        [("fee/1/0", "300.00"), ("fee/2/0", "450.00")],
        "75.00",
    )


def test_what_comes_to_nothing_at_once_is_told_at_the_boundary(contract: Facts) -> None:
    found = _billed(contract, "C-1,2026-06-16,,standard = $80.00/h,,")
    assert [key for key, _, _ in found] == ["C-1/2026-06-01", "C-1/2026-07-01"]
    assert found[1][1] == [
        ("fee/2/1", "600.00"),
        ("work/W-1/operational", "90.00"),
        ("fee/1/0", "-300.00"),
        ("fee/2/0", "300.00"),
    ]


def test_seats_follow_too(contract: Facts) -> None:
    contract.write("quantities.csv", "id,contract,item,from,quantity\na,C-1,Seat,2026-06-01,40\n")
    found = _billed(contract, "C-1,2026-06-16,,,10% item,")
    assert found[1][1] == [
        ("fee/1/0", "-300.00"),
        ("fee/2/0", "300.00"),
        ("recurring/seat/a/0", "-250.00"),
        ("recurring/seat/a/0/2", "250.00"),
    ]
    assert found[1][2] == "-2.50"


def test_another_word_than_those_two_is_refused(contract: Facts) -> None:
    contract.write("amendments.csv", f"{AMENDMENTS}C-1,2026-06-16,Best,,,now\n")
    (waiting,) = contract.bill().json["exceptions"]
    assert "write `next boundary` or `at once`" in waiting["message"]
