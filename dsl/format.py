"""A page in its one canonical form. Only white space changes, and the line of dashes, which is drawn anew.

Names, values, cells and comments keep every character and their order, so that the page means the same to the byte of
its meaning digest. What does not parse as a page is not touched: where a line belongs can only be guessed there.
Widths are columns of a terminal, so that wide and combining characters line up too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from rich.cells import cell_len

from dsl.diagnostics import Diagnostic, Report
from dsl.parser import MAX_LINE, parse_page
from dsl.source import Source, Span, read_source
from dsl.syntax import Block, Line
from engine.names import fold

INDENT = "  "
ALIGNED = 100
"""Columns. A cell wider than this sticks out of its column instead of widening it for all others."""
KEYS_OF_TWO_WORDS = frozenset({"cash rounding", "cycle edge", "zero invoices", "without contract"})
"""Settings whose key has a blank in it; any other key is the first word of its line."""
_PHRASES = frozenset({"table"})
"""Blocks whose settings read as a phrase (`hit collect sum`) and are not aligned."""

_LITERAL = r"(?:[^\W\d_]{0,4}[$¢-¥֏؋฿₠-⃏﷼])?[0-9]+(?:,[0-9]+)*(?:\.[0-9]+)?(?:\s*%|\s*[^\W\d_]+)?(?:/[a-z]+)?"
_AMOUNTS = re.compile(rf"{_LITERAL}(?:,\s+{_LITERAL})*")
_UP_TO_POINT = re.compile(r"[^0-9]*[0-9]+(?:,[0-9]+)*")


class _Kind(Enum):
    """What a line of a page is."""

    HEADING = auto()
    SETTING = auto()
    HEADER = auto()
    DASHES = auto()
    ROW = auto()
    NOTE = auto()
    """A comment."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A line that is not blank: its text without indentation, and how it stood."""

    kind: _Kind
    text: str
    indented: bool = True
    after_blank: bool = False


def formatted(text: str) -> str:
    """Write a page in its canonical form; what is no page comes back as it is.

    A byte order mark is dropped; lines end as the first one does, in a line feed or in carriage return and line feed.
    """
    found = format_file("", text.encode("utf-8", errors="surrogatepass"))
    return found.decode("utf-8") if isinstance(found, bytes) else text


def format_file(file: str, content: bytes) -> bytes | tuple[Diagnostic, ...]:
    """Write a file in its canonical form, as `formatted` does; or say what keeps it from being a page."""
    found = _format_source(read_source(file, content))
    if not isinstance(found, str):
        return found
    end = content.find(b"\n")
    crlf = end > 0 and content[end - 1 : end] == b"\r"
    return (found.replace("\n", "\r\n") if crlf else found).encode("utf-8")


def _format_source(source: Source) -> str | tuple[Diagnostic, ...]:
    """Write a page, every line ending in a line feed."""
    report = Report()
    if source.bad is not None:
        offset, what = source.bad
        report.error("bad-text", what, Span(source.file, offset, offset + 1), help=("save the file as UTF-8 text",))
    blocks = parse_page(source, report)
    if report.errors:
        return report.diagnostics()
    lines = [*_spaced(_pieces(source.text, blocks))]
    if any(len(line) > MAX_LINE for line in lines):
        message = f"a table is too wide to align: {MAX_LINE:,} characters are the most that a line may have"
        report.error("too-large", message, Span(source.file, 0, 1), help=("shorten the longest cells of its columns",))
        return report.diagnostics()
    return "".join(f"{line}\n" for line in lines)


def _pieces(text: str, blocks: Iterable[Block]) -> list[_Piece]:
    """All lines that are not blank, in their order, those of blocks written anew."""
    written: dict[int, _Piece] = {}
    for block in blocks:
        written |= _written(block)
    pieces = []
    dashes = ""
    after_blank = False
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.strip()
        if not bare:
            after_blank = True
            continue
        piece = written.get(number)
        if piece is None:
            comment = bare.startswith("#")
            piece = _Piece(_Kind.NOTE, bare, line[0].isspace()) if comment else _Piece(_Kind.DASHES, dashes)
        elif piece.kind is _Kind.HEADER:
            header, dashes = piece.text.split("\n")
            piece = _Piece(_Kind.HEADER, header)
        pieces.append(_Piece(piece.kind, piece.text, piece.indented, after_blank))
        after_blank = False
    return pieces


