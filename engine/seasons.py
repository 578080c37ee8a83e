"""The stretches of days on which a ruleset says the same: what rows, and constants, that hold on some days only cut.

Days of one season are priced alike, so what the tables say of like work is remembered for the season, not for each day.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from engine.formulas import Value
from engine.model import DAY, Condition, Ruleset
from engine.periods import FOREVER

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Seasons:
    """`starts` are the first days of all seasons but the first, in order."""

    starts: tuple[date, ...]

    def number(self, day: Value) -> int:
        """Which season a day lies in."""
        return bisect_right(self.starts, day) if isinstance(day, date) else -1


def seasons(ruleset: Ruleset) -> Seasons:
    """The seasons of a ruleset's tables and constants; taxes and terms of plans are looked up for each day."""
    return Seasons(tuple(sorted({day for day in _edges(ruleset) if date.min < day < FOREVER})))


def _edges(ruleset: Ruleset) -> Iterator[date]:
    known = ruleset.inputs.get(DAY)
    if known is not None and known.domain is not None:
        yield from _around(known.domain.low, known.domain.high)
    for table in ruleset.tables.values():
        if DAY in table.inputs:
            at = table.inputs.index(DAY)
            for condition in {id(row.conditions[at]): row.conditions[at] for row in table.rows}.values():
                yield from _edges_of(condition)
    for constant in ruleset.constants.values():
        for one in (constant, *constant.others):
            yield from (one.valid.start, one.valid.end)


def _edges_of(condition: Condition) -> Iterator[date]:
    for span in condition.spans:
        yield from _around(span.low, span.high)
    for value in condition.values:
        yield from _around(value)


def _around(*days: object) -> Iterator[date]:
    """Each day and the next: a bound may count or not."""
    for day in days:
        if isinstance(day, date):
            yield day
            if day < FOREVER:
                yield day + _DAY
