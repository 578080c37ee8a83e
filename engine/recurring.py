"""Recurring items: what is sold by the piece, counted by the day or by the peak, and prorated (D6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from engine.charging import Under, charged, discount_share
from engine.facts import Facts, Quantity
from engine.items import Held, Item, Reason
from engine.model import LineKind
from engine.periods import Cycles, Period
from engine.terms import CycleTerms, Phase


@dataclass(frozen=True, slots=True)
class _Count:
    """So many of an item on some days of a cycle.

    Attributes:
        which: Tells it apart from others of the item in the cycle.
        is_change: It came of a change within the cycle, so that it is due at its end.
        on: The first day of a change by the day.
    """

    which: str
    quantity: int
    days: Period
    is_change: bool = False
    on: date | None = None


def missing_item(cycle: CycleTerms, facts: Facts) -> Held | None:
    """An item that is counted in the cycle and that a version which prices it does not sell: never left out."""
    for change in facts.quantities:
        for phase in cycle.phases:
            is_counted = change.effective_from < phase.period.end and not phase.terms.suspended
            if is_counted and _price(change.item, phase) is None:
                detail = {"item": change.item, "ruleset": phase.version.title}
                return Held("contract", facts.contract.number, Reason.NO_ITEM, detail)
    return None


def recurring(cycle: CycleTerms, cycles: Cycles, facts: Facts, *, over: bool) -> Iterator[Item]:
    """Items sold by the piece: what is there on the cycle's first day, and every change in it, by the day or the peak.

    Args:
        cycle: The cycle.
        cycles: Of the contract.
        facts: With the changes of quantity.
        over: The cycle is over, so that what has changed in it is known.
    """
    whole = cycles.whole(cycle.number)
    for name in dict.fromkeys(change.item for change in facts.quantities):
        compiled = cycle.first.item(name)
        if compiled is None:
            continue
        changes = sorted((q for q in facts.quantities if q.item == name), key=lambda q: q.effective_from)
        opening = [change for change in changes if change.effective_from <= cycle.period.start][-1:]
        inside = [change for change in changes if cycle.period.start < change.effective_from < cycle.period.end]
        counted = _peak if compiled.item.peak else _daily
        for count in counted(cycle, opening, inside if over else ()):
            yield from _items(name, count, cycle, whole, facts)


def _daily(cycle: CycleTerms, opening: Sequence[Quantity], inside: Sequence[Quantity]) -> Iterator[_Count]:
    """What is there on the first day, for all of the cycle, and what each change adds or takes away, from its day on."""
    before = 0
    for one in opening:
        before = one.quantity
        yield _Count(one.id, before, cycle.period)
    for one in inside:
        days = Period(one.effective_from, cycle.period.end)
        yield _Count(one.id, one.quantity - before, days, is_change=True, on=one.effective_from)
        before = one.quantity


def _peak(cycle: CycleTerms, opening: Sequence[Quantity], inside: Sequence[Quantity]) -> Iterator[_Count]:
    """The highest count of the cycle: that of its first day, and by how much it rose, which is known at the end only.

    Where nothing is due before the end, both are one line.
    """
    first = sum(one.quantity for one in opening)
    highest = max((one.quantity for one in (*opening, *inside)), default=0)
    if cycle.due(cycle.first) > cycle.number:
        first = highest
    if opening or first:
        yield _Count("peak", first, cycle.period)
    if highest > first:
        yield _Count("rise", highest - first, cycle.period, is_change=True)


def _items(name: str, count: _Count, cycle: CycleTerms, whole: Period, facts: Facts) -> Iterator[Item]:
    """The lines of a count: one for all days of like terms, so mostly one.

    The first has the key that it has when it is alone; a later one names the amendment that it begins with.
    """
    key = f"recurring/{name}/{count.which}/{cycle.number}"
    parts = [
        (Period(max(days.start, count.days.start), min(days.end, count.days.end)), phases)
        for days, phases in _alike(name, cycle)
        if sum(_common(count.days, phase.period) for phase in phases)
    ]
    for n, (served, phases) in enumerate(parts):
        first = phases[0]
        price, compiled = _price(name, first), first.item(name)
        if price is None or compiled is None:
            continue
        yield charged(
            f"{key}/{first.terms.number}" if n else key,
            LineKind.ITEM,
            price,
            Under(
                cycle.number,
                cycle.number + 1 if count.is_change else cycle.due(first),
                served,
                facts.contract,
                first.version,
                first.terms,
            ),
            rows=(("item", (compiled.row,)),),
            share=Fraction(sum(_common(served, phase.period) for phase in phases), whole.days),
            quantity=count.quantity,
            label=compiled.item.label,
            product=compiled.item.name,
            on=count.on,
        )


def _alike(name: str, cycle: CycleTerms) -> Sequence[tuple[Period, Sequence[Phase]]]:
    """The phases that are not suspended, together where price, discount and due day agree; their days tile the cycle."""
    runs: list[list[Phase]] = []
    told: object = None
    for phase in cycle.phases:
        if phase.terms.suspended:
            continue
        terms = _price(name, phase), discount_share(phase.terms, LineKind.ITEM), cycle.due(phase)
        if not runs or terms != told:
            runs.append([])
        runs[-1].append(phase)
        told = terms
    edges = [cycle.period.start, *(run[0].period.start for run in runs[1:]), cycle.period.end]
    return [(Period(start, end), run) for start, end, run in zip(edges, edges[1:], runs, strict=False)]


def _price(name: str, phase: Phase) -> Fraction | None:
    compiled = phase.item(name)
    price = compiled.price(phase.values, []) if compiled is not None else None
    return price if isinstance(price, Fraction) else None


def _common(one: Period, other: Period) -> int:
    return max((min(one.end, other.end) - max(one.start, other.start)).days, 0)
