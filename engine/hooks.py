"""The table of hooks: the one list that parser, checker, docs and engine read.

A hook is a step of the pricing that a ruleset's formula is bound to. To add one: add its line here, and read it where
its step happens (`pricing` for the worklog's and segment's hooks).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction

from engine.formulas import Literal, Unit


class Level(IntEnum):
    """What is known when: each level knows the inputs of those before it."""

    CONTRACT = 0
    REQUEST = 1
    WORKLOG = 2
    SEGMENT = 3
    LINE = 4  # taxes only; knows the contract's inputs and its own

    @property
    def label(self) -> str:
        """The level as the language names it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Hook:
    """One step of the pricing.

    Attributes:
        name: As admins write it, folded.
        unit: Of the value that the formula must have.
        level: The deepest level whose inputs the formula may look at.
        default: The value where the ruleset does not bind the hook; None is no value.
        may_be_empty: Whether a formula without a value means the default; if not, the work is held.
        meaning: One line for the reference.
    """

    name: str
    unit: Unit
    level: Level
    default: Literal | None
    may_be_empty: bool
    meaning: str


def _minutes(count: int) -> Literal:
    return Literal(Unit.DURATION, Fraction(count))


def _number(count: int) -> Literal:
    return Literal(Unit.NUMBER, Fraction(count))


HOOKS: tuple[Hook, ...] = (
    Hook("rate", Unit.HOURLY, Level.SEGMENT, None, False, "price of an hour of work"),
    Hook("burn", Unit.NUMBER, Level.SEGMENT, _number(1), True, "allowance used by a minute of work"),
    Hook("covered", Unit.YES_NO, Level.SEGMENT, Literal(Unit.YES_NO, True), True, "whether the allowance covers it"),
    Hook("minimum", Unit.DURATION, Level.WORKLOG, _minutes(0), True, "shortest time that is billed"),
    Hook("round up to", Unit.DURATION, Level.WORKLOG, _minutes(1), True, "step that billed time is rounded up to"),
    Hook("grace", Unit.DURATION, Level.WORKLOG, _minutes(0), True, "time over a step that is forgiven"),
    Hook("scope", Unit.TEXT, Level.REQUEST, Literal(Unit.TEXT, "worklog"), True, "what is rounded as one"),
    Hook("calendar", Unit.TEXT, Level.REQUEST, None, True, "calendar of the work, in place of the site's"),
    Hook("class", Unit.TEXT, Level.WORKLOG, Literal(Unit.TEXT, "main"), True, "class of contract that pays for it"),
    Hook("per worklog", Unit.MONEY, Level.WORKLOG, None, True, "charge added to each worklog"),
    Hook("travel", Unit.MONEY, Level.WORKLOG, None, True, "charge for the way to the site"),
    Hook("per request", Unit.MONEY, Level.REQUEST, None, True, "charge added once to each request"),
)

SCOPES = ("worklog", "segment", "request", "day")
"""What the hook `scope` may say: `day` is the work of one request on one local day."""

HOOK_BY_NAME = {hook.name: hook for hook in HOOKS}
