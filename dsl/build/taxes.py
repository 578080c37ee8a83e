"""The block `taxes`: the tax table. Every row that fits applies, and one must."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dsl.build.conditional import ReadRow, RowReader, inputs_of, read_grid
from dsl.build.sheet import column_meant, read_settings, report_empty, report_problem
from dsl.cells import unquoted
from dsl.conditions import Columns
from dsl.diagnostics import Label, Problem, Report
from dsl.folding import folded
from dsl.formula import read_formula
from dsl.source import Span
from dsl.suggest import did_you_mean, listed
from dsl.syntax import Block, Cell
from dsl.units import Scope, Typed
from engine.formulas import Formula, Unit
from engine.model import Input, Origin, Taxes, TaxRow
from engine.money import Rounding
from engine.names import fold

_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "prices": ("without tax",),
    "per": ("group", "line"),
    "rounding": ("as the ruleset", Rounding.UP.value, Rounding.DOWN.value),
}
_NOT_YET = {"prices": ("with tax", "with rounded tax")}
_OUTCOMES = ("code", "rate", "category", "text")
_CATEGORIES = ("S", "Z", "E", "AE", "K", "G", "O", "L", "M")


@dataclass(frozen=True, slots=True)
class BuiltTaxes:
    """The tax table and where its parts stand."""

    taxes: Taxes
    heading: Span
    inputs: tuple[tuple[Input, Span], ...]
    rows: tuple[Span, ...]
    rates: tuple[tuple[Typed, Span], ...]
    complete: bool
    constants: frozenset[str]
    spellings: Mapping[str, str]


def read_taxes(
    blocks: Sequence[Block], inputs: Mapping[str, Input | None], columns: Columns, scope: Scope, report: Report
) -> BuiltTaxes | None:
    """Read the one block `taxes`; None where there is none, or none that can be read."""
    if not blocks:
        return None
    block = blocks[0]
    for other in blocks[1:]:
        first = Label(block.heading, "it begins here")
        report.error(
            "duplicate-name",
            "a ruleset has one block `taxes`",
            other.heading,
            secondary=(first,),
            help=("move its rows to the first",),
        )
    settings = read_settings(block, _SETTINGS, (), report)
    judged = [_setting(key, cell, block, report) for key, cell in settings.items()]
    grid = read_grid(block, inputs, report)
    if grid is None:
        return None
    places = _outcomes(grid.outcomes, block, report)
    reader = RowReader(block, grid, columns, report)
    rows = [(row, _tax_row(row, places, scope, block, report)) for row in reader.read()]
    known = inputs_of(grid)
    good = [(row, built) for row, built in rows if built is not None]
    if not block.rows:
        report.error(
            "missing-block", "the tax table has no rows", block.heading, help=("`| T1 | otherwise || exempt | 0% |`",)
        )
    return BuiltTaxes(
        taxes=Taxes(
            tuple(of.name for of in known or ()),
            tuple(b[0] for _, b in good),
            fold(settings["per"].text) == "line" if "per" in settings else False,
            _rounding(settings.get("rounding")),
        ),
        heading=block.heading,
        inputs=tuple((of, cell.span(block.file)) for _, of, cell in grid.inputs if of is not None),
        rows=tuple(row.line.cell(0).span(block.file) for row, _ in good),
        rates=tuple((b[1], b[2]) for _, b in good),
        complete=all(judged)
        and known is not None
        and grid.row is not None
        and len(good) == len(block.rows)
        and bool(good),
        constants=frozenset(reader.constants),
        spellings=reader.spellings,
    )


def _rounding(cell: Cell | None) -> Rounding | None:
    """How taxes are rounded; None where the ruleset says it, or where the cell is wrong, which `_setting` reports."""
    return next((one for one in (Rounding.UP, Rounding.DOWN) if cell and fold(cell.text) == one.value), None)


def _setting(key: str, cell: Cell, block: Block, report: Report) -> bool:
    if fold(cell.text) in _SETTINGS[key]:
        return True
    span = cell.span(block.file)
    if fold(cell.text) in _NOT_YET.get(key, ()):
        report.error(
            "not-supported", f"`{key} {cell.text}` is not there yet", span, help=(f"`{key} {_SETTINGS[key][0]}`",)
        )
    else:
        report.error(
            "unknown-value",
            f"`{key}` cannot be `{cell.text}`",
            span,
            label=did_you_mean(cell.text, _SETTINGS[key]),
            help=(f"write one of {listed(_SETTINGS[key])}",),
        )
    return False


def _outcomes(cells: Sequence[tuple[int, Cell]], block: Block, report: Report) -> dict[str, int]:
    written = [fold(cell.text) for _, cell in cells]
    found: dict[str, int] = {}
    before = report.errors
    for index, cell in cells:
        name = fold(cell.text)
        span = cell.span(block.file)
        if name == "compound":
            mend = "leave the column out"
            report.error("not-supported", "the column `compound` of `taxes` is not there yet", span, help=(mend,))
            continue
        if name not in _OUTCOMES:
            absent = [one for one in ("code", "rate") if one not in written]
            name = column_meant(cell, block, _OUTCOMES, absent, report) or ""
        elif name in found:
            report.error("duplicate-name", f"there are two columns `{cell.text}`", span)
        if name:
            found.setdefault(name, index)
    for name in ("code", "rate"):
        if name not in found and report.errors == before:
            mend = f"add `{name}` behind `||`"
            report.error("missing-block", f"`taxes` needs a column `{name}`", block.heading, help=(mend,))
    return found


def _tax_row(
    row: ReadRow, places: Mapping[str, int], scope: Scope, block: Block, report: Report
) -> tuple[TaxRow, Typed, Span] | None:
    if row.line.bad:
        return None
    texts: dict[str, str] = {}
    for name, index in places.items():
        cell = row.line.cell(index)
        if not cell.text:
            report_empty(cell, block.file, report)
        elif name != "rate":
            texts[name] = "" if cell.text == "-" else unquoted(cell.text)
    rate = _rate(row.line.cell(places["rate"]), scope, block, report) if "rate" in places else None
    if "category" in places and texts.get("category") and texts["category"].upper() not in _CATEGORIES:
        cell = row.line.cell(places["category"])
        report.error(
            "unknown-value",
            f"EN 16931 has no tax category `{cell.text}`",
            cell.span(block.file),
            help=(f"write one of {listed(_CATEGORIES, at_most=9)}, or `-`",),
        )
        return None
    if "code" in places and texts.get("code") == "":
        cell = row.line.cell(places["code"])
        report.error(
            "wrong-type", "a tax has a code", cell.span(block.file), help=("a word such as `sales`, `vat`, `exempt`",)
        )
        return None
    if row.conditions is None or rate is None or "code" not in texts or len(texts) < len(places) - 1:
        return None
    origin = Origin(block.file, row.line.number)
    built = TaxRow(
        row.name,
        row.conditions,
        texts["code"],
        rate.formula,
        texts.get("category", "").upper(),
        texts.get("text", ""),
        row.catch_all,
        origin,
    )
    return built, rate, row.line.cell(places["rate"]).span(block.file)


def _rate(cell: Cell, scope: Scope, block: Block, report: Report) -> Typed | None:
    if not cell.text:
        return None
    found = read_formula(cell.text, scope, units=(Unit.NUMBER,))
    if isinstance(found, Problem):
        report_problem(found, cell, block.file, report)
        return None
    if found is not None and found.unit is None:
        report.error("wrong-type", "a tax has a rate", cell.span(block.file), help=("`0%` where nothing is due",))
        return None
    if found is not None and _over_100_percent(found, scope):
        mend = f"write `{cell.text}%`" if cell.text.replace(".", "").isdigit() else "write a percentage such as `20%`"
        message = "this is a tax of more than 100 %"
        report.error("wrong-type", message, cell.span(block.file), help=(mend,))
        return None
    return found


def _over_100_percent(rate: Typed, scope: Scope) -> bool:
    """Whether a rate is a whole, or more: mostly the percent sign was forgotten."""

    def named(name: str) -> Formula | None:
        constant = scope.constants.get(name)
        return constant.formula if constant is not None else None

    value = folded(rate.formula, named)
    return value is not None and value > 1
