"""The analysis of conditions of every type, against brute force over all values of a small domain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.analysis import Case, Other, Space, dead_rows, impossible, overlaps
from engine.equivalence import difference
from engine.formulas import Literal, Unit, Value
from engine.hooks import Level
from engine.matching import ANY_END
from engine.model import ANY, Condition, Hit, Input, InputType, Origin, Outcome, Row, Span, Table

MONDAY = date(2026, 3, 2)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
INPUTS = {
    "clock": Input("clock", "clock", Level.WORKLOG, InputType.DURATION, domain=Span(Fraction(0), Fraction(1440))),
    "weekday": Input("weekday", "weekday", Level.REQUEST, InputType.CHOICE, WEEKDAYS, ordered=True),
    "opened": Input("opened", "opened", Level.REQUEST, InputType.DATE, may_be_missing=True),
    "value": Input("value", "value", Level.REQUEST, InputType.MONEY, may_be_missing=True),
    "exempt": Input("exempt", "exempt", Level.CONTRACT, InputType.YES_NO),
    "account": Input("account", "account", Level.CONTRACT, InputType.TEXT),
    "site": Input("site", "site", Level.REQUEST, InputType.TEXT, may_be_missing=True),
}
VALUES: dict[str, Sequence[Value]] = {
    "clock": [Fraction(minute) for minute in (0, 359, 360, 479, 480, 720, 1079, 1080, 1319, 1320, 1439)],
    "weekday": WEEKDAYS,
    "opened": [None, *(MONDAY + timedelta(days=day) for day in range(-2, 9))],
    "value": [None, *(Fraction(cents, 100) for cents in range(0, 500, 50))],
    "exempt": (True, False),
    "account": ("acme", "acme east", "globex", "another"),
    "site": (None, "hq", "hq 2", "depot", "elsewhere"),
}


def spans(edges: Sequence[Fraction] | Sequence[date], *, ends: bool) -> st.SearchStrategy[Condition]:
    """Spans between some edges, open ones, several, none of them, a missing value."""
    pairs = [
        (low, high) for low in (None, *edges) for high in (*edges, None) if low is None or high is None or low < high
    ]
    one = st.sampled_from([Span(low, high, high_counts=ends and high is not None) for low, high in pairs])
    return st.builds(
        lambda some, negated, missing: Condition(spans=tuple(some), negated=negated, missing=missing),
        st.lists(one, min_size=1, max_size=2),
        st.booleans(),
        st.booleans(),
    )


def lists(values: Sequence[str | bool], *prefixes: str) -> st.SearchStrategy[Condition]:
    return st.builds(
        lambda some, starts, negated, missing: Condition(frozenset(some), starts, negated=negated, missing=missing),
        st.sets(st.sampled_from(list(values)), min_size=0 if prefixes else 1, max_size=3),
        st.sampled_from([(), *((prefix,) for prefix in prefixes)]),
        st.booleans(),
        st.booleans(),
    )


CONDITIONS = {
    "clock": spans([Fraction(hour * 60) for hour in (6, 8, 18, 22)], ends=False),
    "weekday": lists(WEEKDAYS),
    "opened": spans([MONDAY, MONDAY + timedelta(days=2), MONDAY + timedelta(days=6)], ends=True),
    "value": spans([Fraction(1), Fraction(5, 2), Fraction(4)], ends=False),
    "exempt": lists([True, False]),
    "account": lists(["acme", "globex"], "ac"),
    "site": lists(["hq", "depot"], "hq"),
}
Rows = list[tuple[Condition, ...]]


@st.composite
def sheets(draw: st.DrawFn) -> tuple[list[str], Rows]:
    """Three columns of any types, and a few rows."""
    columns = draw(st.permutations(sorted(INPUTS)))[:3]
    cell = {name: st.one_of(st.just(ANY), CONDITIONS[name]) for name in columns}
    rows = draw(st.lists(st.tuples(*(cell[name] for name in columns)), min_size=1, max_size=6))
    return columns, rows


exact = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def cases(columns: Sequence[str]) -> list[tuple[Value, ...]]:
    return list(product(*(VALUES[name] for name in columns)))


def fits(row: Sequence[Condition], case: Sequence[Value]) -> bool:
    return all(condition.holds(value) for condition, value in zip(row, case, strict=True))


def first(rows: Rows, case: Sequence[Value]) -> int:
    return next((at for at, row in enumerate(rows) if fits(row, case)), -1)


def concrete(case: Case) -> tuple[Value, ...]:
    """A case with words in place of those that stand for all others, and any value where no row tells them apart."""
    words = [f"{v[:-1]}-x" if isinstance(v, str) and v.endswith(ANY_END) else v for v in case.values]
    any_at_all = [VALUES[of.name][-1] if of.type.is_ordered else "any at all" for of in case.inputs]
    return tuple(any_ if isinstance(v, Other) else v for v, any_ in zip(words, any_at_all, strict=True))


@given(sheets())
@exact
def test_gaps_dead_rows_and_overlaps_are_those_of_brute_force(sheet: tuple[list[str], Rows]) -> None:
    columns, rows = sheet
    space, every = Space(rows, [INPUTS[name] for name in columns]), cases(columns)
    reached = {first(rows, case) for case in every}
    never = {at for at, row in enumerate(rows) if not any(fits(row, case) for case in every)}

    point = space.covered_by(space.whole, space.all).point
    assert (point is not None) == (-1 in reached)
    if point is not None:
        assert first(rows, concrete(space.case(point))) == -1
    assert set(impossible(space, range(len(space.conditions)))) == never
    dead = list(dead_rows(space, space.all))
    assert {one.row for one in dead} == {*range(len(rows))} - reached - never
    for one in dead:
        assert fits(rows[one.row], concrete(one.case))
        assert first(rows, concrete(one.case)) < one.row
    found = list(overlaps(space, space.all))
    assert {(one.first, one.second) for one in found} == {
        (a, b)
        for a in range(len(rows))
        for b in range(a + 1, len(rows))
        if any(fits(rows[a], case) and fits(rows[b], case) for case in every)
    }
    for pair in found:
        assert fits(rows[pair.first], concrete(pair.case))
        assert fits(rows[pair.second], concrete(pair.case))


def decided(columns: Sequence[str], rows: Rows, says: Sequence[int]) -> Table:
    """A table of first hits."""
    made = tuple(
        Row(f"R{at}", row, ((Literal(Unit.NUMBER, Fraction(what)),),), False, Origin("a.rules", at))
        for at, (row, what) in enumerate(zip(rows, says, strict=True))
    )
    return Table("rates", "Rates", Hit.FIRST, tuple(columns), (Outcome("rate", "rate", Unit.NUMBER),), made)


@given(sheets(), st.data())
@exact
def test_tables_are_told_to_decide_alike_exactly_where_they_do(
    sheet: tuple[list[str], Rows], data: st.DataObject
) -> None:
    columns, rows = sheet
    says = data.draw(st.lists(st.integers(0, 1), min_size=len(rows), max_size=len(rows)))
    order = data.draw(st.permutations(range(len(rows))))
    kept = order[: data.draw(st.integers(1, len(rows)))]
    others, theirs = [rows[at] for at in kept], [says[at] for at in kept]
    one, other = decided(columns, rows, says), decided(columns, others, theirs)

    def said(of: Rows, what: Sequence[int], case: Sequence[Value]) -> int | None:
        at = first(of, case)
        return what[at] if at >= 0 else None

    found = difference(one, other, [INPUTS[name] for name in columns])
    brute = any(said(rows, says, case) != said(others, theirs, case) for case in cases(columns))
    assert (found is not None) == brute
    if found is not None:
        assert said(rows, says, concrete(found)) != said(others, theirs, concrete(found))
