"""What decision tables and the tax table share: a header of inputs, and rows of conditions with `otherwise`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from dsl.build.names import Names
from dsl.build.sheet import FREE, report_empty, report_nameless, report_problem
from dsl.cells import unquoted
from dsl.conditions import Columns, constants_named, read_condition, spellings_of
from dsl.days import VALID, days_of, meet, read_day_condition
from dsl.diagnostics import Label, Problem, Report
from dsl.inputs import DECLARED_AT
from dsl.source import Span
from dsl.suggest import did_you_mean, listed, nearest
from dsl.syntax import Block, Cell, Line
from engine.model import ALWAYS, ANY, DAY, Condition, Input
from engine.names import fold
from engine.periods import Period
from engine.tiers import OVERAGE

ROW = "row"


@dataclass(frozen=True, slots=True)
class Grid:
    """Which cell of a row is what.

    Attributes:
        row: Index of the column `row`; None where it is missing, which was reported.
        inputs: Index and input of each condition's column; None for one that is unknown.
        outcomes: Index and header of each column right of `||`, but for `why`.
    """

    row: int | None
    inputs: tuple[tuple[int, Input | None, Cell], ...]
    outcomes: tuple[tuple[int, Cell], ...]


def read_grid(block: Block, inputs: Mapping[str, Input | None], report: Report) -> Grid | None:
    """Read the header of a block with `||`; None where there is nothing to read rows by."""
    if block.header is None:
        example = "| row | account || rate |"
        report.error(
            "missing-block",
            f"`{block.word.text}` has no table",
            block.heading,
            help=(f"begin it with `{example}` and a line of dashes",),
        )
        return None
    if block.divider is None:
        span = Span(block.file, block.header.start, block.header.start + 1)
        report.error(
            "syntax",
            "the header lacks the `||` between conditions and outcomes",
            span,
            help=("write `||` behind the last condition",),
        )
        return None
    row = _row_column(block, block.header, inputs, report)
    found: list[tuple[int, Input | None, Cell]] = []
    outcomes: list[tuple[int, Cell]] = []
    seen: set[str] = set()
    for index, cell in enumerate(block.header.cells):
        name = fold(cell.text)
        if index >= block.divider:
            if name != FREE:
                outcomes.append((index, cell))
            continue
        if name in seen:
            report.error("duplicate-name", f"there are two columns `{cell.text}`", cell.span(block.file))
            found.append((index, None, cell))
        elif index != row and name != FREE:
            found.append((index, _input(cell, block, inputs, report), cell))
        seen.add(name)
    return Grid(row, tuple(found), tuple(outcomes))


def _row_column(block: Block, header: Line, inputs: Mapping[str, Input | None], report: Report) -> int | None:
    """The index of the column `row`; where it has another name, the first column if that is no input."""
    names = [fold(cell.text) for cell in header.cells]
    if ROW in names:
        return names.index(ROW)
    mend = "every row has a name that stays: begin the header with `| row |`"
    if names[0] in inputs or block.divider == 0:
        report.error("missing-block", f"`{block.word.text}` has no column `row`", block.heading, help=(mend,))
        return None
    span = header.cells[0].span(block.file)
    report.error("unknown-column", f"`{header.cells[0].text}` is no column: `row` comes first", span, help=(mend,))
    return 0


def _input(cell: Cell, block: Block, inputs: Mapping[str, Input | None], report: Report) -> Input | None:
    name = fold(cell.text)
    if name in inputs:
        return inputs[name]
    span = cell.span(block.file)
    if "inputs" in report.unsure:
        return None
    if not name:
        report_nameless(cell, block.file, report)
    elif name == OVERAGE:
        message = "only tiers are spans of `overage`, and this table has none"
        mend = "write `hit graduated` or `hit volume`, or ask for `hours`, the time of a worklog"
        report.error("unknown-column", message, span, help=(mend,))
    elif name == DAY:
        mend = f"rows hold on some days only by their column `{VALID}`: `2026-07-01..`"
        report.error("unknown-column", f"there is no input called `{cell.text}`", span, help=(mend,))
    elif name in DECLARED_AT:
        level = DECLARED_AT[name].label
        help_text = f"add to `inputs`: `| {cell.text} | {level} | choice | A, B |` with your own values"
        report.error("unknown-column", f"`{cell.text}` is not declared", span, help=(help_text,))
    else:
        names = [VALID if one.name == DAY else one.label for one in inputs.values() if one is not None]
        label = did_you_mean(cell.text, names)
        mends = () if label else (f"declare it in `inputs`, or ask for one of {listed(names, at_most=20)}",)
        report.error("unknown-column", f"there is no input called `{cell.text}`", span, label=label, help=mends)
    return None


@dataclass(frozen=True, slots=True)
class ReadRow:
    """The conditions of a row. `conditions` is None where one of them is wrong."""

    line: Line
    name: str
    conditions: tuple[Condition, ...] | None
    catch_all: bool


class RowReader:
    """Reads the rows of one block in order; equal cells of a column are read once."""

    def __init__(self, block: Block, grid: Grid, columns: Columns, report: Report) -> None:
        self._block = block
        self._grid = grid
        self._columns = columns
        self._report = report
        self._names = Names("rows", report)
        self._memo: list[dict[str, Condition | Problem | None]] = [{} for _ in grid.inputs]
        """For each condition: what its cells say, by their texts."""
        places = {of.name if of is not None else "": place for place, (_, of, _) in enumerate(grid.inputs)}
        self._day = places.get(DAY)
        """Which of the conditions is the column `valid`."""
        self._first = next((index for index, of, _ in grid.inputs if of is None or of.name != DAY), None)
        """The column where `otherwise` stands: the first that asks for something else than the day."""
        self.constants: set[str] = set()
        """Folded names of the constants that conditions name."""
        self.spellings: dict[str, str] = {}
        """Words of the conditions as they are written, by their folded form."""

    def read(self) -> list[ReadRow]:
        """All rows; of one whose cells do not fit the header, only that it is there."""
        lines = self._block.rows
        closing = len(lines) - 1
        if self._day is not None:
            named = [index for index, line in enumerate(lines) if not self._says_otherwise(line)]
            closing = max(named, default=-1) + 1
        rows = [self._row(line, last=index >= closing) for index, line in enumerate(lines)]
        self._report_overlaps([row for row in rows if row.catch_all and row.conditions is not None])
        return rows

    def _says_otherwise(self, line: Line) -> bool:
        return self._first is not None and not line.bad and fold(line.texts[self._first]) == "otherwise"

    def _report_overlaps(self, rows: Sequence[ReadRow]) -> None:
        """Of rows that say `otherwise`, one holds on a day."""
        for row, after in pairwise(sorted(rows, key=self._days)):
            if meet(self._days(row), self._days(after)):
                message = f"the rows `{row.name}` and `{after.name}` both say `otherwise` on one day"
                shared = max(self._days(row).start, self._days(after).start)
                first = Label(row.line.cell(0).span(self._block.file), "this row")
                self._report.error(
                    "overlapping-valid",
                    message,
                    after.line.cell(0).span(self._block.file),
                    secondary=(first,),
                    help=(f"let the days of `{row.name}` end before those of `{after.name}` begin",),
                    case=((DAY, shared.isoformat()),) if shared > ALWAYS.start else (),
                )

    def _days(self, row: ReadRow) -> Period:
        """The days on which a row holds."""
        return days_of(row.conditions[self._day] if row.conditions and self._day is not None else ANY)

    def _row(self, line: Line, *, last: bool) -> ReadRow:
        if line.bad:
            return ReadRow(line, "", None, catch_all=False)
        name = self._name(line)
        inputs = self._grid.inputs
        known = [memo.get(line.texts[index]) for (index, _, _), memo in zip(inputs, self._memo, strict=True)]
        conditions = tuple([one for one in known if isinstance(one, Condition)])
        if len(conditions) == len(inputs):
            return ReadRow(line, name, conditions, catch_all=False)
        if self._says_otherwise(line) or (last and self._otherwise_meant(line)):
            return ReadRow(line, name, self._catch_all(line, last=last), catch_all=True)
        return ReadRow(line, name, self._conditions(line), catch_all=False)

    def _conditions(self, line: Line) -> tuple[Condition, ...] | None:
        """The conditions of a row of which some cell is new, or wrong."""
        conditions: list[Condition] = []
        empty: list[Cell] = []
        wrong: list[tuple[int, Problem]] = []
        errors = self._report.errors
        for place, (index, _, _) in enumerate(self._grid.inputs):
            if not line.texts[index]:
                empty.append(line.cell(index))
                continue
            condition = self._read(line, place)
            if isinstance(condition, Problem):
                wrong.append((place, condition))
            elif condition is not None:
                conditions.append(condition)
        self._report_wrong(line, wrong)
        if empty and self._report.errors == errors:
            self._report_empty(empty)
        return tuple(conditions) if len(conditions) == len(self._grid.inputs) else None

    def _report_wrong(self, line: Line, wrong: Sequence[tuple[int, Problem]]) -> None:
        """Report the cells of a row that are wrong; two that read well in each other's column, together."""
        swapped = next(
            (
                (one, two)
                for one, two in combinations([place for place, _ in wrong], 2)
                if self._swapped(line, one, two)
            ),
            None,
        )
        for place, problem in wrong:
            if swapped is None or place not in swapped:
                report_problem(problem, line.cell(self._grid.inputs[place][0]), self._block.file, self._report)
        if swapped is None:
            return
        (left, _, first), (right, _, second) = (self._grid.inputs[place] for place in swapped)
        code = next(problem.code for place, problem in wrong if place == swapped[0])
        one, two = line.cell(left), line.cell(right)
        self._report.error(
            code,
            f"the cells under `{first.text}` and `{second.text}` stand in each other's place",
            one.span(self._block.file),
            label=f"this belongs under `{second.text}`",
            secondary=(Label(two.span(self._block.file), f"and this under `{first.text}`"),),
            help=(f"write `{two.text}` under `{first.text}`, and `{one.text}` under `{second.text}`",),
        )

    def _swapped(self, line: Line, one: int, two: int) -> bool:
        """Whether two cells, each wrong where it stands, are right in each other's column."""
        (left, first, _), (right, second, _) = self._grid.inputs[one], self._grid.inputs[two]
        if first is None or second is None or DAY in (first.name, second.name):
            return False
        return all(
            isinstance(read_condition(line.texts[index], of, self._columns), Condition)
            for index, of in ((left, second), (right, first))
        )

    def _otherwise_meant(self, line: Line) -> bool:
        """Report the last row's `otherwise` where it is misspelt: the conditions behind it are blank."""
        asked = [(line.cell(index), of) for place, (index, of, _) in enumerate(self._grid.inputs) if place != self._day]
        if not asked:
            return False
        (first, of), *rest = asked
        others = [cell for cell, _ in rest]
        known = of is not None and fold(first.text) in of.spellings
        if known or any(cell.text for cell in others) or nearest(first.text, ("otherwise",)) is None:
            return False
        if not others and (of is None or not of.values):
            return False
        place = first.span(self._block.file)
        message = f"`{first.text}` is not the word for all other cases"
        self._report.error("unknown-value", message, place, label="did you mean `otherwise`?")
        return True

    def _report_empty(self, cells: Sequence[Cell]) -> None:
        """Report the empty conditions of one row together: mostly they stand behind what was to be `otherwise`."""
        mends = ["write `-`, or what belongs here"]
        if len(cells) > 1:
            mends.append("only behind `otherwise`, in the first condition of the last row, are conditions blank")
        others = [Label(cell.span(self._block.file), "and this one") for cell in cells[1:]]
        message = "this cell is empty" if len(cells) == 1 else f"{len(cells)} conditions of this row are empty"
        place = cells[0].span(self._block.file)
        self._report.error("empty-cell", message, place, secondary=others, help=mends)

    def _name(self, line: Line) -> str:
        if self._grid.row is None:
            return ""
        cell = line.cell(self._grid.row)
        if not cell.text:
            report_empty(cell, self._block.file, self._report)
            return ""
        name = unquoted(cell.text)
        self._names.declare(name, cell.span(self._block.file))
        return name

    def _catch_all(self, line: Line, *, last: bool) -> tuple[Condition, ...] | None:
        first = line.cell(self._first or 0)
        right = True
        if not last:
            self._report.error(
                "syntax",
                "`otherwise` stands in the last row",
                first.span(self._block.file),
                help=("move this row to the end",),
            )
            right = False
        conditions: list[Condition | None] = []
        for place, (index, _, _) in enumerate(self._grid.inputs):
            cell = line.cell(index)
            is_day = place == self._day and cell.text
            conditions.append(self._condition(line, place) if is_day else ANY)
            if cell.text and cell != first and not is_day:
                self._report.error(
                    "syntax",
                    "the conditions behind `otherwise` are blank",
                    cell.span(self._block.file),
                    help=("empty this cell; or write `-` in place of `otherwise`",),
                )
                right = False
        known = tuple(one for one in conditions if one is not None)
        return known if right and len(known) == len(conditions) else None

    def _condition(self, line: Line, place: int) -> Condition | None:
        """One condition of a row; None where it is wrong, which is reported."""
        found = self._read(line, place)
        if isinstance(found, Problem):
            report_problem(found, line.cell(self._grid.inputs[place][0]), self._block.file, self._report)
            return None
        return found

    def _read(self, line: Line, place: int) -> Condition | Problem | None:
        """One condition of a row, or what is wrong with it; None where that was reported elsewhere."""
        index, of, _ = self._grid.inputs[place]
        text, memo = line.texts[index], self._memo[place]
        if of is None:
            return None
        if text not in memo and of.name == DAY:
            memo[text] = read_day_condition(text, of)
        elif text not in memo:
            memo[text] = read_condition(text, of, self._columns)
            self.constants |= constants_named(text, of, self._columns)
            for word, written in spellings_of(text, of, self._columns).items():
                self.spellings.setdefault(word, written)
        return memo[text]


def inputs_of(grid: Grid) -> Sequence[Input] | None:
    """The inputs of the grid's columns; None where one is unknown."""
    known = [of for _, of, _ in grid.inputs if of is not None]
    return known if len(known) == len(grid.inputs) else None
