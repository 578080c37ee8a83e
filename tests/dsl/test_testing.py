"""Blocks `tests`: read and checked with the ruleset, and no part of what it means."""

from __future__ import annotations

from fractions import Fraction

import pytest

from dsl.testing import PRICING, RulesetTest
from engine.model import Condition, Span
from tests.dsl.texts import (
    ABOUT_PARTS,
    CALENDAR,
    INPUTS,
    book,
    constants,
    loaded,
    marked,
    only,
    pricing,
    problems,
    ruleset,
    table,
)

RATES = table(
    "account | category || rate / operational | rate / otherwise",
    "Acme | Network || $120.00/h | standard * 2",
    "otherwise | || Extra.more | standard",
    name="Rates",
    settings="across band",
)
EXTRA = table("priority || more", ">= High || $150.00/h", "- || $90.00/h", name="Extra")
BASE = (INPUTS, CALENDAR, constants("standard | $95.00/h"), RATES, EXTRA, pricing("rate | Rates.rate"))


def stated(header: str, *rows: str, of: str = "Rates") -> str:
    """A block `tests`."""
    dashes = "|".join("---" for _ in header.replace("||", "|").split("|"))
    return f"tests {of}\n  | {header} |\n  |{dashes}|\n" + "".join(f"  | {row} |\n" for row in rows)


def read(*blocks: str) -> tuple[RulesetTest, ...]:
    found = loaded(book(*BASE, *blocks))
    assert [one for one in found.diagnostics if one.code not in ABOUT_PARTS] == []
    return found.tests


def told(*blocks: str) -> list[tuple[str, str]]:
    return problems(book(*BASE, *blocks))


def test_what_is_left_out_or_a_dash_is_not_given() -> None:
    (one,) = read(stated("account | category || rate", "Acme | - || $120.00/h"))

    assert one.given == {"account": Condition(frozenset({"acme"}))}
    assert (one.of, one.label, one.rows) == ("rates", "Rates", None)
    assert one.cells == {"account": "Acme", "category": "-", "rate": "$120.00/h"}


def test_inputs_of_tables_that_a_table_names_may_be_given() -> None:
    (one,) = read(stated("priority | band || rate | row", ">= High | operational || - | R2"))

    assert one.given["priority"] == Condition(frozenset({"high", "urgent"}))
    assert one.rows == frozenset({"r2"})
    assert one.expected == {}


@pytest.mark.parametrize(
    ("cell", "holds", "fails"),
    [
        ("$95.00/h", [Fraction(95)], [Fraction(96), None]),
        ("standard", [Fraction(95)], [Fraction(96)]),
        (">= $95.00/h", [Fraction(95), Fraction(200)], [Fraction(94), None]),
        ("< standard", [Fraction(94)], [Fraction(95)]),
        ("$90.00/h..$100.00/h", [Fraction(90), Fraction(99)], [Fraction(89), Fraction(100)]),
        ("$90.00/h, $95.00/h", [Fraction(90), Fraction(95)], [Fraction(92)]),
        ("not $90.00/h", [Fraction(91)], [Fraction(90), None]),
        ("none", [None], [Fraction(0)]),
        ("not none", [Fraction(0)], [None]),
        ("$95.00/h, none", [None, Fraction(95)], [Fraction(0)]),
    ],
)
def test_an_outcome_is_compared_with_a_cell(
    cell: str, holds: list[Fraction | None], fails: list[Fraction | None]
) -> None:
    (one,) = read(stated("account || rate", f"- || {cell}"))

    assert [one.expected["rate"].holds(value, "USD") for value in holds] == [True] * len(holds)
    assert [one.expected["rate"].holds(value, "USD") for value in fails] == [False] * len(fails)


def test_an_amount_is_compared_in_the_currency_that_it_is_said_in() -> None:
    rates = table("account || rate", "- || $95.00/h, 88.00 EUR/h", name="Rates")
    text = book(rates, stated("account || rate", "- || >= $90.00/h, 88.00 EUR/h"), currency="USD, EUR")

    (one,) = loaded(text).tests

    assert one.expected["rate"].by_currency == {
        "USD": Condition(spans=(Span(Fraction(90), None),)),
        "EUR": Condition(frozenset({Fraction(88)})),
    }
    assert one.expected["rate"].holds(Fraction(1), "GBP")


def test_a_test_of_the_pricing_has_a_time_on_the_clock() -> None:
    header = "account | start | end || billed | amount"
    (one,) = read(stated(header, "Acme | 2026-03-06 17:30 | 2026-03-06T18:30 || 1 h | >= $1.00", of="pricing"))

    assert one.of == PRICING
    assert [str(when) for when in (one.start, one.end)] == ["2026-03-06 17:30:00", "2026-03-06 18:30:00"]
    assert set(one.expected) == {"billed", "amount"}


