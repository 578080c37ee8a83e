"""Contracts over time: recurring items, amendments and what else changes from cycle to cycle."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from engine.facts import Contract, Discount, Quantity, Terms
from engine.formulas import NOTHING, ConstantName, Literal, Operation, OutcomeName, Prices, Unit
from engine.hooks import Level
from engine.items import Opening, Reason
from engine.model import (
    ANY,
    Condition,
    Constant,
    Hit,
    Input,
    InputType,
    LineKind,
    Measure,
    Mode,
    Outcome,
    Plan,
    RecurringItem,
    Row,
    Span,
    Table,
)
from engine.settlement import owed, settle
from tests.engine.rulesets import (
    BILL_RATE,
    HERE,
    OFFICE,
    contract,
    eur,
    facts,
    hourly,
    minutes,
    plan,
    ruleset,
    timeline,
    work,
)
from tests.engine.test_settlement import at, billed, hours
from tests.engine.test_usage import MARCH, amounts, bound, by_requests, number, only_time, settled, word


def with_terms(of: Contract, *terms: Terms) -> Contract:
    return replace(of, terms=(*of.terms, *terms))


def test_c07_plan_upgrade_in_mid_cycle_billed_in_advance() -> None:
    small, large = plan(fee="600", allowance=None, carry=None), replace(plan(fee="900", carry=None), name="large")
    rules = replace(ruleset(small), plans={"care": small, "large": large})
    june = contract(date(2026, 6, 1))
    before = settled(rules, facts(june), through=0)
    upgraded = with_terms(june, Terms(2, date(2026, 6, 16), "large"))
    after = settled(rules, facts(upgraded), through=1)
    june_only = tuple(item for item in after.items if item.cycle == 0)
    changes = {delta.item.key: delta.amount for delta in owed(june_only, billed(before.items))}
    assert changes == {"fee/1/0": -30000, "fee/2/0": 45000}
    assert after.closings[0].granted == 30000


def test_a_suspended_contract_owes_nothing_and_its_work_waits() -> None:
    june = with_terms(contract(date(2026, 6, 1)), Terms(2, date(2026, 6, 16), "care", suspended=True))
    result = settled(ruleset(plan(fee="600")), facts(june, (work("a", at(date(2026, 6, 20)), 60),)))
    assert [(item.key, item.amount) for item in result.items if item.cycle == 0] == [("fee/1/0", 30000)]
    assert [held.reason for held in result.held] == [Reason.SUSPENDED]


SEATS = RecurringItem("seat", "Seat", eur(Unit.MONEY, "12.50"), peak=False, origin=HERE)
CHANGES = (
    Quantity("q1", "seat", date(2026, 8, 1), 40),
    Quantity("q2", "seat", date(2026, 8, 11), 45),
    Quantity("q3", "seat", date(2026, 8, 26), 42),
)


def test_c08_seat_count_changes() -> None:
    known = replace(facts(contract(date(2026, 8, 1))), quantities=CHANGES)
    daily = replace(ruleset(only_time()), items={"seat": SEATS})
    lines = [item.amount for item in settled(daily, known).items if item.cycle == 0]
    assert lines == [50000, 4234, -726]
    peak = replace(daily, items={"seat": replace(SEATS, peak=True)})
    in_advance = [(item.key, item.due, item.amount) for item in settled(peak, known).items if item.cycle == 0]
    assert in_advance == [("recurring/seat/peak/0", 0, 50000), ("recurring/seat/rise/0", 1, 6250)]
    postpaid = replace(peak, plans={"care": replace(only_time(), mode=Mode.POSTPAID)})
    in_arrears = [(item.key, item.due, item.amount) for item in settled(postpaid, known).items if item.cycle == 0]
    assert in_arrears == [("recurring/seat/peak/0", 1, 56250)]


def test_a_discount_that_begins_in_mid_cycle_is_off_the_days_from_then_on_of_fee_and_items() -> None:
    rules = replace(ruleset(plan(fee="310", allowance=None, carry=None)), items={"seat": SEATS})
    tenth = (Discount(Fraction(1, 10)),)
    august = with_terms(contract(date(2026, 8, 1)), Terms(2, date(2026, 8, 16), "care", discounts=tenth))
    found = settled(rules, replace(facts(august), quantities=CHANGES)).items
    shown = {item.key: (item.amount, item.discount, item.service.start.day) for item in found if item.cycle == 0}
    assert shown == {
        "fee/1/0": (15000, 0, 1),
        "fee/2/0": (16000, 1600, 16),
        "recurring/seat/q1/0": (24194, 0, 1),
        "recurring/seat/q1/0/2": (25806, 2581, 16),
        "recurring/seat/q2/0": (1008, 0, 11),
        "recurring/seat/q2/0/2": (3226, 323, 16),
        "recurring/seat/q3/0": (-726, -73, 26),
    }


def test_an_item_follows_a_price_that_an_amendment_changes_in_mid_cycle() -> None:
    rules = replace(
        ruleset(only_time()),
        items={"seat": replace(SEATS, price=ConstantName("a seat"))},
        constants={
            "a seat": Constant("a seat", "a seat", Unit.MONEY, eur(Unit.MONEY, "12.50"), fixed=False, origin=HERE)
        },
    )
    dearer = Terms(2, date(2026, 8, 16), "care", overrides=(("a seat", eur(Unit.MONEY, "15.00")),))
    august = with_terms(contract(date(2026, 8, 1)), dearer)
    found = settled(rules, replace(facts(august), quantities=CHANGES[:1])).items
    assert [(item.key, item.amount) for item in found if item.cycle == 0] == [
        ("recurring/seat/q1/0", 24194),
        ("recurring/seat/q1/0/2", 30968),
    ]


def test_a_quantity_goes_on_from_cycle_to_cycle_and_is_due_in_advance_where_the_plan_is_prepaid() -> None:
    known = replace(facts(contract(date(2026, 8, 1))), quantities=CHANGES)
    rules = replace(ruleset(only_time()), items={"seat": SEATS})
    first, second = settled(rules, known, through=0), settled(rules, known, through=1)
    assert [(item.key, item.due) for item in first.items] == [("recurring/seat/q1/0", 0)]
    assert [(item.key, item.amount) for item in second.items if item.cycle == 1] == [("recurring/seat/q3/1", 52500)]


def test_c09_work_over_the_edge_belongs_to_the_cycle_of_its_start_or_is_split() -> None:
    end_of_april = work("a", at(date(2026, 4, 30), 22 * 3600 + 30 * 60), 60)  # 23:30 to 00:30 in Lisbon
    of = ruleset(replace(only_time(hourly("120")), by_calendar=True))
    known = facts(contract(date(2026, 4, 1)), (end_of_april,))
    assert {item.cycle: item.amount for item in settled(of, known, through=2).items} == {0: 12000}
    split = settled(replace(of, split_at_cycle_edge=True), known, through=2)
    assert {item.cycle: item.amount for item in split.items} == {0: 6000, 1: 6000}


def test_work_split_at_the_edge_is_rounded_once_at_its_end() -> None:
    end_of_april = work("a", at(date(2026, 4, 30), 22 * 3600 + 30 * 60), 50)
    rules = replace(
        bound(ruleset(replace(only_time(), by_calendar=True)), round_up_to=minutes(60)),
        split_at_cycle_edge=True,
    )
    result = settled(rules, facts(contract(date(2026, 4, 1)), (end_of_april,)), through=2)
    assert [(item.cycle, item.minutes, item.rounded) for item in result.items] == [(0, 30, 30), (1, 20, 30)]


@pytest.mark.parametrize(("second", "length", "parts"), [(30, 3600, [29, 31]), (0, 3601, [30, 31]), (30, 1770, [30])])
def test_split_at_the_edge_no_minute_is_counted_twice(second: int, length: int, parts: list[int]) -> None:
    over = replace(work("a", at(date(2026, 4, 30), 22 * 3600 + 30 * 60 + second), 1), seconds=length)
    rules = replace(ruleset(replace(only_time(), by_calendar=True)), split_at_cycle_edge=True)
    result = settled(rules, facts(contract(date(2026, 4, 1)), (over,)), through=2)
    assert [item.minutes for item in result.items] == parts


def test_work_that_is_too_long_waits_once_however_it_lies() -> None:
    over = work("a", at(date(2026, 4, 30), 22 * 3600), 25 * 60)
    rules = replace(ruleset(replace(only_time(), by_calendar=True)), split_at_cycle_edge=True)
    result = settled(rules, facts(contract(date(2026, 4, 1)), (over,)), through=2)
    assert ([held.reason for held in result.held], result.items) == ([Reason.TOO_LONG], ())


def test_work_older_than_the_late_window_waits_unless_it_was_billed() -> None:
    entries = tuple(work(name, at(date(2026, 3, 10)), 60) for name in ("old", "billed"))
    known = replace(facts(contract(MARCH), entries), known_work=frozenset({"billed"}))
    result = settled(ruleset(only_time()), known, through=5)
    assert [(held.subject, held.reason) for held in result.held] == [("old", Reason.TOO_LATE)]
    within = settled(ruleset(only_time()), known, through=4)
    assert within.held == ()


def test_locked_prices_stay_those_of_the_contracts_first_day() -> None:
    old, new = ruleset(plan(fee="1000"), version="1"), ruleset(plan(fee="2000"), version="2")
    activations = timeline(old, new).activations
    later = replace(activations[1], period=replace(activations[1].period, start=date(2026, 4, 1)))
    of = replace(timeline(old), activations=(activations[0], later))
    loose = contract(MARCH)
    locked = replace(loose, terms=(replace(loose.terms[0], lock_prices=True),))
    for one, expected in ((loose, [100000, 200000]), (locked, [100000, 100000])):
        result = settle(Opening(0), facts(one), of, through=1)
        assert [item.amount for item in result.items if item.kind is LineKind.FEE] == expected


def test_b06_a_constants_override_and_a_multiplier() -> None:
    of = ruleset(only_time(BILL_RATE))
    overridden = Operation("*", Prices(Unit.HOURLY, (("EUR", Fraction(110)),)), number("1.5"))
    rules = bound(of, rate=overridden)
    result = settled(rules, facts(contract(MARCH), (work("a", at(date(2026, 3, 10)), 75),)))
    assert amounts(result) == {"work/a/operational": 20625}


def test_the_hook_calendar_goes_before_the_sites_and_an_unknown_one_holds_the_work() -> None:
    always_open = replace(OFFICE, name="always", label="always", rows=(replace(OFFICE.rows[-1], band="operational"),))
    of = ruleset(only_time(BILL_RATE))
    both = replace(of, calendars={"office": OFFICE, "always": always_open})
    night = replace(work("a", at(date(2026, 3, 10), 22 * 3600), 60), calendar="office")
    assert settled(both, facts(contract(MARCH), (night,))).items[0].band == "non-operational"
    named = bound(both, calendar=word("always"))
    assert settled(named, facts(contract(MARCH), (night,))).items[0].band == "operational"
    unknown = bound(both, calendar=word("moon"))
    assert [held.reason for held in settled(unknown, facts(contract(MARCH), (night,))).held] == [Reason.NO_CALENDAR]


def test_a_row_is_valid_on_the_day_the_work_starts() -> None:
    day = Input("day", "day", Level.CONTRACT, InputType.DATE)
    until = Condition(spans=(Span(None, date(2026, 3, 16)),))
    rows = (
        Row("old", (until,), ((hourly("100"),),), catch_all=False, origin=HERE),
        Row("new", (ANY,), ((hourly("200"),),), catch_all=True, origin=HERE),
    )
    table = Table("dated", "Dated", Hit.FIRST, ("day",), (Outcome("rate", "rate", Unit.HOURLY),), rows)
    of = ruleset(only_time(BILL_RATE))
    rules = bound(
        replace(of, tables={"dated": table}, inputs={**of.inputs, "day": day}), rate=OutcomeName("dated", "rate")
    )
    entries = (work("a", at(date(2026, 3, 15)), 60), work("b", at(date(2026, 3, 16)), 60))
    assert list(amounts(settled(rules, facts(contract(MARCH), entries))).values()) == [10000, 20000]


def test_work_that_differs_in_an_input_that_only_columns_look_at_is_priced_apart() -> None:
    tier = Input("tier", "tier", Level.REQUEST, InputType.CHOICE, ("gold", "silver"))
    row = Row("R", (ANY,), ((hourly("100"), hourly("200")),), catch_all=True, origin=HERE)
    table = Table(
        "t", "T", Hit.FIRST, ("priority",), (Outcome("rate", "rate", Unit.HOURLY),), (row,),
        across="tier", across_values=("gold",), across_otherwise=True,
    )  # fmt: skip
    of = ruleset(only_time(BILL_RATE))
    rules = bound(replace(of, tables={"t": table}, inputs={**of.inputs, "tier": tier}), rate=OutcomeName("t", "rate"))
    entries = tuple(
        replace(work(name, at(date(2026, 3, 10)), 60), inputs={"priority": "low", **({"tier": name} if name else {})})
        for name in ("gold", "silver", "")
    )
    result = settled(rules, facts(contract(MARCH), entries))
    assert sorted(amounts(result).values()) == [10000, 20000]
    assert [held.reason for held in result.held] == [Reason.MISSING_VALUE]


@pytest.mark.parametrize("hook", ["rate", "burn", "minimum", "per_worklog", "travel", "per_request"])
def test_what_comes_out_below_zero_waits(hook: str) -> None:
    units = {"burn": number("-1"), "minimum": minutes(-5)}
    price = hourly("-50") if hook == "rate" else eur(Unit.MONEY, "-5")
    rules = bound(ruleset(only_time(BILL_RATE)), **{hook: units.get(hook, price)})
    result = settled(rules, facts(contract(MARCH), (work("a", at(date(2026, 3, 10)), 60),)))
    assert [held.reason for held in result.held] == [Reason.NEGATIVE]
    assert result.items == ()


def test_a_fee_below_zero_stops_the_contract() -> None:
    result = settled(ruleset(plan(fee="-5")), facts(contract(MARCH)))
    assert result.stopped is not None
    assert result.stopped.reason is Reason.NEGATIVE


@pytest.mark.parametrize(
    "of",
    [
        plan(fee=None, carry=None, beyond=hourly("130")),
        plan(fee=None, carry=None, beyond=None),
        plan(fee=None, allowance=None, carry=None, measure=Measure.FIXED, beyond=None),
        by_requests(fee=NOTHING),
    ],
    ids=["priced beyond", "hold", "fixed", "requests"],
)
def test_time_that_the_plan_does_not_cover_costs_the_rate_in_every_measure(of: Plan) -> None:
    rules = bound(ruleset(of), covered=Literal(Unit.YES_NO, value=False))
    result = settled(rules, facts(contract(MARCH), (work("a", at(date(2026, 3, 10)), 60),)))
    assert [(i.amount, i.covered, i.overage) for i in result.items if i.kind is LineKind.LABOUR] == [(10000, 0, 60)]
    assert result.held == ()
    assert result.closings[0].overage == 0
    [line] = [i for i in result.items if i.kind is LineKind.LABOUR]
    assert [hook for hook, _ in line.rows] == ["rate"]


@pytest.mark.parametrize(
    ("plans", "granted", "drawn"), [(("flat", "care"), 30967, 6000), (("care", "flat"), 29032, 12000)]
)
def test_the_days_of_a_fixed_plan_are_covered_by_it_and_the_others_by_their_share(
    plans: tuple[str, str], granted: int, drawn: int
) -> None:
    care = plan(fee=None, carry=None, beyond=None)
    flat = replace(plan(fee=None, allowance=None, carry=None, beyond=None, measure=Measure.FIXED), name="flat")
    terms = (Terms(1, MARCH, plans[0]), Terms(2, date(2026, 3, 16), plans[1]))
    entries = (work("a", at(date(2026, 3, 10)), 120), work("b", at(date(2026, 3, 20)), 60))
    rules = replace(ruleset(care), plans={"care": care, "flat": flat})
    result = settled(rules, facts(replace(contract(MARCH), terms=terms), entries))
    assert [(item.covered, item.overage) for item in result.items] == [(120, 0), (60, 0)]
    assert (result.held, result.closings[0].granted, result.closings[0].drawn) == ((), granted, drawn)


def test_an_item_that_is_counted_but_not_sold_stops_the_contract() -> None:
    known = replace(facts(contract(date(2026, 8, 1))), quantities=CHANGES)
    result = settled(ruleset(only_time()), known)
    assert result.stopped is not None
    assert result.stopped.reason is Reason.NO_ITEM


def test_a_commitment_holds_after_the_contracts_discount() -> None:
    committed = ruleset(replace(only_time(hourly("100")), at_least=eur(Unit.MONEY, "300")))
    of = contract(MARCH, discounts=(Discount(Fraction(1, 10)),))
    result = settled(committed, facts(of, hours("a", date(2026, 3, 10), 2)))
    assert sum(item.net for item in result.items) == 30000
