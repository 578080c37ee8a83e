"""What a cycle's work comes to at the least and at the most: a line for what lacks, or for what comes off (D5.6).

Of phases that differ each adds the share of its days. One without such a limit, or suspended, adds nothing, and its work
does not count, so an amendment of anything else leaves both as they were. The cap comes first: what it takes off is
never part of a commitment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.calculation import Trace
from engine.items import Item
from engine.model import LineKind, RowName
from engine.money import Currency
from engine.terms import CycleTerms, Phase

CAPPED = frozenset({LineKind.LABOUR, LineKind.REQUEST, LineKind.SURCHARGE, LineKind.TRAVEL})
"""The lines that a plan's `at least` and `at most` speak of."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A line that a limit asks for: `amount` in major units, below zero for a cap. `phase` is the last that says it."""

    name: str
    amount: Fraction
    phase: Phase
    rows: tuple[RowName, ...]


@dataclass(frozen=True, slots=True)
class _Bound:
    """A limit of all phases that say it, by the numbers of their terms."""

    amount: Fraction
    terms: frozenset[int]
    phase: Phase
    rows: tuple[RowName, ...]


def limits(
    cycle: CycleTerms, items: Sequence[Item], currency: Currency, *, terms_of: Callable[[Item], int]
) -> Iterator[Limit]:
    """The commitment and the cap of a cycle's items, as nets; `terms_of` is the number of the terms that an item is under."""
    most, least = _bound(cycle, "at most"), _bound(cycle, "at least")
    taken_off = Fraction(0)
    if most is not None:
        taken_off = min(most.amount - _spent(most, cycle, items, currency, terms_of), Fraction(0))
        if taken_off:
            yield Limit("cap", taken_off, most.phase, most.rows)
    if least is not None:
        off = taken_off if most is not None and most.terms <= least.terms else Fraction(0)
        lacks = least.amount - _spent(least, cycle, items, currency, terms_of) - off
        if lacks > 0:
            yield Limit("commit", lacks, least.phase, least.rows)


def _bound(cycle: CycleTerms, name: str) -> _Bound | None:
    found: _Bound | None = None
    for phase in cycle.phases:
        trace: Trace = [phase.plan.row]
        limit = (phase.plan.at_most if name == "at most" else phase.plan.at_least)(phase.values, trace)
        if phase.terms.suspended or not isinstance(limit, Fraction):
            continue
        share, number = limit * phase.share, phase.terms.number
        before, terms = (found.amount, found.terms) if found is not None else (Fraction(0), frozenset[int]())
        found = _Bound(before + share, terms | {number}, phase, tuple(trace))
    return found


def _spent(
    bound: _Bound, cycle: CycleTerms, items: Sequence[Item], currency: Currency, terms_of: Callable[[Item], int]
) -> Fraction:
    """What the lines come to that a limit speaks of."""
    is_of_all = all(phase.terms.suspended or phase.terms.number in bound.terms for phase in cycle.phases)
    capped = (item for item in items if item.kind in CAPPED)
    spent = sum(item.net for item in capped if is_of_all or terms_of(item) in bound.terms)
    return Fraction(spent, 10**currency.digits)
