"""Compile a ruleset for one currency and one contract's overrides, so that deciding is lookups and closures.

A formula becomes a function of the known values and a trace; the trace receives the rows that decided, in order, so
that every figure can name them afterwards at no cost. A value of None is "there is none", and makes a result none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.calculation import Evaluate, Trace, Values
from engine.calendars import Clock
from engine.compiler import Compiler, inputs_in, looked_at, traced
from engine.currencies import in_currency
from engine.formulas import NOTHING, Formula, HookName, OutcomeName, Value
from engine.hooks import HOOK_BY_NAME, Level
from engine.items import Reason, Taxed, TaxMethod
from engine.matching import Plain, rows_of
from engine.model import (
    DAY,
    NO_PLAN,
    Hit,
    Input,
    Measure,
    Mode,
    Origin,
    Plan,
    RecurringItem,
    RowName,
    Ruleset,
    TaxRow,
    TopUpPlan,
    override_name,
)
from engine.money import Currency
from engine.periods import Every
from engine.seasons import seasons
from engine.tables import CompiledTable
from engine.tiers import Tiers

if TYPE_CHECKING:
    from engine.pricing import Ruling


MOST_CLASSES = 50_000
"""Decisions on classes kept per program; inputs that differ for every worklog would otherwise fill the memory."""


@dataclass(frozen=True, slots=True)
class CompiledPlan:
    """A plan whose cells can be evaluated; `asked` are inputs that the terms of a cycle look at, but for its work."""

    plan: Plan
    asked: tuple[Input, ...]
    row: RowName
    fee: Evaluate
    allowance: Evaluate
    carry_over: Evaluate
    beyond: Evaluate | None
    at_least: Evaluate
    at_most: Evaluate
    tiers: Tiers | None


@dataclass(frozen=True, slots=True)
class CompiledTopUp:
    """A top-up plan whose cells can be evaluated."""

    top_up: TopUpPlan
    row: RowName
    price: Evaluate
    adds: Evaluate


@dataclass(frozen=True, slots=True)
class CompiledItem:
    """A recurring item whose price can be evaluated."""

    item: RecurringItem
    row: RowName
    price: Evaluate


class Program:
    """A compiled ruleset, shared by contracts of equal currency and overrides.

    `asked` names the inputs, down to the worklog's level, that any row or formula looks at: two worklogs that agree on
    them are priced alike. `rulings` remembers how (`pricing`).
    """

    def __init__(
        self,
        ruleset: Ruleset,
        *,
        currency: Currency,
        overrides: Mapping[str, Formula] | None = None,
        rate: Fraction = Fraction(1),
    ) -> None:
        self.ruleset = ruleset = in_currency(ruleset, currency.code)
        self.currency = currency
        self._overrides = dict(overrides or {})
        self._compiler = Compiler(ruleset, currency, self._overrides, self._hook, rate=rate)
        self._hooks = {name: self._compiler.formula(binding.formula) for name, binding in ruleset.pricing.items()}
        self._plans = {name: [self._plan(one) for one in (plan, *plan.others)] for name, plan in ruleset.plans.items()}
        self._plans[NO_PLAN] = [self._plan(pay_as_you_go(ruleset.without_contract or Every.MONTH))]
        self._items = {name: [self._item(one) for one in (item, *item.others)] for name, item in ruleset.items.items()}
        self._top_ups = {
            name: [self._top_up(one) for one in (top_up, *top_up.others)] for name, top_up in ruleset.top_ups.items()
        }
        used = self._inputs_used()
        self._checked = tuple(of for of in used if _may_be_wrong(of))
        self.asked = tuple(of.name for of in used)
        self.asked_of_class = self._inputs_of_class()
        self.classes: dict[object, str | tuple[Reason, Input, str]] = {}
        self._taxes = self._tax_index()
        self._asked_of_taxes = self._asked_by_taxes()
        self.rulings: dict[object, Ruling] = {}
        self.seasons = seasons(ruleset)
        self._clocks: dict[tuple[str | None, tzinfo], Clock] = {}

    def hook(self, name: str, values: Values, trace: Trace) -> Value:
        """The value of a hook; its default where the ruleset does not bind it, or binds it to nothing here."""
        hook = HOOK_BY_NAME[name]
        bound = self._hooks.get(name)
        value = bound(values, trace) if bound is not None else None
        if value is None and hook.default is not None:
            return hook.default.value
        return value

    def charges(self, name: str, values: Values) -> Sequence[tuple[str, Fraction, tuple[RowName, ...]]]:
        """The lines of a hook that charges: row (blank but for a list), price, rows that decided.

        A sum that no row adds to charges nothing and makes no line; a row that says zero makes one.
        """
        bound = self.ruleset.pricing.get(name)
        if bound is None:
            return ()
        listed = self._listed(bound.formula)
        if listed is not None:
            table, outcome = listed
            found = table.each(outcome, values)
            return tuple((row.row, price, (row,)) for row, price in found if isinstance(price, Fraction))
        trace: Trace = []
        price = self.hook(name, values, trace)
        if not isinstance(price, Fraction) or (not price and not trace):
            return ()
        return (("", price, tuple(trace)),)

    def _listed(self, formula: Formula) -> tuple[CompiledTable, int] | None:
        if not isinstance(formula, OutcomeName) or self.ruleset.tables[formula.table].hit is not Hit.LIST:
            return None
        return self._compiler.table(formula.table), self._compiler.outcome_number(formula)

    def table(self, name: str) -> CompiledTable:
        """A table by folded name, as it decides."""
        return self._compiler.table(name)

    def formula(self, formula: Formula) -> Evaluate:
        """A formula of the ruleset as a function."""
        return self._compiler.formula(formula)

    def binds(self, name: str) -> bool:
        """Whether `pricing` binds the hook."""
        return name in self._hooks

    def plan(self, name: str, day: date) -> CompiledPlan | None:
        """A plan by folded name as it is on a day, the contract's overrides in it."""
        return next((one for one in self._plans.get(name, ()) if day in one.plan.valid), None)

    def top_up(self, name: str, day: date) -> CompiledTopUp | None:
        """A top-up plan by folded name as it is on a day."""
        return next((one for one in self._top_ups.get(name, ()) if day in one.top_up.valid), None)

    def item(self, name: str, day: date) -> CompiledItem | None:
        """A recurring item by folded name as it is on a day."""
        return next((one for one in self._items.get(name, ()) if day in one.item.valid), None)

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
        return undeclared(self._checked, values)

    def class_of(self, values: Values) -> str | tuple[Reason, Input, str]:
        """The class of contract that pays for work, or why none can be told; decided once for what agrees in all asked."""
        key = (self.seasons.number(values.get(DAY)), *(values.get(of.name) for of in self.asked_of_class))
        found = self.classes.get(key)
        if found is None:
            if len(self.classes) >= MOST_CLASSES:
                self.classes.clear()
            found = self.classes[key] = undeclared(self.asked_of_class, values) or str(self.hook("class", values, []))
        return found

    def taxes(self, values: Values) -> tuple[Taxed, ...] | None:
        """The taxes on a line; `()` where the ruleset has no tax table, None where no row of it fits."""
        taxes = self.ruleset.taxes
        if taxes is None or self._taxes is None:
            return ()
        if undeclared(self._asked_of_taxes, values) is not None:
            return None
        rows = [taxes.rows[r] for r in self.taxes_fitting(values)]
        applying = [row for row in rows if not row.catch_all] or rows
        if not applying:
            return None
        method = TaxMethod(taxes.prices, taxes.per_line, taxes.rounding or self.ruleset.rounding)
        return tuple(self._taxed(row, method, values) for row in applying)

    def taxes_fitting(self, values: Values) -> Sequence[int]:
        """The rows of the tax table that fit, by index; the one that says `otherwise` among them."""
        taxes = self.ruleset.taxes
        if taxes is None or self._taxes is None:
            return ()
        return tuple(rows_of(self._taxes.fitting([values.get(name) for name in taxes.inputs])))

    def _taxed(self, row: TaxRow, method: TaxMethod, values: Values) -> Taxed:
        rate = _number(self._compiler.formula(row.rate)(values, []))
        named = RowName("taxes", row.name, row.origin)
        return Taxed(row.code, rate, row.category, row.text, named, row.compound, method)

    def _hook(self, name: str) -> Evaluate:
        return lambda values, trace: self.hook(name, values, trace)

    def _inputs_used(self) -> Sequence[Input]:
        tables = self.ruleset.tables.values()
        named = {name for table in tables for name in (*table.inputs, table.across) if name is not None}
        formulas = (*_formulas(self.ruleset), *self._overrides.values())
        named.update(name for formula in formulas for name in inputs_in(formula))
        known = self.ruleset.inputs
        return [known[name] for name in sorted(named) if name in known and known[name].level <= Level.WORKLOG]

    def _inputs_of_class(self) -> Sequence[Input]:
        """What the hook `class` depends on."""
        bound = self.ruleset.pricing.get("class")
        names = looked_at(bound.formula, self.ruleset.tables) if bound is not None else ()
        return [self.ruleset.inputs[name] for name in sorted(names) if name in self.ruleset.inputs]

    def _asked_by_taxes(self) -> tuple[Input, ...]:
        taxes = self.ruleset.taxes
        known = [self.ruleset.inputs[name] for name in taxes.inputs if name in self.ruleset.inputs] if taxes else []
        return tuple(of for of in known if of.level is Level.CONTRACT and _may_be_wrong(of))

    def _tax_index(self) -> Plain | None:
        taxes = self.ruleset.taxes
        if taxes is None:
            return None
        return Plain([row.conditions for row in taxes.rows], self._compiler.ordered(taxes.inputs))

    def _plan(self, plan: Plan) -> CompiledPlan:
        def cell(name: str, formula: Formula) -> Evaluate:
            own = self._own(name)
            compiled = self._compiler.formula(own if own is not None else formula)
            return compiled if own is None else traced(compiled, override_name(name))

        beyond = self._own("beyond") or plan.beyond
        tiers = self._tiers(beyond) if beyond is not None else None
        cells = [self._own(name) or formula for name, formula in _terms_of(plan).items()]
        return CompiledPlan(
            plan=plan,
            asked=self._asked_of([*cells, beyond] if tiers is not None and beyond is not None else cells),
            row=RowName("plans", plan.label, plan.origin),
            fee=cell("fee", plan.fee),
            allowance=cell("allowance", plan.allowance),
            carry_over=cell("carry over", plan.carry_over),
            beyond=cell("beyond", beyond) if beyond is not None else None,
            at_least=cell("at least", plan.at_least),
            at_most=cell("at most", plan.at_most),
            tiers=tiers,
        )

    def _asked_of(self, formulas: Sequence[Formula]) -> tuple[Input, ...]:
        """The inputs of the contract that formulas look at, and whose value may be wrong."""
        names = sorted(frozenset[str]().union(*(looked_at(formula, self.ruleset.tables) for formula in formulas)))
        known = [self.ruleset.inputs[name] for name in names if name in self.ruleset.inputs]
        return tuple(of for of in known if of.level is Level.CONTRACT and _may_be_wrong(of))

    def _own(self, column: str) -> Formula | None:
        """What the contract says in place of a plan's column; a constant of that name is another thing."""
        return None if column in self.ruleset.constants else self._overrides.get(column)

    def _tiers(self, beyond: Formula) -> Tiers | None:
        if not isinstance(beyond, OutcomeName) or not self.ruleset.tables[beyond.table].hit.is_tiered:
            return None
        return Tiers(self._compiler.table(beyond.table), self._compiler.outcome_number(beyond))

    def _item(self, item: RecurringItem) -> CompiledItem:
        return CompiledItem(item, RowName("items", item.label, item.origin), self._compiler.formula(item.price))

    def _top_up(self, top_up: TopUpPlan) -> CompiledTopUp:
        return CompiledTopUp(
            top_up, RowName("top-ups", top_up.label, top_up.origin), self._compiler.formula(top_up.price),
            self._compiler.formula(top_up.adds),
        )  # fmt: skip


