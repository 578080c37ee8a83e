"""Values as cells of a ruleset show them, words in the spelling of its tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import PurePath

from dsl.amounts import read_amount, shown
from dsl.build.tables import OTHERWISE
from dsl.cells import parse_listed
from dsl.checks.cases import written_value
from dsl.diagnostics import Problem, Report
from dsl.parser import parse_page
from dsl.source import read_sources
from dsl.syntax import Block, Cell, Line, One
from dsl.testing import RATE, TAXES
from engine.formulas import Unit, Value
from engine.model import Input, InputType, Origin
from engine.money import Currency
from engine.names import fold
from tarifa.trials.cases import ANY_OTHER

_NEEDS_QUOTES = re.compile(r'[,|"*]|\.\.|^[<>=+-]|^(?:not|none|otherwise|inherit)(?!\S)', re.IGNORECASE)


class Page:
    """The text of a ruleset: what stands where, and how its words are spelled."""

    def __init__(self, files: Mapping[PurePath, bytes]) -> None:
        self._lines: dict[Origin, tuple[Block, Line]] = {}
        self.spellings: dict[str, str] = {}
        for source in read_sources(files).values():
            for block in parse_page(source, Report()):
                for line in block.rows:
                    self._lines[Origin(block.file, line.number)] = (block, line)
                    conditions = block.divider or (len(line.cells) if fold(block.word.text) == "groups" else 0)
                    for cell in line.cells[:conditions]:
                        self._spell(cell)

    def _spell(self, cell: Cell) -> None:
        tree = parse_listed("condition", cell.text) if cell.text and fold(cell.text) != OTHERWISE else None
        if tree is not None and not isinstance(tree, Problem):
            for item in tree.items:
                if isinstance(item, One):
                    self.spellings.setdefault(fold(item.word.text), item.word.text)

    def cell(self, origin: Origin, column: str) -> str:
        """The text of a row's cell, by its folded column; blank where there is none."""
        found = self._lines.get(origin)
        if found is None or found[0].header is None:
            return ""
        block, line = found
        names = [fold(header.text) for header in block.header.cells] if block.header is not None else []
        return line.cells[names.index(column)].text if column in names else ""


def value_text(of: Input, value: Value, spellings: Mapping[str, str], currencies: Sequence[Currency]) -> str:
    """A value of an input, for people."""
    if value == ANY_OTHER:
        return f"any other {of.label}"
    return written_value(of, Fraction(value) if type(value) is int else value, spellings, currencies)


def value_cell(of: Input, value: Value, spellings: Mapping[str, str], currencies: Sequence[Currency]) -> str:
    """A value of an input, as a cell of a test that says it."""
    text = value_text(of, value, spellings, currencies)
    if value is None or of.type not in (InputType.TEXT, InputType.CHOICE):
        return text
    return quoted(text)


def quoted(text: str) -> str:
    """A word as a cell has it: in quotes where it must be."""
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


def outcome_text(value: Value, unit: Unit, currency: Currency) -> str:
    """What a table or the pricing came to."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case Fraction() | int():
            sign, size = ("-", -Fraction(value)) if value < 0 else ("", Fraction(value))
            return sign + shown(size, unit, (currency,))
        case _:
            return str(value)


def figure(table: str, outcome: str, value: Value) -> str | None:
    """What a table came to, where it is read better than its unit says: the rate of a tax is a percentage."""
    if table == TAXES and outcome == RATE and isinstance(value, Fraction):
        return f"{shown(value * 100, Unit.NUMBER)}%"
    return None


def outcome_cell(value: Value, unit: Unit, currency: Currency) -> str | None:
    """An outcome as a cell that expects exactly it; None where no cell can say it, such as a third of a cent."""
    text = outcome_text(value, unit, currency)
    if isinstance(value, Fraction):
        read = read_amount(text, (currency,))
        return text if not isinstance(read, Problem) and read.value == value else None
    return text


def aligned(rows: Sequence[Sequence[str]], *, divider: int | None = None, indent: str = "  ") -> str:
    """A pipe table: the header, dashes, rows; `divider` is the column that `||` stands before."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]

    def line(cells: Sequence[str], blank: str = " ") -> str:
        parts = [f"{blank}{cell.ljust(width, blank)}{blank}" for cell, width in zip(cells, widths, strict=True)]
        if divider is None:
            return f"{indent}|{'|'.join(parts)}|"
        return f"{indent}|{'|'.join(parts[:divider])}||{'|'.join(parts[divider:])}|"

    dashes = line([""] * len(widths), "-")
    return "\n".join([line(rows[0]), dashes, *(line(row) for row in rows[1:])])
