"""Settle a contract: every item and every closing of its cycles; then say what is owed (D1).

First billing, late work, corrections and dry runs are this one path. `settle` computes from an opening onwards,
`owed` subtracts what was billed before under the same keys. A second run owes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, tzinfo
from functools import cache

from engine.advance import in_advance
from engine.after_end import with_top_ups
from engine.allowances import in_order
from engine.calendars import local_day, midnight
from engine.errors import UnorderedBoundaryError
from engine.facts import Contract, Facts, TopUp, Work
from engine.items import Billed, Bucket, BucketKind, Closing, Delta, Held, Item, Opening, Reason, Settlement
from engine.model import NO_PLAN
from engine.periods import Cycles
from engine.pricing import Pricer
from engine.program import without_plan
from engine.recurring import missing_item
from engine.renewal import opens_next
from engine.terms import cycle_terms, terms_on
from engine.timeline import Timeline, pays_by
from engine.usage import Usage

SECONDS_A_MINUTE = 60


def settle(opening: Opening, facts: Facts, timeline: Timeline, *, through: int) -> Settlement:
    """Compute a contract from `opening` on.

    Args:
        opening: First cycle to compute, and the buckets carried into it.
        facts: Work and top-ups from that cycle's first day on, at least; any order, later ones are left out.
        timeline: The versions in force.
        through: A boundary's number: what is due there and before. Usage of the cycles before it, and the advance of
            the cycle that it opens.

    Raises:
        UnorderedBoundaryError: `through` lies before the opening.
    """
    if through < opening.cycle:
        raise UnorderedBoundaryError(opening.cycle, through)
    own = contract_cycles(facts.contract, timeline)
    if isinstance(own, Held):
        return Settlement((), (), (), own)
    zone = facts.zones[facts.contract.zone]
    cycles = with_top_ups(own, facts.contract, facts.top_ups, timeline, zone=zone)
    work, held = _by_cycle(facts, cycles, timeline, opening=opening.cycle, through=through)
    top_ups = _top_ups_by_cycle(facts, cycles)
    held += _early(facts, top_ups, before=opening.cycle if opening.cycle == first_billed(facts.contract, cycles) else 0)
    items: list[Item] = []
    closings: list[Closing] = []
    pricer = Pricer(facts, timeline)
    buckets, charged_requests = opening.buckets, set(opening.charged_requests)
    for n in range(opening.cycle, through + 1):
        if not cycles.cycle(n).days:
            break
        terms = cycle_terms(n, cycles, facts, timeline)
        is_over = cycles.last is not None and n > cycles.last  # then nothing recurs
        stopped = terms if isinstance(terms, Held) else None if is_over else missing_item(terms, facts)
        if isinstance(terms, Held) or stopped is not None:
            return Settlement((), (), (), stopped)
        if not is_over:
            items.extend(in_advance(terms, cycles, facts, through=through))
        if n < through:
            usage = Usage(terms, cycles, facts, timeline, buckets, charged_requests, pricer)
            usage.run(work.get(n, ()), top_ups.get(n, ()))
            items.extend(usage.items)
            held.extend(usage.held)
            closings.append(usage.closing())
            buckets = opens_next(closings[-1], facts.contract, cycles)
    return Settlement(tuple(items), tuple(closings), _each_once(held))


def settle_advance(first: int, facts: Facts, timeline: Timeline, *, through: int) -> Settlement:
    """Compute only what recurs in the cycles from `first` on and is due at boundary `through` or before.

    Fees and items are those of `settle`, to the key; the facts need no work, and no cycle is closed. So what an amendment
    changes of them can be billed by itself, and nothing is left of it for the settlement that comes after.
    """
    cycles = contract_cycles(facts.contract, timeline)
    if isinstance(cycles, Held):
        return Settlement((), (), (), cycles)
    items: list[Item] = []
    for n in range(first, through + 1):
        if not cycles.cycle(n).days:
            break
        terms = cycle_terms(n, cycles, facts, timeline)
        stopped = terms if isinstance(terms, Held) else missing_item(terms, facts)
        if isinstance(terms, Held) or stopped is not None:
            return Settlement((), (), (), stopped)
        items.extend(in_advance(terms, cycles, facts, through=through))
    return Settlement(tuple(items), (), ())


def contract_cycles(contract: Contract, timeline: Timeline) -> Cycles | Held:
    """The cycles of a contract: its plan's, as in force when it started (or when we began to bill it).

    Work without a contract has those of the first version that said so, by the calendar.
    """
    if contract.pays_as_it_goes:
        every = pays_by(timeline)
        if every is None:
            return Held("contract", contract.number, Reason.NO_PLAN, {"plan": NO_PLAN, "ruleset": "the ruleset"})
        return Cycles(every, contract.start, contract.end, by_calendar=True)
    day = max(contract.start, contract.bill_from)
    version = timeline.version(day)
    if version is None:
        return Held("contract", contract.number, Reason.NO_VERSION, {"day": day.isoformat()})
    name = contract.terms[0].plan
    named = version.ruleset.plans.get(name)
    plan = named.on(day) if named is not None else None
    if plan is None:
        return Held("contract", contract.number, *without_plan(version.ruleset, name, day))
    return Cycles(plan.every, contract.start, contract.end, plan.by_calendar)


def first_billed(contract: Contract, cycles: Cycles) -> int:
    """The first cycle that is ours to bill: the first whose start is not before `bill_from`."""
    return first_from(contract.bill_from, cycles)


def first_from(day: date, cycles: Cycles) -> int:
    """The first cycle that starts on `day` or later."""
    if day <= cycles.start:
        return 0
    n = cycles.number(day)
    return n if cycles.boundary(n) >= day else n + 1


def first_opening(contract: Contract, cycles: Cycles) -> Opening:
    """Where the billing of a contract begins: its first billed cycle, and what it brings over into it (D2.3, D5.3)."""
    first = first_billed(contract, cycles)
    brought_over = [
        Bucket(BucketKind.OPENING, one.id, first, cycles.number(one.expires), one.units)
        for one in contract.brought_over
    ]
    return Opening(first, in_order([*brought_over, *contract.handed_over]))


def owed(computed: Iterable[Item], billed: Mapping[str, Billed]) -> tuple[Delta, ...]:
    """What the computed items add to what was billed: one delta per key that is new, changed or gone.

    Args:
        computed: The items of the recomputed cycles.
        billed: By key, all that was billed in those cycles before.

    Returns:
        In order of cycle, then as computed; empty on a second run.
    """
    deltas: list[Delta] = []
    seen = set()
    for item in computed:
        seen.add(item.key)
        before = billed.get(item.key)
        if before is None:
            deltas.append(Delta(item, item.amount, item.discount))
        elif _operands(item) != _operands(before.item):
            change = item.amount - before.item.amount
            deltas.append(Delta(item, change, item.discount - before.item.discount, before))
    for key, before in billed.items():
        if key not in seen and _operands(before.item) != _operands(_emptied(before.item)):
            deltas.append(Delta(_emptied(before.item), -before.item.amount, -before.item.discount, before))
    return tuple(sorted(deltas, key=lambda delta: delta.item.cycle))


def _operands(item: Item) -> tuple[object, ...]:
    return item.amount, item.discount, item.minutes, item.rounded, item.covered, item.overage, item.rate, item.service


def _emptied(item: Item) -> Item:
    return item._replace(amount=0, discount=0, minutes=0, rounded=0, covered=0, overage=0, rate=None)


def _each_once(held: Iterable[Held]) -> tuple[Held, ...]:
    """What waits, once; both parts of work that is split may wait for one reason."""
    found: list[Held] = []
    seen: set[tuple[object, ...]] = set()
    for one in held:
        key = (one.kind, one.subject, one.reason, *one.detail.items())
        if key not in seen:
            seen.add(key)
            found.append(one)
    return tuple(found)


def _by_cycle(
    facts: Facts, cycles: Cycles, timeline: Timeline, *, opening: int, through: int
) -> tuple[Mapping[int, Sequence[Work]], list[Held]]:
    """Work by the cycle of its start, and work that comes too early or too late to be billed."""
    zone, contract = facts.zones[facts.contract.zone], facts.contract
    first = first_billed(contract, cycles)
    splits = timeline.splits_at_cycle_edge
    number = cache(cycles.number)
    found: defaultdict[int, list[Work]] = defaultdict(list)
    held = []
    for work in facts.work:
        day = local_day(work.start, zone)
        n = number(day)
        if n < first:
            if opening <= first:
                detail = {"bill from": contract.bill_from.isoformat(), "contract": contract.number}
                held.append(Held("work", work.id, Reason.BEFORE_BILL_FROM, detail))
            continue
        parts = _parts(work, n, cycles, zone, timeline) if splits else ((n, work),)
        if parts[-1][0] < opening:
            continue
        if _is_too_late(work, n, day, facts, through=through):
            held.append(Held("work", work.id, Reason.TOO_LATE, {"contract": contract.number, "day": day.isoformat()}))
            continue
        for cycle, part in parts:
            found[cycle].append(part)
    return found, held


def _is_too_late(work: Work, cycle: int, day: date, facts: Facts, *, through: int) -> bool:
    """Whether work that is seen for the first time lies more billed cycles back than the contract takes (D4.13)."""
    if facts.known_work is None or work.id in facts.known_work:
        return False
    window = terms_on(facts.contract, day).late_window
    return window is not None and cycle < through - 1 - window


def reaches(work: Work, opening: int, cycles: Cycles, zone: tzinfo, timeline: Timeline) -> bool:
    """Whether some of the work is billed in the cycle `opening` or later, whole or as the part behind an edge."""
    return _parts(work, cycles.number(local_day(work.start, zone)), cycles, zone, timeline)[-1][0] >= opening


def _parts(work: Work, cycle: int, cycles: Cycles, zone: tzinfo, timeline: Timeline) -> tuple[tuple[int, Work], ...]:
    """The work as a whole in the cycle of its start, or cut at the cycle's edge where the ruleset says so (D4.10).

    Each part is priced like work of its own cycle. No part is shorter than a minute, none lies behind the contract's
    end, and work of which only operational hours count stays whole.
    """
    whole = ((cycle, work),)
    boundary = cycles.boundary(cycle + 1)
    if boundary >= cycles.end or work.operational_only:
        return whole
    edge = midnight(boundary, zone)
    here, there = edge - work.start, work.start + work.seconds - edge
    if there <= 0 or here < SECONDS_A_MINUTE:
        return whole
    version = timeline.version(local_day(work.start, zone))
    if version is None or not version.ruleset.split_at_cycle_edge:
        return whole
    first = replace(work, seconds=here, after=there)
    return (cycle, first), (cycle + 1, replace(work, start=edge, seconds=there, before=here))


def _top_ups_by_cycle(facts: Facts, cycles: Cycles) -> Mapping[int, Sequence[TopUp]]:
    zone = facts.zones[facts.contract.zone]
    found: defaultdict[int, list[TopUp]] = defaultdict(list)
    for top_up in facts.top_ups:
        found[cycles.number(local_day(top_up.at, zone))].append(top_up)
    return found


def _early(facts: Facts, top_ups: Mapping[int, Sequence[TopUp]], *, before: int) -> list[Held]:
    """Top-ups bought in cycles that are not ours to bill."""
    detail = {"bill from": facts.contract.bill_from.isoformat(), "contract": facts.contract.number}
    early = [one for n in sorted(top_ups) if n < before for one in top_ups[n]]
    return [Held("top-up", one.id, Reason.BEFORE_BILL_FROM, detail) for one in early]
