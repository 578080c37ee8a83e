"""Tests of rulesets, run over every case that they are about."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import product
from pathlib import PurePath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.formulas import Value
from engine.model import ANY, Ruleset
from tarifa.trials.coverage import coverage
from tarifa.trials.propose import propose
from tarifa.trials.run import Result, Trial, Verdict, as_expected, decide
from tarifa.trials.shown import Page
from tests.dsl.test_signs import FORMULAS, HITS, SMALL, STANDARD, written
from tests.dsl.test_signs import ROWS as SIGNED
from tests.dsl.texts import CALENDAR, INPUTS, book, constants, loaded, pricing, table

HOURS = "hours | priority || rate"
Written = list[tuple[tuple[str, str, str], str]]


def tests_of(header: str, *rows: str, of: str = "Rates") -> str:
    """A block `tests`."""
    dashes = "|".join("---" for _ in header.replace("||", "|").split("|"))
    return f"tests {of}\n  | {header} |\n  |{dashes}|\n" + "".join(f"  | {row} |\n" for row in rows)


tests_of.__test__ = False  # type: ignore[attr-defined]  # a block of the language, no test of ours


def on_trial(*blocks: str, limit: int = 100_000) -> tuple[Ruleset, list[Result]]:
    found = loaded(book(INPUTS, *blocks))
    assert found.ruleset is not None, found.diagnostics
    trial = Trial(found.ruleset, limit)
    return found.ruleset, [trial.run(test) for test in found.tests]


def verdicts(*blocks: str, limit: int = 100_000) -> list[Verdict]:
    return [result.verdict for result in on_trial(*blocks, limit=limit)[1]]


RATES = table(
    "hours | priority || rate",
    "2 h..4 h | >= High || $150.00/h",
    "< 4 h | - || $90.00/h",
    "- | Low || $80.00/h",
    "otherwise | || $100.00/h",
    name="Rates",
)


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        ("2 h | High || $150.00/h", Verdict.PASSED),
        ("119 min | High || $90.00/h", Verdict.PASSED),
        ("239 min | Urgent || $150.00/h", Verdict.PASSED),
        ("4 h | Urgent || $100.00/h", Verdict.PASSED),
        ("- | Low || $80.00/h..$90.01/h", Verdict.PASSED),
        ("- | Low || $80.00/h", Verdict.FAILED),
        ("2 h.. | >= High || >= $100.00/h", Verdict.PASSED),
        ("1 h.. | >= High || >= $100.00/h", Verdict.FAILED),
        ("- | - || >= $80.00/h", Verdict.PASSED),
        ("- | - || > $80.00/h", Verdict.FAILED),
        ("- | not Low || not $80.00/h", Verdict.PASSED),
        ("..4 h | < High || $90.00/h", Verdict.PASSED),
    ],
)
def test_a_test_is_about_all_values_that_its_cells_hold_for(row: str, verdict: Verdict) -> None:
    assert verdicts(RATES, tests_of(HOURS, row)) == [verdict]


def test_a_failure_shows_a_case_and_the_row_that_fired() -> None:
    _, (result,) = on_trial(RATES, tests_of(HOURS, "- | - || >= $90.00/h"))

    assert result.failure is not None
    assert result.failure.values["priority"] == "low"
    assert result.failure.rows == ("R3",)


@pytest.mark.parametrize(
    ("cell", "verdict"),
    [("R1", Verdict.PASSED), ("R1, R2", Verdict.PASSED), ("R2", Verdict.FAILED), ("none", Verdict.FAILED)],
)
def test_the_row_that_decides_may_be_said(cell: str, verdict: Verdict) -> None:
    assert verdicts(RATES, tests_of("hours | priority || row", f"3 h | High || {cell}")) == [verdict]


def test_a_request_that_cannot_be_fails() -> None:
    _, (result,) = on_trial(RATES, tests_of(HOURS, "< 0 h | - || $90.00/h"))

    assert (result.verdict, result.why) == (Verdict.FAILED, "no request can be like this")


def test_what_is_covered_is_what_every_case_comes_to() -> None:
    _, results = on_trial(
        RATES, tests_of(HOURS, "3 h | High || $150.00/h", "- | Low || -", "5 h | not Low || > $1.00/h")
    )

    assert [sorted(row for _, row in result.rows) for result in results] == [[0], [], [3]]


def test_a_property_over_too_many_cases_is_not_decided() -> None:
    _, (result,) = on_trial(RATES, tests_of("hours | priority || row", "- | - || R1, R2, R3, R4"), limit=5)

    assert result.verdict is Verdict.UNDECIDED
    assert "gave up after 5 steps" in result.why
    assert not result.rows


def test_a_property_that_the_outcome_of_every_row_has_is_decided_however_many_cases_there_are() -> None:
    rows = [f"Acct {number} | {number}..{number + 5} || ${number}.00/h" for number in range(1, 40)]
    wide = table("account | distance || rate", *rows, "otherwise | || $50.00/h", name="Rates")
    header = "account | distance || rate"

    assert verdicts(wide, tests_of(header, "- | - || >= $1.00/h", "- | - || not $39.00/h"), limit=30) == [
        Verdict.PASSED,
        Verdict.UNDECIDED,
    ]


SLOPED = table("priority || rate", "- || $200.00/h + $50.00/h * distance", name="Rates")


@pytest.mark.parametrize(
    ("given_", "expected", "verdict"),
    [
        ("2", "$300.00/h", Verdict.PASSED),
        ("not none", ">= $200.00/h", Verdict.PASSED),
        ("not none", ">= $200.01/h", Verdict.FAILED),
        ("not none", "> $200.00/h", Verdict.FAILED),
        ("not none", "> $199.99/h", Verdict.PASSED),
        ("not none", "<= $1000000.00/h", Verdict.FAILED),
        ("1..4", "$250.00/h..$400.00/h", Verdict.PASSED),
        ("1..4", "$250.00/h..$399.99/h", Verdict.FAILED),
        ("1..4", "not $300.00/h", Verdict.UNDECIDED),
        ("1..4", "..$300.00/h, $300.00/h..", Verdict.UNDECIDED),
        ("-", ">= $0.00/h", Verdict.FAILED),  # without a distance there is no rate
        ("-", ">= $0.00/h, none", Verdict.UNDECIDED),
    ],
)
def test_a_property_of_a_formula_holds_for_every_value_of_an_open_input_or_is_refuted(
    given_: str, expected: str, verdict: Verdict
) -> None:
    _, (result,) = on_trial(SLOPED, tests_of("distance || rate", f"{given_} || {expected}"))

    assert result.verdict is verdict
    if result.failure is not None:
        ((_, condition),) = result.test.given.items() or (("", ANY),)
        assert condition.holds(result.failure.values["distance"])
        assert not result.test.expected["rate"].holds(result.failure.outcomes["rate"], "USD")


@pytest.mark.parametrize(
    ("formula", "expected", "verdict"),
    [
        ("max($30.00 - $1.00 * devices, $10.00)", ">= $10.00", Verdict.PASSED),
        ("max($30.00 - $1.00 * devices, $10.00)", "> $10.00", Verdict.FAILED),
        ("if(devices > 20, $5.00 * devices, $100.00)", "$100.00..$200.01", Verdict.PASSED),
        ("if(devices > 20, $5.00 * devices, $100.00)", "<= $199.99", Verdict.FAILED),
        ("$40.00 * devices / standard * $1.00", "<= $160.00", Verdict.PASSED),
        ("$40.00 * devices / (standard - $10.00) * $1.00", "<= $160.00", Verdict.FAILED),
    ],
)
def test_bends_of_a_formula_are_found(formula: str, expected: str, verdict: Verdict) -> None:
    devices = "inputs\n  | name | of | type | values |\n  |--|--|--|--|\n  | devices | request | number | 0..40 |\n"
    parts = table("exempt || price", f"- || {formula}", name="Parts")
    found = loaded(book(devices, STANDARD, parts, tests_of("devices || price", f"not none || {expected}", of="Parts")))
    on = found.on_trial
    assert on is not None, found.diagnostics

    assert [Trial(on).run(test).verdict for test in found.tests] == [verdict]


def test_a_property_of_the_pricing_over_an_open_input_that_counts_is_not_decided() -> None:
    blocks = (SLOPED, pricing("rate | Rates.rate"))
    row = "2026-03-06 10:00 | 2026-03-06 11:00 | 1.. || >= $1.00"
    _, (result,) = on_trial(*blocks, tests_of("start | end | distance || amount", row, of="pricing"))

    assert result.verdict is Verdict.UNDECIDED
    assert "`distance`" in result.why


WHOLE = [
    {"a": a, "b": b, "c": None if c is None else Fraction(c)}
    for a, b, c in product(("x", "y"), ("l", "m", "h"), (None, *range(240)))
]
BOUNDS = st.sampled_from(
    [">= $0.00", "> $0.00", "<= $12.00", "< $12.00", "$4.00..$16.00", "$4.00", "> $4.00", "< $40.00"]
)
ABOUT = st.tuples(
    st.sampled_from(["-", "X"]), st.sampled_from(["-", "M", "not L"]), st.sampled_from(["-", "not none", "1 h..3 h"])
)


@settings(max_examples=60, deadline=None)
@given(formula=FORMULAS, base=SIGNED, off=SIGNED, hit=HITS, other=HITS, bound=BOUNDS, about=ABOUT)
def test_a_property_of_formulas_passes_only_where_it_holds_for_every_minute_and_fails_only_on_a_real_request(
    formula: str, base: Written, off: Written, hit: str, other: str, bound: str, about: tuple[str, str, str]
) -> None:
    total = table("a | b | c || price", f"- | - | - || {formula}", name="Total")
    tests = tests_of("a | b | c || price", f"{' | '.join(about)} || {bound}", of="Total")
    text = book(SMALL, STANDARD, written("Base", base, hit), written("Off", off, other), total, tests)
    found = loaded(text)
    if found.on_trial is None:
        return  # not to be read: a sum of what may be nothing, for one
    (test,) = found.tests
    trial = Trial(found.on_trial)
    watched = trial.watched(found.on_trial.currencies[0])
    of_test: list[dict[str, Value]] = [
        values for values in WHOLE if all(condition.holds(values[name]) for name, condition in test.given.items())
    ]

    def holds(values: dict[str, Value]) -> bool:
        return as_expected(test, decide(watched, "total", values, ("price",)))

    result = trial.run(test)

    if result.verdict is Verdict.PASSED:
        assert all(map(holds, of_test))
    if result.verdict is Verdict.FAILED:
        assert result.failure is not None
        failing = {name: result.failure.values.get(name, one) for name, one in of_test[0].items()}
        assert failing in of_test
        assert not holds(failing)


def test_both_outcomes_of_a_ruleset_with_two_currencies_are_judged() -> None:
    rates = table("account || rate", "- || $95.00/h, 88.00 EUR/h", name="Rates")
    block = tests_of("account || rate", "- || $95.00/h, 88.00 EUR/h", "- || $95.00/h", "- || $95.00/h, 95.00 EUR/h")
    found = loaded(book(rates, block, currency="USD, EUR"))
    assert found.ruleset is not None

    assert [Trial(found.ruleset).run(test).verdict for test in found.tests] == [
        Verdict.PASSED,
        Verdict.PASSED,
        Verdict.FAILED,
    ]


def test_a_worklog_is_cut_rounded_and_charged() -> None:
    rates = table(
        "account || rate / operational | rate / otherwise", "- || $60.00/h | $90.00/h", settings="across band"
    )
    header = "start | end || billed | amount"
    blocks = (
        CALENDAR,
        constants("visit | $10.00"),
        rates,
        pricing("rate | Rates.rate", "minimum | 20 min", "round up to | 15 min", "per worklog | visit"),
    )

    def verdict(row: str) -> Verdict:
        (found,) = verdicts(*blocks, tests_of(header, row, of="pricing"))
        return found

    assert verdict("2026-03-06 17:30 | 2026-03-06 18:20 || 1 h | $85.00") is Verdict.PASSED
    assert verdict("2026-03-06 17:30 | 2026-03-06 18:20 || 1 h | $84.99") is Verdict.FAILED
    assert verdict("2026-03-06 10:00 | 2026-03-06 10:01 || 30 min | $40.00") is Verdict.PASSED
    assert verdict("2026-03-07 10:00 | 2026-03-07 10:46 || 1 h | $100.00") is Verdict.PASSED


def test_a_time_that_the_clock_does_not_show_fails_with_the_reason() -> None:
    blocks = (RATES, pricing("rate | Rates.rate"))
    _, (result,) = on_trial(
        *blocks, tests_of("start | end || billed", "2026-03-08 02:30 | 2026-03-08 04:30 || 2 h", of="pricing")
    )

    assert result.failure is not None
    assert "does not show 2026-03-08 02:30 once" in result.failure.reason


CONDITIONS = st.sampled_from(["-", "< 2 h", "1 h..3 h", ">= 3 h", "2 h", "not 2 h"])
PRIORITIES = st.sampled_from(["-", "Low", ">= High", "not Normal", "Low..Normal"])
ROWS = st.lists(st.tuples(CONDITIONS, PRIORITIES, st.integers(1, 9)), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, least=st.integers(1, 9), about=st.tuples(CONDITIONS, PRIORITIES))
def test_a_property_passes_exactly_where_it_holds_for_every_value(
    rows: list[tuple[str, str, int]], least: int, about: tuple[str, str]
) -> None:
    rates = table(HOURS, *(f"{hours} | {priority} || ${rate}.00/h" for hours, priority, rate in rows),
                  "otherwise | || $5.00/h", name="Rates")  # fmt: skip
    found = loaded(book(INPUTS, rates, tests_of(HOURS, f"{about[0]} | {about[1]} || >= ${least}.00/h")))
    assert found.ruleset is not None
    (test,) = found.tests
    trial = Trial(found.ruleset)
    watched = trial.watched(found.ruleset.currencies[0])
    every: list[dict[str, Value]] = [
        {"hours": Fraction(minutes), "priority": priority}
        for minutes, priority in product(range(0, 60 * 5, 10), ("low", "normal", "high", "urgent"))
    ]
    of_test = [
        values for values in every if all(condition.holds(values[name]) for name, condition in test.given.items())
    ]

    holds = all(
        test.expected["rate"].holds(decide(watched, "rates", values, ("rate",)).outcomes["rate"], "USD")
        for values in of_test
    )

    assert trial.run(test).verdict is (Verdict.PASSED if holds else Verdict.FAILED)


ASKED = """
inputs
  | name     | of      | type   | values  |
  |----------|---------|--------|---------|
  | warranty | request | date   | -       |
  | asset    | request | text   | -       |
  | vip      | request | yes/no | -       |
  | area     | request | choice | N, none |
