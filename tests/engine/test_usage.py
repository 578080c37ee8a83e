"""What plans and hooks can say beyond the plain case, on rulesets built by hand."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from engine.facts import Extra, Facts, TopUp, Work
from engine.formulas import Formula, HookName, InputName, Literal, Operation, OutcomeName, Unit
from engine.hooks import Level
from engine.issuing import closing_json
from engine.items import Bucket, BucketKind, Opening, Reason, Settlement
from engine.model import (
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
    Row,
    Ruleset,
    Table,
)
from engine.periods import Every
from engine.rounding import rounded_minutes
from engine.settlement import settle
from tests.engine.rulesets import (
    AN_HOUR,
    BY_TIERS,
    EXTRA,
    HERE,
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
from tests.engine.test_settlement import at, hours

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
