"""Exact questions about a table's conditions: is some case decided by no row, or by two, and does every row decide some?

Each column's values fall into classes that the rows cannot tell apart (`axes`), so a search over classes is a search
over the whole domain. A row is a box: some classes of every column. All questions come to one, `Space.covered_by`: is
there a case inside a box that none of some rows fits? Its witness is a concrete case; where there is none, it names
rows that cover the box together. `contraction` asks what could be left out.

Every search counts its steps. One that takes too many ends in `UndecidedError`; it never passes for an answer.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.axes import OTHER, Axis, CaseValue, Other, Reach
from engine.matching import lowest, rows_of
from engine.model import ANY, Condition, Input
from engine.sweeping import Cell, minimal, told_apart

__all__ = [
    "OTHER",
    "Case",
    "CaseValue",
    "Dead",
    "Other",
    "Overlap",
    "Space",
    "Undecided",
    "UndecidedError",
    "ValueClass",
    "find_gap",
    "find_overlaps",
    "value_classes",
]

DEFAULT_LIMIT = 500_000
"""Steps of one question before it is given up as not decided; about a second."""
_TRIES = 6
_TRIES_AMONG_SOME = 2
"""Classes of a column that are looked at before any is searched for in earnest."""

Box = tuple[Reach, ...]
Point = tuple[int, ...]
"""A class of each column."""
_SOME = 48
"""Rows that are searched as bits of a small number."""


class UndecidedError(Exception):
    """A search was given up; a caller says so in place of an answer."""

    def __init__(self, steps: int) -> None:
        super().__init__(f"not decided within {steps:,} steps")
        self.steps = steps


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
class Dead:
    """A row that no case comes to: other rows fit all of its cases before it, none of which could be left out."""

    row: int
    behind: tuple[int, ...]
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
    axis = Axis(conditions, of)
    found: dict[int, CaseValue] = {}
    for value, rows in zip(axis.values, axis.rows, strict=True):
        found.setdefault(rows, value)
    return tuple(ValueClass(value, rows) for rows, value in found.items())


@dataclass(frozen=True, slots=True)
class Answer:
    """A case that none of the rows fits; or None, and `rows` that fit all cases together (none for an empty box)."""

    point: Point | None
    rows: tuple[int, ...]


class Space:
    """The conditions of a table, indexed for questions about all cases at once.

    `limit` are the steps that one question may take; `begin` starts the count anew.
    """

    def __init__(
        self, rows: Sequence[Sequence[Condition]], inputs: Sequence[Input], *, limit: int = DEFAULT_LIMIT
    ) -> None:
        self.inputs = tuple(inputs)
        self.conditions = rows
        self.axes = tuple(Axis([row[c] for row in rows], of) for c, of in enumerate(inputs))
        self.all = (1 << len(rows)) - 1
        self.whole: Box = tuple(axis.reach(ANY) for axis in self.axes)
        self.limit = limit
        self._steps = 0
        self._boxes: dict[int, Box] = {}

    def begin(self) -> None:
        """Count the steps of another question."""
        self._steps = 0

    def spend(self, steps: int) -> None:
        """Count some steps.

        Raises:
            UndecidedError: they are too many.
        """
        self._steps += steps
        if self._steps > self.limit:
            raise UndecidedError(self.limit)

    def box(self, row: int) -> Box:
        """The classes that a row fits."""
        found = self._boxes.get(row)
        if found is None:
            conditions = self.conditions[row]
            found = tuple([axis.reach(condition) for axis, condition in zip(self.axes, conditions, strict=True)])
            self._boxes[row] = found
        return found

    def find_boxes(self) -> None:
        """Find the boxes of all rows at once, column by column, for questions about every row."""
        if len(self._boxes) == len(self.conditions):
            return
        columns = []
        for c, axis in enumerate(self.axes):
            column = [row[c] for row in self.conditions]
            known = {key: axis.reach(condition) for key, condition in {id(one): one for one in column}.items()}
            columns.append([known[id(condition)] for condition in column])
        self._boxes = dict(enumerate(zip(*columns, strict=True)))

    def both(self, one: Box, other: Box) -> Box:
        """Where two boxes meet."""
        return tuple(axis.both(a, b) for axis, a, b in zip(self.axes, one, other, strict=True))

    def meeting(self, box: Box) -> int:
        """The rows that fit some case of a box."""
        found = self.all
        for reach in box:
            found &= reach.meets
        return found

    def covering(self, box: Box) -> int:
        """The rows that fit every case of a box."""
        found = self.all
        for reach in box:
            found &= reach.covers
        return found

    def fitting(self, point: Point) -> int:
        """The rows that fit a case."""
        found = self.all
        for axis, k in zip(self.axes, point, strict=True):
            found &= axis.rows[k]
        return found

    def around(self, point: Point, among: int) -> tuple[Condition, ...]:
        """The largest box around a case that no row of `among` fits, as far as widening column by column finds it."""
        box = [self.axes[c].over([(k, k)]) for c, k in enumerate(point)]
        found: list[Condition] = []
        for c, axis in enumerate(self.axes):
            others = among
            for other, reach in enumerate(box):
                others &= reach.meets if other != c else -1
            classes = {k for k, rows in enumerate(axis.rows) if not others & rows}
            self.spend(len(axis.rows))
            box[c] = axis.over([(k, k) for k in classes])
            found.append(ANY if len(classes) == len(axis.rows) else axis.condition(classes))
        return tuple(found)

    def case(self, point: Point) -> Case:
        """A class of each column as a request."""
        return Case(self.inputs, tuple(axis.values[k] for axis, k in zip(self.axes, point, strict=True)))

    def covered_by(self, box: Box, among: int) -> Answer:
        """A case of `box` that no row of `among` fits, or rows of `among` that cover it together.

        Raises:
            UndecidedError: it was not found out within the limit.
        """
        self.spend(len(box) + 1)
        left = among
        for reach in box:
            if not reach.runs:
                return Answer(None, ())
            left &= reach.meets
        if not left:
            return Answer(tuple([reach.runs[0][0] for reach in box]), ())
        covers = left
        for reach in box:
            covers &= reach.covers
        if covers:
            return Answer(None, (lowest(covers),))
        some = left.bit_count() <= _SOME
        point = self._dive(box, left, _TRIES_AMONG_SOME if some else _TRIES)
        if point is not None:
            return Answer(point, ())
        if some:
            return self._among_some(box, tuple(rows_of(left)))
        columns = [self._cells(axis, reach, left) for axis, reach in zip(self.axes, box, strict=True)]
        return _Search(self, columns, left).answer()

    def _cells(self, axis: Axis, reach: Reach, among: int) -> list[Cell]:
        """Rows and class, for those sets of rows that hold no other: who escapes more rows escapes these."""
        sets: dict[int, int] = {}
        for k in reach.classes():
            sets.setdefault(axis.rows[k] & among, k)
        self.spend(sum(last - first + 1 for first, last in reach.runs))
        smallest: list[Cell] = []
        for rows, k in sorted(sets.items(), key=lambda one: one[0].bit_count()):
            few = smallest[:_COMPARED]
            self.spend(1 + len(few) // 8)
            if not any(less & rows == less for less, _ in few):
                smallest.append((rows, k))
        return smallest

    def _among_some(self, box: Box, rows: Sequence[int]) -> Answer:
        """`covered_by`, for so few rows that each is a bit of a small number, whatever the table has.

        A column that all of them hold all over tells nothing apart, and is no part of the search. Of the others, one
        after the other, the class that most rows left do not hold for: that escapes nearly always, and soon.
        """
        boxes = [self.box(row) for row in rows]
        left = (1 << len(rows)) - 1
        point = [reach.runs[0][0] for reach in box]
        columns: dict[int, Mapping[int, int]] = {}
        for c, (reach, of_rows) in enumerate(zip(box, zip(*boxes, strict=True), strict=True)):
            if not left:
                return Answer(tuple(point), ())
            sets = told_apart(reach, self.whole[c], of_rows)
            if sets is not None:
                self.spend(len(sets))
                best = min(sets, key=lambda some: (some & left).bit_count())
                left &= best
                point[c] = sets[best]
                columns[c] = sets
        if not left:
            return Answer(tuple(point), ())
        answer = _Search(self, [minimal(sets) for sets in columns.values()], (1 << len(rows)) - 1).answer()
        if answer.point is None:
            return Answer(None, tuple([rows[at] for at in answer.rows]))
        for c, k in zip(columns, answer.point, strict=True):
            point[c] = k
        return Answer(tuple(point), ())

    def _dive(self, box: Box, left: int, tries: int) -> Point | None:
        """A quick try: of a few classes of each column, always that which the fewest rows fit."""
        point = [reach.runs[0][0] for reach in box]
        for c, (axis, reach) in enumerate(zip(self.axes, box, strict=True)):
            if left & reach.covers == left:
                continue  # all rows that are left hold all over it
            fewest, count = left, left.bit_count()
            for k in axis.sparse(reach, tries):
                rows = left & axis.rows[k]
                if not rows:
                    point[c] = k
                    return tuple(point)
                if rows.bit_count() < count:
                    point[c], fewest, count = k, rows, rows.bit_count()
            left = fewest
        return None


class _Search:
    """The search in earnest, inside one box: column by column, equal sub-problems solved once.

    `columns` have the sets of rows that a class of the box holds for, with that class; `rows` are all of them.
    """

    def __init__(self, space: Space, columns: Sequence[Sequence[Cell]], rows: int) -> None:
        self._space = space
        self._rows = rows
        self._order = sorted(range(len(columns)), key=lambda c: len(columns[c]))
        self._cells_at = [columns[c] for c in self._order]
        self._decided: set[tuple[int, int]] = set()
        self._used = 0
        # Rows that fit all of the columns from here on: one of them in play, and the sub-problem is covered.
        self._covers = [rows] * (len(columns) + 1)
        for depth in range(len(columns) - 1, -1, -1):
            covers = self._covers[depth + 1]
            for those, _ in self._cells_at[depth]:
                covers &= those
            self._covers[depth] = covers

    def answer(self) -> Answer:
        chosen = self._search(0, self._rows, ())
        if chosen is not None:
            point = [0] * len(self._order)
            for c, k in zip(self._order, chosen, strict=True):
                point[c] = k
            return Answer(tuple(point), ())
        return Answer(None, tuple(rows_of(self._used)))

    def _search(self, depth: int, left: int, chosen: tuple[int, ...]) -> tuple[int, ...] | None:
        if not left:
            return (*chosen, *(cells[0][1] for cells in self._cells_at[depth:]))
        covers = left & self._covers[depth]
        if covers:
            if not covers & self._used:
                self._used |= 1 << lowest(covers)
            return None
        if (depth, left) in self._decided:
            return None
        for rows, k in self._cells_at[depth]:
            self._space.spend(1)
            found = self._search(depth + 1, left & rows, (*chosen, k))
            if found is not None:
                return found
        self._decided.add((depth, left))
        return None


_COMPARED = 64
"""Smaller sets that a set is compared with: most fall to the few smallest."""


def find_gap(
    rows: Sequence[Sequence[Condition]], inputs: Sequence[Input], *, limit: int = DEFAULT_LIMIT
) -> Case | Undecided | None:
    """A case that no row fits, or None where every case is decided.

    Args:
        rows: Conditions, one for each of `inputs`.
        inputs: With their declared domains.
        limit: Steps after which the search says `Undecided`.
    """
    space = Space(rows, inputs, limit=limit)
    try:
        point = space.covered_by(space.whole, space.all).point
    except UndecidedError as error:
        return Undecided(error.steps)
    return None if point is None else space.case(point)


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
    space = Space(rows, inputs, limit=limit)
    found: list[Overlap] = []
    try:
        for overlap in overlaps(space, space.all):
            found.append(overlap)
            if len(found) == at_most:
                break
    except UndecidedError as error:
        return tuple(found) or Undecided(error.steps)
    return tuple(found)


def overlaps(space: Space, among: int, *, says: Sequence[Hashable] = ()) -> Iterator[Overlap]:
    """Pairs of rows of `among` that both fit some case, in order; where `says` is given, only of different things.

    Args:
        space: The table's conditions.
        among: Bitset of the rows to look at.
        says: What each row decides.

    Raises:
        UndecidedError: there may be more.
    """
    alike = same(says)
    for first in rows_of(among):
        space.spend(1)
        box = space.box(first)
        later = among & space.meeting(box) & (-1 << (first + 1))
        if says:
            later &= ~alike[says[first]]
        for second in rows_of(later):
            space.spend(1)
            yield Overlap(first, second, space.case(_shown(space, box, second)))


def same(says: Sequence[Hashable]) -> dict[Hashable, int]:
    """For each thing that rows say, the bitset of those that say it."""
    found: dict[Hashable, int] = {}
    for row, what in enumerate(says):
        found[what] = found.get(what, 0) | 1 << row
    return found


def impossible(space: Space, among: Iterable[int]) -> dict[int, int]:
    """Rows of `among` with a condition that no value of its input's domain satisfies, each with the first such column."""
    found: dict[int, int] = {}
    for row in among:
        for c, reach in enumerate(space.box(row)):
            if not reach.runs:
                found[row] = c
                break
    return found