"""
DATES = st.sampled_from(["-", "2026-01-01..2026-06-30", "..2025-12-31", ">= 2026-03-01", "> 2026-01-01", "none",
                         "not none", "2026-01-01", "not 2026-01-01", "2025-12-31, none"])  # fmt: skip
TEXTS = st.sampled_from(["-", "LX*", "not LX*", "LX1", "not LX1", "none", "not none", "LX1, none", "L*, other"])
YES_NO = st.sampled_from(["-", "yes", "no"])
AREAS = st.sampled_from(["-", "N", "none", "not N"])
LINES = st.lists(st.tuples(DATES, TEXTS, YES_NO, AREAS, st.integers(1, 9)), min_size=1, max_size=5)
DAYS = [date(year, month, day) + timedelta(days=beside)
        for year, month, day in ((2025, 12, 31), (2026, 3, 1), (2026, 6, 30)) for beside in (-1, 0, 1, 2)]  # fmt: skip
EVERY = list(product([*DAYS, None], ["l", "lx", "lx1", "lx2", "other", "zz", None], [True, False], ["n", None]))


@settings(max_examples=60, deadline=None)
@given(rows=LINES, least=st.integers(1, 9), about=st.tuples(DATES, TEXTS, YES_NO, AREAS))
def test_days_texts_and_missing_values_are_proved_and_refuted_as_exactly(
    rows: list[tuple[str, str, str, str, int]], least: int, about: tuple[str, str, str, str]
) -> None:
    header = "warranty | asset | vip | area || rate"
    lines = [f"{' | '.join(cells)} || ${rate}.00/h" for *cells, rate in rows]
    rates = table(header, *lines, "otherwise | | | || $5.00/h", name="Rates")
    found = loaded(book(ASKED, rates, tests_of(header, f"{' | '.join(about)} || >= ${least}.00/h")))
    assert found.ruleset is not None, found.diagnostics
    (test,) = found.tests
    trial = Trial(found.ruleset)
    watched = trial.watched(found.ruleset.currencies[0])
    names = ("warranty", "asset", "vip", "area")
    every: list[dict[str, Value]] = [dict(zip(names, values, strict=True)) for values in EVERY]
    of_test = [
        values for values in every if all(condition.holds(values[name]) for name, condition in test.given.items())
    ]

    holds = all(
        test.expected["rate"].holds(decide(watched, "rates", values, ("rate",)).outcomes["rate"], "USD")
        for values in of_test
    )
    result = trial.run(test)

    assert result.verdict is (Verdict.PASSED if holds and of_test else Verdict.FAILED)  # of no request: it fails
    if result.failure is not None:
        case = result.failure.values
        assert all(condition.holds(case.get(name)) for name, condition in test.given.items())


def test_a_proposed_test_can_be_read_whatever_its_rows_and_values_are_called() -> None:
    odd = (
        "table Odd\n  | row | account || fee |\n  |---|---||---|\n"
        '  | "A,B" | "Foo, Bar" || $1.00 |\n  | "x | y" | Acme* || $2.00 |\n  | z | otherwise || - |\n'
    )
    text = book(odd)
    found = loaded(text)
    assert found.ruleset is not None, found.diagnostics
    trial = Trial(found.ruleset)

    (proposals,) = propose(trial, (), coverage(found.ruleset, ()), Page({PurePath("a.rules"): text.encode()}).spellings)
    again = loaded(text + "\n" + proposals.text())

    assert again.diagnostics == ()
    assert [trial.run(test).verdict for test in again.tests] == [Verdict.PASSED] * 3
    assert coverage(found.ruleset, [trial.run(test) for test in again.tests]).of_rows == 100
