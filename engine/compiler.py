"""Compile formulas and tables to functions of what is known (`calculation.Evaluate`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction

from engine.calculation import Evaluate, Trace, Values, always, arithmetic, call
from engine.errors import UncheckedRulesetError
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
    Value,
    parts,
)
from engine.matching import index
from engine.model import DAY, Constant, RowName, Ruleset, Table, override_name
from engine.money import Currency
from engine.tables import Cell, CompiledTable, inherits


class Compiler:
    """Compiles for one currency and one contract's overrides. Constants that name nothing else are folded once.

    Prices are multiplied by `rate`, which makes them another currency's: since units agree, all that is reckoned from
    them is that many times as much, too.
    """

    def __init__(
        self,
        ruleset: Ruleset,
        currency: Currency,
        overrides: Mapping[str, Formula],
        hook: Callable[[str], Evaluate],
        *,
        rate: Fraction = Fraction(1),
    ) -> None:
        self._rate = rate
        self._ruleset, self._currency, self._overrides, self._hook = ruleset, currency, overrides, hook
        self._tables: dict[str, CompiledTable] = {}
        self._constants: dict[str, Evaluate] = {}

    def ordered(self, names: Sequence[str]) -> tuple[bool, ...]:
        """Which inputs are ordered: numbers, durations, money, dates."""
        return tuple(name in self._ruleset.inputs and self._ruleset.inputs[name].type.is_ordered for name in names)

    def table(self, name: str) -> CompiledTable:
        """A table by folded name, indexed once."""
        found = self._tables.get(name)
        if found is None:
            table = self._ruleset.tables[name]
            found = self._tables[name] = CompiledTable(
                table=table,
                rows=tuple([RowName(table.label, row.name, row.origin) for row in table.rows]),
                cells=self._cells(table),
                across={value: at for at, value in enumerate(table.across_values)},
                indexed=index([row.conditions for row in table.rows], self.ordered(table.inputs)),
            )
        return found

    def _cells(self, table: Table) -> tuple[tuple[tuple[Cell, ...], ...], ...]:
        """The outcomes of all rows. What is written alike is one value in all its rows, and compiled once."""
        known: dict[int, tuple[Cell, ...]] = {}

        def compiled(formulas: tuple[Formula, ...]) -> tuple[Cell, ...]:
            found = known.get(id(formulas))
            if found is None:
                cells = [Cell(self.formula(formula), inherits(formula)) for formula in formulas]
                found = known[id(formulas)] = tuple(cells)
            return found

        return tuple([tuple([compiled(formulas) for formulas in row.outcomes]) for row in table.rows])

    def _constant(self, name: str) -> Evaluate:
        found = self._constants.get(name)
        if found is None:
            constant = self._ruleset.constants[name]
            if constant.others and name not in self._overrides:
                found = self._constants[name] = self._by_day(constant)
                return found
            formula = self._overrides.get(name, constant.formula)
            compiled = self.formula(formula)
            if _is_fixed(formula, self._ruleset, self._overrides):
                compiled = always(compiled({}, []))
            if name in self._overrides:
                compiled = traced(compiled, override_name(constant.label))
            found = self._constants[name] = compiled
        return found

    def _by_day(self, constant: Constant) -> Evaluate:
        """A constant whose value the day decides; none on a day that no row of it holds on."""
        pieces = [(one.valid, self.formula(one.formula)) for one in (constant, *constant.others)]

        def value(values: Values, trace: Trace) -> Value:
            day = values.get(DAY)
            found = (piece for days, piece in pieces if isinstance(day, date) and day in days)
            piece = next(found, None)
            return piece(values, trace) if piece is not None else None

        return value

    def formula(self, formula: Formula) -> Evaluate:
        """A formula as a function."""
        match formula:
            case Literal(value=value):
                return always(value)
            case Prices(by_currency=prices):
                price = dict(prices).get(self._currency.code)
                return always(price * self._rate if price is not None else None)
            case Nothing() | Inherit():
                return always(None)
            case ConstantName(name=name):
                return self._constant(name)
            case InputName(name=name):
                return lambda values, _: values.get(name)
            case HookName(name=name):
                return self._hook(name)
            case OutcomeName():
                return self._outcome(formula)
            case Operation(op=op, left=left, right=right) | Comparison(op=op, left=left, right=right):
                return arithmetic(op, self.formula(left), self.formula(right))
            case Call(function=function, arguments=arguments):
                return call(function, [self.formula(argument) for argument in arguments], self._ruleset.rounding)

    def outcome_number(self, named: OutcomeName) -> int:
        """Which outcome of its table a name means.

        Raises:
            UncheckedRulesetError: the table has none of that name.
        """
        outcomes = self._ruleset.tables[named.table].outcomes
        at = next((o for o, of in enumerate(outcomes) if of.name == named.outcome), None)
        if at is None:
            raise UncheckedRulesetError(f"the table {named.table} has no outcome {named.outcome}")
        return at

    def _outcome(self, named: OutcomeName) -> Evaluate:
        at, compiled = self.outcome_number(named), self.table(named.table)
        return lambda values, trace: compiled.evaluate(at, values, trace)


def traced(compiled: Evaluate, row: RowName) -> Evaluate:
    """The same value, with `row` among those that decided."""

    def evaluate(values: Values, trace: Trace) -> Value:
        trace.append(row)
        return compiled(values, trace)

    return evaluate


def _is_fixed(formula: Formula, ruleset: Ruleset, overrides: Mapping[str, Formula]) -> bool:
    """Whether a formula has one value for every request, and nothing to show: it names no input, table, hook, override."""
    for part in parts(formula):
        if isinstance(part, InputName | OutcomeName | HookName):
            return False
        if isinstance(part, ConstantName):
            constant = ruleset.constants[part.name]
            if part.name in overrides or constant.others or not _is_fixed(constant.formula, ruleset, overrides):
                return False
    return True


def looked_at(formula: Formula, tables: Mapping[str, Table]) -> frozenset[str]:
    """All inputs that a formula depends on, by folded name: its own, and those of the tables that it names."""
    found = set(inputs_in(formula))
    seen: set[str] = set()
    left = [formula]
    while left:
        for name in tables_in(left.pop()):
            if name in seen or name not in tables:
                continue
            seen.add(name)
            table = tables[name]
            found.update(one for one in (*table.inputs, table.across) if one is not None)
            cells = {cell for row in table.rows for of_outcome in row.outcomes for cell in of_outcome}
            found.update(one for cell in cells for one in inputs_in(cell))
            left += cells
    return frozenset(found)


def tables_in(formula: Formula) -> Iterator[str]:
    """The tables that a formula names itself, by folded name."""
    return (part.table for part in parts(formula) if isinstance(part, OutcomeName))


def inputs_in(formula: Formula) -> Iterator[str]:
    """The inputs that a formula counts with, by folded name; not those of tables that it names.

    A constant whose value depends on the day counts with the day.
    """
    for part in parts(formula):
        if isinstance(part, InputName):
            yield part.name
        elif isinstance(part, ConstantName) and part.by_day:
            yield DAY
