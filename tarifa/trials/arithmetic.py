"""Formulas with the numbers of one request in place of their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

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
from engine.model import InputType
from tarifa.trials.shown import outcome_text
from tarifa.trials.told import Sum
from tarifa.trials.watched import Watched

_UNITS = {
    InputType.NUMBER: Unit.NUMBER,
    InputType.DURATION: Unit.DURATION,
    InputType.MONEY: Unit.MONEY,
    InputType.REQUESTS: Unit.REQUESTS,
}
_SIXTY = Literal(Unit.NUMBER, Fraction(60))


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """The formulas of a ruleset, for what is known of one request."""

    watched: Watched
    values: Values

    def sum(self, label: str, formula: Formula, written: str) -> Sum:
        """A formula as it is written, with its numbers, and what it comes to."""
        numbers = self._text(formula)
        return Sum(label, written or numbers, numbers, self.shown(self.value(formula), self.unit(formula)))

    def value(self, formula: Formula) -> Value:
        """What a formula comes to; None also where it divides by zero."""
        try:
            return self.watched.formula(formula)(self.values, [])
        except ZeroDivisionError:
            return None

    def shown(self, value: Value, unit: Unit) -> str:
        """A value, for people."""
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
                return self.shown(self.value(formula), self.unit(formula))

    def _operand(self, formula: Formula, op: str, *, right: bool) -> str:
        text = self._text(formula)
        loose = isinstance(formula, Operation) and (
            (formula.op in "+-" and op in "*/") or (right and op in "-/") or (right and formula.op == "/" and op == "*")
        )
        return f"({text})" if loose else text

    def unit(self, formula: Formula) -> Unit:
        """What a formula counts."""
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
                return self.unit(arguments[1])
            case Call(arguments=arguments):
                return self.unit(arguments[0])
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
        left, right = self.unit(formula.left), self.unit(formula.right)
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
