"""What a cycle is settled by: versions, amendments and their phases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from engine.facts import Contract, Facts, Terms
from engine.formulas import Value
from engine.items import Held, Reason
from engine.model import DAY, NO_PLAN, Mode
from engine.periods import FOREVER, Cycles, Period
from engine.pricing import contract_values
from engine.program import CompiledItem, CompiledPlan, Program, undeclared, without_plan
from engine.timeline import Timeline, Version

AFTER_END = 0
"""The number of the terms after a contract's end; those that were agreed count from 1."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of a cycle under one amendment: its days, and the share of a whole cycle that they are."""

    period: Period
    share: Fraction
    terms: Terms
    version: Version
    program: Program
    plan: CompiledPlan
    values: Mapping[str, Value]

    def item(self, name: str) -> CompiledItem | None:
        """A recurring item as it is on the day that the phase is settled by."""
        day = self.values[DAY]
        return self.program.item(name, day) if isinstance(day, date) else None


@dataclass(frozen=True, slots=True)
class CycleTerms:
    """A cycle and its phases, one for each amendment that is in force in it. The last one closes it."""

    number: int
    period: Period
    phases: tuple[Phase, ...]

    @property
    def first(self) -> Phase:
        """The phase of its first day."""
        return self.phases[0]

    @property
    def last(self) -> Phase:
        """The phase of its last day."""
        return self.phases[-1]

    def due(self, phase: Phase) -> int:
        """The boundary at which what recurs is due: where the phase is prepaid the cycle's own, else the next."""
        return self.number if phase.plan.plan.mode is Mode.PREPAID else self.number + 1


def terms_on(contract: Contract, day: date) -> Terms:
    """The terms in force on a day: the newest that are effective by then; after the end, those of no plan (D5.4)."""
    if day >= contract.end:
        return Terms(AFTER_END, contract.end, NO_PLAN, late_window=contract.terms[-1].late_window)
    if len(contract.terms) == 1:
        return contract.terms[0]
    return max((t for t in contract.terms if t.effective_from <= day), key=_newest, default=contract.terms[0])


def last_agreed(contract: Contract, day: date) -> Terms:
    """The terms in force on a day, or, after the end, those of the last day."""
    return terms_on(contract, min(day, contract.end - _DAY))


def _newest(terms: Terms) -> tuple[date, int]:
    return terms.effective_from, terms.number


def cycle_terms(
    n: int, cycles: Cycles, facts: Facts, timeline: Timeline, *, priced_on: date | None = None
) -> CycleTerms | Held:
    """What cycle n is settled by, or why it cannot be: by the version of its first day, or of another one."""
    contract, period, whole = facts.contract, cycles.cycle(n), cycles.whole(n)
    starts = sorted({period.start, *(t.effective_from for t in contract.terms if t.effective_from in period)})
    phases: list[Phase] = []
    for start, end in zip(starts, [*starts[1:], period.end], strict=True):
        days = Period(start, end)
        share = Fraction(1) if days == whole else Fraction(days.days, whole.days)
        phase = _phase(days, share, priced_on or period.start, facts, timeline)
        if isinstance(phase, Held):
            return phase
        phases.append(phase)
    return CycleTerms(n, period, tuple(phases))


def _phase(period: Period, share: Fraction, cycle_start: date, facts: Facts, timeline: Timeline) -> Phase | Held:
    """Plan terms come from the version of the cycle's first day, or of the amendment's with `lock prices` (D3)."""
    contract = facts.contract
    terms = terms_on(contract, period.start)
    day = max(terms.effective_from, contract.start, contract.bill_from) if terms.lock_prices else cycle_start
    version = timeline.version(day)
    if version is None and terms.plan == NO_PLAN:
        version = timeline.first_in(period)  # such a plan says nothing that would be read for a cycle's first day
    if version is None:
        return Held("contract", contract.number, Reason.NO_VERSION, {"day": day.isoformat()})
    if not version.ruleset.prices_in(contract.currency) and (
        contract.conversion is None or version.ruleset.counts_money
    ):
        detail = {"currency": contract.currency.code, "ruleset": version.title}
        return Held("contract", contract.number, Reason.NO_CURRENCY, detail)
    program = version.program(contract, terms)
    plan = program.plan(terms.plan, day)
    if plan is None:
        return Held("contract", contract.number, *without_plan(version.ruleset, terms.plan, day))
    if plan.plan.needs_an_end and contract.end == FOREVER:
        return Held("contract", contract.number, Reason.NO_EXPIRY, {"plan": plan.plan.label})
    values = contract_values(facts.account, contract, terms, day)
    refused = undeclared(plan.asked, values)
    if refused is not None:
        reason, of, value = refused
        detail = {"input": of.label, "value": value, "ruleset": version.title}
        return Held("contract", contract.number, reason, detail)
    cells = {"fee": plan.fee, "allowance": plan.allowance, "carry over": plan.carry_over}
    cells |= {"at least": plan.at_least, "at most": plan.at_most}
    for name, cell in cells.items():
        figure = cell(values, [])
        if isinstance(figure, Fraction) and figure < 0:
            detail = {"hook": f"{name} of the plan {plan.plan.label}", "ruleset": version.title}
            return Held("contract", contract.number, Reason.NEGATIVE, detail)
    return Phase(period, share, terms, version, program, plan, values)
