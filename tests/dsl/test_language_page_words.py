"""The tables of `docs/language.md` that list words: inputs, conditions, hooks, units, functions, codes, limits."""

from __future__ import annotations

import re
import sys
from fractions import Fraction
from pathlib import Path

import pytest

import dsl.amounts
import dsl.cells
import dsl.formula
import dsl.parser
from dsl.amounts import Quantity, read_amount
from dsl.build.plans import MOST_CYCLES
from dsl.cells import parse_formula
from dsl.codes import CODES
from dsl.conditions import Columns, read_condition
from dsl.currencies import currency
from dsl.inputs import known_inputs
from dsl.syntax import FunctionCall
from dsl.values import PLAN_COLUMNS, BadValue, read_discounts, read_overrides, read_value
from engine.facts import Discount, DocumentDiscount
from engine.formulas import Unit
from engine.hooks import HOOKS, Hook, Level
from engine.model import Condition, Hit, Input, InputType, LineKind
from tarifa.bundles import MAX_FILE_BYTES, MAX_FILES
from tests.dsl.language_page import (
    DOLLAR,
    PLAN,
    block,
    codes,
    grid,
    page,
    plain,
    quoted,
    read,
)

DECLARABLE = [type_ for type_ in InputType if type_ is not InputType.REQUESTS]

# inputs, conditions


def test_every_input_that_is_always_known_is_listed_as_it_is() -> None:
    shown = grid("Inputs that are always known", "input").by("input")
    known = known_inputs(DOLLAR, {}, {})

    def described(one: Input) -> tuple[str, str, str]:
        return one.level.label, one.type.value, "yes" if one.may_be_missing else "no"

    assert {name: (row["level"], row["type"], row["may be missing"]) for name, row in shown.items()} == {
        one.label: described(one) for one in known.values()
    }


def test_every_kind_of_line_is_listed() -> None:
    cell = grid("Inputs that are always known", "input").by("input")["line"]["is"]

    assert [one for one in quoted(cell) if one != "taxes"] == [kind.value for kind in LineKind]


def test_every_type_has_its_cells() -> None:
    shown = grid("Cells of conditions", "type").by("type")

    assert set(shown) == {type_.value for type_ in InputType}


@pytest.mark.parametrize("type_", list(InputType))
def test_every_cell_that_the_page_shows_is_a_condition_of_its_type(type_: InputType) -> None:
    cells = quoted(grid("Cells of conditions", "type").by("type")[type_.value]["cells"])
    for cell in cells:
        condition = _condition(cell, type_)
        assert isinstance(condition, Condition), (cell, condition)
    assert cells


@pytest.mark.parametrize("type_", DECLARABLE)
def test_every_way_to_tell_an_input_that_the_page_shows_is_read(type_: InputType) -> None:
    shown = grid("inputs", "type of input").by("type of input")
    of = Input("asked", "asked", Level.REQUEST, type_)

    assert set(shown) == {one.value for one in DECLARABLE}
    for text in quoted(shown[type_.value]["as files and the API tell it"]):
        assert not isinstance(read_value(of, text), BadValue), text


def test_a_duration_is_not_told_without_its_unit() -> None:
    of = Input("asked", "asked", Level.WORKLOG, InputType.DURATION)

    assert isinstance(read_value(of, "90"), BadValue)


def test_spans_of_choices_and_days_hold_both_ends_and_other_spans_their_start_only() -> None:
    priorities = _condition("Normal..Urgent", InputType.CHOICE)
    days = _condition("2026-07-01..2026-07-31", InputType.DATE)
    hours = _condition("1 h..4 h", InputType.DURATION)

    assert isinstance(priorities, Condition)
    assert isinstance(days, Condition)
    assert isinstance(hours, Condition)
    assert priorities.values == {"normal", "high", "urgent"}
    assert days.spans[0].high_counts
    assert hours.holds(Fraction(60))
    assert not hours.holds(Fraction(240))


# tables and hooks


def test_every_hit_policy_is_listed() -> None:
    assert set(grid("table", "hit policy").by("hit policy")) == {hit.value for hit in Hit}


