"""The block `constants`: named formulas over literals and other constants, in any order, without a circle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from dsl.amounts import Quantity
from dsl.build.circles import in_order
from dsl.build.dated import report_holes, rows_by_day
from dsl.build.heading import Heading
from dsl.build.names import WORDS, formulas_can_name
from dsl.build.sheet import Columns, SheetRow, read_rows, report_problem
from dsl.cells import parse_formula
from dsl.days import VALID
from dsl.diagnostics import Label, Problem, Report
from dsl.folding import folded
from dsl.formula import read_formula
from dsl.syntax import Binary, Block, FormulaTree, FunctionCall, Member, Name
from dsl.units import Scope, Typed, said
from engine.formulas import NOTHING, Formula
from engine.model import Constant, Input
from engine.names import fold

_COLUMNS = Columns(required=("name", "value"), optional=(VALID,))
_TAKEN = {
    **dict.fromkeys(("rate", "burn", "per request"), "the name of a hook"),
    **dict.fromkeys(
        ("fee", "at least", "at most", "allowance", "carry over", "beyond"),
        "the name of a column of `plans`, which a contract may override",
    ),
}


_BY_DAY = Problem(
    "wrong-type",
    "this constant has other values on other days, and a cell compares with one",
    (0, 0),
    help=("write the amounts, in rows with days of their own under `valid`",),
)


@dataclass(frozen=True, slots=True)
class Constants:
    """All constants.

    Attributes:
        typed: By folded name; None for one that is wrong.
        values: Of those that conditions can name; None for one that is wrong, a problem for one that differs from day
            to day.
    """

    built: Mapping[str, Constant]
    typed: Mapping[str, Typed | None]
    labels: Mapping[str, str]
    values: Mapping[str, Quantity | Problem | None]

    @property
    def by_day(self) -> bool:
        """Whether the value of some constant differs from day to day."""
        return any(one.others for one in self.built.values())


def read_constants(blocks: Sequence[Block], inputs: Mapping[str, Input], heading: Heading, report: Report) -> Constants:
    """Read all constants; a circle is told once. One has a value on every day of the ruleset."""
    rows = [row for block in blocks for row in read_rows(block, _COLUMNS, report)]
    by_name = rows_by_day(rows, "name", "constants", heading.valid, report)
    for those in by_name.values():
        report_holes(those, "name", heading.valid, report)
    _report_taken(by_name, inputs, report)
    typed: dict[str, Typed | None] = dict.fromkeys(by_name)
    built: dict[str, Constant] = {}
    labels = {name: rows[0].text("name", "") for name, rows in by_name.items()}
    values: dict[str, Quantity | Problem | None] = dict.fromkeys(by_name)
    order = in_order(_graph(by_name))
    for circle in order.circles:
        _report_circle(circle, by_name, report)
    scope = Scope("a constant", heading.currencies, constants=typed, labels=labels, unsure=frozenset(report.unsure))
    for name in order.names:
        read = _read_all(by_name[name], scope, report)
        found = typed[name] = _as_one(read)
        if found is not None and found.unit is not None:
            rows_of = [
                Constant(name, labels[name], found.unit, one.formula, fixed=False, origin=row.origin, valid=row.valid)
                for row, one in zip(by_name[name], read, strict=True)
            ]
            built[name] = replace(rows_of[0], others=tuple(rows_of[1:]))
            values[name] = _BY_DAY if found.by_day else _value(found, built, heading)
    return Constants(built, typed, labels, values)


def _read_all(rows: Sequence[SheetRow], scope: Scope, report: Report) -> list[Typed]:
    """What each row of a constant says; nothing where one is wrong, or where they do not agree on the unit."""
    read = [(row, _read(row, scope, report)) for row in rows]
    good = [(row, typed) for row, typed in read if typed is not None and typed.unit is not None]
    for row, typed in good[1:]:
        first, of = good[0]
        if of.unit is not None and typed.unit is not None and typed.unit is not of.unit:
            other = Label(first.span("value"), f"{said(of.unit)} here")
            message = f"`{row.text('name', '')}` has one unit on all days, but this is {said(typed.unit)}"
            report.error("wrong-unit", message, row.span("value"), secondary=(other,))
            return []
    return [typed for _, typed in good] if len(good) == len(rows) else []


def _as_one(read: Sequence[Typed]) -> Typed | None:
    """A constant as formulas know it, whatever the day; None where it is wrong."""
    if len(read) < 2:
        return read[0] if read else None
    return replace(
        read[0],
        formula=NOTHING,
        depth=max(one.depth for one in read),
        numerator=max(one.numerator for one in read),
        denominator=max(one.denominator for one in read),
        by_day=True,
    )


def _report_taken(by_name: Mapping[str, Sequence[SheetRow]], inputs: Mapping[str, Input], report: Report) -> None:
    for name, (row, *_) in by_name.items():
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


def _graph(by_name: Mapping[str, Sequence[SheetRow]]) -> dict[str, set[str]]:
    graph: dict[str, set[str]] = {}
    for name, rows in by_name.items():
        trees = [parse_formula(row.cells["value"].text) for row in rows]
        named = set[str]().union(*(_names(tree) for tree in trees if not isinstance(tree, Problem)))
        graph[name] = named & by_name.keys()
    return graph


def _report_circle(circle: Sequence[str], by_name: Mapping[str, Sequence[SheetRow]], report: Report) -> None:
    """Tell of a circle once, at the first of its constants."""
    first, *others = sorted((by_name[name][0] for name in circle), key=lambda row: (row.file, row.number))
    around = [Label(row.span("value"), f"`{row.text('name', '')}` is on the circle") for row in others]
    message = f"the constant `{first.text('name', '')}` is defined in terms of itself"
    mend = "give one of them a value of its own"
    report.error("circular-name", message, first.span("value"), secondary=around, help=(mend,))


def _value(typed: Typed, constants: Mapping[str, Constant], heading: Heading) -> Quantity | None:
    """The value that a condition compares with: of money, in each of the ruleset's currencies."""

    def named(name: str) -> Formula | None:
        return constants[name].formula if name in constants else None

    if typed.unit is None:
        return None
    codes: list[str | None] = [one.code for one in heading.currencies] if typed.unit.is_money else []
    amounts: list[tuple[str, Fraction]] = []
    for code in codes or [None]:
        try:
            value = folded(typed.formula, named, currency=code, rounding=heading.rounding)
        except ZeroDivisionError:
            return None
        if value is None:
            return None
        amounts.append((code or "", value))
    return Quantity(typed.unit, amounts[0][1], codes[0] if codes else None, tuple(amounts) if len(codes) > 1 else ())
