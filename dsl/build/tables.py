"""Blocks `table`: rows of conditions and outcomes. A table that names another is read after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from dsl.build.circles import in_order
from dsl.build.conditional import Grid, RowReader, inputs_of, read_grid
from dsl.build.names import Names, formulas_can_name
from dsl.build.outcomes import OutcomeCells, OutcomeColumn, declared_unit
from dsl.build.sheet import read_settings, report_nameless
from dsl.build.tiers import overage_in
from dsl.cells import parse_formula, unquoted
from dsl.conditions import Columns
from dsl.diagnostics import Label, Problem, Report
from dsl.source import Span
from dsl.suggest import did_you_mean, listed
from dsl.syntax import Binary, Block, Cell, FormulaTree, FunctionCall, Member
from dsl.testing import PRICING, TAXES
from dsl.units import Scope, Typed
from engine.formulas import Unit
from engine.hooks import Level
from engine.model import Hit, Input, InputType, Origin, Outcome, Row, Table
from engine.names import fold
from engine.tiers import OVERAGE

SETTINGS = ("hit", "across")
"""What may stand indented below the heading."""
_HITS = {hit.value: hit for hit in Hit}
OTHERWISE = "otherwise"


@dataclass(frozen=True, slots=True)
class BuiltTable:
    """A table and where its parts stand.

    Attributes:
        rows: Place of each of the table's rows.
        complete: Every row and column of it could be read, so that it can be asked what it decides.
        level, deepest: How deep it looks, and at which input or table; what tiers are spans of does not count.
        overage: What the tiers of it count; None for a table without tiers.
        constants: Folded names of constants that its conditions name.
        spellings: Folded words of its conditions to how they are written.
    """

    table: Table
    heading: Span
    rows: tuple[Span, ...]
    complete: bool
    level: Level
    deepest: str
    outcomes: Mapping[str, Typed | None]
    constants: frozenset[str]
    spellings: Mapping[str, str]
    overage: Input | None = None


@dataclass(frozen=True, slots=True)
class _Plan:
    """A table's settings and header, before its cells are read."""

    block: Block
    label: str
    hit: Hit
    across: Input | None
    grid: Grid | None
    columns: tuple[OutcomeColumn, ...]
    right: bool


@dataclass(slots=True)
class Tables:
    """Tables, and what formulas may name of them; None for a table whose header is wrong."""

    tables: dict[str, BuiltTable] = field(default_factory=dict)
    outcomes: dict[str, Mapping[str, Typed | None] | None] = field(default_factory=dict)


def read_tables(
    blocks: Sequence[Block], inputs: Mapping[str, Input | None], columns: Columns, scope: Scope, report: Report
) -> Tables:
    """Read all tables by folded name; those that lie on a circle, or have no usable header, are missing."""
    names = Names("tables", report)
    plans: dict[str, _Plan] = {}
    for block in blocks:
        if not block.name.text:
            report.error("missing-block", "this table has no name", block.heading, help=("`table Hourly rate`",))
            report.unsure.add("table")
            continue
        formulas_can_name(block.name, block.file, report)
        if fold(block.name.text) in (PRICING, TAXES):
            message = f"`{block.name.text}` is a block of its own, and no name of a table"
            report.error("duplicate-name", message, block.heading, help=("give the table another name",))
        if names.declare(block.name.text, block.heading):
            plans[fold(block.name.text)] = _plan(block, inputs, report)
    order = in_order({name: _named_tables(plan) & plans.keys() for name, plan in plans.items()})
    for circle in order.circles:
        _report_circle([plans[name] for name in circle], report)
    result = Tables(outcomes=dict.fromkeys(plans))
    labels = {**scope.labels, **{name: plan.label for name, plan in plans.items()}}
    inner = replace(scope, place="an outcome", outcomes=result.outcomes, labels=labels)
    for name in order.names:
        built = _build(plans[name], columns, inner, report)
        if built is not None:
            result.tables[name] = built
            result.outcomes[name] = built.outcomes if plans[name].right else None
    return result


# headers


