"""Blocks `calendar`: which band is when. Holidays are listed days by the time that this is done."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from dsl.amounts import read_day
from dsl.build.names import Names
from dsl.build.sheet import Columns, SheetRow, read_rows, read_settings, report_empty, report_problem
from dsl.cells import parse_listed, unquoted
from dsl.diagnostics import Problem, Report
from dsl.holiday_source import ON_THEIR_DATES, HolidaySource, UnknownHolidaysError
from dsl.slips import DAYS, HOURS, meant
from dsl.source import Span
from dsl.suggest import did_you_mean, listed, nearest
from dsl.syntax import Between, Block, Cell, One, Word
from engine.model import Calendar, CalendarRow
from engine.names import fold
from engine.periods import FOREVER, Period

SETTINGS = ("holidays", "observed", "only", "except", "also")
"""What may stand indented below the heading."""
_COLUMNS = Columns(required=("days", "hours", "band"), free=("hours",), settings=True)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")
DAY = 24 * 60
FIRST_YEAR, YEARS = 2015, 30
"""The holidays that a ruleset knows where `valid` leaves an end open: from its first year on, so many years."""


@dataclass(frozen=True, slots=True)
class BuiltCalendar:
    """A calendar and where it stands; `complete` where every row of it could be read.

    `bands` are folded names and labels, also of rows with another fault; none where some band is not known.
    """

    calendar: Calendar
    bands: Mapping[str, str]
    heading: Span
    complete: bool


def read_calendars(
    blocks: Sequence[Block], valid: Period, holidays: HolidaySource | None, report: Report
) -> dict[str, BuiltCalendar]:
    """Read all calendars by folded name."""
    names = Names("calendars", report)
    found: dict[str, BuiltCalendar] = {}
    for block in blocks:
        if not block.name.text:
            report.error("missing-block", "this calendar has no name", block.heading, help=("`calendar office`",))
            continue
        label = unquoted(block.name.text)
        settings = read_settings(block, SETTINGS, report)
        days = _holidays(settings, block.file, valid, holidays, report)
        rows = read_rows(block, _COLUMNS, report)
        built = [_row(row, last=row is rows[-1], report=report) for row in rows]
        read = tuple(row for row in built if row is not None)
        if names.declare(label, block.heading):
            calendar = Calendar(fold(label), label, read, days or {})
            complete = len(read) == len(block.rows) and bool(read) and days is not None
            found[fold(label)] = BuiltCalendar(calendar, _bands(block, rows), block.heading, complete)
    return found


def bands_of(calendars: Iterable[BuiltCalendar]) -> dict[str, str]:
    """The bands of all calendars, folded name to label."""
    return {name: label for built in calendars for name, label in built.bands.items()}


def _bands(block: Block, rows: Sequence[SheetRow]) -> dict[str, str]:
    labels = [row.text("band", "") for row in rows]
    if not labels or not all(labels) or len(labels) < len(block.rows):
        return {}
    return {fold(label): label for label in labels}


def _row(row: SheetRow, *, last: bool, report: Report) -> CalendarRow | None:
    days, hours, band = row.cells["days"], row.cells["hours"], row.cells["band"]
    catch_all = fold(days.text) == "otherwise"
    if catch_all and not last:
        report.error(
            "syntax", "`otherwise` stands in the last row", row.span("days"), help=("move this row to the end",)
        )
    if catch_all and hours.text not in ("", "-"):
        report.error("syntax", "the hours of `otherwise` are blank: it is all time that is left", row.span("hours"))
        return None
    which = _Days() if catch_all else _read_days(days, row.file, report)
    spans = () if catch_all else _read_hours(hours, row.file, report)
    if which is not None and not hours.text and not (catch_all or row.bad):
        report_empty(hours, row.file, report)
    if which is None or spans is None or not band.text:
        return None
    return CalendarRow(
        which.weekdays, which.dates, which.holidays, spans, fold(unquoted(band.text)), catch_all, row.origin
    )


@dataclass(frozen=True, slots=True)
class _Days:
    weekdays: frozenset[int] = frozenset()
    dates: frozenset[date] = frozenset()
    holidays: bool = False


def _read_days(cell: Cell, file: str, report: Report) -> _Days | None:
    """Read the cell `days`; None where it is empty, or wrong, which is reported."""
    if not cell.text:
        return None
    found = _days_in(cell.text)
    if isinstance(found, Problem):
        report_problem(meant(found, cell.text, _days_in, DAYS), cell, file, report)
        return None
    return found


def _days_in(text: str) -> _Days | Problem:
    """`Mon..Fri`, `Sat, Sun`, `holiday`, `2026-12-24`; `-` is every day."""
    tree = parse_listed("condition", text)
    if isinstance(tree, Problem):
        return tree
    if not tree.items:
        return _Days(frozenset(range(7)))
    weekdays: set[int] = set()
    dates: set[date] = set()
    holidays = False
    for item in tree.items:
        match item:
            case One(prefix=False, word=word) if not tree.negated:
                if fold(word.text) == "holiday":
                    holidays = True
                    continue
                found = _days_of(word, word)
            case Between(low=Word() as low, high=Word() as high) if not tree.negated:
                found = _days_of(low, high)
            case _:
                mend = "`Mon..Fri`, `Sat, Sun`, `holiday` or `2026-12-24`"
                found = Problem("wrong-type", "days are listed", (0, len(text)), help=(mend,))
        if isinstance(found, Problem):
            return found
        weekdays |= found[0]
        dates |= found[1]
    return _Days(frozenset(weekdays), frozenset(dates), holidays)


def _days_of(low: Word, high: Word) -> tuple[frozenset[int], frozenset[date]] | Problem:
    """The days from one to another, both included; weekdays may run over the week's end: `Fri..Mon`."""
    first, last = _weekday(low.text), _weekday(high.text)
    if first is not None and last is not None:
        count = (last - first) % 7 + 1
        return frozenset((first + step) % 7 for step in range(count)), frozenset()
    days = [read_day(word.text) for word in (low, high)]
    for word, day, weekday in zip((low, high), days, (first, last), strict=True):
        if isinstance(day, Problem) and (weekday is None or not isinstance(days[0], Problem)):
            names = [name.capitalize() for name in _WEEKDAYS]
            near = nearest(word.text, (*names, "holiday", *(name.capitalize() for name in _LONG)))
            return Problem(
                "unknown-value",
                f"`{word.text}` is no day",
                word.at,
                f"did you mean `{near}`?" if near else "",
                (f"days are {', '.join(names)}, `holiday`, or a day such as `2026-12-24`",),
            )
    start, end = days
    if isinstance(start, Problem) or isinstance(end, Problem):
        return Problem("wrong-type", "a span of days has two weekdays, or two dates", (low.at[0], high.at[1]))
    if end < start:
        return Problem(
            "wrong-type", "this span ends before it starts", (low.at[0], high.at[1]), help=("turn its ends round",)
        )
    if (end - start).days > 366:
        return Problem("too-large", "a span of dates holds a year at most", (low.at[0], high.at[1]))
    return frozenset(), frozenset(start + timedelta(days=n) for n in range((end - start).days + 1))


