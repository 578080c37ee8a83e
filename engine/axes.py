"""One column of conditions as an axis: its input's values in classes that no row can tell apart, in order.

A class has the bitset of the rows that hold for it. What a condition holds for is a few runs of neighbouring classes, so
that "which rows meet it" and "which rows hold wherever it does" are unions and intersections over runs, which two trees
of bitsets answer in a logarithm of the classes. Equal cells of a ruleset are one object, and are asked once.

Invariant, property-tested: a class's value lies in a run of a condition exactly where `condition.holds(value)`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import islice, pairwise
from operator import and_, or_
from typing import Any

from engine.formulas import Value
from engine.matching import ANY_END, Column, column, plain, spans_of
from engine.model import Condition, Input, InputType, Span

Run = tuple[int, int]
"""Neighbouring classes, both ends included."""


@dataclass(frozen=True, slots=True)
class Other:
    """Any value that no row names."""

    def __str__(self) -> str:
        return "any other"


OTHER = Other()
CaseValue = Value | Other
UNNAMED = "\N{REPLACEMENT CHARACTER}"  # cannot stand in a ruleset, so no row names it


@dataclass(frozen=True, slots=True)
class Reach:
    """What a condition holds for: runs of classes, the rows that meet it there, and those that hold all over it."""

    runs: tuple[Run, ...]
    meets: int
    covers: int

    def classes(self) -> Iterable[int]:
        """Every class, in order."""
        for first, last in self.runs:
            yield from range(first, last + 1)


class Axis:
    """One column's classes: `values[k]` is one value of class k, `rows[k]` the rows that hold for it."""

    __slots__ = ("_and", "_bounds", "_by_value", "_keys", "_memo", "_or", "_sparse", "_texts", "of", "rows", "values")

    def __init__(self, conditions: Sequence[Condition], of: Input) -> None:
        self.of = of
        self._bounds = sorted({plain(bound) for bound in _bounds(conditions, of)})
        self.values, self.rows = _classes(conditions, of)
        known = len(self.values) - (self.values[-1] is None)
        self._keys: list[Any] = [plain(v) for v in self.values[:known] if not isinstance(v, Other)]
        self._by_value = {value: k for k, value in enumerate(self.values)}
        self._texts = sorted((value, k) for value, k in self._by_value.items() if isinstance(value, str))
        self._or = _tree(self.rows, or_)
        self._and = _tree(self.rows, and_)
        self._memo: dict[int, tuple[Condition, Reach]] = {}
        self._sparse = sorted(range(len(self.rows)), key=lambda k: self.rows[k].bit_count())

    def reach(self, condition: Condition) -> Reach:
        """What a condition holds for."""
        found = self._memo.get(id(condition))
        if found is None:
            # The condition is kept beside its answer, so that no other can come to have its identity.
            found = self._memo[id(condition)] = (condition, self.over(self._runs(condition)))
        return found[1]

    def over(self, runs: Sequence[Run]) -> Reach:
        """What is met and covered by some runs of classes."""
        if len(runs) == 1 and runs[0][0] == runs[0][1]:
            rows = self.rows[runs[0][0]]
            return Reach(tuple(runs), rows, rows)
        meets, covers = 0, -1
        every, common, size = self._or, self._and, len(self.rows)
        for first, last in runs:
            low, high = first + size, last + size + 1  # leaves; `high` is behind the last
            while low < high:
                if low & 1:
                    meets |= every[low]
                    covers &= common[low]
                    low += 1
                if high & 1:
                    high -= 1
                    meets |= every[high]
                    covers &= common[high]
                low //= 2
                high //= 2
        return Reach(tuple(runs), meets, covers if runs else 0)

    def both(self, one: Reach, other: Reach) -> Reach:
        """Where two conditions hold together."""
        if one is other:
            return one
        found = []
        for first, last in one.runs:
            for low, high in other.runs:
                if max(first, low) <= min(last, high):
                    found.append((max(first, low), min(last, high)))
        return self.over(found)

    def sparse(self, reach: Reach, most: int) -> Iterable[int]:
        """Some classes of a reach; of one that holds everywhere, those that the fewest rows hold for."""
        if reach.runs == ((0, len(self.rows) - 1),):
            return self._sparse[:most]
        first, last = reach.runs[0]
        if last - first >= most or len(reach.runs) == 1:
            return range(first, min(last + 1, first + most))
        return list(islice(reach.classes(), most))

    def condition(self, classes: Collection[int]) -> Condition:
        """A condition that holds for these classes and for no others."""
        known = len(self.values) - (self.values[-1] is None)
        missing = known in classes
        inside = sorted(k for k in classes if k < known)
        if self.of.type.is_ordered:
            runs = _joined([(k, k) for k in inside])
            if runs == [(0, known - 1)]:
                return Condition(missing=missing, negated=True)
            return Condition(spans=tuple(self.span(run) for run in runs), missing=missing)
        if any(isinstance(self.values[k], Other) for k in inside):
            left = [value for k, value in enumerate(self.values[:known]) if k not in classes]
            words, prefixes = _words(left)
            return Condition(words, prefixes, missing=missing, negated=True)
        words, prefixes = _words([self.values[k] for k in inside])
        return Condition(words, prefixes, missing=missing)

    def span(self, run: Run) -> Span:
        """All values of neighbouring classes of an ordered input."""
        low, low_counts = self._edge(run[0])
        if run[1] + 1 >= len(self._keys):
            of = self.of.domain
            high, counts = (of.high, of.high_counts) if of is not None else (None, False)
            return Span(low, high, low_counts, counts)
        high, counts = self._edge(run[1] + 1)
        if isinstance(high, date) and counts:
            return Span(low, high - timedelta(days=1), low_counts, high_counts=True)
        return Span(low, high, low_counts, high_counts=not counts)

    def _edge(self, k: int) -> tuple[Any, bool]:
        """Where a class begins, and whether that value lies in it."""
        value = self._keys[k]
        if k == 0:
            of = self.of.domain
            return (of.low, of.low_counts) if of is not None else (None, True)
        if isinstance(value, date):
            return value, True
        at = bisect_left(self._bounds, value)
        if at < len(self._bounds) and self._bounds[at] == value:
            return Fraction(value), True
        return Fraction(self._bounds[at - 1]), False

    def _runs(self, condition: Condition) -> list[Run]:
        known = len(self.values) - (self.values[-1] is None)
        listed = self._ordered_runs(condition) if self.of.type.is_ordered else self._listed_runs(condition)
        runs = _complement(listed, known) if condition.negated else listed
        if condition.missing and known < len(self.values):
            runs = _joined([*runs, (known, known)])
        return runs

    def _ordered_runs(self, condition: Condition) -> list[Run]:
        found: list[Run] = []
        known = len(self.values) - (self.values[-1] is None)
        for span in spans_of(condition):
            first, last = 0, known - 1
            if span.low is not None:
                first = (bisect_left if span.low_counts else bisect_right)(self._keys, plain(span.low))
            if span.high is not None:
                last = (bisect_right if span.high_counts else bisect_left)(self._keys, plain(span.high)) - 1
            if first <= last:
                found.append((first, last))
        return _joined(sorted(found))

    def _listed_runs(self, condition: Condition) -> list[Run]:
        classes = {self._by_value[value] for value in condition.values if value in self._by_value}
        for prefix in condition.prefixes:
            for at in range(bisect_left(self._texts, (prefix,)), len(self._texts)):
                text, k = self._texts[at]
                if not text.startswith(prefix):
                    break
                classes.add(k)
        return _joined([(k, k) for k in sorted(classes)])


