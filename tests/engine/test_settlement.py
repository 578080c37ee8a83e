from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UnorderedBoundaryError
from engine.facts import AllowanceOpens, Facts, Terms, TopUp, Work
from engine.items import Billed, BucketKind, Item, Opening, Reason, Settlement
from engine.model import LineKind, Measure, Mode, Plan
from engine.periods import Cycles, Every
from engine.settlement import first_billed, owed, settle
from engine.timeline import Timeline
from tests.engine.rulesets import (
    BILL_RATE,
    BY_TIERS,
    contract,
    facts,
    hourly,
    plan,
    ruleset,
    timeline,
    with_tiers,
    work,
)

START = date(2026, 3, 1)
NOON = 12 * 3600


def at(day: date, seconds: int = NOON) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) + seconds


def hours(name: str, day: date, count: int) -> tuple[Work, ...]:
    """Work of `count` hours on weekdays from `day` on, at most six hours each, at noon."""
    pieces: list[Work] = []
    left = count
    while left:
        length = min(left, 6)
        pieces.append(work(f"{name}-{left}", at(day, 9 * 3600 + 3600 * (len(pieces) % 2)), length * 60))
        left -= length
    return tuple(pieces)


def charges(settlement: Settlement, cycle: int) -> int:
    return sum(item.amount for item in settlement.items if item.cycle == cycle)


def settled(of: Facts, *plans: Plan, through: int) -> Settlement:
    return settle(Opening(0), of, timeline(*(ruleset(p, version=str(n)) for n, p in enumerate(plans))), through=through)


def billed(items: tuple[Item, ...]) -> dict[str, Billed]:
    return {item.key: Billed(item) for item in items}


def test_p01_prepaid_10_h_roll_over_cap_4_h_top_up_in_cycle_2_overage() -> None:
    used = (*hours("a", date(2026, 3, 10), 4), *hours("b", date(2026, 4, 10), 21), *hours("c", date(2026, 5, 11), 12))
    top_up = TopUp("T1", "extra 5", at(date(2026, 4, 5)))
    result = settled(facts(contract(START), used, (top_up,)), plan(), through=3)
    shown = [
        [c.carried_in, c.carried_in + c.granted + c.topped_up, c.drawn, c.left, c.carried_out] for c in result.closings
    ]
    assert shown == [
        [0, 60000, 24000, 36000, 24000],
        [24000, 114000, 114000, 0, 0],
        [0, 60000, 60000, 0, 0],
    ]
    assert [closing.overage for closing in result.closings] == [0, 120, 120]
    assert [charges(result, n) for n in range(3)] == [100000, 171000, 126000]


def test_p02_unused_top_up_is_carried_by_the_plans_carry_forward() -> None:
    used = (*hours("a", date(2026, 3, 10), 4), *hours("b", date(2026, 4, 10), 16), *hours("c", date(2026, 5, 11), 12))
    top_up = TopUp("T1", "extra 5", at(date(2026, 4, 5)))
    result = settled(facts(contract(START), used, (top_up,)), plan(), through=3)
    assert [closing.carried_out for closing in result.closings] == [24000, 18000, 6000]
    assert [charges(result, n) for n in range(3)] == [100000, 145000, 100000]


def test_a_prepaid_fee_is_due_at_the_cycles_start_and_a_postpaid_one_at_its_end() -> None:
    prepaid = settled(facts(contract(START)), plan(), through=1)
    postpaid = settled(facts(contract(START)), plan(mode=Mode.POSTPAID), through=1)
    assert [(item.cycle, item.due) for item in prepaid.items] == [(0, 0), (1, 1)]
    assert [(item.cycle, item.due) for item in postpaid.items] == [(0, 1)]


def test_c04_a_cycle_that_is_not_whole_has_its_share_of_fee_and_allowance() -> None:
    by_month = replace(plan(fee="1250", carry=None), by_calendar=True)
    result = settled(facts(contract(date(2026, 4, 12))), by_month, through=1)
    assert result.items[0].amount == 79167
    assert result.closings[0].granted == 38000


