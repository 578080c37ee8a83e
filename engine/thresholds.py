"""Which work made a cycle's usage reach a share of its allowance (D8.7)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from engine.calendars import local_day
from engine.facts import Facts, Work
from engine.items import Closing, Held, Opening
from engine.settlement import contract_cycles, settle
from engine.timeline import Timeline


def used(closing: Closing) -> Fraction | None:
    """The share of a cycle's allowance that is drawn, all that was carried in or bought included; None without one."""
    allowance = closing.carried_in + closing.granted + closing.topped_up
    return Fraction(closing.drawn, allowance) if allowance else None


def reached_by(share: Fraction, cycle: int, opening: Opening, facts: Facts, timeline: Timeline) -> Work | None:
    """The first work of a cycle, in order of its start, up to which the share was used; None where it was not.

    What is drawn never falls as work is added, so the work is found by halving.
    """
    cycles = contract_cycles(facts.contract, timeline)
    if isinstance(cycles, Held):
        return None
    zone = facts.zones[facts.contract.zone]
    cycle_of = {work.id: cycles.number(local_day(work.start, zone)) for work in facts.work}
    others = tuple(work for work in facts.work if cycle_of[work.id] != cycle)
    mine = sorted((work for work in facts.work if cycle_of[work.id] == cycle), key=lambda work: (work.start, work.id))

    def reaches(count: int) -> bool:
        some = replace(facts, work=(*others, *mine[:count]))
        closings = settle(opening, some, timeline, through=cycle + 1).closings
        found = next((used(closing) for closing in closings if closing.cycle == cycle), None)
        return found is not None and found >= share

    if not reaches(len(mine)):
        return None
    low, high = 0, len(mine)  # reached by the first `high`, and not yet by the first `low`
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return mine[high - 1] if mine else None
