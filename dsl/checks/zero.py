"""suspicious-zero: a price that a formula makes nothing.

A price of nothing is meant where it is written as one, `$0.00/h`; not where a formula comes to it by itself.
"""

from __future__ import annotations

from fractions import Fraction

from dsl.amounts import shown
from dsl.checks.formulas import Written, all_written, concern_of, place_of, text_at, value_of
from dsl.diagnostics import Diagnostic, Label, Report, Severity
from dsl.document import Document
from engine.formulas import (
    ConstantName,
    Formula,
    OutcomeName,
    Prices,
    Unit,
    parts,
)
from engine.money import Currency, to_minor
from engine.touched import How

_MOST_TOLD = 20


def check_zero(document: Document, report: Report) -> None:
    """No price is nothing by accident."""
    told = 0
    for one in all_written(document):
        diagnostic = _zero(one, document)
        if diagnostic is not None and told < _MOST_TOLD:
            told += 1
            report.add(diagnostic)


def _zero(one: Written, document: Document) -> Diagnostic | None:
    """A price that a formula makes nothing, or that is nothing once it is rounded."""
    if not one.unit.is_money or isinstance(one.formula, ConstantName | OutcomeName):
        return None
    if isinstance(one.formula, Prices) and all(price >= 1 for _, price in one.formula.by_currency):
        return None
    for currency in document.heading.currencies:
        value = value_of(one.formula, currency, document)
        if value is None or value < 0:
            continue
        tiny = one.unit is Unit.HOURLY and value and not to_minor(value, currency, document.heading.rounding)
        if not tiny and (value or _is_meant(one.formula, currency, document)):
            continue
        place = place_of(one, document)
        text = text_at(place, document)
        nothing = shown(Fraction(0), one.unit, (currency,))
        if tiny:
            message = f"an hour at `{text}` costs nothing once it is rounded"
            mends = [f"write `{nothing}`, if it is free", "or write the price in full: is its decimal point right?"]
        else:
            message = f"`{text}` always comes to nothing"
            mends = ["or mend its factor: `150%` is half as much again"]
            mends = [f"write `{nothing}`, if it is free", *mends] if len(document.heading.currencies) == 1 else mends
        label = Label(place, f"this is {nothing}")
        concern = concern_of(one, How.DECIDED) if one.start.table or one.hook else None
        return Diagnostic("suspicious-zero", Severity.WARNING, message, label, help=tuple(mends), concern=concern)
    return None


def _is_meant(formula: Formula, currency: Currency, document: Document) -> bool:
    """Whether nothing is what an amount in it says, or a constant, which is judged where it stands."""
    for part in parts(formula):
        if isinstance(part, Prices) and dict(part.by_currency).get(currency.code) == 0:
            return True
        if isinstance(part, ConstantName) and value_of(part, currency, document) == 0:
            unit = document.constants.built[part.name].unit
            if unit.is_money:
                return True
    return False
