"""Which values of a formula some request really reaches: below zero, or a division by zero, each with such a request.

A formula names tables, tables name others, and each decides by its own rows. A way through them is one choice for each
name: the rows that decide it, and those that must not fit. All tables stand in one `Space`, so that a way is real where
its box is not covered by the rows that it leaves out. Ways that cannot come to anything wrong are left early, by the
bounds of all that they could still choose; those that remain are cut at the values where the formula turns, until each
piece is either shown to be right or holds a request that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import islice, product

from engine.analysis import Box, Case, Space, UndecidedError
from engine.bounds import Bounds, Evaluation, Range, cells, exactly, union
from engine.formulas import (
    INHERIT,
    ConstantName,
    Formula,
    HookName,
    InputName,
    OutcomeName,
    parts,
)
from engine.hulls import Book, Hulls, Name, cells_of, default_of, outcome_number, range_of
from engine.model import ANY, DAY, Condition, Hit, Table
from engine.model import Span as Values
from engine.names import fold
from engine.periods import FOREVER, Period

LIMIT = 200_000
"""Steps of the search for one formula; a second or two."""
_EVALUATION = 20
"""Steps that one evaluation counts as."""
_MOST_SAMPLES = 1_500
_MOST_COLLECTED = 100
"""Rows of a table that are gathered; of more there are too many sets."""
_DEEPEST = 6
"""How often a piece is cut where comparisons turn that only came up inside it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a name comes to on one way: the formulas of the rows that decide, gathered as the table's hit policy says."""

    hit: Hit
    formulas: tuple[Formula, ...]
    row: int = -1
    column: int = 0