def undeclared(asked: Iterable[Input], values: Values) -> tuple[Reason, Input, str] | None:
    """The first input whose value the ruleset does not declare, and what is wrong with it; None where all are right."""
    for of in asked:
        value = values.get(of.name)
        if value is None:
            if not of.may_be_missing:
                return Reason.MISSING_VALUE, of, ""
        elif of.values:
            if value not in of.spellings and value not in of.values:
                return Reason.UNKNOWN_VALUE, of, str(value)
        elif of.domain is not None and not of.domain.holds(value):
            return Reason.OUT_OF_RANGE, of, str(value)
    return None


def _may_be_wrong(of: Input) -> bool:
    return bool(of.values) or of.domain is not None or not of.may_be_missing


def _terms_of(plan: Plan) -> Mapping[str, Formula]:
    """The cells of a plan that are terms of a whole cycle, by column."""
    return {
        "fee": plan.fee,
        "allowance": plan.allowance,
        "carry over": plan.carry_over,
        "at least": plan.at_least,
        "at most": plan.at_most,
    }


def without_plan(ruleset: Ruleset, name: str, day: date) -> tuple[Reason, dict[str, str]]:
    """Why a ruleset has no plan of a folded name on a day, and what says so."""
    known = ruleset.plans.get(name)
    if known is None:
        return Reason.NO_PLAN, {"plan": name, "ruleset": ruleset.title}
    return Reason.PLAN_NOT_SOLD, {"plan": known.label, "ruleset": ruleset.title, "day": day.isoformat()}


def _number(value: Value) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(0)


def pay_as_you_go(every: Every) -> Plan:
    """The plan of work without a contract: no fee, no allowance, the rate of the bill rules, calendar cycles."""
    return Plan(
        name=NO_PLAN,
        label="pay as you go",
        mode=Mode.POSTPAID,
        measure=Measure.HOURS,
        every=every,
        by_calendar=True,
        fee=NOTHING,
        allowance=NOTHING,
        carry_over=NOTHING,
        carry_all=False,
        beyond=HookName("rate"),
        top_ups=frozenset(),
        origin=Origin("", 0),
    )


def _formulas(ruleset: Ruleset) -> Iterator[Formula]:
    """Every formula whose value can differ from one worklog to the next."""
    yield from (binding.formula for binding in ruleset.pricing.values())
    for table in ruleset.tables.values():
        yield from (cell for row in table.rows for cells in row.outcomes for cell in cells)
    rows = (row for plan in ruleset.plans.values() for row in (plan, *plan.others))
    yield from (row.beyond for row in rows if row.beyond is not None)
