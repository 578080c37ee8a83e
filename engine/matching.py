"""Matching: which rows fit, without looking at the rows.

Every column of conditions is turned once into classes of values that its rows cannot tell apart, each with the bitset
(a Python `int`, bit r for row r) of the rows that it fits. A decision is a lookup per column and an AND. The same
structure answers "which row first", "which rows at all" and, in `analysis`, "is there a case that none decides".

Invariant, property-tested: bit r of `Column.rows(v)` is set exactly where `conditions[r].holds(v)`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import accumulate, pairwise
from operator import xor
from typing import Any

from engine.formulas import Value
from engine.model import ANY, Condition, Span

NO_ROW = -1
ANY_END = "\N{HORIZONTAL ELLIPSIS}"
"""Ends the word that stands for all that begin with a prefix and are not named."""
SMALL = 12_000
"""Rows up to which one bitset of all is as fast as two of parts, and small: 9 MB for a column of as many values."""


def lowest(bits: int) -> int:
    """The lowest row of a bitset, `NO_ROW` for an empty one."""
    return (bits & -bits).bit_length() - 1


def rows_of(bits: int) -> Iterable[int]:
    """The rows of a bitset in order."""
    while bits:
        row = lowest(bits)
        yield row
        bits &= bits - 1


def bits_of(rows: Sequence[int]) -> int:
    """The bitset of some rows. Shifting for each would copy all bits for each, which is quadratic in the rows."""
    if len(rows) < _FEW:
        return sum(1 << row for row in rows)
    bits = bytearray((max(rows) >> 3) + 1)
    for row in rows:
        bits[row >> 3] |= 1 << (row & 7)
    return int.from_bytes(bits, "little")


_FEW = 6


def alike(conditions: Sequence[Condition]) -> Iterable[tuple[Condition, int]]:
    """Each condition once, with the bitset of its rows; what is one object is one condition, as cells of a ruleset are."""
    rows: dict[int, list[int]] = {}
    for r, condition in enumerate(conditions):
        found = rows.get(id(condition))
        if found is None:
            rows[id(condition)] = [r]
        else:
            found.append(r)
    return [(conditions[those[0]], bits_of(those)) for those in rows.values()]


class ListedColumn:
    """Conditions on words and yes/no: values listed, prefixes of text, all others, missing."""

    __slots__ = ("_by_prefix", "_by_value", "_lengths", "_missing", "_others")

    def __init__(self, conditions: Sequence[Condition]) -> None:
        self._others = self._missing = 0
        listed: defaultdict[Value, int] = defaultdict(int)
        prefixed: defaultdict[str, int] = defaultdict(int)
        for condition, rows in alike(conditions):
            self._others |= rows if condition.negated else 0
            self._missing |= rows if condition.missing else 0
            for value in condition.values:
                listed[value] |= rows
            for prefix in condition.prefixes:
                prefixed[prefix] |= rows
        # Listing a value turns what a row says of all other values round: others ^ the rows that list it.
        self._by_prefix = dict(prefixed)
        self._lengths = sorted({len(prefix) for prefix in prefixed})
        self._by_value: dict[Value, int] = {
            value: self._others ^ (rows | self._prefixing(value)) for value, rows in listed.items()
        }
        self._by_value[None] = self._missing

    def _prefixing(self, value: Value) -> int:
        """The rows with a prefix of `value`."""
        rows = 0
        if isinstance(value, str):
            for length in self._lengths:
                rows |= self._by_prefix.get(value[:length], 0)
        return rows

    def rows(self, value: Value) -> int:
        """The rows whose condition holds for `value`."""
        found = self._by_value.get(value)
        return found if found is not None else self._others ^ self._prefixing(value)

    def lookup(self) -> tuple[Callable[[Value, int], int], int] | None:
        """`rows` as a dictionary's `get` and its default, where no prefix needs more than that."""
        return None if self._by_prefix else (self._by_value.get, self._others)

    def representatives(self) -> tuple[Value, ...]:
        """A value of every class but missing and, last, "any other"; classes of one bitset may repeat."""
        words = [prefix + ANY_END for prefix in self._by_prefix]
        return (*(value for value in self._by_value if value is not None), *words)


