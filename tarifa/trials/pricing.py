"""A whole worklog, from its time to its amount, where an allowance covers nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

from dsl.testing import AMOUNT, BILLED, RulesetTest
from engine.calendars import Clock
from engine.facts import Work
from engine.formulas import Value
from engine.model import DAY
from engine.money import for_minutes, to_minor
from engine.pricing import minutes_by_band
from engine.rounding import rounded_minutes
from tarifa.intake import Unreadable, instant
from tarifa.trials.watched import Watched
from tarifa.zones import zone

_CHARGES = ("per worklog", "travel", "per request")


def clock_of(watched: Watched, values: Mapping[str, Value], calendar: str | None) -> Clock | str:
    """The clock that bands follow: of the calendar named by the pricing, else by the test, else of the only one."""
    ruleset = watched.ruleset
    named = watched.hook("calendar", values, [])
    name = named if isinstance(named, str) else calendar
    if name is None and len(ruleset.calendars) == 1:
        name = next(iter(ruleset.calendars))
    if name is not None and name not in ruleset.calendars:
        return f"there is no calendar called `{name}`"
    if name is None and ruleset.calendars:
        return "it is not said which calendar counts"
    where = zone(ruleset.timezone)
    if where is None:
        return f"there is no time zone called `{ruleset.timezone}`"
    return Clock(ruleset.calendars[name] if name is not None else None, where)


def instant_of(watched: Watched, when: datetime) -> int | str:
    """A time on the wall clock of the ruleset's zone, in UTC seconds."""
    found = instant(when, watched.ruleset.timezone)
    if isinstance(found, Unreadable):
        return f"the clock in {watched.ruleset.timezone} does not show {when:%Y-%m-%d %H:%M} once: choose another time"
    return found


def decided_class(watched: Watched, known: Mapping[str, Value]) -> Value:
    """The class of contract that work falls to, where the hook `class` is bound; else the one that is told."""
    return watched.hook("class", known, []) if "class" in watched.ruleset.pricing else known.get("class")


def worklog(watched: Watched, values: Mapping[str, Value], test: RulesetTest) -> dict[str, Value] | str | None:
    """The billed minutes and the amount of the worklog that a test of the pricing is about; or why there are none.

    None where no such worklog is priced: it falls to a contract of another class.
    """
    if test.start is None or test.end is None:
        return "it is not said when the work starts and ends"
    start, end = instant_of(watched, test.start), instant_of(watched, test.end)
    values = {**values, DAY: test.start.date()}
    clock = clock_of(watched, values, test.calendar)
    if isinstance(start, str) or isinstance(end, str):
        return start if isinstance(start, str) else str(end)
    if isinstance(clock, str):
        return clock
    work = Work("test", 1, start, end - start, watched.ruleset.timezone, None, test.calendar, "test", 1, values)
    known = {**values, "hours": Fraction(-(-work.seconds // 60)), "start band": clock.at(start).band}
    try:
        if values.get("class") not in (None, decided_class(watched, known)):
            return None
        return _priced(watched, known, minutes_by_band(work, clock))
    except ZeroDivisionError:
        return "this divides by zero"


def _priced(watched: Watched, known: Mapping[str, Value], bands: tuple[tuple[str, int], ...]) -> dict[str, Value] | str:
    currency, rounding = watched.currency, watched.ruleset.rounding
    total = 0
    billed = _rounded(watched, known, [minutes for _, minutes in bands])
    for (band, _), minutes in zip(bands, billed, strict=True):
        if "rate" in watched.ruleset.pricing:
            rate = watched.hook("rate", {**known, "band": band}, [])
            if not isinstance(rate, Fraction):
                return f"there is no rate in the band {band}"
            total += for_minutes(rate, minutes, currency, rounding)
    for hook in _CHARGES:
        total += sum(
            to_minor(one, currency, rounding) for one in watched.lines(hook, known) if isinstance(one, Fraction)
        )
    return {BILLED: Fraction(sum(billed)), AMOUNT: Fraction(total, 10**currency.digits)}


def _rounded(watched: Watched, known: Mapping[str, Value], minutes: list[int]) -> list[int]:
    """Minutes of each band; the surplus goes to the last."""

    def of(name: str) -> Fraction:
        value = watched.hook(name, known, [])
        return value if isinstance(value, Fraction) else Fraction(0)

    minimum, step, grace = of("minimum"), of("round up to"), of("grace")
    if watched.hook("scope", known, []) == "segment":
        return [rounded_minutes(one, minimum=minimum, step=step, grace=grace) for one in minutes]
    surplus = rounded_minutes(sum(minutes), minimum=minimum, step=step, grace=grace) - sum(minutes)
    billed = list(minutes)
    for at in reversed(range(len(billed))):  # what a grace takes away may be more than the last band has
        taken = max(surplus, -billed[at])
        billed[at] += taken
        surplus -= taken
    return billed
