"""The arithmetic of formulas, as functions from what is known to a value. None makes a result none."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial

from engine.formulas import Value
from engine.model import RowName
from engine.money import Rounding, rounded

Values = Mapping[str, Value]
"""Folded input name to value; a missing value is absent or None."""
Trace = list[RowName]
"""Receives the rows that decided, in order, so that every figure can name them afterwards."""
Evaluate = Callable[[Values, Trace], Value]


def always(value: Value) -> Evaluate:
    """The same value whatever is known."""
    return lambda _values, _trace: value


def arithmetic(op: str, left: Evaluate, right: Evaluate) -> Evaluate:
    """`left op right`, op one of `+ - * /` or a comparison."""
    work = _OPERATORS[op]

    def evaluate(values: Values, trace: Trace) -> Value:
        a, b = left(values, trace), right(values, trace)
        return None if a is None or b is None else work(a, b)

    return evaluate


def call(function: str, arguments: Sequence[Evaluate], rounding: Rounding) -> Evaluate:
    """`if`, `min`, `max`, `round` or `round up`; only the branch of `if` that is taken is evaluated."""
    if function == "if":
        return _if(*arguments)
    work = partial(_round, rounding=rounding) if function == "round" else _FUNCTIONS[function]

    def evaluate(values: Values, trace: Trace) -> Value:
        given = [argument(values, trace) for argument in arguments]
        return None if any(value is None for value in given) else work(*given)

    return evaluate


def _if(test: Evaluate, yes: Evaluate, no: Evaluate) -> Evaluate:
    def choose(values: Values, trace: Trace) -> Value:
        holds = test(values, trace)
        return None if holds is None else (yes if holds else no)(values, trace)

    return choose


def _round(value: Fraction, to: Fraction, *, rounding: Rounding) -> Fraction:
    return rounded(value / to, rounding) * to


def _round_up(value: Fraction, to: Fraction) -> Fraction:
    return -(-value // to) * to


_OPERATORS: Mapping[str, Callable[..., Value]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
_FUNCTIONS: Mapping[str, Callable[..., Value]] = {"min": min, "max": max, "round up": _round_up}