def test_a_plan_that_holds_charges_what_is_covered_and_names_the_rest() -> None:
    used = hours("a", date(2026, 3, 10), 12)
    result = settled(facts(contract(START), used), plan(beyond=None, fee=None, carry=None), through=1)
    assert charges(result, 0) == 0
    assert sum(item.covered for item in result.items) == 600
    assert [(held.reason, held.detail["minutes"]) for held in result.held] == [(Reason.ALLOWANCE_USED_UP, "120")]


def test_a_top_up_does_not_reach_back_to_work_that_was_held() -> None:
    used = (*hours("a", date(2026, 3, 10), 12), *hours("b", date(2026, 3, 20), 1))
    top_up = TopUp("T1", "extra 5", at(date(2026, 3, 15)))
    result = settled(facts(contract(START), used, (top_up,)), plan(beyond=None, fee=None, carry=None), through=1)
    assert [held.detail["minutes"] for held in result.held] == ["120"]
    assert result.closings[0].left == 24000


def test_a_fixed_plan_covers_all_time() -> None:
    result = settled(
        facts(contract(START), hours("a", date(2026, 3, 10), 40)),
        plan(measure=Measure.FIXED, allowance=None, beyond=None),
        through=1,
    )
    assert charges(result, 0) == 100000
    assert sum(item.covered for item in result.items) == 2400


def test_work_without_a_known_priority_waits_and_stops_nothing_else() -> None:
    used = (work("a", at(date(2026, 3, 10)), 60, priority=None), work("b", at(date(2026, 3, 10)), 60, priority="odd"))
    result = settled(facts(contract(START), (*used, work("c", at(date(2026, 3, 11)), 60))), plan(), through=1)
    assert [(held.subject, held.reason) for held in result.held] == [
        ("a", Reason.MISSING_VALUE),
        ("b", Reason.UNKNOWN_VALUE),
    ]
    assert [item.work for item in result.items if item.kind is LineKind.LABOUR] == ["c"]


@pytest.mark.parametrize(
    ("length", "reason"), [(0, Reason.NO_TIME), (-5, Reason.NO_TIME), (24 * 60 + 1, Reason.TOO_LONG)]
)
def test_impossible_times_wait(length: int, reason: Reason) -> None:
    result = settled(facts(contract(START), (work("a", at(date(2026, 3, 10)), length),)), plan(), through=1)
    assert [held.reason for held in result.held] == [reason]


def test_nothing_is_billed_before_bill_from() -> None:
    of = contract(date(2026, 1, 15), bill_from=date(2026, 3, 1))
    cycles = Cycles(Every.MONTH, of.start)
    assert first_billed(of, cycles) == 2  # the cycle from 15 March on
    early = work("a", at(date(2026, 3, 10)), 60)
    result = settle(Opening(2), facts(of, (early,)), timeline(ruleset(plan())), through=3)
    assert [held.reason for held in result.held] == [Reason.BEFORE_BILL_FROM]
    assert {item.cycle for item in result.items} == {2, 3}


def test_a_contract_whose_plan_is_unknown_is_stopped_as_a_whole() -> None:
    other = replace(plan(), name="another")
    result = settled(facts(contract(START)), other, through=1)
    assert result.stopped is not None
    assert result.stopped.reason is Reason.NO_PLAN
    assert result.items == ()


def test_settling_backwards_is_a_programmers_mistake() -> None:
    with pytest.raises(UnorderedBoundaryError):
        settle(Opening(2), facts(contract(START)), timeline(ruleset(plan())), through=1)


def test_l02_late_work_that_empties_a_carry_over_already_used() -> None:
    march, april = hours("m", date(2026, 3, 10), 9), hours("a", date(2026, 4, 10), 11)
    of, rules = contract(START), timeline(ruleset(plan(fee=None)))
    before = settle(Opening(0), facts(of, (*march, *april)), rules, through=2)
    assert [charges(before, n) for n in (0, 1)] == [0, 0]
    late = work("late", at(date(2026, 3, 30), 9 * 3600), 120)
    after = settle(Opening(0), facts(of, (*march, *april, late)), rules, through=3)
    deltas = owed(after.items, billed(before.items))
    assert [sum(d.amount for d in deltas if d.item.cycle == n) for n in (0, 1)] == [13000, 13000]


