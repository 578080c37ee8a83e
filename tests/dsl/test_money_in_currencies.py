"""Conditions on money where several currencies are listed: in each it is the ruleset that lists that one alone."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsl import Diagnostic
from dsl.conditions import Columns, read_condition
from dsl.currencies import currency
from dsl.diagnostics import Problem
from engine.currencies import ConditionByCurrency, condition_in
from engine.formulas import OutcomeName, Value
from engine.hooks import Level
from engine.model import Condition, Input, InputType, Ruleset
from engine.money import Currency
from engine.program import Program
from tests.dsl.texts import book, constants, loaded, table

PARTS = Input("parts", "parts", Level.WORKLOG, InputType.MONEY, may_be_missing=True)
DOLLAR, EURO = (one for one in map(currency, ("USD", "EUR")) if one is not None)
BOTH = (DOLLAR, EURO)
CODES = ("USD", "EUR")
Shape = tuple[str, int, int]
"""How one alternative of a cell is written, with two amounts of which it takes one or both."""


def diagnostics(text: str) -> Sequence[Diagnostic]:
    return loaded(text).diagnostics


def read(text: str) -> Ruleset:
    found = loaded(text).ruleset
    assert found is not None
    return found


def money(amount: int, code: str) -> str:
    return f"{amount if code == 'USD' else amount * 9 // 10}.00 {code}"


def written(shape: Shape, code: str) -> str:
    form, low, more = shape
    return form.format(money(low, code), money(low + more, code))


def cell(shapes: Sequence[Shape], codes: Sequence[str], *, last: str = "", negated: str = "") -> str:
    items = [written(shape, code) for code in codes for shape in shapes]
    return negated + ", ".join([*items, *([last] if last else [])])


shapes = st.lists(
    st.tuples(st.sampled_from(("{0}", ">= {0}", "> {0}", "< {0}", "<= {0}", "{0}..{1}", "..{0}", "{0}..")),
              st.integers(10, 60).map(lambda tens: tens * 10), st.integers(1, 20).map(lambda tens: tens * 10)),
    min_size=1, max_size=3,
)  # fmt: skip
lasts = st.sampled_from(("", "none"))


def condition(text: str, listed: tuple[Currency, ...] = BOTH) -> Condition:
    found = read_condition(text, PARTS, Columns({"parts": PARTS}, listed, {}))
    assert isinstance(found, Condition), found
    return found


def problem(text: str) -> Problem:
    found = read_condition(text, PARTS, Columns({"parts": PARTS}, BOTH, {}))
    assert isinstance(found, Problem)
    return found


@given(shapes, lasts)
def test_a_cell_is_in_each_currency_what_it_says_in_that_one(those: list[Shape], last: str) -> None:
    found = condition(cell(those, CODES, last=last))

    for one in BOTH:
        assert condition_in(found, one.code) == condition(cell(those, [one.code], last=last), (one,))


@given(shapes)
def test_a_cell_may_say_its_currencies_in_turn(those: list[Shape]) -> None:
    in_turn = ", ".join(written(shape, code) for shape in those for code in CODES)

    assert condition(in_turn) == condition(cell(those, CODES))


def test_a_negated_cell_is_negated_in_each_currency() -> None:
    found = condition("not $10.00, 9.00 EUR")

    assert not condition_in(found, "EUR").holds(Fraction(9))
    assert condition_in(found, "EUR").holds(Fraction(10))
    assert not condition_in(found, "USD").holds(None)


@pytest.mark.parametrize("text", ["-", "none", "not none"])
def test_what_names_no_amount_is_the_same_in_all_currencies(text: str) -> None:
    assert not isinstance(condition(text), ConditionByCurrency)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (">= $100.00", "missing-currency", "is not said in EUR"),
        (">= $100.00, >= $200.00, >= 90.00 EUR", "duplicate-name", "said twice in USD, and once in EUR"),
        (">= $100.00, > 90.00 EUR", "wrong-type", "another condition than the one in USD"),
        ("$100.00..90.00 EUR", "wrong-unit", "both ends of a span are in one currency"),
        (">= $100.00, >= 90.00 EUR/h", "wrong-unit", "this is money per hour"),
        (">= $100.00, >= 90.00 GBP", "wrong-unit", "GBP is not among this ruleset's currencies"),
        (">= 100, >= 90", "wrong-unit", "this is a number"),
        ("$100.00..$50.00, 90.00 EUR..45.00 EUR", "wrong-type", "ends before it starts"),
        ("$10*", "wrong-type", "`*` stands only in columns of text"),
    ],
)
def test_a_cell_that_does_not_say_the_same_in_each_currency_is_one_problem(text: str, code: str, words: str) -> None:
    found = problem(text)

    assert (found.code, words in found.message) == (code, True), found.message


def test_what_lacks_a_currency_is_shown_with_it() -> None:
    (mend,) = problem("$10.00..$50.00").help

    assert mend == "add it behind a comma, with an amount of its own: `$10.00..$50.00, €…..€…`"


# whole tables


INPUTS = """
inputs
  | name  | of      | type  | values |
  |-------|---------|-------|--------|
  | parts | worklog | money | {} |