def _plan(block: Block, inputs: Mapping[str, Input | None], report: Report) -> _Plan:
    before = report.errors
    settings = read_settings(block, SETTINGS, report)
    unread = report.errors > before and "across" not in settings
    hit = _hit(settings.get("hit"), block, report)
    across: Input | None = None
    right = hit is not None
    if "across" in settings:
        across = _across(settings["across"], block, inputs, report)
        right = right and across is not None
    tiered = hit is not None and hit.is_tiered
    grid = read_grid(block, {**inputs, OVERAGE: overage_in(block)} if tiered else inputs, report)
    if grid is None:
        return _Plan(block, block.name.text, hit or Hit.FIRST, across, None, (), right=False)
    if unread or ("across" in settings and across is None):
        return _Plan(block, block.name.text, hit or Hit.FIRST, None, grid, (), right=False)
    columns = [_column(index, cell, across, block, report) for index, cell in grid.outcomes]
    known = tuple(column for column in columns if column is not None)
    right = right and len(known) == len(columns) and grid.row is not None and inputs_of(grid) is not None
    if not grid.outcomes:
        report.error(
            "missing-block",
            "this table has no outcome",
            block.heading,
            help=("put a column such as `rate` behind `||`",),
        )
        right = False
    right = _report_twice(known, block, report) and right
    return _Plan(block, block.name.text, hit or Hit.FIRST, across, grid, known, right)


def _hit(cell: Cell | None, block: Block, report: Report) -> Hit | None:
    if cell is None:
        return Hit.FIRST
    text = fold(cell.text)
    if text in _HITS:
        return _HITS[text]
    span = cell.span(block.file)
    report.error(
        "unknown-value",
        f"there is no hit policy called `{cell.text}`",
        span,
        label=did_you_mean(cell.text, _HITS),
        help=(f"write one of {listed(_HITS, at_most=len(_HITS))}",),
    )
    return None


def _across(cell: Cell, block: Block, inputs: Mapping[str, Input | None], report: Report) -> Input | None:
    name = fold(cell.text)
    span = cell.span(block.file)
    if name not in inputs:
        names = [one.label for one in inputs.values() if one is not None and one.type is InputType.CHOICE]
        report.error(
            "unknown-name",
            f"there is no input called `{cell.text}`",
            span,
            label=did_you_mean(cell.text, names),
            help=("`across band`",),
        )
        return None
    of = inputs[name]
    if of is not None and of.type is not InputType.CHOICE:
        report.error(
            "wrong-type", f"`across` wants an input that is a choice, and `{of.label}` is {of.type.value}", span
        )
        return None
    return of


def _column(index: int, cell: Cell, across: Input | None, block: Block, report: Report) -> OutcomeColumn | None:
    if not cell.text:
        report_nameless(cell, block.file, report)
        return None
    if across is None:
        if "/" in cell.text:
            name = cell.text.split("/")[0].strip()
            report.error(
                "unknown-column",
                "an outcome has columns by value only in a table that says `across`",
                cell.span(block.file),
                help=(f"add the setting `across band`, or name the column `{name}`",),
            )
            return None
        return _named_column(index, cell, cell.text, None, block, report)
    name, slash, value = (part.strip() for part in cell.text.partition("/"))
    example = f"`{name} / {across.values[0] if across.values else 'A'}`, `{name} / otherwise`"
    if not slash or not name or not value:
        ends = [*across.spellings.values(), OTHERWISE] if not slash else []
        ended = next((one for one in ends if fold(cell.text).endswith(f" {fold(one)}")), None)
        label = f"did you mean `{cell.text[: -len(ended)].strip()} / {ended}`?" if ended else ""
        message = f"across `{across.label}`, every outcome has a column per value"
        report.error(
            "unknown-column", message, cell.span(block.file), label=label, help=() if label else (f"name it {example}",)
        )
        return None
    value = unquoted(value)
    if fold(value) == OTHERWISE:
        return _named_column(index, cell, name, None, block, report)
    if fold(value) not in across.spellings:
        spellings = across.spellings.values()
        offset = cell.text.rindex(value) if value in cell.text else 0
        span = cell.part(block.file, (offset, len(cell.text)))
        report.error(
            "unknown-value",
            f"there is no {across.label} called `{value}`",
            span,
            label=did_you_mean(value, spellings),
            help=(f"the values of `{across.label}` are {listed(spellings)}",),
        )
        return None
    return _named_column(index, cell, name, fold(value), block, report)


def _named_column(
    index: int, cell: Cell, name: str, value: str | None, block: Block, report: Report
) -> OutcomeColumn | None:
    if not formulas_can_name(Cell(name, cell.start), block.file, report):
        return None
    return OutcomeColumn(index, fold(name), name, value, cell)


def _report_twice(columns: Sequence[OutcomeColumn], block: Block, report: Report) -> bool:
    """Whether no outcome has two columns for one value; reported where one has."""
    seen: dict[tuple[str, str | None], OutcomeColumn] = {}
    for column in columns:
        key = (column.outcome, column.value)
        if key in seen:
            first = Label(seen[key].header.span(block.file), "declared here first")
            report.error(
                "duplicate-name",
                f"there are two columns `{column.header.text}`",
                column.header.span(block.file),
                secondary=(first,),
            )
        seen.setdefault(key, column)
    return len(seen) == len(columns)


