"""What comes from outside as text: facts, overrides, discounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from dsl import BadValue, Overrides, read_discounts, read_overrides, read_value
from engine.facts import AnyDiscount, Discount, DocumentDiscount
from engine.formulas import HookName, Literal, Operation, Prices, Unit, Value
from engine.hooks import Level
from engine.model import Input, InputType, LineKind, Ruleset
from engine.money import Currency
from engine.program import Program
from tests.dsl.texts import book, constants, plans, pricing, ruleset, table


def fact(type_: InputType, text: str) -> Value | BadValue:
    return read_value(Input("it", "It", Level.REQUEST, type_), text)


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (InputType.CHOICE, " On-Site ", "on-site"),
        (InputType.CHOICE, "never declared", "never declared"),
        (InputType.TEXT, "Sam  O'Neill", "sam o'neill"),
        (InputType.NUMBER, "3.5", Fraction(7, 2)),
        (InputType.NUMBER, "150%", Fraction(3, 2)),
        (InputType.NUMBER, "1,800", Fraction(1800)),
        (InputType.DURATION, "1.5 h", Fraction(90)),
        (InputType.DURATION, "90 min", Fraction(90)),
        (InputType.MONEY, "95.00", Fraction(95)),
        (InputType.MONEY, "95.00 EUR", Fraction(95)),
        (InputType.DATE, "2026-07-01", date(2026, 7, 1)),
        (InputType.YES_NO, "Yes", True),
        (InputType.YES_NO, "false", False),
        (InputType.NUMBER, "  ", None),
    ],
)
def test_a_fact_is_read_by_the_type_of_its_input(type_: InputType, text: str, value: Value) -> None:
    found = fact(type_, text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (InputType.NUMBER, "-3"),
        (InputType.NUMBER, "three"),
        (InputType.NUMBER, "1e5"),
        (InputType.NUMBER, "NaN"),
        (InputType.NUMBER, "1_000"),
        (InputType.NUMBER, "²"),
        (InputType.NUMBER, "9" * 40),
        (InputType.DURATION, "90"),
        (InputType.DURATION, "0.1 min"),
        (InputType.MONEY, "$95.00"),
        (InputType.DATE, "01/07/2026"),
        (InputType.DATE, "2026-02-30"),
        (InputType.YES_NO, "maybe"),
    ],
)
def test_a_text_that_is_no_such_fact_says_what_would_be(type_: InputType, text: str) -> None:
    found = fact(type_, text)
    assert isinstance(found, BadValue)
    assert found.text == text
    assert found.expected


@pytest.fixture(scope="module")
def zylker() -> Ruleset:
    return ruleset(
        book(
            constants(
                "standard | $95.00/h, 88.00 EUR/h",
                "expert | standard * 140%",
                "limit | 4 h",
                "call-out | $45.00, 40.00 EUR",
            ),
            table("hours || rate", ">= limit || expert", "otherwise || standard"),
            pricing("rate | Rates.rate"),
            plans("plan | fee | allowance | beyond", "Gold | $1,800.00, 1,700.00 EUR | 20 h | rate"),
            currency="USD, EUR",
        )
    )


def test_overrides_keep_the_unit_and_need_the_contract_s_currency_only(zylker: Ruleset) -> None:
    found = read_overrides(
        zylker,
        {"Standard": "$90.00/h", "fee": "$1,500.00", "allowance": "25 h", "carry over": "-", "beyond": "rate * 90%"},
    )
    assert found.problems == ()
    formulas = dict(found.formulas)
    assert formulas["standard"] == Prices(Unit.HOURLY, (("USD", Fraction(90)),))
    assert formulas["allowance"] == Literal(Unit.DURATION, Fraction(1500))
    assert formulas["beyond"] == Operation("*", HookName("rate"), Literal(Unit.NUMBER, Fraction(9, 10)))


@pytest.mark.parametrize(
    ("plan", "text", "problem"),
    [
        ("spread", "120 h/contract", ""),
        ("spread", "12 h", "write `12 h/contract`"),
        ("gold", "120 h/contract", "says what a cycle includes"),
    ],
)
def test_an_allowance_is_overridden_for_what_the_plan_says_it_for(
    zylker: Ruleset, plan: str, text: str, problem: str
) -> None:
    gold = zylker.plans["gold"]
    rules = replace(zylker, plans={**zylker.plans, "spread": replace(gold, name="spread", label="Spread", spread=True)})
    found = read_overrides(rules, {"allowance": text}, plan=plan, currency="USD").problems
    assert problem in found[0] if problem else found == (), found


def test_an_overridden_constant_reaches_what_rests_on_it(zylker: Ruleset) -> None:
    found = read_overrides(zylker, {"standard": "$100.00/h"})
    program = Program(zylker, currency=Currency("USD", 2), overrides=dict(found.formulas))
    assert program.hook("rate", {"hours": Fraction(300)}, []) == 140
    assert program.hook("rate", {"hours": Fraction(60)}, []) == 100


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("limit", "5 h", "a condition of the ruleset compares with it"),
        ("standrad", "$90.00/h", "did you mean `standard`?"),
        ("standard", "$90.00", "is money, and `standard` is money per hour"),
        ("standard", "-", "has no value"),
        ("standard", "", "is empty"),
        ("standard", "$90", "`standard` cannot be read"),
        ("standard", "Rates.rate", "looks at no table"),
        ("standard", "standard * 2", "standard"),
        ("beyond", "hold", "use another plan"),
        ("carry over", "all", "use another plan"),
        ("allowance", "$5.00", "is money"),
        ("plan", "Gold", "no constant or plan column"),
    ],
)
def test_an_override_that_cannot_be_is_a_sentence(zylker: Ruleset, name: str, text: str, words: str) -> None:
    found = read_overrides(zylker, {name: text})
    assert found.formulas == ()
    assert [words in problem for problem in found.problems] == [True], found.problems


def test_one_bad_override_leaves_the_others(zylker: Ruleset) -> None:
    found = read_overrides(zylker, {"call-out": "$50.00", "nonsense": "1"})
    assert isinstance(found, Overrides)
    assert [name for name, _ in found.formulas] == ["call-out"]
    assert len(found.problems) == 1


@pytest.mark.parametrize(
    ("text", "discounts"),
    [
        ("", ()),
        ("5%", (Discount(Fraction(1, 20)),)),
        ("5% labour; 10 % Fee", (Discount(Fraction(1, 20), LineKind.LABOUR), Discount(Fraction(1, 10), LineKind.FEE))),
        ("5% document; 50.00 document", (DocumentDiscount(Fraction(1, 20)), DocumentDiscount(amount=Fraction(50)))),
        ("2.5%; 5% top-up", (Discount(Fraction(1, 40)), Discount(Fraction(1, 20), LineKind.TOP_UP))),
    ],
)
def test_discounts_are_percentages_of_all_lines_or_of_a_kind_or_off_documents(
    text: str, discounts: tuple[AnyDiscount, ...]
) -> None:
    assert read_discounts(text) == discounts


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("5", "off documents as a whole"),
        ("5 labour", "`5 document`"),
        ("0%", "more than nothing"),
        ("5% document; 6% document", "two discounts"),
        ("5% documents", "did you mean `document`?"),
        ("-5%", "percentage"),
        ("120%", "at most 100%"),
        ("5% labor", "did you mean `labour`?"),
        ("5%, 10% fee", "no kind of line"),
        ("5%; 6%", "two discounts"),
    ],
)
def test_a_discount_that_cannot_be_is_a_sentence(text: str, words: str) -> None:
    found = read_discounts(text)
    assert isinstance(found, str)
    assert words in found


@pytest.fixture(scope="module")
def measures() -> Ruleset:
    return ruleset(
        book(
            pricing("rate | $95.00/h", "per request | $40.00"),
            plans(
                "plan | measure | allowance | beyond",
                "By hours | hours | 20 h | rate",
                "By requests | requests | 50 requests | $40.00/request",
                "All in | fixed | - | -",
            ),
        )
    )


@pytest.mark.parametrize(
    ("plan", "name", "text", "words"),
    [
        ("by hours", "allowance", "3 requests", "is a number of requests, and `allowance` is a duration"),
        ("by hours", "carry over", "3 requests", "is a number of requests"),
        ("by hours", "beyond", "$5.00/request", "is money per request, and `beyond` is money per hour"),
        ("by requests", "allowance", "3 h", "is a duration, and `allowance` is a number of requests"),
        ("by requests", "beyond", "rate", "is money per hour, and `beyond` is money per request"),
        ("all in", "allowance", "3 h", "the plan is fixed"),
        ("all in", "beyond", "$95.00/h", "the plan is fixed"),
    ],
)
def test_an_override_counts_what_the_plan_counts(
    measures: Ruleset, plan: str, name: str, text: str, words: str
) -> None:
    found = read_overrides(measures, {name: text}, plan=plan)
    assert found.formulas == ()
    assert [words in problem for problem in found.problems] == [True], found.problems


def test_an_override_may_name_what_beyond_of_a_plan_may_name(measures: Ruleset) -> None:
    assert read_overrides(measures, {"beyond": "rate * 2"}, plan="by hours").problems == ()
    assert read_overrides(measures, {"beyond": "per request / 2"}, plan="by requests").problems == ()


def test_an_override_is_said_in_the_contract_s_currency(zylker: Ruleset) -> None:
    assert read_overrides(zylker, {"fee": "$5.00"}, plan="gold", currency="USD").problems == ()
    (problem,) = read_overrides(zylker, {"fee": "$5.00 + 5.00 EUR"}, plan="gold", currency="USD").problems
    assert "not said in USD" in problem
    (problem,) = read_overrides(zylker, {"fee": "$5.00"}, plan="gold", currency="EUR").problems
    assert "not said in EUR" in problem
