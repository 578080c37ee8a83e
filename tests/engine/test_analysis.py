"""What the analysis says of a table is what brute force over its whole domain finds, no more and no less."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import analysis
from engine.analysis import Case, Other, Space, UndecidedError, dead_row, dead_rows, impossible, overlaps
from engine.contraction import crossing_rows, joinable_rows, needless_conditions, redundant_rows, useless_columns
from engine.formulas import Value
from engine.hooks import Level
from engine.matching import ANY_END, NO_ROW
from engine.model import ANY, Condition, Input, InputType, Span

COLOUR = Input("colour", "colour", Level.REQUEST, InputType.CHOICE, ("red", "green", "blue"), may_be_missing=True)
WORD = Input("word", "word", Level.REQUEST, InputType.TEXT)
HOURS = Input("hours", "hours", Level.WORKLOG, InputType.NUMBER, domain=Span(Fraction(0), Fraction(4)))
INPUTS = (COLOUR, WORD, HOURS)
DOMAIN: Sequence[Sequence[Value]] = (
    ("red", "green", "blue", None),
    ("ant", "antler", "antique", "bee", "another"),
    tuple(Fraction(quarters, 4) for quarters in range(16)),
)
CASES = list(product(*DOMAIN))


@pytest.fixture(scope="module", params=(48, 0), ids=("among few rows", "among many"), autouse=True)
def searched(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every question is asked both ways: as among few rows, and as in tables of thousands."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(analysis, "_SOME", request.param)
        yield


Conditions = tuple[Condition, ...]
Table = list[tuple[Conditions, int]]

colours = st.sampled_from(
    [
        ANY,
        Condition(frozenset({"red"})),
        Condition(frozenset({"red", "green"})),
        Condition(frozenset({"blue"})),
        Condition(frozenset({"blue"}), negated=True),
        Condition(missing=True),
        Condition(frozenset({"red", "green", "blue"})),
    ]
)
words = st.sampled_from(
    [
        ANY,
        Condition(frozenset({"ant"})),
        Condition(prefixes=("ant",)),
        Condition(frozenset({"bee"}), negated=True),
        Condition(frozenset({"bee", "antler"})),
    ]
)


def span(low: int | None, high: int | None) -> Condition:
    return Condition(spans=(Span(None if low is None else Fraction(low), None if high is None else Fraction(high)),))


hours = st.sampled_from(
    [
        ANY,
        span(0, 2),
        span(2, 4),
        span(1, 3),
        span(0, None),
        span(3, None),
        span(6, None),
        Condition(spans=span(1, 3).spans, negated=True),
        Condition(frozenset({Fraction(2)})),
    ]
)
tables = st.lists(st.tuples(st.tuples(colours, words, hours), st.integers(0, 1)), min_size=1, max_size=6)
exact = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])


def space_of(table: Table) -> Space:
    return Space([conditions for conditions, _ in table], INPUTS)


def fits(row: Conditions, case: Sequence[Value]) -> bool:
    return all(condition.holds(value) for condition, value in zip(row, case, strict=True))


def first(table: Table, case: Sequence[Value], *, but: int = NO_ROW) -> int:
    return next((r for r, (row, _) in enumerate(table) if r != but and fits(row, case)), NO_ROW)


def said(table: Table, case: Sequence[Value], *, but: int = NO_ROW) -> int | None:
    row = first(table, case, but=but)
    return None if row == NO_ROW else table[row][1]


def concrete(case: Case) -> tuple[Value, ...]:
    words = {"ant" + ANY_END: "antique"}
    return tuple(
        "another" if isinstance(value, Other) else words.get(value, value) if isinstance(value, str) else value
        for value in case.values
    )


@given(tables)
@exact
def test_dead_rows_are_those_that_no_case_comes_to_and_other_rows_are_named_for_each(table: Table) -> None:
    space = space_of(table)
    never = {r for r, (row, _) in enumerate(table) if not any(fits(row, case) for case in CASES)}
    assert impossible(space, range(len(space.conditions))).keys() == never
    reached = {first(table, case) for case in CASES}
    found = {dead.row: dead for dead in dead_rows(space, space.all)}
    assert found.keys() == {r for r in range(len(table)) if r not in reached} - never
    for row, dead in found.items():
        own = [case for case in CASES if fits(table[row][0], case)]
        behind = [table[other][0] for other in dead.behind]
        assert all(other < row for other in dead.behind)
        assert all(any(fits(other, case) for other in behind) for case in own)
        for left_out in range(len(behind)):
            some = behind[:left_out] + behind[left_out + 1 :]
            assert not all(any(fits(other, case) for other in some) for case in own)
        assert fits(table[row][0], concrete(dead.case))
        assert first(table, concrete(dead.case)) != row


@given(tables)
@exact
def test_what_is_shown_around_a_gap_is_decided_by_no_row_and_cannot_be_widened(table: Table) -> None:
    space = space_of(table)
    point = space.covered_by(space.whole, space.all).point
    gaps = [case for case in CASES if first(table, case) == NO_ROW]
    assert (point is None) == (not gaps)
    if point is None:
        return
    around = space.around(point, space.all)
    inside = [case for case in CASES if fits(around, case)]
    assert concrete(space.case(point)) in inside
    assert set(inside) <= set(gaps)
    for column, values in enumerate(DOMAIN):
        for value in values:
            if not around[column].holds(value):
                wider = [(*case[:column], value, *case[column + 1 :]) for case in inside]
                assert not set(wider) <= set(gaps)


@given(tables)
@exact
def test_redundant_rows_are_those_without_which_nothing_is_decided_otherwise(table: Table) -> None:
    says = [what for _, what in table]
    found = {one.row: one for one in redundant_rows(space_of(table), says)}
    reached = {first(table, case) for case in CASES}
    brute = {r for r in reached - {NO_ROW} if all(said(table, case) == said(table, case, but=r) for case in CASES)}
    assert found.keys() == brute
    for row, one in found.items():
        case = concrete(one.case)
        assert (first(table, case), first(table, case, but=row)) == (row, one.then)


@given(tables)
@exact
def test_needless_conditions_are_those_that_hold_for_every_value(table: Table) -> None:
    found = set(needless_conditions(space_of(table)))
    assert found == {
        (r, c)
        for r, (row, _) in enumerate(table)
        for c, condition in enumerate(row)
        if condition != ANY and all(condition.holds(value) for value in DOMAIN[c])
    }


@given(tables)
@exact
def test_useless_columns_are_those_that_tell_no_two_cases_apart(table: Table) -> None:
    table = [*table, ((ANY, ANY, ANY), 0)]
    found = set(useless_columns(space_of(table), [what for _, what in table]))
    brute = {
        c
        for c in range(3)
        if all(len({said(table, (*case[:c], value, *case[c + 1 :])) for value in DOMAIN[c]}) == 1 for case in CASES)
    }
    assert found == brute


@given(tables)
@exact
def test_rows_that_are_joined_decide_what_they_decided_apart(table: Table) -> None:
    says = [what for _, what in table]
    for one in joinable_rows(space_of(table), says, ordered=True, disjoint=False):
        kept, *gone = one.rows
        row = list(table[kept][0])
        row[one.column] = one.condition
        joined = [(tuple(row), what) if r == kept else (old, what) for r, (old, what) in enumerate(table)]
        joined = [both for r, both in enumerate(joined) if r not in gone]
        assert [said(joined, case) for case in CASES] == [said(table, case) for case in CASES]


@given(tables)
@exact
def test_rows_that_are_joined_where_all_that_fit_count_share_no_case(table: Table) -> None:
    says = [what for _, what in table]
    for one in joinable_rows(space_of(table), says, ordered=False, disjoint=True):
        for case in CASES:
            assert sum(fits(table[r][0], case) for r in one.rows) <= 1


@given(tables)
@exact
def test_crossing_rows_share_a_case_say_different_things_and_neither_lies_within_the_other(table: Table) -> None:
    space = space_of(table)
    says = [what for _, what in table]
    sets = [frozenset(case for case in CASES if fits(row, case)) for row, _ in table]
    asked = [[condition != ANY for condition in row] for row, _ in table]
    brute = {
        (a, b)
        for a in range(len(table))
        for b in range(a + 1, len(table))
        if says[a] != says[b]
        and asked[a] == asked[b]
        and sets[a] & sets[b]
        and not (sets[a] <= sets[b] or sets[b] <= sets[a])
    }
    found = {(one.first, one.second): one for one in crossing_rows(space, says, space.all)}
    assert found.keys() == brute
    for (a, b), one in found.items():
        assert fits(table[a][0], concrete(one.case))
        assert fits(table[b][0], concrete(one.case))


@given(tables)
@exact
def test_rows_that_say_the_same_are_no_overlap_where_only_differences_count(table: Table) -> None:
    says = [what for _, what in table]
    space = space_of(table)
    found = {(one.first, one.second) for one in overlaps(space, space.all, says=says)}
    assert found == {
        (a, b)
        for a in range(len(table))
        for b in range(a + 1, len(table))
        if says[a] != says[b] and any(fits(table[a][0], case) and fits(table[b][0], case) for case in CASES)
    }


def test_a_search_ends_at_its_limit_and_says_so() -> None:
    rows = [(Condition(frozenset({"red"})), ANY, span(n, n + 1)) for n in range(3)]
    space = Space(rows, INPUTS, limit=5)
    with pytest.raises(UndecidedError):
        list(dead_rows(space, space.all))
    space.begin()
    assert dead_row(space, 0, 0) is None


def test_days_between_rows_are_shown_as_days() -> None:
    day = Input("day", "day", Level.REQUEST, InputType.DATE)
    rows = [
        (Condition(spans=(Span(None, date(2026, 3, 31), high_counts=True),), missing=True),),
        (Condition(spans=(Span(date(2026, 4, 5), None),)),),
    ]
    space = Space(rows, (day,))
    point = space.covered_by(space.whole, space.all).point
    assert point is not None
    assert space.around(point, space.all) == (
        Condition(spans=(Span(date(2026, 4, 1), date(2026, 4, 4), high_counts=True),)),
    )
