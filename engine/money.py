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


def split(total: int, shares: Sequence[Fraction]) -> tuple[int, ...]:
    """Give out `total` minor units so that each part is near its exact share, losing none (D7.4).

    The largest remainder gets the next unit; ties go by order. Shares need not add up to the total: what a rounding
    added or took away is given out like the rest.

    Args:
        total: Minor units; may be negative.
        shares: Exact minor units of each part, of any sign; at least one.

    Raises:
        NothingToSplitError: there is nobody to share with.
    """
    if not shares:
        raise NothingToSplitError(total)
    if total < 0:
        return tuple(-part for part in split(-total, [-share for share in shares]))
    floors = [share.numerator // share.denominator for share in shares]
    each, left = divmod(total - sum(floors), len(shares))
    by_remainder = sorted(range(len(shares)), key=lambda i: (floors[i] - shares[i], i))
    favoured = frozenset(by_remainder[:left])
    return tuple(floor + each + (i in favoured) for i, floor in enumerate(floors))


MOST_DECIMALS = 6


def decimal(value: Fraction, digits: int = 0) -> str:
    """A number as a decimal with at least `digits` decimals, as many as it has, and at most six."""
    numerator, denominator = value.numerator, value.denominator  # whole numbers only: every line of a document has some
    needed = next((d for d in range(digits, MOST_DECIMALS) if not 10**d % denominator), MOST_DECIMALS)
    return decimal_text(_rounded(numerator * 10**needed, denominator, Rounding.HALF_UP), needed)
