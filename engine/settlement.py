"""Settle a contract: every item and every closing of its cycles; then say what is owed (D1).

First billing, late work, corrections and dry runs are this one path. `settle` computes from an opening onwards,
`owed` subtracts what was billed before under the same keys. A second run owes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from engine.allowances import UNITS_A_MINUTE, carried, draw, in_order, left, units
from engine.calculation import Trace
from engine.calendars import local_day
from engine.errors import UnorderedBoundaryError
from engine.facts import Contract, Facts, Terms, TopUp, Work
from engine.formulas import Value
from engine.items import (
    Billed,
    Bucket,
    BucketKind,
    Closing,
    Delta,
    Held,
    Item,
    Opening,
    Reason,
    Settlement,
)
from engine.model import LineKind, Measure, Mode
from engine.money import Rounding, rounded, to_minor
from engine.periods import Cycles, Period
from engine.pricing import Priced, PricedSegment, contract_values, price
from engine.program import CompiledPlan, Program
from engine.timeline import Timeline, Version


@dataclass(frozen=True, slots=True)
class CycleTerms:
    """What a cycle is settled by: the version of its first day, the terms of that day, their plan."""

    number: int
    period: Period
    share: Fraction  # of a whole cycle
    terms: Terms
    version: Version
    program: Program
    plan: CompiledPlan
    values: Mapping[str, Value]


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
            usage = _Usage(terms, facts, timeline, buckets)
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


def terms_on(contract: Contract, day: date) -> Terms:
    """The terms in force on a day: the newest that are effective by then."""
    return max((t for t in contract.terms if t.effective_from <= day), key=_newest, default=contract.terms[0])


def _newest(terms: Terms) -> tuple[date, int]:
    return terms.effective_from, terms.number


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
    return (_discounted(item, cycle.terms, cycle.version.ruleset.rounding),)


class _Usage:
    """The usage of one cycle: work and top-ups in order of time, drawing on buckets."""

    def __init__(self, cycle: CycleTerms, facts: Facts, timeline: Timeline, opening: tuple[Bucket, ...]) -> None:
        self._cycle, self._facts, self._timeline = cycle, facts, timeline
        self._zone = facts.zones[facts.contract.zone]
        self._fixed = cycle.plan.plan.measure is Measure.FIXED
        granted = cycle.plan.allowance(cycle.values, [])
        self._granted = units(granted * cycle.share) if isinstance(granted, Fraction) and not self._fixed else 0
        own = Bucket(BucketKind.CYCLE, str(cycle.number), cycle.number, cycle.number, self._granted)
        self._carried_in = left(opening)
        self._topped_up = 0
        self._overage = 0
        self._drawn = 0
        self._buckets = in_order([*opening, own] if self._granted else opening)
        self.items: list[Item] = []
        self.held: list[Held] = []

    def run(self, work: Sequence[Work], top_ups: Sequence[TopUp]) -> None:
        """Settle the cycle's work in order of its start. A plan that holds work is topped up from the purchase on."""
        waiting = sorted(top_ups, key=lambda top_up: (top_up.at, top_up.id))
        holds = self._cycle.plan.plan.beyond is None
        for one in sorted(work, key=lambda w: (w.start, w.id)):
            while waiting and (not holds or waiting[0].at <= one.start):
                self._top_up(waiting.pop(0))
            self._work(one)
        for top_up in waiting:
            self._top_up(top_up)

    def closing(self) -> Closing:
        """The cycle's allowance statement."""
        plan = self._cycle.plan
        cap = plan.carry_over(self._cycle.values, [])
        room = None if plan.plan.carry_all else units(cap) if isinstance(cap, Fraction) else 0
        after = carried(self._buckets, self._cycle.number, cap=room)
        return Closing(
            cycle=self._cycle.number,
            period=self._cycle.period,
            measure=plan.plan.measure.value,
            carried_in=self._carried_in,
            granted=self._granted,
            topped_up=self._topped_up,
            drawn=self._drawn,
            overage=self._overage,
            left=left(self._buckets),
            carried_out=left(after),
            buckets=after,
        )

    def _top_up(self, bought: TopUp) -> None:
        version = self._timeline.version(local_day(bought.at, self._zone))
        program = version.program(self._facts.contract.currency, self._cycle.terms) if version is not None else None
        plan = program.plan(self._cycle.terms.plan) if program is not None else None
        sold = program.top_up(bought.top_up) if program is not None else None
        if version is None or plan is None or sold is None or sold.top_up.name not in plan.plan.top_ups:
            detail = {"top-up": bought.top_up, "plan": self._cycle.plan.plan.label}
            self.held.append(Held("top-up", bought.id, Reason.NO_TOP_UP, detail))
            return
        trace: Trace = [sold.row]
        charge = sold.price(self._cycle.values, trace)
        adds = sold.adds(self._cycle.values, trace)
        if not isinstance(charge, Fraction) or not isinstance(adds, Fraction):
            self.held.append(Held("top-up", bought.id, Reason.NO_TOP_UP, {"top-up": sold.top_up.label}))
            return
        day = local_day(bought.at, self._zone)
        n = self._cycle.number
        bucket = Bucket(BucketKind.TOP_UP, bought.id, n, n, units(adds))
        self._topped_up += bucket.left
        self._buckets = in_order([*self._buckets, bucket])
        item = Item(
            key=f"topup/{bought.id}",
            kind=LineKind.TOP_UP,
            cycle=n,
            due=n + 1,
            service=_one_day(day),
            version=version.id,
            amount=to_minor(charge, self._facts.contract.currency, version.ruleset.rounding),
            rate=charge,
            rows=(("top-up", tuple(trace)),),
            product=sold.top_up.name,
            label=sold.top_up.label,
        )
        self.items.append(_discounted(item, self._cycle.terms, version.ruleset.rounding))

    def _work(self, work: Work) -> None:
        day = local_day(work.start, self._zone)
        terms = terms_on(self._facts.contract, day)
        priced = price(work, self._facts, terms, self._timeline)
        if isinstance(priced, Held):
            self.held.append(priced)
            return
        before = self._buckets
        drawn = [self._draw(segment) for segment in priced.segments]
        unpriced = next((s for s, (_, over) in zip(priced.segments, drawn, strict=True) if over and not s.beyond), None)
        if unpriced is not None and unpriced.beyond is None and self._cycle.plan.plan.beyond is not None:
            self._buckets = before
            detail = {"plan": self._cycle.plan.plan.label, "band": unpriced.segment.band}
            self.held.append(Held("work", work.id, Reason.NO_PRICE_BEYOND, detail))
            return
        for segment, (covered, over) in zip(priced.segments, drawn, strict=True):
            self._charge(priced, segment, terms, day, covered=covered, over=over)
        self._surcharge(priced, terms, day)

    def _draw(self, segment: PricedSegment) -> tuple[int, int]:
        """Minutes of a segment that are covered, and those that are not."""
        minutes = segment.segment.rounded
        if self._fixed:
            return minutes, 0
        if not segment.may_cover:
            return 0, minutes
        covered, self._buckets = draw(self._buckets, minutes)
        return covered, minutes - covered

    def _charge(
        self, priced: Priced, segment: PricedSegment, terms: Terms, day: date, *, covered: int, over: int
    ) -> None:
        self._drawn += 0 if self._fixed else covered * UNITS_A_MINUTE
        if over and segment.beyond is None:
            detail = {"minutes": str(over), "plan": self._cycle.plan.plan.label}
            self.held.append(Held("work", priced.work.id, Reason.ALLOWANCE_USED_UP, detail))
            over = 0
            if not covered:
                return
        self._overage += over
        rate = segment.beyond if segment.beyond is not None else segment.rate
        ruleset = priced.version.ruleset
        amount = to_minor((rate or Fraction(0)) * over / 60, self._facts.contract.currency, ruleset.rounding)
        item = Item(
            key=f"work/{priced.work.id}/{segment.segment.band}",
            kind=LineKind.LABOUR,
            cycle=self._cycle.number,
            due=self._cycle.number + 1,
            service=_one_day(day),
            version=priced.version.id,
            amount=amount,
            rate=rate,
            rows=segment.rows,
            label=_what(priced.work),
            work=priced.work.id,
            work_revision=priced.work.revision,
            request_revision=priced.work.request_revision,
            band=segment.segment.band,
            minutes=segment.segment.minutes,
            rounded=segment.segment.rounded,
            covered=covered,
            overage=over,
        )
        self.items.append(_discounted(item, terms, ruleset.rounding))

    def _surcharge(self, priced: Priced, terms: Terms, day: date) -> None:
        if priced.surcharge is None:
            return
        ruleset = priced.version.ruleset
        item = Item(
            key=f"surcharge/{priced.work.id}",
            kind=LineKind.SURCHARGE,
            cycle=self._cycle.number,
            due=self._cycle.number + 1,
            service=_one_day(day),
            version=priced.version.id,
            amount=to_minor(priced.surcharge, self._facts.contract.currency, ruleset.rounding),
            rate=priced.surcharge,
            rows=priced.surcharge_rows,
            label=_what(priced.work),
            work=priced.work.id,
            work_revision=priced.work.revision,
            request_revision=priced.work.request_revision,
        )
        self.items.append(_discounted(item, terms, ruleset.rounding))


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


def _discounted(item: Item, terms: Terms, rounding: Rounding) -> Item:
    """Take the contract's percentage off a line: the one for its kind, else the one for all."""
    shares = {discount.kind: discount.share for discount in terms.discounts}
    share = shares.get(item.kind, shares.get(None, Fraction(0)))
    if not share:
        return item
    return replace(item, discount=rounded(item.amount * share, rounding), discount_share=share)


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


def _one_day(day: date) -> Period:
    return Period(day, date.fromordinal(day.toordinal() + 1))


def _what(work: Work) -> str:
    """What a line says of a worklog, in the request's own words."""
    words = (work.spellings.get(name) for name in ("category", "subcategory", "item", "priority"))
    return " / ".join(word for word in words if word)
