"""A figure and what it comes from: rows, the first failing cell of each row before, and formulas with their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from dsl.days import VALID
from dsl.source import shown_path
from dsl.testing import unit_of
from engine.calculation import Values
from engine.formulas import (
    Call,
    Comparison,
    ConstantName,
    Formula,
    HookName,
    Inherit,
    Literal,
    Operation,
    OutcomeName,
    Prices,
)
from engine.hooks import HOOK_BY_NAME
from engine.model import DAY, Constant, Hit, Origin, Outcome, Row, Table
from engine.why import FailingCell, Fitting, rows_in_order, why_not
from tarifa.trials.arithmetic import Arithmetic
from tarifa.trials.shown import Page, figure, value_text
from tarifa.trials.told import ConstantTold, Deciding, FigureTold, Misfit, Place, Source, TableTold
from tarifa.trials.watched import Watched

MOST_ROWS = 40
"""Rows that do not fit that are told at most: the nearest above the row that does."""


@dataclass(slots=True)
class Telling:
    """Tells where the figures of one request come from; each constant and each table once."""

    watched: Watched
    values: Values
    page: Page
    folder: str
    _told: set[tuple[str, str]] = field(default_factory=set)

    @property
    def _arithmetic(self) -> Arithmetic:
        return Arithmetic(self.watched, self.values)

    def figure(self, name: str, formula: Formula) -> FigureTold:
        """The value of a hook that is bound, or of an outcome of a table."""
        arithmetic, hook = self._arithmetic, HOOK_BY_NAME.get(name)
        if hook is None and isinstance(formula, OutcomeName):
            return FigureTold(
                name, self._value(formula), is_default=False, sum=None, sources=self._all_sources(formula)
            )
        plain = isinstance(formula, OutcomeName | Literal | Prices)
        written = self.page.cell(self.watched.ruleset.pricing[name].origin, "formula")
        return FigureTold(
            name,
            arithmetic.shown(arithmetic.value(HookName(name)), HOOK_BY_NAME[name].unit),
            is_default=arithmetic.value(formula) is None and HOOK_BY_NAME[name].default is not None,
            sum=None if plain else arithmetic.sum(name, formula, written),
            sources=self._all_sources(formula),
        )

    def _value(self, of: OutcomeName) -> str:
        table = self.watched.ruleset.tables[of.table]
        value = self.watched.outcome(of.table, of.outcome, self.values)
        return figure(of.table, of.outcome, value) or self._arithmetic.shown(value, unit_of(table, of.outcome))

    def _all_sources(self, formula: Formula) -> tuple[Source, ...]:
        return tuple(self._sources(formula))

    def _sources(self, formula: Formula) -> Iterator[Source]:
        """What the names in a formula come from."""
        match formula:
            case OutcomeName(table=table, outcome=outcome):
                if self._first(table, outcome):
                    yield from self._table(self.watched.ruleset.tables[table], outcome)
            case ConstantName(name=name):
                if self._first("", name):
                    constant = self._constant(name)
                    written = self.page.cell(constant.origin, "value")
                    told = self._arithmetic.sum(constant.label, constant.formula, written)
                    yield ConstantTold(told, self._place(constant.origin))
                    yield from self._sources(constant.formula)
            case Operation(left=left, right=right) | Comparison(left=left, right=right):
                yield from self._sources(left)
                yield from self._sources(right)
            case Call(arguments=arguments):
                for argument in arguments:
                    yield from self._sources(argument)
            case _:
                return

    def _constant(self, name: str) -> Constant:
        """A constant as it is on the day, where that is known."""
        constant, day = self.watched.ruleset.constants[name], self.values.get(DAY)
        return (constant.on(day) if isinstance(day, date) else None) or constant

    def _first(self, table: str, name: str) -> bool:
        new = (table, name) not in self._told
        self._told.add((table, name))
        return new

    def _place(self, origin: Origin) -> Place:
        return Place(shown_path(self.folder, origin.file), origin.line)

    # tables

    def _table(self, table: Table, outcome: str) -> Iterator[Source]:
        every = table.hit.collects or table.hit is Hit.MERGE
        found = [why_not(table, row, self.values) for row in table.rows] if every else rows_in_order(table, self.values)
        failing: list[FailingCell] = []
        fitting: list[Row] = []
        rows = {row.name: row for row in table.rows}
        for one in found:
            if isinstance(one, Fitting):
                fitting.append(rows[one.row.row])
            else:
                failing.append(one)
        fitting = [row for row in fitting if not row.catch_all] or fitting
        which = next(one for one in table.outcomes if one.name == outcome)
        if table.hit is Hit.MERGE:
            fitting = self._up_to_the_first_that_says_it(table, fitting, which)
        yield TableTold(
            table.label,
            tuple(self._deciding(table, row, which) for row in fitting),
            tuple(self._misfit(one) for one in failing[-MOST_ROWS:]),
            max(len(failing) - MOST_ROWS, 0),
        )
        for row in fitting:
            _, formula = self._outcome(table, row, which)
            if formula is not None:
                yield from self._sources(formula)

    def _up_to_the_first_that_says_it(self, table: Table, rows: list[Row], outcome: Outcome) -> list[Row]:
        saying = (at for at, row in enumerate(rows) if not isinstance(self._outcome(table, row, outcome)[1], Inherit))
        return rows[: next(saying, len(rows)) + 1]

    def _deciding(self, table: Table, row: Row, outcome: Outcome) -> Deciding:
        column, formula = self._outcome(table, row, outcome)
        told = None
        if formula is not None:
            told = self._arithmetic.sum(column, formula, self.page.cell(row.origin, column))
        return Deciding(row.name, self._place(row.origin), self.page.cell(row.origin, "why"), told)

    def _outcome(self, table: Table, row: Row, outcome: Outcome) -> tuple[str, Formula | None]:
        """The header of the column that counts here, and its formula; None where no column does."""
        label, cells = outcome.label, row.outcomes[table.outcomes.index(outcome)]
        if table.across is None:
            return label, cells[0]
        value = str(self.values.get(table.across))
        if value in table.across_values:
            spelled = self.watched.ruleset.inputs[table.across].spellings.get(value, value)
            return f"{label} / {spelled}", cells[table.across_values.index(value)]
        return (f"{label} / otherwise", cells[-1]) if table.across_otherwise else (label, None)

    def _misfit(self, cell: FailingCell) -> Misfit:
        of = self.watched.ruleset.inputs[cell.input]
        is_ = value_text(of, cell.value, self.page.spellings, (self.watched.currency,))
        wanted = self.page.cell(cell.row.origin, VALID if of.name == DAY else of.name)
        return Misfit(cell.row.row, of.label, is_, wanted)