class OrderedColumn:
    """Conditions on numbers, durations, money and dates: elementary slots between the bounds that are named.

    Slot 2i+1 is the i-th bound itself, slot 2i what lies before it (and after the one before), the last what lies
    beyond all.
    """

    __slots__ = ("_bounds", "_missing", "_slots")

    def __init__(self, conditions: Sequence[Condition]) -> None:
        different = [(tuple(spans_of(condition)), condition, rows) for condition, rows in alike(conditions)]
        # Whole numbers are kept as such: they compare an order of magnitude faster than fractions.
        self._bounds: list[Any] = sorted(
            {
                plain(bound)
                for spans, _, _ in different
                for span in spans
                for bound in (span.low, span.high)
                if bound is not None
            }
        )
        self._missing = negated = 0
        for _, condition, rows in different:
            self._missing |= rows if condition.missing else 0
            negated |= rows if condition.negated else 0
        self._slots = self._swept([(spans, rows) for spans, _, rows in different if spans], negated)

    def _swept(self, different: Sequence[tuple[Sequence[Span], int]], rows: int) -> list[int]:
        """The rows of every slot, from the first to the last: each is the one before with what begins and ends there.

        Args:
            different: The spans of each condition, and its rows.
            rows: Those that hold where none of their spans does.
        """
        at = {bound: slot for slot, bound in enumerate(self._bounds)}
        turns = [0] * (2 * len(self._bounds) + 2)  # bit r: row r begins or ceases to lie in a span
        for spans, those in different:
            beyond = 0  # the first slot after the spans so far
            for first, last in sorted((_first(span, at), _last(span, at)) for span in spans):
                if last >= max(first, beyond):
                    turns[max(first, beyond)] ^= those
                    turns[last + 1] ^= those
                    beyond = last + 1
        return list(accumulate(turns[:-1], xor, initial=rows))[1:]

    def rows(self, value: Value) -> int:
        """The rows whose condition holds for `value`."""
        if value is None:
            return self._missing
        if type(value) is not int:
            value = plain(value)
        at = bisect_left(self._bounds, value)
        return self._slots[2 * at + (at < len(self._bounds) and self._bounds[at] == value)]

    def representatives(self) -> tuple[Value, ...]:
        """A value of every slot that holds one: the bounds, and one before, between and beyond them."""
        bounds = self._bounds
        if not bounds:
            return ()
        if isinstance(bounds[0], date):
            days = [bound.toordinal() for bound in bounds if isinstance(bound, date)]
            near = {day + step for day in days for step in (-1, 0, 1)}
            return tuple(date.fromordinal(day) for day in sorted(near) if 1 <= day <= date.max.toordinal())
        numbers = [Fraction(bound) for bound in bounds]
        between = [low + 1 if low + 1 < high else (low + high) / 2 for low, high in pairwise(numbers)]
        return tuple(sorted({numbers[0] - 1, *numbers, *between, numbers[-1] + 1}))


def _first(span: Span, at: Mapping[Any, int]) -> int:
    """The slot that a span begins in; `at` has the number of each bound."""
    return 0 if span.low is None else 2 * at[plain(span.low)] + (1 if span.low_counts else 2)


def _last(span: Span, at: Mapping[Any, int]) -> int:
    """The slot that a span ends in."""
    return 2 * len(at) if span.high is None else 2 * at[plain(span.high)] + (1 if span.high_counts else 0)


Column = ListedColumn | OrderedColumn


