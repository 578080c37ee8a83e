"""A figure and what it comes from: rows, the first failing cell of each row before, and formulas with their numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from dsl.days import VALID
from dsl.testing import unit_of
from engine.calculation import Values
from engine.formulas import (
    Call,
    Comparison,
    ConstantName,
    Formula,
    HookName,
    Inherit,
    InputName,
    Literal,
    Nothing,
    Operation,
    OutcomeName,
    Prices,
    Unit,
    Value,
)
from engine.hooks import HOOK_BY_NAME
from engine.model import DAY, Hit, InputType, Origin, Row, Table
from engine.why import FailingCell, Fitting, rows_in_order, why_not
from tarifa.trials.shown import Page, outcome_text, value_text
from tarifa.trials.watched import Watched

MOST_ROWS = 40
"""Rows that do not fit that are told at most: the nearest above the row that does."""
_UNITS = {
    InputType.NUMBER: Unit.NUMBER,
    InputType.DURATION: Unit.DURATION,
    InputType.MONEY: Unit.MONEY,
    InputType.REQUESTS: Unit.REQUESTS,
}
_SIXTY = Literal(Unit.NUMBER, Fraction(60))


@dataclass(slots=True)
class Telling:
    """Tells where figures of one request come from, as lines; each constant and each table once."""

    watched: Watched
    values: Values
    page: Page
    folder: str
    _told: set[tuple[str, str]] = field(default_factory=set)

    def hook(self, name: str) -> Iterator[str]:
        """The value of a hook that is bound, and what it comes from."""
        binding = self.watched.ruleset.pricing[name]
        value = self._value(HookName(name))
        default = HOOK_BY_NAME[name].default
        bound = self._value(binding.formula)
        note = " (nothing is said, so the default)" if bound is None and default is not None else ""
        yield f"{name} = {self._shown(value, HOOK_BY_NAME[name].unit)}{note}"
        if not isinstance(binding.formula, OutcomeName | Literal | Prices):
            yield f"  {self._sum(name, binding.formula, self.page.cell(binding.origin, 'formula'))}"
        yield from self._sources(binding.formula)

    def _sources(self, formula: Formula) -> Iterator[str]:
        """What the names in a formula come from."""
        match formula:
            case OutcomeName(table=table, outcome=outcome):
                if self._first(table, outcome):
                    yield from self._table(self.watched.ruleset.tables[table], outcome)
            case ConstantName(name=name):
                if self._first("", name):
                    constant = self.watched.ruleset.constants[name]
                    written = self.page.cell(constant.origin, "value")
                    yield f"  {self._sum(constant.label, constant.formula, written)}   {self._place(constant.origin)}"
                    yield from self._sources(constant.formula)
            case Operation(left=left, right=right) | Comparison(left=left, right=right):
                yield from self._sources(left)
                yield from self._sources(right)
            case Call(arguments=arguments):
                for argument in arguments:
                    yield from self._sources(argument)
            case _:
                return

    def _first(self, table: str, name: str) -> bool:
        new = (table, name) not in self._told
        self._told.add((table, name))
        return new

    def _place(self, origin: Origin) -> str:
        return f"{self.folder}/{origin.file}:{origin.line}"

    # tables

    def _table(self, table: Table, outcome: str) -> Iterator[str]:
        collects = table.hit.collects or table.hit is Hit.MERGE
        found = [why_not(table, row, self.values) for row in table.rows] if collects else list(self._in_order(table))
        failing = [one for one in found if isinstance(one, FailingCell)]
        rows = {row.name: row for row in table.rows}
        fitting = [rows[one.row.row] for one in found if isinstance(one, Fitting)]
        fitting = [row for row in fitting if not row.catch_all] or fitting
        if not fitting:
            yield f"  {table.label}: no row fits"
        for row in fitting:
            why = self.page.cell(row.origin, "why")
            yield f"  {table.label} / {row.name}   {self._place(row.origin)}" + (f"   {why}" if why else "")
            column, formula = self._outcome(table, row, outcome)
            if formula is not None:
                yield f"    {self._sum(column, formula, self.page.cell(row.origin, column))}"
        if len(failing) > MOST_ROWS:
            yield f"    {len(failing) - MOST_ROWS:,} rows further up do not fit"
        for one in failing[-MOST_ROWS:]:
            yield f"    not {one.row.row}: {self._because(one)}"
        for row in fitting:
            _, formula = self._outcome(table, row, outcome)
            if formula is not None:
                yield from self._sources(formula)

    def _in_order(self, table: Table) -> Iterator[FailingCell | Fitting]:
        yield from rows_in_order(table, self.values)

    def _outcome(self, table: Table, row: Row, outcome: str) -> tuple[str, Formula | None]:
        """The header of the column that counts here, and its formula; None where no column does."""
        at = next(at for at, one in enumerate(table.outcomes) if one.name == outcome)
        label = table.outcomes[at].label
        if table.across is None:
            return label, row.outcomes[at][0]
        value = self.values.get(table.across)
        if value in table.across_values:
            of = self.watched.ruleset.inputs[table.across]
            return f"{label} / {of.spellings.get(str(value), value)}", row.outcomes[at][
                table.across_values.index(str(value))
            ]
        if table.across_otherwise:
            return f"{label} / otherwise", row.outcomes[at][-1]
        return label, None

    def _because(self, cell: FailingCell) -> str:
        of = self.watched.ruleset.inputs[cell.input]
        is_ = value_text(of, cell.value, self.page.spellings, self.watched.ruleset.currencies)
        wanted = self.page.cell(cell.row.origin, VALID if of.name == DAY else of.name)
        return f"{of.label} is `{is_}`, and the row says `{wanted}`"

    # formulas

    def _sum(self, label: str, formula: Formula, written: str) -> str:
        """`label = as written = with numbers = value`, without what would repeat."""
        value = self._shown(self._value(formula), self._unit(formula))
        parts = [label, written or self._text(formula), self._text(formula), value]
        return " = ".join(part for at, part in enumerate(parts) if at == 0 or part != parts[at - 1])

    def _value(self, formula: Formula) -> Value:
        try:
            return self.watched.formula(formula)(self.values, [])
        except ZeroDivisionError:
            return None

    def _shown(self, value: Value, unit: Unit) -> str:
        return outcome_text(value, unit, self.watched.currency)

    def _text(self, formula: Formula) -> str:
        """A formula with the values of what it names in place of the names."""
        match formula:
            case Operation(op="/", left=Operation(op="*") as product, right=right) if right == _SIXTY:
                return self._text(product)  # price of an hour times time: the engine counts minutes
            case Operation(op="*", left=Operation(op="/") as quotient, right=right) if right == _SIXTY:
                return self._text(quotient)
            case Operation(op=op, left=left, right=right):
                return f"{self._operand(left, op, right=False)} {op} {self._operand(right, op, right=True)}"
            case Comparison(op=op, left=left, right=right):
                return f"{self._text(left)} {op} {self._text(right)}"
            case Call(function=function, arguments=arguments):
                return f"{function}({', '.join(self._text(argument) for argument in arguments)})"
            case _:
                return self._shown(self._value(formula), self._unit(formula))

    def _operand(self, formula: Formula, op: str, *, right: bool) -> str:
        text = self._text(formula)
        loose = isinstance(formula, Operation) and (
            (formula.op in "+-" and op in "*/") or (right and op in "-/") or (right and formula.op == "/" and op == "*")
        )
        return f"({text})" if loose else text

    def _unit(self, formula: Formula) -> Unit:
        match formula:
            case Literal(unit=unit) | Prices(unit=unit):
                return unit
            case ConstantName() | InputName() | HookName() | OutcomeName():
                return self._unit_of_name(formula)
            case Operation():
                return self._unit_of_operation(formula)
            case Comparison():
                return Unit.YES_NO
            case Call(function="if", arguments=arguments):
                return self._unit(arguments[1])
            case Call(arguments=arguments):
                return self._unit(arguments[0])
            case Nothing() | Inherit():
                return Unit.NUMBER

    def _unit_of_name(self, named: ConstantName | InputName | HookName | OutcomeName) -> Unit:
        ruleset = self.watched.ruleset
        match named:
            case ConstantName(name=name):
                return ruleset.constants[name].unit
            case InputName(name=name):
                return _UNITS.get(ruleset.inputs[name].type, Unit.TEXT)
            case HookName(name=name):
                return HOOK_BY_NAME[name].unit
            case OutcomeName(table=table, outcome=outcome):
                return unit_of(ruleset.tables[table], outcome)

    def _unit_of_operation(self, formula: Operation) -> Unit:
        left, right = self._unit(formula.left), self._unit(formula.right)
        if formula.op in "+-":
            return left
        if formula.op == "*":
            units = {left, right} - {Unit.NUMBER}
            return _PRODUCTS.get(frozenset(units), next(iter(units), Unit.NUMBER))
        if right is Unit.NUMBER:
            return left
        return Unit.NUMBER if left is right else _QUOTIENTS.get((left, right), left)


_PRODUCTS: Mapping[frozenset[Unit], Unit] = {
    frozenset({Unit.HOURLY, Unit.DURATION}): Unit.MONEY,
    frozenset({Unit.PER_REQUEST, Unit.REQUESTS}): Unit.MONEY,
}
_QUOTIENTS: Mapping[tuple[Unit, Unit], Unit] = {
    (Unit.MONEY, Unit.HOURLY): Unit.DURATION,
    (Unit.MONEY, Unit.DURATION): Unit.HOURLY,
    (Unit.MONEY, Unit.PER_REQUEST): Unit.REQUESTS,
    (Unit.MONEY, Unit.REQUESTS): Unit.PER_REQUEST,
}
