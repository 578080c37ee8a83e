"""Prices below zero and divisions by zero: told exactly where evaluating every request of a small domain finds them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsl import Diagnostic
from engine.formulas import Value
from engine.model import Ruleset
from engine.money import Currency
from engine.program import Program
from tests.dsl.texts import book, constants, loaded, marked, plans, pricing, table

SMALL = """
inputs
  | name | of      | type     | values     |
  |------|---------|----------|------------|
  | a    | request | choice   | X, Y       |
  | b    | request | choice   | L < M < H  |
  | c    | worklog | duration | 0 h..4 h   |
"""
STANDARD = constants("standard | $10.00")
MINUTES = [None, 0, 1, 59, 60, 61, 90, 119, 120, 121, 180, 239]
DOMAIN: list[dict[str, Value]] = [
    {"a": a, "b": b, "c": None if c is None else Fraction(c)}
    for a, b, c in product(["x", "y"], ["l", "m", "h"], MINUTES)
]
exact = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
HITS = st.sampled_from(["hit first", "hit merge", "hit collect sum", "hit collect min", "hit collect max"])
CONDITIONS = st.tuples(
    st.sampled_from(["-", "X", "Y"]),
    st.sampled_from(["-", "L", ">= M", "not M"]),
    st.sampled_from(["-", "..1 h", ">= 2 h", "1 h..2 h"]),
)
OFF = st.sampled_from(["$0.00", "$4.00", "$12.00", "standard * 110%", "$6.00/h * c", "-"])
ROWS = st.lists(st.tuples(CONDITIONS, OFF), min_size=1, max_size=4)
FORMULAS = st.sampled_from(
    [
        "standard - Off.price",
        "Base.price - Off.price",
        "max(Base.price - Off.price, $1.00)",
        "if(c > 1 h, Base.price - Off.price, standard)",
        "standard + $3.00/h * c - Off.price",
        "min(Base.price, standard) - round(Off.price, $5.00)",
        "standard - $8.00/h * (c - 1 h) - Base.price * 10%",
        "standard / (Off.price / standard)",
        "if(Off.price > $0.00, standard / (Off.price / standard), Base.price)",
    ]
)


def written(name: str, rows: list[tuple[tuple[str, str, str], str]], hit: str) -> str:
    cells = [f"{' | '.join(conditions)} || {price}" for conditions, price in rows]
    return table("a | b | c || price", *cells, "otherwise | | || $5.00", name=name, settings=hit)


def outcomes(ruleset: Ruleset) -> Iterator[Value | str]:
    program = Program(ruleset, currency=Currency("USD", 2))
    for values in DOMAIN:
        try:
            yield program.hook("per worklog", values, [])
        except ZeroDivisionError:
            yield "zero"


def request(found: Diagnostic) -> dict[str, Value]:
    """The request that a message shows; what it does not matter for may be anything."""
    case = {"a": "X", "b": "L", "c": "1 h", **{label: value for label, value in found.case if value != "any"}}
    words = {"a": case["a"].lower(), "b": case["b"].lower()}
    if case["c"] == "none":
        return {**words, "c": None}
    number, unit = case["c"].split()
    return {**words, "c": Fraction(number) * (60 if unit == "h" else 1)}


@given(FORMULAS, ROWS, HITS, ROWS, HITS)
@exact
def test_what_goes_wrong_is_told_exactly_where_some_request_makes_it_so(
    formula: str,
    base: list[tuple[tuple[str, str, str], str]],
    hit: str,
    off: list[tuple[tuple[str, str, str], str]],
    other: str,
) -> None:
    text = book(
        SMALL, STANDARD, written("Base", base, hit), written("Off", off, other), pricing(f"per worklog | {formula}")
    )
    found = loaded(text)
    told = {one.code: one for one in found.diagnostics if one.code in ("can-be-negative", "zero-divisor")}
    if found.ruleset is None:
        return  # always below zero, or a divisor that names an input: told as errors
    every = list(outcomes(found.ruleset))
    assert "can-be-negative" in told or not any(isinstance(value, Fraction) and value < 0 for value in every)
    assert "zero-divisor" in told or "zero" not in every
    program = Program(found.ruleset, currency=Currency("USD", 2))
    for code, one in told.items():
        if code == "zero-divisor":
            with pytest.raises(ZeroDivisionError):
                program.hook("per worklog", request(one), [])
        else:
            value = program.hook("per worklog", request(one), [])
            assert isinstance(value, Fraction)
            assert value < 0


DISTANCE = """
inputs
  | name    | of      | type   | values |
  |---------|---------|--------|--------|
  | devices | request | number | 0..40  |
