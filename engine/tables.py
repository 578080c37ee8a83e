"""Decision tables at work: one function per hit policy, from the rows that fit to an outcome.

To add a policy: give it a name in `model.Hit`, write its function here, and enter it in `POLICIES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.calculation import Evaluate, Trace, Values
from engine.formulas import Formula, Inherit, Value
from engine.matching import NO_ROW, Index
from engine.model import Hit, RowName, Table


@dataclass(frozen=True, slots=True)
class Cell:
    """One outcome of one row, as a function; `inherits` where it leaves the outcome to the next row that fits."""

    evaluate: Evaluate
    inherits: bool


@dataclass(frozen=True, slots=True, eq=False)
class CompiledTable:
    """A decision table: an index over its conditions, and its outcomes as functions.

    `cells[r][o]` are the columns of outcome o in row r: one, or one per value of the `across` input.
    """

    table: Table
    rows: tuple[RowName, ...]
    cells: tuple[tuple[tuple[Cell, ...], ...], ...]
    across: Mapping[Value, int]
    indexed: Index

    def evaluate(self, outcome: int, values: Values, trace: Trace) -> Value:
        """The outcome for what is known; the rows that decided go into `trace`. None where there is none."""
        return POLICIES[self.table.hit](self, outcome, values, trace)

    def each(self, outcome: int, values: Values) -> Sequence[tuple[RowName, Value]]:
        """The outcome of every row that fits, with the row: a line each."""
        found: list[tuple[RowName, Value]] = []
        for row in self.fitting(values):
            trace: Trace = []
            found.append((self.rows[row], self.value(row, outcome, values, trace)))
        return found

    def first(self, values: Values) -> int:
        """The first row that fits, or `NO_ROW`."""
        get = values.get
        return self.indexed.first([get(name) for name in self.table.inputs])

    def fitting(self, values: Values) -> Sequence[int]:
        """All rows that fit, in order; the one that says `otherwise` only where no other does."""
        fitting = self.indexed.all([values.get(name) for name in self.table.inputs])
        named = [row for row in fitting if not self.table.rows[row].catch_all]
        return named or fitting

    def cell(self, row: int, outcome: int, values: Values) -> Cell | None:
        """The cell of a row for what is known; None where no column is for that value of `across`."""
        cells = self.cells[row][outcome]
        if self.table.across is None:
            return cells[0]
        column = self.across.get(values.get(self.table.across), len(self.across))
        return cells[column] if column < len(cells) else None

    def value(self, row: int, outcome: int, values: Values, trace: Trace) -> Value:
        """The outcome of one row."""
        cell = self.cell(row, outcome, values)
        return cell.evaluate(values, trace) if cell is not None else None


def _first(table: CompiledTable, outcome: int, values: Values, trace: Trace) -> Value:
    row = table.first(values)
    if row == NO_ROW:
        return None
    trace.append(table.rows[row])
    return table.value(row, outcome, values, trace)


def _merge(table: CompiledTable, outcome: int, values: Values, trace: Trace) -> Value:
    for row in table.fitting(values):
        cell = table.cell(row, outcome, values)
        if cell is not None and not cell.inherits:
            trace.append(table.rows[row])
            return cell.evaluate(values, trace)
    return None


def _collected(table: CompiledTable, outcome: int, values: Values, trace: Trace) -> list[Fraction]:
    found = []
    for row in table.fitting(values):
        value = table.value(row, outcome, values, trace)
        if isinstance(value, Fraction):
            trace.append(table.rows[row])
            found.append(value)
    return found


def _sum(table: CompiledTable, outcome: int, values: Values, trace: Trace) -> Value:
    return sum(_collected(table, outcome, values, trace), Fraction(0))


def _count(table: CompiledTable, outcome: int, values: Values, trace: Trace) -> Value:
    del outcome
    rows = table.fitting(values)
    trace.extend(table.rows[row] for row in rows)
    return Fraction(len(rows))


def _least(table: CompiledTable, outcome: int, values: Values, trace: Trace) -> Value:
    return min(_collected(table, outcome, values, trace), default=None)


def _most(table: CompiledTable, outcome: int, values: Values, trace: Trace) -> Value:
    return max(_collected(table, outcome, values, trace), default=None)


POLICIES: Mapping[Hit, Callable[[CompiledTable, int, Values, Trace], Value]] = {
    Hit.FIRST: _first,
    Hit.UNIQUE: _first,
    Hit.ANY: _first,
    Hit.MERGE: _merge,
    Hit.SUM: _sum,
    Hit.COUNT: _count,
    Hit.MIN: _least,
    Hit.MAX: _most,
    Hit.LIST: _sum,  # what all lines come to, where one value is asked for; `each` gives the lines
    Hit.GRADUATED: _first,
    Hit.VOLUME: _first,
}


def inherits(formula: Formula) -> bool:
    """Whether a cell leaves its outcome to the next row."""
    return isinstance(formula, Inherit)
