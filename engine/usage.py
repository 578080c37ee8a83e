"""The usage of one cycle: work and top-ups in order of time, drawing on the allowance, and what is beyond it (D5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from engine.after_end import last_plan
from engine.allowances import UNITS_A_MINUTE, carried, draw, in_order, left, take
from engine.allowances import drawn as drawn_from
from engine.calculation import Trace
from engine.calendars import local_day
from engine.charging import Under, charged, labour, what
from engine.facts import Facts, Terms, TopUp, Work
from engine.granting import granted, opens
from engine.items import Bucket, BucketKind, Closing, Held, Item, Reason
from engine.limits import limits
from engine.model import DAY, LineKind, Measure
from engine.names import fold
from engine.periods import Cycles, Every
from engine.pricing import BandRuling, Charge, Priced, Pricer
from engine.renewal import from_before
from engine.rounding import rounded_bands
from engine.standing import Part, Standing
from engine.terms import AFTER_END, CycleTerms, last_agreed, terms_on
from engine.tiers import Tier
from engine.timeline import Timeline, Version


class Usage:
    """Settles the usage of one cycle, once.

    `items` and `held` are what came of it, `charged_requests` grows by the requests that were charged or counted.
    """

    def __init__(
        self,
        cycle: CycleTerms,
        cycles: Cycles,
        facts: Facts,
        timeline: Timeline,
        opening: tuple[Bucket, ...],
        charged_requests: set[str],
        pricer: Pricer,
    ) -> None:
        self._cycle, self._cycles, self._facts, self._timeline = cycle, cycles, facts, timeline
        self._pricer = pricer
        self._zone = facts.zones[facts.contract.zone]
        self._currency = facts.contract.currency
        self._plan = cycle.last.plan
        self._measure = self._counts()
        self._unit = 1 if self._measure is Measure.REQUESTS else UNITS_A_MINUTE
        self._granted, last_cycle = granted(cycle, cycles, facts, timeline, self._unit)
        opened = opens(cycle, facts)
        own = Bucket(BucketKind.CYCLE, str(cycle.number), cycle.number, last_cycle, self._granted, opened)
        self._buckets = in_order([*opening, own] if self._granted else opening)
        self._are_all_open = all(bucket.opens <= cycle.period.start for bucket in self._buckets)
        self._carried_in = left(opening)
        self._brought_over = left(
            bucket
            for bucket in opening
            if (bucket.kind is BucketKind.OPENING and bucket.granted_in == cycle.number)
            or (from_before(bucket) and not cycle.number)
        )
        self._topped_up = self._overage = self._drawn = 0
        self._tiered: dict[tuple[int, str], tuple[Priced, int]] = {}
        self._tier_of: dict[str, int] = {}
        self._settled: Sequence[Priced] = ()
        self._held_requests: set[str] = set()
        self._timed_requests: set[str] = set()
        self._unders: dict[tuple[str, int], Under] = {}
        self.charged_requests = charged_requests
        self.items: list[Item] = []
        self.held: list[Held] = []

    def _counts(self) -> Measure:
        """What the cycle's allowance is counted in: that of its plans that have one, or of top-ups after the end."""
        if self._cycle.last.terms.number == AFTER_END:
            plan = last_plan(self._facts.contract, self._cycle.period.start, self._timeline)
            return plan.measure if plan is not None and plan.measure is Measure.REQUESTS else Measure.HOURS
        measures = [phase.plan.plan.measure for phase in self._cycle.phases]
        return next((measure for measure in measures if measure is not Measure.FIXED), Measure.FIXED)

    def run(self, work: Sequence[Work], top_ups: Sequence[TopUp]) -> None:
        """Settle the cycle's work in order of its start. A plan that holds work is topped up from the purchase on."""
        waiting = sorted(top_ups, key=lambda top_up: (top_up.at, top_up.id))
        holds = self._plan.beyond is None
        priced = self._priced(sorted(work, key=lambda w: (w.start, w.id)))
        self._settled = priced
        for one, minutes in zip(priced, rounded_bands(priced, self._facts.zones), strict=True):
            while waiting and (not holds or waiting[0].at <= one.work.start):
                self._top_up(waiting.pop(0))
            self._work(one, minutes)
        for top_up in waiting:
            self._top_up(top_up)
        self._tiers()
        self._limits()

    def closing(self) -> Closing:
        """The cycle's allowance statement. Nothing is carried past the contract's end, but to what renews it."""
        plan = self._plan.plan
        cap = self._plan.carry_over(self._cycle.last.values, [])
        room = None if plan.carry_all else int(cap * self._unit) if isinstance(cap, Fraction) else 0
        is_last = self._cycle.period.end == self._cycles.end
        if (is_last and not self._facts.contract.hands_over) or plan.every is Every.CONTRACT:
            room = 0
        after = carried(self._buckets, self._cycle.number, cap=room, life=plan.carry_for)
        return Closing(
            cycle=self._cycle.number,
            period=self._cycle.period,
            measure=self._measure.value,
            carried_in=self._carried_in,
            granted=self._granted,
            topped_up=self._topped_up,
            drawn=self._drawn,
            overage=self._overage,
            left=left(self._buckets),
            carried_out=left(after),
            buckets=after,
            brought_over=self._brought_over,
        )

    # allowance

    def _top_up(self, bought: TopUp) -> None:
        day = local_day(bought.at, self._zone)
        terms = last_agreed(self._facts.contract, day)
        version = self._timeline.version(day)
        program = version.program(self._facts.contract, terms) if version is not None else None
        plan = program.plan(terms.plan, day) if program is not None else None
        sold = program.top_up(bought.top_up, day) if program is not None else None
        trace: Trace = [sold.row] if sold is not None else []
        values = {**self._cycle.last.values, DAY: day}
        cost = sold.price(values, trace) if sold is not None else None
        adds = sold.adds(values, []) if sold is not None else None
        if (
            version is None
            or plan is None
            or sold is None
            or sold.top_up.name not in plan.plan.top_ups
            or not isinstance(cost, Fraction)
            or not isinstance(adds, Fraction)
        ):
            label = sold.top_up.label if sold is not None else bought.top_up
            detail = {"top-up": label, "plan": self._plan.plan.label}
            self.held.append(Held("top-up", bought.id, Reason.NO_TOP_UP, detail))
            return
        n = self._cycle.number
        bucket = Bucket(BucketKind.TOP_UP, bought.id, n, n + sold.top_up.lasts - 1, int(adds * self._unit))
        self._topped_up += bucket.left
        self._buckets = in_order([*self._buckets, bucket])
        self.items.append(
            charged(
                f"topup/{bought.id}",
                LineKind.TOP_UP,
                cost,
                self._under(version, terms),
                rows=(("top-up", tuple(trace)),),
                label=sold.top_up.label,
                product=sold.top_up.name,
                on=day,
            )
        )

    def _under(self, version: Version, terms: Terms) -> Under:
        """What usage of this cycle is charged under: always in arrears."""
        key = (version.id, terms.number)
        if key not in self._unders:
            n = self._cycle.number
            self._unders[key] = Under(n, n + 1, self._cycle.period, self._facts.contract, version, terms)
        return self._unders[key]

    # work

    def _priced(self, work: Sequence[Work]) -> list[Priced]:
        found = []
        for one in work:
            terms = terms_on(self._facts.contract, local_day(one.start, self._zone))
            if terms.suspended:
                detail = {"contract": self._facts.contract.number}
                self.held.append(Held("work", one.id, Reason.SUSPENDED, detail))
                continue
            priced = self._pricer.price(one, terms)
            if isinstance(priced, Held):
                self.held.append(priced)
            else:
                found.append(priced)
        return found

    def _work(self, one: Priced, minutes: Sequence[int]) -> None:
        standing = self._standing(one)
        if standing is Standing.HELD:
            self._hold_request(one, sum(minutes))
            return
        drawn = self._drawn_by(one, minutes, standing)
        if drawn is None:
            return
        if standing is Standing.COUNTED:
            self._count(one)
        elif self._measure is Measure.REQUESTS and one.plan.plan.measure is not Measure.FIXED:
            if standing is Standing.BY_TIME:
                self._note_request(one)
        else:
            if one.plan.beyond is None and self._holds(one) and self._waits_whole(one, drawn):
                self._hold(one, sum(minutes), one.bands[0][0])
                return
            self._per_request(one)
        day = local_day(one.work.start, self._zone)
        for (band, real), rounded_to, ruling, part in zip(one.bands, minutes, one.rulings, drawn, strict=True):
            self._segment(one, band, ruling, day, real=real, rounded_to=rounded_to, part=part)
        self._beside(one, day)

    @staticmethod
    def _waits_whole(one: Priced, drawn: Sequence[Part]) -> bool:
        """Whether an allowance may cover all of a worklog, and covers nothing of it."""
        waits = [not part.covered and ruling.may_cover for part, ruling in zip(drawn, one.rulings, strict=True)]
        return bool(waits) and all(waits)

    def _holds(self, one: Priced) -> bool:
        """Whether what is beyond the allowance waits for a person."""
        return self._may_hold(one) and one.work.id not in self._facts.released

    @staticmethod
    def _may_hold(one: Priced) -> bool:
        return one.plan.beyond is None and one.plan.plan.measure is not Measure.FIXED

    def _drawn_by(self, one: Priced, minutes: Sequence[int], standing: Standing) -> list[Part] | None:
        """Covered and other minutes of each band; None, and nothing drawn, where the others have no price."""
        before = self._buckets
        drawn = []
        for (band, _), of_band, ruling in zip(one.bands, minutes, one.rulings, strict=True):
            covered, held = 0, self._buckets
            if ruling.may_cover and standing is not Standing.BY_TIME:
                covered = of_band
            elif ruling.may_cover and self._measure is Measure.HOURS:
                day = None if self._are_all_open else self._day(one)
                covered, self._buckets = draw(self._buckets, of_band, burn=ruling.burn, on=day)
            over = of_band - covered
            if over and ruling.beyond is None and not (ruling.may_cover and self._is_priced_later(one, ruling)):
                self._buckets = before
                detail = {"plan": one.plan.plan.label, "band": band, "ruleset": one.version.title}
                reason = Reason.NO_PRICE_BEYOND if ruling.may_cover else Reason.NO_RULE
                self.held.append(Held("work", one.work.id, reason, detail))
                return None
            drawn.append(Part(covered, over, () if held is self._buckets else drawn_from(held, self._buckets)))
        if self._measure is Measure.HOURS and self._buckets is not before:
            self._drawn += left(before) - left(self._buckets)
        return drawn

    def _day(self, one: Priced) -> date | None:
        """The day of work, where what is left on it may be less than there is; None where all is open."""
        return None if self._are_all_open else local_day(one.work.start, self._zone)

    def _is_unpaid(self, one: Priced) -> bool:
        """Whether there is allowance that cannot be drawn for work, since nobody had paid it by then."""
        return not self._are_all_open and left(self._buckets) > left(self._buckets, on=self._day(one))

    def _is_priced_later(self, one: Priced, ruling: BandRuling) -> bool:
        """Whether time beyond the allowance has no price of its own because it waits, or is priced by its total."""
        return self._holds(one) or one.plan.tiers is not None or (self._may_hold(one) and ruling.rate is not None)

    def _segment(
        self,
        one: Priced,
        band: str,
        ruling: BandRuling,
        day: date,
        *,
        real: int,
        rounded_to: int,
        part: Part,
    ) -> None:
        covered, over, drawn = part
        may_wait = bool(over) and ruling.may_cover and self._may_hold(one)
        if may_wait and one.work.id not in self._facts.released:
            self._hold(one, over, band)
            over = 0
            may_wait = False
            if not covered:
                return
        in_tiers = one.plan.tiers is not None and ruling.may_cover
        if over and ruling.may_cover and self._measure is Measure.HOURS:
            self._beyond(one, over)
        key = f"work/{one.work.id}/{band}"
        rate = None if in_tiers else ruling.beyond if ruling.beyond is not None else ruling.rate
        self.items.append(
            labour(
                f"{key}/{self._cycle.number}" if one.work.is_part else key,
                one.work,
                band,
                self._under(one.version, one.terms),
                minutes=real,
                rounded_to=rounded_to,
                covered=covered,
                overage=over,
                rate=rate,
                bill_rate=ruling.rate,
                on=day,
                rows=tuple(of for of in ruling.rows if of[0] != "beyond") if may_wait else ruling.rows,
                released=may_wait,
                drawn=drawn,
                unpaid=not self._are_all_open and bool(over) and ruling.may_cover and self._is_unpaid(one),
            )
        )

    def _hold(self, one: Priced, minutes: int, band: str) -> None:
        """Time that a plan without a price beyond its allowance does not cover: charged only when a person says so."""
        if one.work.id in self._facts.waived:
            return
        detail = {"minutes": str(minutes), "plan": one.plan.plan.label, "band": band, **self._why_held(one)}
        self.held.append(Held("work", one.work.id, Reason.ALLOWANCE_USED_UP, detail))

    def _why_held(self, one: Priced) -> dict[str, str]:
        return {"unpaid": "yes"} if self._is_unpaid(one) else {}

    def _beside(self, one: Priced, day: date) -> None:
        """What a worklog costs beside its time; once, with the first part of it."""
        if one.work.before:
            return
        for charge in one.ruling.charges:
            if one.work.billable or (charge.kind is LineKind.TRAVEL and "distance" in one.work.inputs):
                name = f"{charge.kind.value}/{one.work.id}"
                self._charge(f"{name}/{charge.row}" if charge.row else name, charge, one, day)
        for extra in one.work.extras:
            if extra.billable:
                self._charge(
                    f"extra/{one.work.id}/{extra.id}",
                    Charge(LineKind.OTHER, "", extra.amount, ()),
                    one,
                    day,
                    extra.label,
                )

    def _charge(self, key: str, charge: Charge, one: Priced, day: date, extra: str | None = None) -> None:
        """Charge what is beside the time; `extra` is what an extra is called, and what taxes know it by (D4.9)."""
        self.items.append(
            charged(
                key,
                charge.kind,
                charge.price,
                self._under(one.version, one.terms),
                rows=charge.rows,
                label=extra if extra is not None else what(one.work),
                product=fold(extra) if extra is not None else None,
                on=day,
                of=one.work,
            )
        )

    # requests

    def _per_request(self, one: Priced) -> None:
        """The charge of a request, with its first eligible work (D4.8)."""
        request = one.work.request
        if not one.ruling.of_request or request in self.charged_requests or not one.work.billable:
            return
        self.charged_requests.add(request)
        day = local_day(one.work.start, self._zone)
        for charge in one.ruling.of_request:
            self._charge(f"request/{request}/{charge.row or 'per request'}", charge, one, day)

    def _standing(self, one: Priced) -> Standing:
        """How a worklog stands with an allowance, of requests mostly; nothing is counted yet."""
        request = one.work.request
        if one.plan.plan.measure is Measure.FIXED:
            return Standing.FREE
        if self._measure is Measure.HOURS:
            return Standing.BY_TIME
        if request in self.charged_requests or not one.work.billable or not any(of.may_cover for of in one.rulings):
            return Standing.FREE
        is_there = left(self._buckets, on=self._day(one))
        if request not in self._held_requests and (is_there or self._price_of_request(one) is not None):
            return Standing.COUNTED
        is_over = one.terms.number == AFTER_END
        return Standing.BY_TIME if is_over or not self._holds(one) else Standing.HELD

    def _price_of_request(self, one: Priced) -> tuple[Fraction, Trace] | None:
        """What a request costs that no allowance covers; tiers price it later. None: nothing says so."""
        trace: Trace = [one.plan.row]
        if one.terms.number == AFTER_END or (one.plan.beyond is None and one.plan.tiers is None):
            return None
        cost = one.plan.beyond(one.ruling.values, trace) if one.plan.beyond is not None else None
        if one.plan.tiers is not None:
            return Fraction(0), trace
        return (cost, trace) if isinstance(cost, Fraction) else None

    def _count(self, one: Priced) -> None:
        """Count a request, once: against the allowance, or at the price of one beyond it."""
        request = one.work.request
        covered = min(left(self._buckets, on=self._day(one)), 1)
        cost, trace = self._price_of_request(one) or (Fraction(0), [one.plan.row])
        self.charged_requests.add(request)
        before, self._buckets = self._buckets, take(self._buckets, covered, on=self._day(one))
        self._drawn += covered
        self._beyond(one, 1 - covered)
        day = local_day(one.work.start, self._zone)
        rows = (("beyond", tuple(trace)),)
        due = Fraction(0) if covered else cost
        self._charge(f"request/{request}/count", Charge(LineKind.REQUEST, "", due, rows), one, day)
        is_unpaid = not covered and self._is_unpaid(one)
        self.items[-1] = self.items[-1]._replace(drawn=drawn_from(before, self._buckets), unpaid=is_unpaid)

    def _note_request(self, one: Priced) -> None:
        """A request beyond the allowance that is charged by its time: one more, however many worklogs it has."""
        if one.work.request not in self._timed_requests:
            self._timed_requests.add(one.work.request)
            self._overage += 1

    def _hold_request(self, one: Priced, minutes: int) -> None:
        self._held_requests.add(one.work.request)
        holds = one.plan.beyond is None
        if holds and one.work.id in self._facts.waived:
            return
        detail = {"request": one.work.request, "plan": one.plan.plan.label, "minutes": str(minutes)}
        detail |= self._why_held(one)
        reason = Reason.ALLOWANCE_USED_UP if holds else Reason.NO_PRICE_BEYOND
        self.held.append(Held("work", one.work.id, reason, detail))

    # what is beyond, as a whole

    def _beyond(self, one: Priced, much: int) -> None:
        """Note minutes, or a request, that no allowance covers."""
        self._overage += much
        if one.plan.tiers is not None and much:
            key = (one.terms.number, one.version.id)
            before = self._tiered.get(key)
            self._tiered[key] = (one, much + (before[1] if before is not None else 0))

    def _tiers(self) -> None:
        """Price what is beyond the allowance by its total, a line for each tier that is reached.

        Where amendments or versions change the tiers within the cycle, work is priced by those of its start, and goes on
        where the work before it ended.
        """
        total, reached = sum(much for _, much in self._tiered.values()), 0
        for one, much in self._tiered.values():
            tiers = one.plan.tiers
            found = tiers.divide(much, one.ruling.values, after=reached, total=total) if tiers is not None else None
            reached += much
            if found is None or any(tier.price < 0 for tier in found):
                self._hold_tiers(one, is_priced=found is not None)
                continue
            for tier in found:
                self._charge_tier(tier, one)

    def _hold_tiers(self, one: Priced, *, is_priced: bool) -> None:
        detail = {"plan": one.plan.plan.label, "band": "-"}
        reason = Reason.NO_PRICE_BEYOND
        if is_priced:
            reason, detail = Reason.NEGATIVE, {"hook": "price of a tier", "ruleset": one.version.title}
        self.held.append(Held("contract", self._facts.contract.number, reason, detail))

    def _charge_tier(self, tier: Tier, one: Priced) -> None:
        """The key names the amendment, or the version, that its tiers are of, where the cycle did not begin with it."""
        is_time = self._measure is Measure.HOURS
        first, version = self._cycle.first.terms.number, self._timeline.version(self._cycle.period.start)
        key = f"tier/{self._cycle.number}/{tier.row.row}"
        key = key if one.terms.number == first else f"{key}/{one.terms.number}"
        key = key if version is None or one.version.id == version.id else f"{key}/{one.version.id[:12]}"
        self._tier_of[key] = one.terms.number
        self.items.append(
            charged(
                key,
                LineKind.LABOUR if is_time else LineKind.REQUEST,
                tier.price,
                self._under(one.version, one.terms),
                rows=(("beyond", (one.plan.row, tier.row)),),
                share=Fraction(tier.amount, 60) if is_time else Fraction(tier.amount),
                label=one.plan.plan.label,
            )
        )

    def _limits(self) -> None:
        """The commitment and the cap of the cycle, as lines."""
        terms = {one.work.id: one.terms.number for one in self._settled} if len(self._cycle.phases) > 1 else {}

        def terms_of(item: Item) -> int:
            return self._tier_of[item.key] if item.work is None else terms[item.work]

        for one in tuple(limits(self._cycle, self.items, self._currency, terms_of=terms_of)):
            self.items.append(
                charged(
                    f"{one.name}/{self._cycle.number}",
                    LineKind.COMMITMENT,
                    one.amount,
                    self._under(one.phase.version, one.phase.terms),
                    rows=(("plan", one.rows),),
                    label=one.phase.plan.plan.label,
                    product=one.phase.plan.plan.name,
                )
            )
