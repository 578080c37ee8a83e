"""What could be left out of a table without changing what it decides: rows, conditions, columns. Exact.

Rows are told alike by what they say (`says`: anything that compares equal where two rows decide the same). Every answer
is about one change alone: of two rows that each could go, it may be that not both can.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from engine.analysis import Box, Case, Point, Space, same
from engine.matching import lowest, rows_of
from engine.model import ANY, Condition, InputType

T = TypeVar("T")

_TRIED_ROWS = 200
_TRIED_CLASSES = 12


@dataclass(frozen=True, slots=True)
class Redundant:
    """A row without which the rows below it decide the same; `case` comes to it, and would come to `then`."""

    row: int
    then: int
    case: Case


@dataclass(frozen=True, slots=True)
class Joinable:
    """Rows (in order) that say the same and differ in one column only, and the one condition that would do for all."""

    rows: tuple[int, ...]
    column: int
    condition: Condition


@dataclass(frozen=True, slots=True)
class Crossing:
    """Two rows that say different things and fit `case`, neither of which is the exception to the other."""

    first: int
    second: int
    case: Case


def redundant_rows(space: Space, says: Sequence[Hashable]) -> Iterator[Redundant]:
    """Rows of a table of first hits all of whose own cases the next row that fits would decide alike.

    Raises:
        UndecidedError: there may be more.
    """
    alike = same(says)
    for row in range(len(space.conditions)):
        space.spend(1)
        twins = alike[says[row]] & (-1 << (row + 1))
        box = space.box(row)
        if not twins or not (twins := twins & space.meeting(box)):
            continue
        earlier = (1 << row) - 1
        point = space.covered_by(box, earlier).point
        if point is None:
            continue
        then = lowest(space.fitting(point) & (-1 << (row + 1)))
        if then >= 0 and twins >> then & 1 and _never_another(space, row, box, twins):
            yield Redundant(row, then, space.case(point))


def _never_another(space: Space, row: int, box: Box, twins: int) -> bool:
    """Whether no case of a row that comes to it would come to a row that says something else, or to none."""
    earlier, later = (1 << row) - 1, -1 << (row + 1)
    if space.covered_by(box, space.all & ~(1 << row)).point is not None:
        return False
    others = space.meeting(box) & later & ~twins
    sure = twins & space.covering(box)
    if sure:  # nothing below a twin that fits all of its cases is asked
        others &= (1 << lowest(sure)) - 1
    for other in rows_of(others):
        before = earlier | (twins & ((1 << other) - 1))
        if space.covered_by(space.both(box, space.box(other)), before).point is not None:
            return False
    return True


def needless_conditions(space: Space) -> Iterator[tuple[int, int]]:
    """Row and column of conditions that hold for every value of their input, and do not say so by `-`."""
    for row, conditions in enumerate(space.conditions):
        for c, (condition, whole) in enumerate(zip(conditions, space.whole, strict=True)):
            if condition != ANY and space.axes[c].reach(condition).runs == whole.runs:
                yield row, c


def idle_columns(space: Space) -> frozenset[int]:
    """Columns whose every condition holds for every value."""
    found = set(range(len(space.axes)))
    for conditions in space.conditions:
        for c in tuple(found):
            if space.axes[c].reach(conditions[c]).runs != space.whole[c].runs:
                found.discard(c)
    return frozenset(found)


def useless_columns(space: Space, says: Sequence[Hashable]) -> Iterator[int]:
    """Columns of a table of first hits, without gap, that tell no two of its cases apart.

    Raises:
        UndecidedError: there may be more.
    """
    idle = idle_columns(space)
    points = _own_cases(space)
    for c in range(len(space.axes)):
        if c in idle or (not _seen_to_matter(space, c, says, points) and _never_matters(space, c, says)):
            yield c


def _own_cases(space: Space) -> Mapping[int, Point]:
    """For some rows, a case that comes to them."""
    found: dict[int, Point] = {}
    step = max(1, len(space.conditions) // _TRIED_ROWS)
    for row in range(0, len(space.conditions), step):
        point = space.covered_by(space.box(row), (1 << row) - 1).point
        if point is not None:
            found[row] = point
    return found


def _seen_to_matter(space: Space, column: int, says: Sequence[Hashable], points: Mapping[int, Point]) -> bool:
    """Whether a few tries find two cases that differ in this column alone, and are decided otherwise."""
    count = len(space.axes[column].rows)
    tried = range(0, count, max(1, count // _TRIED_CLASSES))
    for row, point in points.items():
        space.spend(len(tried))
        for k in tried:
            there = lowest(space.fitting((*point[:column], k, *point[column + 1 :])))
            if there < 0 or says[there] != says[row]:
                return True
    return False


def _never_matters(space: Space, column: int, says: Sequence[Hashable]) -> bool:
    """Whether all pairs of cases that differ in this column alone are decided alike.

    The column is put twice into a space of its own: once for the one case, once for the other. Row r of the table is
    there as row r, which looks at the first of the two, and as row n + r, which looks at the second.
    """
    count = len(space.conditions)
    rows = [*((*_without(row, column), row[column], ANY) for row in space.conditions)]
    rows += [(*_without(row, column), ANY, row[column]) for row in space.conditions]
    of = space.inputs[column]
    twice = Space(rows, (*_without(space.inputs, column), of, of), limit=space.limit)
    alike = same(says)
    for one in range(count):
        box = twice.box(one)
        before = (1 << one) - 1
        others = twice.meeting(box) >> count & ~alike[says[one]]
        for other in rows_of(others):
            both = twice.both(box, twice.box(count + other))
            if twice.covered_by(both, before | ((1 << other) - 1) << count).point is not None:
                return False
    return True


def _without(of: Sequence[T], column: int) -> tuple[T, ...]:
    return (*of[:column], *of[column + 1 :])


def joinable_rows(space: Space, says: Sequence[Hashable], *, ordered: bool, disjoint: bool) -> Iterator[Joinable]:
    """Rows that one row could stand for: they say the same, and differ in one column that lists or spans can join.

    Columns of text are left alone: they name customers and places, each of which keeps its own row.

    Args:
        space: The table's conditions.
        says: What each row decides.
        ordered: The first row that fits decides, so that a row cannot move past one that says something else.
        disjoint: Rows that fit the same case count twice, so that they cannot be joined.
    """
    alike = same(says)
    kinds = numbered(space.conditions)
    taken: set[int] = set()
    for c, of in enumerate(space.inputs):
        if of.type not in (InputType.CHOICE, *_SPANNED):
            continue
        groups: dict[Hashable, list[int]] = {}
        for row, conditions in enumerate(space.conditions):
            if row not in taken and _is_plain(conditions[c]):
                groups.setdefault((says[row], _without(kinds[row], c)), []).append(row)
        for group in groups.values():
            found = _joined(space, group, c, alike[says[group[0]]], ordered=ordered, disjoint=disjoint)
            if found is not None:
                taken.update(found.rows)
                yield found


_SPANNED = (InputType.NUMBER, InputType.DURATION, InputType.MONEY, InputType.DATE)


def _is_plain(condition: Condition) -> bool:
    return not (condition.negated or condition.missing or condition.prefixes)


def _joined(
    space: Space, group: Sequence[int], column: int, alike: int, *, ordered: bool, disjoint: bool
) -> Joinable | None:
    """The first rows of a group that could be one; None where no two of them can."""
    for at, first in enumerate(group):
        rows, condition = [first], space.conditions[first][column]
        for row in group[at + 1 :]:
            space.spend(1)
            box = space.box(row)
            between = (1 << row) - (1 << (first + 1))
            if ordered and space.meeting(box) & between & ~alike:
                continue
            if disjoint and any(space.meeting(box) >> other & 1 for other in rows):
                continue
            more = _union(space, condition, space.conditions[row][column], column)
            if more is not None:
                rows.append(row)
                condition = more
        if len(rows) > 1:
            return Joinable(tuple(rows), column, condition)
    return None


def _union(space: Space, one: Condition, other: Condition, column: int) -> Condition | None:
    """A condition for what either holds for; of spans, only where they are neighbours and make one."""
    if space.inputs[column].type is InputType.CHOICE:
        return Condition(values=one.values | other.values)
    if one.values or other.values or len(one.spans) != 1 or len(other.spans) != 1:
        return None
    low, high = sorted((one.spans[0], other.spans[0]), key=lambda span: (span.low is not None, span.low or 0))
    if low.high is None or low.high != high.low or low.high_counts == high.low_counts:
        return None
    if low.low is None and high.high is None:
        return Condition(negated=True)  # any value, and not a missing one
    return Condition(spans=(type(low)(low.low, high.high, low.low_counts, high.high_counts),))


def crossing_rows(space: Space, says: Sequence[Hashable], among: int) -> Iterator[Crossing]:
    """Rows of `among` that look at the same columns, fit a common case and say different things, none the exception.

    A row that asks for more columns is meant as the exception to one that asks for fewer, and one whose conditions all
    lie within another's is too. Rows that ask for different columns are left alone: price books order by them.
    """
    alike = same(says)
    asking: dict[Hashable, int] = {}
    asked = [tuple(condition != ANY for condition in conditions) for conditions in space.conditions]
    for row, columns in enumerate(asked):
        asking[columns] = asking.get(columns, 0) | 1 << row
    for row in rows_of(among):
        space.spend(1)
        box = space.box(row)
        later = among & asking[asked[row]] & space.meeting(box) & (-1 << (row + 1))
        for other in rows_of(later & ~alike[says[row]] & ~space.covering(box)):
            space.spend(1)
            theirs = space.box(other)
            if not space.covering(theirs) >> row & 1:
                both = space.both(box, theirs)
                yield Crossing(row, other, space.case(tuple(reach.runs[0][0] for reach in both)))


def numbered(rows: Iterable[Iterable[Hashable]]) -> list[tuple[int, ...]]:
    """Rows of numbers that are equal where the things are: they compare faster than the things do."""
    by_identity: dict[int, int] = {}
    numbers: dict[Hashable, int] = {}
    kept: list[Hashable] = []  # as long as a thing is kept, no other has its identity

    def number(thing: Hashable) -> int:
        found = by_identity.get(id(thing))
        if found is None:
            kept.append(thing)
            found = by_identity[id(thing)] = numbers.setdefault(thing, len(numbers))
        return found

    return [tuple(number(thing) for thing in row) for row in rows]