def _bounds(conditions: Sequence[Condition], of: Input) -> Iterable[Any]:
    """The bounds that part an ordered input's values."""
    if not of.type.is_ordered:
        return
    spans = [span for condition in conditions for span in spans_of(condition)]
    for span in [*spans, of.domain] if of.domain is not None else spans:
        yield from (bound for bound in (span.low, span.high) if bound is not None)


def _words(values: Iterable[CaseValue]) -> tuple[frozenset[str | bool | Fraction | date], tuple[str, ...]]:
    """Values listed, and prefixes, of classes of words."""
    words = [value for value in values if isinstance(value, str | bool)]
    prefixes = tuple(word[:-1] for word in words if isinstance(word, str) and word.endswith(ANY_END))
    listed = frozenset(word for word in words if not (isinstance(word, str) and word.endswith(ANY_END)))
    return listed, prefixes


def _classes(conditions: Sequence[Condition], of: Input) -> tuple[tuple[CaseValue, ...], tuple[int, ...]]:
    """Values and rows of every class of the input's declared domain; of an ordered input, neighbours differ."""
    # The domain's own bounds part the values too: what lies between them and the first bound of a row is a class.
    bounds = [Condition(spans=(of.domain,))] if of.domain is not None else []
    indexed = column([*conditions, *bounds], ordered=of.type.is_ordered)
    named = (1 << len(conditions)) - 1
    values: list[CaseValue] = []
    rows: list[int] = []
    for value in domain(indexed, of):
        those = indexed.rows(UNNAMED if isinstance(value, Other) else value) & named
        if of.type.is_ordered and rows and rows[-1] == those and value is not None:
            continue
        values.append(value)
        rows.append(those)
    return tuple(values), tuple(rows)


def domain(indexed: Column, of: Input) -> list[CaseValue]:
    """A value of every class of an input's declared domain, in order; a missing one last."""
    if of.values:
        known: list[CaseValue] = list(of.values)
    elif of.type.is_ordered:
        values = [v for v in indexed.representatives() if of.domain is None or of.domain.holds(v)]
        known = list(values) or [OTHER]
    elif of.type is InputType.YES_NO:
        known = [True, False]
    else:
        known = [*indexed.representatives(), OTHER]
    return [*known, None] if of.may_be_missing else known


def _joined(runs: Sequence[Run]) -> list[Run]:
    """Sorted runs, with those that touch or overlap made one."""
    found: list[Run] = []
    for first, last in runs:
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def _complement(runs: Sequence[Run], count: int) -> list[Run]:
    """The other classes of `count`."""
    edges = [(-1, -1), *runs, (count, count)]
    return [(a[1] + 1, b[0] - 1) for a, b in pairwise(edges) if a[1] + 1 <= b[0] - 1]


def _tree(rows: Sequence[int], gather: Callable[[int, int], int]) -> list[int]:
    """A segment tree: leaves behind their parents, each of which gathers its two."""
    size = len(rows)
    tree = [0] * size + list(rows)
    for at in range(size - 1, 0, -1):
        tree[at] = gather(tree[2 * at], tree[2 * at + 1])
    return tree