"""


def told(*blocks: str, currency: str = "USD") -> list[tuple[str, str, dict[str, str]]]:
    """Code, place and request of what is told of formulas."""
    text = book(*blocks, currency=currency)
    codes = ("can-be-negative", "zero-divisor", "wrong-type")
    return [(one.code, marked(text, one), dict(one.case)) for one in loaded(text).diagnostics if one.code in codes]


@pytest.mark.parametrize(
    ("formula", "request_"),
    [
        ("$47.99 - $2.00/h * hours", {"hours": "24 h"}),
        ("$48.00 - $2.00/h * hours", None),
        ("$30.00 - $1.00 * devices", {"devices": "36"}),
        ("$40.00 - $1.00 * devices", None),
        ("$9.00 * devices - $9.00 * 50% * devices", None),
        ("max($30.00 - $1.00 * devices, $0.00)", None),
        ("$30.00 - $0.01 * distance", {"distance": "10000"}),
    ],
)
def test_what_counts_goes_as_far_as_it_can(formula: str, request_: dict[str, str] | None) -> None:
    found = told(DISTANCE, pricing("rate | $95.00/h", f"travel | {formula}"))
    assert [case for _, _, case in found] == ([request_] if request_ else [])


def test_a_cell_is_judged_where_it_stands_for_the_requests_that_come_to_it() -> None:
    off = table("a || off", "X || $60.00/h", "otherwise || $5.00/h", name="Off")
    rows = ("Y | $80.00/h - Off.off | $50.00/h - Off.off", "otherwise | $80.00/h - Off.off | $50.00/h - Off.off")
    rates = table(
        "b || rate / X | rate / Y",
        *(row.replace("Y |", "L ||").replace("otherwise |", "otherwise ||") for row in rows),
        settings="across a",
    )
    found = told(SMALL, off, rates, pricing("rate | Rates.rate"))
    assert found == []
    swapped = rates.replace("rate / X | rate / Y", "rate / Y | rate / X")
    found = told(SMALL, off, swapped, pricing("rate | Rates.rate"))
    assert [(code, place, case["a"]) for code, place, case in found] == [
        ("can-be-negative", "$50.00/h - Off.off", "X")
    ] * 2


def test_a_fee_is_judged_for_its_own_plan_and_each_day() -> None:
    by_day = "constants\n  | name | value | valid |\n  |---|---|---|\n  | off | $20.00 | ..2026-06-30 |\n  | off | $70.00 | 2026-07-01.. |\n"
    fees = table("plan || fee", "Gold || $50.00", "otherwise || $90.00", name="Fees")
    sold = plans("plan | fee | beyond", "Gold | Fees.fee - off | rate", "Silver | Fees.fee - off | rate")
    (found,) = told(by_day, fees, sold, pricing("rate | $95.00/h"))
    assert found == ("can-be-negative", "Fees.fee - off", {"day": "2026-07-01", "plan": "Gold"})


def test_what_is_below_zero_whatever_is_asked_is_an_error() -> None:
    off = table("a || off", "X || $96.00/h", "otherwise || $100.00/h", name="Off")
    (found,) = told(SMALL, off, pricing("rate | $95.00/h - Off.off"))
    assert found[:2] == ("wrong-type", "$95.00/h - Off.off")


def test_a_price_beyond_is_judged_with_the_rate_that_it_takes_off_from() -> None:
    rates = table("a || rate", "X || $4.00/h", "otherwise || $40.00/h")
    sold = plans("plan | allowance | beyond", "Gold | 5 h | rate - $5.00/h")
    (found,) = told(SMALL, rates, sold, pricing("rate | Rates.rate"))
    assert found == ("can-be-negative", "rate - $5.00/h", {"a": "X", "plan": "Gold"})


def test_each_currency_is_judged_by_itself() -> None:
    off = table("currency || off", "EUR || $1.00/h, 99.00 EUR/h", "otherwise || $5.00/h, 5.00 EUR/h", name="Off")
    standard = constants("standard | $95.00/h, 88.00 EUR/h")
    (found,) = told(standard, off, pricing("rate | standard - Off.off"), currency="USD, EUR")
    assert found[2] == {"currency": "EUR"}
