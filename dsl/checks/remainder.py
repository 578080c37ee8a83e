"""What a row's cell says when it leaves to another row the cases that both fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dsl.checks.sheets import Sheet
from dsl.checks.spelling import can_be_written
from engine.model import ANY, Condition


@dataclass(frozen=True, slots=True)
class Remainder:
    """A cell in place of a row's own, with which it does not meet the other row.

    `exact`: it fits all that it fitted but what the other fits, so that no case is left to nobody.
    """

    column: int
    cell: str
    exact: bool


def remainders(sheet: Sheet, row: int, other: int) -> Iterator[Remainder]:
    """The cells of `row`, any one of which could be narrowed so that it leaves all that `other` fits."""
    space = sheet.space
    pairs = [
        (set(mine.classes()), set(theirs.classes()))
        for mine, theirs in zip(space.box(row), space.box(other), strict=True)
    ]
    for c, (mine, theirs) in enumerate(pairs):
        left = mine - theirs
        if not left:
            continue
        axis = space.axes[c]
        condition = axis.condition(left)
        shorter = _negated(space.conditions[row][c], space.conditions[other][c])
        if shorter is not None and not axis.of.may_be_missing:
            condition = shorter
        if can_be_written(condition, axis.of):
            exact = all(a <= b for n, (a, b) in enumerate(pairs) if n != c)
            yield Remainder(c, sheet.cell(condition, c), exact)


def _negated(mine: Condition, theirs: Condition) -> Condition | None:
    """`not Network, Server` in place of a list of all other values."""
    is_list = not (theirs.negated or theirs.missing or theirs.spans)
    return Condition(theirs.values, theirs.prefixes, negated=True) if mine == ANY and is_list else None


def leaving(sheet: Sheet, first: int, second: int) -> str:
    """How one of two rows leaves the cases that they share to the other."""
    space = sheet.space
    for inner, outer in ((second, first), (first, second)):
        if space.covering(space.box(inner)) >> outer & 1:
            inside, around = sheet.rows[inner].name, sheet.rows[outer].name
            cells = [one for one in remainders(sheet, outer, inner) if one.exact]
            if not cells:
                return f"row `{around}` fits all cases of row `{inside}`: take one of the two out"
            return _write(sheet, outer, cells[0])
    found = [(row, one) for row, other in ((second, first), (first, second)) for one in remainders(sheet, row, other)]
    if not found:
        return "let one of them exclude the other's case"
    row, best = min(found, key=lambda both: not both[1].exact)
    rest = "" if best.exact else ", and see that another row decides what it decided besides"
    return _write(sheet, row, best) + rest


def _write(sheet: Sheet, row: int, cell: Remainder) -> str:
    label = sheet.inputs[cell.column].label
    return f"let row `{sheet.rows[row].name}` leave this case to the other: under `{label}`, write `{cell.cell}`"