def plain(value: Value) -> Any:  # noqa: ANN401 - bounds of one column are of one type, which only its input knows
    """A whole fraction as an integer; all else as it is."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def spans_of(condition: Condition) -> Iterable[Span]:
    """The spans of an ordered condition; a value that it lists is a span of one."""
    yield from condition.spans
    for value in condition.values:
        if isinstance(value, Fraction | date):
            yield Span(value, value, high_counts=True)


def column(conditions: Sequence[Condition], *, ordered: bool) -> Column:
    """Index one column of conditions; `ordered` for numbers, durations, money and dates."""
    return OrderedColumn(conditions) if ordered else ListedColumn(conditions)


class Plain:
    """All rows in one bitset per class of values: fast for any one decision, O(rows^2) bits at worst."""

    __slots__ = ("_all", "_lookups", "_others")

    def __init__(self, rows: Sequence[Sequence[Condition]], ordered: Sequence[bool]) -> None:
        self._all = (1 << len(rows)) - 1
        lookups: list[tuple[int, Callable[[Value, int], int], int]] = []
        others: list[tuple[int, Column]] = []
        for c, is_ordered in enumerate(ordered):
            conditions = [row[c] for row in rows]
            if all(condition == ANY for condition in conditions):
                continue
            indexed = column(conditions, ordered=is_ordered)
            lookup = indexed.lookup() if isinstance(indexed, ListedColumn) else None
            if lookup is not None:
                lookups.append((c, *lookup))
            else:
                others.append((c, indexed))
        self._lookups, self._others = tuple(lookups), tuple(others)

    def fitting(self, values: Sequence[Value]) -> int:
        """The bitset of all rows that fit `values`, one for each column."""
        bits = self._all
        for c, get, others in self._lookups:
            bits &= get(values[c], others)
        for c, conditions in self._others:
            if not bits:
                return 0
            bits &= conditions.rows(values[c])
        return bits

    def first(self, values: Sequence[Value]) -> int:
        """The first row that fits, or `NO_ROW`."""
        bits = self.fitting(values)
        return (bits & -bits).bit_length() - 1

    def all(self, values: Sequence[Value]) -> Sequence[int]:
        """All rows that fit, in order."""
        return tuple(rows_of(self.fitting(values)))


class _Group:
    """The rows that name one value of the hashed column, and their index once somebody has asked for it."""

    __slots__ = ("index", "members")

    def __init__(self) -> None:
        self.members: list[int] = []
        self.index: Plain | None = None


class Hashed:
    """Rows grouped by the one value that they name in the most selective column; those that name none, apart.

    Each group is small, so its bitsets are; a group is indexed when it is first asked for.
    """

    __slots__ = ("_column", "_general", "_general_rows", "_groups", "_ordered", "_rows")

    def __init__(self, rows: Sequence[Sequence[Condition]], ordered: Sequence[bool], by: int) -> None:
        self._rows, self._ordered, self._column = rows, ordered, by
        groups: defaultdict[Value, _Group] = defaultdict(_Group)
        general: list[int] = []
        for r, row in enumerate(rows):
            if _names_values(row[by]):
                for value in row[by].values:
                    groups[value].members.append(r)
            else:
                general.append(r)
        self._groups = dict(groups)
        self._general_rows = general
        self._general = Plain([rows[r] for r in general], ordered)

    def _index(self, group: _Group) -> Plain:
        at = self._column
        rows = [self._rows[r] for r in group.members]  # all of them fit what the group is for: no need to ask again
        group.index = Plain([(*row[:at], ANY, *row[at + 1 :]) for row in rows], self._ordered)
        return group.index

    def first(self, values: Sequence[Value]) -> int:
        """The first row that fits, or `NO_ROW`."""
        general = self._general.first(values)
        of_all = self._general_rows[general] if general != NO_ROW else NO_ROW
        group = self._groups.get(values[self._column])
        if group is None:
            return of_all
        special = (group.index or self._index(group)).first(values)
        if special == NO_ROW:
            return of_all
        row = group.members[special]
        return row if of_all == NO_ROW or row < of_all else of_all

    def all(self, values: Sequence[Value]) -> Sequence[int]:
        """All rows that fit, in order."""
        general = [self._general_rows[r] for r in self._general.all(values)]
        group = self._groups.get(values[self._column])
        if group is None:
            return general
        special = (group.index or self._index(group)).all(values)
        return sorted([*general, *(group.members[r] for r in special)])


Index = Plain | Hashed


def _names_values(condition: Condition) -> bool:
    return bool(condition.values) and not (
        condition.negated or condition.missing or condition.prefixes or condition.spans
    )


def index(rows: Sequence[Sequence[Condition]], ordered: Sequence[bool]) -> Index:
    """Index a table's conditions, hashed on a column where that makes the largest part at most half."""
    if len(rows) <= SMALL:
        return Plain(rows, ordered)
    best, best_size = NO_ROW, len(rows) // 2
    for c, is_ordered in enumerate(ordered):
        if is_ordered:
            continue
        general, sizes = 0, defaultdict[Value, int](int)
        for row in rows:
            if _names_values(row[c]):
                for value in row[c].values:
                    sizes[value] += 1
            else:
                general += 1
        size = max(general, max(sizes.values(), default=0))
        if size <= best_size:
            best, best_size = c, size
    return Plain(rows, ordered) if best == NO_ROW else Hashed(rows, ordered, best)
