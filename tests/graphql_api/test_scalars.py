"""Scalars take exactly what they say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from engine.money import Currency
from graphql_api import scalars
from graphql_api.errors import BadScalarError
from graphql_api.types.money import Money, Rate, decimal_of

USD, JPY = Currency("USD", 2), Currency("JPY", 0)


@pytest.mark.parametrize("value", ["95", "95.00", "-0.5", "0", "123456789012345678.123456789"])
def test_a_plain_decimal_is_read_to_its_last_digit(value: str) -> None:
    assert scalars.write_decimal(scalars.read_decimal(value)) == value


@pytest.mark.parametrize(
    "value",
    ["NaN", "nan", "Infinity", "-inf", "1e3", "1E3", "", " 1", "1 ", "1,5", ".5", "5.", "+1", "٣", 1.5, 1, True, None],
)
def test_what_is_no_plain_decimal_is_refused_with_a_way_to_write_it(value: object) -> None:
    with pytest.raises(BadScalarError, match="in quotes"):
        scalars.read_decimal(value)


@pytest.mark.parametrize("value", ["2026-02-30", "20260301", "2026-3-1", "2026-03-01T00:00", "", 20260301, None])
def test_what_is_no_day_is_refused(value: object) -> None:
    with pytest.raises(BadScalarError, match="year, month, day"):
        scalars.read_date(value)


def test_a_day_is_read() -> None:
    assert scalars.read_date("2026-03-06") == date(2026, 3, 6)


def test_an_instant_is_read_with_its_offset_and_written_in_utc() -> None:
    instant = scalars.read_instant("2026-03-06T17:30:00-06:00")
    assert instant == datetime(2026, 3, 6, 23, 30, tzinfo=UTC)
    assert scalars.write_instant(instant) == "2026-03-06T23:30:00Z"


@pytest.mark.parametrize("value", ["2026-03-06T17:30:00", "2026-03-06", "17:30Z", "2026-03-06T25:00Z", 0, None])
def test_an_instant_without_an_offset_or_an_hour_is_refused(value: object) -> None:
    with pytest.raises(BadScalarError, match="with its offset"):
        scalars.read_instant(value)


def test_money_shows_all_decimals_of_its_currency() -> None:
    assert str(Money.of(180000, USD).amount) == "1800.00"
    assert str(Money.of(-5, USD).amount) == "-0.05"
    assert str(Money.of(9500, JPY).amount) == "9500"


@pytest.mark.parametrize(
    ("rate", "shown"),
    [(Fraction(95), "95.00"), (Fraction(285, 2), "142.50"), (Fraction(1, 3), "0.333333"), (Fraction(1, 8), "0.125")],
)
def test_a_rate_is_exact_as_far_as_six_places_go(rate: Fraction, shown: str) -> None:
    assert str(Rate.of(rate, USD, per="hour").amount) == shown


@pytest.mark.parametrize(("value", "shown"), [(Fraction(0), "0"), (Fraction(1200), "1200"), (Fraction(1, 100), "0.01")])
def test_a_decimal_never_has_an_exponent(value: Fraction, shown: str) -> None:
    assert scalars.write_decimal(decimal_of(value)) == shown
    assert decimal_of(value) == Decimal(shown)
