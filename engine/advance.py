"""What a cycle costs whether or not anybody worked: fees, by phase, prorated (D6), and recurring items (`recurring`)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from engine.allowances import spread
from engine.calculation import Trace
from engine.charging import Under, charged
from engine.facts import Facts
from engine.items import Item
from engine.model import LineKind
from engine.money import to_minor
from engine.periods import Cycles
from engine.recurring import recurring
from engine.terms import CycleTerms

RECURRING = frozenset({LineKind.FEE, LineKind.ITEM})
"""The lines that are made here."""


def in_advance(cycle: CycleTerms, cycles: Cycles, facts: Facts, *, through: int) -> Iterator[Item]:
    """What recurs in a cycle and is due at boundary `through` or before."""
    of_cycle = (*fees(cycle, cycles, facts), *recurring(cycle, cycles, facts, over=cycle.number < through))
    return (item for item in of_cycle if item.due <= through)


def fees(cycle: CycleTerms, cycles: Cycles, facts: Facts) -> Iterator[Item]:
    """The fee of every phase that is not suspended; in advance for a prepaid plan, in arrears for a postpaid one.

    Of a fee for the whole contract, the cents that fall between the phase's days: together they are the fee.
    """
    for phase in cycle.phases:
        trace: Trace = [phase.plan.row]
        fee = phase.plan.fee(phase.values, trace)
        if phase.terms.suspended or not isinstance(fee, Fraction):
            continue
        is_spread, share, amount = phase.plan.plan.spreads_fee, phase.share, None
        if is_spread:
            start, end = (cycles.upto(day) / cycles.upto(cycles.end) for day in (phase.period.start, phase.period.end))
            total = to_minor(fee, facts.contract.currency, phase.version.ruleset.rounding)
            share, amount = end - start, spread(Fraction(total), start, end)
        yield charged(
            f"fee/{phase.terms.number}/{cycle.number}",
            LineKind.FEE,
            fee,
            Under(cycle.number, cycle.due(phase), phase.period, facts.contract, phase.version, phase.terms),
            rows=(("plan", tuple(trace)),),
            share=share,
            amount=amount,
            of_contract=is_spread,
            label=phase.plan.plan.label,
            product=phase.plan.plan.name,
        )
