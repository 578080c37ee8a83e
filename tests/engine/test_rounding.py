"""Time rounding where minimum, step, grace and scope meet each other, and the edge of a cycle (D4.7, D4.10)."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.rounding import rounded_minutes
from tests.engine.rulesets import contract, facts, minutes, ruleset, work
from tests.engine.test_settlement import at
from tests.engine.test_usage import bound, on_request, only_time, settled, word

MARCH = date(2026, 3, 1)
MINUTES = st.integers(0, 300)


@pytest.mark.parametrize(("real", "billed_for"), [(3, 40), (18, 40), (45, 40), (50, 40), (51, 60), (70, 60), (71, 80)])
def test_a_minimum_is_a_whole_number_of_steps_and_grace_forgives_nothing_of_it(real: int, billed_for: int) -> None:
    assert rounded_minutes(real, minimum=30, step=20, grace=10) == billed_for


@given(real=MINUTES, more=MINUTES, minimum=MINUTES, step=st.integers(1, 90), grace=st.integers(0, 30))
def test_rounding_never_falls_stays_where_it_is_and_keeps_the_minimum(
    real: int, more: int, minimum: int, step: int, grace: int
) -> None:
    def billed(time: int) -> int:
        return rounded_minutes(time, minimum=Fraction(minimum), step=step, grace=grace)

    assert billed(real) <= billed(real + more)
    assert billed(billed(real)) == billed(real)
    assert billed(real) >= max(minimum, real - grace)
    assert billed(real) % step == 0


@pytest.mark.parametrize(
    ("scope", "first", "second"),
    [
        ("worklog", [60, 30], [30, 60]),
        ("segment", [60, 30], [30, 60]),
        # In February, the hour that began in January and 10 minutes are 70, rounded to 120; 30 of them stand in January.
        ("request", [60, 30], [30, 60]),
        ("day", [60, 30], [30, 60]),
    ],
)
def test_work_over_the_edge_of_a_cycle_is_rounded_once_where_it_ends(
    scope: str, first: list[int], second: list[int]
) -> None:
    rules = bound(ruleset(only_time()), round_up_to=minutes(60), scope=word(scope))
    rules = replace(rules, split_at_cycle_edge=True)
    saturday = date(2026, 1, 31)
    over = replace(work("b", at(saturday, 23 * 3600 + 1800), 60), request="R1")
    entries = (on_request("a", 10, hour=20, day=saturday), over, on_request("c", 10, day=date(2026, 2, 1)))
    result = settled(rules, facts(contract(date(2026, 1, 1)), entries), through=2)
    by_cycle = [[item.rounded for item in result.items if item.cycle == n and item.minutes] for n in (0, 1)]
    assert by_cycle == [first, second]


def test_the_work_of_two_people_over_the_same_edge_is_one_group_behind_it() -> None:
    rules = bound(ruleset(only_time()), round_up_to=minutes(60), scope=word("request"))
    rules = replace(rules, split_at_cycle_edge=True)
    start = at(date(2026, 1, 31), 23 * 3600 + 1800)
    both = tuple(replace(work(name, start, 50), request="R1") for name in ("a", "b"))
    result = settled(rules, facts(contract(date(2026, 1, 1)), both), through=2)
    assert sum(item.rounded for item in result.items) == 120


def test_bands_that_an_edge_cuts_are_each_rounded_once() -> None:
    """17:10 to 0:40 on a Tuesday: 50 minutes of the day, and 400 of the night, which is a whole number of steps."""
    rules = bound(ruleset(only_time()), round_up_to=minutes(80), scope=word("segment"))
    rules = replace(rules, split_at_cycle_edge=True)
    entry = work("a", at(date(2026, 3, 31), 16 * 3600 + 600), 450)
    result = settled(rules, facts(contract(MARCH), (entry,)), through=2)
    assert [(item.band, item.minutes, item.rounded) for item in result.items] == [
        ("operational", 50, 80),
        ("non-operational", 360, 360),
        ("non-operational", 40, 40),
    ]
