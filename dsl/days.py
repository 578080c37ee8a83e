"""Spans of days: the setting `valid` of a ruleset, and the column `valid` of what holds on some days of it only."""

from __future__ import annotations

from datetime import date, timedelta

from dsl import slips
from dsl.amounts import read_day
from dsl.cells import parse_listed
from dsl.diagnostics import Problem
from dsl.slips import meant
from dsl.syntax import Between, Listed, One, Word
from engine.hooks import Level
from engine.model import ALWAYS, ANY, DAY, Condition, Input, InputType, Span
from engine.periods import FOREVER, Period

VALID = "valid"
"""The column; the input that it asks for is `engine.model.DAY`."""


def day_input(valid: Period) -> Input:
    """The day that rows count on, within those of the ruleset."""
    return Input(DAY, DAY, Level.CONTRACT, InputType.DATE, domain=None if valid == ALWAYS else span_of(valid))


def read_days(text: str) -> Period | Problem:
    """Read a span of days, of which both ends count: `2026-01-01..`, `..2026-06-30`."""
    found = _read_days(text)
    return meant(found, text, _read_days, slips.VALID) if isinstance(found, Problem) else found


def _read_days(text: str) -> Period | Problem:
    tree = parse_listed("ordered", text)
    if isinstance(tree, Problem):
        return tree
    match tree:
        case Listed(items=(Between(low=low, high=high),), negated=False):
            return _between(low, high, text)
        case _:
            help_text = "`2026-01-01..`, or `2026-01-01..2026-12-31` with both days in it"
            return Problem("wrong-type", "`valid` is a span of days", (0, len(text)), help=(help_text,))


def _between(low: Word | None, high: Word | None, text: str) -> Period | Problem:
    days: list[date | None] = []
    for word in (low, high):
        day = read_day(word.text) if word is not None else None
        if isinstance(day, Problem):
            return Problem(day.code, day.message, word.at if word is not None else (0, 1), help=day.help)
        days.append(day)
    start, last = days[0] or ALWAYS.start, days[1]
    if last is not None and last < start:
        return Problem("wrong-type", "this span ends before it starts", (0, len(text)), help=("turn its ends round",))
    return Period(start, FOREVER if last is None or last == FOREVER else last + timedelta(days=1))


def read_row_days(text: str, valid: Period) -> Period | Problem:
    """Read the cell `valid` of a row: a span of days, one day, or `-`; some of them within the ruleset's own."""
    tree = parse_listed("ordered", text)
    if isinstance(tree, Listed) and not tree.items:
        return ALWAYS
    match tree:
        case Listed(items=(One(word=word, prefix=False),), negated=False):
            found = _between(word, word, text)
            if isinstance(found, Problem):
                found = meant(found, text, _read_days, slips.VALID)
        case _:
            found = read_days(text)
    if isinstance(found, Period) and not meet(found, valid):
        message = f"these days lie outside of those of the ruleset, {written(valid)}"
        mends = ("take the row out, or mend its days", "or let `valid` of `ruleset` hold them")
        return Problem("outside-valid", message, (0, len(text)), help=mends)
    return found


def read_day_condition(text: str, of: Input) -> Condition | Problem:
    """Read the cell `valid` of a row with conditions; `of` is the day, its domain the days of the ruleset."""
    found = read_row_days(text, period_of(of.domain))
    if isinstance(found, Problem):
        return found
    return ANY if found == ALWAYS else Condition(spans=(span_of(found),))


def meet(one: Period, other: Period) -> bool:
    """Whether two periods have a day in common."""
    return max(one.start, other.start) < min(one.end, other.end)


def span_of(days: Period) -> Span:
    """A period as rows and domains have it: both ends count, and None is open."""
    return Span(
        None if days.start == date.min else days.start, None if days.end == FOREVER else days.last, high_counts=True
    )


def days_of(condition: Condition) -> Period:
    """The days of a condition that `read_day_condition` made."""
    return period_of(condition.spans[0] if condition.spans else None)


def period_of(span: Span | None) -> Period:
    """The reverse of `span_of`."""
    low, high = (span.low, span.high) if span is not None else (None, None)
    return Period(
        low if isinstance(low, date) else date.min, high + timedelta(days=1) if isinstance(high, date) else FOREVER
    )


def written(days: Period) -> str:
    """A period as a cell says it."""
    span = span_of(days)
    return f"{span.low or ''}..{span.high or ''}"
