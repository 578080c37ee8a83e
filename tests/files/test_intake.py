"""Times and durations as people write them, read exactly or not at all (D4.4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from engine.items import Reason
from tarifa.intake import Unreadable, instant, laid, local_date, seconds_of_minutes
from tarifa.zones import zone, zone_names

CHICAGO = "America/Chicago"


def seconds(*when: int, offset: int = 0) -> int:
    return int(datetime(*when, tzinfo=timezone(timedelta(hours=offset))).timestamp())  # type: ignore[misc,arg-type]  # year to second


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02 09:00", seconds(2026, 3, 2, 9, offset=-6)),
        ("2026-03-02T09:00:30", seconds(2026, 3, 2, 9, 0, 30, offset=-6)),
        ("2026-03-09 09:00", seconds(2026, 3, 9, 9, offset=-5)),
        ("2026-03-02T09:00Z", seconds(2026, 3, 2, 9)),
        ("2026-03-02 09:00+01:00", seconds(2026, 3, 2, 9, offset=1)),
        (" 2026-03-02 09:00 ", seconds(2026, 3, 2, 9, offset=-6)),
    ],
)
def test_a_local_time_is_the_zones_and_an_offset_goes_before_it(text: str, expected: int) -> None:
    assert instant(text, CHICAGO) == expected


def test_a_time_that_the_clock_shows_twice_needs_its_offset() -> None:
    refused = instant("2026-11-01 01:30", CHICAGO)

    assert isinstance(refused, Unreadable)
    assert (refused.reason, refused.detail["zone"]) == (Reason.AMBIGUOUS_TIME, CHICAGO)
    assert instant("2026-11-01 01:30-05:00", CHICAGO) == seconds(2026, 11, 1, 6, 30)
    assert instant("2026-11-01 01:30-06:00", CHICAGO) == seconds(2026, 11, 1, 7, 30)


def test_a_time_that_the_clock_never_shows_is_refused() -> None:
    refused = instant(datetime(2026, 3, 8, 2, 30), CHICAGO)  # noqa: DTZ001 - a local time is what is tested

    assert isinstance(refused, Unreadable)
    assert refused.reason is Reason.SKIPPED_TIME


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-02",
        "20260302",
        "09:00",
        "02/03/2026 09:00",
        "2026-02-30 09:00",
        "soon",
        "1969-12-31 12:00",
        "9999-12-31 23:59-12:00",
    ],
)
def test_what_is_no_date_with_a_time_is_not_guessed_at(text: str) -> None:
    refused = instant(text, CHICAGO)

    assert isinstance(refused, Unreadable)
    assert refused.reason is Reason.BAD_ROW


def test_given_minutes_go_before_the_end() -> None:
    start = seconds(2026, 3, 2, 9)

    assert laid("2026-03-02 09:00Z", CHICAGO, end="2026-03-02 12:00Z", minutes="90") == (start, 5400)


def test_the_hours_of_a_night_that_changes_the_clock_are_real_hours() -> None:
    found = laid("2026-03-07 23:00", CHICAGO, end="2026-03-08 06:00")

    assert not isinstance(found, Unreadable)
    assert found[1] == 6 * 3600


@pytest.mark.parametrize(("text", "expected"), [("90", 5400), ("7.5", 450), ("0", 0), ("-5", -300), ("0,1", 6)])
def test_minutes_are_read_exactly(text: str, expected: int) -> None:
    assert seconds_of_minutes(text) == expected


@pytest.mark.parametrize("text", ["", "1h", "1e3", "nan", "1 000", "--5", "٣"])
def test_what_is_no_count_of_minutes_is_refused(text: str) -> None:
    assert isinstance(seconds_of_minutes(text), Unreadable)


def test_zones_come_from_the_pinned_wheel_by_their_exact_names() -> None:
    assert zone("America/Chicago") is not None
    assert zone("america/chicago") is None
    assert zone("../../etc/passwd") is None
    assert "Europe/Lisbon" in zone_names()


def test_the_day_is_the_one_that_the_clock_shows() -> None:
    clock = zone(CHICAGO)
    assert clock is not None

    at = int(datetime(2026, 4, 1, 4, 59, tzinfo=UTC).timestamp())

    assert local_date(at, clock) == date(2026, 3, 31)
    assert local_date(at + 60, clock) == date(2026, 4, 1)
