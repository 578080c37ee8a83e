"""The documents of a contract that was settled from files: one for each boundary, and for differences at once.

All facts are known from the start, so no boundary changes what an earlier one billed: each owes what is due at it. But an
amendment that says `at once` is taken to be agreed on its first day: what recurs in its cycle is billed without it, and
on that day the difference is (docs/adr/0020).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from engine.advance import RECURRING
from engine.documents import DocumentTerms, Draft, Earlier, compose
from engine.facts import Difference, Facts
from engine.items import Billed, Closing, Delta, Held, Item, LineRef, OffDocument, Settlement
from engine.settlement import owed, settle_advance
from engine.taxation import Pool, PoolSum
from engine.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Boundary:
    """A boundary that is due: its number and day, and how much work before it waits."""

    number: int
    on: date
    waiting: int


def documents_of(
    settled: Settlement, boundaries: Sequence[Boundary], facts: Facts, timeline: Timeline, *, through: date
) -> tuple[tuple[Draft, ...], Held | None]:
    """The documents, in order of their days; where one is refused, no later one is made."""
    papers = _Papers(facts, timeline)
    items = _by_boundary(settled.items)
    closings = {closing.cycle + 1: closing for closing in settled.closings}
    left: tuple[Delta, ...] = ()
    for boundary, following in zip(boundaries, [*(one.on for one in boundaries[1:]), date.max], strict=False):
        days = _days_at_once(facts, boundary.on, following)
        due = items.get(boundary.number, [])
        if days:
            other = [one for one in due if one.cycle != boundary.number or one.kind not in RECURRING]
            due = [*papers.recurring(boundary), *other]
        refused = papers.write((*owed(due, {}), *left), boundary, closings.get(boundary.number))
        for day in days:
            if refused is None and day <= through:
                refused = papers.difference(replace(boundary, on=day, waiting=0))
        if refused is not None:
            return tuple(papers.drafts), refused
        left = papers.left_of(replace(boundary, on=days[-1])) if days else ()
    return tuple(papers.drafts), None


def _by_boundary(items: Sequence[Item]) -> Mapping[int, list[Item]]:
    found: defaultdict[int, list[Item]] = defaultdict(list)
    for item in items:
        found[item.due].append(item)
    return found


def _days_at_once(facts: Facts, after: date, before: date) -> Sequence[date]:
    """The first days, between two others, of amendments that are billed at once."""
    days = {one.effective_from for one in facts.contract.terms[1:] if one.difference is Difference.AT_ONCE}
    return sorted(day for day in days if after < day < before)


class _Papers:
    """The documents so far, and what they leave to the next one."""

    def __init__(self, facts: Facts, timeline: Timeline) -> None:
        self._facts, self._timeline = facts, timeline
        self._billed: dict[str, Billed] = {}
        self._pools: dict[Pool, PoolSum] = {}
        self._spent = 0
        self.drafts: list[Draft] = []

    def recurring(self, boundary: Boundary) -> tuple[Item, ...]:
        """What recurs in the cycle that a boundary opens and is due on its day, by what is agreed on the boundary's day."""
        terms = tuple(
            one
            for one in self._facts.contract.terms
            if one.difference is not Difference.AT_ONCE or one.effective_from <= boundary.on
        )
        known = replace(self._facts, contract=replace(self._facts.contract, terms=terms))
        return settle_advance(boundary.number, known, self._timeline, through=boundary.number).items

    def difference(self, boundary: Boundary) -> Held | None:
        """Write what amendments of a day change of what recurs; nothing where that comes to nothing in sum."""
        deltas = self.left_of(boundary)
        return self.write(deltas, boundary, None) if sum(delta.net for delta in deltas) else None

    def left_of(self, boundary: Boundary) -> tuple[Delta, ...]:
        """What is owed of what recurs in a cycle that is billed ahead already, by what is agreed on a day."""
        billed = {key: one for key, one in self._billed.items() if one.item.cycle == boundary.number}
        return owed(self.recurring(boundary), billed)

    def write(self, deltas: Sequence[Delta], boundary: Boundary, closing: Closing | None) -> Held | None:
        """Write a document; what of its cycle recurs may be corrected by a later one."""
        terms = DocumentTerms(
            self._facts.account,
            self._facts.contract,
            boundary=boundary.number,
            boundary_on=boundary.on,
            waiting=boundary.waiting,
            closings=(closing,) if closing is not None else (),
        )
        draft = compose(deltas, terms=terms, timeline=self._timeline, earlier=Earlier(self._pools, self._spent))
        if draft is None or isinstance(draft, Held):
            return draft
        self.drafts.append(draft)
        self._spent += draft.fixed_discount
        for line in draft.lines:
            if line.item.kind in RECURRING:
                before = self._billed.get(line.item.key)
                if before is None:
                    ref = LineRef(terms.key, line.position)
                    self._billed[line.item.key] = Billed(line.item, ref, line.taxes, line.off)
                else:
                    off = OffDocument(
                        before.off.share,
                        before.off.by_share + line.off.by_share,
                        before.off.fixed + line.off.fixed,
                    )
                    self._billed[line.item.key] = replace(before, item=line.item, off=off)
        for pool, added in draft.added:
            key = replace(pool, document=pool.document or terms.key)
            was = self._pools.get(key)
            taxes = tuple(map(sum, zip(was.taxes, added.taxes, strict=True))) if was is not None else added.taxes
            self._pools[key] = PoolSum(added.amount + (was.amount if was is not None else 0), taxes)
        return None
