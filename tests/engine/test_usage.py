"""What plans and hooks can say beyond the plain case, on rulesets built by hand."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from engine.facts import Contract, Discount, Extra, Facts, Quantity, Terms, TopUp, Work
from engine.formulas import NOTHING, Formula, HookName, InputName, Literal, Operation, OutcomeName, Prices, Unit
from engine.hooks import Level
from engine.issuing import closing_json
from engine.items import Bucket, BucketKind, Opening, Reason, Settlement
from engine.model import (
    ANY,
    Binding,
    Condition,
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
    Ruleset,
    Span,
    Table,
)
from engine.periods import Every
from engine.rounding import rounded_minutes
from engine.settlement import owed, settle
from tests.engine.rulesets import (
    AN_HOUR,
    BILL_RATE,
    BY_TIERS,
    EXTRA,
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
    with_tiers,
    work,
)
from tests.engine.test_settlement import at, billed, hours

MARCH = date(2026, 3, 1)


def only_time(beyond: Formula = AN_HOUR) -> Plan:
    """A plan with no fee and no allowance."""
    return plan(fee=None, allowance=None, carry=None, beyond=beyond)


def bound(of: Ruleset, **formulas: object) -> Ruleset:
    """The ruleset with hooks bound; underscores in their names are blanks."""
    names = {name.replace("_", " "): formula for name, formula in formulas.items()}
    hooks = {name: Binding(name, formula, HERE) for name, formula in names.items()}  # type: ignore[arg-type]  # any field, by name
    return replace(of, pricing={**of.pricing, **hooks})


def number(text: str) -> Literal:
    return Literal(Unit.NUMBER, Fraction(text))


def word(text: str) -> Literal:
    return Literal(Unit.TEXT, text)


def settled(of: Ruleset, known: Facts, *, through: int = 1) -> Settlement:
    return settle(Opening(0), known, timeline(of), through=through)


def amounts(of: Settlement, *kinds: LineKind) -> dict[str, int]:
    return {item.key: item.amount for item in of.items if not kinds or item.kind in kinds}


def on_request(name: str, length: int, *, hour: int = 9, day: date = date(2026, 3, 10), request: str = "R1") -> Work:
    return replace(work(name, at(day, hour * 3600), length), request=request)


# Time rounding


@pytest.mark.parametrize(("real", "billed_for"), [(35, 30), (40, 30), (41, 60), (5, 30), (30, 30), (70, 60), (71, 90)])
def test_r02_30_minute_blocks_with_a_10_minute_grace(real: int, billed_for: int) -> None:
    assert rounded_minutes(real, minimum=30, step=30, grace=10) == billed_for


def test_grace_never_forgives_the_first_step() -> None:
    assert rounded_minutes(5, minimum=0, step=30, grace=10) == 30


@pytest.mark.parametrize(("scope", "total"), [("worklog", 180), ("request", 120), ("day", 120)])
def test_r04_aggregation_scope_per_worklog_or_per_request(scope: str, total: int) -> None:
    rules = bound(
        ruleset(only_time(hourly("100"))),
        minimum=minutes(60), round_up_to=minutes(60), scope=word(scope),
    )  # fmt: skip
    entries = tuple(on_request(f"w{n}", length, hour=9 + n) for n, length in enumerate((45, 45, 5)))
    result = settled(rules, facts(contract(MARCH), entries))
    assert sum(item.rounded for item in result.items) == total
    assert sum(item.amount for item in result.items) == total * 10000 // 60
    if scope != "worklog":
        assert [item.rounded for item in result.items] == [45, 45, 30]


def test_the_work_of_another_day_is_a_group_of_its_own() -> None:
    rules = bound(ruleset(only_time()), round_up_to=minutes(60), scope=word("day"))
    entries = (on_request("a", 30), on_request("b", 30, day=date(2026, 3, 11)))
    assert [item.rounded for item in settled(rules, facts(contract(MARCH), entries)).items] == [60, 60]


def test_scope_segment_rounds_each_band_by_itself() -> None:
    rules = bound(ruleset(only_time()), round_up_to=minutes(60), scope=word("segment"))
    across_six = (on_request("a", 90, hour=17),)
    assert [(i.band, i.rounded) for i in settled(rules, facts(contract(MARCH), across_six)).items] == [
        ("operational", 60), ("non-operational", 60),
    ]  # fmt: skip


def test_what_a_grace_takes_away_comes_off_the_end() -> None:
    rules = bound(ruleset(only_time()), round_up_to=minutes(30), grace=minutes(10))
    across_six = (on_request("a", 35, hour=17, day=date(2026, 3, 10)),)
    shifted = replace(across_six[0], start=across_six[0].start + 28 * 60)
    assert [(i.band, i.minutes, i.rounded) for i in settled(rules, facts(contract(MARCH), (shifted,))).items] == [
        ("operational", 32, 30), ("non-operational", 3, 0),
    ]  # fmt: skip


# Rates and charges


def test_b05_travel_and_other_charges_beside_the_time() -> None:
    distance = Input("distance", "distance", Level.WORKLOG, InputType.NUMBER, may_be_missing=True)
    of = ruleset(only_time(hourly("120")))
    rules = bound(
        replace(of, inputs={**of.inputs, "distance": distance}),
        travel=Operation("*", InputName("distance"), eur(Unit.MONEY, "0.36")),
    )
    one = replace(
        work("a", at(date(2026, 3, 10)), 60),
        inputs={"priority": "low", "distance": Fraction(42)},
        extras=(Extra("1", "Parts", Fraction(35)), Extra("2", "Gift", Fraction(9), billable=False)),
    )
    result = settled(rules, facts(contract(MARCH), (one,)))
    assert amounts(result) == {"work/a/operational": 12000, "travel/a": 1512, "extra/a/1": 3500}
    unbilled = settled(rules, facts(contract(MARCH), (replace(one, billable=False),)))
    assert sum(amounts(unbilled).values()) == 5012


def called_out(hit: Hit, priority: str) -> Settlement:
    """One worklog on a request of low priority, where a call-out at `priority` costs 45 and another 80."""
    rows = tuple(
        Row(name, (Condition(values=frozenset({priority})),), ((eur(Unit.MONEY, price),),), False, HERE)
        for name, price in (("X1", "45"), ("X2", "80"))
    )
    table = Table("call-out", "Call-out", hit, ("priority",), (Outcome("fee", "fee", Unit.MONEY),), rows)
    of = ruleset(only_time())
    rules = bound(replace(of, tables={**of.tables, "call-out": table}), per_worklog=OutcomeName("call-out", "fee"))
    return settled(rules, facts(contract(MARCH), (work("a", at(date(2026, 3, 10)), 60),)))


def test_a_list_of_surcharges_makes_a_line_each() -> None:
    billed = called_out(Hit.LIST, "low")
    assert amounts(billed, LineKind.SURCHARGE) == {"surcharge/a/X1": 4500, "surcharge/a/X2": 8000}


def test_a_sum_of_surcharges_makes_a_line_only_where_a_row_adds_to_it() -> None:
    assert amounts(called_out(Hit.SUM, "low"), LineKind.SURCHARGE) == {"surcharge/a": 12500}
    assert amounts(called_out(Hit.SUM, "high"), LineKind.SURCHARGE) == {}


def test_a_request_is_charged_once_with_its_first_work_also_over_cycles() -> None:
    rules = bound(ruleset(only_time()), per_request=eur(Unit.MONEY, "30"))
    entries = (on_request("b", 60, hour=12), on_request("a", 60), on_request("c", 60, day=date(2026, 4, 10)))
    known = facts(contract(MARCH), entries)
    result = settled(rules, known, through=2)
    assert amounts(result, LineKind.REQUEST) == {"request/R1/per request": 3000}
    april = settle(Opening(1, charged_requests=frozenset({"R1"})), known, timeline(rules), through=2)
    assert amounts(april, LineKind.REQUEST) == {}


# Allowances


def by_requests(**terms: object) -> Plan:
    five = Literal(Unit.REQUESTS, Fraction(5))
    of = plan(measure=Measure.REQUESTS, mode=Mode.POSTPAID, beyond=eur(Unit.PER_REQUEST, "40"), fee="150", carry=None)
    return replace(of, allowance=five, **terms)  # type: ignore[arg-type]  # any field, by name


def seven_requests() -> tuple[Work, ...]:
    return tuple(on_request(f"w{n}", 60, hour=8, day=date(2026, 3, 2 + n), request=f"R{n}") for n in range(7))


def test_b03_plan_type_per_request_with_allowance() -> None:
    entries = (*seven_requests(), on_request("again", 30, hour=11, day=date(2026, 3, 3), request="R1"))
    result = settled(ruleset(by_requests()), facts(contract(MARCH), entries))
    assert sum(amounts(result).values()) == 23000
    assert (result.closings[0].drawn, result.closings[0].overage, result.closings[0].left) == (5, 2, 0)
    assert closing_json(result.closings[0])["drawn"] == "5"
    assert sum(amounts(result, LineKind.LABOUR).values()) == 0
    assert sum(item.covered for item in result.items if item.kind is LineKind.LABOUR) == 450


def test_requests_beyond_the_allowance_wait_where_the_plan_holds() -> None:
    result = settled(ruleset(by_requests(beyond=None)), facts(contract(MARCH), seven_requests()))
    assert [(held.subject, held.reason) for held in result.held] == [
        ("w5", Reason.ALLOWANCE_USED_UP), ("w6", Reason.ALLOWANCE_USED_UP),
    ]  # fmt: skip
    assert not [item for item in result.items if item.work in ("w5", "w6")]


def test_a_released_request_costs_the_rate_of_its_time_and_the_others_wait_on() -> None:
    entries = (*seven_requests(), on_request("more", 30, hour=11, day=date(2026, 3, 8), request="R5"))
    known = replace(facts(contract(MARCH), entries), released=frozenset({"w5", "more"}))
    result = settled(ruleset(by_requests(beyond=None)), known)
    assert {key: amount for key, amount in amounts(result, LineKind.LABOUR).items() if amount} == {
        "work/w5/weekend": 15000, "work/more/weekend": 7500,
    }  # fmt: skip
    assert [held.subject for held in result.held] == ["w6"]
    assert (result.closings[0].drawn, result.closings[0].overage) == (5, 1)


def test_a_request_of_which_nothing_is_for_the_allowance_does_not_count() -> None:
    rules = bound(ruleset(by_requests()), covered=Literal(Unit.YES_NO, value=False))
    result = settled(rules, facts(contract(MARCH), seven_requests()[:2]))
    assert amounts(result, LineKind.REQUEST) == {}
    assert (result.closings[0].drawn, sum(amounts(result, LineKind.LABOUR).values())) == (0, 30000)


def test_burn_uses_more_of_the_allowance_and_the_rest_stays() -> None:
    rules = bound(ruleset(plan(fee=None, allowance=100, carry=None)), burn=number("1.5"))
    result = settled(rules, facts(contract(MARCH), (work("a", at(date(2026, 3, 10)), 120),)))
    assert [(item.covered, item.overage) for item in result.items] == [(66, 54)]
    assert (result.closings[0].drawn, result.closings[0].left) == (9900, 100)


def test_burn_named_in_beyond_weighs_the_overage_too() -> None:
    weighted = Operation("*", hourly("100"), HookName("burn"))
    rules = bound(ruleset(only_time(weighted)), burn=number("1.5"))
    result = settled(rules, facts(contract(MARCH), (work("a", at(date(2026, 3, 10)), 60),)))
    assert amounts(result) == {"work/a/operational": 15000}


def test_p09_draw_down_order_soonest_expiry_first_then_oldest_grant() -> None:
    rules = replace(ruleset(plan(fee=None)), top_ups={"extra 5": replace(EXTRA, lasts=3)})
    carried_in = Bucket(BucketKind.CARRIED, "0", 0, 1, 12000)
    known = facts(contract(MARCH), hours("a", date(2026, 4, 10), 14), (TopUp("T", "extra 5", at(date(2026, 4, 2))),))
    less = replace(known, work=(*known.work[:-1], replace(known.work[-1], seconds=known.work[-1].seconds - 40 * 60)))
    result = settle(Opening(1, (carried_in,)), less, timeline(rules), through=2)
    assert result.closings[0].drawn == 80000
    assert [(b.kind, b.left, b.last_cycle) for b in result.closings[0].buckets] == [(BucketKind.TOP_UP, 22000, 3)]


def test_carried_allowance_lives_as_long_as_the_plan_says_and_no_longer() -> None:
    rules = ruleset(replace(plan(fee=None, allowance=60, carry=None), carry_all=True, carry_for=2))
    result = settled(rules, facts(contract(MARCH)), through=4)
    assert [closing.carried_in // 100 for closing in result.closings] == [0, 60, 120, 120]


def test_nothing_is_carried_past_the_end_of_the_contract() -> None:
    result = settled(ruleset(plan(fee=None)), facts(contract(MARCH, end=date(2026, 5, 1))), through=2)
    assert [closing.carried_out // 100 for closing in result.closings] == [240, 0]


def test_allowances_shared_over_a_quarter_are_one_pot_from_its_first_day() -> None:
    rules = ruleset(replace(plan(fee=None, carry=None), shared_over=Every.QUARTER))
    result = settled(rules, facts(contract(MARCH), hours("a", date(2026, 3, 10), 25)), through=4)
    assert [(c.granted // 6000, c.drawn // 6000, c.overage) for c in result.closings] == [
        (30, 25, 0), (0, 0, 0), (0, 0, 0), (30, 0, 0),
    ]  # fmt: skip


def test_an_allowance_for_the_contract_is_spread_evenly_and_no_unit_is_lost() -> None:
    rules = ruleset(replace(plan(fee=None, allowance=100, carry=None), spread=True))
    result = settled(rules, facts(contract(MARCH, end=date(2026, 6, 1))), through=3)
    assert [closing.granted for closing in result.closings] == [3333, 3333, 3334]


@pytest.mark.parametrize(
    ("hit", "count", "lines"),
    [
        (Hit.GRADUATED, 12, {"tier/0/T1": 120000, "tier/0/T2": 18000}),
        (Hit.GRADUATED, 10, {"tier/0/T1": 120000}),
        (Hit.VOLUME, 12, {"tier/0/T2": 108000}),
        (Hit.VOLUME, 10, {"tier/0/T1": 120000}),
    ],
)
def test_tiers_price_what_is_beyond_by_its_total_and_include_their_end(
    hit: Hit, count: int, lines: dict[str, int]
) -> None:
    rules = with_tiers(ruleset(only_time(BY_TIERS)), hit)
    result = settled(rules, facts(contract(MARCH), hours("a", date(2026, 3, 10), count)))
    assert {key: amount for key, amount in amounts(result).items() if amount} == lines
    assert result.closings[0].overage == count * 60


@pytest.mark.parametrize(("count", "key", "amount"), [(2, "commit/0", 24000), (8, "cap/0", -24000), (5, "", 0)])
def test_a_commitment_is_made_up_and_a_cap_takes_off(count: int, key: str, amount: int) -> None:
    limits = {"at_least": eur(Unit.MONEY, "500"), "at_most": eur(Unit.MONEY, "800")}
    rules = ruleset(replace(only_time(), **limits))  # type: ignore[arg-type]  # any field, by name
    result = settled(rules, facts(contract(MARCH), hours("a", date(2026, 3, 10), count)))
    assert amounts(result, LineKind.COMMITMENT) == ({key: amount} if key else {})


# Contracts over time


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
    assert [item.amount for item in settled(peak, known).items if item.cycle == 0] == [56250]


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
