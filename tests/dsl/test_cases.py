"""Overlaps and gaps, exactly those that brute force over a small domain finds."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.formulas import Value
from engine.model import Hit, Table
from tests.dsl.texts import INPUTS, book, constants, loaded, marked, only, problems, ruleset, table

SMALL = """
inputs
  | name | of      | type     | values      |
  |------|---------|----------|-------------|
  | a    | request | choice   | X, Y, none  |
  | b    | request | choice   | L < M < H   |
  | c    | request | duration | 0 h..4 h    |
"""
CELLS_A = ["-", "X", "Y", "none", "not X", "X, none", "not none"]
CELLS_B = ["-", "L", ">= M", "< H", "L..M", "not M"]
CELLS_C = ["-", "1 h", ">= 2 h", "..2 h", "1 h..3 h", "not 1 h..2 h", "none"]
DOMAIN = list(product(["x", "y", None], ["l", "m", "h"], [0, 30, 60, 90, 120, 150, 180, 210, 239, None]))


def fitting(found: Table, case: tuple[str | int | None, ...]) -> list[str]:
    values: list[Value] = [Fraction(v) if isinstance(v, int) else v for v in case]
    return [row.name for row in found.rows if all(c.holds(v) for c, v in zip(row.conditions, values, strict=True))]


ROWS = st.lists(
    st.tuples(st.sampled_from(CELLS_A), st.sampled_from(CELLS_B), st.sampled_from(CELLS_C)), min_size=1, max_size=6
)


@given(ROWS)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_a_gap_is_told_exactly_where_brute_force_finds_one(rows: list[tuple[str, str, str]]) -> None:
    block = table("a | b | c || rate", *(f"{a} | {b} | {c} || $1.00/h" for a, b, c in rows))
    complete = table(
        "a | b | c || rate", *(f"{a} | {b} | {c} || $1.00/h" for a, b, c in rows), "otherwise | | || $2.00/h"
    )
    read = ruleset(book(SMALL, complete)).tables["rates"]
    patterns = Table(read.name, read.label, Hit.FIRST, read.inputs, read.outcomes, read.rows[:-1])
    gaps = [case for case in DOMAIN if not fitting(patterns, case)]
    found = [one for one in loaded(book(SMALL, block)).diagnostics if one.code == "gap"]
    assert bool(found) == bool(gaps)
    for one in found:
        assert fitting(patterns, read_case(dict(one.case))) == []


@given(ROWS)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_overlaps_are_told_exactly_where_brute_force_finds_them(rows: list[tuple[str, str, str]]) -> None:
    cells = [f"{a} | {b} | {c} || $1.00/h" for a, b, c in rows]
    read = ruleset(book(SMALL, table("a | b | c || rate", *cells, "otherwise | | || $2.00/h"))).tables["rates"]
    patterns = Table(read.name, read.label, Hit.FIRST, read.inputs, read.outcomes, read.rows[:-1])
    pairs = {pair for case in DOMAIN for pair in combinations(fitting(patterns, case), 2)}
    text = book(SMALL, table("a | b | c || rate", *cells, "otherwise | | || $2.00/h", settings="hit unique"))
    found = [one for one in loaded(text).diagnostics if one.code == "overlap"]
    told = {(marked(text, one), text[label.span.start : label.span.end]) for one in found for label in one.secondary}
    assert told == pairs
    for one in found:
        assert len(fitting(patterns, read_case(dict(one.case)))) > 1


def read_case(case: dict[str, str]) -> tuple[str | int | None, ...]:
    minutes: int | None = None
    if case["c"].startswith("any"):
        minutes = 0
    elif case["c"] != "none":
        number, unit = case["c"].split()
        minutes = int(number) * (60 if unit == "h" else 1)
    a = {"none": None, "any": "x"}.get(case["a"], case["a"].lower())
    return (a, case["b"].lower().replace("any", "l"), minutes)


def test_a_hole_hidden_between_several_rows_is_found() -> None:
    found = only(
        book(
            INPUTS,
            table(
                "category | priority | request || rate",
                "Network | - | - || $1.00/h",
                "not Network | >= High | - || $2.00/h",
                "Server | < High | - || $3.00/h",
                "Desktop | < High | incident || $4.00/h",
            ),
        )
    )
    assert found.case == (("category", "Desktop"), ("priority", "Low"), ("request", "service request"))


def test_open_words_have_others_beside_those_that_are_named() -> None:
    found = only(book(table("account | country || rate", "Acme Corp | - || $1.00/h", "- | US || $2.00/h")))
    assert found.code == "gap"
    assert dict(found.case)["account"] == "any other"
    assert problems(book(table("account || rate", "Acme || $1.00/h", "not Acme || $2.00/h"))) == []
    assert [code for code, _ in problems(book(table("country || rate", "US || $1.00/h", "not US || $2.00/h")))] == [
        "gap"
    ]


def test_a_table_with_a_fault_is_not_judged_for_gaps() -> None:
    text = book(INPUTS, table("category || rate", "Netwrok || $1.00/h", "Server || $2.00/h", settings="hit unique"))
    assert [code for code, _ in problems(text)] == ["unknown-value"]


def test_constants_of_conditions_are_values() -> None:
    text = book(
        constants("limit | 2 h * 2"),
        table("hours || rate", ">= limit || $1.00/h", "< 4 h || $2.00/h", settings="hit unique"),
    )
    assert problems(text) == []
