"""The usage of one cycle: work and top-ups in order of time, drawing on the allowance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from engine.allowances import UNITS_A_MINUTE, carried, draw, in_order, left, units
from engine.calculation import Trace
from engine.calendars import local_day
from engine.facts import Contract, Facts, Terms, TopUp, Work
from engine.formulas import Value
from engine.items import Bucket, BucketKind, Closing, Held, Item, Reason
from engine.model import LineKind, Measure
from engine.money import Rounding, for_minutes, rounded, to_minor
from engine.periods import Period
from engine.pricing import Priced, PricedSegment, price
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


def terms_on(contract: Contract, day: date) -> Terms:
    """The terms in force on a day: the newest that are effective by then."""
    return max((t for t in contract.terms if t.effective_from <= day), key=_newest, default=contract.terms[0])


def _newest(terms: Terms) -> tuple[date, int]:
    return terms.effective_from, terms.number


class Usage:
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
            service=self._cycle.period,
            on=day,
            version=version.id,
            amount=to_minor(charge, self._facts.contract.currency, version.ruleset.rounding),
            rate=charge,
            rows=(("top-up", tuple(trace)),),
            product=sold.top_up.name,
            label=sold.top_up.label,
        )
        self.items.append(discounted(item, self._cycle.terms, version.ruleset.rounding))

    def _work(self, work: Work) -> None:
        day = local_day(work.start, self._zone)
        terms = terms_on(self._facts.contract, day)
        priced = price(work, self._facts, terms, self._timeline)
        if isinstance(priced, Held):
            self.held.append(priced)
            return
        before = self._buckets
        drawn = [self._draw(segment) for segment in priced.segments]
        over_of = zip(priced.segments, drawn, strict=True)
        unpriced = next((segment for segment, (_, over) in over_of if over and segment.beyond is None), None)
        if unpriced is not None and self._cycle.plan.plan.beyond is not None:
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
        amount = for_minutes(rate, over, self._facts.contract.currency, ruleset.rounding) if rate is not None else 0
        item = Item(
            key=f"work/{priced.work.id}/{segment.segment.band}",
            kind=LineKind.LABOUR,
            cycle=self._cycle.number,
            due=self._cycle.number + 1,
            service=self._cycle.period,
            on=day,
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
        self.items.append(discounted(item, terms, ruleset.rounding))

    def _surcharge(self, priced: Priced, terms: Terms, day: date) -> None:
        if priced.surcharge is None:
            return
        ruleset = priced.version.ruleset
        item = Item(
            key=f"surcharge/{priced.work.id}",
            kind=LineKind.SURCHARGE,
            cycle=self._cycle.number,
            due=self._cycle.number + 1,
            service=self._cycle.period,
            on=day,
            version=priced.version.id,
            amount=to_minor(priced.surcharge, self._facts.contract.currency, ruleset.rounding),
            rate=priced.surcharge,
            rows=priced.surcharge_rows,
            label=_what(priced.work),
            work=priced.work.id,
            work_revision=priced.work.revision,
            request_revision=priced.work.request_revision,
        )
        self.items.append(discounted(item, terms, ruleset.rounding))


def discounted(item: Item, terms: Terms, rounding: Rounding) -> Item:
    """Take the contract's percentage off a line: the one for its kind, else the one for all."""
    shares = {discount.kind: discount.share for discount in terms.discounts}
    share = shares.get(item.kind, shares.get(None, Fraction(0)))
    if not share:
        return item
    return replace(item, discount=rounded(item.amount * share, rounding), discount_share=share)


_REQUEST_WORDS = ("category", "subcategory", "item", "priority")


def _what(work: Work) -> str:
    """What a line says of a worklog, in the request's own words."""
    spelled = work.spellings
    return " / ".join([spelled[name] for name in _REQUEST_WORDS if name in spelled])
