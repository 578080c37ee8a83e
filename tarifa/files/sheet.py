"""A CSV file as rows of named cells.

Takes what spreadsheets write: a byte order mark, CRLF, `,` `;` or tab. A header that is not understood refuses the
file; a row that is not understood is a `Problem`, and the others go on.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from engine.names import as_id, fold
from tarifa.files.problems import (
    BrokenCsvError,
    ColumnsError,
    LongLineError,
    NoHeaderError,
    NotUtf8Error,
    Place,
    Problem,
    UnreadableFileError,
    Utf16Error,
    did_you_mean,
)

DELIMITERS = (",", ";", "\t")
LONGEST_LINE = 1_000_000
"""Characters: a line of a hundred megabytes would otherwise become a list of as many cells."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns that a kind of file may have.

    Attributes:
        what: One row of it, in words: `worklog`.
        key: The column that tells its rows apart.
        required: Must be in the header, and filled in every row.
        either: At least one of them must be in the header.
        others: May be there.
        declared: Names of inputs that the rulesets declare; folded.
    """

    what: str
    key: str
    required: tuple[str, ...]
    others: tuple[str, ...]
    either: tuple[str, ...] = ()
    declared: frozenset[str] = frozenset()

    @property
    def known(self) -> frozenset[str]:
        """All of them, folded."""
        return frozenset(self.required) | frozenset(self.others) | frozenset(self.either) | self.declared


@dataclass(frozen=True, slots=True)
class Row:
    """The filled cells of a line by folded column name; blanks are absent."""

    place: Place
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def get(self, column: str) -> str | None:
        """The cell, or None where it is blank or the file lacks the column."""
        return self.cells.get(column)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a file that could be read, and a problem for each that could not."""

    path: Path
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def column_name(text: str) -> str:
    """The name by which columns are compared: `Work_Type` is `work type`."""
    return fold(text.replace("_", " "))


def read_sheet(path: Path, columns: Columns) -> Sheet:
    """Read a CSV file.

    Raises:
        FileError: there is no such file, it is not UTF-8, not CSV, or its header has unknown or missing columns.
    """
    lines = _lines(path)
    header = next(lines, None)
    if header is None:
        raise NoHeaderError(path, columns.required)
    names = _header(path, header, columns)
    rows: list[Row] = []
    problems: list[Problem] = []
    for line, cells in lines:
        place = Place(str(path), line)
        if len(cells) != len(names):
            problems.append(Problem(place, f"line {line}", _wrong_length(cells, names)))
            continue
        filled = {name: as_id(cell) for name, cell in zip(names, cells, strict=True) if cell.strip()}
        missing = [name for name in columns.required if name not in filled]
        if missing:
            subject = filled.get(columns.key, f"line {line}")
            why = f"{_listed(missing)} of this {columns.what} is blank"
            problems.append(Problem(place, subject, why, filled.get("account", "")))
        else:
            rows.append(Row(place, filled))
    return Sheet(path, tuple(rows), tuple(problems))


def _pieces(path: Path) -> Iterator[str]:
    """The physical lines of the file, with their ends; one after the other, so that a file of any size is read."""
    try:
        with path.open("rb") as file:
            if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
                raise Utf16Error(path)
        with path.open(encoding="utf-8-sig", newline="") as text:
            line = 0
            while piece := text.readline(LONGEST_LINE + 1):
                line += 1
                if len(piece) > LONGEST_LINE:
                    raise LongLineError(path, line, LONGEST_LINE)
                yield piece
    except UnicodeDecodeError as error:
        raise _not_utf8(path) from error
    except OSError as error:
        raise UnreadableFileError(path, error) from error


def _not_utf8(path: Path) -> NotUtf8Error:
    """Where the first byte stands that is not UTF-8: a line at a time, since the decoder counts none."""
    with path.open("rb") as file:
        for line, content in enumerate(file, 1):
            try:
                content.decode("utf-8")
            except UnicodeDecodeError as error:
                return NotUtf8Error(path, line, error.object[error.start])
    raise UnreadableFileError(path, OSError("it was changed while it was read"))


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Lines with their number, blank ones left out; a quoted cell may go over several."""
    pieces = _pieces(path)
    first: list[str] = []
    for piece in pieces:
        first.append(piece)
        if piece.strip():
            break
    reader = csv.reader(chain(first, pieces), delimiter=_delimiter(first[-1] if first else ""), strict=True)
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield before + 1, cells
            before = reader.line_num
    except csv.Error as error:
        raise BrokenCsvError(path, before + 1, str(error)) from error


def _delimiter(header: str) -> str:
    """The delimiter that the header has most of, outside quotes."""
    unquoted = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=unquoted.count)


def _header(path: Path, header: tuple[int, list[str]], columns: Columns) -> tuple[str, ...]:
    line, cells = header
    names = tuple(column_name(cell) for cell in cells)
    complaints = [_unknown(cell, columns) for cell, name in zip(cells, names, strict=True) if name not in columns.known]
    complaints += [f"column `{name}` is there twice" for name in sorted({n for n in names if names.count(n) > 1 and n})]
    missing = [name for name in columns.required if name not in names]
    if missing:
        complaints.append(f"column {_listed(missing)} is missing: every {columns.what} needs it")
    if columns.either and not set(columns.either) & set(names):
        choices = " or ".join(f"`{name}`" for name in columns.either)
        complaints.append(f"column {choices} is missing: every {columns.what} needs one of them")
    if complaints:
        raise ColumnsError(path, line, complaints)
    return names


def _unknown(cell: str, columns: Columns) -> str:
    if not cell.strip():
        return "a column has no name"
    declared = ", nor does a ruleset declare an input of that name" if columns.declared else ""
    return (
        f"unknown column `{cell.strip()}`: no column of {columns.what}s{declared}"
        f"{did_you_mean(column_name(cell), columns.known)}"
    )


def _wrong_length(cells: list[str], names: tuple[str, ...]) -> str:
    hint = "a cell that holds the delimiter must be quoted" if len(cells) > len(names) else "fill blanks in"
    return f"{len(cells)} cells where the header has {len(names)}: {hint}"


def _listed(names: list[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)
