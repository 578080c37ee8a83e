"""Which rows and cells of a ruleset's tables its tests pin down.

A test covers the rows and cells that every case of it comes to: a request that is said in full covers what decides it,
and a property of many requests covers nothing, however many rows it goes over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.formulas import Formula, Inherit
from engine.model import Hit, RowName, Ruleset, Table
from tarifa.trials.run import Result
from tarifa.trials.watched import CellName


@dataclass(frozen=True, slots=True)
class Coverage:
    """Rows and cells of outcomes: how many there are, which are covered, which rows are not."""

    rows: int
    cells: int
    covered_rows: frozenset[tuple[str, int]]
    covered_cells: frozenset[CellName]
    open_rows: tuple[RowName, ...]

    @property
    def of_rows(self) -> int:
        """Rows covered, in whole percent, rounded down; 100 where there are none."""
        return 100 * len(self.covered_rows) // self.rows if self.rows else 100

    @property
    def of_cells(self) -> int:
        """Cells covered, in whole percent, rounded down; 100 where there are none."""
        return 100 * len(self.covered_cells) // self.cells if self.cells else 100


def coverage(ruleset: Ruleset, results: Iterable[Result]) -> Coverage:
    """What the tests that were run cover of all tables."""
    rows: set[tuple[str, int]] = set()
    cells: set[CellName] = set()
    for result in results:
        rows |= result.rows
        cells |= result.cells
    tables = ruleset.tables.values()
    return Coverage(
        rows=sum(len(table.rows) for table in tables),
        cells=sum(len(list(_cells_that_count(table))) for table in tables),
        covered_rows=frozenset(rows),
        covered_cells=frozenset(cells),
        open_rows=tuple(
            RowName(table.label, row.name, row.origin)
            for table in tables
            for at, row in enumerate(table.rows)
            if (table.name, at) not in rows
        ),
    )


def _cells_that_count(table: Table) -> Iterator[Formula]:
    """The cells that some case can come to: not what is left to another row, nor what is merely counted."""
    if table.hit is not Hit.COUNT:
        yield from (cell for row in table.rows for of in row.outcomes for cell in of if not isinstance(cell, Inherit))
