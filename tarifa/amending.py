"""Which plans a contract can change to: those whose cycles and buckets are its own (D6)."""

from __future__ import annotations

from engine.facts import Contract
from engine.items import Held
from engine.model import Measure, Plan, Ruleset
from engine.periods import Every
from engine.settlement import contract_cycles
from engine.timeline import Timeline


def other_cycle(contract: Contract, timeline: Timeline, plan: Plan) -> str | None:
    """Why the cycles of `plan` are not the contract's; None where they are."""
    cycles = contract_cycles(contract, timeline)
    if isinstance(cycles, Held) or (plan.every, plan.by_calendar) == (cycles.every, cycles.by_calendar):
        return None
    theirs, ours = _length(plan.every, plan.by_calendar), _length(cycles.every, cycles.by_calendar)
    return f"the plan `{plan.label}` is billed by {theirs}, and the contract by {ours}"


def other_measure(contract: Contract, ruleset: Ruleset, plan: Plan) -> str | None:
    """Why the allowance of `plan` cannot follow that of the contract's plans: hours are no requests."""
    others = (ruleset.plans[terms.plan] for terms in contract.terms if terms.plan in ruleset.plans)
    if {Measure.HOURS, Measure.REQUESTS} <= {plan.measure, *(one.measure for one in others)}:
        return f"the plan `{plan.label}` counts {plan.measure.value}, and a plan of the contract something else"
    return None


def _length(every: Every, by_calendar: bool) -> str:  # noqa: FBT001  # a fact, not a choice of behaviour
    return f"calendar {every.value}" if by_calendar else every.value
