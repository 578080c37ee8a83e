"""Local dates: half-open periods, and the cycles that tile a contract (D6)."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

FOREVER = date.max


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """`[start, end)` in local dates."""

    start: date
    end: date

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days

    @property
    def last(self) -> date:
        """Its last day, as people say it."""
        return self.end - timedelta(days=1)


class Every(StrEnum):
    """How long a billing cycle is."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half-year"
    YEAR = "year"
    CONTRACT = "contract"


_MONTHS = {Every.MONTH: 1, Every.QUARTER: 3, Every.HALF_YEAR: 6, Every.YEAR: 12}


def add_months(day: date, months: int) -> date:
    """The same day `months` later, clamped to the month's last day."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, calendar.monthrange(year, month0 + 1)[1]))


@dataclass(frozen=True, slots=True)
class Cycles:
    """The cycles of one contract. They tile `[start, end)`; boundary n is counted from the original anchor.

    Attributes:
        every: Length of a cycle.
        start: First day of the contract.
        end: First day after it; `FOREVER` where it has no expiry.
        by_calendar: Anchored on the calendar (1st of the month, Monday, 1st of January, ...), not on the start.
        used: Numbers of cycles after the end in which top-ups live. Cycles go on from the end with the same length (by
            the month where the contract was one cycle), but none of them is settled after the last that is used.
    """

    every: Every
    start: date
    end: date = FOREVER
    by_calendar: bool = False
    used: tuple[int, ...] = ()

    @property
    def anchor(self) -> date:
        """The day that boundaries are counted from: the start, or the calendar's edge on or before it."""
        if not self.by_calendar or self.every is Every.CONTRACT:
            return self.start
        if self.every is Every.WEEK:
            return self.start - timedelta(days=self.start.weekday())
        months = _MONTHS[self.every]
        return date(self.start.year, (self.start.month - 1) // months * months + 1, 1)

    def _edge(self, n: int) -> date:
        if n == 0:
            return self.anchor
        if self.every is Every.CONTRACT:
            return self.end
        if self.every is Every.WEEK:
            days = self.anchor.toordinal() + 7 * n
            return date.fromordinal(days) if days <= FOREVER.toordinal() else FOREVER
        months = _MONTHS[self.every] * n
        return add_months(self.anchor, months) if self.anchor.year + months // 12 < FOREVER.year else FOREVER

    def boundary(self, n: int) -> date:
        """Boundary n: the start for 0, never before the start nor after the end of the last cycle that is settled."""
        last, final = self.last, self.final
        if last is None or final is None or n <= last:
            return min(max(self._edge(n), self.start), self.end)
        return self._after.boundary(min(n, final + 1) - last - 1)

    def cycle(self, n: int) -> Period:
        """Cycle n, cut to the contract; empty where the contract has ended before it."""
        return Period(self.boundary(n), self.boundary(n + 1))

    def whole(self, n: int) -> Period:
        """Cycle n before it was cut: what a share of it is a share of."""
        if self.last is not None and n > self.last:
            return self._after.whole(n - self.last - 1)
        return Period(self._edge(n), self._edge(n + 1))

    def number(self, day: date) -> int:
        """The cycle that holds `day`, which lies on or after the anchor."""
        if day >= self.end and self.last is not None:
            return self.last + 1 + self._after.number(day)
        if self.every is Every.CONTRACT:
            return 0
        if self.every is Every.WEEK:
            return (day - self.anchor).days // 7
        months = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
        n = max(months // _MONTHS[self.every], 0)
        return n if self._edge(n) <= day else n - 1

    @property
    def last(self) -> int | None:
        """The number of the last cycle; None where the contract has no end."""
        return None if self.end == FOREVER else max(self.number(self.end - timedelta(days=1)), 0)

    @property
    def final(self) -> int | None:
        """The number of the last cycle that is settled: the contract's last, or a later one that is used."""
        return max(self.used) if self.used else self.last

    @property
    def until(self) -> date:
        """The first day after the last cycle that is settled; `FOREVER` where there is none."""
        return self.end if self.final is None else self.boundary(self.final + 1)

    @property
    def _after(self) -> Cycles:
        """The cycles that go on from the end."""
        return Cycles(
            Every.MONTH if self.every is Every.CONTRACT else self.every, self.end, by_calendar=self.by_calendar
        )

    def following(self, n: int) -> int | None:
        """The boundary after boundary n, at which a cycle that is settled ends; None after the last."""
        if self.last is None or n <= self.last:
            return n + 1
        return next((used + 1 for used in self.used if used >= n), None)

    def share(self, n: int) -> Fraction:
        """Cycle n as a share of a whole one."""
        cycle, whole = self.cycle(n), self.whole(n)
        return Fraction(1) if cycle == whole else Fraction(cycle.days, whole.days)

    def upto(self, day: date) -> Fraction:
        """How many whole cycles lie before a day of the contract, a part of one as the share of its days."""
        n = self.number(min(day, self.end - timedelta(days=1)))
        before = (self.share(0) + n - 1) if n else Fraction(0)
        return before + Fraction((day - self.boundary(n)).days, self.whole(n).days)

    def group(self, n: int, over: Every) -> range:
        """The cycles of the longer period, counted from the first cycle, that cycle n lies in.

        Of the whole contract where `over` is `contract`; cycle n alone where that has no end, or is no longer.
        """
        if over is Every.CONTRACT:
            return range((self.last or 0) + 1) if self.last is not None else range(n, n + 1)
        if self.every not in _MONTHS or over not in _MONTHS:
            return range(n, n + 1)
        size = max(_MONTHS[over] // _MONTHS[self.every], 1)
        first = n // size * size
        last = first + size if self.last is None else min(first + size, self.last + 1)
        return range(first, last)
