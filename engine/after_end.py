"""A contract after its end: top-ups that are bought then, or live on, have cycles to be used in (D5.4).

Its validity is not extended: there is no fee, and work beyond the top-ups costs what work without a contract does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, tzinfo

from engine.calendars import local_day
from engine.facts import Contract, TopUp
from engine.model import Measure, Plan, TopUpPlan
from engine.periods import Cycles
from engine.terms import last_agreed
from engine.timeline import Timeline


def with_top_ups(
    cycles: Cycles, contract: Contract, top_ups: Sequence[TopUp], timeline: Timeline, *, zone: tzinfo
) -> Cycles:
    """The contract's cycles, with those after its end in which a top-up lives, used up or not. `zone` is its own.

    What was bought before the end lives on in the contract that renews this one, where it hands over.
    """
    if cycles.last is None:
        return cycles
    used: set[int] = set()
    for bought in top_ups:
        day = local_day(bought.at, zone)
        sold = sold_on(contract, bought.top_up, day, timeline)
        if sold is not None and day >= contract.start:
            n = cycles.number(day)
            if contract.hands_over and n <= cycles.last:
                continue
            used.update(m for m in range(n, n + sold.lasts) if m > cycles.last)
    return replace(cycles, used=tuple(sorted(used)))


def succeeds(other: Contract, contract: Contract, day: date) -> bool:
    """Whether another contract of the account is in force on a day for all that one that has ended was for."""
    here = not other.sites or (bool(contract.sites) and contract.sites <= other.sites)
    is_agreed = not other.pays_as_it_goes and other.class_ == contract.class_
    return is_agreed and here and other.start <= day < other.end


def last_plan(contract: Contract, day: date, timeline: Timeline) -> Plan | None:
    """The plan in force on a day, or, after the end, the last that was agreed; None where the version lacks it."""
    version = timeline.version(day)
    named = version.ruleset.plans.get(last_agreed(contract, day).plan) if version is not None else None
    return named.on(day) if named is not None else None


def sold_on(contract: Contract, top_up: str, day: date, timeline: Timeline) -> TopUpPlan | None:
    """The top-up that a contract can buy on a day to use it after its end, too; None where its plan sells none."""
    version, plan = timeline.version(day), last_plan(contract, day, timeline)
    if version is None or plan is None or plan.measure is Measure.FIXED or top_up not in plan.top_ups:
        return None
    sold = version.ruleset.top_ups.get(top_up)
    return sold.on(day) if sold is not None else None
