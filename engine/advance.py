"""What a cycle costs whether or not anybody worked: fees, by phase, prorated (D6). Recurring items: `recurring`."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from engine.calculation import Trace
from engine.charging import Under, charged
from engine.facts import Facts
from engine.items import Item
from engine.model import LineKind
from engine.terms import CycleTerms


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
