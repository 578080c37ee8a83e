"""Amounts and currencies: symbols, codes, decimals of each currency."""

from __future__ import annotations

from fractions import Fraction

import pytest

from dsl.amounts import Quantity, read_amount, shown
from dsl.currencies import currency, symbols
from dsl.diagnostics import Problem
from engine.formulas import Unit
from engine.money import Currency


def money(*codes: str) -> tuple[Currency, ...]:
    found = [currency(code) for code in codes]
    assert all(one is not None for one in found)
    return tuple(one for one in found if one is not None)


@pytest.mark.parametrize(("code", "digits"), [("USD", 2), ("jpy", 0), ("KWD", 3), ("Eur", 2), ("CLF", 4)])
def test_a_currency_has_the_decimals_of_iso_4217(code: str, digits: int) -> None:
    assert currency(code) == Currency(code.upper(), digits)


@pytest.mark.parametrize("code", ["", "XXX", "EURO", "XAU", "€"])
def test_what_nobody_pays_in_is_no_currency(code: str) -> None:
    assert currency(code) is None


@pytest.mark.parametrize(
    ("codes", "text", "code"),
    [
        (("USD",), "$95.00", "USD"),
        (("USD",), "US$95.00", "USD"),
        (("CAD",), "$95.00", "CAD"),
        (("CAD",), "CA$95.00", "CAD"),
        (("CAD", "USD"), "CA$95.00", "CAD"),
        (("CAD", "USD"), "US$95.00", "USD"),
        (("EUR", "GBP"), "£95.00", "GBP"),
        (("BRL",), "R$95.00", "BRL"),
        (("JPY",), "¥9,500", "JPY"),
        (("JPY",), "¥9500.5", "JPY"),
        (("KWD",), "12.345 KWD", "KWD"),
        (("SEK",), "95.00 SEK", "SEK"),
        (("INR",), "₹1,800.00", "INR"),
        (("EUR",), "95.00EUR", "EUR"),
    ],
)
def test_a_price_has_the_symbol_or_the_code_of_a_listed_currency(codes: tuple[str, ...], text: str, code: str) -> None:
    found = read_amount(text, money(*codes))
    assert isinstance(found, Quantity), found
    assert (found.unit, found.currency) == (Unit.MONEY, code)


@pytest.mark.parametrize(
    ("codes", "text", "help_"),
    [
        (("CAD", "USD"), "$95.00/h", "`95.00 CAD/h`"),
        (("EUR",), "$95.00", "`95.00 EUR`"),
        (("SEK",), "kr95.00", "`95.00 SEK`"),
        (("USD",), "95.00 EUR", "add it to the setting `currency` of the ruleset: `currency USD, EUR`"),
        (("KWD",), "12.34 KWD", "`12.340 KWD`"),
        (("USD",), "$1,80.00", "decimals stand after a point, thousands in groups of three: `1,800.00`"),
    ],
)
def test_a_price_in_no_clear_currency_is_refused(codes: tuple[str, ...], text: str, help_: str) -> None:
    found = read_amount(text, money(*codes))
    assert isinstance(found, Problem)
    assert help_ in found.help


def test_a_symbol_that_two_listed_currencies_share_belongs_to_neither() -> None:
    assert symbols(money("USD", "CAD", "AUD")) == {"US$": "USD", "CA$": "CAD", "A$": "AUD"}


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("1 h", Unit.DURATION, 60),
        ("1.25 hours", Unit.DURATION, 75),
        ("90min", Unit.DURATION, 90),
        ("6.25%", Unit.NUMBER, Fraction(1, 16)),
        ("1,000", Unit.NUMBER, 1000),
        ("1 request", Unit.REQUESTS, 1),
        ("2 cycles", Unit.CYCLES, 2),
    ],
)
def test_amounts_are_exact(text: str, unit: Unit, value: Fraction | int) -> None:
    assert read_amount(text, money("USD")) == Quantity(unit, Fraction(value))


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (Fraction(240), Unit.DURATION, "4 h"),
        (Fraction(0), Unit.DURATION, "0 min"),
        (Fraction(239), Unit.DURATION, "239 min"),
        (Fraction(1800), Unit.MONEY, "$1800.00"),
        (Fraction(7, 2), Unit.NUMBER, "3.5"),
        (Fraction(10), Unit.REQUESTS, "10 requests"),
    ],
)
def test_a_value_is_shown_as_a_cell_would_say_it(value: Fraction, unit: Unit, text: str) -> None:
    assert shown(value, unit, money("USD")) == text
