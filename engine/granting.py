"""What a plan's allowance gives to one cycle: for its days, shared over a longer time, or spread over the contract.

And from when on: from the cycle's start, or from the day on which it is paid.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from engine.allowances import spread
from engine.facts import AllowanceOpens, Facts
from engine.formulas import Value
from engine.model import Mode
from engine.periods import Cycles
from engine.terms import CycleTerms, Phase


def granted(cycle: CycleTerms, cycles: Cycles, unit: int) -> tuple[int, int]:
    """Units given in a cycle, `unit` of them to a minute or a request, and the number of the last cycle that they live in."""
    n, of = cycle.number, cycle.last
    shared = of.plan.plan.shared_over
    group = cycles.group(n, shared) if shared is not None else range(n, n + 1)
    if n != group.start:
        return 0, n
    later = sum((cycles.share(m) for m in group if m != n), Fraction(0))
    own = sum((_given(phase, cycles, unit) for phase in cycle.phases if not phase.terms.suspended), Fraction(0))
    last = _allowance(of.plan.allowance(of.values, []))
    return int(own) + int(last * later * unit), group[-1]


def opens(cycle: CycleTerms, facts: Facts) -> date:
    """The first day on which the allowance that a cycle gives can be drawn (D5.7).

    What is billed in arrears cannot be paid before it is over, so it is open at the start.
    """
    of = cycle.first
    if of.terms.allowance_opens is AllowanceOpens.AT_START or of.plan.plan.mode is Mode.POSTPAID:
        return date.min
    return facts.paid.get(cycle.number, date.max)


def _given(phase: Phase, cycles: Cycles, unit: int) -> Fraction:
    """Units that a phase gives: its share of a cycle's, or of what is spread over all of the contract."""
    units = _allowance(phase.plan.allowance(phase.values, [])) * unit
    if not phase.plan.plan.spread:
        return units * phase.share
    upto, whole = cycles.upto, cycles.upto(cycles.end)
    return Fraction(spread(units, upto(phase.period.start) / whole, upto(phase.period.end) / whole))


def _allowance(value: Value) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(0)