@pytest.mark.parametrize("hit", list(Hit))
def test_a_table_may_have_each_hit_policy(hit: Hit) -> None:
    row = {"row": "1", "account": "-", "bonus": "$1.00"}
    if hit.is_tiered:
        row = {"row": "1", "overage": "-", "bonus": "$1.00/h"}

    found = codes(block("table Bonus", {"hit": hit.value}, [row], divider="bonus"))

    assert found == set()


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.name)
def test_every_hook_is_listed_as_it_is(hook: Hook) -> None:
    row = grid("Hooks", "hook").by("hook")[hook.name]

    assert row["value"] == hook.unit.value
    assert row["level"] == hook.level.label
    assert row["may be empty"] == ("yes" if hook.may_be_empty else "no")
    assert plain(row["default"]) == _default(hook)


def test_no_hook_is_listed_that_there_is_not() -> None:
    assert set(grid("Hooks", "hook").by("hook")) == {hook.name for hook in HOOKS}


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.name)
def test_every_hook_can_be_bound_and_be_an_outcome(hook: Hook) -> None:
    rows = [{"name": "rate", "formula": "Hourly rate.rate"}, {"name": hook.name, "formula": "-"}]
    bound = block("pricing", {}, rows if hook.name != "rate" else rows[:1])
    outcome = block("table Bonus", {}, [{"row": "1", "account": "-", hook.name: "-"}], divider=hook.name)

    assert codes(bound) | codes(outcome) <= {"unused-outcome", "unused-table", "wrong-unit", "missing-taxes"}


# formulas


def test_every_unit_that_formulas_count_is_listed() -> None:
    shown = set(grid("Formulas", "unit").by("unit"))

    assert shown == {unit.value for unit in Unit} - {Unit.TEXT.value, Unit.DATE.value}


@pytest.mark.parametrize("unit", [unit for unit in Unit if unit not in (Unit.TEXT, Unit.DATE, Unit.YES_NO)])
def test_every_amount_that_the_page_shows_has_its_unit(unit: Unit) -> None:
    row = grid("Formulas", "unit").by("unit")[unit.value]
    listed = tuple(one for code in ("USD", "EUR", "JPY") if (one := currency(code)) is not None)
    amounts = quoted(row["written"]) + [f"3 {word}" for word in quoted(row[""])]

    for text in amounts:
        amount = read_amount(text, listed)
        assert isinstance(amount, Quantity), (text, amount)
        assert amount.unit is unit
    assert amounts


def test_every_word_for_a_unit_is_on_the_page() -> None:
    words = {word for name, table in vars(dsl.amounts).items() if name in ("_MINUTES", "_COUNTS") for word in table}
    table = grid("Formulas", "unit")
    shown = {
        word for row in table.rows for cell in row for text in quoted(cell) for word in re.findall(r"[a-z]+", text)
    }

    assert words
    assert words <= shown


def test_every_function_is_listed_and_no_other() -> None:
    shown = grid("Formulas", "function").column("function")
    names = set()
    for cell in shown:
        tree = parse_formula(quoted(cell)[0].replace(", ...", ""))
        assert isinstance(tree, FunctionCall), cell
        names.add(tree.function)
    grammar = Path(dsl.cells.__file__).with_name("cell.lark").read_text(encoding="utf-8")
    declared = re.search(r"^FUNCTION\S*: /\(\?:(.*?)\)", grammar, re.MULTILINE)
    assert declared is not None

    assert names == {name.replace(r"\s+", " ") for name in declared[1].split("|")}


def test_hooks_that_beyond_may_name_are_those_that_the_page_says() -> None:
    sentence = re.search(r"`beyond` of a plan the hooks (.*?)\. ", page().replace("\n", " "))
    assert sentence is not None
    named = set(quoted(sentence[1]))
    pricing = block(
        "pricing", {}, [{"name": hook.name, "formula": "-"} for hook in HOOKS if hook.unit is not Unit.TEXT]
    )

    for hook in HOOKS:
        if hook.unit is Unit.TEXT:
            continue  # `class` is an input too
        plans = block("plans", {}, [{**PLAN, "beyond": hook.name}])
        assert (hook.name in named) == ("unknown-name" not in codes(pricing + plans)), hook.name


# contracts, diagnostics, limits


def test_every_column_that_a_contract_may_override_is_listed_with_its_units() -> None:
    shown = {
        name: row["a formula of"] for name, row in grid("What a contract may change", "override").by("override").items()
    }
    constants = shown.pop("any constant")

    assert constants.startswith("the same unit")
    assert {name: cell.split(";")[0].split(", ") for name, cell in shown.items()} == {
        name: [unit.value for unit in units] for name, units in PLAN_COLUMNS.items()
    }


