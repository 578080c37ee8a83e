"""What a plan's allowance gives to one cycle: for its days, shared over a longer time, or spread over the contract.

And from when on: from the cycle's start, or from the day on which it is paid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction

from engine.allowances import spread
from engine.facts import AllowanceOpens, Contract, Facts
from engine.formulas import Value
from engine.items import Held
from engine.model import Mode
from engine.periods import Cycles
from engine.terms import CycleTerms, Phase, cycle_terms
from engine.timeline import Timeline


def granted(cycle: CycleTerms, cycles: Cycles, facts: Facts, timeline: Timeline, unit: int) -> tuple[int, int]:
    """Units given in a cycle, `unit` of them to a minute or a request, and the number of the last cycle that they live in.

    A pot holds what every phase of its cycles gives, also those that amendments begin later: it is there from its first
    day, and so an amendment within it counts from that day on, too.
    """
    n, shared = cycle.number, cycle.last.plan.plan.shared_over
    if shared is None:
        return int(_own(cycle, cycles, unit)), n
    group = cycles.group(n, shared)

    def with_it(others: Iterable[int]) -> Iterator[CycleTerms]:
        """Its neighbours in the pot, as its version says: up to a cycle whose plan shares otherwise, or not at all."""
        for m in others:
            other = cycle_terms(m, cycles, facts, timeline, priced_on=cycle.period.start)
            if isinstance(other, Held) or other.last.plan.plan.shared_over is not shared:
                return
            yield other

    if next(with_it(reversed(range(group.start, n))), None) is not None:
        return 0, n
    pot = [cycle, *with_it(range(n + 1, group.stop))]
    return int(sum((_own(one, cycles, unit) for one in pot), Fraction(0))), pot[-1].number


def pot_start(n: int, contract: Contract, cycles: Cycles, timeline: Timeline) -> int:
    """The first cycle whose allowance an amendment in cycle n may change: that of a pot which n lies in, or may lie in."""
    named = [one.version.ruleset.plans.get(terms.plan) for one in timeline.activations for terms in contract.terms]
    pots = {plan.shared_over for plan in named if plan is not None and plan.shared_over is not None}
    return min((cycles.group(n, over).start for over in pots if n <= (cycles.last or n)), default=n)


def opens(cycle: CycleTerms, facts: Facts) -> date:
    """The first day on which the allowance that a cycle gives can be drawn (D5.7).

    What is billed in arrears cannot be paid before it is over, so it is open at the start.
    """
    of = cycle.first
    if of.terms.allowance_opens is AllowanceOpens.AT_START or of.plan.plan.mode is Mode.POSTPAID:
        return date.min
    return facts.paid.get(cycle.number, date.max)


def _own(cycle: CycleTerms, cycles: Cycles, unit: int) -> Fraction:
    return sum((_given(phase, cycles, unit) for phase in cycle.phases if not phase.terms.suspended), Fraction(0))


def _given(phase: Phase, cycles: Cycles, unit: int) -> Fraction:
    """Units that a phase gives: its share of a cycle's, or of what is spread over all of the contract."""
    units = _allowance(phase.plan.allowance(phase.values, [])) * unit
    if not phase.plan.plan.spread:
        return units * phase.share
    upto, whole = cycles.upto, cycles.upto(cycles.end)
    return Fraction(spread(units, upto(phase.period.start) / whole, upto(phase.period.end) / whole))


def _allowance(value: Value) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(0)
