"""Money: exact rationals inside, whole minor units at the edge.

Prices and rates are `Fraction`s in major units (95 means $95). The first rounding is the item's amount, which is an
`int` in the currency's minor units from then on, so that sums are exact everywhere. No float, ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from engine.errors import NothingToSplitError


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 currency: its code and the number of decimals of its minor unit."""

    code: str
    digits: int


class Rounding(StrEnum):
    """What happens between two whole units (D7.1); `up` is away from zero, `down` towards it."""

    HALF_UP = "half up"
    HALF_EVEN = "half even"
    UP = "up"
    DOWN = "down"


def rounded(value: Fraction, rounding: Rounding = Rounding.HALF_UP) -> int:
    """Round to a whole number, as `rounding` says."""
    return _rounded(value.numerator, value.denominator, rounding)


def _rounded(numerator: int, denominator: int, rounding: Rounding) -> int:
    whole, rest = divmod(abs(numerator), denominator)
    twice = 2 * rest - denominator
    if rounding is Rounding.UP or rounding is Rounding.DOWN:
        whole += bool(rest) and rounding is Rounding.UP
    elif twice > 0 or (twice == 0 and (rounding is Rounding.HALF_UP or whole % 2)):
        whole += 1
    return -whole if numerator < 0 else whole


def to_minor(value: Fraction, currency: Currency, rounding: Rounding = Rounding.HALF_UP) -> int:
    """Round a major-unit amount to the currency's minor units."""
    return rounded(value * 10**currency.digits, rounding)


def for_minutes(rate: Fraction, minutes: int, currency: Currency, rounding: Rounding = Rounding.HALF_UP) -> int:
    """What `minutes` cost at `rate` an hour, in minor units: `to_minor(rate * minutes / 60)` in whole numbers only."""
    return _rounded(rate.numerator * minutes * 10**currency.digits, rate.denominator * 60, rounding)


def decimal_text(minor: int, digits: int) -> str:
    """Write minor units as a plain decimal: `decimal_text(-1313, 2) == "-13.13"`."""
    sign = "-" if minor < 0 else ""
    text = str(abs(minor)).rjust(digits + 1, "0")
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else f"{sign}{text}"


def split(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share `total` minor units by weight, losing none: largest remainder, ties by order (D7.4).

    Args:
        total: Minor units; may be negative.
        weights: Not negative, and not all zero.

    Raises:
        NothingToSplitError: there is no weight to share by.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise NothingToSplitError(total)
    sign = -1 if total < 0 else 1
    shares = [divmod(abs(total) * weight, whole) for weight in weights]
    missing = abs(total) - sum(share for share, _ in shares)
    by_remainder = sorted(range(len(shares)), key=lambda i: (-shares[i][1], i))
    favoured = frozenset(by_remainder[:missing])
    return tuple(sign * (share + (i in favoured)) for i, (share, _) in enumerate(shares))
