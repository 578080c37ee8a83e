"""The block `items`: what is sold by the piece and cycle, such as seats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dsl.build.dated import flat, report_holes, rows_by_day
from dsl.build.sheet import Columns, SheetRow, read_rows, report_problem
from dsl.days import VALID
from dsl.diagnostics import Problem, Report
from dsl.formula import read_formula
from dsl.source import Span
from dsl.suggest import did_you_mean, listed
from dsl.syntax import Block
from dsl.units import Scope, Typed, example_of
from engine.formulas import Unit
from engine.model import RecurringItem
from engine.names import fold
from engine.periods import Period

_COLUMNS = Columns(required=("item", "price"), optional=("count", VALID))
_IS_PEAK = {"daily": False, "peak": True}


@dataclass(frozen=True, slots=True)
class BuiltItem:
    """A recurring item and the place of its price; `item` is None where a cell of it is wrong, `price` where that is."""

    item: RecurringItem | None
    price: Typed | None
    place: Span


def read_items(blocks: Sequence[Block], valid: Period, scope: Scope, report: Report) -> dict[str, BuiltItem]:
    """All recurring items, by the keys of `dated.flat`; on days that none of its rows holds on, an item is not sold."""
    rows = [row for block in blocks for row in read_rows(block, _COLUMNS, report)]
    by_name = rows_by_day(rows, "item", "items", valid, report)
    for those in by_name.values():
        report_holes(those, "item", None, report)
    return {key: _item(row, scope, report) for key, row in flat(by_name).items()}


def _item(row: SheetRow, scope: Scope, report: Report) -> BuiltItem:
    label = row.text("item", "")
    price, peak = _price(row, scope, report), _peak(row, report)
    item = None
    if price is not None and peak is not None:
        item = RecurringItem(fold(label), label, price.formula, peak, row.origin, row.valid)
    return BuiltItem(item, price, row.span("price") if "price" in row.cells else row.span("item"))


def _price(row: SheetRow, scope: Scope, report: Report) -> Typed | None:
    cell = row.cells.get("price")
    if cell is None or not cell.text:
        return None
    found = read_formula(cell.text, scope, units=(Unit.MONEY,))
    if isinstance(found, Problem):
        report_problem(found, cell, row.file, report)
        return None
    if found is not None and found.unit is None:
        mend = example_of(Unit.MONEY, scope.currencies)
        report.error("wrong-type", "an item has a value in `price`", row.span("price"), help=(mend,))
        return None
    return found


def _peak(row: SheetRow, report: Report) -> bool | None:
    """Whether the highest count of a cycle is charged; None where the cell is wrong."""
    text = row.text("count", "daily")
    if text and fold(text) not in _IS_PEAK:
        report.error(
            "unknown-value",
            f"`count` of an item cannot be `{text}`",
            row.span("count"),
            label=did_you_mean(text, _IS_PEAK),
            help=(f"write one of {listed(_IS_PEAK)}",),
        )
    return _IS_PEAK.get(fold(text))
