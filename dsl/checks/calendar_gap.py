"""gap, of calendars: a time of the week that no row of a calendar names. Exact to the minute."""

from __future__ import annotations

from dsl.build.calendars import DAY, BuiltCalendar
from dsl.diagnostics import Report
from dsl.document import Document

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def check_calendar_gaps(document: Document, report: Report) -> None:
    """Every minute of a plain week has a band. A holiday or a listed date is a weekday too, so it has one then."""
    for built in document.calendars.values():
        if not built.complete or any(row.catch_all for row in built.calendar.rows):
            continue
        found = _gap(built)
        if found is not None:
            day, minute = divmod(found, DAY)
            report.error(
                "gap",
                f"no row of the calendar `{built.calendar.label}` says which band this time is",
                built.heading,
                help=("add a last row `| otherwise |  | non-operational |`",),
                case=(("day", _WEEKDAYS[day]), ("time", f"{minute // 60:02}:{minute % 60:02}")),
            )


def _gap(built: BuiltCalendar) -> int | None:
    """The first minute of the week without a band; spans that run past midnight reach into the next day."""
    week = 7 * DAY
    spans: list[tuple[int, int]] = []
    for row in built.calendar.rows:
        for weekday in row.weekdays:
            for start, end in row.hours or ((0, DAY),):
                spans.append((weekday * DAY + start, weekday * DAY + end))
    spans += [(start - week, end - week) for start, end in spans if end > week]
    reached = 0
    for start, end in sorted(spans):
        if start > reached:
            break
        reached = max(reached, end)
    return reached if reached < week else None
