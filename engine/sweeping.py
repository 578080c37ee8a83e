"""Of some rows and one column: which of them hold together somewhere in a reach, found by one walk over where they turn.

Rows are bits of a small number here, whatever the table has; `analysis` searches over what comes out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.axes import Reach, Run

Cell = tuple[int, int]
"""Rows, and a class that they hold for and no others of those in question."""


def told_apart(reach: Reach, whole: Reach, of_rows: Sequence[Reach]) -> Mapping[int, int] | None:
    """The sets of rows that hold together somewhere in a reach, each with a class; None where all hold all over it."""
    held, bit = 0, 1
    turning: list[tuple[int, Sequence[Run]]] = []
    for of_row in of_rows:
        if of_row is whole or of_row is reach:
            held |= bit
        else:
            turning.append((bit, of_row.runs))
        bit <<= 1
    return _swept(reach.runs, turning, held) if turning else None


def _swept(box: Sequence[Run], turning: Sequence[tuple[int, Sequence[Run]]], held: int) -> dict[int, int]:
    """Sets of rows, as bits, that hold together somewhere in a box's runs of classes, each with such a class.

    Args:
        box: Runs, in order.
        turning: A bit, and the runs that its row holds for.
        held: Bits of the rows that hold for all of the box.
    """
    low, high = box[0][0], box[-1][1]
    turns: dict[int, int] = {}
    for bit, runs in turning:
        for first, last in runs:
            if last < low or first > high:
                continue
            if first <= low:
                held |= bit
            else:
                turns[first] = turns.get(first, 0) ^ bit
            if last < high:
                turns[last + 1] = turns.get(last + 1, 0) ^ bit
    sets = {held: low}
    if len(box) > 1:
        turns |= {first: turns.get(first, 0) for first, _ in box}
    for k in sorted(turns):
        held ^= turns[k]
        if held not in sets and (len(box) == 1 or any(first <= k <= last for first, last in box)):
            sets[held] = k
    return sets


def minimal(sets: Mapping[int, int]) -> Sequence[Cell]:
    """Those sets that hold no other: who escapes more rows escapes these."""
    if len(sets) == 1:
        return list(sets.items())
    smallest: list[Cell] = []
    for some, k in sorted(sets.items(), key=_fewest):
        if not any(less & some == less for less, _ in smallest):
            smallest.append((some, k))
    return smallest


def _fewest(cell: Cell) -> int:
    return cell[0].bit_count()
