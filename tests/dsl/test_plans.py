"""Plans, top-ups, hooks and taxes: how deep they look, what they must say, and what they cannot."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.formulas import NOTHING, Prices, Unit
from engine.model import NO_PLAN
from engine.periods import Every
from tests.dsl.texts import (
    CALENDAR,
    INPUTS,
    TAXES,
    book,
    loaded,
    marked,
    only,
    plans,
    pricing,
    problems,
    ruleset,
    table,
)

FIFTY = Prices(Unit.MONEY, (("USD", Fraction(50)),))


@pytest.mark.parametrize(
    ("hook", "column", "value", "formula", "codes"),
    [
        ("rate", "band", "operational", "$1.00/h", []),
        ("covered", "band", "operational", "yes", []),
        ("minimum", "band", "operational", "5 min", ["wrong-level"]),
        ("minimum", "technician", "Sam", "5 min", []),
        ("minimum", "start band", "operational", "5 min", []),
        ("per worklog", "band", "operational", "$5.00", ["wrong-level"]),
        ("per worklog", "hours", ">= 4 h", "$5.00", []),
        ("per request", "work type", "Remote", "$5.00", ["wrong-level"]),
        ("per request", "request", "incident", "$5.00", []),
    ],
)
def test_a_hook_looks_no_deeper_than_it_is_decided(
    hook: str, column: str, value: str, formula: str, codes: list[str]
) -> None:
    text = book(
        INPUTS, CALENDAR, table(f"{column} || {hook}", f"{value} || {formula}", "otherwise || -", name="X"),
        pricing(f"{hook} | X.{hook}"),
    )  # fmt: skip
    assert [code for code, _ in problems(text)] == codes


@pytest.mark.parametrize(
    ("burn", "told"),
    [("150%", []), ("1.25", []), ("part * 3", []), ("33.333%", ["`33.333%`"]), ("50% / 3", ["`50% / 3`"]), ("-", [])],
)
def test_burn_is_a_whole_percentage(burn: str, told: list[str]) -> None:
    text = book(
        CALENDAR,
        "constants\n  | name | value |\n  |---|---|\n  | part | 50% |",
        table("band || burn", f"operational || {burn}", "otherwise || 100%", name="X"),
        pricing("burn | X.burn"),
    )
    found = [message for code, message in problems(text) if code == "wrong-type"]
    assert [one.rpartition(" and ")[2] for one in found] == [f"{one} is none" for one in told]


def test_plans_and_top_ups_look_at_the_contract_only() -> None:
    text = book(
        INPUTS,
        table("country || fee", "US || $5.00", "otherwise || $6.00", name="By country"),
        table("category || fee", "Network || $5.00", "otherwise || $6.00", name="By category"),
        plans("plan | fee | beyond", "Good | By country.fee | hold", "Bad | By category.fee | hold"),
    )
    assert [code for code, _ in problems(text)] == ["wrong-level"]


def test_taxes_look_at_the_contract_and_the_line() -> None:
    taxes = TAXES.replace("country", "category").replace("| -       |", "| Network |")
    found = loaded(book(INPUTS, taxes=taxes)).diagnostics
    assert "wrong-level" in [one.code for one in found]
    fine = (
        TAXES.replace("| country |", "| line    |").replace("| -       |", "| not fee |")
        + "  | T2 | fee || none | 5% |\n"
    )
    assert problems(book(taxes=fine)) == []


def test_plans_that_charge_a_rate_need_one() -> None:
    text = book(plans("plan | beyond", "A | rate * 90%", "B | $90.00/h", "C | hold"))
    found = only(text)
    assert (found.code, marked(text, found)) == ("missing-block", "rate * 90%")
    assert problems(book(pricing("rate | $95.00/h"), plans("plan | beyond", "A | rate * 90%"))) == []


@pytest.mark.parametrize(
    ("header", "row", "code"),
    [
        ("plan | fee", "A | $5.00", "missing-block"),
        ("plan | beyond", "A | -", "missing-block"),
        ("plan | beyond", "A | $5.00", "wrong-unit"),
        ("plan | measure | beyond", "A | requests | $5.00/h", "wrong-unit"),
        ("plan | measure | beyond", "A | fixed | rate", "wrong-type"),
        ("plan | measure | allowance", "A | fixed | 5 h", "wrong-type"),
        ("plan | measure | beyond", "A | hourly | hold", "unknown-value"),
        ("plan | mode | beyond", "A | paid | hold", "unknown-value"),
        ("plan | every | beyond", "A | fortnight | hold", "unknown-value"),
        ("plan | every | beyond", "A | calendar contract | hold", "unknown-value"),
        ("plan | allowance | beyond", "A | 5 requests | hold", "wrong-unit"),
        ("plan | allowance | beyond", "A | 20 | hold", "wrong-unit"),
        ("plan | carry over | beyond", "A | some | hold", "unknown-name"),
        ("plan | beyond | top-ups", "A | hold | Extra 7", "unknown-name"),
        ("plan | mode | beyond | top-ups", "A | postpaid | hold | Extra 5", "wrong-type"),
        ("plan | measure | beyond | top-ups", "A | requests | hold | Extra 5", "wrong-unit"),
        ("plan | beyond | shared over", "A | hold | month", "unknown-value"),
        ("plan | beyond | every | shared over", "A | hold | quarter | quarter", "wrong-type"),
        ("plan | beyond | every | shared over", "A | hold | calendar year | quarter", "wrong-type"),
        ("plan | beyond | every | shared over", "A | hold | week | year", "wrong-type"),
        ("plan | beyond | every | shared over", "A | hold | contract | contract", "wrong-type"),
        ("plan | beyond | at least", "A | hold | 5 h", "wrong-unit"),
        ("plan | beyond | at most", "A | hold | rate", "unknown-name"),
        ("plan | beyond | at least | at most", "A | hold | $50.01 | $50.00", "wrong-type"),
        ("plan | beyond | carry for", "A | hold | 2", "wrong-unit"),
        ("plan | beyond | carry for", "A | hold | 0 cycles", "wrong-type"),
        ("plan | beyond | carry for", "A | hold | 1.5 cycles", "wrong-unit"),
        ("plan | beyond | carry for", "A | hold | 1,001 cycles", "wrong-type"),
        ("plan | beyond | carry for", "A | hold | all", "wrong-unit"),
        ("plan | beyond | feee", "A | hold | $5.00", "unknown-column"),
    ],
)
def test_a_plan_that_makes_no_sense_is_one_message(header: str, row: str, code: str) -> None:
    top_ups = "top-ups\n  | top-up | price | adds |\n  |----|----|----|\n  | Extra 5 | $450.00 | 5 h |\n"
    text = book(pricing("rate | $95.00/h"), plans(header, row), top_ups)
    assert [one for one, _ in problems(text)] == [code]


def test_a_plan_has_all_its_columns_or_their_defaults() -> None:
    found = ruleset(
        book(
            pricing("rate | $95.00/h"),
            "top-ups\n  | top-up | price | adds |\n  |----|----|----|\n  | Extra 5 | $450.00 | 5 h |\n",
            plans(
                "plan | mode | measure | every | fee | allowance | carry over | beyond | top-ups",
                "Gold | prepaid | hours | calendar quarter | $1,800.00 | 20 h | all | rate * 90% | Extra 5",
                "Plain | postpaid | fixed | contract | - | - | - | - | -",
                "Desk | prepaid | requests | year | $5.00 | 50 requests | 10 requests | $40.00/request | -",
            ),
        )
    ).plans
    assert [(p.mode.value, p.measure.value, p.every.value, p.by_calendar, p.carry_all) for p in found.values()] == [
        ("prepaid", "hours", "quarter", True, True),
        ("postpaid", "fixed", "contract", False, False),
        ("prepaid", "requests", "year", False, False),
    ]
    assert found["gold"].top_ups == {"extra 5"}
    (short,) = ruleset(book(plans("plan | beyond", "A | hold"))).plans.values()
    assert (short.mode.value, short.measure.value, short.every.value, short.beyond) == (
        "prepaid",
        "hours",
        "month",
        None,
    )


def test_a_plan_commits_to_work_and_caps_it_and_carries_for_so_many_cycles() -> None:
    found = ruleset(
        book(
            plans(
                "plan | beyond | at least | at most | carry over | carry for",
                "A | hold | $50.00 | $50.00 | 5 h | 3 cycles",
                "B | hold | - | - | - | -",
            )
        )
    ).plans
    assert [(p.at_least, p.at_most, p.carry_for) for p in found.values()] == [
        (FIFTY, FIFTY, 3),
        (NOTHING, NOTHING, 1),
    ]


def test_a_limit_says_its_price_in_every_currency_and_the_smaller_is_the_least() -> None:
    text = book(
        plans("plan | beyond | at least | at most", "A | hold | $50.00, 60.00 EUR | $70.00, 50.00 EUR"),
        currency="USD, EUR",
    )
    found = only(text)
    assert (found.code, marked(text, found)) == ("wrong-type", "$50.00, 60.00 EUR")


@pytest.mark.parametrize(
    ("every", "shared", "over"),
    [
        ("month", "-", None),
        ("month", "Quarter", Every.QUARTER),
        ("quarter", "half-year", Every.HALF_YEAR),
        ("calendar half-year", "year", Every.YEAR),
        ("week", "contract", Every.CONTRACT),
    ],
)
def test_the_allowances_of_a_longer_time_are_one_pot(every: str, shared: str, over: Every | None) -> None:
    text = book(plans("plan | beyond | every | shared over", f"A | hold | {every} | {shared}"))
    assert [plan.shared_over for plan in ruleset(text).plans.values()] == [over]


@pytest.mark.parametrize(("lasts", "cycles"), [("1 cycle", 1), ("-", 1), ("12 cycles", 12)])
def test_a_top_up_lasts_for_cycles(lasts: str, cycles: int) -> None:
    text = f"top-ups\n  | top-up | price | adds | lasts |\n  |--|--|--|--|\n  | Extra | $4.00 | 5 h | {lasts} |\n"
    (found,) = ruleset(book(text)).top_ups.values()
    assert found.lasts == cycles


def test_a_column_that_means_nothing_is_told_once_whatever_it_was() -> None:
    rows = ("A | requests | 5 requests | $9.00/request", "B | fixed | - | -")
    for header in ("plan | xyzzy | allowance | beyond", "plan | measure | allowance | xyzzy"):
        assert [code for code, _ in problems(book(plans(header, *rows)))] == ["unknown-column"]


def test_none_of_plan_is_the_plan_of_work_without_a_contract() -> None:
    found = ruleset(book(plans("plan | beyond", "A | hold"), table("plan || rate", "none || $1.00/h", "A || $2.00/h")))
    assert found.inputs["plan"].may_be_missing
    assert found.tables["rates"].rows[0].conditions[0].holds(None)
    assert NO_PLAN not in found.inputs["plan"].values


def test_no_plan_is_called_none() -> None:
    assert [code for code, _ in problems(book(plans("plan | beyond", "None | hold")))] == ["duplicate-name"]


def test_a_hook_is_bound_once() -> None:
    found = only(book(pricing("rate | $95.00/h", "Rate | $96.00/h")))
    assert (found.code, found.message) == ("duplicate-name", "the hook `Rate` is bound twice")
