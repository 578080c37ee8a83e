"""What a cycle costs whether or not anybody worked: fees, by phase, prorated (D6), and recurring items (`recurring`)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from engine.calculation import Trace
from engine.charging import Under, charged
from engine.facts import Facts
from engine.items import Item
from engine.model import LineKind
from engine.periods import Cycles
from engine.recurring import recurring
from engine.terms import CycleTerms

RECURRING = frozenset({LineKind.FEE, LineKind.ITEM})
"""The lines that are made here."""


def in_advance(cycle: CycleTerms, cycles: Cycles, facts: Facts, *, through: int) -> Iterator[Item]:
    """What recurs in a cycle and is due at boundary `through` or before."""
    of_cycle = (*fees(cycle, facts), *recurring(cycle, cycles, facts, over=cycle.number < through))
    return (item for item in of_cycle if item.due <= through)


def fees(cycle: CycleTerms, facts: Facts) -> Iterator[Item]:
    """The fee of every phase that is not suspended; in advance for a prepaid plan, in arrears for a postpaid one."""
    for phase in cycle.phases:
        trace: Trace = [phase.plan.row]
        fee = phase.plan.fee(phase.values, trace)
        if phase.terms.suspended or not isinstance(fee, Fraction):
            continue
        yield charged(
            f"fee/{phase.terms.number}/{cycle.number}",
            LineKind.FEE,
            fee,
            Under(cycle.number, cycle.due(phase), phase.period, facts.contract, phase.version, phase.terms),
            rows=(("plan", tuple(trace)),),
            share=phase.share,
            label=phase.plan.plan.label,
            product=phase.plan.plan.name,
        )