def test_hooks_that_an_override_of_beyond_may_name_are_those_that_the_page_says() -> None:
    cell = grid("What a contract may change", "override").by("override")["beyond"]["a formula of"]
    hooks = [hook.name for hook in HOOKS if hook.unit is not Unit.TEXT]
    bound = read(block("pricing", {}, [{"name": name, "formula": "-"} for name in hooks])).ruleset
    assert bound is not None

    for name in hooks:
        problems = " ".join(read_overrides(bound, {"beyond": name}).problems)
        assert (name in quoted(cell)) == ("no constant, input or hook" not in problems), name


def test_an_override_takes_a_constant_that_no_condition_compares_with() -> None:
    constants = block("constants", {}, [{"name": "long", "value": "4 h"}, {"name": "step", "value": "5 min"}])
    handling = block(
        "table Handling",
        {},
        [{"row": "1", "hours": ">= long", "x": "-"}, {"row": "2", "hours": "-", "x": "-"}],
        divider="x",
    )
    ruleset = read(constants + handling).ruleset
    assert ruleset is not None

    assert read_overrides(ruleset, {"step": "10 min"}).problems == ()
    assert read_overrides(ruleset, {"long": "5 h"}).problems != ()
    assert read_overrides(ruleset, {"step": "$10.00"}).problems != ()


def test_discounts_are_written_as_the_page_says() -> None:
    paragraph = next(part for part in page().split("\n\n") if part.startswith("Discounts are percentages"))
    first, second, third, fourth = (text for text in quoted(paragraph) if text[0].isdigit())

    assert read_discounts(first) == (Discount(Fraction(5, 100), None),)
    assert read_discounts(second) == (
        Discount(Fraction(5, 100), LineKind.LABOUR),
        Discount(Fraction(10, 100), LineKind.FEE),
    )
    assert read_discounts(third) == (DocumentDiscount(share=Fraction(5, 100)),)
    assert read_discounts(fourth) == (DocumentDiscount(amount=Fraction(50)),)
    assert isinstance(read_discounts("100.1%"), str)
    assert not isinstance(read_discounts("100%"), str)


def test_every_code_is_listed_with_its_severity_and_its_page() -> None:
    table = grid("What the checker finds", "code")
    shown = dict(zip(table.column("code"), table.column("severity"), strict=True))

    assert shown == {f"[{one.code}](diagnostics/{one.code}.md)": one.severity.value for one in CODES}


def test_limits_are_those_of_the_code() -> None:
    shown = {name: row["at most"] for name, row in grid("Limits", "what").by("what").items()}

    assert shown == {
        "files of a ruleset, with those that it imports": f"{MAX_FILES}",
        "a file": f"{MAX_FILE_BYTES // 1024**2} MiB",
        "all files of a ruleset together": f"{sys.modules['dsl.load'].MAX_BYTES:,} bytes",
        "a line": f"{dsl.parser.MAX_LINE:,} characters",
        "a cell that is a condition or a formula": f"{dsl.cells.MAX_CELL:,} characters",
        "nesting of a formula, with all that it names": f"{dsl.cells.MAX_DEPTH}",
        "a number": f"{dsl.amounts.MAX_WHOLE_DIGITS} digits before the point, {dsl.amounts.MAX_DECIMALS} behind it",
        "the exact value of a formula": f"{dsl.formula.MAX_DIGITS} digits",
        "a span of dates in a calendar": "a year",
        "the cycles that an allowance lives": f"{MOST_CYCLES:,}",
        "work of which a test asks": "24 hours",
    }


# helpers


def _condition(text: str, type_: InputType) -> object:
    values = ("low", "normal", "high", "urgent", "network", "server")
    spellings = {value: value.capitalize() for value in values}
    of = Input(
        "asked", "asked", Level.REQUEST, type_, values if type_ is InputType.CHOICE else (),
        ordered=type_ is InputType.CHOICE, may_be_missing=True, spellings=spellings if type_ is InputType.CHOICE else {},
    )  # fmt: skip
    return read_condition(text, of, Columns({"asked": of}, DOLLAR, {}))


def _default(hook: Hook) -> str:
    if hook.default is None:
        return "none"
    match hook.default.value:
        case bool() as truth:
            return "yes" if truth else "no"
        case Fraction() as number:
            return f"{number} min" if hook.unit is Unit.DURATION else f"{number}"
        case value:
            return str(value)
