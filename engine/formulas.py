"""Formulas: units, and the tree that a formula is once its names are known.

The tree is data. `program` turns it into closures; the `dsl` builds it and checks its units; `explain` shows it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction


class Unit(StrEnum):
    """What a value counts. The wording is what an admin reads in a message."""

    MONEY = "money"
    HOURLY = "money per hour"
    PER_REQUEST = "money per request"
    DURATION = "duration"  # minutes
    REQUESTS = "requests"
    CYCLES = "cycles"
    NUMBER = "number"  # a percent is a number: 150% is 3/2
    YES_NO = "yes or no"
    TEXT = "text"  # folded
    DATE = "date"

    @property
    def is_money(self) -> bool:
        """Whether values of this unit are said in a currency."""
        return self in (Unit.MONEY, Unit.HOURLY, Unit.PER_REQUEST)


Value = Fraction | int | str | bool | date | None
"""Money and numbers: `Fraction` (major units); durations: minutes; text and choices: folded `str`; None: missing."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written down, with its unit; not money."""

    unit: Unit
    value: Fraction | str | bool | date


@dataclass(frozen=True, slots=True)
class Prices:
    """A price in one currency or in several: `$95.00/h, 88.00 EUR/h`. Amounts in major units."""

    unit: Unit
    by_currency: tuple[tuple[str, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Nothing:
    """The cell `-`: decided, and there is no value."""


@dataclass(frozen=True, slots=True)
class Inherit:
    """The cell `inherit` of a `merge` table: the next row that fits says this outcome."""


@dataclass(frozen=True, slots=True)
class ConstantName:
    """A constant, by its folded name; `by_day` where its value may differ from day to day."""

    name: str
    by_day: bool = False


@dataclass(frozen=True, slots=True)
class InputName:
    """An input that counts (number, duration, money), by its folded name."""

    name: str


@dataclass(frozen=True, slots=True)
class HookName:
    """In `beyond`: the value of another hook for the same segment, such as `rate`."""

    name: str


@dataclass(frozen=True, slots=True)
class OutcomeName:
    """`Table.outcome`: the outcome of the row that the table decides on. Folded names."""

    table: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Operation:
    """`left op right`, op one of `+ - * /`."""

    op: str
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left op right`, op one of `< <= > >= = <>`; only as the first argument of `if`."""

    op: str
    left: Formula
    right: Formula


@dataclass(frozen=True, slots=True)
class Call:
    """`if`, `min`, `max`, `round` or `round up`, with its arguments."""

    function: str
    arguments: tuple[Formula, ...]


Formula = (
    Literal
    | Prices
    | Nothing
    | Inherit
    | ConstantName
    | InputName
    | HookName
    | OutcomeName
    | Operation
    | Comparison
    | Call
)


def parts(formula: Formula) -> Iterator[Formula]:
    """A formula and all that it is made of; not what the names in it stand for."""
    yield formula
    match formula:
        case Operation(left=left, right=right) | Comparison(left=left, right=right):
            yield from parts(left)
            yield from parts(right)
        case Call(arguments=arguments):
            for argument in arguments:
                yield from parts(argument)


NOTHING = Nothing()
INHERIT = Inherit()
