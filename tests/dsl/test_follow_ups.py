"""One mistake, one message: what is wrong in one place is not told again where its name stands."""

from __future__ import annotations

import pytest

from dsl import Diagnostic
from tests.dsl.texts import book, constants, loaded, pricing, table

COUNTED = table(
    "parts || charge", ">= $100.00, >= 90.00 EUR || parts * 5%", "otherwise || parts * 10%", name="Handling"
)


def inputs(*rows: str) -> str:
    """The block `inputs`."""
    return "inputs\n  | name | of | type | values |\n  |--|--|--|--|\n" + "".join(f"  | {row} |\n" for row in rows)


def errors(*blocks: str, currency: str = "USD, EUR") -> list[Diagnostic]:
    """The errors of a ruleset."""
    return [one for one in loaded(book(*blocks, currency=currency)).diagnostics if one.is_error]


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ("parts | worklog | money | $0.00..$500.00", "missing-currency"),
        ("parts | worklog | mony | -", "unknown-value"),
        ("parts | worklogs | money | -", "unknown-value"),
        ("parts | worklog | money | 0..500", "wrong-unit"),
    ],
)
def test_a_mistake_in_the_declaration_of_an_input_is_told_there_alone(declared: str, code: str) -> None:
    blocks = (inputs(declared), COUNTED, pricing("rate | $95.00/h, 88.00 EUR/h", "travel | Handling.charge"))
    assert [one.code for one in errors(*blocks)] == [code]


def test_beside_a_wrong_declaration_other_unknown_names_are_told() -> None:
    found = errors(inputs("parts | worklog | mony | -"), COUNTED, constants("high | standrd * 2"))
    assert {one.code for one in found} == {"unknown-value", "unknown-name"}


def test_a_currency_that_is_none_is_told_once_where_inputs_count_money() -> None:
    declared = inputs("parts | worklog | money | $0.00..$500.00, 0.00 EUR..450.00 EUR")
    found = errors(declared, COUNTED, pricing("travel | Handling.charge"), currency="USD, ERU")
    assert [one.code for one in found] == ["unknown-value"]


def test_a_wrong_formula_of_the_pricing_is_not_told_again_by_its_tests() -> None:
    tests = "tests pricing\n  | distance | start | end || billed |\n  |--|--|--||--|\n"
    tests += "  | 12 | 2026-03-03 10:00 | 2026-03-03 10:50 || 50 min |\n"
    found = errors(pricing("rate | $95.00/h", "travel | distance * $0.70 *"), tests, currency="USD")
    assert [one.code for one in found] == ["syntax"]


@pytest.mark.parametrize("formula", ["distance * $0.70, 0.65 EUR", "distance * 0.70 USD, 0.65 EUR"])
def test_a_price_in_several_currencies_inside_a_formula_wants_a_name(formula: str) -> None:
    (found,) = errors(pricing("rate | $95.00/h, 88.00 EUR/h", f"travel | {formula}"))
    assert (found.code, found.message) == ("syntax", "a price in several currencies stands alone in its cell")
    named = constants("a mile | $0.70, 0.65 EUR")
    assert not errors(named, pricing("rate | $95.00/h, 88.00 EUR/h", "travel | distance * a mile"))


@pytest.mark.parametrize(
    ("values", "mended"),
    [("Premium, Standard, premium", "`Premium, Standard`"), ("Low < High < low", "`Low < High`")],
)
def test_a_value_that_is_listed_twice_is_left_where_it_stands_first(values: str, mended: str) -> None:
    (found,) = errors(inputs(f"tier | contract | choice | {values}"))
    assert (found.code, found.help) == ("duplicate-name", (mended,))


@pytest.mark.parametrize(
    ("members", "quoted"), [("Cit* of, Canton*", '"Cit* of"'), ("Acme, not Globex * here", '"not Globex * here"')]
)
def test_quotes_are_offered_around_the_value_that_needs_them(members: str, quoted: str) -> None:
    (found,) = errors(table("account || rate", f"{members} || $1.00/h, €1.00/h", "otherwise || -"))
    assert (found.code, quoted in " ".join(found.help)) == ("syntax", True)


def test_a_misspelt_cycle_by_the_calendar_has_its_calendar_suggested() -> None:
    plan = "plans\n  | plan | every | beyond |\n  |--|--|--|\n  | Gold | calender month | $95.00/h, €88.00/h |\n"
    (found,) = errors(plan)
    assert found.primary is not None
    assert found.primary.text == "did you mean `calendar month`?"
