"""What all blocks share: settings by their key, and rows by their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dsl.cells import unquoted
from dsl.days import VALID
from dsl.diagnostics import Edit, Label, Problem, Report
from dsl.source import Span
from dsl.suggest import listed, nearest
from dsl.syntax import Block, Cell, Line
from engine.model import ALWAYS, Origin
from engine.names import fold
from engine.periods import Period

FREE = "why"
"""The column of free text that any table may have; it may be blank."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a block: those it must have, those it may have.

    `settings` says whether the block may have any; one that may not gets a message for each.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    """Columns beside `why` whose emptiness the block judges itself."""
    settings: bool = False


class SheetRow(NamedTuple):
    """A row by folded column. A cell that was left empty is there with no text; it was reported.

    `bad` is a row whose cells do not fit its header: only its first cell was read. `unread` tells that some column of
    its table has a name that means nothing, so that a column that is missing may be that one; that was reported.
    `valid` are the days on which it holds, once `dated` has read them.
    """

    file: str
    number: int
    cells: Mapping[str, Cell]
    bad: bool = False
    unread: bool = False
    valid: Period = ALWAYS

    @property
    def origin(self) -> Origin:
        """Where it stands, for the engine."""
        return Origin(self.file, self.number)

    def span(self, column: str) -> Span:
        """The place of a cell."""
        return self.cells[column].span(self.file)

    def text(self, column: str, default: str) -> str:
        """A cell's text, quotes taken off; `default` where the column was left out."""
        cell = self.cells.get(column)
        return default if cell is None else unquoted(cell.text)


def read_rows(block: Block, columns: Columns, report: Report) -> list[SheetRow]:
    """Read the table of a block whose columns are fixed."""
    if not columns.settings:
        read_settings(block, (), report)
    if block.header is None:
        message = f"`{block.word.text}` has no table"
        header = " | ".join(columns.required)
        report.error(
            "missing-block", message, block.heading, help=(f"begin it with `| {header} |` and a line of dashes",)
        )
        report.unsure.add(fold(block.word.text))
        return []
    if block.divider is not None:
        report.error(
            "syntax",
            f"`||` does not stand in `{block.word.text}`",
            Span(block.file, block.header.start, block.header.start + 1),
            help=("write `|`",),
        )
    before = report.errors
    names = _header(block, columns, block.header, report)
    unread = report.errors > before and "" in names
    missing = [name for name in columns.required if name not in names]
    if missing:
        report.unsure.add(fold(block.word.text))
        if report.errors == before:
            message = f"`{block.word.text}` needs a column {listed(missing)}"
            report.error("missing-block", message, block.heading, help=(f"add {listed(missing)} to the header",))
    rows = []
    for line in block.rows:
        cells = {name: cell for name, cell in zip(names, line.cells, strict=True) if name}
        for name, cell in cells.items():
            if not (cell.text or line.bad or name == FREE or name in columns.free):
                report_empty(cell, block.file, report)
        rows.append(SheetRow(block.file, line.number, cells, line.bad, unread))
    return [] if missing else rows


def report_empty(cell: Cell, file: str, report: Report) -> None:
    """Say that a cell has nothing in it."""
    report.error("empty-cell", "this cell is empty", cell.span(file), help=("write `-`, or what belongs here",))


def _header(block: Block, columns: Columns, header: Line, report: Report) -> list[str]:
    """The folded name of each column; empty for one that is not read."""
    known = (*columns.required, *columns.optional)
    written = [fold(cell.text) for cell in header.cells]
    names: list[str] = []
    for cell, name in zip(header.cells, written, strict=True):
        span = cell.span(block.file)
        if name in names:
            report.error("duplicate-name", f"there are two columns `{cell.text}`", span)
            name = ""
        elif name not in known and name != FREE:
            absent = [one for one in known if one not in written]
            name = column_meant(cell, block, known, absent, report) or ""
        names.append(name)
    return names


def report_nameless(cell: Cell, file: str, report: Report) -> None:
    """Say that a column has no name."""
    report.error("empty-cell", "this column has no name", cell.span(file), help=("name it, or take the column out",))