def test_l03_work_corrected_downwards_gives_back_the_difference() -> None:
    of, rules = contract(START), timeline(ruleset(plan(fee=None, allowance=None, carry=None, beyond=hourly("110"))))
    issued = settle(Opening(0), facts(of, (work("a", at(START), 180),)), rules, through=1)
    corrected = settle(Opening(0), facts(of, (work("a", at(START), 90, revision=2),)), rules, through=2)
    assert [delta.amount for delta in owed(corrected.items, billed(issued.items))] == [-16500]


def test_work_that_is_gone_is_given_back_whole() -> None:
    of, rules = contract(START), timeline(ruleset(plan(fee=None, allowance=None, carry=None)))
    issued = settle(Opening(0), facts(of, (work("a", at(START), 60),)), rules, through=1)
    [delta] = owed((), billed(issued.items))
    assert (delta.amount, delta.item.rounded) == (-13000, 0)


# The laws of the money model (D1), over generated contracts and histories.

plans = st.builds(
    lambda spread, spreads_fee, **terms: replace(plan(**terms), spread=spread, spreads_fee=spreads_fee),
    spread=st.booleans(),
    spreads_fee=st.booleans(),
    fee=st.sampled_from([None, "1000", "333.33"]),
    allowance=st.sampled_from([None, 60, 601]),
    carry=st.sampled_from([None, 45, 240]),
    mode=st.sampled_from(Mode),
    beyond=st.sampled_from([None, hourly("130"), BILL_RATE, BY_TIERS]),
    every=st.sampled_from([Every.WEEK, Every.MONTH, Every.QUARTER]),
)
histories = st.lists(
    st.tuples(st.integers(0, 75 * 24 * 60), st.integers(1, 400), st.sampled_from(["low", "high"])), max_size=12
).map(
    lambda entries: tuple(
        work(f"w{n}", at(START, 0) + minute * 60, length, priority=priority)
        for n, (minute, length, priority) in enumerate(entries)
    )
)
top_ups = st.lists(st.integers(0, 75 * 24), max_size=3).map(
    lambda hours_: tuple(TopUp(f"t{n}", "extra 5", at(START, hour * 3600)) for n, hour in enumerate(hours_))
)
END = date(2026, 6, 1)


paid_days = (
    st.dictionaries(st.integers(0, 12), st.integers(-10, 100).map(lambda n: START + timedelta(days=n))) | st.none()
)
"""By cycle, the day on which its allowance was paid; None, where nobody asks."""


def known(history: tuple[Work, ...], bought: tuple[TopUp, ...], paid: dict[int, date] | None) -> Facts:
    """The facts of a contract whose allowance may open when it is paid."""
    of = contract(START, end=END)
    if paid is None:
        return facts(of, history, bought)
    terms = replace(of.terms[0], allowance_opens=AllowanceOpens.WHEN_PAID)
    return replace(facts(replace(of, terms=(terms,)), history, bought), paid=paid)


def rules_of(of: Plan) -> Timeline:
    """Its price beyond the allowance may be tiers; weekly cycles split work at their edge."""
    rules = replace(ruleset(of, rounds=True), split_at_cycle_edge=of.every is Every.WEEK)
    return timeline(with_tiers(rules))


def boundary_after(of: Plan) -> int:
    return (Cycles(of.every, START, END).last or 0) + 1


@given(plans, histories, top_ups, paid_days)
def test_a_second_run_owes_nothing(
    of: Plan, history: tuple[Work, ...], bought: tuple[TopUp, ...], paid: dict[int, date] | None
) -> None:
    result = settle(Opening(0), known(history, bought, paid), rules_of(of), through=boundary_after(of))
    assert owed(result.items, billed(result.items)) == ()


@given(plans, histories, top_ups, paid_days, st.randoms())
def test_the_order_of_arrival_is_irrelevant(
    of: Plan, history: tuple[Work, ...], bought: tuple[TopUp, ...], paid: dict[int, date] | None, chance: Random
) -> None:
    shuffled = list(history)
    chance.shuffle(shuffled)
    one, other = (
        settle(
            Opening(0),
            known(tuple(entries), bought, paid),
            rules_of(of),
            through=boundary_after(of),
        )
        for entries in (history, shuffled)
    )
    assert one == other


