"""The two syntax trees: of a page (blocks, settings, rows of cells) and of a cell (conditions, formulas).

Places on a page are offsets in the file; places in a cell count from the cell's first character, because equal cells
share one tree.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    """A line of a pipe table: its cells, offset and line number.

    `open` marks one with something behind its last pipe, which is its last cell then; `bad` one whose cells do not fit
    its header, which was reported: only its first cell is kept.
    """

    cells: tuple[Cell, ...]
    start: int
    number: int
    open: bool = False
    bad: bool = False


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
        divider: Index of the first cell right of `||`; None without one.
        header: The table's header; None where the block has no table.
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