"""
rows = st.lists(st.tuples(shapes, lasts, st.integers(0, 1)), min_size=1, max_size=4)
whole = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def rates(those: list[tuple[list[Shape], str, int]], codes: Sequence[str], hit: str) -> str:
    says = [", ".join(f"{10 + said}.00 {code}/h" for code in codes) for _, _, said in those]
    texts = [
        f"{cell(row, codes, last=last)} || {said}" for (row, last, _), said in zip(those, says, strict=True)
    ]  # fmt: skip
    domain = ", ".join(f"0.00 {code}..{money(1000, code)}" for code in codes)
    return book(
        INPUTS.format(domain),
        table("parts || rate", *texts, settings=f"hit {hit}"),
        "pricing\n  | name | formula |\n  |---|---|\n  | rate | Rates.rate |",
        currency=", ".join(codes),
    )


def codes_of(text: str, *wanted: str) -> set[tuple[str, int]]:
    """The wanted codes of problems, with the lines of their first places."""
    found = [one for one in diagnostics(text) if one.code in wanted and one.primary is not None]
    return {(one.code, text[: one.primary.span.start].count("\n")) for one in found if one.primary is not None}


@whole
@given(rows, st.sampled_from(("first", "unique")))
def test_a_table_is_wrong_where_it_is_in_one_currency_and_could_be_less_where_it_could_in_all(
    those: list[tuple[list[Shape], str, int]], hit: str
) -> None:
    errors, remarks = ("gap", "overlap"), ("dead-row", "redundant-row", "useless-condition", "outside-domain")
    alone = [rates(those, [code], hit) for code in CODES]
    both = rates(those, CODES, hit)

    assert codes_of(both, *errors) == set.union(*(codes_of(text, *errors) for text in alone))
    if not codes_of(both, *errors):
        assert codes_of(both, *remarks) == set.intersection(*(codes_of(text, *remarks) for text in alone))


@whole
@given(rows, st.one_of(st.none(), st.integers(0, 999)))
def test_a_contract_pays_in_its_currency_what_a_ruleset_of_that_one_says(
    those: list[tuple[list[Shape], str, int]], amount: int | None
) -> None:
    closed = [*those, ([("{0}..{1}", 0, 2000)], "none", 0)]
    both = read(rates(closed, CODES, "first"))
    for one in BOTH:
        alone = read(rates(closed, [one.code], "first"))
        values: dict[str, Value] = {"parts": None if amount is None else Fraction(amount)}
        paid = [
            Program(of, currency=one)._compiler.formula(OutcomeName("rates", "rate"))(values, [])
            for of in (both, alone)
        ]

        assert paid[0] == paid[1]


def test_a_gap_in_one_currency_is_shown_with_it() -> None:
    text = book(
        INPUTS.format("-"),
        table("parts || charge", "< $100.00, < 90.00 EUR || $1.00, 1.00 EUR",
              ">= $100.00, >= 95.00 EUR, none || $2.00, 2.00 EUR"),
        currency="USD, EUR",
    )  # fmt: skip
    gap = next(one for one in diagnostics(text) if one.code == "gap")

    assert gap.case == (("currency", "EUR"), ("parts", "€90.00"))


def test_an_overlap_in_one_currency_names_it_in_its_help() -> None:
    text = book(
        INPUTS.format("-"),
        table("parts || charge", "< $100.00, < 90.00 EUR || $1.00, 1.00 EUR",
              ">= $100.00, >= 85.00 EUR, none || $2.00, 2.00 EUR", settings="hit unique"),
        currency="USD, EUR",
    )  # fmt: skip
    overlap = next(one for one in diagnostics(text) if one.code == "overlap")

    assert overlap.help[0].startswith("in EUR: let row `R2` leave this case to the other")


def test_an_overlap_in_all_currencies_is_mended_in_one_cell() -> None:
    text = book(
        INPUTS.format("-"),
        table("parts || charge", "< $100.00, < 90.00 EUR || $1.00, 1.00 EUR",
              ">= $50.00, >= 45.00 EUR, none || $2.00, 2.00 EUR", settings="hit unique"),
        currency="USD, EUR",
    )  # fmt: skip
    overlap = next(one for one in diagnostics(text) if one.code == "overlap")

    assert "under `parts`, write `>= $100.00, >= €90.00, none`" in overlap.help[0]


def test_a_row_for_contracts_in_one_currency_is_asked_of_in_that_one() -> None:
    text = book(
        INPUTS.format("-"),
        table(
            "currency | parts || charge",
            "- | < $100.00, < 90.00 EUR || $1.00, 1.00 EUR",
            "EUR | < $50.00, < 45.00 EUR || $3.00, 3.00 EUR",
            "- | - || $2.00, 2.00 EUR",
        ),
        "pricing\n  | name | formula |\n  |---|---|\n  | per worklog | Rates.charge |",
        currency="USD, EUR",
    )

    assert [one.code for one in diagnostics(text)] == ["dead-row"]


def test_a_column_that_asks_for_the_currency_is_not_told_as_useless() -> None:
    text = book(
        INPUTS.format("-"),
        table(
            "currency | parts || charge",
            "USD | < $100.00, < 90.00 EUR || $1.00, 1.00 EUR",
            "EUR | < $100.00, < 90.00 EUR || $3.00, 3.00 EUR",
            "- | - || $2.00, 2.00 EUR",
        ),
        "pricing\n  | name | formula |\n  |---|---|\n  | per worklog | Rates.charge |",
        currency="USD, EUR",
    )

    assert diagnostics(text) == ()


def test_a_constant_is_compared_with_in_each_currency() -> None:
    text = book(
        constants("much | $100.00, 90.00 EUR"),
        INPUTS.format("-"),
        table("parts || charge", ">= much || $1.00, 1.00 EUR", "otherwise || $2.00, 2.00 EUR"),
        currency="USD, EUR",
    )
    much = read(text).tables["rates"].rows[0].conditions[0]

    assert condition_in(much, "EUR").holds(Fraction(90))
    assert not condition_in(much, "USD").holds(Fraction(90))


def test_the_class_of_a_contract_looks_at_no_money_of_several_currencies() -> None:
    text = book(
        INPUTS.format("-") + "  | class | contract | choice | main, big |\n",
        table("parts || class", ">= $100.00, >= 90.00 EUR || big", "otherwise || main"),
        "pricing\n  | name | formula |\n  |---|---|\n  | class | Rates.class |",
        currency="USD, EUR",
    )

    assert [one.code for one in diagnostics(text) if one.is_error] == ["wrong-level"]


def test_declared_values_are_a_span_in_each_currency() -> None:
    text = book(
        INPUTS.format("$0.00..$50.00, 0.00 EUR..40.00 EUR"),
        table("parts || charge", "< $50.00, < 40.00 EUR || $1.00, 1.00 EUR", "none || -"),
        "pricing\n  | name | formula |\n  |---|---|\n  | per worklog | Rates.charge |",
        currency="USD, EUR",
    )

    assert diagnostics(text) == ()
