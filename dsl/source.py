"""A file's text and the places in it. Offsets count characters of the decoded text; lines and columns start at 1."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePath

_BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u2060\ufeff\u2028-\u202e\u2066-\u2069\ufffd]")
"""Control characters, those that nobody sees and no script needs, those that end a line for some editors and not here,
those that turn the direction of writing round, and what stands for unreadable bytes."""


@dataclass(frozen=True, slots=True)
class Span:
    """`[start, end)` in one file; `file` is its path below the ruleset's folder, with `/`."""

    file: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Source:
    """One decoded file.

    Attributes:
        file: Path below the ruleset's folder.
        text: Without a byte order mark; every line ends in a plain line feed.
        bad: Offset and description of the first thing that cannot be text, if any.
    """

    file: str
    text: str
    bad: tuple[int, str] | None = None
    line_starts: tuple[int, ...] = field(default=(0,), repr=False, compare=False)

    def line_number(self, offset: int) -> int:
        """The line that holds `offset`."""
        return bisect_right(self.line_starts, offset)

    def line(self, number: int) -> str:
        """The text of a line, without its end."""
        start = self.line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start:] if end < 0 else self.text[start:end]

    def column(self, offset: int) -> int:
        """The column of `offset`, in characters."""
        return offset - self.line_starts[self.line_number(offset) - 1] + 1


@lru_cache(maxsize=32)
def read_source(file: str, content: bytes) -> Source:
    """Decode one file. What is not text is replaced, and `bad` says where it begins; of a file that is none, no text."""
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return Source(file, "", (0, "this file is UTF-16, and not UTF-8"))
    bad = None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        if b"\0" in content:
            return Source(file, "", (0, "this file is no text"))
        text = content.decode("utf-8", errors="replace")
        before = _plain(content[: error.start].decode("utf-8", errors="replace"))
        bad = (len(before), f"byte {content[error.start]:02X} is not UTF-8")
    text = _plain(text)
    if bad is None:
        bad = _first_control(text)
    starts = [0]
    found = text.find("\n")
    while found >= 0:
        starts.append(found + 1)
        found = text.find("\n", found + 1)
    return Source(file, text, bad, tuple(starts))


def shown_path(folder: str, file: str) -> str:
    """The path of a file as the reader opens it: `zylker` and `../shared/bands.rules` are `shared/bands.rules`."""
    return posixpath.normpath(f"{folder.rstrip('/') or '/'}/{file}") if folder else file


def read_sources(files: Mapping[PurePath, bytes]) -> dict[str, Source]:
    """Decode all files, in the order of their names."""
    named = sorted((path.as_posix(), content) for path, content in files.items())
    return {file: read_source(file, content) for file, content in named}


def _plain(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _first_control(text: str) -> tuple[int, str] | None:
    found = _BAD.search(text)
    if found is None:
        return None
    return found.start(), f"the character U+{ord(found.group()):04X} does not belong in a ruleset"
