from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendars import Clock, day_bands
from engine.errors import UncheckedRulesetError
from engine.facts import Work
from engine.model import Calendar, CalendarRow, Origin
from engine.pricing import minutes_by_band
from engine.rounding import rounded_minutes

HERE = Origin("calendar.rules", 1)


def row(
    band: str, *hours: tuple[int, int], days: str = "", holidays: bool = False, otherwise: bool = False
) -> CalendarRow:
    weekdays = frozenset(day for day, name in enumerate(("mo", "tu", "we", "th", "fr", "sa", "su")) if name in days)
    return CalendarRow(weekdays, frozenset(), holidays, hours, band, otherwise, HERE)


OFFICE = Calendar(
    "office",
    "office",
    (
        row("holiday", holidays=True),
        row("operational", (9 * 60, 12 * 60), (13 * 60, 18 * 60), days="mo tu we th fr"),
        row("weekend", days="sa su"),
        row("non-operational", otherwise=True),
    ),
    {date(2026, 8, 15): "Assumption"},
)
NIGHTS = Calendar(
    "nights",
    "nights",
    (row("night", (22 * 60, 30 * 60), days="fr"), row("day", otherwise=True)),
    {},
)
ZONES = [ZoneInfo(name) for name in ("Europe/Lisbon", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata")]


def work(start: str, end: str, zone: ZoneInfo, *, operational_only: bool = False) -> Work:
    begins, ends = (datetime.fromisoformat(text).replace(tzinfo=zone) for text in (start, end))
    seconds = int(ends.timestamp() - begins.timestamp())
    return Work(
        "W", 1, int(begins.timestamp()), seconds, zone.key, None, None, "R", 1, {}, operational_only=operational_only
    )


def test_a_break_does_not_make_two_segments() -> None:
    lisbon = ZONES[0]
    cut = minutes_by_band(work("2026-03-06T11:00", "2026-03-06T14:30", lisbon), Clock(OFFICE, lisbon))
    assert cut == (("non-operational", 60), ("operational", 150))


def test_the_band_of_the_last_minute_comes_last() -> None:
    lisbon = ZONES[0]
    cut = minutes_by_band(work("2026-03-06T12:30", "2026-03-06T18:30", lisbon), Clock(OFFICE, lisbon))
    assert cut == (("operational", 300), ("non-operational", 60))


def test_work_in_operational_hours_only_leaves_the_rest_out() -> None:
    lisbon = ZONES[0]
    late = work("2026-03-06T17:30", "2026-03-06T19:05", lisbon, operational_only=True)
    assert minutes_by_band(late, Clock(OFFICE, lisbon)) == (("operational", 30),)


def test_seconds_are_cut_at_the_floor_and_the_last_part_takes_the_rest() -> None:
    lisbon = ZONES[0]
    begins = datetime(2026, 3, 6, 17, 59, 30, tzinfo=lisbon)
    short = Work("W", 1, int(begins.timestamp()), 61, lisbon.key, None, None, "R", 1, {})
    assert minutes_by_band(short, Clock(OFFICE, lisbon)) == (("non-operational", 2),)


def test_hours_past_midnight_belong_to_the_day_they_start_on() -> None:
    friday, saturday = date(2026, 3, 6), date(2026, 3, 7)
    assert day_bands(NIGHTS, friday) == ((0, "day"), (22 * 60, "night"))
    assert day_bands(NIGHTS, saturday) == ((0, "night"), (6 * 60, "day"))


def test_the_hour_that_the_clock_repeats_counts_twice() -> None:
    new_york = ZONES[1]
    begins = datetime(2026, 11, 1, 0, 30, tzinfo=new_york)
    ends = datetime(2026, 11, 1, 2, 30, tzinfo=new_york)
    seconds = int(ends.timestamp() - begins.timestamp())
    sunday = Work("W", 1, int(begins.timestamp()), seconds, new_york.key, None, None, "R", 1, {})
    assert minutes_by_band(sunday, Clock(OFFICE, new_york)) == (("weekend", 180),)


def test_an_edge_inside_the_repeated_hour_is_passed_twice() -> None:
    new_york = ZONES[1]
    half_past_one = Calendar("c", "c", (row("late", (90, 1440), days="su"), row("early", otherwise=True)), {})
    day = Clock(half_past_one, new_york).day(date(2026, 11, 1))
    assert [(stretch.band, (stretch.end - stretch.start) // 60) for stretch in day] == [
        ("early", 90), ("late", 30), ("early", 30), ("late", 1350),
    ]  # fmt: skip


def test_a_calendar_that_leaves_a_minute_undecided_is_a_programmers_mistake() -> None:
    with pytest.raises(UncheckedRulesetError):
        day_bands(Calendar("c", "c", (row("operational", (540, 600), days="mo"),), {}), date(2026, 3, 6))


@given(
    zone=st.sampled_from(ZONES),
    begins=st.integers(1_420_000_000, 1_800_000_000),
    seconds=st.integers(1, 48 * 3600),
)
def test_segments_add_up_to_the_work_rounded_up_to_minutes(zone: ZoneInfo, begins: int, seconds: int) -> None:
    one = Work("W", 1, begins, seconds, zone.key, None, None, "R", 1, {})
    cut = minutes_by_band(one, Clock(OFFICE, zone))
    assert sum(minutes for _, minutes in cut) == -(-seconds // 60)
    assert all(minutes > 0 for _, minutes in cut)


@given(zone=st.sampled_from(ZONES), day=st.dates(date(2015, 1, 1), date(2027, 1, 1)))
def test_every_minute_lies_in_the_band_that_the_wall_clock_says(zone: ZoneInfo, day: date) -> None:
    stretches = Clock(OFFICE, zone).day(day)
    assert all(a.end == b.start for a, b in pairwise(stretches))
    for at in range(stretches[0].start, stretches[-1].end, 15 * 60):
        shown = datetime.fromtimestamp(at, zone)
        band = next(s.band for s in stretches if s.start <= at < s.end)
        assert shown.date() == day
        minute = shown.hour * 60 + shown.minute
        expected = [name for first, name in day_bands(OFFICE, day) if first <= minute][-1]
        assert band == expected


@given(minutes=st.integers(1, 1440), minimum=st.integers(0, 120), step=st.integers(1, 60), more=st.integers(0, 60))
def test_rounding_never_shortens_is_idempotent_and_monotone(minutes: int, minimum: int, step: int, more: int) -> None:
    def up(given_minutes: int) -> int:
        return rounded_minutes(given_minutes, minimum=Fraction(minimum), step=Fraction(step))

    assert up(minutes) >= minutes
    assert up(minutes) % step == 0
    assert up(up(minutes)) == up(minutes)
    assert up(minutes + more) >= up(minutes)
