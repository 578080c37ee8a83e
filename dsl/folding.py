"""The value of a formula that rests on nothing but what is written: literals and constants.

Conditions compare with such values, and the checker sees that none of them is below zero. Everything else is evaluated
by the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from engine.formulas import Call, Comparison, ConstantName, Formula, Literal, Operation, Prices
from engine.money import Rounding, rounded

Named = Callable[[str], Formula | None]
"""A constant's formula by its folded name; None where it has none."""


def folded(
    formula: Formula, named: Named, *, currency: str | None = None, rounding: Rounding = Rounding.HALF_UP
) -> Fraction | None:
    """The value of a formula in one currency (the first that a price is said in, where none is given).

    Returns:
        None where the formula names an input, a table or a hook, or has no value.

    Raises:
        ZeroDivisionError: a divisor comes to zero.
    """

    def value(part: Formula) -> Fraction | None:
        return folded(part, named, currency=currency, rounding=rounding)

    match formula:
        case Literal(value=Fraction() as number):
            return number
        case Prices(by_currency=prices):
            return dict(prices).get(currency or prices[0][0])
        case ConstantName(name=name):
            constant = named(name)
            return value(constant) if constant is not None else None
        case Operation(op=op, left=left, right=right):
            a, b = value(left), value(right)
            return None if a is None or b is None else _OPERATIONS[op](a, b)
        case Call(function="if", arguments=(Comparison() as test, yes, no)):
            a, b = value(test.left), value(test.right)
            return None if a is None or b is None else value(yes if _COMPARISONS[test.op](a, b) else no)
        case Call(function=function, arguments=arguments):
            numbers = [value(argument) for argument in arguments]
            known = [number for number in numbers if number is not None]
            return _called(function, known, rounding) if len(known) == len(numbers) else None
        case _:
            return None


def _called(function: str, numbers: list[Fraction], rounding: Rounding) -> Fraction:
    if function == "min":
        return min(numbers)
    if function == "max":
        return max(numbers)
    value, to = numbers
    return Fraction(rounded(value / to, rounding)) * to if function == "round" else -(-value // to) * to


_OPERATIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
}
_COMPARISONS = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
}