def _weekday(text: str) -> int | None:
    name = fold(text)
    for names in (_WEEKDAYS, _LONG):
        if name in names:
            return names.index(name)
    return None


def _read_hours(cell: Cell, file: str, report: Report) -> tuple[tuple[int, int], ...] | None:
    """Read the cell `hours`; None where it is empty, or wrong, which is reported."""
    if not cell.text:
        return None
    found = _hours_in(cell.text)
    if isinstance(found, Problem):
        report_problem(meant(found, cell.text, _hours_in, HOURS), cell, file, report)
        return None
    return found


def _hours_in(text: str) -> tuple[tuple[int, int], ...] | Problem:
    """`09:00..12:00, 13:00..18:00`; `22:00..06:00` runs into the next day; `-` is all day."""
    tree = parse_listed("condition", text)
    if isinstance(tree, Problem):
        return tree
    found: list[tuple[int, int]] = []
    for item in tree.items:
        match item:
            case Between(low=Word() as low, high=Word() as high) if not tree.negated:
                at = (low.at[0], high.at[1])
                start, end = _minutes(low.text), _minutes(high.text)
            case _:
                at = (0, len(text))
                start = end = None
        if start is None or end is None or start == DAY:
            mend = "`09:00..18:00`, `09:00..12:00, 13:00..18:00`, `22:00..06:00`, or `-` for all day"
            return Problem("wrong-type", "hours are spans of the clock", at, help=(mend,))
        if start == end:
            return Problem("wrong-type", "this span holds no time", at, help=("`-` is all day",))
        found.append((start, end if end > start else end + DAY))
    found.sort()
    for (_, before), (after, _) in pairwise(found):
        if after < before:
            mend = "let each begin where, or after, the one before ends"
            return Problem("wrong-type", "these spans overlap", (0, len(text)), help=(mend,))
    return tuple(found)


def _minutes(text: str) -> int | None:
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    minutes = int(match[1]) * 60 + int(match[2])
    return minutes if int(match[2]) < 60 and minutes <= DAY else None