def test_tests_change_the_source_and_not_the_meaning() -> None:
    without, with_tests = ruleset(book(*BASE)), ruleset(book(*BASE, stated("account || rate", "- || > $1.00/h")))

    assert without.meaning_digest == with_tests.meaning_digest
    assert without.source_digest != with_tests.source_digest


def test_a_ruleset_with_errors_has_no_tests() -> None:
    found = loaded(book(*BASE, stated("account || rate", "- || $1.00/h", "- || 1 h")))

    assert found.ruleset is None
    assert found.tests == ()


@pytest.mark.parametrize(
    ("block", "code", "message", "place"),
    [
        (stated("category || rate", "Netwrok || -"), "unknown-value", "there is no category called `Netwrok`", "Netwrok"),
        (stated("site || rate", "- || -"), "unknown-column", "`Rates` does not look at `site`", "site"),
        (stated("account || rat", "- || -"), "unknown-column", "`Rates` has no `rat`", "rat"),
        (
            stated("rate | account || row", "- | - || -"),
            "unknown-column",
            "`rate` stands on the other side of `||`",
            "rate",
        ),
        (stated("account || rate", "- || 1 h"), "wrong-unit", "this is a duration, where money per hour is wanted", "1 h"),
        (stated("account || rate", "- || $95"), "wrong-type", "a price in USD has at least 2 decimals", "$95"),
        (stated("account || rate", "- || standart"), "unknown-name", "there is no constant called `standart`", "standart"),
        (stated("account || row", "- || R7"), "unknown-name", "`Rates` has no row called `R7`", "R7"),
        (stated("account || row", "- || not R1"), "wrong-type", "rows are listed by their names", "not R1"),
        (stated("account || rate", "- ||  "), "empty-cell", "this cell is empty", None),
        (stated("account || rate", "- || -", of="Rate"), "unknown-name", "there is no table called `Rate`", "Rate"),
        (stated("account | account || rate", "- | - || -"), "duplicate-name", "there are two columns `account`", "account"),
        (
            stated("band | start | end || amount", "- | 2026-03-06 17:00 | 2026-03-06 18:00 || -", of="pricing"),
            "unknown-column",
            "`band` follows from `start` and `end`",
            "band",
        ),
        (
            stated("start | end || amount", "2026-03-06 | 2026-03-06 18:00 || -", of="pricing"),
            "wrong-type",
            "`2026-03-06` is no time of a day",
            "2026-03-06",
        ),
        (
            stated("start | end || amount", "2026-03-06 18:00 | 2026-03-06 18:00 || -", of="pricing"),
            "wrong-type",
            "this work ends before it starts",
            "2026-03-06 18:00",
        ),
        (
            stated("start | end || billed", "2026-03-06 17:00 | 2026-03-06 18:00 || $1.00", of="pricing"),
            "wrong-unit",
            "this is money, where a duration is wanted",
            "$1.00",
        ),
        (stated("end || amount", "2026-03-06 18:00 || -", of="pricing"), "missing-block", "`tests pricing` needs a column `start`", None),
        ("tests Rates\n", "missing-block", "`tests Rates` has no table", None),
        (stated("account | rate", "- | -"), "missing-block", "`tests Rates` lacks the `||` between what is given and what is expected", None),
    ],
)  # fmt: skip
def test_a_mistake_in_a_test_is_told_at_its_place(block: str, code: str, message: str, place: str | None) -> None:
    text = book(*BASE, block)
    found = only(text)

    assert (found.code, found.message) == (code, message)
    if place is not None:
        assert marked(text, found) == place


def test_tests_of_a_table_with_errors_are_passed_over() -> None:
    broken = RATES.replace("$120.00/h", "120.00/h")
    found = loaded(book(INPUTS, CALENDAR, constants("standard | $95.00/h"), broken, EXTRA, stated("x || y", "- || -")))

    assert len(found.diagnostics) == 1


def test_the_calendar_must_be_said_where_there_are_two() -> None:
    second = CALENDAR.replace("office", "plant")
    header, row = "start | end || amount", "2026-03-06 17:00 | 2026-03-06 18:00 || -"

    assert [message for _, message in told(second, stated(header, row, of="pricing"))] == [
        "`tests pricing` needs a column `calendar`"
    ]
    assert told(second, stated(f"calendar | {header}", f"Plant | {row}", of="pricing")) == []
    assert [message for _, message in told(second, stated(f"calendar | {header}", f"home | {row}", of="pricing"))] == [
        "there is no calendar called `home`"
    ]
