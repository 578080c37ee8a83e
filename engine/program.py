"""Compile a ruleset for one currency and one contract's overrides, so that deciding is lookups and closures.

A formula becomes a function of the known values and a trace; the trace receives the rows that decided, in order, so
that every figure can name them afterwards at no cost. A value of None is "there is none", and makes a result none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from fractions import Fraction

from engine.calculation import Evaluate, Trace, Values, always, arithmetic, call
from engine.calendars import Clock
from engine.errors import UncheckedRulesetError
from engine.formulas import (
    Call,
    Comparison,
    ConstantName,
    Formula,
    HookName,
    InputName,
    Literal,
    Nothing,
    Operation,
    OutcomeName,
    Prices,
    Value,
)
from engine.hooks import HOOK_BY_NAME, Level
from engine.items import Reason, Taxed
from engine.matching import NO_ROW, Plain, index, rows_of
from engine.model import Input, Plan, RowName, Ruleset, Table, TopUpPlan
from engine.money import Currency


@dataclass(frozen=True, slots=True)
class CompiledPlan:
    """A plan whose cells can be evaluated."""

    plan: Plan
    row: RowName
    fee: Evaluate
    allowance: Evaluate
    carry_over: Evaluate
    beyond: Evaluate | None


@dataclass(frozen=True, slots=True)
class CompiledTopUp:
    """A top-up plan whose cells can be evaluated."""

    top_up: TopUpPlan
    row: RowName
    price: Evaluate
    adds: Evaluate


@dataclass(frozen=True, slots=True, eq=False)
class CompiledTable:
    """A decision table: an index over its conditions, and its outcomes as functions."""

    table: Table
    rows: tuple[RowName, ...]
    cells: tuple[tuple[tuple[Evaluate, ...], ...], ...]
    across: Mapping[Value, int]
    decide: Callable[[Values], int]

    def evaluate(self, outcome: int, values: Values, trace: Trace) -> Value:
        """The outcome of the row that decides, which is noted in `trace`; None where no row does."""
        row = self.decide(values)
        if row == NO_ROW:
            return None
        trace.append(self.rows[row])
        cells = self.cells[row][outcome]
        if self.table.across is None:
            return cells[0](values, trace)
        column = self.across.get(values.get(self.table.across), len(self.across))
        return cells[column](values, trace) if column < len(cells) else None


class Program:
    """A compiled ruleset. Immutable once made; safe to share between contracts of equal currency and overrides."""

    def __init__(self, ruleset: Ruleset, *, currency: Currency, overrides: Mapping[str, Formula] | None = None) -> None:
        self.ruleset = ruleset
        self.currency = currency
        self._overrides = dict(overrides or {})
        self._tables: dict[str, CompiledTable] = {}
        self._constants: dict[str, Evaluate] = {}
        self._hooks = {name: self._compiled(binding.formula) for name, binding in ruleset.pricing.items()}
        self._plans = {name: self._plan(plan) for name, plan in ruleset.plans.items()}
        self._top_ups = {name: self._top_up(top_up) for name, top_up in ruleset.top_ups.items()}
        self._checked = tuple(of for of in self._inputs_used() if of.values or of.domain is not None)
        self._taxes = self._tax_index()
        self._clocks: dict[tuple[str | None, tzinfo], Clock] = {}

    # what settlement asks

    def hook(self, name: str, values: Values, trace: Trace) -> Value:
        """The value of a hook; its default where the ruleset does not bind it, or binds it to nothing here."""
        hook = HOOK_BY_NAME[name]
        bound = self._hooks.get(name)
        value = bound(values, trace) if bound is not None else None
        if value is None and hook.default is not None:
            return hook.default.value
        return value

    def binds(self, name: str) -> bool:
        """Whether `pricing` binds the hook."""
        return name in self._hooks

    def plan(self, name: str) -> CompiledPlan | None:
        """A plan by folded name, the contract's overrides in it."""
        return self._plans.get(name)

    def top_up(self, name: str) -> CompiledTopUp | None:
        """A top-up plan by folded name."""
        return self._top_ups.get(name)

    def clock(self, calendar: str | None, zone: tzinfo) -> Clock | None:
        """The clock of a site: its calendar (the only one where it names none) in its zone; None for an unknown one."""
        calendars = self.ruleset.calendars
        if calendar is None and len(calendars) == 1:
            calendar = next(iter(calendars))
        if (calendar is None and calendars) or (calendar is not None and calendar not in calendars):
            return None
        key = (calendar, zone)
        if key not in self._clocks:
            self._clocks[key] = Clock(calendars[calendar] if calendar is not None else None, zone)
        return self._clocks[key]

    def unknown(self, values: Values) -> tuple[Reason, Input, str] | None:
        """The first input that rows look at and whose value the ruleset does not declare; None where all is known."""
        for of in self._checked:
            value = values.get(of.name)
            if value is None:
                if not of.may_be_missing:
                    return Reason.MISSING_VALUE, of, ""
            elif of.values:
                if value not in of.spellings and value not in of.values:
                    return Reason.UNKNOWN_VALUE, of, str(value)
            elif of.domain is not None and not of.domain.holds(value):  # type: ignore[arg-type]  # read by its type
                return Reason.UNKNOWN_VALUE, of, str(value)
        return None

    def taxes(self, values: Values) -> tuple[Taxed, ...] | None:
        """The taxes on a line; `()` where the ruleset has no tax table, None where no row of it fits."""
        taxes = self.ruleset.taxes
        if taxes is None or self._taxes is None:
            return ()
        fitting = self._taxes.fitting([values.get(name) for name in taxes.inputs])
        rows = [taxes.rows[r] for r in rows_of(fitting)]
        applying = [row for row in rows if not row.catch_all] or rows
        if not applying:
            return None
        trace: Trace = []
        return tuple(
            Taxed(row.code, _number(self._compiled(row.rate)(values, trace)), row.category, row.text,
                  RowName("taxes", row.name, row.origin))
            for row in applying
        )  # fmt: skip

    # compiling

    def _inputs_used(self) -> Sequence[Input]:
        named = {name for table in self.ruleset.tables.values() for name in table.inputs}
        known = self.ruleset.inputs
        return [known[name] for name in sorted(named) if name in known and known[name].level <= Level.WORKLOG]

    def _tax_index(self) -> Plain | None:
        taxes = self.ruleset.taxes
        if taxes is None:
            return None
        return Plain([row.conditions for row in taxes.rows], self._ordered(taxes.inputs))

    def _ordered(self, names: Sequence[str]) -> tuple[bool, ...]:
        return tuple(name in self.ruleset.inputs and self.ruleset.inputs[name].type.is_ordered for name in names)

    def _table(self, name: str) -> CompiledTable:
        found = self._tables.get(name)
        if found is None:
            table = self.ruleset.tables[name]
            indexed = index([row.conditions for row in table.rows], self._ordered(table.inputs))
            names = table.inputs

            def decide(values: Values) -> int:
                get = values.get
                return indexed.first([get(name) for name in names])

            found = self._tables[name] = CompiledTable(
                table=table,
                rows=tuple(RowName(table.label, row.name, row.origin) for row in table.rows),
                cells=tuple(
                    tuple(tuple(self._compiled(cell) for cell in cells) for cells in row.outcomes) for row in table.rows
                ),
                across={value: at for at, value in enumerate(table.across_values)},
                decide=decide,
            )
        return found

    def _plan(self, plan: Plan) -> CompiledPlan:
        def cell(name: str, formula: Formula) -> Evaluate:
            return self._compiled(formula if name in self.ruleset.constants else self._overrides.get(name, formula))

        return CompiledPlan(
            plan=plan,
            row=RowName("plans", plan.label, plan.origin),
            fee=cell("fee", plan.fee),
            allowance=cell("allowance", plan.allowance),
            carry_over=cell("carry over", plan.carry_over),
            beyond=cell("beyond", plan.beyond) if plan.beyond is not None else None,
        )

    def _top_up(self, top_up: TopUpPlan) -> CompiledTopUp:
        return CompiledTopUp(
            top_up, RowName("top-ups", top_up.label, top_up.origin), self._compiled(top_up.price),
            self._compiled(top_up.adds),
        )  # fmt: skip

    def _constant(self, name: str) -> Evaluate:
        found = self._constants.get(name)
        if found is None:
            formula = self._overrides.get(name, self.ruleset.constants[name].formula)
            compiled = self._compiled(formula)
            if _is_fixed(formula, self.ruleset):
                compiled = always(compiled({}, []))
            found = self._constants[name] = compiled
        return found

    def _compiled(self, formula: Formula) -> Evaluate:
        match formula:
            case Literal(value=value):
                return always(value)
            case Prices(by_currency=prices):
                return always(dict(prices).get(self.currency.code))
            case Nothing():
                return always(None)
            case ConstantName(name=name):
                return self._constant(name)
            case InputName(name=name):
                return lambda values, _: values.get(name)
            case HookName(name=name):
                return lambda values, trace: self.hook(name, values, trace)
            case OutcomeName(table=table, outcome=outcome):
                return self._outcome(table, outcome)
            case Operation(op=op, left=left, right=right) | Comparison(op=op, left=left, right=right):
                return arithmetic(op, self._compiled(left), self._compiled(right))
            case Call(function=function, arguments=arguments):
                return call(function, [self._compiled(argument) for argument in arguments])

    def _outcome(self, table: str, outcome: str) -> Evaluate:
        outcomes = self.ruleset.tables[table].outcomes
        at = next((o for o, of in enumerate(outcomes) if of.name == outcome), None)
        if at is None:
            raise UncheckedRulesetError(f"the table {table} has no outcome {outcome}")
        compiled = self._table(table)
        return lambda values, trace: compiled.evaluate(at, values, trace)


def _is_fixed(formula: Formula, ruleset: Ruleset) -> bool:
    """Whether a formula has the same value for every request: it names no input, table or hook."""
    match formula:
        case InputName() | OutcomeName() | HookName():
            return False
        case ConstantName(name=name):
            return _is_fixed(ruleset.constants[name].formula, ruleset)
        case Operation(left=left, right=right) | Comparison(left=left, right=right):
            return _is_fixed(left, ruleset) and _is_fixed(right, ruleset)
        case Call(arguments=arguments):
            return all(_is_fixed(argument, ruleset) for argument in arguments)
        case _:
            return True


def _number(value: Value) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(0)
