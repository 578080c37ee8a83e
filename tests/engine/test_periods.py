import itertools
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.periods import FOREVER, Cycles, Every, Period

ENDLESS = [every for every in Every if every is not Every.CONTRACT]


def test_months_from_the_31st_return_to_it_after_a_short_month() -> None:
    cycles = Cycles(Every.MONTH, date(2026, 1, 31))
    assert [cycles.boundary(n).isoformat() for n in range(6)] == [
        "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30",
    ]  # fmt: skip


def test_calendar_cycles_start_with_what_is_left_of_the_month() -> None:
    cycles = Cycles(Every.MONTH, date(2026, 4, 12), by_calendar=True)
    assert cycles.cycle(0) == Period(date(2026, 4, 12), date(2026, 5, 1))
    assert (cycles.cycle(0).days, cycles.whole(0).days) == (19, 30)


def test_calendar_weeks_start_on_monday() -> None:
    cycles = Cycles(Every.WEEK, date(2026, 4, 15), by_calendar=True)
    assert [cycles.boundary(n).weekday() for n in (1, 2)] == [0, 0]


def test_a_contract_long_cycle_is_the_contract() -> None:
    cycles = Cycles(Every.CONTRACT, date(2026, 1, 1), date(2026, 7, 1))
    assert cycles.cycle(0) == Period(date(2026, 1, 1), date(2026, 7, 1))
    assert not cycles.cycle(1).days
    assert cycles.last == 0


@pytest.mark.parametrize("every", ENDLESS)
@given(
    start=st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    length=st.integers(1, 3000),
    by_calendar=st.booleans(),
    at=st.integers(0, 2999),
)
def test_cycles_tile_the_contract(every: Every, *, start: date, length: int, by_calendar: bool, at: int) -> None:
    end = start + timedelta(days=length)
    cycles = Cycles(every, start, end, by_calendar)
    assert cycles.last is not None
    tiles = [cycles.cycle(n) for n in range(cycles.last + 1)]
    assert tiles[0].start == start
    assert tiles[-1].end == end
    assert all(tile.days > 0 for tile in tiles)
    assert all(before.end == after.start for before, after in itertools.pairwise(tiles))
    day = start + timedelta(days=at % length)
    assert day in cycles.cycle(cycles.number(day))


def test_a_contract_without_expiry_has_no_last_cycle() -> None:
    assert Cycles(Every.YEAR, date(2026, 1, 1), FOREVER).last is None


def test_cycles_go_on_after_the_end_for_those_that_are_used() -> None:
    cycles = Cycles(Every.MONTH, date(2026, 1, 15), date(2026, 4, 1), used=(4, 6))
    assert (cycles.last, cycles.final, cycles.until) == (2, 6, date(2026, 8, 1))
    assert [cycles.boundary(n) for n in range(9)] == [
        date(2026, 1, 15), date(2026, 2, 15), date(2026, 3, 15), date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1),
        date(2026, 7, 1), date(2026, 8, 1), date(2026, 8, 1),
    ]  # fmt: skip
    assert [cycles.number(cycles.boundary(n)) for n in range(7)] == list(range(7))
    assert [cycles.following(n) for n in range(8)] == [1, 2, 3, 5, 5, 7, 7, None]
    unused = replace(cycles, used=())
    assert (unused.until, unused.boundary(9), unused.following(3)) == (date(2026, 4, 1), date(2026, 4, 1), None)


def test_after_a_contract_that_was_one_cycle_months_go_on() -> None:
    cycles = Cycles(Every.CONTRACT, date(2026, 1, 15), date(2026, 4, 10), used=(1,))
    assert cycles.cycle(1) == Period(date(2026, 4, 10), date(2026, 5, 10))
    assert (cycles.number(date(2026, 5, 9)), cycles.number(date(2026, 5, 10))) == (1, 2)
