"""The block `taxes`: the tax table. Every row that fits applies, and one must."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

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
from engine.model import Input, Origin, PricesHold, Taxes, TaxRow
from engine.money import Rounding
from engine.names import fold

SETTINGS: Mapping[str, tuple[str, ...]] = {
    "prices": tuple(one.value for one in PricesHold),
    "per": ("group", "line"),
    "rounding": ("as the ruleset", Rounding.UP.value, Rounding.DOWN.value),
}
"""What may stand indented below the heading."""
_OUTCOMES = ("code", "rate", "category", "text", "compound")
_WITHOUT_TAX = ("Z", "E", "AE", "K", "G", "O")
_CATEGORIES = ("S", *_WITHOUT_TAX, "L", "M")


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
    settings = read_settings(block, tuple(SETTINGS), report)
    judged = [_setting(key, cell, block, report) for key, cell in settings.items()]
    _rounds_what_is_rounded(settings, block, report)
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
            _prices(settings.get("prices")),
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


def _prices(cell: Cell | None) -> PricesHold:
    return next((one for one in PricesHold if cell and fold(cell.text) == one.value), PricesHold.NO_TAX)


def _setting(key: str, cell: Cell, block: Block, report: Report) -> bool:
    if fold(cell.text) in SETTINGS[key]:
        return True
    span = cell.span(block.file)
    report.error(
        "unknown-value",
        f"`{key}` cannot be `{cell.text}`",
        span,
        label=did_you_mean(cell.text, SETTINGS[key]),
        help=(f"write one of {listed(SETTINGS[key])}",),
    )
    return False


def _rounds_what_is_rounded(settings: Mapping[str, Cell], block: Block, report: Report) -> None:
    """Taxes cannot be rounded up or down where they are the rest of a rounded net."""
    cell = settings.get("rounding")
    if cell is not None and _rounding(cell) is not None and _prices(settings.get("prices")) is PricesHold.TAX:
        message = f"`rounding {cell.text}` has nothing to round: with `prices with tax` the tax is what the net leaves"
        mend = "`prices with rounded tax` rounds the tax, and the net is the rest"
        report.error("wrong-type", message, cell.span(block.file), help=(mend,))


def _outcomes(cells: Sequence[tuple[int, Cell]], block: Block, report: Report) -> dict[str, int]:
    written = [fold(cell.text) for _, cell in cells]
    found: dict[str, int] = {}
    before = report.errors
    for index, cell in cells:
        name = fold(cell.text)
        span = cell.span(block.file)
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
    cells = {name: row.line.cell(index) for name, index in places.items()}
    for cell in cells.values():
        if not cell.text:
            report_empty(cell, block.file, report)
    rate = _rate(cells["rate"], scope, block, report) if "rate" in cells else None
    texts = {name: "" if cell.text == "-" else unquoted(cell.text) for name, cell in cells.items() if cell.text}
    if rate is not None and not _fits_category(texts.get("category", "").upper(), rate, cells, scope, block, report):
        return None
    if texts.get("code") == "":
        mend = "a word such as `sales`, `vat`, `exempt`"
        report.error("wrong-type", "a tax has a code", cells["code"].span(block.file), help=(mend,))
        return None
    compound = fold(texts.get("compound", "no"))
    if compound not in ("yes", "no"):
        span = cells["compound"].span(block.file)
        mend = "`yes`: this tax is on the taxes above it, too; `no`: on the net alone"
        report.error("unknown-value", "`compound` is yes or no", span, help=(mend,))
        return None
    if row.conditions is None or rate is None or "code" not in texts or len(texts) < len(places):
        return None
    built = TaxRow(
        row.name,
        row.conditions,
        texts["code"],
        rate.formula,
        texts.get("category", "").upper(),
        texts.get("text", ""),
        row.catch_all,
        Origin(block.file, row.line.number),
        compound == "yes",
    )
    return built, rate, cells["rate"].span(block.file)


def _fits_category(
    category: str, rate: Typed, cells: Mapping[str, Cell], scope: Scope, block: Block, report: Report
) -> bool:
    """Whether EN 16931 knows the category, and lets it have such a rate."""
    if not category:
        return True
    cell = cells["category"]
    if category not in _CATEGORIES:
        message = f"EN 16931 has no tax category `{cell.text}`"
        mend = f"write one of {listed(_CATEGORIES, at_most=9)}, or `-`"
        report.error("unknown-value", message, cell.span(block.file), help=(mend,))
        return False
    value = _known(rate, scope)
    if value is None or (category not in _WITHOUT_TAX if value else category != "S"):
        return True
    if value:
        message = f"a tax of category `{category}` is 0%"
        mend = "write `0%`, or `S` for a tax at the standard or a reduced rate"
    else:
        message = "a tax of category `S` is more than 0%"
        mend = "write `Z` (zero rate), `E` (exempt), `AE` (reverse charge), `G` (export) or `O` (not taxable)"
    report.error("wrong-type", message, cell.span(block.file), help=(mend,))
    return False


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
    if found is not None and (_known(found, scope) or 0) > 1:  # mostly the percent sign was forgotten
        mend = f"write `{cell.text}%`" if cell.text.replace(".", "").isdigit() else "write a percentage such as `20%`"
        message = "this is a tax of more than 100 %"
        report.error("wrong-type", message, cell.span(block.file), help=(mend,))
        return None
    return found


def _known(rate: Typed, scope: Scope) -> Fraction | None:
    """The value of a rate; None where it counts with an input."""

    def named(name: str) -> Formula | None:
        constant = scope.constants.get(name)
        return constant.formula if constant is not None else None

    return folded(rate.formula, named)