# which tables name which


def _named_tables(plan: _Plan) -> set[str]:
    named: set[str] = set()
    texts = {line.texts[column.index] for line in plan.block.rows for column in plan.columns}
    for text in texts:
        if "." in text:
            tree = parse_formula(text)
            if not isinstance(tree, Problem):
                named |= _members(tree)
    return named


def _members(tree: FormulaTree) -> set[str]:
    match tree:
        case Member(table=table):
            return {fold(table.text)}
        case Binary(left=left, right=right):
            return _members(left) | _members(right)
        case FunctionCall(arguments=arguments):
            return set().union(*(_members(argument) for argument in arguments))
        case _:
            return set()


def _report_circle(circle: Sequence[_Plan], report: Report) -> None:
    """Tell of a circle once, at the first of its tables."""
    first, *others = sorted(circle, key=lambda plan: (plan.block.file, plan.block.number))
    around = [Label(plan.block.heading, "on the circle") for plan in others]
    message = f"the table `{first.label}` is defined in terms of itself"
    mend = "let one of them decide on its own"
    report.error("circular-name", message, first.block.heading, secondary=around, help=(mend,))


# rows


def _build(plan: _Plan, columns: Columns, scope: Scope, report: Report) -> BuiltTable | None:
    if plan.grid is None:
        return None
    reader = RowReader(plan.block, plan.grid, columns, report)
    rows = reader.read()
    values = _across_values(plan)
    by_outcome = _by_outcome(plan, values)
    cells = OutcomeCells(plan.block, by_outcome, plan.hit, scope, report)
    units = {name: declared_unit(name) for name in by_outcome}
    read = [(row, cells.read(row.line, units)) for row in rows]
    outcomes = tuple(
        Outcome(name, next(c.label for c in plan.columns if c.outcome == name), cells.unit(units[name]) or Unit.NUMBER)
        for name in by_outcome
    )
    good = [
        (row, Row(row.name, row.conditions, outs, row.catch_all, Origin(plan.block.file, row.line.number)))
        for row, outs in read
        if row.conditions is not None and outs is not None
    ]
    complete = plan.right and len(good) == len(plan.block.rows) and _has_rows(plan, report)
    known = inputs_of(plan.grid) or ()
    level, deepest = _depth(plan, known, cells)
    table = Table(
        name=fold(plan.label),
        label=plan.label,
        hit=plan.hit,
        inputs=tuple(of.name for of in known),
        outcomes=outcomes,
        rows=tuple([row for _, row in good]),
        across=plan.across.name if plan.across is not None else None,
        across_values=tuple(value for value in values if value is not None),
        across_otherwise=None in values and plan.across is not None,
        origin=Origin(plan.block.file, plan.block.number),
    )
    return BuiltTable(
        table=table,
        heading=plan.block.heading,
        rows=tuple([row.line.cell(0).span(plan.block.file) for row, _ in good]),
        complete=complete,
        level=level,
        deepest=deepest,
        outcomes={name: cells.summary(name, units[name], level, deepest) for name in by_outcome},
        constants=frozenset(reader.constants),
        spellings=reader.spellings,
        overage=next((of for of in known if of.name == OVERAGE), None),
    )


def _has_rows(plan: _Plan, report: Report) -> bool:
    if plan.block.rows:
        return True
    if plan.block.header is not None:
        report.error(
            "missing-block", "this table has no rows", plan.block.heading, help=("add a row, or take the table out",)
        )
    return False


def _across_values(plan: _Plan) -> list[str | None]:
    """The values with a column of their own in the order of the header, and last None for all others."""
    values = list(dict.fromkeys(column.value for column in plan.columns))
    return [value for value in values if value is not None] + ([None] if None in values else [])


def _by_outcome(plan: _Plan, values: Sequence[str | None]) -> Mapping[str, Sequence[OutcomeColumn]]:
    """The columns of each outcome: one, or one for each value in order."""
    columns = {(column.outcome, column.value): column for column in plan.columns}
    wanted = values if plan.across is not None else [None]
    names = dict.fromkeys(column.outcome for column in plan.columns)
    return {name: [columns[name, value] for value in wanted if (name, value) in columns] for name in names}


def _depth(plan: _Plan, known: Sequence[Input], cells: OutcomeCells) -> tuple[Level, str]:
    looked = [(of.level, of.label) for of in known if of.name != OVERAGE]
    if plan.across is not None:
        looked.append((plan.across.level, plan.across.label))
    looked += [(typed.level, typed.deepest) for typed in cells.typed if typed.deepest]
    return max(looked, default=(Level.CONTRACT, ""), key=lambda one: one[0])
