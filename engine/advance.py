"""What a cycle costs whether or not anybody worked: fees and recurring items, by phase, prorated (D6)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from engine.calculation import Trace
from engine.charging import Under, charged
from engine.facts import Facts, Quantity
from engine.items import Held, Item, Reason
from engine.model import LineKind, Mode
from engine.periods import Cycles, Period
from engine.program import CompiledItem
from engine.terms import CycleTerms, Phase


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
            Under(cycle.number, _due(cycle, phase), phase.period, facts.contract, phase.version, phase.terms),
            rows=(("plan", tuple(trace)),),
            share=phase.share,
            label=phase.plan.plan.label,
            product=phase.plan.plan.name,
        )


def missing_item(cycle: CycleTerms, facts: Facts) -> Held | None:
    """An item that is counted in the cycle and that the version of its first day does not sell: never left out."""
    for change in facts.quantities:
        compiled = cycle.first.item(change.item)
        price = compiled.price(cycle.first.values, []) if compiled is not None else None
        if change.effective_from < cycle.period.end and not isinstance(price, Fraction):
            detail = {"item": change.item, "ruleset": cycle.first.version.title}
            return Held("contract", facts.contract.number, Reason.NO_ITEM, detail)
    return None


def recurring(cycle: CycleTerms, cycles: Cycles, facts: Facts, *, over: bool) -> Iterator[Item]:
    """Items sold by the piece: what is there on the cycle's first day, and every change in it, by the day or the peak.

    Args:
        cycle: The cycle.
        cycles: Of the contract.
        facts: With the changes of quantity.
        over: The cycle is over, so that its highest count is known.
    """
    whole = cycles.whole(cycle.number)
    for name in dict.fromkeys(change.item for change in facts.quantities):
        compiled = cycle.first.item(name)
        price = compiled.price(cycle.first.values, []) if compiled is not None else None
        if compiled is None or not isinstance(price, Fraction):
            continue
        changes = sorted((q for q in facts.quantities if q.item == name), key=lambda q: q.effective_from)
        opening = [change for change in changes if change.effective_from <= cycle.period.start]
        inside = [change for change in changes if cycle.period.start < change.effective_from < cycle.period.end]
        if compiled.item.peak:
            counts = [*(change.quantity for change in opening[-1:]), *(change.quantity for change in inside if over)]
            if counts:
                yield _item(compiled, "peak", price, max(counts), cycle.period, cycle, whole, facts)
            continue
        before = 0
        if opening:
            before = opening[-1].quantity
            yield _item(compiled, opening[-1].id, price, before, cycle.period, cycle, whole, facts)
        for change in inside if over else ():
            days, more = Period(change.effective_from, cycle.period.end), change.quantity - before
            yield _item(compiled, change.id, price, more, days, cycle, whole, facts, change=change)
            before = change.quantity


def _item(
    compiled: CompiledItem,
    which: str,
    price: Fraction,
    quantity: int,
    days: Period,
    cycle: CycleTerms,
    whole: Period,
    facts: Facts,
    *,
    change: Quantity | None = None,
) -> Item:
    phase = cycle.first
    active = sum(_common(days, one.period) for one in cycle.phases if not one.terms.suspended)
    due = cycle.number + 1 if change is not None else _due(cycle, phase)
    return charged(
        f"recurring/{compiled.item.name}/{which}/{cycle.number}",
        LineKind.ITEM,
        price,
        Under(cycle.number, due, days, facts.contract, phase.version, phase.terms),
        rows=(("item", (compiled.row,)),),
        share=Fraction(active, whole.days),
        quantity=quantity,
        label=compiled.item.label,
        product=compiled.item.name,
        on=change.effective_from if change is not None else None,
    )


def _common(one: Period, other: Period) -> int:
    return max((min(one.end, other.end) - max(one.start, other.start)).days, 0)


def _due(cycle: CycleTerms, phase: Phase) -> int:
    return cycle.number if phase.plan.plan.mode is Mode.PREPAID else cycle.number + 1
