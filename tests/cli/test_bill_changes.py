"""`tarifa bill`: contracts that change from a day on, and items that are counted."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Facts

COLUMNS = "contract,from,plan,overrides,discount,suspended,expiry,lock_prices\n"
MORE_PLANS = """  | Basic  | prepaid  | hours   | month | $600.00 | -         | rate   | -       |
  | Best   | prepaid  | hours   | month | $900.00 | -         | rate   | -       |
  | Yearly | prepaid  | hours   | year  | $900.00 | -         | rate   | -       |
  | Closed |"""


@pytest.fixture
def contract(facts: Facts) -> Facts:
    """One contract, on the plan Basic, and no work."""
    rules = facts.ruleset / "small.rules"
    rules.write_text(rules.read_text().replace("  | Closed |", MORE_PLANS))
    facts.write("contracts.csv", "number,account,plan,start,expiry\nC-1,Acme,Basic,2026-06-01,2026-07-31\n")
    facts.write("worklogs.csv", "id,account,start,minutes\n")
    return facts


def _lines(facts: Facts, *rows: str, through: str = "2026-07-01") -> list[tuple[str, str]]:
    facts.write("amendments.csv", COLUMNS + "".join(f"{row}\n" for row in rows))
    shape = facts.bill(through=through).json
    assert shape["exceptions"] == []
    return [(line["item"], line["amount"]) for document in shape["documents"] for line in document["lines"]]


def test_another_plan_in_mid_cycle_is_charged_by_the_day(contract: Facts) -> None:
    """C07: 600 until 15 June, 900 from then on."""
    assert _lines(contract, "C-1,2026-06-16,Best,,,,,") == [
        ("fee/1/0", "300.00"),
        ("fee/2/0", "450.00"),
        ("fee/2/1", "900.00"),
    ]


def test_terms_follow_one_another_by_day_and_blank_cells_leave_them_as_they_are(contract: Facts) -> None:
    rows = ("C-1,2026-07-01,Best,,none,,none,", "C-1,2026-06-16,,fee = $1200.00,10%,,,")
    assert _lines(contract, *rows, through="2026-08-01") == [
        ("fee/1/0", "300.00"),
        ("fee/2/0", "600.00"),
        ("fee/3/1", "1200.00"),  # an override of the fee holds for whatever plan it is
        ("fee/3/2", "1200.00"),
    ]


def test_a_suspended_contract_owes_nothing_until_it_is_taken_up_again(contract: Facts) -> None:
    rows = ("C-1,2026-06-11,,,,yes,,", "C-1,2026-06-21,,,,no,,")
    assert _lines(contract, *rows, through="2026-06-30") == [("fee/1/0", "200.00"), ("fee/3/0", "200.00")]


def test_a_contract_that_ends_early_is_charged_to_its_last_day(contract: Facts) -> None:
    assert _lines(contract, "C-1,2026-06-10,,,,,2026-06-15,") == [("fee/1/0", "300.00")]


@pytest.mark.parametrize(
    ("row", "reason", "words"),
    [
        ("C-1,2026-06-16,Bests,,,,,", "no-plan", "no plan called `Bests`"),
        ("C-1,2026-06-16,Yearly,,,,,", "bad-row", "is billed by year, and the contract by month"),
        ("C-1,2026-06-16,,standart = $1/h,,,,", "bad-row", "standart"),
        ("C-1,2026-06-16,,,,,,", "bad-row", "the amendment changes nothing"),
        ("C-1,2026-06-16,,,,perhaps,,", "bad-row", "write `yes` or `no`"),
        ("C-1,2026-06-31,Best,,,,,", "bad-row", "there is no such day"),
        ("C-1,2026-05-16,Best,,,,,", "bad-row", "starts on 2026-06-01 only"),
        ("C-1,2026-06-16,,,,,2026-05-01,", "bad-row", "before it starts on 2026-06-01"),
        ("C-1,2026-06-16,,,,,2026-06-01,", "bad-row", "has expired on 2026-06-01"),
        ("C-1,,Best,,,,,", "bad-row", "`from` of this amendment is blank"),
        ("C-9,2026-06-16,Best,,,,,", "bad-row", "there is no contract `C-9`"),
    ],
)
def test_an_amendment_that_cannot_be_waits_with_its_contract(
    contract: Facts, row: str, reason: str, words: str
) -> None:
    path = contract.write("amendments.csv", f"{COLUMNS}{row}\n")
    run = contract.bill(through="2026-07-01")
    (waiting,) = run.json["exceptions"]
    assert (run.exit_code, waiting["kind"], waiting["reason"]) == (1, "contract", reason)
    assert (waiting["file"], waiting["line"]) == (str(path), 2)
    assert words in waiting["message"]
    assert bool(run.json["documents"]) == row.startswith("C-9")


def test_a_contract_may_not_be_prolonged_into_the_next_one(contract: Facts) -> None:
    contract.write(
        "contracts.csv",
        "number,account,plan,start,expiry\nC-1,Acme,Basic,2026-06-01,2026-06-30\nC-2,Acme,Basic,2026-07-01,\n",
    )
    contract.write("amendments.csv", f"{COLUMNS}C-1,2026-06-16,,,,,none,\n")
    (waiting,) = contract.bill(through="2026-07-01").json["exceptions"]
    assert (waiting["subject"], "it overlaps contract `C-1`" in waiting["message"]) == ("C-2", True)


ITEMS = """
items
  | item      | price  | count |
  |-----------|--------|-------|
  | Seat      | $12.50 | daily |
  | Peak seat | $12.50 | peak  |