@given(plans, histories, top_ups, paid_days, st.integers(0, 12))
def test_settling_from_a_stored_closing_equals_settling_from_the_start(
    of: Plan, history: tuple[Work, ...], bought: tuple[TopUp, ...], paid: dict[int, date] | None, cut: int
) -> None:
    last, of_contract = boundary_after(of), known(history, bought, paid)
    whole = settle(Opening(0), of_contract, rules_of(of), through=last)
    first = min(cut, len(whole.closings))
    buckets = whole.closings[first - 1].buckets if first else ()
    again = settle(Opening(first, buckets), of_contract, rules_of(of), through=last)
    assert again.closings == whole.closings[first:]
    assert again.items == tuple(item for item in whole.items if item.cycle >= first)


@given(plans, histories, top_ups, paid_days, st.sets(st.integers(0, 11)))
def test_boundary_by_boundary_with_late_work_and_payments_adds_up_to_all_at_once(
    of: Plan, history: tuple[Work, ...], bought: tuple[TopUp, ...], paid: dict[int, date] | None, late: set[int]
) -> None:
    last = boundary_after(of)
    at_first = {cycle: day for cycle, day in paid.items() if cycle not in late} if paid is not None else None
    in_time = tuple(entry for n, entry in enumerate(history) if n not in late)
    so_far: dict[str, Billed] = {}
    total = 0
    for boundary in range(last + 1):
        of_now = known(history, bought, paid) if boundary == last else known(in_time, bought, at_first)
        result = settle(Opening(0), of_now, rules_of(of), through=boundary)
        for delta in owed(result.items, so_far):
            total += delta.amount
            so_far[delta.item.key] = Billed(delta.item)
    at_once = settle(Opening(0), known(history, bought, paid), rules_of(of), through=last)
    assert total == sum(item.amount for item in at_once.items)


@given(plans, histories, top_ups, paid_days)
def test_no_minute_is_lost_or_made(
    of: Plan, history: tuple[Work, ...], bought: tuple[TopUp, ...], paid: dict[int, date] | None
) -> None:
    result = settle(Opening(0), known(history, bought, paid), rules_of(of), through=boundary_after(of))
    for entry in history:
        items = [item for item in result.items if item.work == entry.id]
        rounded = -(-entry.seconds // 60 // 15) * 15
        waiting = sum(int(held.detail["minutes"]) for held in result.held if held.subject == entry.id)
        assert sum(item.covered + item.overage for item in items) + waiting == rounded
        assert sum(item.minutes for item in items) == entry.seconds // 60 or waiting
    for closing in result.closings:
        assert closing.carried_in + closing.granted + closing.topped_up == closing.drawn + closing.left
        of_cycle = [one for item in result.items if item.cycle == closing.cycle for one in item.drawn]
        assert sum(one.units for one in of_cycle) == closing.drawn
        assert closing.carried_out <= closing.left
        assert all(bucket.left >= 0 for bucket in closing.buckets)


@given(plans, histories, top_ups, paid_days)
def test_nothing_is_drawn_of_an_allowance_before_it_is_paid(
    of: Plan, history: tuple[Work, ...], bought: tuple[TopUp, ...], paid: dict[int, date] | None
) -> None:
    result = settle(Opening(0), known(history, bought, paid), rules_of(of), through=boundary_after(of))
    for item in result.items:
        for one in item.drawn:
            if (
                paid is not None
                and of.mode is Mode.PREPAID
                and one.kind is not BucketKind.TOP_UP
                and one.source.isdigit()
            ):
                assert item.on is not None
                assert paid.get(int(one.source), date.max) <= item.on


@given(plans, st.dates(date(2026, 3, 2), date(2026, 5, 31)), st.sampled_from(["1000", "333.33"]))
def test_a_fee_for_the_contract_is_charged_to_the_cent_however_it_is_cut(of: Plan, day: date, fee: str) -> None:
    whole = replace(of, spreads_fee=True, fee=plan(fee=fee).fee)
    cut = contract(START, end=END)
    cut = replace(cut, terms=(*cut.terms, Terms(2, day, "care")))
    result = settle(Opening(0), facts(cut), rules_of(whole), through=boundary_after(whole))
    assert sum(item.amount for item in result.items if item.kind is LineKind.FEE) == Fraction(fee) * 100
