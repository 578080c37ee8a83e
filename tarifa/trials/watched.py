"""The engine's tables, watched: which rows and cells an evaluation comes to."""

from __future__ import annotations

from dataclasses import replace

from dsl.testing import listed_codes, tables_tested
from engine.calculation import Evaluate, Trace, Values
from engine.compiler import Compiler
from engine.currencies import in_currency
from engine.formulas import OutcomeName, Unit, Value
from engine.hooks import HOOK_BY_NAME
from engine.model import Hit, InputType, Ruleset
from engine.money import Currency
from engine.names import fold
from engine.tables import CompiledTable
from engine.tiers import OVERAGE

CellName = tuple[str, int, int, int]
"""Folded table, and indices of row, outcome and column of the `across` input."""


def on_trial(ruleset: Ruleset) -> Ruleset:
    """A ruleset with its taxes among its tables, so that they are tested and told like any other."""
    return replace(ruleset, tables=tables_tested(ruleset.tables, ruleset.taxes))


def about(ruleset: Ruleset, table: str) -> Ruleset:
    """A ruleset as it is for one table: `overage` is what the tiers of that one count, hours or requests."""
    of = ruleset.tables.get(fold(table))
    if of is None or OVERAGE not in of.inputs or OVERAGE not in ruleset.inputs:
        return ruleset
    by_request = any(outcome.unit is Unit.PER_REQUEST for outcome in of.outcomes)
    counted = replace(ruleset.inputs[OVERAGE], type=InputType.REQUESTS if by_request else InputType.DURATION)
    return replace(ruleset, inputs={**ruleset.inputs, OVERAGE: counted})


class Watched(Compiler):
    """Compiles as `engine.program` does, and notes every cell of a table that is evaluated."""

    def __init__(self, ruleset: Ruleset, currency: Currency) -> None:
        ruleset = in_currency(ruleset, currency.code)
        super().__init__(ruleset, currency, {}, self._of_hook)
        self.ruleset, self.currency = ruleset, currency
        self.cells: set[CellName] = set()
        self._watched: dict[str, CompiledTable] = {}
        self._hooks = {name: self.formula(binding.formula) for name, binding in ruleset.pricing.items()}

    def table(self, name: str) -> CompiledTable:
        """A table by folded name, its cells watched."""
        found = self._watched.get(name)
        if found is None:
            compiled = super().table(name)
            cells = tuple(
                tuple(
                    tuple(
                        replace(cell, evaluate=self._noting((name, r, o, a), cell.evaluate))
                        for a, cell in enumerate(of)
                    )
                    for o, of in enumerate(row)
                )
                for r, row in enumerate(compiled.cells)
            )
            found = self._watched[name] = replace(compiled, cells=cells)
        return found

    def _noting(self, cell: CellName, evaluate: Evaluate) -> Evaluate:
        def noted(values: Values, trace: Trace) -> Value:
            self.cells.add(cell)
            return evaluate(values, trace)

        return noted

    def _of_hook(self, name: str) -> Evaluate:
        return lambda values, trace: self.hook(name, values, trace)

    def hook(self, name: str, values: Values, trace: Trace) -> Value:
        """The value of a hook, or its default."""
        bound, hook = self._hooks.get(name), HOOK_BY_NAME[name]
        value = bound(values, trace) if bound is not None else None
        return hook.default.value if value is None and hook.default is not None else value

    def outcome(self, table: str, outcome: str, values: Values) -> Value:
        """An outcome of a table; of words that are collected, all of them, each once."""
        compiled = self.table(table)
        at = next(at for at, one in enumerate(compiled.table.outcomes) if one.name == outcome)
        if compiled.table.hit.collects and compiled.table.outcomes[at].unit is Unit.TEXT:
            texts = [compiled.value(row, at, values, []) for row in compiled.fitting(values)]
            return listed_codes(text for text in texts if isinstance(text, str))
        return compiled.evaluate(at, values, [])

    def lines(self, name: str, values: Values) -> list[Value]:
        """What a hook that charges adds: a value for each line."""
        bound = self.ruleset.pricing.get(name)
        if bound is None:
            return []
        formula = bound.formula
        if isinstance(formula, OutcomeName) and self.ruleset.tables[formula.table].hit is Hit.LIST:
            return [value for _, value in self.table(formula.table).each(self.outcome_number(formula), values)]
        return [self.hook(name, values, [])]
