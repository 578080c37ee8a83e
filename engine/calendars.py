"""Calendars: which band a minute lies in, by the wall clock of the customer's site (D4.5).

Only this module knows the clock. A local day is laid out once, as bands between UTC instants, so that daylight saving
is in the edges and nothing that reads them has to think of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from engine.errors import UncheckedRulesetError
from engine.model import DEFAULT_BAND, Calendar, CalendarRow

DAY = 24 * 60
_EPOCH = date(1970, 1, 1).toordinal()


def midnight(day: date, zone: tzinfo) -> int:
    """The UTC second at which the local `day` begins."""
    return int(datetime.combine(day, time(), zone).timestamp())


QUARTER = 15 * 60
"""Every offset from UTC since 1972 is a whole number of these, so a local day begins on one."""


def local_day(at: int, zone: tzinfo) -> date:
    """The local date at a UTC second (of 1972 or later)."""
    return _day_of_quarter(at // QUARTER, zone)


@lru_cache(maxsize=1 << 17)
def _day_of_quarter(quarter: int, zone: tzinfo) -> date:
    return datetime.fromtimestamp(quarter * QUARTER, zone).date()


@dataclass(frozen=True, slots=True)
class Stretch:
    """`[start, end)` in UTC seconds, all in one band."""

    start: int
    end: int
    band: str


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """A calendar on the wall of one zone. Days are laid out when first asked for, and kept."""

    calendar: Calendar | None
    zone: tzinfo
    _days: dict[date, tuple[Stretch, ...]] = field(default_factory=dict)

    def day(self, day: date) -> tuple[Stretch, ...]:
        """The stretches of a local day, in order, without gap."""
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = tuple(self._lay_out(day))
        return found

    def at(self, instant: int, *, day: date | None = None) -> Stretch:
        """The stretch that a UTC second lies in, within its local day; `day` is that, where it is known."""
        of_day = self.day(day if day is not None else local_day(instant, self.zone))
        for stretch in of_day:
            if instant < stretch.end:
                return stretch
        return of_day[-1]

    def stretches(self, start: int, end: int) -> Iterator[Stretch]:
        """The stretches of `[start, end)`, cut to it."""
        day = local_day(start, self.zone)
        while start < end:
            of_day = self.day(day)
            if of_day:
                first = max(bisect_right(of_day, start, key=lambda s: s.start) - 1, 0)
                for stretch in of_day[first:]:
                    upper = min(stretch.end, end)
                    if start < upper:
                        yield Stretch(start, upper, stretch.band)
                        start = upper
            day += timedelta(days=1)

    def _lay_out(self, day: date) -> Iterator[Stretch]:
        bands = day_bands(self.calendar, day) if self.calendar is not None else ((0, DEFAULT_BAND),)
        wall_zero = (day.toordinal() - _EPOCH) * DAY * 60
        for start, end, offset in self._steady(day):
            for at, (minute, band) in enumerate(bands):
                upper = bands[at + 1][0] if at + 1 < len(bands) else 2 * DAY
                low = max(start, wall_zero + minute * 60 - offset)
                high = min(end, wall_zero + upper * 60 - offset)
                if low < high:
                    yield Stretch(low, high, band)

    def _steady(self, day: date) -> Iterator[tuple[int, int, int]]:
        """The parts of a local day with one offset from UTC, as `(start, end, offset)`; two where the clock changes."""
        start, end = midnight(day, self.zone), midnight(day + timedelta(days=1), self.zone)
        before, after = self._offset(start), self._offset(end - 1)
        if before == after:
            yield start, end, before
            return
        low, high = start, end - 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._offset(middle) == before else (low, middle)
        yield start, high, before
        yield high, end, after

    def _offset(self, at: int) -> int:
        offset = datetime.fromtimestamp(at, self.zone).utcoffset()
        return int(offset.total_seconds()) if offset is not None else 0


def day_bands(calendar: Calendar, day: date) -> tuple[tuple[int, str], ...]:
    """The bands of a day by wall clock: `(first minute, band)`, the first at 0; neighbours differ.

    Raises:
        UncheckedRulesetError: no row fits some minute of the day.
    """
    edges = sorted({0, *(edge for row in calendar.rows for edge in _edges(row))})
    bands: list[tuple[int, str]] = []
    for minute in edges:
        band = next((row.band for row in calendar.rows if _fits(row, calendar, day, minute)), None)
        if band is None:
            raise UncheckedRulesetError(f"no row of the calendar {calendar.label} fits minute {minute} of {day}")
        if not bands or bands[-1][1] != band:
            bands.append((minute, band))
    return tuple(bands)


def _edges(row: CalendarRow) -> Iterator[int]:
    for hours in row.hours:
        for minute in hours:
            yield minute % DAY


def _fits(row: CalendarRow, calendar: Calendar, day: date, minute: int) -> bool:
    if not row.hours:
        return _is_day(row, calendar, day)
    return any(
        (start <= minute < end and _is_day(row, calendar, day))
        or (start <= minute + DAY < end and _is_day(row, calendar, day - timedelta(days=1)))
        for start, end in row.hours
    )


def _is_day(row: CalendarRow, calendar: Calendar, day: date) -> bool:
    return (
        row.catch_all
        or day.weekday() in row.weekdays
        or day in row.dates
        or (row.holidays and day in calendar.holidays)
    )
