"""Concrete requests, as the messages about gaps and overlaps show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

from dsl.amounts import shown
from engine.analysis import Case, CaseValue
from engine.formulas import Unit
from engine.model import ANY, Condition, Input, InputType
from engine.money import Currency

_UNITS = {
    InputType.NUMBER: Unit.NUMBER,
    InputType.DURATION: Unit.DURATION,
    InputType.MONEY: Unit.MONEY,
    InputType.REQUESTS: Unit.REQUESTS,
}


def written(
    case: Case,
    rows: Sequence[Sequence[Condition]],
    spellings: Mapping[str, str],
    currencies: Sequence[Currency],
) -> tuple[tuple[str, str], ...]:
    """Input label and value of a case; words as the ruleset spells them, `any` where no row asks."""
    asked = [any(row[column] != ANY for row in rows) for column in range(len(case.inputs))]
    return tuple(
        (of.label, written_value(of, value, spellings, currencies) if matters else "any")
        for of, value, matters in zip(case.inputs, case.values, asked, strict=True)
    )


def written_value(of: Input, value: CaseValue, spellings: Mapping[str, str], currencies: Sequence[Currency]) -> str:
    """One value of a case."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case Fraction():
            return shown(value, _UNITS.get(of.type, Unit.NUMBER), currencies)
        case date():
            return value.isoformat()
        case str():
            return of.spellings.get(value) or spellings.get(value, value)
        case _:
            return str(value)
