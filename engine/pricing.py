"""Price one worklog: cut it into segments, round its time, ask the tables (D4). Stateless; allowances come after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, tzinfo
from fractions import Fraction

from engine.calculation import Trace
from engine.calendars import Clock, local_day
from engine.facts import Account, Contract, Facts, Terms, Work
from engine.formulas import Value
from engine.items import Held, Reason
from engine.model import DAY, DEFAULT_BAND, NO_PLAN, Input, LineKind, RowName
from engine.names import fold
from engine.program import CompiledPlan, Program, without_plan
from engine.timeline import Timeline, Version

LONGEST = 24 * 60 * 60
Rows = tuple[tuple[str, tuple[RowName, ...]], ...]


@dataclass(frozen=True, slots=True)
class Charge:
    """What a worklog or a request costs beside its time. `row` tells the lines of a list apart; else it is blank."""

    kind: LineKind
    row: str
    price: Fraction
    rows: Rows


@dataclass(frozen=True, slots=True)
class BandRuling:
    """What the tables say of the segment of one band.

    `rate` is the price of an hour, covered or not; `beyond` the price of an hour that is not: what the plan says, or
    `rate` where the hook `covered` says no, so that the plan has nothing to say.
    """

    may_cover: bool
    burn: Fraction | int
    rate: Fraction | None
    beyond: Fraction | None
    rows: Rows


@dataclass(slots=True)
class Ruling:
    """What the tables say of all worklogs that agree on every input asked: kept with the program, filled band by band.

    `refused` is an input whose value the ruleset does not declare. Minutes are whole where they can be: integers are
    an order of magnitude faster than fractions, and there is one ruling for thousands of worklogs.
    """

    values: dict[str, Value]
    refused: tuple[Reason, Input, str] | None = None
    below_zero: str | None = None  # a hook whose value is
    minimum: Fraction | int = 0
    step: Fraction | int = 1
    grace: Fraction | int = 0
    scope: str = "worklog"
    rounding_rows: Rows = ()
    charges: tuple[Charge, ...] = ()
    of_request: tuple[Charge, ...] = ()
    bands: dict[str, BandRuling | Reason] = field(default_factory=dict)


@dataclass(slots=True)
class Priced:
    """A worklog with what the tables say of it: real minutes per band, and a ruling for each. Unrounded.

    `whole` are the minutes of all parts of it, where it is one of them and its bands are rounded each by itself.
    Not frozen, for there is one for every worklog, and it does not leave the settlement of its cycle.
    """

    work: Work
    version: Version
    terms: Terms
    plan: CompiledPlan
    ruling: Ruling
    bands: tuple[tuple[str, int], ...]
    rulings: tuple[BandRuling, ...]
    whole: tuple[tuple[str, int], ...] = ()


def minutes_by_band(work: Work, clock: Clock, *, day: date | None = None) -> tuple[tuple[str, int], ...]:
    """Cut a worklog at the edges of bands: whole minutes per band, in order of first appearance.

    `day` is the clock's local day of its start, where that is known.

    Each cut takes the floor of the time cumulated so far and the last takes the rest, so that they add up to the
    worklog's time, rounded up to whole minutes (D4.4); so do parts that the edge of a cycle cuts. The band of the last
    minute comes last.
    """
    end = work.start + work.seconds
    here = clock.at(work.start, day=day)
    total, counted = work.before, work.before // 60
    if end <= here.end and not work.operational_only:  # most work lies in one band
        return ((here.band, _minutes_upto(total + work.seconds, goes_on=bool(work.after)) - counted),)
    found: dict[str, int] = {}
    last = None
    stretches = [
        stretch
        for stretch in clock.stretches(work.start, end)
        if stretch.band == DEFAULT_BAND or not work.operational_only
    ]
    for at, stretch in enumerate(stretches):
        total += stretch.end - stretch.start
        upto = _minutes_upto(total, goes_on=at < len(stretches) - 1 or bool(work.after))
        if upto > counted:
            last = stretch.band
            found[last] = found.get(last, 0) + upto - counted
        counted = upto
    if last is not None:
        found[last] = found.pop(last)
    return tuple(found.items())


def account_values(account: Account, day: date) -> dict[str, Value]:
    """What rows may look at before a contract is known, and the `day` that rows are valid on or not."""
    return {
        DAY: day,
        "account": account.key,
        "country": account.country,
        "region": fold(account.region) if account.region else None,
        "exempt": account.exempt,
    }


def _minutes_upto(seconds: int, *, goes_on: bool) -> int:
    """Whole minutes of a time: what is over counts as one where it does not go on."""
    return seconds // 60 if goes_on else -(-seconds // 60)


def values_before_contract(work: Work, account: Account, day: date) -> dict[str, Value]:
    """What is known of work before its contract is: what the hook `class` may look at."""
    hours = Fraction(-(-(work.seconds + work.before) // 60))
    return {**account_values(account, day), **work.inputs, "site": work.site, "hours": hours}


def contract_values(account: Account, contract: Contract, terms: Terms, day: date) -> dict[str, Value]:
    """What rows may look at on the level of the contract."""
    return {
        **dict(terms.inputs),
        **account_values(account, day),
        "class": contract.class_,
        "plan": terms.plan if terms.plan != NO_PLAN else None,
        "currency": contract.currency.code.casefold(),
        "seller": fold(contract.seller) if contract.seller else None,
    }


@dataclass(frozen=True, slots=True)
class Setting:
    """What is the same for all work of one local day, site zone and calendar, under one amendment.

    `known` are the contract's inputs, `key` those of them that rows look at. `computes` says that rows look at what is
    reckoned of each worklog.
    """

    day: date
    version: Version
    program: Program
    plan: CompiledPlan
    clock: Clock
    terms: Terms
    known: Mapping[str, Value]
    key: tuple[Value, ...]
    computes: bool


class Pricer:
    """Prices the work of one contract, and remembers what is the same for much of it."""

    def __init__(self, facts: Facts, timeline: Timeline) -> None:
        self._facts, self._timeline = facts, timeline
        self._settings: dict[tuple[object, ...], Setting] = {}

    def price(self, work: Work, terms: Terms) -> Priced | Held:
        """Price a worklog by the version in force when it started, or say why it must wait."""
        refused = _ineligible(work)
        if refused is not None:
            return Held("work", work.id, refused)
        setting = self._setting_of(work, terms)
        if isinstance(setting, Held):
            return setting
        try:
            return _priced(work, setting)
        except ZeroDivisionError:
            return Held("work", work.id, Reason.DIVISION_BY_ZERO, {"ruleset": setting.version.title})

    def day_of(self, work: Work) -> date:
        """The day of the contract that work started on."""
        return local_day(work.start, self._facts.zones[self._facts.contract.zone])

    def asked(self, work: Work, terms: Terms) -> tuple[Program, dict[str, Value], tuple[tuple[str, int], ...]] | None:
        """What the tables are asked about a worklog, whether they can price it or not: all but the band; and its bands.

        None where it waits before any table is asked.
        """
        setting = self._setting_of(work, terms) if _ineligible(work) is None else None
        if not isinstance(setting, Setting):
            return None
        values = {**setting.known, **work.inputs, "site": work.site, **_computed(work, setting)}
        bands = minutes_by_band(work, setting.clock, day=setting.day) if work.billable else ()
        return setting.program, values, bands

    def _setting_of(self, work: Work, terms: Terms) -> Setting | Held:
        zone = self._facts.zones[work.zone]
        day = local_day(work.start, zone)
        key = (day, work.zone, work.calendar, terms.number)
        setting: Setting | Held | None = self._settings.get(key)
        if setting is None:
            setting = self._setting(work, day, zone, terms)
            if isinstance(setting, Setting) and not self._depends_on_work(setting.program):
                self._settings[key] = setting
        return setting

    def _asks_class(self, program: Program) -> bool:
        """Whether work brings its own class along: without a contract, work of all classes is billed as one."""
        return self._facts.contract.pays_as_it_goes and program.binds("class")

    def _depends_on_work(self, program: Program) -> bool:
        return program.binds("calendar") or self._asks_class(program)

    def _setting(self, work: Work, day: date, zone: tzinfo, terms: Terms) -> Setting | Held:
        version = self._timeline.version(day)
        if version is None:
            return Held("work", work.id, Reason.NO_VERSION, {"day": day.isoformat()})
        contract = self._facts.contract
        program = version.program(contract, terms)
        plan = program.plan(terms.plan, day)
        if plan is None:
            return Held("work", work.id, *without_plan(version.ruleset, terms.plan, day))
        known = contract_values(self._facts.account, contract, terms, day)
        if self._asks_class(program):
            class_ = program.class_of(values_before_contract(work, self._facts.account, day))
            known["class"] = class_ if isinstance(class_, str) else contract.class_
        named = program.hook("calendar", {**known, **work.inputs, "site": work.site}, [])
        calendar = named if isinstance(named, str) else work.calendar
        clock = program.clock(calendar, zone)
        if clock is None:
            detail = {"calendar": calendar or "", "ruleset": version.title}
            return Held("work", work.id, Reason.NO_CALENDAR, detail)
        told = (known[name] for name in program.asked if name in known and name != DAY)
        key = (plan.plan.name, plan.plan.valid.start, program.seasons.number(day), *told)
        computes = not _COMPUTED.isdisjoint(program.asked)
        return Setting(day, version, program, plan, clock, terms, known, key, computes)


def _ineligible(work: Work) -> Reason | None:
    if not work.approved:
        return Reason.NOT_APPROVED
    if work.seconds <= 0:
        return Reason.NO_TIME
    return Reason.TOO_LONG if work.whole > LONGEST else None


MOST_RULINGS = 50_000
"""Rulings kept per program; inputs that differ for every worklog would otherwise fill the memory."""


def _priced(work: Work, setting: Setting) -> Priced | Held:
    bands = minutes_by_band(work, setting.clock, day=setting.day) if work.billable else ()
    if not bands and work.billable:
        return Held("work", work.id, Reason.NO_TIME, {"band": DEFAULT_BAND})
    ruling = _ruling(work, setting)
    if ruling.refused is not None:
        reason, of, value = ruling.refused
        detail = {"input": of.label, "value": work.spellings.get(of.name, value), "ruleset": setting.version.title}
        return Held("work", work.id, reason, detail)
    if ruling.below_zero is not None:
        detail = {"hook": ruling.below_zero, "ruleset": setting.version.title}
        return Held("work", work.id, Reason.NEGATIVE, {**detail, **_shown(work)})
    rulings = []
    for band, minutes in bands:
        one = ruling.bands.get(band) or _band_ruling(band, ruling, setting.program, setting.plan)
        if isinstance(one, Reason):
            title, hook = setting.version.title, f"rate in the band {band}"
            detail = {"band": band, "ruleset": title, "minutes": str(minutes), "hook": hook}
            return Held("work", work.id, one, {**detail, **_shown(work)})
        rulings.append(one)
    priced = Priced(work, setting.version, setting.terms, setting.plan, ruling, bands, tuple(rulings))
    if ruling.scope == "segment" and work.is_part:
        whole = replace(work, start=work.start - work.before, seconds=work.whole, before=0, after=0)
        priced.whole = minutes_by_band(whole, setting.clock)
    return priced


_COMPUTED = frozenset({"hours", "start band"})


def _computed(work: Work, setting: Setting) -> dict[str, Value]:
    """What is reckoned of a worklog because rows look at it."""
    computed: dict[str, Value] = {}
    if "hours" in setting.program.asked:
        computed["hours"] = Fraction(-(-work.whole // 60))
    if "start band" in setting.program.asked:
        computed["start band"] = setting.clock.at(work.start - work.before).band
    return computed


def _ruling(work: Work, setting: Setting) -> Ruling:
    """The ruling for a worklog: found by what is asked of it, or made."""
    program = setting.program
    computed = _computed(work, setting) if setting.computes else {}
    get = work.inputs.get
    key = (setting.key, work.site, *[get(name) for name in program.asked], *computed.values())
    found = program.rulings.get(key)
    if found is None:
        if len(program.rulings) >= MOST_RULINGS:
            program.rulings.clear()
        values = {**setting.known, **work.inputs, "site": work.site, **computed}
        found = program.rulings[key] = _new_ruling(program, values)
    return found


def _new_ruling(program: Program, values: dict[str, Value]) -> Ruling:
    refused = program.unknown(values)
    if refused is not None:
        return Ruling(values, refused)
    traces: dict[str, Trace] = {name: [] for name in ("minimum", "round up to", "grace", "scope")}

    def minutes(name: str, default: int) -> Fraction | int:
        return _whole(program.hook(name, values, traces[name]), default=default)

    minimum, step, grace = minutes("minimum", 0), minutes("round up to", 1), minutes("grace", 0)
    scope = _text(program.hook("scope", values, traces["scope"])) or "worklog"
    surcharges = _charges(program, "per worklog", LineKind.SURCHARGE, values)
    travel = _charges(program, "travel", LineKind.TRAVEL, values)
    of_request = _charges(program, "per request", LineKind.REQUEST, values)
    figures = {"minimum": minimum, "round up to": step, "grace": grace}
    figures |= {of.rows[0][0]: of.price for of in (*surcharges, *travel, *of_request) if of.price < 0}
    return Ruling(
        values,
        below_zero=next((hook for hook, figure in figures.items() if figure < 0), None),
        minimum=minimum,
        step=step,
        grace=grace,
        scope=scope,
        rounding_rows=tuple((name, tuple(rows)) for name, rows in traces.items() if rows),
        charges=(*surcharges, *travel),
        of_request=of_request,
    )


def _charges(program: Program, hook: str, kind: LineKind, values: Mapping[str, Value]) -> tuple[Charge, ...]:
    return tuple(Charge(kind, row, price, ((hook, rows),)) for row, price, rows in program.charges(hook, values))


def _band_ruling(band: str, ruling: Ruling, program: Program, plan: CompiledPlan) -> BandRuling | Reason:
    """Ask the tables of the segment; remembered in the ruling."""
    values = {**ruling.values, "band": band}
    traces: dict[str, Trace] = {"rate": [], "burn": [], "covered": [], "beyond": [plan.row]}
    rate = _fraction(program.hook("rate", values, traces["rate"]))
    burn = _whole(program.hook("burn", values, traces["burn"]), default=1)
    covered = program.hook("covered", values, traces["covered"]) is True
    if covered:
        beyond = _fraction(plan.beyond(values, traces["beyond"])) if plan.beyond is not None else None
    else:
        beyond, traces["beyond"] = rate, []
    rows = tuple((name, tuple(those)) for name, those in traces.items() if those)
    found: BandRuling | Reason = BandRuling(covered, burn, rate, beyond, (*ruling.rounding_rows, *rows))
    if rate is None and program.binds("rate"):
        found = Reason.NO_RULE
    elif burn < 0 or (rate is not None and rate < 0) or (beyond is not None and beyond < 0):
        found = Reason.NEGATIVE
    ruling.bands[band] = found
    return found


def _shown(work: Work) -> dict[str, str]:
    """What a person needs to see of a request to know which row is missing."""
    return {name: text for name, text in work.spellings.items() if text}


def _whole(value: Value, *, default: int) -> Fraction | int:
    if not isinstance(value, Fraction):
        return default
    return value.numerator if value.denominator == 1 else value


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None


def _fraction(value: Value) -> Fraction | None:
    return value if isinstance(value, Fraction) else None
