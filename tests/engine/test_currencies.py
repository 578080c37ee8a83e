"""A ruleset as contracts in one currency have it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.currencies import (
    ConditionByCurrency,
    SpanByCurrency,
    UnknownCurrencyError,
    codes_of,
    condition_in,
    input_in,
    table_in,
)
from engine.formulas import NOTHING, Unit
from engine.hooks import Level
from engine.model import ANY, Condition, Hit, Input, InputType, Origin, Outcome, Row, Span, Table

DOLLARS = Condition(spans=(Span(Fraction(100), None),))
EUROS = Condition(spans=(Span(Fraction(90), None),))
BOTH = ConditionByCurrency(by_currency=(("USD", DOLLARS), ("EUR", EUROS)))


def table(*conditions: Condition) -> Table:
    rows = tuple(
        Row(f"R{n}", (one,), ((NOTHING,),), catch_all=False, origin=Origin("a", n)) for n, one in enumerate(conditions)
    )
    return Table("t", "T", Hit.FIRST, ("parts",), (Outcome("x", "x", Unit.MONEY),), rows)


def test_a_condition_is_the_one_of_the_contracts_currency() -> None:
    assert condition_in(BOTH, "USD") is DOLLARS
    assert condition_in(BOTH, "EUR") is EUROS


def test_a_condition_that_says_no_amount_is_the_same_in_all_currencies() -> None:
    assert condition_in(ANY, "EUR") is ANY
    assert codes_of(ANY) == frozenset()


def test_an_input_has_the_values_of_the_contracts_currency() -> None:
    euros = Span(Fraction(0), Fraction(90))
    domain = SpanByCurrency(Fraction(0), None, by_currency=(("USD", Span(Fraction(0), Fraction(100))), ("EUR", euros)))
    of = Input("parts", "parts", Level.WORKLOG, InputType.MONEY, domain=domain)

    assert input_in(of, "EUR").domain is euros


def test_rows_keep_their_names_and_numbers_in_every_currency() -> None:
    of = table(BOTH, ANY)

    assert [row.name for row in table_in(of, "EUR").rows] == ["R0", "R1"]
    assert table_in(of, "EUR").rows[0].conditions == (EUROS,)


def test_a_table_without_amounts_is_itself() -> None:
    of = table(ANY)

    assert table_in(of, "EUR") is of


def test_nothing_is_compared_before_the_currency_is_told() -> None:
    with pytest.raises(UnknownCurrencyError):
        BOTH.holds(Fraction(100))
    with pytest.raises(UnknownCurrencyError):
        SpanByCurrency(None, None).holds(Fraction(100))