def dead_rows(space: Space, among: int) -> Iterator[Dead]:
    """Rows of `among` all of whose cases earlier rows of `among` fit. Rows without any case are not among them.

    Raises:
        UndecidedError: there may be more.
    """
    above = 0
    space.find_boxes()
    for row in rows_of(among):
        dead = dead_row(space, row, above)
        if dead is not None:
            yield dead
        above |= 1 << row


def dead_row(space: Space, row: int, others: int) -> Dead | None:
    """The row, if `others` fit all of its cases and it has some.

    Raises:
        UndecidedError: that was not found out within the limit.
    """
    box = space.box(row)
    answer = space.covered_by(box, others)
    if answer.point is not None or not answer.rows:
        return None
    behind = _needed(space, box, answer.rows)
    return Dead(row, behind, space.case(_shown(space, box, behind[0])))


def _needed(space: Space, box: Box, rows: Sequence[int]) -> tuple[int, ...]:
    """Of rows that cover a box together, some that do and of which none could be left out; those asked for last go."""
    left = list(rows)
    for row in reversed(rows):
        fewer = sum(1 << other for other in left if other != row)
        if fewer and space.covered_by(box, fewer).point is None:
            left.remove(row)
    return tuple(left)


def _shown(space: Space, box: Box, row: int) -> Point:
    """A case of a box that a row fits too."""
    return tuple([_in_both(one, other) for one, other in zip(box, space.box(row), strict=True)])


def _in_both(one: Reach, other: Reach) -> int:
    """The first class of two reaches that have one in common."""
    return min(max(a[0], b[0]) for a in one.runs for b in other.runs if max(a[0], b[0]) <= min(a[1], b[1]))