def _holidays(
    settings: Mapping[str, Cell], file: str, valid: Period, source: HolidaySource | None, report: Report
) -> dict[date, str] | None:
    """The calendar's holidays, day by day; None where some setting is wrong."""
    found: dict[date, str] | None = {}
    observed = _observed(settings, file, report)
    if observed is None:
        return None
    if "holidays" in settings:
        asked = _Asked(source, valid, observed=observed) if source is not None else None
        found = _of_codes(settings["holidays"], file, asked, report)
    for key in ("only", "except"):
        if key in settings and found is not None:
            found = _chosen(settings[key], file, found, keep=key == "only", report=report)
    if "also" in settings:
        more = _read_days(settings["also"], file, report)
        if more is None or found is None:
            return None
        if more.weekdays or more.holidays:
            report.error(
                "wrong-type", "`also` lists dates", settings["also"].span(file), help=("`also 2026-12-24, 2026-12-31`",)
            )
            return None
        for day in more.dates:
            found.setdefault(day, "holiday")
    return None if found is None else dict(sorted(found.items()))


def _years(valid: Period) -> range:
    first = valid.start.year if valid.start > date.min else FIRST_YEAR
    return range(first, (valid.last.year if valid.end != FOREVER else first + YEARS) + 1)


def _observed(settings: Mapping[str, Cell], file: str, report: Report) -> bool | None:
    """Whether a day that is free in place of a holiday at a weekend is one, too; None where that is said wrongly."""
    cell = settings.get("observed")
    if cell is None:
        return True
    said = fold(cell.text)
    if said not in ("yes", "no"):
        mend = "`yes`: days that are free in place of a holiday at a weekend are holidays, too; `no`: they are not"
        report.error("unknown-value", "`observed` is yes or no", cell.span(file), help=(mend,))
        return None
    if said == "no" and "holidays" not in settings:
        message = "there are no public holidays that could be observed on another day"
        mend = "take the line out; or say which: `holidays US-IL`"
        report.error("wrong-type", message, cell.span(file), help=(mend,))
    return said == "yes"


@dataclass(frozen=True, slots=True)
class _Asked:
    """Where public holidays are asked for, on which days, and whether those in place of others are wanted."""

    source: HolidaySource
    valid: Period
    observed: bool

    def of(self, code: str) -> Iterator[tuple[date, str]]:
        """The holidays of a code, as a row names it.

        Raises:
            UnknownHolidaysError: there is none.
        """
        if ON_THEIR_DATES in code:
            raise UnknownHolidaysError(code)
        for year in _years(self.valid):
            yield from self.source(code if self.observed else f"{code}{ON_THEIR_DATES}", year).items()


def _of_codes(cell: Cell, file: str, asked: _Asked | None, report: Report) -> dict[date, str] | None:
    tree = parse_listed("condition", cell.text)
    if isinstance(tree, Problem):
        report_problem(tree, cell, file, report)
        return None
    if asked is None:
        report.error(
            "unknown-value",
            "holiday calendars are not at hand where this is read",
            cell.span(file),
            help=("list the days: `also 2026-12-25, 2027-01-01`",),
        )
        return None
    found: dict[date, str] = {}
    right = True
    for item in tree.items:
        word = item.word if isinstance(item, One) else Word(cell.text, (0, len(cell.text)))
        try:
            for day, name in asked.of(word.text):
                found[day] = f"{found[day]}; {name}" if day in found and name not in found[day] else name
        except UnknownHolidaysError as error:
            mend = "codes are a country's, or a country's and a part of it: `PT`, `US-IL`"
            label = did_you_mean(word.text, error.known)
            if len(error.known) == 1:
                label = f"did you mean `{error.known[0]}`?"
            message = f"there is no holiday calendar called `{word.text}`"
            report.error("unknown-value", message, cell.part(file, word.at), label=label, help=() if label else (mend,))
            right = False
    return found if right else None


def _chosen(cell: Cell, file: str, days: Mapping[date, str], *, keep: bool, report: Report) -> dict[date, str] | None:
    """The holidays that are named, or those that are not; an observed day goes with its holiday."""
    tree = parse_listed("condition", cell.text)
    if isinstance(tree, Problem):
        report_problem(tree, cell, file, report)
        return None
    known = {fold(name): name for names in days.values() for name in _each(names)}
    named: set[str] = set()
    for item in tree.items:
        if not isinstance(item, One) or item.prefix or fold(item.word.text) not in known:
            text = item.word.text if isinstance(item, One) else cell.text
            at = item.word.at if isinstance(item, One) else (0, len(cell.text))
            label = did_you_mean(text, known.values())
            report.error(
                "unknown-value",
                f"these calendars have no holiday called `{text}`",
                cell.part(file, at),
                label=label,
                help=() if label else (f"their holidays are {listed(sorted(known.values()))}",),
            )
            return None
        named.add(fold(item.word.text))
    return {day: names for day, names in days.items() if any(fold(n) in named for n in _each(names)) == keep}


def _each(names: str) -> list[str]:
    return [re.sub(r" \((?:observed|estimated|observed, estimated)\)$", "", name) for name in names.split("; ")]
