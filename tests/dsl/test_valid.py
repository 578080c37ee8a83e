"""The column `valid`: what holds on some days of a ruleset only."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.days import read_row_days, written
from dsl.diagnostics import Problem
from engine.matching import NO_ROW
from engine.money import Currency
from engine.periods import Period
from engine.program import Program
from tests.dsl.texts import INPUTS, book, only, problems, ruleset, table

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
    assert problems(dated("otherwise | ..2026-06-30 || $1.00/h", "otherwise | 2026-07-01.. || $2.00/h")) == []


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
