"""Calendars: days, hours, bands, holidays materialised, and every minute of the week decided."""

from __future__ import annotations

from datetime import date

import pytest

from engine.model import Calendar
from tests.dsl.texts import book, marked, only, problems, ruleset


def calendar(*rows: str, settings: str = "") -> str:
    lines = "".join(f"  | {row} |\n" for row in rows)
    set_ = "".join(f"  {line.strip()}\n" for line in settings.splitlines())
    return f"calendar office\n{set_}  | days | hours | band |\n  |------|-------|------|\n{lines}"


def read(*rows: str, settings: str = "", more: str = "valid 2026-01-01..2027-12-31\n") -> Calendar:
    return ruleset(book(calendar(*rows, settings=settings), more=more)).calendars["office"]


REST = "otherwise | | rest"


def test_days_are_weekdays_spans_holidays_and_dates() -> None:
    found = read("Mon..Wed, Fri | - | a", "Sat..Mon | - | b", "holiday | - | c", "2026-12-24 | - | d", "- | - | e")
    assert [sorted(row.weekdays) for row in found.rows] == [[0, 1, 2, 4], [0, 5, 6], [], [], [0, 1, 2, 3, 4, 5, 6]]
    assert found.rows[2].holidays
    assert found.rows[3].dates == {date(2026, 12, 24)}


def test_a_span_of_dates_has_both_ends() -> None:
    found = read("2026-12-30..2027-01-02 | - | year's end", REST)
    assert sorted(found.rows[0].dates) == [date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2)]


def test_hours_are_minutes_and_may_run_into_the_next_day() -> None:
    found = read(
        "Mon | 13:00..18:00, 9:00..12:00 | a", "Tue | 22:00..06:00 | b", "Wed | 18:00..24:00 | c", "Thu | - | d", REST
    )
    hours = [row.hours for row in found.rows]
    assert hours == [((540, 720), (780, 1080)), ((1320, 1800),), ((1080, 1440),), (), ()]
    assert found.rows[-1].catch_all


def test_holidays_are_listed_for_every_year_in_which_the_version_is_valid() -> None:
    found = read(REST, settings="holidays PT\nexcept Assumption Day\nalso 2026-12-24, 2026-12-31")
    assert found.holidays == {
        date(2026, 12, 24): "holiday",
        date(2026, 12, 25): "Christmas Day",
        date(2026, 12, 31): "holiday",
        date(2027, 12, 25): "Christmas Day",
    }


def test_only_some_holidays_can_be_kept() -> None:
    found = read(REST, settings="holidays PT\nonly assumption  day")
    assert list(found.holidays) == [date(2026, 8, 15), date(2027, 8, 15)]


def test_days_in_place_of_holidays_at_a_weekend_can_be_left_out() -> None:
    assert list(read(REST, settings="holidays PT\nobserved yes").holidays) == list(
        read(REST, settings="holidays PT").holidays
    )
    assert list(read(REST, settings="holidays PT\nobserved no").holidays) == [date(2026, 12, 25), date(2027, 12, 25)]


def test_a_version_without_an_end_knows_the_holidays_of_a_generation() -> None:
    found = read(REST, settings="holidays PT", more="valid 2026-01-01..\n")
    assert min(found.holidays).year == 2026
    assert max(found.holidays).year == 2056


@pytest.mark.parametrize(
    ("row", "code", "what"),
    [
        ("Mun | - | a", "unknown-value", "Mun"),
        ("Mon..2026-01-01 | - | a", "wrong-type", "Mon..2026-01-01"),
        ("2026-02-30 | - | a", "unknown-value", "2026-02-30"),
        ("not Mon | - | a", "wrong-type", "not Mon"),
        ("Mon | 9..17 | a", "wrong-type", "9..17"),
        ("Mon | 09:00 | a", "wrong-type", "09:00"),
        ("Mon | 09:00..25:00 | a", "wrong-type", "09:00..25:00"),
        ("Mon | 09:00..09:00 | a", "wrong-type", "09:00..09:00"),
        ("Mon | 09:00..12:00, 11:00..13:00 | a", "wrong-type", "09:00..12:00, 11:00..13:00"),
        ("2026-01-01..2028-01-01 | - | a", "too-large", "2026-01-01..2028-01-01"),
        ("2026-01-05..2026-01-01 | - | a", "wrong-type", "2026-01-05..2026-01-01"),
    ],
)
def test_days_and_hours_that_make_no_sense_are_marked(row: str, code: str, what: str) -> None:
    text = book(calendar(row, REST))
    found = only(text)
    assert (found.code, marked(text, found)) == (code, what)


@pytest.mark.parametrize(
    ("settings", "code", "what"),
    [
        ("holidays XX", "unknown-value", "XX"),
        ("holidays PT, XX", "unknown-value", "XX"),
        ("holidays PT\nexcept Easter", "unknown-value", "Easter"),
        ("also Mon", "wrong-type", "Mon"),
        ("holidays PT\nobserved perhaps", "unknown-value", "perhaps"),
        ("observed no", "wrong-type", "no"),
        ("holidays PT on their dates", "unknown-value", "PT on their dates"),
        ("holiday PT", "unknown-name", "holiday"),
    ],
)
def test_settings_that_make_no_sense_are_marked(settings: str, code: str, what: str) -> None:
    text = book(calendar(REST, settings=settings))
    found = only(text)
    assert (found.code, marked(text, found)) == (code, what)


@pytest.mark.parametrize(
    ("rows", "day", "time"),
    [
        (("Mon..Fri | - | a",), "Sat", "00:00"),
        (("- | 08:00..18:00 | a",), "Mon", "00:00"),
        (("- | 00:00..18:00 | a", "Mon..Sat | 18:00..24:00 | b"), "Sun", "18:00"),
        (("Mon..Sat | 00:00..22:00 | a", "Mon..Sat | 22:00..06:00 | b"), "Sun", "06:00"),
    ],
)
def test_a_time_of_the_week_without_a_band_is_shown(rows: tuple[str, ...], day: str, time: str) -> None:
    found = only(book(calendar(*rows)))
    assert (found.code, found.case) == ("gap", (("day", day), ("time", time)))


def test_a_week_that_nights_close_has_no_gap() -> None:
    assert problems(book(calendar("- | 06:00..22:00 | day", "- | 22:00..06:00 | night"))) == []


def test_bands_of_all_calendars_are_the_values_of_band() -> None:
    found = ruleset(
        book(
            calendar("Mon..Fri | - | On Call", REST),
            calendar("- | - | always").replace("office", "around the clock"),
        )
    )
    assert found.inputs["band"].values == ("on call", "rest", "always")
    assert found.inputs["start band"].spellings["on call"] == "On Call"


def test_without_a_calendar_all_time_is_operational() -> None:
    assert ruleset(book()).inputs["band"].values == ("operational",)


def test_otherwise_stands_last_and_without_hours() -> None:
    assert [code for code, _ in problems(book(calendar(REST, "Mon | - | a")))] == ["syntax"]
    assert [code for code, _ in problems(book(calendar("otherwise | 09:00..18:00 | a")))] == ["syntax"]
