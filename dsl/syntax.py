"""The two syntax trees: of a page (blocks, settings, rows of cells) and of a cell (conditions, formulas).

Places on a page are offsets in the file; places in a cell count from the cell's first character, because equal cells
share one tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from dsl.source import Span

At = tuple[int, int]
"""`[start, end)` in a cell's text."""


class Cell(NamedTuple):
    """Text of a cell, a name or a setting's value, without the blanks around it, and its offset in the file."""

    text: str
    start: int

    def span(self, file: str) -> Span:
        """Where it stands; an empty cell is one column wide."""
        return Span(file, self.start, self.start + (len(self.text) or 1))

    def part(self, file: str, at: At) -> Span:
        """Where a part of it stands."""
        start = self.start + at[0]
        return Span(file, start, max(self.start + at[1], start + 1))


class Line(NamedTuple):
    """A line of a pipe table: the texts of its cells, and what it takes to find the place of one that matters.

    Nearly all cells of a price list are right, and nobody asks where they stand.

    Attributes:
        texts: Of each cell, without the blanks around it.
        written: The line from its first pipe on.
        start: Offset of `written` in the file.
        divider: Index of the first cell right of a `||`; None without one.
        open: Something stands behind the last pipe, which is its last cell then.
        bad: Its cells do not fit its header, which was reported: only the first of them is kept.
    """

    texts: tuple[str, ...]
    written: str
    start: int
    number: int
    divider: int | None = None
    open: bool = False
    bad: bool = False

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All of its cells with their places."""
        cuts = [*pipes(self.written)]
        return tuple([self._placed(index, cuts) for index in range(len(self.texts))])

    def cell(self, index: int) -> Cell:
        """A cell with its place."""
        return self._placed(index, [*islice(pipes(self.written), index + 3)])

    def _placed(self, index: int, cuts: Sequence[int]) -> Cell:
        """A cell behind one of the pipes; an empty one stands halfway to the next, one that is not there at the start."""
        text = self.texts[index]
        at = index if self.divider is None or index < self.divider else index + 1
        if at >= len(cuts) or (self.bad and index > 0):
            return Cell(text, self.start)
        part = self.written[cuts[at] + 1 : cuts[at + 1] if at + 1 < len(cuts) else None]
        blanks = len(part) - len(part.lstrip()) if text else len(part) // 2
        return Cell(text, self.start + cuts[at] + 1 + blanks)


_PIPE = re.compile(r'"(?:[^"]|"")*"|(\|)')


def pipes(line: str) -> Iterator[int]:
    """Where the pipes of a line are, but for those in quotes."""
    if '"' in line:
        yield from (match.start() for match in _PIPE.finditer(line) if match[1])
        return
    at = line.find("|")
    while at >= 0:
        yield at
        at = line.find("|", at + 1)


@dataclass(frozen=True, slots=True)
class Setting:
    """An indented line above the table, not yet split into key and value."""

    line: Cell
    number: int


@dataclass(frozen=True, slots=True)
class Block:
    """A heading and what is indented below it.

    Attributes:
        word, name: `table`, `Hourly rate`; the name may be empty.
        header: The table's header; None where the block has no table.
        divider: Index of the first cell right of `||`; None without one.
    """

    file: str
    word: Cell
    name: Cell
    number: int
    settings: tuple[Setting, ...]
    header: Line | None
    divider: int | None
    rows: tuple[Line, ...]

    @property
    def heading(self) -> Span:
        """The heading's place."""
        last = self.name if self.name.text else self.word
        return Span(self.file, self.word.start, last.start + len(last.text))


# Cells: conditions and lists.


class Word(NamedTuple):
    """A value as written, quotes taken off."""

    text: str
    at: At
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class One:
    """A single value, or with `prefix` all that begin with it: `Acme*`."""

    word: Word
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """`>= High`."""

    op: str
    word: Word


@dataclass(frozen=True, slots=True)
class Between:
    """`Low..High`, `..High`, `Low..`."""

    low: Word | None
    high: Word | None
    at: At


@dataclass(frozen=True, slots=True)
class Missing:
    """`none`."""

    at: At


Item = One | Compared | Between | Missing


@dataclass(frozen=True, slots=True)
class Listed:
    """Items between commas, perhaps after `not`; no items is the cell `-`."""

    items: tuple[Item, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """The cell `values` of an input.

    Attributes:
        ordered: `<` stands between all of the words; `mixed`: between some of them.
        missing: `none` is among them.
    """

    words: tuple[Word, ...]
    ordered: bool = False
    missing: bool = False
    mixed: bool = False


# Cells: formulas. `depth` bounds what later passes recurse into.


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with its unit, as written: `$95.00/h`, `30 min`, `150%`."""

    text: str
    at: At
    depth: int = 1


@dataclass(frozen=True, slots=True)
class PriceList:
    """A price in each currency: `$95.00/h, 88.00 EUR/h`."""

    amounts: tuple[Amount, ...]
    at: At
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Name:
    """A constant, an input, a hook."""

    text: str
    at: At
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Member:
    """`Table.outcome`."""

    table: Name
    outcome: Name
    at: At
    depth: int = 1


@dataclass(frozen=True, slots=True)
class Binary:
    """`left op right` of arithmetic, or a comparison where `op` is one of `< <= > >= = <>`."""

    op: str
    left: FormulaTree
    right: FormulaTree
    at: At
    depth: int


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function's folded name and its arguments."""

    function: str
    arguments: tuple[FormulaTree, ...]
    at: At
    depth: int


FormulaTree = Amount | PriceList | Name | Member | Binary | FunctionCall
