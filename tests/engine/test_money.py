from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import NothingToSplitError
from engine.money import Currency, Rounding, decimal_text, for_minutes, rounded, split, to_minor

EUR, JPY, KWD = Currency("EUR", 2), Currency("JPY", 0), Currency("KWD", 3)


@pytest.mark.parametrize(
    ("value", "half_up", "half_even"),
    [("13.125", 1313, 1312), ("-13.125", -1313, -1312), ("13.135", 1314, 1314), ("0.004", 0, 0), ("-0.005", -1, 0)],
)
def test_a_half_goes_away_from_zero_or_to_the_even_cent(value: str, half_up: int, half_even: int) -> None:
    assert to_minor(Fraction(value), EUR) == half_up
    assert to_minor(Fraction(value), EUR, Rounding.HALF_EVEN) == half_even


def test_a_third_of_an_hour_is_exact_until_it_is_an_amount() -> None:
    assert to_minor(Fraction(95) * 20 / 60 * 3, EUR) == 9500


def test_amounts_are_written_with_the_decimals_of_their_currency() -> None:
    assert decimal_text(to_minor(Fraction(9500) * 50 / 60, JPY), JPY.digits) == "7917"
    assert decimal_text(to_minor(Fraction("12.345") * 35 / 60, KWD), KWD.digits) == "7.201"
    assert decimal_text(-5, 2) == "-0.05"


@given(st.lists(st.fractions(max_denominator=10**6), min_size=1))
def test_parts_add_up_and_are_within_one_unit_of_exact(shares: list[Fraction]) -> None:
    total = rounded(sum(shares, Fraction(0)))
    parts = split(total, shares)
    assert sum(parts) == total
    assert all(abs(part - share) <= 1 for part, share in zip(parts, shares, strict=True))


@given(st.integers(-(10**6), 10**6), st.lists(st.fractions(max_denominator=100), min_size=1))
def test_parts_add_up_whatever_the_shares_come_to_and_turn_round_with_their_signs(
    total: int, shares: list[Fraction]
) -> None:
    parts = split(total, shares)
    assert sum(parts) == total
    if total:
        assert split(-total, [-share for share in shares]) == tuple(-part for part in parts)


def test_the_largest_remainder_gets_the_unit_that_is_left_and_the_first_of_equal_ones() -> None:
    assert split(10, [Fraction(10, 3)] * 3) == (4, 3, 3)
    assert split(10, [Fraction("3.2"), Fraction("3.6"), Fraction("3.2")]) == (3, 4, 3)


def test_nobody_to_share_with_is_refused() -> None:
    with pytest.raises(NothingToSplitError):
        split(100, [])


@given(st.fractions(), st.fractions())
def test_rounding_is_monotone_and_keeps_whole_numbers(a: Fraction, b: Fraction) -> None:
    low, high = sorted((a, b))
    assert rounded(low) <= rounded(high)
    assert rounded(Fraction(rounded(a))) == rounded(a)


@given(st.fractions(), st.integers(0, 10**5), st.sampled_from([EUR, JPY, KWD]), st.sampled_from(Rounding))
def test_minutes_at_an_hourly_rate_cost_their_share_of_an_hour(
    rate: Fraction, minutes: int, currency: Currency, rounding: Rounding
) -> None:
    assert for_minutes(rate, minutes, currency, rounding) == to_minor(rate * minutes / 60, currency, rounding)
