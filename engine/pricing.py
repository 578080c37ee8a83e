"""Price one worklog: cut it into segments, round its time, ask the tables (D4). Stateless; allowances come after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from engine.calculation import Trace
from engine.calendars import Clock, local_day
from engine.facts import Account, Contract, Facts, Terms, Work
from engine.formulas import Value
from engine.items import Held, Reason
from engine.model import DEFAULT_BAND, RowName
from engine.program import CompiledPlan, Program
from engine.timeline import Timeline, Version

LONGEST = 24 * 60 * 60
Rows = tuple[tuple[str, tuple[RowName, ...]], ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """All minutes of a worklog in one band: real ones, and after time rounding."""

    band: str
    minutes: int
    rounded: int


@dataclass(frozen=True, slots=True)
class PricedSegment:
    """A segment with what the tables say of it.

    `rate` is the price of an hour, covered or not; `beyond` the price of an hour that no allowance covers.
    """

    segment: Segment
    may_cover: bool
    rate: Fraction | None
    beyond: Fraction | None
    rows: Rows


@dataclass(frozen=True, slots=True)
class Priced:
    """A worklog, priced segment by segment; `surcharge` is the hook `per worklog`, unrounded."""

    work: Work
    version: Version
    segments: tuple[PricedSegment, ...]
    surcharge: Fraction | None
    surcharge_rows: Rows


def minutes_by_band(work: Work, clock: Clock) -> tuple[tuple[str, int], ...]:
    """Cut a worklog at the edges of bands: whole minutes per band, in order of first appearance.

    Each cut takes the floor of the time cumulated so far and the last takes the rest, so that they add up to the
    worklog's time, rounded up to whole minutes (D4.4). The band of the last minute comes last.
    """
    found: dict[str, int] = {}
    total = counted = 0
    last = None
    stretches = [
        stretch
        for stretch in clock.stretches(work.start, work.start + work.seconds)
        if stretch.band == DEFAULT_BAND or not work.operational_only
    ]
    for at, stretch in enumerate(stretches):
        total += stretch.end - stretch.start
        upto = -(-total // 60) if at == len(stretches) - 1 else total // 60
        if upto > counted:
            last = stretch.band
            found[last] = found.get(last, 0) + upto - counted
        counted = upto
    if last is not None:
        found[last] = found.pop(last)
    return tuple(found.items())


def rounded_minutes(minutes: int, *, minimum: Fraction, step: Fraction) -> int:
    """Raise to the minimum, then round up to the step; a value on the grid stays (D4.7)."""
    at_least = max(Fraction(minutes), minimum)
    return int(-(-at_least // step) * step) if step > 0 else int(-(-at_least // 1))


def contract_values(account: Account, contract: Contract, terms: Terms) -> dict[str, Value]:
    """What rows may look at on the level of the contract."""
    return {
        "account": account.key,
        "class": contract.class_,
        "plan": terms.plan,
        "country": account.country,
        "region": account.region,
        "currency": contract.currency.code.casefold(),
        "exempt": account.exempt,
    }


def price(work: Work, facts: Facts, terms: Terms, timeline: Timeline) -> Priced | Held:
    """Price a worklog by the version in force when it started, or say why it must wait."""
    refused = _ineligible(work)
    if refused is not None:
        return Held("work", work.id, refused)
    zone = facts.zones[work.zone]
    day = local_day(work.start, zone)
    version = timeline.version(day)
    if version is None:
        return Held("work", work.id, Reason.NO_VERSION, {"day": day.isoformat()})
    program = version.program(facts.contract.currency, terms)
    plan = program.plan(terms.plan)
    if plan is None:
        return Held("work", work.id, Reason.NO_PLAN, {"plan": terms.plan, "ruleset": version.title})
    clock = program.clock(work.calendar, zone)
    if clock is None:
        detail = {"calendar": work.calendar or "", "ruleset": version.title}
        return Held("work", work.id, Reason.NO_CALENDAR, detail)
    try:
        return _priced(work, version, program, plan, clock, contract_values(facts.account, facts.contract, terms))
    except ZeroDivisionError:
        return Held("work", work.id, Reason.DIVISION_BY_ZERO, {"ruleset": version.title})


def _ineligible(work: Work) -> Reason | None:
    if not work.approved:
        return Reason.NOT_APPROVED
    if work.seconds <= 0:
        return Reason.NO_TIME
    return Reason.TOO_LONG if work.seconds > LONGEST else None


def _priced(
    work: Work, version: Version, program: Program, plan: CompiledPlan, clock: Clock, known: Mapping[str, Value]
) -> Priced | Held:
    bands = minutes_by_band(work, clock)
    if not bands:
        return Held("work", work.id, Reason.NO_TIME, {"band": DEFAULT_BAND})
    start_band = next(clock.stretches(work.start, work.start + work.seconds)).band
    values: dict[str, Value] = {
        **known,
        **work.inputs,
        "site": work.site,
        "hours": Fraction(-(-work.seconds // 60)),
        "start band": start_band,
    }
    unknown = program.unknown(values)
    if unknown is not None:
        reason, of, value = unknown
        detail = {"input": of.label, "value": work.spellings.get(of.name, value), "ruleset": version.title}
        return Held("work", work.id, reason, detail)
    segments, rounding_rows = _rounded(bands, program, values)
    priced = []
    for segment in segments:
        one = _segment(segment, program, plan, {**values, "band": segment.band}, rounding_rows)
        if isinstance(one, Reason):
            detail = {"band": segment.band, "ruleset": version.title, "minutes": str(segment.rounded)}
            return Held("work", work.id, one, {**detail, **_shown(work)})
        priced.append(one)
    trace: Trace = []
    surcharge = _fraction(program.hook("per worklog", values, trace))
    return Priced(work, version, tuple(priced), surcharge, (("per worklog", tuple(trace)),))


def _rounded(
    bands: tuple[tuple[str, int], ...], program: Program, values: Mapping[str, Value]
) -> tuple[tuple[Segment, ...], Rows]:
    """Round the worklog's time; the surplus goes to the band of its last minute."""
    of_minimum: Trace = []
    of_step: Trace = []
    minimum = _fraction(program.hook("minimum", values, of_minimum)) or Fraction(0)
    step = _fraction(program.hook("round up to", values, of_step)) or Fraction(1)
    real = sum(minutes for _, minutes in bands)
    surplus = rounded_minutes(real, minimum=minimum, step=step) - real
    last = len(bands) - 1
    segments = tuple(
        Segment(band, minutes, minutes + surplus if at == last else minutes) for at, (band, minutes) in enumerate(bands)
    )
    return segments, (("minimum", tuple(of_minimum)), ("round up to", tuple(of_step)))


def _segment(
    segment: Segment, program: Program, plan: CompiledPlan, values: Mapping[str, Value], before: Rows
) -> PricedSegment | Reason:
    of_rate: Trace = []
    of_cover: Trace = []
    of_beyond: Trace = [plan.row]
    rate = _fraction(program.hook("rate", values, of_rate))
    if rate is None and program.binds("rate"):
        return Reason.NO_RULE
    covered = program.hook("covered", values, of_cover) is True
    beyond = _fraction(plan.beyond(values, of_beyond)) if plan.beyond is not None else None
    rows = (*before, ("rate", tuple(of_rate)), ("covered", tuple(of_cover)), ("beyond", tuple(of_beyond)))
    return PricedSegment(segment, covered, rate, beyond, tuple((hook, those) for hook, those in rows if those))


def _shown(work: Work) -> dict[str, str]:
    """What a person needs to see of a request to know which row is missing."""
    return {name: text for name, text in work.spellings.items() if text}


def _fraction(value: Value) -> Fraction | None:
    return value if isinstance(value, Fraction) else None
