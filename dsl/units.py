"""What formulas count, and what their names may mean: the words that all that read formulas share.

`formula` reads a cell with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dsl.currencies import shown_price
from engine.formulas import Formula, Unit
from engine.hooks import Level
from engine.model import Input
from engine.money import Currency

_SAID = {
    Unit.NUMBER: "a number",
    Unit.DURATION: "a duration",
    Unit.REQUESTS: "a number of requests",
    Unit.CYCLES: "a number of cycles",
    Unit.TEXT: "a word",
    Unit.DATE: "a day",
}
OVERRIDE = "an override"
"""What a contract says in place of a constant or a plan's column (`Scope.place`)."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A formula whose unit is known.

    Attributes:
        unit: None for `-`, which fits everywhere.
        level: The deepest level that it looks at.
        deepest: Name of an input or table that it looks at on that level.
        depth: Of the tree with all that it names.
        numerator, denominator: Digits that its value may have at most.
        inputs: Whether it counts with an input, which may be zero.
        words: Of a word: the hook that it is for.
        by_day: Of a constant: whether its value, or that of one it names, differs from day to day.
    """

    formula: Formula
    unit: Unit | None
    level: Level = Level.CONTRACT
    deepest: str = ""
    depth: int = 1
    numerator: int = 1
    denominator: int = 1
    inputs: bool = False
    words: str = ""
    by_day: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """What names in a formula may mean. A name that maps to None is declared, but wrong; that was reported where it is.

    Attributes:
        place: What the formula is, for messages: `a constant`.
        every_currency: Prices must be said in each of the ruleset's currencies.
        unread: Inputs that are there, but of which nothing more is known: their declaration is wrong.
        labels: Folded names as they are written.
        unsure: Words of blocks of which some declaration could not be read (`Report.unsure`).
        words: For each hook whose value is a word: its words, folded, as they are written; None where not all are known.
    """

    place: str
    currencies: tuple[Currency, ...]
    constants: Mapping[str, Typed | None] = field(default_factory=dict)
    inputs: Mapping[str, Input] = field(default_factory=dict)
    unread: frozenset[str] = frozenset()
    outcomes: Mapping[str, Mapping[str, Typed | None] | None] = field(default_factory=dict)
    hooks: Mapping[str, Typed | None] = field(default_factory=dict)
    every_currency: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)
    unsure: frozenset[str] = frozenset()
    words: Mapping[str, dict[str, str] | None] = field(default_factory=dict)


def said(unit: Unit) -> str:
    """A unit as it stands in a sentence: "a duration", "money"."""
    return _SAID.get(unit, unit.value)


def example_of(unit: Unit, currencies: tuple[Currency, ...]) -> str:
    """What a cell of a unit looks like, for a help text."""
    code, digits = (currencies[0].code, currencies[0].digits) if currencies else ("USD", 2)
    decimals = "." + "0" * digits if digits else ""
    examples = {
        Unit.MONEY: shown_price(code, f"45{decimals}"),
        Unit.HOURLY: shown_price(code, f"95{decimals}", "/h"),
        Unit.PER_REQUEST: shown_price(code, f"40{decimals}", "/request"),
        Unit.DURATION: "30 min",
        Unit.REQUESTS: "10 requests",
        Unit.CYCLES: "1 cycle",
        Unit.NUMBER: "150%",
        Unit.YES_NO: "yes",
    }
    return f"write {said(unit)} like `{examples.get(unit, '-')}`"
