"""dead-row, of calendars: a row none of whose time is left to it. Exact to the minute, over all listed days.

Days that are listed, and their neighbours, are looked at one by one; a week without any stands for all the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from dsl.build.calendars import DAY, BuiltCalendar
from dsl.diagnostics import Diagnostic, Label, Report, Severity
from dsl.document import Document
from dsl.source import Span
from dsl.syntax import Block
from engine.model import Calendar, CalendarRow

_ONE = timedelta(days=1)


def check_calendar_rows(document: Document, report: Report) -> None:
    """Every row of a calendar is the first that fits at some minute."""
    for built in document.calendars.values():
        block = next((one for one in document.blocks if one.heading == built.heading), None)
        if built.complete and block is not None:
            _check(built, block, report)


def _check(built: BuiltCalendar, block: Block, report: Report) -> None:
    calendar = built.calendar
    used, hiding = _looked_at(calendar)
    for at, row in enumerate(calendar.rows):
        if at in used:
            continue
        behind = sorted(hiding.get(at, ()))
        if behind:
            lines = " and ".join(f"`{block.rows[one].texts[0]}`" for one in behind)
            message = (
                f"this row of the calendar `{calendar.label}` is never used: {lines} above it take all of its time"
            )
            mends = ["take it out, or move it up"]
        elif row.catch_all:
            message = f"this row of the calendar `{calendar.label}` is never used: the rows above it take all time"
            mends = ["take it out"]
        else:
            message = f"this row of the calendar `{calendar.label}` is never used: no day is a holiday"
            mends = ["name a calendar of holidays, such as `holidays US`, or list days: `also 2026-12-24`"]
        labels = tuple(Label(_place(block, one), "takes its time") for one in behind)
        place = Label(_place(block, at))
        report.add(Diagnostic("dead-row", Severity.WARNING, message, place, labels, tuple(mends)))


def _place(block: Block, row: int) -> Span:
    return block.rows[row].cell(0).span(block.file)


def _looked_at(calendar: Calendar) -> tuple[set[int], dict[int, set[int]]]:
    """The rows that are first somewhere; and for each of the others, the rows that are first where it fits."""
    used: set[int] = set()
    hiding: dict[int, set[int]] = {}
    for day in _days(calendar):
        spans = [(at, low, high) for at, row in enumerate(calendar.rows) for low, high in _on(row, calendar, day)]
        edges = sorted({0, DAY, *(edge for _, low, high in spans for edge in (low, high))})
        for minute in edges[:-1]:
            fitting = [at for at, low, high in spans if low <= minute < high]
            if fitting:
                used.add(fitting[0])
            for at in fitting[1:]:
                hiding.setdefault(at, set()).add(fitting[0])
    return used, hiding


def _days(calendar: Calendar) -> Iterator[date]:
    """Every day that is told from others of its weekday, those after it, and one week of days that are not."""
    listed = {*calendar.holidays, *(day for row in calendar.rows for day in row.dates)}
    near = listed | {day + _ONE for day in listed if day < date.max}
    yield from sorted(near)
    plain = max(near, default=date(2026, 1, 1)) if max(near, default=date.min) < date(9999, 1, 1) else date(1970, 1, 1)
    yield from (plain + timedelta(days=2 + n) for n in range(7))


def _on(row: CalendarRow, calendar: Calendar, day: date) -> Iterator[tuple[int, int]]:
    """The minutes of a day that a row fits, those of hours that began the day before among them."""
    today, before = _is_day(row, calendar, day), _is_day(row, calendar, day - _ONE)
    for start, end in row.hours or ((0, DAY),):
        if today:
            yield start, min(end, DAY)
        if before and end > DAY:
            yield 0, end - DAY


def _is_day(row: CalendarRow, calendar: Calendar, day: date) -> bool:
    listed = day.weekday() in row.weekdays or day in row.dates
    return row.catch_all or listed or (row.holidays and day in calendar.holidays)