@dataclass(frozen=True, slots=True)
class Way:
    """Choices made so far, the box of requests that they are for, and the rows that must not fit."""

    box: Box
    without: int = 0
    chosen: Mapping[Name, Choice] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A formula that goes wrong: a request, and what it comes to; None where it divides by zero.

    `rows` are those that decide, by table and index; `always` where no request makes it right.
    """

    case: Case
    value: Fraction | None
    rows: tuple[tuple[str, int], ...]
    always: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """Where a formula stands: in the row of a table (by index, with the column of `across`), for some requests only."""

    table: str = ""
    row: int = -1
    column: int = 0
    among: tuple[tuple[str, Condition], ...] = ()


def wrongs(formula: Formula, hulls: Hulls, *, start: Start | None = None) -> tuple[Wrong, ...]:
    """One request at most for which a formula comes out below zero, and one for which it divides by zero.

    Raises:
        UndecidedError: it was not found out within the limit.
    """
    bounds = hulls.around(formula)
    if bounds.safe:
        return ()
    found = _Search(formula, hulls, start or Start()).wrongs()
    always = bounds.found is not None and bounds.found.high is not None and bounds.found.high < 0
    return tuple(replace(one, always=True) if always and one.value is not None else one for one in found)


class _Search:
    """The ways of one formula."""

    def __init__(self, formula: Formula, hulls: Hulls, start: Start) -> None:
        self._formula, self._hulls = formula, hulls
        self._book = book = hulls.book
        self._currency = hulls.currency
        names = _names(formula, book)
        self._counted = frozenset(one.name for one in names if isinstance(one, InputName))
        tables = {one.table for one in names if isinstance(one, OutcomeName)} | (
            {start.table} if start.table else set()
        )
        self._offsets: dict[str, int] = {}
        self.space = self._joint([book.tables[name] for name in sorted(tables)], names, start)
        self._undecided = False
        self._start = self._begin(start)

    def _joint(self, tables: Sequence[Table], names: set[Name | InputName], start: Start) -> Space:
        """All rows of all tables over all inputs; behind them rows that only make known what else is asked of an input."""
        book = self._book
        dated = [one for one in names if isinstance(one, ConstantName) and book.constants[one.name].others]
        asked = {name for table in tables for name in (*table.inputs, table.across) if name is not None}
        asked |= {name for name, _ in start.among} | self._counted | ({DAY} if dated else set())
        self._asked = frozenset(asked & book.inputs.keys())
        inputs = [book.inputs[name] for name in sorted(self._asked)]
        rows: list[tuple[Condition, ...]] = []
        for table in tables:
            self._offsets[table.name] = len(rows)
            at = {name: c for c, name in enumerate(table.inputs)}
            rows += [
                tuple(row.conditions[at[of.name]] if of.name in at else ANY for of in inputs) for row in table.rows
            ]
        others = [
            (table.across, Condition(frozenset({value})))
            for table in tables
            if table.across is not None
            for value in table.across_values
        ]
        others += [
            (DAY, _on(row.valid))
            for one in dated
            for row in (book.constants[one.name], *book.constants[one.name].others)
        ]
        others += start.among
        rows += [tuple(condition if of.name == name else ANY for of in inputs) for name, condition in others]
        return Space(rows, inputs, limit=LIMIT)

    def _begin(self, start: Start) -> Way:
        way = Way(self.space.whole)
        code = fold(self._currency.code)
        for name, condition in (*start.among, ("currency", Condition(frozenset({code})))):
            if name in self._asked:
                way = self._narrowed(way, name, condition)
        if start.table:
            table = self._book.tables[start.table]
            way = self._at(way, table, start.row, start.column, self._before(table, start.row))
        return way

    def wrongs(self) -> tuple[Wrong, ...]:
        """One below zero, one that divides by zero."""
        found: dict[bool, Wrong] = {}
        for wrong in self._wrongs(self._start):
            found.setdefault(wrong.value is None, wrong)
            if len(found) == 2:
                break
        if self._undecided and not found:
            raise UndecidedError(self.space.limit)
        return tuple(found.values())

    # ways

    def _wrongs(self, way: Way) -> Iterator[Wrong]:
        """All that goes wrong on a way, and on all that it leads to."""
        if not all(reach.runs for reach in way.box):
            return
        ranges = self._ranges_in(way.box)
        if ranges is None:
            return
        bounds, evaluation, unchosen = self._evaluated(way, ranges)
        if not self._may_be_wrong(bounds, evaluation):
            return
        if unchosen is None:
            yield from self._at_end(way)
            return
        for choice in self._choices(way, unchosen):
            yield from self._wrongs(choice)

    def _evaluated(
        self, way: Way, ranges: Mapping[str, Range]
    ) -> tuple[Bounds | None, Evaluation, OutcomeName | ConstantName | None]:
        """The formula on a way, how it was found, and the first name that is not chosen yet."""
        self.space.spend(_EVALUATION)
        missing: list[OutcomeName | ConstantName] = []

        def named(name: Name, by: Evaluation) -> Bounds | None:
            choice = way.chosen.get(name)
            if choice is not None:
                return _gathered(choice, by)
            match name:
                case ConstantName(name=constant) if not self._book.constants[constant].others:
                    return by.of(self._book.constants[constant].formula)
                case HookName(name=hook):
                    value = by.of(self._book.pricing[hook]) if hook in self._book.pricing else None
                    return value if value is not None and not missing else union([value, default_of(hook, by)])
                case _:
                    missing.append(name)
                    return self._hulls.named(name, by)

        evaluation = Evaluation(ranges, named, self._currency.code, self._book.rounding)
        bounds = evaluation.of(self._formula)
        return bounds, evaluation, missing[0] if missing else None

    @staticmethod
    def _may_be_wrong(bounds: Bounds | None, evaluation: Evaluation) -> bool:
        return evaluation.divides_by_zero or (bounds is not None and bounds.below_zero)

    def _narrowed(self, way: Way, name: str, condition: Condition) -> Way:
        at = next(c for c, of in enumerate(self.space.inputs) if of.name == name)
        axis = self.space.axes[at]
        box = list(way.box)
        box[at] = axis.both(box[at], axis.reach(condition))
        return replace(way, box=tuple(box))

    def _at(self, way: Way, table: Table, row: int, column: int, without: int) -> Way:
        """A way on which a row of a table fits, and some others of it do not."""
        offset = self._offsets[table.name]
        way = replace(
            way, box=self.space.both(way.box, self.space.box(offset + row)), without=way.without | without << offset
        )
        if table.across is None:
            return way
        values = table.across_values
        if column < len(values):
            return self._narrowed(way, table.across, Condition(frozenset({values[column]})))
        return self._narrowed(way, table.across, Condition(frozenset(values), missing=True, negated=True))

    def _before(self, table: Table, row: int, *, silent: int = 0) -> int:
        """The rows that must not fit for a row to decide; `silent` are those that inherit what it decides."""
        if table.rows[row].catch_all:
            return (1 << row) - 1  # it is behind all that ask for something
        return 0 if table.hit.collects else ((1 << row) - 1) & ~silent

    def _choices(self, way: Way, name: OutcomeName | ConstantName) -> Iterator[Way]:
        """The ways on, one for each of what decides a name."""
        match name:
            case ConstantName(name=constant):
                for one in (self._book.constants[constant], *self._book.constants[constant].others):
                    on = self._narrowed(way, DAY, _on(one.valid))
                    yield replace(on, chosen={**way.chosen, name: Choice(Hit.FIRST, (one.formula,))})
            case OutcomeName(table=of, outcome=outcome):
                table = self._book.tables[of]
                at = outcome_number(table, outcome)
                for choice, on in (self._sets if table.hit.collects else self._rows)(way, table, at):
                    yield replace(on, chosen={**way.chosen, name: choice})

    def _rows(self, way: Way, table: Table, at: int) -> Iterator[tuple[Choice, Way]]:
        """One row decides. Where a row of the table decides another outcome already, it decides this one, too."""
        merge = table.hit is Hit.MERGE
        known = [
            (choice.row, choice.column)
            for name, choice in way.chosen.items()
            if isinstance(name, OutcomeName) and name.table == table.name and choice.row >= 0 and not merge
        ]
        for row, one in enumerate(table.rows):
            for column, cell in enumerate(one.outcomes[at]):
                if cell == INHERIT or (known and (row, column) not in known):
                    continue
                quiet = sum(1 << r for r in range(row) if merge and table.rows[r].outcomes[at][column] == INHERIT)
                self.space.spend(len(way.box))
                without = self._before(table, row, silent=quiet)
                yield Choice(Hit.FIRST, (cell,), row, column), self._at(way, table, row, column, without)

    def _sets(self, way: Way, table: Table, at: int) -> Iterator[tuple[Choice, Way]]:
        """Some rows are collected, and no other fits; `otherwise` by itself."""
        if len(table.rows) > _MOST_COLLECTED:
            raise UndecidedError(self.space.limit)
        columns = len(table.across_values) + table.across_otherwise if table.across is not None else 1
        for column in range(columns):
            for rows, on in self._some(way, table, column, 0):
                formulas = tuple(table.rows[row].outcomes[at][column] for row in rows)
                yield Choice(table.hit, formulas), on

    def _some(self, way: Way, table: Table, column: int, row: int) -> Iterator[tuple[tuple[int, ...], Way]]:
        """The rows from one on that fit together, in every way that they can."""
        self.space.spend(len(way.box))
        if not all(reach.runs for reach in way.box):
            return
        if row == len(table.rows):
            yield (), way
            return
        if table.rows[row].catch_all and self._decided(way, table):
            yield (), way
            return
        with_it = self._at(way, table, row, column, self._before(table, row))
        for rest, on in self._some(with_it, table, column, row + 1):
            yield (row, *rest), on
        without = replace(way, without=way.without | 1 << (self._offsets[table.name] + row))
        yield from self._some(without, table, column, row + 1)

    def _decided(self, way: Way, table: Table) -> bool:
        """Whether some named row of a table that collects is taken on a way: not all of them are left out."""
        named = sum(1 << r for r, one in enumerate(table.rows) if not one.catch_all) << self._offsets[table.name]
        return bool(named & ~way.without)

    # ends

    def _ranges_in(self, box: Box) -> dict[str, Range] | None:
        """The values of the inputs that count, but for missing ones, within a box; None where one has none."""
        found: dict[str, Range] = {}
        for c, of in enumerate(self.space.inputs):
            if of.name not in self._counted:
                continue
            axis = self.space.axes[c]
            last = len(axis.values) - 1 - (axis.values[-1] is None)
            runs = [(low, min(high, last)) for low, high in box[c].runs if low <= last]
            if runs:
                range_ = range_of(of, axis.span((runs[0][0], runs[-1][1])))
                if range_ is None:
                    return None
                found[of.name] = range_
        return found

    def _at_end(self, way: Way) -> Iterator[Wrong]:
        """All is chosen: look at each class of the inputs that count by itself, for rows ask for them, too."""
        at = [c for c, of in enumerate(self.space.inputs) if of.name in self._counted]
        for classes in product(*(list(way.box[c].classes()) for c in at)):
            box = list(way.box)
            for c, k in zip(at, classes, strict=True):
                box[c] = self.space.axes[c].over([(k, k)])
            ranges = self._ranges_in(tuple(box))
            if ranges is None:
                continue
            bounds, evaluation, _ = self._evaluated(way, ranges)
            if self._may_be_wrong(bounds, evaluation):
                point = self.space.covered_by(tuple(box), way.without).point
                if point is not None:
                    yield from self._in_class(way, ranges, evaluation, self.space.case(point))

    def _in_class(self, way: Way, ranges: dict[str, Range], evaluation: Evaluation, case: Case) -> Iterator[Wrong]:
        """A piece of the values that count is right, or a value of it goes wrong; if neither is found, that is said."""
        left = [(piece, 0) for piece in cells(ranges, evaluation.turning)]
        while left:
            piece, depth = left.pop()
            bounds, inner, _ = self._evaluated(way, piece)
            if not self._may_be_wrong(bounds, inner):
                continue
            finer = list(cells(piece, inner.turning))
            last = len(finer) == 1 or depth == _DEEPEST
            wrong = self._sampled(way, [of.values() if last else of.samples() for of in piece.values()], piece, case)
            if wrong is not None:
                yield wrong
                return
            if not last:
                left += [(one, depth + 1) for one in finer]
            elif not all(of.is_listed for of in piece.values()):
                self._undecided = True

    def _sampled(
        self, way: Way, samples: Sequence[Iterable[Fraction]], piece: Iterable[str], case: Case
    ) -> Wrong | None:
        """The first of some values of the inputs that count which goes wrong."""
        for values in islice(product(*samples), _MOST_SAMPLES):
            exact = {name: Range(value, value) for name, value in zip(piece, values, strict=True)}
            bounds, evaluation, _ = self._evaluated(way, exact)
            if self._may_be_wrong(bounds, evaluation):
                value = bounds.low if bounds is not None and not evaluation.divides_by_zero else None
                rows = [
                    (name.table, choice.row)
                    for name, choice in way.chosen.items()
                    if isinstance(name, OutcomeName) and choice.row >= 0
                ]
                return Wrong(self._shown(case, {name: of.low for name, of in exact.items()}), value, tuple(rows))
        return None

    def _shown(self, case: Case, counted: Mapping[str, Fraction]) -> Case:
        """A request with the values that count, and without the inputs that nothing looks at."""
        shown = [
            (of, counted.get(of.name, value))
            for c, (of, value) in enumerate(zip(case.inputs, case.values, strict=True))
            if of.name in counted or any(row[c] != ANY for row in self.space.conditions)
        ]
        return Case(tuple(of for of, _ in shown), tuple(value for _, value in shown))


def _gathered(choice: Choice, by: Evaluation) -> Bounds | None:
    if choice.hit is Hit.COUNT:
        return exactly(Fraction(len(choice.formulas)))
    found = [one for one in map(by.of, choice.formulas) if one is not None]
    if choice.hit in (Hit.SUM, Hit.LIST):
        total = exactly(Fraction(0))
        for one in found:
            total = by.sum(total, one)
        return total
    if not found:
        return None
    value = found[0]
    for one in found[1:]:
        value = by.extreme("min" if choice.hit is Hit.MIN else "max", value, one)
    return value


def _names(formula: Formula, book: Book) -> set[Name | InputName]:
    """All that a formula names, with all that those name."""
    found: set[Name | InputName] = set()
    left = [formula]
    while left:
        for part in parts(left.pop()):
            if isinstance(part, OutcomeName | ConstantName | HookName | InputName) and part not in found:
                found.add(part)
                left += _meant(part, book)
    return found


def _meant(name: Name | InputName, book: Book) -> list[Formula]:
    match name:
        case OutcomeName(table=of, outcome=outcome):
            return cells_of(book.tables[of], outcome_number(book.tables[of], outcome))
        case ConstantName(name=constant):
            return [row.formula for row in (book.constants[constant], *book.constants[constant].others)]
        case HookName(name=hook):
            return [book.pricing[hook]] if hook in book.pricing else []
        case _:
            return []


def _on(days: Period) -> Condition:
    low = None if days.start == days.start.min else days.start
    return Condition(spans=(Values(low, None if days.end == FOREVER else days.last, high_counts=True),))