"""


@pytest.fixture
def seats(contract: Facts) -> Facts:
    """The ruleset with two items, and a contract for a month."""
    rules = contract.ruleset / "small.rules"
    rules.write_text(rules.read_text() + ITEMS)
    contract.write("contracts.csv", "number,account,plan,start,expiry\nC-1,Acme,Open,2026-08-01,2026-08-31\n")
    return contract


COUNTS = "a,C-1,{0},2026-08-01,40\nb,C-1,{0},2026-08-11,45\nc,C-1,{0},2026-08-26,42\n"


@pytest.mark.parametrize(
    ("item", "lines"),
    [
        ("Seat", [("a", "500.00"), ("b", "42.34"), ("c", "-7.26")]),
        ("Peak seat", [("peak", "562.50")]),
    ],
)
def test_items_are_charged_by_the_day_or_by_the_highest_count(
    seats: Facts, item: str, lines: list[tuple[str, str]]
) -> None:
    """C08, both ways."""
    seats.write("quantities.csv", f"id,contract,item,from,quantity\n{COUNTS.format(item)}")
    shape = seats.bill(through="2026-09-01").json
    assert shape["exceptions"] == []
    (document,) = shape["documents"]
    assert [(line["item"], line["amount"]) for line in document["lines"]] == [
        (f"recurring/{item.lower()}/{id_}/0", amount) for id_, amount in lines
    ]


def test_a_count_that_cannot_be_waits_and_says_why(seats: Facts) -> None:
    rows = [
        ("a,C-1,Seats,2026-08-01,40", "did you mean `Seat`?"),
        ("b,C-9,Seat,2026-08-01,40", "there is no contract `C-9`"),
        ("c,C-1,Seat,2026-09-01,40", "is not in force on 2026-09-01"),
        ("d,C-1,Seat,2026-08-01,-1", "write a whole number such as `40`"),
    ]
    seats.write("quantities.csv", "id,contract,item,from,quantity\n" + "".join(f"{row}\n" for row, _ in rows))
    waiting = {one["subject"]: one for one in seats.bill(through="2026-09-01").json["exceptions"]}
    assert {one["kind"] for one in waiting.values()} == {"quantity"}
    for row, words in rows:
        assert words in waiting[row[0]]["message"]


@pytest.mark.parametrize(("locked", "fees"), [("yes", ["600.00", "600.00"]), ("", ["600.00", "700.00"])])
def test_a_contract_that_locks_its_prices_keeps_those_of_its_first_day(
    contract: Facts, locked: str, fees: list[str]
) -> None:
    old = (contract.ruleset / "small.rules").read_text()
    (contract.ruleset / "small.rules").write_text(old.replace("2026-01-01..", "2026-01-01..2026-06-30"))
    later = contract.folder / "later"
    later.mkdir()
    (later / "small.rules").write_text(old.replace("2026-01-01..", "2026-07-01..").replace("$600.00", "$700.00"))
    rows = f"number,account,plan,start,lock_prices,late_window\nC-1,Acme,Basic,2026-06-01,{locked},none\n"
    contract.write("contracts.csv", rows)
    shape = contract.bill(later, through="2026-07-01").json
    assert [line["amount"] for document in shape["documents"] for line in document["lines"]] == fees


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("lock_prices", "perhaps", "write `yes` or `no`"),
        ("late_window", "-1", "write a whole number such as `40`"),
        ("late_window", "1001", "write at most `1000`, or `none`"),
    ],
)
def test_a_cell_of_a_contracts_terms_that_cannot_be_read_is_told(
    contract: Facts, column: str, cell: str, words: str
) -> None:
    contract.write("contracts.csv", f"number,account,plan,start,{column}\nC-1,Acme,Basic,2026-06-01,{cell}\n")
    (waiting,) = contract.bill().json["exceptions"]
    assert (waiting["subject"], words in waiting["message"]) == ("C-1", True)
