"""The column `valid`: what holds on some days of a ruleset only."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.days import read_row_days, written
from dsl.diagnostics import Problem
from dsl.values import read_overrides
from engine.matching import NO_ROW
from engine.money import Currency
from engine.periods import Period
from engine.program import Program
from tests.dsl.texts import INPUTS, book, only, plans, pricing, problems, ruleset, table

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
YEAR = Period(FIRST, LAST + timedelta(days=1))
SET = "valid 2026-01-01..2026-12-31\n"
days = st.dates(FIRST, LAST)


def dated(*rows: str, settings: str = "") -> str:
    return book(INPUTS, table("category | valid || rate", *rows, settings=settings), more=SET)


@given(days, days)
def test_both_ends_of_a_span_count(one: date, other: date) -> None:
    start, last = sorted((one, other))
    text = written(Period(start, last + timedelta(days=1)))

    found = read_row_days(text, YEAR)

    assert found == Period(start, last + timedelta(days=1))


def test_one_day_is_a_span_of_itself() -> None:
    assert read_row_days("2026-07-01", YEAR) == Period(date(2026, 7, 1), date(2026, 7, 2))


def test_days_outside_of_the_ruleset_are_told() -> None:
    found = read_row_days("2027-01-01..", YEAR)

    assert isinstance(found, Problem)
    assert found.code == "outside-valid"


@given(st.lists(days, min_size=1, max_size=4, unique=True), days)
def test_rows_that_tile_the_year_decide_every_day_by_one_of_them(cuts: list[date], asked: date) -> None:
    starts = sorted({FIRST, *cuts})
    ends = [start - timedelta(days=1) for start in starts[1:]] + [LAST]
    rows = [f"- | {a}..{b} || ${number}.00/h" for number, (a, b) in enumerate(zip(starts, ends, strict=True))]

    built = ruleset(dated(*rows, settings="hit unique"))
    compiled = Program(built, currency=Currency("USD", 2))._compiler.table("rates")
    row = compiled.first({"day": asked})

    assert row != NO_ROW
    assert starts[row] <= asked <= ends[row]


@given(days)
def test_a_day_that_no_row_holds_on_is_found(gone: date) -> None:
    before, after = gone - timedelta(days=1), gone + timedelta(days=1)
    rows = ([f"- | ..{before} || $1.00/h"] if gone > FIRST else []) + (
        [f"- | {after}.. || $1.00/h"] if gone < LAST else []
    )

    found = only(dated(*rows))

    assert found.code == "gap"
    assert dict(found.case)["day"] == gone.isoformat()


def test_rows_of_other_days_do_not_overlap() -> None:
    rows = ("Network | ..2026-06-30 || $1.00/h", "Network | 2026-07-01.. || $2.00/h", "not Network | - || $3.00/h")

    assert problems(dated(*rows, settings="hit unique")) == []


def test_otherwise_may_stand_once_for_each_day() -> None:
    rows = ("Network | - || $3.00/h", "otherwise | ..2026-06-30 || $1.00/h", "otherwise | 2026-07-01.. || $2.00/h")

    assert problems(dated(*rows)) == []


def test_otherwise_for_some_days_does_not_decide_the_others() -> None:
    found = only(dated("Network | - || $1.00/h", "otherwise | ..2026-06-30 || $2.00/h"))

    assert found.code == "gap"
    assert dict(found.case) == {"category": "Server", "day": "2026-07-01"}


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (("otherwise | ..2026-06-30 || $1.00/h", "otherwise | || $2.00/h"), "overlapping-valid"),
        (("otherwise | - || $1.00/h", "Network | - || $2.00/h"), "syntax"),
        (("Network | - || $1.00/h", "- | otherwise || $2.00/h"), "syntax"),
        (("Network | || $1.00/h", "- | - || $2.00/h"), "empty-cell"),
    ],
)
def test_otherwise_and_blanks_stand_where_they_may(rows: tuple[str, ...], code: str) -> None:
    assert only(dated(*rows)).code == code


def test_an_outcome_that_is_inherited_on_a_day_without_otherwise_is_a_gap() -> None:
    rows = ("Network | ..2026-06-30 || inherit", "- | 2026-07-01.. || $1.00/h", "otherwise | ..2026-06-30 || $2.00/h")

    found = only(dated(*rows, settings="hit merge"))

    assert (found.code, dict(found.case)["category"]) == ("gap", "Network")


def test_the_day_is_no_column_of_its_own() -> None:
    found = only(book(INPUTS, table("day || rate", "2026-07-01 || $1.00/h")))

    assert found.message == "there is no input called `day`"
    assert "`valid`" in found.help[0]


def test_a_ruleset_without_dated_rows_is_not_asked_for_the_day() -> None:
    built = ruleset(book(INPUTS, table("category || rate", "- || $1.00/h")))

    assert "day" not in built.inputs
    assert "day" not in Program(built, currency=Currency("USD", 2)).asked


# names that return


def named(*rows: str) -> str:
    return book(
        f"constants\n  | name | valid | value |\n  |---|---|---|\n{''.join(f'  | {row} |{chr(10)}' for row in rows)}",
        INPUTS,
        table("category || rate", "- || fair"),
        pricing("rate | Rates.rate"),
        more=SET,
    )


@given(st.lists(days, min_size=1, max_size=4, unique=True), days, st.randoms(use_true_random=False))
def test_a_constant_has_the_value_of_the_row_that_holds(cuts: list[date], asked: date, shuffling: Random) -> None:
    starts = sorted({FIRST, *cuts})
    ends = [start - timedelta(days=1) for start in starts[1:]] + [LAST]
    rows = [f"fair | {a}..{b} | ${n}.00/h" for n, (a, b) in enumerate(zip(starts, ends, strict=True))]
    shuffling.shuffle(rows)

    program = Program(ruleset(named(*rows)), currency=Currency("USD", 2))
    found = program.hook("rate", {"day": asked, "category": "network"}, [])

    assert found == max(number for number, start in enumerate(starts) if start <= asked)


def test_a_constant_in_terms_of_one_that_differs_by_day_differs_too() -> None:
    built = ruleset(named("base | ..2026-06-30 | $1.00/h", "base | 2026-07-01.. | $2.00/h", "fair | - | base * 2"))
    program = Program(built, currency=Currency("USD", 2))

    assert "day" in program.asked
    assert program.hook("rate", {"day": date(2026, 6, 30)}, []) == 2
    assert program.hook("rate", {"day": date(2026, 7, 1)}, []) == 4


def test_an_override_in_terms_of_a_constant_that_differs_by_day_is_asked_for_the_day() -> None:
    built = ruleset(named("base | ..2026-06-30 | $1.00/h", "base | 2026-07-01.. | $2.00/h", "fair | - | $9.00/h"))
    overrides = dict(read_overrides(built, {"fair": "base * 3"}).formulas)
    program = Program(built, currency=Currency("USD", 2), overrides=overrides)

    assert "day" in program.asked
    assert program.hook("rate", {"day": date(2026, 7, 1)}, []) == 6


def test_an_override_holds_on_all_days() -> None:
    built = ruleset(named("fair | ..2026-06-30 | $1.00/h", "fair | 2026-07-01.. | $2.00/h"))
    program = Program(
        built, currency=Currency("USD", 2), overrides=dict(read_overrides(built, {"fair": "$5.00/h"}).formulas)
    )

    assert program.hook("rate", {"day": date(2026, 7, 1)}, []) == 5


def test_the_order_of_rows_of_a_name_means_nothing() -> None:
    first, second = "fair | ..2026-06-30 | $1.00/h", "fair | 2026-07-01.. | $2.00/h"

    assert ruleset(named(first, second)).meaning_digest == ruleset(named(second, first)).meaning_digest


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (("fair | - | $1.00/h", "Fair | - | $2.00/h"), "duplicate-name"),
        (("fair | 2026-02-01.. | $1.00/h",), "hole-in-valid"),
        (("fair | ..2026-11-30 | $1.00/h",), "hole-in-valid"),
        (("fair | ..2026-06-30 | $1.00/h", "fair | 2026-07-01.. | $1.00"), "wrong-unit"),
        (("fair | ..2026-06-30 | $1.00/h", "fair | 2026-07-01.. | fair"), "circular-name"),
        (("fair | ..2025-06-30 | $1.00/h", "fair | - | $1.00/h"), "outside-valid"),
    ],
)
def test_rows_of_a_constant_that_make_no_sense_are_one_message(rows: tuple[str, ...], code: str) -> None:
    assert [one for one, _ in problems(named(*rows))] == [code]


def plan(*rows: str) -> str:
    return book(plans("plan | fee | beyond | top-ups | valid", *rows), TOP_UPS, more=SET)


TOP_UPS = """
top-ups
  | top-up | price | adds | valid                  |
  |--------|-------|------|------------------------|
  | Extra  | $9.00 | 5 h  | 2026-02-01..2026-02-28 |
  | Extra  | $8.00 | 5 h  | 2026-11-01..2026-11-30 |