def _written(block: Block) -> dict[int, _Piece]:
    """The lines of a block by their numbers; the header brings the line of dashes with it."""
    heading = f"{block.word.text} {block.name.text}".rstrip()
    pieces = {block.number: _Piece(_Kind.HEADING, heading, indented=False)}
    settings = [_key_and_value(setting.line.text) for setting in block.settings]
    aligned = fold(block.word.text) not in _PHRASES
    width = _widest(cell_len(key) for key, _ in settings) + 2 if aligned else 0
    for setting, (key, value) in zip(block.settings, settings, strict=True):
        gap = " " * max(width - cell_len(key), 2 if aligned else 1)
        pieces[setting.number] = _Piece(_Kind.SETTING, f"{key}{gap}{value}".rstrip())
    if block.header is not None:
        pieces |= _table(block.header, block.rows)
    return pieces


def _key_and_value(line: str) -> tuple[str, str]:
    first, *rest = line.split(maxsplit=2)
    if rest and fold(f"{first} {rest[0]}") in KEYS_OF_TWO_WORDS:
        return f"{first} {rest[0]}", rest[1] if len(rest) > 1 else ""
    _, *values = line.split(maxsplit=1)
    return first, values[0] if values else ""


def _table(header: Line, rows: Sequence[Line]) -> Mapping[int, _Piece]:
    """A table's lines by their numbers."""
    columns = [_column(texts) for texts in zip(*(line.texts for line in (header, *rows)), strict=True)]
    widths = [_widest(map(cell_len, column), at_least=1) for column in columns]
    pieces = {}
    for index, line in enumerate((header, *rows)):
        cells = [column[index] for column in columns]
        padded = [f" {cell}{' ' * (width - cell_len(cell))} " for cell, width in zip(cells, widths, strict=True)]
        pieces[line.number] = _Piece(_Kind.ROW, _between_pipes(padded, header.divider))
    dashes = _between_pipes(["-" * (width + 2) for width in widths], header.divider)
    pieces[header.number] = _Piece(_Kind.HEADER, f"{pieces[header.number].text}\n{dashes}")
    return pieces


def _column(texts: Sequence[str]) -> list[str]:
    """The cells of one column, header first, amounts moved right until their decimal points line up."""
    points = [_point(text) for text in texts[1:]]
    furthest = max((point for point in points if point is not None), default=0)
    moved = [
        text if point is None else " " * (furthest - point) + text
        for text, point in zip(texts[1:], points, strict=True)
    ]
    return [texts[0], *moved]


def _point(text: str) -> int | None:
    """Columns before the decimal point of an amount, or of the first of a list of prices; None for other cells."""
    if not _AMOUNTS.fullmatch(text):
        return None
    before = _UP_TO_POINT.match(text)
    return cell_len(before.group()) if before is not None else None


def _widest(widths: Iterable[int], *, at_least: int = 0) -> int:
    return max((width for width in widths if width <= ALIGNED), default=at_least) or at_least


def _between_pipes(cells: Sequence[str], divider: int | None) -> str:
    parts = ["||" if divider == 0 else "|"]
    for index, cell in enumerate(cells, start=1):
        parts += [cell, "||" if divider == index else "|"]
    return "".join(parts)


def _spaced(pieces: Sequence[_Piece]) -> Iterator[str]:
    """Lines with their indentation and the blank lines between them."""
    start = 0
    before: _Kind | None = None
    while start < len(pieces):
        end = next((i for i in range(start, len(pieces)) if pieces[i].kind is not _Kind.NOTE), len(pieces))
        notes = pieces[start:end]
        code = pieces[end] if end < len(pieces) else None
        if code is not None and code.kind is not _Kind.HEADING:
            yield from _inside(notes, code, grouped=before is code.kind is _Kind.ROW)
        else:
            yield from _outside(notes, code, first=before is None)
        before = code.kind if code is not None else before
        start = end + 1


def _inside(notes: Sequence[_Piece], code: _Piece, *, grouped: bool) -> Iterator[str]:
    """Comments and the line below them, within a block. Only between rows do blank lines group anything."""
    for piece in (*notes, code):
        if grouped and piece.after_blank:
            yield ""
        yield INDENT + piece.text


def _outside(notes: Sequence[_Piece], heading: _Piece | None, *, first: bool) -> Iterator[str]:
    """Comments between two blocks, and the next one's heading.

    A comment at the left edge, which is about what follows, is parted from the block above it; one that is indented
    belongs to that block, and is parted from what follows.
    """
    above = not first
    for number, note in enumerate(notes):
        indented = note.indented and not first
        if (number or not first) and (note.after_blank or (above and not indented)):
            yield ""
        above = indented
        yield INDENT + note.text if indented else note.text
    if heading is not None:
        if (notes and heading.after_blank) or above:
            yield ""
        yield heading.text
