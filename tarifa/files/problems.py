"""What can be wrong with a file: values for a row, one exception for a file that cannot be read at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dsl.suggest import listed, nearest

FEW = 24
"""Names that a message lists at most."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that was left out, where it stands and why; `account` as its cell says, where it has one."""

    place: Place
    subject: str
    message: str
    account: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class FileError(Exception):
    """A file that cannot be used at all; the message names it and says how to mend it."""


class UnreadableFileError(FileError):
    """The operating system refuses to hand it over."""

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(f"{path}: cannot be read: {error.strerror or error}")


class NotUtf8Error(FileError):
    """Its bytes are not UTF-8."""

    def __init__(self, path: Path, line: int, byte: int) -> None:
        super().__init__(
            f"{path}:{line}: not UTF-8 (byte 0x{byte:02X}): save the file as UTF-8, in a spreadsheet as `CSV UTF-8`"
        )


class Utf16Error(FileError):
    """It is UTF-16, as some spreadsheets export `Unicode text`."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: this is UTF-16: save the file as UTF-8, in a spreadsheet as `CSV UTF-8`")


class NoHeaderError(FileError):
    """It has no first line with the names of its columns."""

    def __init__(self, path: Path, expected: Iterable[str]) -> None:
        super().__init__(f"{path}: empty; its first line names the columns, such as {', '.join(expected)}")


class ColumnsError(FileError):
    """Its header has an unknown, a missing or a doubled column."""

    def __init__(self, path: Path, line: int, complaints: Iterable[str]) -> None:
        super().__init__("\n".join(f"{path}:{line}: {complaint}" for complaint in complaints))


class LongLineError(FileError):
    """A line that no table of facts has."""

    def __init__(self, path: Path, line: int, most: int) -> None:
        super().__init__(
            f"{path}:{line}: this line has more than {most:,} characters: is it the right file, with its line feeds?"
        )


class BrokenCsvError(FileError):
    """A line cannot be split into cells."""

    def __init__(self, path: Path, line: int, why: str) -> None:
        super().__init__(f"{path}:{line}: not CSV from here on: {why}")


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """`; did you mean `category`?` for a name near one of `names`, else the names there are, if they are few."""
    known = sorted(names)
    near = nearest(name, known)
    if near is not None:
        return f"; did you mean `{near}`?"
    return f"; there are {listed(known, at_most=FEW)}" if 0 < len(known) <= FEW else ""
