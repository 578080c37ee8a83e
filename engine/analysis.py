"""Exact questions about a table's conditions: is some case decided by no row, or by two?

Each column's values fall into classes that the rows cannot tell apart, so a search over classes is a search over the
whole domain. Sets of rows still in play are remembered, so that equal sub-problems are solved once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_

from engine.formulas import Value
from engine.matching import Column, column, rows_of
from engine.model import Condition, Input

DEFAULT_LIMIT = 2_000_000
"""Steps of a search before it says that it did not decide."""


@dataclass(frozen=True, slots=True)
class Other:
    """Any value that no row names."""

    def __str__(self) -> str:
        return "any other"


OTHER = Other()
CaseValue = Value | Other


@dataclass(frozen=True, slots=True)
class Case:
    """A concrete request: a value for each input of the table, in the table's order."""

    inputs: tuple[Input, ...]
    values: tuple[CaseValue, ...]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rows (by index, `first` before `second`) that both fit `case`."""

    first: int
    second: int
    case: Case


@dataclass(frozen=True, slots=True)
class Undecided:
    """The search was given up: there may be more."""

    steps: int


@dataclass(frozen=True, slots=True)
class ValueClass:
    """Values that no row can tell apart: one of them, and the rows that fit it."""

    value: CaseValue
    rows: int


def value_classes(conditions: Sequence[Condition], of: Input) -> tuple[ValueClass, ...]:
    """The classes of an input's declared domain, as a column of conditions sees it; one per distinct set of rows."""
    # The domain's own bounds part the values too: what lies between them and the first bound of a row is a class.
    bounds = [Condition(spans=(of.domain,))] if of.domain is not None else []
    indexed = column([*conditions, *bounds], ordered=of.type.is_ordered)
    named = (1 << len(conditions)) - 1
    found: dict[int, CaseValue] = {}
    for value in _domain(indexed, of):
        rows = indexed.rows(_UNNAMED if isinstance(value, Other) else value) & named
        found.setdefault(rows, value)
    return tuple(ValueClass(value, rows) for rows, value in found.items())


_UNNAMED = "\N{REPLACEMENT CHARACTER}"  # cannot stand in a ruleset, so no row names it


def _domain(indexed: Column, of: Input) -> list[CaseValue]:
    if of.values:
        known: list[CaseValue] = list(of.values)
    elif of.type.is_ordered:
        values = [v for v in indexed.representatives() if of.domain is None or of.domain.holds(v)]
        known = list(values) or [OTHER]
    elif of.type.value == "yes/no":
        known = [True, False]
    else:
        known = [*indexed.representatives(), OTHER]
    return [*known, None] if of.may_be_missing else known


def find_gap(
    rows: Sequence[Sequence[Condition]], inputs: Sequence[Input], *, limit: int = DEFAULT_LIMIT
) -> Case | Undecided | None:
    """A case that no row fits, or None where every case is decided.

    Args:
        rows: Conditions, one for each of `inputs`.
        inputs: With their declared domains.
        limit: Steps after which the search says `Undecided`.
    """
    classes = [value_classes([row[c] for row in rows], of) for c, of in enumerate(inputs)]
    order = sorted(range(len(inputs)), key=lambda c: len(classes[c]))
    decided: set[tuple[int, int]] = set()
    steps = 0

    def search(depth: int, left: int, chosen: dict[int, CaseValue]) -> dict[int, CaseValue] | Undecided | None:
        nonlocal steps
        if not left:
            return chosen
        if depth == len(order) or (depth, left) in decided:
            return None
        for value in classes[order[depth]]:
            steps += 1
            if steps > limit:
                return Undecided(steps)
            found = search(depth + 1, left & value.rows, {**chosen, order[depth]: value.value})
            if found is not None:
                return found
        decided.add((depth, left))
        return None

    found = search(0, (1 << len(rows)) - 1, {})
    if found is None or isinstance(found, Undecided):
        return found
    anything: list[CaseValue] = [classes[c][-1].value for c in range(len(inputs))]
    return Case(tuple(inputs), tuple(found.get(c, anything[c]) for c in range(len(inputs))))


def find_overlaps(
    rows: Sequence[Sequence[Condition]], inputs: Sequence[Input], *, at_most: int = 20, limit: int = DEFAULT_LIMIT
) -> tuple[Overlap, ...] | Undecided:
    """Pairs of rows that both fit some case, the first `at_most` of them, each with such a case.

    Args:
        rows: Conditions, one for each of `inputs`.
        inputs: With their declared domains.
        at_most: How many are enough.
        limit: Steps after which the search says `Undecided`, or what it has found by then.
    """
    classes = [value_classes([row[c] for row in rows], of) for c, of in enumerate(inputs)]
    together, wide = _rows_that_meet(len(rows), classes, limit=limit)
    found: list[Overlap] = []
    steps = 0
    for first, others in enumerate(together):
        later = others >> (first + 1) << (first + 1)
        for of in wide:
            if not later:
                break
            steps += len(of)
            if steps > limit:
                return tuple(found) or Undecided(steps)
            later &= _any_of(value.rows for value in of if value.rows >> first & 1)
        for second in rows_of(later):
            both = (1 << first) | (1 << second)
            values = tuple(next(k.value for k in of if k.rows & both == both) for of in classes)
            found.append(Overlap(first, second, Case(tuple(inputs), values)))
            if len(found) == at_most:
                return tuple(found)
    return tuple(found)


def _rows_that_meet(
    count: int, classes: Sequence[Sequence[ValueClass]], *, limit: int
) -> tuple[list[int], list[Sequence[ValueClass]]]:
    """For each row, the rows that share a class of values with it in every column; and the columns not looked at.

    The cheapest columns come first, so that most pairs are parted before it gets dear; those beyond `limit` are left.
    """
    together = [(1 << count) - 1] * count
    in_play = (1 << count) - 1
    everywhere = [_in_all_of(of) for of in classes]  # rows that say nothing meet whatever fits at all
    dear = sorted(range(len(classes)), key=lambda c: sum((v.rows & ~everywhere[c]).bit_count() for v in classes[c]))
    steps = 0
    for at, c in enumerate(dear):
        asked = in_play & ~everywhere[c]
        steps += sum((value.rows & asked).bit_count() for value in classes[c])
        if steps > limit:
            return together, [classes[left] for left in dear[at:]]
        here = [0] * count
        for value in classes[c]:
            for row in rows_of(value.rows & asked):
                here[row] |= value.rows
        anything = _any_of(value.rows for value in classes[c])
        for row in rows_of(in_play):
            together[row] &= here[row] if asked >> row & 1 else anything
            if together[row] == 1 << row:
                in_play ^= 1 << row
    return together, []


def _any_of(sets: Iterable[int]) -> int:
    return reduce(or_, sets, 0)


def _in_all_of(of: Sequence[ValueClass]) -> int:
    return reduce(and_, (value.rows for value in of)) if of else 0
