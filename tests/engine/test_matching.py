"""The index answers as the definition `Condition.holds` does, and the analysis as brute force does."""

from datetime import date
from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from engine.analysis import Case, Other, Undecided, find_gap, find_overlaps
from engine.formulas import Value
from engine.hooks import Level
from engine.matching import NO_ROW, SMALL, Hashed, Plain, index, rows_of
from engine.model import ANY, Condition, Input, InputType, Span

WORDS = ("ant", "antler", "bee", "cow")
COLOURS = ("red", "green", "blue")
NUMBERS = [Fraction(n, 2) for n in range(-1, 8)]

spans = st.builds(
    lambda low, length, low_counts, high_counts: Span(
        low, low + length if low is not None and length is not None else length, low_counts, high_counts
    ),
    st.none() | st.sampled_from(NUMBERS),
    st.none() | st.sampled_from(NUMBERS[2:]),
    st.booleans(),
    st.booleans(),
)
word_conditions = st.just(ANY) | st.builds(
    Condition,
    values=st.frozensets(st.sampled_from(WORDS)),
    prefixes=st.lists(st.sampled_from(["a", "ant", "b"]), max_size=2).map(tuple),
    missing=st.booleans(),
    negated=st.booleans(),
)
colour_conditions = st.just(ANY) | st.builds(
    Condition, values=st.frozensets(st.sampled_from(COLOURS)), missing=st.booleans(), negated=st.booleans()
)
number_conditions = st.just(ANY) | st.builds(
    Condition,
    values=st.frozensets(st.sampled_from(NUMBERS), max_size=2),
    spans=st.lists(spans, max_size=2).map(tuple),
    missing=st.booleans(),
    negated=st.booleans(),
)
rows = st.lists(st.tuples(word_conditions, colour_conditions, number_conditions), max_size=8)
words: st.SearchStrategy[Value] = st.none() | st.sampled_from([*WORDS, "anteater", "zebra"])
colours: st.SearchStrategy[Value] = st.none() | st.sampled_from(COLOURS)
numbers: st.SearchStrategy[Value] = st.none() | st.sampled_from([*NUMBERS, Fraction(1, 3), Fraction(99), 0, 1, 2, 99])

INPUTS = (
    Input("word", "word", Level.REQUEST, InputType.TEXT, may_be_missing=True),
    Input("colour", "colour", Level.REQUEST, InputType.CHOICE, values=COLOURS),
    Input("count", "count", Level.REQUEST, InputType.NUMBER, may_be_missing=True),
)
ORDERED = (False, False, True)
Conditions = tuple[Condition, Condition, Condition]


def fits(row: Conditions, values: tuple[Value, ...]) -> bool:
    return all(condition.holds(value) for condition, value in zip(row, values, strict=True))


@given(rows, words, colours, numbers)
def test_the_index_finds_the_rows_that_hold(table: list[Conditions], word: Value, colour: Value, number: Value) -> None:
    values = (word, colour, number)
    expected = [r for r, row in enumerate(table) if fits(row, values)]
    plain = Plain(table, ORDERED)
    assert list(rows_of(plain.fitting(values))) == expected
    first = expected[0] if expected else NO_ROW
    assert plain.first(values) == first
    assert list(plain.all(values)) == expected
    hashed = Hashed(table, ORDERED, 0)
    assert hashed.first(values) == first
    assert list(hashed.all(values)) == expected
    assert index(table, ORDERED).first(values) == first


def concrete(case: Case) -> tuple[Value, ...]:
    unnamed: tuple[Value, ...] = ("no row names this", "no row names this", Fraction(99))
    return tuple(
        other if isinstance(value, Other) else value for value, other in zip(case.values, unnamed, strict=True)
    )


DOMAIN = [
    (*WORDS, "anteater", "zebra", "a", "b", None),
    COLOURS,
    (*(Fraction(sixths, 6) for sixths in range(-9, 54)), None, Fraction(99)),
]


@given(rows)
def test_a_gap_is_found_where_brute_force_finds_one_and_nowhere_else(table: list[Conditions]) -> None:
    gap = find_gap(table, INPUTS)
    brute = next((case for case in product(*DOMAIN) if not any(fits(row, case) for row in table)), None)
    if gap is None:
        assert brute is None
    else:
        assert isinstance(gap, Case)
        shown = concrete(gap)
        assert not any(fits(row, shown) for row in table)


@given(rows)
def test_overlaps_are_those_that_brute_force_finds(table: list[Conditions]) -> None:
    found = find_overlaps(table, INPUTS, at_most=1000)
    assert not isinstance(found, Undecided)
    cases = list(product(*DOMAIN))
    brute = {
        (a, b)
        for a, one in enumerate(table)
        for b, other in enumerate(table)
        if a < b and any(fits(one, case) and fits(other, case) for case in cases)
    }
    assert {(overlap.first, overlap.second) for overlap in found} == brute
    for overlap in found:
        shown = concrete(overlap.case)
        assert fits(table[overlap.first], shown)
        assert fits(table[overlap.second], shown)


def test_large_tables_are_hashed_on_the_column_that_tells_most_rows_apart() -> None:
    table = [(Condition(values=frozenset({f"account {n}"})), ANY) for n in range(SMALL)]
    table.append((ANY, ANY))
    hashed = index(table, (False, False))
    assert isinstance(hashed, Hashed)
    assert [hashed.first((name, None)) for name in ("account 7", "account 4999", "another")] == [7, 4999, SMALL]


def test_spans_of_dates_count_their_start_and_not_their_end() -> None:
    table = [
        (Condition(spans=(Span(None, date(2026, 7, 1)),)),),
        (Condition(spans=(Span(date(2026, 7, 1), None),)),),
    ]
    plain = Plain(table, (True,))
    assert [plain.first((date(2026, 6, 30),)), plain.first((date(2026, 7, 1),))] == [0, 1]


def test_spans_of_one_cell_that_overlap_or_touch_are_one() -> None:
    inside = [Fraction(n) for n in range(12)]
    cell = Condition(spans=(Span(inside[1], inside[5]), Span(inside[3], inside[8]), Span(inside[8], inside[9])))
    plain = Plain([(cell,), (ANY,)], (True,))
    assert [n for n in inside if plain.first((n,)) == 0] == inside[1:9]


def test_a_search_for_overlaps_that_takes_too_long_says_so_or_names_those_it_found() -> None:
    apart = [(ANY, ANY, Condition(spans=(Span(Fraction(n), Fraction(n + 1)),))) for n in range(50)]
    assert isinstance(find_overlaps(apart, INPUTS, limit=40), Undecided)
    assert find_overlaps(apart, INPUTS) == ()
    meeting = [(ANY, ANY, Condition(spans=(Span(Fraction(0), Fraction(n + 1)),))) for n in range(50)]
    some = find_overlaps(meeting, INPUTS, limit=300, at_most=100_000)
    assert not isinstance(some, Undecided)
    assert 0 < len(some) < 50 * 49 // 2


def test_a_gap_between_the_start_of_the_domain_and_the_first_bound_is_found() -> None:
    distance = Input(
        "distance", "distance", Level.WORKLOG, InputType.NUMBER, may_be_missing=True, domain=Span(Fraction(0), None)
    )
    table = [(Condition(spans=(Span(Fraction(1, 2), None),)),), (Condition(missing=True),)]
    gap = find_gap(table, [distance])
    assert isinstance(gap, Case)
    [value] = gap.values
    assert isinstance(value, Fraction)
    assert 0 <= value < Fraction(1, 2)
