"""Price one worklog: cut it into segments, round its time, ask the tables (D4). Stateless; allowances come after."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from engine.calculation import Trace
from engine.calendars import Clock, local_day
from engine.facts import Account, Contract, Facts, Terms, Work
from engine.formulas import Value
from engine.items import Held, Reason
from engine.model import DEFAULT_BAND, Input, RowName
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


def rounded_minutes(minutes: int, *, minimum: Fraction | int, step: Fraction | int) -> int:
    """Raise to the minimum, then round up to the step; a value on the grid stays (D4.7)."""
    at_least = max(minutes, minimum)
    return math.ceil(-(-at_least // step) * step) if step > 0 else math.ceil(at_least)


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


@dataclass(slots=True)
class Ruling:
    """What the tables say of all worklogs that agree on every input asked: kept with the program, filled band by band.

    `refused` is an input whose value the ruleset does not declare. Minutes are whole where they can be: integers are
    an order of magnitude faster than fractions, and there is one ruling for thousands of worklogs.
    """

    values: dict[str, Value]
    refused: tuple[Reason, Input, str] | None
    minimum: Fraction | int
    step: Fraction | int
    rounding_rows: Rows
    surcharge: Fraction | None
    surcharge_rows: Rows
    bands: dict[str, BandRuling | Reason]


@dataclass(frozen=True, slots=True)
class BandRuling:
    """What the tables say of the segment of one band."""

    may_cover: bool
    rate: Fraction | None
    beyond: Fraction | None
    rows: Rows


MOST_RULINGS = 50_000
"""Rulings kept per program; inputs that differ for every worklog would otherwise fill the memory."""


def _priced(
    work: Work, version: Version, program: Program, plan: CompiledPlan, clock: Clock, known: Mapping[str, Value]
) -> Priced | Held:
    bands = minutes_by_band(work, clock)
    if not bands:
        return Held("work", work.id, Reason.NO_TIME, {"band": DEFAULT_BAND})
    ruling = _ruling(work, program, plan, clock, known)
    if ruling.refused is not None:
        reason, of, value = ruling.refused
        detail = {"input": of.label, "value": work.spellings.get(of.name, value), "ruleset": version.title}
        return Held("work", work.id, reason, detail)
    last = len(bands) - 1
    real = sum(minutes for _, minutes in bands)
    surplus = rounded_minutes(real, minimum=ruling.minimum, step=ruling.step) - real
    priced = []
    for at, (band, minutes) in enumerate(bands):
        one = ruling.bands.get(band) or _band_ruling(band, ruling, program, plan)
        segment = Segment(band, minutes, minutes + surplus if at == last else minutes)
        if isinstance(one, Reason):
            detail = {"band": band, "ruleset": version.title, "minutes": str(segment.rounded)}
            return Held("work", work.id, one, {**detail, **_shown(work)})
        priced.append(PricedSegment(segment, one.may_cover, one.rate, one.beyond, one.rows))
    return Priced(work, version, tuple(priced), ruling.surcharge, ruling.surcharge_rows)


def _ruling(work: Work, program: Program, plan: CompiledPlan, clock: Clock, known: Mapping[str, Value]) -> Ruling:
    """The ruling for a worklog: found by what is asked of it, or made."""
    asked = program.asked
    values: dict[str, Value] = {**known, **work.inputs, "site": work.site}
    if "hours" in asked:
        values["hours"] = Fraction(-(-work.seconds // 60))
    if "start band" in asked:
        values["start band"] = next(clock.stretches(work.start, work.start + work.seconds)).band
    key = (plan.plan.name, *(values.get(name) for name in asked))
    found = program.rulings.get(key)
    if found is None:
        if len(program.rulings) >= MOST_RULINGS:
            program.rulings.clear()
        found = program.rulings[key] = _new_ruling(program, values)
    return found


def _new_ruling(program: Program, values: dict[str, Value]) -> Ruling:
    refused = program.unknown(values)
    if refused is not None:
        return Ruling(values, refused, 0, 1, (), None, (), {})
    of_minimum: Trace = []
    of_step: Trace = []
    of_surcharge: Trace = []
    minimum = _whole(program.hook("minimum", values, of_minimum), default=0)
    step = _whole(program.hook("round up to", values, of_step), default=1)
    surcharge = _fraction(program.hook("per worklog", values, of_surcharge))
    rounding_rows = (("minimum", tuple(of_minimum)), ("round up to", tuple(of_step)))
    surcharge_rows = (("per worklog", tuple(of_surcharge)),)
    return Ruling(values, None, minimum, step, rounding_rows, surcharge, surcharge_rows, {})


def _band_ruling(band: str, ruling: Ruling, program: Program, plan: CompiledPlan) -> BandRuling | Reason:
    """Ask the tables of the segment; remembered in the ruling."""
    values = {**ruling.values, "band": band}
    of_rate: Trace = []
    of_cover: Trace = []
    of_beyond: Trace = [plan.row]
    rate = _fraction(program.hook("rate", values, of_rate))
    covered = program.hook("covered", values, of_cover) is True
    beyond = _fraction(plan.beyond(values, of_beyond)) if plan.beyond is not None else None
    rows = (("rate", tuple(of_rate)), ("covered", tuple(of_cover)), ("beyond", tuple(of_beyond)))
    named = tuple((hook, those) for hook, those in (*ruling.rounding_rows, *rows) if those)
    found = Reason.NO_RULE if rate is None and program.binds("rate") else BandRuling(covered, rate, beyond, named)
    ruling.bands[band] = found
    return found


def _shown(work: Work) -> dict[str, str]:
    """What a person needs to see of a request to know which row is missing."""
    return {name: text for name, text in work.spellings.items() if text}


def _whole(value: Value, *, default: int) -> Fraction | int:
    if not isinstance(value, Fraction):
        return default
    return value.numerator if value.denominator == 1 else value


def _fraction(value: Value) -> Fraction | None:
    return value if isinstance(value, Fraction) else None