"""


def test_a_plan_is_what_its_row_for_the_day_says() -> None:
    program = Program(
        ruleset(
            plan("Gold | $1.00 | hold | - | ..2026-06-30", "Gold | $2.00 | $5.00/h | Extra | 2026-07-01..2026-10-31")
        ),
        currency=Currency("USD", 2),
    )

    june, july, later = (program.plan("gold", date(2026, month, 1)) for month in (6, 7, 11))

    assert june is not None
    assert july is not None
    assert (june.fee({}, []), june.beyond, june.plan.top_ups) == (1, None, frozenset())
    assert (july.fee({}, []), july.plan.top_ups) == (2, {"extra"})
    assert july.row.origin.line == june.row.origin.line + 1
    assert later is None


def test_an_offer_is_sold_on_its_days_only() -> None:
    program = Program(ruleset(plan("Gold | $1.00 | hold | Extra | -")), currency=Currency("USD", 2))

    assert program.top_up("extra", date(2026, 3, 1)) is None
    found = program.top_up("extra", date(2026, 11, 30))
    assert found is not None
    assert found.price({}, []) == 8


def test_a_hole_between_the_rows_of_a_plan_is_told() -> None:
    found = only(plan("Gold | $1.00 | hold | - | ..2026-06-30", "Gold | $2.00 | hold | - | 2026-07-02.."))

    assert (found.code, found.message) == ("hole-in-valid", "no row of `Gold` holds on 2026-07-01")


@pytest.mark.parametrize(("last", "codes"), [("2026-07-01..", []), ("2026-08-01..", ["gap"])])
def test_tiers_meet_on_every_day(last: str, codes: list[str]) -> None:
    tiers = table(
        "overage | valid || price",
        "- | ..2026-06-30 || $90.00/h",
        "..10 h | 2026-07-01.. || $80.00/h",
        f"otherwise | {last} || $70.00/h",
        name="Tiers",
        settings="hit graduated",
    )

    found = problems(book(tiers, plans("plan | beyond", "Gold | Tiers.price"), pricing("rate | $1.00/h"), more=SET))

    assert [code for code, _ in found] == codes
