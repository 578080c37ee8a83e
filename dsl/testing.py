"""Tests of a ruleset, as its blocks `tests` state them: requests, and what is to come of them.

They are read and checked with the ruleset and are no part of its meaning. Nothing is evaluated here; `tarifa.trials`
runs them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from engine.compiler import inputs_in, tables_in
from engine.formulas import Formula, Literal, Unit, Value
from engine.model import ANY, DAY, Condition, Hit, Origin, Outcome, Row, Table, Taxes
from engine.names import fold

PRICING = "pricing"
"""`tests pricing`: of a whole worklog, by all that `pricing` binds."""
BILLED, AMOUNT = "billed", "amount"
TAXES = "taxes"
"""`tests taxes`: of a document's line, by the rows of the tax table that apply to it."""
CODE, RATE = "code", "rate"
CLOCK = ("band", "start band", "hours", DAY)
"""Inputs that follow from when a worklog starts and ends."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What an outcome is to be. `by_currency` has one condition per currency code, or one under "" for what is no money."""

    text: str
    by_currency: Mapping[str, Condition]

    def holds(self, value: Value, currency: str) -> bool:
        """Whether an outcome is as expected; one that is said in other currencies only is not judged in this one."""
        folded = fold(value) if isinstance(value, str) else value
        return self.by_currency.get("", self.by_currency.get(currency, ANY)).holds(folded)


@dataclass(frozen=True, slots=True)
class RulesetTest:
    """A row of a block `tests`.

    Attributes:
        of: Folded name of the table, `PRICING` or `TAXES`.
        label: The table as its heading writes it.
        given: By folded input: the values that the test is about; an input that is not here may have any.
        expected: By folded outcome, or `billed` (minutes) and `amount` (major units).
        rows: Names of rows of the table, of which one (of a table that collects: all) is to decide; None: whichever.
        start, end: Of the worklog, on the wall clock of the ruleset's time zone; of `tests pricing` only.
        calendar: Folded name of the worklog's calendar; None means the only one.
        cells: The row as written, by header.
    """

    of: str
    label: str
    given: Mapping[str, Condition]
    expected: Mapping[str, Expected]
    rows: frozenset[str] | None
    cells: Mapping[str, str]
    origin: Origin
    start: datetime | None = None
    end: datetime | None = None
    calendar: str | None = None


def tables_tested(tables: Mapping[str, Table], taxes: Taxes | None) -> dict[str, Table]:
    """The tables that tests may be of, by folded name: those of the ruleset, and its taxes."""
    return {**tables, **({TAXES: table_of(taxes)} if taxes is not None else {})}


def table_of(taxes: Taxes) -> Table:
    """The tax table as one that collects: its rates added up as they are written, and its codes."""
    rows = tuple(
        Row(row.name, row.conditions, ((Literal(Unit.TEXT, row.code),), (row.rate,)), row.catch_all, row.origin)
        for row in taxes.rows
    )
    outcomes = (Outcome(CODE, CODE, Unit.TEXT), Outcome(RATE, RATE, Unit.NUMBER))
    return Table(TAXES, TAXES, Hit.SUM, taxes.inputs, outcomes, rows)


def listed_codes(codes: Iterable[str]) -> str:
    """The codes of all taxes that apply, each once, in one order: what `code` is compared with."""
    return ", ".join(sorted({fold(code): code for code in codes}.values(), key=fold))


def tables_named(formulas: Iterable[Formula], tables: Mapping[str, Table]) -> dict[str, Table]:
    """The tables that formulas name, and those that these name, by folded name, nearest first."""
    found: dict[str, Table] = {}
    waiting = list(formulas)
    while waiting:
        for name in tables_in(waiting.pop(0)):
            if name in tables and name not in found:
                found[name] = tables[name]
                waiting += formulas_of(tables[name])
    return found


def formulas_of(table: Table) -> Iterator[Formula]:
    """The outcomes of all rows; formulas that are written alike are one."""
    yield from dict.fromkeys(cell for row in table.rows for cells in row.outcomes for cell in cells)


def with_those_it_names(table: Table, tables: Mapping[str, Table]) -> dict[str, Table]:
    """A table and all tables that it names, however far."""
    return {table.name: table, **tables_named(formulas_of(table), tables)}


def counted_in(formulas: Iterable[Formula], tables: Iterable[Table]) -> frozenset[str]:
    """Inputs that formulas, and those of tables, count with: each value of them may give another result."""
    every = [*formulas, *(cell for table in tables for cell in formulas_of(table))]
    return frozenset(name for formula in every for name in inputs_in(formula))


def looked_at(formulas: Iterable[Formula], tables: Iterable[Table]) -> tuple[str, ...]:
    """Folded inputs that tables and formulas look at, in the order of the tables' columns."""
    tables, formulas = tuple(tables), tuple(formulas)
    names = [name for table in tables for name in table.inputs]
    names += [table.across for table in tables if table.across is not None]
    return tuple(dict.fromkeys([*names, *sorted(counted_in(formulas, tables))]))


def unit_of(table: Table, outcome: str) -> Unit:
    """What an outcome of a table counts; where rows are counted, that is a number."""
    if table.hit is Hit.COUNT:
        return Unit.NUMBER
    return next(one.unit for one in table.outcomes if one.name == outcome)
