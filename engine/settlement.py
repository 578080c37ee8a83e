"""Settle a contract: every item and every closing of its cycles; then say what is owed (D1).

First billing, late work, corrections and dry runs are this one path. `settle` computes from an opening onwards,
`owed` subtracts what was billed before under the same keys. A second run owes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from engine.calculation import Trace
from engine.calendars import local_day
from engine.errors import UnorderedBoundaryError
from engine.facts import Contract, Facts, TopUp, Work
from engine.items import (
    Billed,
    Closing,
    Delta,
    Held,
    Item,
    Opening,
    Reason,
    Settlement,
)
from engine.model import LineKind, Mode
from engine.money import to_minor
from engine.periods import Cycles
from engine.pricing import contract_values
from engine.timeline import Timeline
from engine.usage import CycleTerms, Usage, discounted, terms_on


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
    cycles = contract_cycles(facts.contract, timeline)
    if isinstance(cycles, Held):
        return Settlement((), (), (), cycles)
    work, too_early = _by_cycle(facts, cycles)
    top_ups = _top_ups_by_cycle(facts, cycles)
    items: list[Item] = []
    closings: list[Closing] = []
    held: list[Held] = list(too_early) if opening.cycle <= first_billed(facts.contract, cycles) else []
    buckets = opening.buckets
    for n in range(opening.cycle, through + 1):
        if not cycles.cycle(n).days:
            break
        terms = cycle_terms(n, cycles, facts, timeline)
        if isinstance(terms, Held):
            return Settlement((), (), (), terms)
        items.extend(item for item in _fee(terms, facts) if item.due <= through)
        if n < through:
            usage = Usage(terms, facts, timeline, buckets)
            usage.run(work.get(n, ()), top_ups.get(n, ()))
            items.extend(usage.items)
            held.extend(usage.held)
            closings.append(usage.closing())
            buckets = closings[-1].buckets
    return Settlement(tuple(items), tuple(closings), tuple(held))


def contract_cycles(contract: Contract, timeline: Timeline) -> Cycles | Held:
    """The cycles of a contract: its plan's, as in force when it started (or when we began to bill it)."""
    day = max(contract.start, contract.bill_from)
    version = timeline.version(day)
    if version is None:
        return Held("contract", contract.number, Reason.NO_VERSION, {"day": day.isoformat()})
    name = contract.terms[0].plan
    plan = version.ruleset.plans.get(name)
    if plan is None:
        return Held("contract", contract.number, Reason.NO_PLAN, {"plan": name, "ruleset": version.title})
    return Cycles(plan.every, contract.start, contract.end, plan.by_calendar)


def first_billed(contract: Contract, cycles: Cycles) -> int:
    """The first cycle that is ours to bill: the first whose start is not before `bill_from`."""
    if contract.bill_from <= contract.start:
        return 0
    n = cycles.number(contract.bill_from)
    return n if cycles.boundary(n) >= contract.bill_from else n + 1


def cycle_terms(n: int, cycles: Cycles, facts: Facts, timeline: Timeline) -> CycleTerms | Held:
    """What cycle n is settled by, or why it cannot be."""
    contract = facts.contract
    period = cycles.cycle(n)
    version = timeline.version(period.start)
    if version is None:
        return Held("contract", contract.number, Reason.NO_VERSION, {"day": period.start.isoformat()})
    if contract.currency not in version.ruleset.currencies:
        detail = {"currency": contract.currency.code, "ruleset": version.title}
        return Held("contract", contract.number, Reason.NO_CURRENCY, detail)
    terms = terms_on(contract, period.start)
    program = version.program(contract.currency, terms)
    plan = program.plan(terms.plan)
    if plan is None:
        return Held("contract", contract.number, Reason.NO_PLAN, {"plan": terms.plan, "ruleset": version.title})
    whole = cycles.whole(n)
    share = Fraction(1) if whole == period else Fraction(period.days, whole.days)
    return CycleTerms(n, period, share, terms, version, program, plan, contract_values(facts.account, contract, terms))


def _fee(cycle: CycleTerms, facts: Facts) -> Iterable[Item]:
    trace: Trace = [cycle.plan.row]
    fee = cycle.plan.fee(cycle.values, trace)
    if not isinstance(fee, Fraction):
        return ()
    prepaid = cycle.plan.plan.mode is Mode.PREPAID
    item = Item(
        key=f"fee/{cycle.terms.number}/{cycle.number}",
        kind=LineKind.FEE,
        cycle=cycle.number,
        due=cycle.number if prepaid else cycle.number + 1,
        service=cycle.period,
        version=cycle.version.id,
        amount=to_minor(fee * cycle.share, facts.contract.currency, cycle.version.ruleset.rounding),
        rate=fee,
        rows=(("plan", tuple(trace)),),
        product=cycle.plan.plan.name,
        label=cycle.plan.plan.label,
        share=cycle.share,
    )
    return (discounted(item, cycle.terms, cycle.version.ruleset.rounding),)


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
    return replace(item, amount=0, discount=0, minutes=0, rounded=0, covered=0, overage=0, rate=None)


def _by_cycle(facts: Facts, cycles: Cycles) -> tuple[Mapping[int, Sequence[Work]], Sequence[Held]]:
    zone = facts.zones[facts.contract.zone]
    first = first_billed(facts.contract, cycles)
    found: defaultdict[int, list[Work]] = defaultdict(list)
    early = []
    for work in facts.work:
        n = cycles.number(local_day(work.start, zone))
        if n < first:
            detail = {"bill from": facts.contract.bill_from.isoformat(), "contract": facts.contract.number}
            early.append(Held("work", work.id, Reason.BEFORE_BILL_FROM, detail))
        else:
            found[n].append(work)
    return found, early


def _top_ups_by_cycle(facts: Facts, cycles: Cycles) -> Mapping[int, Sequence[TopUp]]:
    zone = facts.zones[facts.contract.zone]
    found: defaultdict[int, list[TopUp]] = defaultdict(list)
    for top_up in facts.top_ups:
        found[cycles.number(local_day(top_up.at, zone))].append(top_up)
    return found
