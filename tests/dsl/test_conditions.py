"""Cells of conditions: every form, by what fits it and what does not."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl.amounts import Quantity
from dsl.cells import _parse, parse_formula, parse_listed
from dsl.conditions import Columns, read_condition
from dsl.currencies import currency
from dsl.diagnostics import Problem
from dsl.inputs import NOT_NEGATIVE
from engine.formulas import Unit, Value
from engine.hooks import Level
from engine.model import Condition, Input, InputType, Span
from engine.names import fold
from tests.dsl.texts import book, only, ruleset

USD = currency("USD")
assert USD is not None


def choice(name: str, *values: str, ordered: bool = False, none: bool = False) -> Input:
    spellings = {fold(value): value for value in values}
    return Input(name, name, Level.REQUEST, InputType.CHOICE, tuple(spellings), ordered, none, spellings=spellings)


def of_type(type_: InputType, name: str = "it") -> Input:
    return Input(name, name, Level.REQUEST, type_, may_be_missing=True, domain=NOT_NEGATIVE)


CATEGORY = choice("category", "Network", "Server", "Desktop", "A, B", "On-site", none=True)
PRIORITY = choice("priority", "Low", "Normal", "High", "Urgent", ordered=True)
ACCOUNT = Input("account", "account", Level.CONTRACT, InputType.TEXT)
COLUMNS = Columns(
    {one.name: one for one in (CATEGORY, PRIORITY, ACCOUNT)},
    (USD,),
    {"limit": Quantity(Unit.DURATION, Fraction(240)), "broken": None},
)


def condition(text: str, of: Input) -> Condition:
    found = read_condition(text, of, COLUMNS)
    assert isinstance(found, Condition), found
    return found


def problem(text: str, of: Input) -> Problem:
    found = read_condition(text, of, COLUMNS)
    assert isinstance(found, Problem), found
    return found


WORDS = ("network", "server", "desktop", "a, b", "on-site", None)


@pytest.mark.parametrize(
    ("text", "fitting"),
    [
        ("-", set(WORDS)),
        ("Network", {"network"}),
        ("  network ".strip(), {"network"}),
        ("NETWORK, on-Site", {"network", "on-site"}),
        ("not Server", {"network", "desktop", "a, b", "on-site"}),
        ("not Server, Desktop", {"network", "a, b", "on-site"}),
        ('"A, B"', {"a, b"}),
        ("none", {None}),
        ("none, Server", {None, "server"}),
        ("not none", {"network", "server", "desktop", "a, b", "on-site"}),
    ],
)
def test_a_choice_fits_the_listed_values(text: str, fitting: set[str | None]) -> None:
    read = condition(text, CATEGORY)
    assert {value for value in WORDS if read.holds(value)} == fitting


@pytest.mark.parametrize(
    ("text", "fitting"),
    [
        (">= High", {"high", "urgent"}),
        ("> High", {"urgent"}),
        ("< High", {"low", "normal"}),
        ("<= High", {"low", "normal", "high"}),
        ("Normal..High", {"normal", "high"}),
        ("..Normal", {"low", "normal"}),
        ("High..", {"high", "urgent"}),
        ("Low, >= Urgent", {"low", "urgent"}),
        ("not Low..Normal", {"high", "urgent"}),
    ],
)
def test_an_ordered_choice_knows_spans_with_both_ends(text: str, fitting: set[str]) -> None:
    read = condition(text, PRIORITY)
    assert {value for value in PRIORITY.values if read.holds(value)} == fitting


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("Acme Corp", "acme corp", "acme"),
        ("ACME   corp", "acme corp", "acmecorp"),
        ("Acme*", "acme corp", "the acme"),
        ("not Acme*", "globex", "acme gmbh"),
        ('"5"" disk"', '5" disk', "5 disk"),
        ('"-dash"', "-dash", "dash"),
        ('"not here"', "not here", "here"),
        ('"none"', "none", None),
        ('"a*b"', "a*b", "axb"),
        ('"1..2"', "1..2", "1"),
        ("v2.0", "v2.0", "v20"),
        ("株式会社", "株式会社", "会社"),
        ("Straße", "strasse", "strase"),
        ("R&D", "r&d", "rd"),
    ],
)
def test_text_is_compared_as_people_read_it(text: str, yes: str, no: str | None) -> None:
    read = condition(text, ACCOUNT)
    assert read.holds(yes)
    assert not read.holds(no)


@pytest.mark.parametrize(
    ("text", "type_", "yes", "no"),
    [
        (">= 4 h", InputType.DURATION, (240, 241), (239, None)),
        ("1 h..4 h", InputType.DURATION, (60, 239), (59, 240)),
        ("..30 min", InputType.DURATION, (0, 29), (30, None)),
        ("90 min", InputType.DURATION, (90,), (89, 91, None)),
        ("1.5 h, > 4 h", InputType.DURATION, (90, 241), (240,)),
        (">= limit", InputType.DURATION, (240,), (239,)),
        ("not 1 h..4 h", InputType.DURATION, (0, 240), (60, None)),
        ("10..20", InputType.NUMBER, (10, 19), (20, 9)),
        ("<= 150%", InputType.NUMBER, (1, Fraction(3, 2)), (2,)),
        ("= 7", InputType.NUMBER, (7,), (8,)),
        (">= $1,800.00", InputType.MONEY, (1800,), (1799,)),
        ("$1,800.00, 2000.00 USD", InputType.MONEY, (1800, 2000), (1900,)),
        ("none", InputType.NUMBER, (None,), (0,)),
        ("not none", InputType.NUMBER, (0,), (None,)),
        ("-", InputType.NUMBER, (None, 0), ()),
    ],
)
def test_amounts_fit_spans_that_end_before_their_end(
    text: str, type_: InputType, yes: tuple[Value, ...], no: tuple[Value, ...]
) -> None:
    read = condition(text, of_type(type_))
    assert all(read.holds(Fraction(v) if isinstance(v, int) else v) for v in yes)
    assert not any(read.holds(Fraction(v) if isinstance(v, int) else v) for v in no)


def test_days_fit_spans_with_both_ends() -> None:
    read = condition("2026-07-01..2026-07-31", of_type(InputType.DATE))
    assert read.holds(date(2026, 7, 1))
    assert read.holds(date(2026, 7, 31))
    assert not read.holds(date(2026, 8, 1))
    assert condition("2026-07-01..", of_type(InputType.DATE)).holds(date(2099, 1, 1))
    assert condition("2026-07-01", of_type(InputType.DATE)).holds(date(2026, 7, 1))


def test_yes_and_no_are_values() -> None:
    read = condition("yes", of_type(InputType.YES_NO))
    assert read.holds(value=True)
    assert not read.holds(value=False)


@pytest.mark.parametrize(
    ("text", "of", "code", "words"),
    [
        ("Netwrok", CATEGORY, "unknown-value", "Netwrok"),
        ("High", CATEGORY, "unknown-value", "High"),
        ("Net*", CATEGORY, "wrong-type", "*"),
        (">= Network", CATEGORY, "wrong-type", "no order"),
        ("High..Low", PRIORITY, "wrong-type", "empty"),
        ("none", PRIORITY, "unknown-value", "never missing"),
        (">= Acme", ACCOUNT, "wrong-type", "no order"),
        ("A, not B", ACCOUNT, "syntax", "not B"),
        ("-x", ACCOUNT, "syntax", "-"),
        ("A,", ACCOUNT, "syntax", "missing"),
        ('"open', ACCOUNT, "syntax", "quote"),
        ("4", of_type(InputType.DURATION), "wrong-unit", "a duration"),
        ("4 hr", of_type(InputType.DURATION), "wrong-unit", "hr"),
        ("limt", of_type(InputType.DURATION), "unknown-name", "limt"),
        ("4 h..1 h", of_type(InputType.DURATION), "wrong-type", "ends before"),
        ("4 h..4 h", of_type(InputType.DURATION), "wrong-type", "empty"),
        ("2026-02-30", of_type(InputType.DATE), "wrong-type", "calendar"),
        ("1.7.2026", of_type(InputType.DATE), "wrong-type", "no day"),
        ("maybe", of_type(InputType.YES_NO), "wrong-type", "yes or no"),
        ("not none, 3", of_type(InputType.NUMBER), "syntax", "not"),
    ],
)
def test_a_cell_that_cannot_be_meant_so_is_one_problem(text: str, of: Input, code: str, words: str) -> None:
    found = problem(text, of)
    assert found.code == code
    assert words in found.message


def test_a_value_of_another_column_is_recognised() -> None:
    assert problem("High", CATEGORY).label == "this is a priority: shifted cell?"


def test_the_nearest_value_of_the_column_is_suggested_first() -> None:
    assert problem("Netwrok", CATEGORY).label == "did you mean `Network`?"


def test_a_constant_with_a_fault_of_its_own_is_not_told_twice() -> None:
    assert read_condition(">= broken", of_type(InputType.DURATION), COLUMNS) is None


any_text = st.text(st.characters(codec="utf-8", exclude_characters="\n|"), min_size=1, max_size=12).map(str.strip)
PARTS = (
    "Acme Corp", "24x7", "Birch & Vale", "O'Neil", "São Paulo", "x-1", "none", "not", "otherwise", "nothing", "t1", "1", "1,000", "000", ",100", "1.5 h",
    "$95.00", "€5", "90 min", "150%", "2026-07-01", '"5"" disk"', '"a, b"', "..", "..", ",", ", ", " , ", ">=", "<", "<>", "=", "*",
    "-", " ", "  ", "+", "/", " - ", ".", "(", "%", "/h", "standard", "Rates.rate", "140%", "if", "round up",
)  # fmt: skip
pieces = st.lists(st.sampled_from(PARTS), min_size=1, max_size=7).map("".join).map(str.strip)


@given(st.one_of(any_text, pieces), st.sampled_from(("condition", "ordered")))
@settings(max_examples=1_000, deadline=None)
def test_the_short_way_for_plain_conditions_reads_as_the_grammar_does(text: str, start: str) -> None:
    short, long = parse_listed(start, text), _parse(start, text)
    if isinstance(short, Problem):
        assert isinstance(long, Problem) or short.help
    else:
        assert short == long


@given(st.one_of(any_text, pieces))
@settings(max_examples=1_000, deadline=None)
def test_the_short_way_for_plain_formulas_reads_as_the_grammar_does(text: str) -> None:
    assert _is_problem(parse_formula(text)) == _is_problem(_parse("formula", text))
    assert _is_problem(parse_formula(text)) or parse_formula(text) == _parse("formula", text)


def _is_problem(found: object) -> bool:
    return isinstance(found, Problem)


@given(st.lists(st.sampled_from(["Low", "Normal", "High", "Urgent"]), min_size=1, unique=True), st.booleans())
def test_a_list_and_its_negation_part_the_values(values: list[str], negated: bool) -> None:  # noqa: FBT001 - given by Hypothesis
    read = condition(("not " if negated else "") + ", ".join(values), PRIORITY)
    assert {v for v in PRIORITY.values if read.holds(v) != negated} == {fold(v) for v in values}


@pytest.mark.parametrize(
    ("row", "code", "words"),
    [
        ("row | request | text | -", "duplicate-name", "word of the language"),
        ("Why | request | text | -", "duplicate-name", "word of the language"),
        ("band | worklog | text | -", "duplicate-name", "known without being declared"),
        ("seller | contract | text | -", "duplicate-name", "seller"),
        ("priority | worklog | choice | A, B", "wrong-level", "known of a request"),
        ("tier | requests | choice | A, B", "unknown-value", "requests"),
        ("tier | request | chioce | A, B", "unknown-value", "chioce"),
        ("tier | request | choice | -", "missing-block", "declares no values"),
        ("tier | request | choice | A, b, B", "duplicate-name", "listed twice"),
        ("tier | request | choice | A < B, C", "syntax", "half an order"),
        ("tier | request | text | A, B", "wrong-type", "no list of values"),
        ("size | request | number | 1, 2", "wrong-type", "one span"),
        ("size | request | duration | 1..2", "wrong-unit", "a duration"),
    ],
)
def test_a_declaration_that_makes_no_sense_is_one_message(row: str, code: str, words: str) -> None:
    found = only(book(f"inputs\n  | name | of | type | values |\n  |---|---|---|---|\n  | {row} |\n"))
    assert (found.code, words in found.message) == (code, True), found


def test_inputs_have_the_values_that_they_declare() -> None:
    rows = [
        "Tier | request | choice | Gold, Silver, none",
        "size | worklog | number | 1..10",
        "Due | request | date | -",
    ]
    lines = "".join(f"  | {row} |\n" for row in [*rows, "vip | contract | yes/no | -"])
    found = ruleset(book(f"inputs\n  | name | of | type | values |\n  |---|---|---|---|\n{lines}")).inputs
    assert (found["tier"].values, found["tier"].may_be_missing) == (("gold", "silver"), True)
    assert found["tier"].spellings["gold"] == "Gold"
    assert found["size"].domain == Span(Fraction(1), Fraction(10))
    assert [found[name].level for name in ("tier", "size", "due", "vip")] == [
        Level.REQUEST, Level.WORKLOG, Level.REQUEST, Level.CONTRACT,
    ]  # fmt: skip
