"""Formulas: what they count, what their names mean, and what is refused with both units named."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from dsl.currencies import currency
from dsl.diagnostics import Problem
from dsl.formula import read_formula
from dsl.units import Scope, Typed
from engine.formulas import NOTHING, Literal, Prices, Unit
from engine.model import Ruleset
from engine.money import Currency
from engine.program import Program
from tests.dsl.texts import INPUTS, book, constants, only, problems, ruleset, table

USD = currency("USD")
EUR = currency("EUR")
assert USD is not None
assert EUR is not None


def unit_of(formula: str) -> Unit | None:
    found = read_formula(formula, SCOPE)
    assert isinstance(found, Typed), found
    return found.unit


def problem(formula: str, *, unit: Unit | None = None, scope: Scope | None = None) -> Problem:
    found = read_formula(formula, scope or SCOPE, units=(unit,) if unit is not None else ())
    assert isinstance(found, Problem), found
    return found


def typed(text: str) -> Typed:
    found = read_formula(text, Scope("a constant", (USD,)))
    assert isinstance(found, Typed)
    return found


SCOPE = Scope(
    "a formula",
    (USD,),
    constants={"standard": typed("$95.00/h"), "call-out": typed("$45.00"), "step": typed("15 min"), "broken": None},
    inputs={one.name: one for one in ruleset(book(INPUTS)).inputs.values()},
    outcomes={"hourly rate": {"rate": typed("$95.00/h"), "round up to": typed("15 min")}, "lost": None},
)


@pytest.mark.parametrize(
    ("formula", "unit"),
    [
        ("$95.00/h", Unit.HOURLY),
        ("95.00 USD/h", Unit.HOURLY),
        ("$45.00", Unit.MONEY),
        ("$40.00/request", Unit.PER_REQUEST),
        ("30 min", Unit.DURATION),
        ("1.5 h", Unit.DURATION),
        ("10 requests", Unit.REQUESTS),
        ("1 cycle", Unit.CYCLES),
        ("150%", Unit.NUMBER),
        ("1.4", Unit.NUMBER),
        ("Standard", Unit.HOURLY),
        ("standard * 150%", Unit.HOURLY),
        ("1.5 * standard", Unit.HOURLY),
        ("standard / 2", Unit.HOURLY),
        ("standard / $10.00/h", Unit.NUMBER),
        ("standard * hours", Unit.MONEY),
        ("hours * standard", Unit.MONEY),
        ("$40.00/request * 3 requests", Unit.MONEY),
        ("call-out / 30 min", Unit.HOURLY),
        ("call-out / standard", Unit.DURATION),
        ("call-out + call-out", Unit.MONEY),
        ("hours - 30 min", Unit.DURATION),
        ("hours - (step + step)", Unit.DURATION),
        ("if(hours > 4 h, standard, standard * 2)", Unit.HOURLY),
        ("min(standard, $80.00/h)", Unit.HOURLY),
        ("max(standard, $80.00/h, $70.00/h)", Unit.HOURLY),
        ("round(standard * 1.1, $0.05/h)", Unit.HOURLY),
        ("round up(hours, step)", Unit.DURATION),
        ("Hourly  rate.rate + $5.00/h", Unit.HOURLY),
        ("hourly rate.round up to", Unit.DURATION),
        ("distance * $0.36", Unit.MONEY),
        ("-", None),
    ],
)
def test_units_follow_from_the_parts(formula: str, unit: Unit | None) -> None:
    assert unit_of(formula) is unit


@pytest.mark.parametrize(
    ("formula", "code", "words"),
    [
        ("$95.00/h + $10.00", "wrong-unit", "money per hour and money"),
        ("30 min + 10 requests", "wrong-unit", "a duration and a number of requests"),
        ("standard * standard", "wrong-unit", "money per hour times money per hour"),
        ("standard / hours", "wrong-type", "a divisor does not name an input"),
        ("standard / (2 * distance)", "wrong-type", "a divisor does not name an input"),
        ("standard / 0", "wrong-type", "divides by zero"),
        ("standard / (1 - 1)", "wrong-type", "divides by zero"),
        ("1 h - 2 h", "wrong-type", "less than nothing"),
        ("$5.00/h - standard", "wrong-type", "less than nothing in USD"),
        ("2 / standard", "wrong-unit", "a number cannot be divided by money per hour"),
        ("min(standard, step)", "wrong-unit", "money per hour and a duration"),
        ("round(standard, 0)", "wrong-unit", "money per hour and a number"),
        ("round(hours, 0 min)", "wrong-type", "multiples of zero"),
        ("round up(step, hours)", "wrong-type", "does not name an input"),
        ("min(standard)", "syntax", "two or more"),
        ("round(standard)", "syntax", "2 arguments"),
        ("if(hours, standard, standard)", "syntax", "begins with a comparison"),
        ("if(hours > 3, standard, standard)", "wrong-unit", "a duration and a number"),
        ("if(hours > 3 h, standard, step)", "wrong-unit", "money per hour and a duration"),
        ("min(hours > 3 h, standard)", "syntax", "only in `if`"),
        ("standrad", "unknown-name", "standrad"),
        ("standard-5", "unknown-name", "standard-5"),
        ("category", "wrong-type", "does not count"),
        ("rate", "unknown-name", "rate"),
        ("Hourly rat.rate", "unknown-name", "Hourly rat"),
        ("Hourly rate.rats", "unknown-name", "rats"),
        ("-5", "syntax", "never negative"),
        ("standard -5", "syntax", "minus has blanks"),
        ("standard > 5", "syntax", "only in `if`"),
        ("(standard + standard", "syntax", "`)` is missing"),
        ("standard +", "syntax", "too early"),
        ("standard 5%", "syntax", "does not fit"),
        ("$95/h", "wrong-type", "2 decimals"),
        ("€95.00/h", "wrong-unit", "symbol"),
        ("95.00 EUR/h", "wrong-unit", "EUR is not among"),
        ("$95.00/min", "wrong-unit", "no price per `min`"),
        ("1,5 h", "syntax", "is no number"),
        ("0.333 h", "wrong-unit", "whole number of minutes"),
        ("1.5 requests", "wrong-unit", "whole numbers"),
        ("5 bananas", "wrong-unit", "bananas"),
        ("100 h/contract", "wrong-unit", "whole contract"),
        ("1234567890123456.00", "too-large", "15 digits"),
        ('"standard"', "syntax", "no quotes"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(formula: str, code: str, words: str) -> None:
    found = problem(formula)
    assert (found.code, words in found.message) == (code, True), found
    assert found.help or found.label


def test_a_name_that_was_wrong_where_it_is_declared_is_not_told_again() -> None:
    assert read_formula("broken * 2", SCOPE) is None
    assert read_formula("Lost.rate", SCOPE) is None


def test_the_unit_that_is_wanted_is_named_beside_the_one_that_is_there() -> None:
    found = problem("30 min", unit=Unit.HOURLY)
    assert found.message == "this is a duration, where money per hour is wanted"
    assert found.help == ("write money per hour like `$95.00/h`",)


def test_words_are_values_only_where_yes_or_no_is_wanted() -> None:
    found = read_formula("Yes", SCOPE, units=(Unit.YES_NO,))
    assert isinstance(found, Typed)
    assert found.formula == Literal(Unit.YES_NO, value=True)
    assert problem("yes").code == "unknown-name"


def test_a_table_named_alone_is_told_how_its_outcome_is_written() -> None:
    assert problem("Hourly rate").help == ("`Hourly rate.rate`", "`Hourly rate.round up to`")


def test_a_word_that_is_neither_yes_nor_no_is_told_so() -> None:
    assert problem("true", unit=Unit.YES_NO).help == ("`yes`, `no` or `-`",)


def test_a_minus_without_blanks_is_recognised() -> None:
    assert problem("standard-5").help == ("`standard - 5`",)


def test_nothing_is_a_value_of_every_unit() -> None:
    found = read_formula("-", SCOPE, units=(Unit.MONEY,))
    assert found == Typed(NOTHING, None)


def test_a_price_is_said_in_every_listed_currency() -> None:
    both = Scope("a formula", (USD, EUR))
    assert problem("$95.00/h", scope=both).code == "missing-currency"
    found = read_formula("$95.00/h, 88.00 EUR/h", both)
    assert isinstance(found, Typed)
    assert found.formula == Prices(Unit.HOURLY, (("EUR", Fraction(88)), ("USD", Fraction(95))))
    assert problem("$95.00/h, $88.00/h", scope=both).code == "duplicate-name"
    assert problem("$95.00/h, €88.00", scope=both).code == "wrong-unit"


def value(text: str, name: str = "result", money: Currency = USD) -> object:
    """What a constant comes to, by the engine."""
    book_ = ruleset(
        book(
            constants(*text.splitlines()),
            f"""
        plans
          | plan | fee | beyond |
          |------|-----|--------|
          | P    | {name} | hold |
        """,
        )
    )
    plan = Program(book_, currency=money).plan("p", date(2026, 1, 1))
    assert plan is not None
    return plan.fee({}, [])


@pytest.mark.parametrize(
    ("formula", "amount"),
    [
        ("$95.00/h * 30 min", Fraction(95, 2)),
        ("90 min * $100.00/h", 150),
        ("$40.00/request * 3 requests", 120),
        ("$60.00 / 30 min * 15 min", 30),
        ("$100.00/h * ($50.00 / $100.00/h)", 50),
        ("round($10.00 / 3, $0.05)", Fraction(335, 100)),
        ("round up($10.01, $1.00)", 11),
        ("if(2 > 1, $1.00, $2.00)", 1),
        ("max($1.00, min($5.00, $3.00))", 3),
        ("$10.00 - $2.50 - $2.50", 5),
        ("$10.00 - ($2.50 - $2.50)", 10),
        ("$1,800.00 * 5%", 90),
    ],
)
def test_amounts_of_an_hour_and_minutes_meet_exactly(formula: str, amount: Fraction | int) -> None:
    assert value(f"result | {formula}") == amount


def test_constants_stand_in_any_order() -> None:
    assert value("result | expert * 1 h\nexpert | standard * 140%\nstandard | $95.00/h") == 133


def constants_of(text: str) -> Ruleset:
    return ruleset(book(INPUTS, constants(*text.splitlines())))


def test_names_hold_blanks_signs_and_any_alphabet() -> None:
    found = constants_of(
        "Parts & labour's extra-rate 5 | $1.00\n日本 料金 | $1.00\nहिन्दी दर | Parts & Labour's  EXTRA-rate 5 * 2"
    )
    assert list(found.constants) == ["parts & labour's extra-rate 5", "日本 料金", "हिन्दी दर"]


def test_a_circle_is_told_once_with_its_members() -> None:
    found = only(book(constants("a | b * 2", "b | c * 2", "c | a * 2", "d | a * 2")))
    assert found.code == "circular-name"
    assert [label.text for label in found.secondary] == ["`b` is on the circle", "`c` is on the circle"]


@pytest.mark.parametrize("name", ["rate", "fee", "Beyond", "hours", "band", "min", "Round up", "none", "yes", "h"])
def test_a_constant_cannot_take_a_name_of_the_language(name: str) -> None:
    assert [code for code, _ in problems(book(constants(f"{name} | $1.00")))] == ["duplicate-name"]


@pytest.mark.parametrize("name", ["24x7", "a.b", "a+b", "50%", "a - b", "a -b"])
def test_a_constant_has_a_name_that_formulas_can_write(name: str) -> None:
    assert [code for code, _ in problems(book(constants(f"{name} | $1.00")))] == ["syntax"]


def test_a_constant_that_a_condition_names_is_fixed_with_all_that_it_rests_on() -> None:
    found = ruleset(
        book(
            constants("base | 2 h", "limit | base * 2", "other | 1 h"),
            table("hours || rate", ">= limit | | $1.00/h".replace(" | |", " ||"), "otherwise || $2.00/h"),
        )
    )
    assert {name: one.fixed for name, one in found.constants.items()} == {"base": True, "limit": True, "other": False}
