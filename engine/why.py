"""Why not another row: the first cell of each row that does not hold. Recomputed on demand, never on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.calculation import Values
from engine.formulas import Value
from engine.model import Condition, Row, RowName, Table


@dataclass(frozen=True, slots=True)
class FailingCell:
    """A row that does not fit, its first cell that fails, and the value that it fails for."""

    row: RowName
    input: str
    condition: Condition
    value: Value


@dataclass(frozen=True, slots=True)
class Fitting:
    """A row that fits."""

    row: RowName


def why_not(table: Table, row: Row, values: Values) -> FailingCell | Fitting:
    """The first cell of `row` that does not hold for what is known; Fitting where all do."""
    name = RowName(table.label, row.name, row.origin)
    for of, condition in zip(table.inputs, row.conditions, strict=True):
        value = values.get(of)
        if not condition.holds(value):
            return FailingCell(name, of, condition, value)
    return Fitting(name)


def rows_in_order(table: Table, values: Values) -> Iterator[FailingCell | Fitting]:
    """Every row of a table for what is known, in order, up to and with the first that fits."""
    for row in table.rows:
        found = why_not(table, row, values)
        yield found
        if isinstance(found, Fitting):
            return