def column_meant(cell: Cell, block: Block, known: Sequence[str], absent: Sequence[str], report: Report) -> str | None:
    """Report a column that the block does not know; the one that was meant, where that is plain."""
    left = [one for one in absent if one != VALID]  # which hardly any block has: it is meant only where it is near
    only = left[0] if len(left) == 1 else None
    if not cell.text:
        report_nameless(cell, block.file, report)
        return only
    near = nearest(cell.text, absent)
    message = f"`{block.word.text}` has no column called `{cell.text}`"
    label = f"did you mean `{near}`?" if near else ""
    mend = f"its columns are {listed(known, at_most=12)}"
    report.error("unknown-column", message, cell.span(block.file), label=label, help=(mend,))
    return near or only


def read_settings(block: Block, known: Sequence[str], report: Report) -> dict[str, Cell]:
    """Read the indented lines below a heading: the longest key that a line begins with, then its value."""
    keys = sorted(known, key=len, reverse=True)
    found: dict[str, Cell] = {}
    for setting in block.settings:
        line = setting.line
        words = line.text.split()
        key = next((key for key in keys if fold(" ".join(words[: len(key.split())])) == key), None)
        taken = len(key.split()) if key is not None else 1
        if key is None:
            key, taken = _meant(block, line, [one for one in known if one not in found], known, report)
        if key is None:
            continue
        value = _unsigned(setting_value(line, taken), key, block.file, report)
        place = Span(block.file, line.start, line.start + len(line.text))
        if key in found:
            other = Label(found[key].span(block.file), "said here first")
            report.error("duplicate-name", f"`{key}` is set twice", place, secondary=(other,))
        elif not value.text:
            report.error("empty-cell", f"the setting `{key}` has no value", place, help=(f"write it behind `{key}`",))
        else:
            found[key] = value
    return found


def setting_value(line: Cell, words: int) -> Cell:
    """What a setting says behind the words of its key."""
    rest, start = line.text, line.start
    for _ in range(words):
        cut = len(rest) - len(rest.lstrip())
        end = next((i for i, char in enumerate(rest[cut:], start=cut) if char.isspace()), len(rest))
        rest, start = rest[end:], start + end
    stripped = rest.strip()
    return Cell(stripped, start + (rest.index(stripped[0]) if stripped else 0))


def _unsigned(value: Cell, key: str, file: str, report: Report) -> Cell:
    """A value without the `=` or `:` that other languages put before it, which is reported."""
    if value.text[:1] not in ("=", ":"):
        return value
    rest = value.text[1:].lstrip()
    mend = f"`{key} {rest}`"
    message = f"no `{value.text[0]}` stands between a setting and its value"
    report.error("syntax", message, Span(file, value.start, value.start + 1), help=(mend,))
    return Cell(rest, value.start + len(value.text) - len(rest))


def _meant(
    block: Block, line: Cell, left: Sequence[str], known: Sequence[str], report: Report
) -> tuple[str | None, int]:
    """Report a line that begins with no key; the key that was meant, where one is near, and how many words it has."""
    words = line.text.split()
    taken = 2 if fold("".join(words[:2])) in left else 1
    word = " ".join(words[:taken])
    span = Span(block.file, line.start, line.start + len(word))
    if not known:
        message = f"`{block.word.text}` has no settings"
        report.error("syntax", message, span, help=("a row of its table begins with `|`",))
        return None, 1
    near = nearest(word, left)
    label = f"did you mean `{near}`?" if near else ""
    message = f"`{block.word.text}` has no setting called `{word}`"
    report.error("unknown-name", message, span, label=label, help=(f"its settings are {listed(known)}",))
    return near, taken


def report_problem(problem: Problem, cell: Cell, file: str, report: Report) -> None:
    """Report what is wrong inside a cell at its place in the file."""
    place = cell.part(file, problem.at)
    fix = (Edit(place, problem.mend),) if problem.mend else ()
    report.error(problem.code, problem.message, place, label=problem.label, help=problem.help, fix=fix)
