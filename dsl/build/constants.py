"""The block `constants`: named formulas over literals and other constants, in any order, without a circle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from dsl.amounts import Quantity
from dsl.build.names import WORDS, formulas_can_name, rows_by_name
from dsl.build.sheet import Columns, SheetRow, read_rows, report_problem
from dsl.cells import parse_formula
from dsl.diagnostics import Label, Problem, Report
from dsl.folding import folded
from dsl.formula import read_formula
from dsl.syntax import Binary, Block, FormulaTree, FunctionCall, Member, Name
from dsl.units import Scope, Typed
from engine.formulas import Formula
from engine.model import Constant, Input
from engine.money import Currency, Rounding
from engine.names import fold

_COLUMNS = Columns(required=("name", "value"), not_yet=("valid",))
_TAKEN = {
    **dict.fromkeys(("rate", "burn", "per request"), "the name of a hook"),
    **dict.fromkeys(
        ("fee", "at least", "at most", "allowance", "carry over", "beyond"),
        "the name of a column of `plans`, which a contract may override",
    ),
}


@dataclass(frozen=True, slots=True)
class Constants:
    """All constants.

    Attributes:
        typed: By folded name; None for one that is wrong.
        values: Of those that conditions can name; None for one that is wrong.
    """

    built: Mapping[str, Constant]
    typed: Mapping[str, Typed | None]
    labels: Mapping[str, str]
    values: Mapping[str, Quantity | None]


def read_constants(
    blocks: Sequence[Block],
    inputs: Mapping[str, Input],
    currencies: tuple[Currency, ...],
    rounding: Rounding,
    report: Report,
) -> Constants:
    """Read all constants; a circle is told once."""
    rows = [row for block in blocks for row in read_rows(block, _COLUMNS, report)]
    by_name = rows_by_name(rows, "name", "constants", report)
    _report_taken(by_name, inputs, report)
    typed: dict[str, Typed | None] = {}
    built: dict[str, Constant] = {}
    labels = {name: row.text("name", "") for name, row in by_name.items()}
    values: dict[str, Quantity | None] = {}
    bad = _report_circles(by_name, report)
    for name in _in_order(by_name, bad):
        scope = Scope(
            "a constant",
            currencies,
            constants={**dict.fromkeys(by_name), **typed},
            labels=labels,
            unsure=frozenset(report.unsure),
        )
        typed[name] = None if name in bad else _read(by_name[name], scope, report)
        found = typed[name]
        values[name] = None
        if found is not None and found.unit is not None:
            row = by_name[name]
            built[name] = Constant(name, labels[name], found.unit, found.formula, fixed=False, origin=row.origin)
            values[name] = _value(found, built, currencies, rounding)
    return Constants(built, typed, labels, values)


def _report_taken(rows: Mapping[str, SheetRow], inputs: Mapping[str, Input], report: Report) -> None:
    for name, row in rows.items():
        if not row.bad and not formulas_can_name(row.cells["name"], row.file, report):
            report.unsure.add("constants")
        taken = _TAKEN.get(name) or (
            "the name of an input" if name in inputs else "a word of the language" if name in WORDS else None
        )
        if taken is not None:
            message = f"`{row.text('name', '')}` is {taken}"
            report.error("duplicate-name", message, row.span("name"), help=("give the constant another name",))


def _read(row: SheetRow, scope: Scope, report: Report) -> Typed | None:
    cell = row.cells["value"]
    if not cell.text:
        return None
    found = read_formula(cell.text, scope)
    if isinstance(found, Problem):
        report_problem(found, cell, row.file, report)
        return None
    if found is not None and found.unit is None:
        report.error(
            "wrong-type", "a constant has a value", row.span("value"), help=("take the row out, or write an amount",)
        )
        return None
    return found


def _names(tree: FormulaTree) -> set[str]:
    match tree:
        case Name(text=text):
            return {fold(text)}
        case Binary(left=left, right=right):
            return _names(left) | _names(right)
        case FunctionCall(arguments=arguments):
            return set().union(*(_names(argument) for argument in arguments))
        case Member():
            return set()
        case _:
            return set()


def _graph(rows: Mapping[str, SheetRow], without: frozenset[str]) -> dict[str, set[str]]:
    graph: dict[str, set[str]] = {}
    for name, row in rows.items():
        tree = parse_formula(row.cells["value"].text) if name not in without else None
        named = _names(tree) if tree is not None and not isinstance(tree, Problem) else set()
        graph[name] = named & rows.keys() - without
    return graph


def _report_circles(rows: Mapping[str, SheetRow], report: Report) -> frozenset[str]:
    """Names that lie on a circle; each circle is reported once, at its first constant."""
    bad: frozenset[str] = frozenset()
    while True:
        try:
            TopologicalSorter(_graph(rows, bad)).prepare()
        except CycleError as error:
            circle = [str(name) for name in error.args[1]][:-1]
            circle.sort(key=lambda name: (rows[name].file, rows[name].number))
            first, *others = circle
            around = [
                Label(rows[name].span("value"), f"`{rows[name].text('name', '')}` is on the circle") for name in others
            ]
            message = f"the constant `{rows[first].text('name', '')}` is defined in terms of itself"
            report.error(
                "circular-name",
                message,
                rows[first].span("value"),
                secondary=around,
                help=("give one of them a value of its own",),
            )
            bad |= frozenset(circle)
        else:
            return bad


def _in_order(rows: Mapping[str, SheetRow], bad: frozenset[str]) -> list[str]:
    return list(TopologicalSorter(_graph(rows, bad)).static_order())


def _value(
    typed: Typed, constants: Mapping[str, Constant], currencies: tuple[Currency, ...], rounding: Rounding
) -> Quantity | None:
    """The value that a condition compares with: of money, in the ruleset's first currency."""

    def named(name: str) -> Formula | None:
        return constants[name].formula if name in constants else None

    if typed.unit is None:
        return None
    code = currencies[0].code if currencies and typed.unit.is_money else None
    try:
        value = folded(typed.formula, named, currency=code, rounding=rounding)
    except ZeroDivisionError:
        return None
    return None if value is None else Quantity(typed.unit, value, code)
