"""The block `inputs`: what rows may look at beside what is always known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from dsl.build.names import WORDS, Names
from dsl.build.sheet import Columns, SheetRow, read_rows, report_problem
from dsl.cells import parse_choices, parse_listed
from dsl.conditions import Columns as ConditionColumns
from dsl.conditions import read_condition
from dsl.days import VALID
from dsl.diagnostics import Problem, Report
from dsl.inputs import DECLARED_AT, NOT_NEGATIVE
from dsl.suggest import did_you_mean
from dsl.syntax import Between, Block
from engine.currencies import ConditionByCurrency, SpanByCurrency
from engine.hooks import Level
from engine.model import DAY, Condition, Input, InputType, Span
from engine.money import Currency
from engine.names import fold
from engine.tiers import OVERAGE

T = TypeVar("T")

_COLUMNS = Columns(required=("name", "of"), optional=("type", "values"))
_COLUMNS_OF_TABLES = frozenset({"row", "why", VALID, DAY})
_LEVELS = {level.label: level for level in (Level.REQUEST, Level.WORKLOG, Level.CONTRACT)}
_MISSING_ALLOWED = (InputType.TEXT, InputType.NUMBER, InputType.DURATION, InputType.MONEY, InputType.DATE)


def read_inputs(
    blocks: Sequence[Block], known: Mapping[str, Input], currencies: tuple[Currency, ...], report: Report
) -> dict[str, Input | None]:
    """Read declared inputs by folded name; None for one whose declaration is wrong."""
    names = Names("inputs", report)
    found: dict[str, Input | None] = {}
    for block in blocks:
        for row in read_rows(block, _COLUMNS, report):
            label = row.text("name", "")
            if not label:
                report.unsure.add("inputs")
            if label and _may_declare(row, label, known, report) and names.declare(label, row.span("name")):
                found[fold(label)] = _input(row, label, currencies, report)
    return found


def _may_declare(row: SheetRow, label: str, known: Mapping[str, Input], report: Report) -> bool:
    name = fold(label)
    if name in WORDS or name in _COLUMNS_OF_TABLES:
        message = f"`{label}` is a word of the language"
        report.error("duplicate-name", message, row.span("name"), help=("give the input another name",))
        return False
    if (name in known and name != "class") or name == OVERAGE:
        message = f"`{label}` is known without being declared"
        report.error(
            "duplicate-name", message, row.span("name"), help=("take this row out, or give the input another name",)
        )
        return False
    return True


def _input(row: SheetRow, label: str, currencies: tuple[Currency, ...], report: Report) -> Input | None:
    level = _one_of(row, "of", _LEVELS, report, default="request")
    types = {type_.value: type_ for type_ in InputType if type_ is not InputType.REQUESTS}
    type_ = _one_of(row, "type", types, report, default=InputType.CHOICE.value)
    if level is None or type_ is None:
        return None
    wanted = Level.CONTRACT if fold(label) == "class" else DECLARED_AT.get(fold(label), level)
    if wanted is not level:
        message = f"`{label}` is known of a {wanted.label}, not of a {level.label}"
        report.error("wrong-level", message, row.span("of"), help=(f"write `{wanted.label}`",))
        return None
    if type_ is InputType.CHOICE:
        return _choice(row, label, level, report)
    if fold(label) == "class":
        mends = ("write `choice`, and list its values: `main, projects`",)
        report.error(
            "wrong-type", "`class` is a choice of the classes that contracts have", row.span("type"), help=mends
        )
        return None
    domain = _domain(row, label, type_, currencies)
    if isinstance(domain, Problem):
        report_problem(domain, row.cells["values"], row.file, report)
        return None
    return Input(fold(label), label, level, type_, may_be_missing=type_ in _MISSING_ALLOWED, domain=domain)


def _one_of(row: SheetRow, column: str, values: Mapping[str, T], report: Report, *, default: str) -> T | None:
    text = row.text(column, default)
    if fold(text) in values:
        return values[fold(text)]
    if text:
        choices = ", ".join(f"`{value}`" for value in values)
        message = f"`{column}` of an input cannot be `{text}`"
        report.error(
            "unknown-value",
            message,
            row.span(column),
            label=did_you_mean(text, values),
            help=(f"write one of {choices}",),
        )
    return None


def _choice(row: SheetRow, label: str, level: Level, report: Report) -> Input | None:
    cell = row.cells.get("values")
    if cell is None or cell.text in ("", "-"):
        if cell is None or cell.text:
            place = row.span("name") if cell is None else row.span("values")
            message = f"the choice `{label}` declares no values"
            report.error(
                "missing-block",
                message,
                place,
                help=("list them: `Network, Server`, or in order: `Low < Normal < High`",),
            )
        return None
    tree = parse_choices(cell.text)
    if isinstance(tree, Problem):
        report_problem(tree, cell, row.file, report)
        return None
    spellings: dict[str, str] = {}
    for word in tree.words:
        if fold(word.text) in spellings:
            message = f"`{word.text}` is listed twice among the values of `{label}`"
            joint = " < " if tree.ordered else ", "
            once: dict[str, str] = {}
            for one in tree.words:
                once.setdefault(fold(one.text), cell.text[one.at[0] : one.at[1]])
            mend = f"`{joint.join(once.values())}{', none' if tree.missing else ''}`"
            report.error("duplicate-name", message, cell.part(row.file, word.at), help=(mend,))
        spellings.setdefault(fold(word.text), word.text)
    return Input(
        fold(label),
        label,
        level,
        InputType.CHOICE,
        tuple(spellings),
        ordered=tree.ordered,
        may_be_missing=tree.missing,
        spellings=spellings,
    )


def _domain(row: SheetRow, label: str, type_: InputType, currencies: tuple[Currency, ...]) -> Span | Problem | None:
    """The values that an input of another type can have; numbers are never negative."""
    counts = type_.is_ordered and type_ is not InputType.DATE
    whole = NOT_NEGATIVE if counts else None
    cell = row.cells.get("values")
    if cell is None or cell.text in ("", "-"):
        return whole
    if type_ is InputType.MONEY and not currencies:
        return whole  # in which currencies it is to be said is not known: that is told at the heading
    if not type_.is_ordered:
        return Problem(
            "wrong-type",
            f"an input of type {type_.value} has no list of values",
            (0, len(cell.text)),
            help=("write `-`, or make its type `choice`",),
        )
    tree = parse_listed("ordered", cell.text)
    if isinstance(tree, Problem):
        return tree
    most = len(currencies) if type_ is InputType.MONEY else 1
    spans = [item for item in tree.items if isinstance(item, Between)]
    if not 1 <= len(tree.items) <= max(most, 1) or len(spans) < len(tree.items) or tree.negated:
        return Problem(
            "wrong-type",
            f"the values of an input that counts are one span{' in each currency' if most > 1 else ''}",
            (0, len(cell.text)),
            help=("`0 h..24 h`, or `-`",),
        )
    of = Input(fold(label), label, Level.REQUEST, type_)
    read = read_condition(cell.text, of, ConditionColumns({}, currencies, {}))
    if isinstance(read, ConditionByCurrency):
        by_currency = tuple((code, _from_nothing(one.spans[0])) for code, one in read.by_currency)
        return SpanByCurrency(NOT_NEGATIVE.low, None, by_currency=by_currency)
    if isinstance(read, Condition):
        return _from_nothing(read.spans[0]) if counts else read.spans[0]
    return read or whole


def _from_nothing(span: Span) -> Span:
    """A span of what is never negative."""
    return Span(NOT_NEGATIVE.low, span.high, high_counts=span.high_counts) if span.low is None else span


def declared(inputs: Iterable[Input | None]) -> list[Input]:
    """Those whose declaration is right."""
    return [one for one in inputs if one is not None]
