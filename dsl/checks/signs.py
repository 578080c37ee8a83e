"""can-be-negative, zero-divisor: formulas that some request makes come out below zero, or divide by zero.

Of a formula that only names an outcome, each cell is judged where it stands; of any other, the whole. What a plan, a
top-up or an item says is judged for that plan. Searched exactly, over the values that `inputs` declares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from dsl.amounts import shown
from dsl.checks.by_currency import told_apart
from dsl.checks.cases import written_value
from dsl.checks.formulas import NOTHING_SAID, Written, charged, concern_of, place_of, text_at
from dsl.currencies import shown_price
from dsl.diagnostics import Diagnostic, Label, Report, Severity
from dsl.document import Document
from dsl.source import Span
from engine.analysis import UndecidedError
from engine.currencies import input_in, table_in
from engine.formulas import Literal, Prices, Unit
from engine.hulls import Book, Hulls
from engine.model import Input, Table
from engine.money import Currency
from engine.reaching import LIMIT, Wrong, wrongs
from engine.touched import How

_MOST_TOLD = 20
_NEVER_LESS = (*NOTHING_SAID, Prices, Literal)
"""What is written is never negative."""
_ZERO = {Unit.MONEY: "", Unit.HOURLY: "/h", Unit.PER_REQUEST: "/request"}
_PLAIN_ZERO = {Unit.NUMBER: "0%", Unit.DURATION: "0 min", Unit.REQUESTS: "0 requests", Unit.CYCLES: "0 cycles"}


def check_signs(document: Document, report: Report) -> None:
    """No price and no duration comes out below zero, and nothing is divided by zero, for any request."""
    told: set[tuple[str, Span]] = set()
    written = list(charged(document, left_out=_NEVER_LESS))
    for currency in document.heading.currencies:
        hulls = Hulls(_book(document, currency), currency)
        for root in _suspects(written, hulls):
            place = place_of(root, document)
            text = text_at(place, document)
            if len(told) == _MOST_TOLD:
                return
            try:
                found = wrongs(root.formula, hulls, start=root.start)
            except UndecidedError:
                _report_undecided(text, place, report)
                return
            for wrong in found:
                told_of = _told(wrong, root.unit, Label(place, text), currency, document)
                diagnostic = replace(told_of, concern=concern_of(root, How.WRONG))
                if (diagnostic.code, place) not in told:
                    told.add((diagnostic.code, place))
                    report.add(diagnostic)


def _book(document: Document, currency: Currency) -> Book:
    return Book(
        {
            name: table_in(built.table, currency.code) if _looks_at_money(built.table, document) else built.table
            for name, built in document.tables.items()
        },
        document.constants.built,
        {name: bound.typed.formula for name, bound in document.pricing.items() if bound.typed is not None},
        {name: input_in(of, currency.code) for name, of in document.inputs.items()},
        document.heading.rounding,
    )


def _looks_at_money(table: Table, document: Document) -> bool:
    return len(told_apart([document.inputs[name] for name in table.inputs], document)) > 1


def _suspects(written: Iterable[Written], hulls: Hulls) -> Iterator[Written]:
    """The formulas that are not right at first sight; what is written alike is looked at once."""
    safe: dict[int, bool] = {}
    for root in written:
        if isinstance(root.formula, _NEVER_LESS):
            continue
        known = safe.get(id(root.formula))
        if known is None:
            known = safe[id(root.formula)] = hulls.around(root.formula).safe
        if not known:
            yield root


def _report_undecided(text: str, place: Span, report: Report) -> None:
    message = f"whether `{text}`, or a formula behind it, can come to less than nothing could not be found out"
    mend = "let a table say what the formula counts, or keep it from less with `max`"
    label = Label(place, f"not within the limit of {LIMIT:,} steps")
    report.add(Diagnostic("unfinished-search", Severity.WARNING, message, label, help=(mend,)))


def _told(wrong: Wrong, unit: Unit, at: Label, currency: Currency, document: Document) -> Diagnostic:
    """A formula that goes wrong; `at` has its place and its text."""
    case = tuple(
        (of.label, written_value(of, value, _spellings(document), (currency,)))
        for of, value in zip(wrong.case.inputs, wrong.case.values, strict=True)
    )
    deciding = tuple(
        Label(document.tables[table].rows[row], "decides here") for table, row in dict.fromkeys(wrong.rows)
    )
    if wrong.value is None:
        message = f"`{at.text}` divides by zero for some request, which waits for a person then"
        mend = "let what it is divided by be more than nothing in every row"
        return Diagnostic("zero-divisor", Severity.WARNING, message, Label(at.span), deciding, (mend,), case)
    label = Label(at.span, f"-{shown(-wrong.value, unit, (currency,))} here")
    if wrong.always:
        mend = "nothing that is charged is below zero: turn it round"
        message = f"`{at.text}` comes to less than nothing, whatever is asked"
        return Diagnostic("wrong-type", Severity.ERROR, message, label, deciding, (mend,), case)
    message = f"`{at.text}` comes to less than nothing for some request, which waits for a person then"
    mends = _mends(wrong, unit, at.text, currency, document)
    return Diagnostic("can-be-negative", Severity.WARNING, message, label, deciding, mends, case)


def _mends(wrong: Wrong, unit: Unit, text: str, currency: Currency, document: Document) -> tuple[str, ...]:
    if unit.is_money and len(document.heading.currencies) > 1:
        mend = "let what is taken off never be more than what it is taken off from"
    else:
        mend = f"write `{_floored(text, unit, currency)}`, if such a request costs nothing"
    opened = [of.label for of in wrong.case.inputs if _is_open(of) and of.label in text]
    return (mend, *(f"or declare in `inputs`, under `values`, how much `{label}` can be" for label in opened))


def _is_open(of: Input) -> bool:
    return of.domain is not None and of.domain.high is None and isinstance(of.domain.low, Fraction)


def _floored(text: str, unit: Unit, currency: Currency) -> str:
    """A formula that comes to nothing where it came to less."""
    if unit in _PLAIN_ZERO:
        return f"max({text}, {_PLAIN_ZERO[unit]})"
    decimals = "." + "0" * currency.digits if currency.digits else ""
    return f"max({text}, {shown_price(currency.code, f'0{decimals}', _ZERO[unit])})"


def _spellings(document: Document) -> dict[str, str]:
    """How words that rows ask for are written."""
    return {word: text for built in document.tables.values() for word, text in built.spellings.items()}
