"""Diagnostics as text: the line, the place underlined, what to do. Columns are right for wide characters and tabs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from rich.cells import cell_len

from dsl.diagnostics import Diagnostic, Label, Severity
from dsl.source import Source, read_sources, shown_path
from dsl.touching import words_of

TAB = "    "
MARGIN = 100
"""Columns of a line that are shown at most around the place."""

_COLOURS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m"}
_BLUE, _BOLD, _PLAIN = "\x1b[1;34m", "\x1b[1m", "\x1b[0m"


def render(
    diagnostics: Iterable[Diagnostic], files: Mapping[PurePath, bytes], *, colour: bool = False, folder: str = ""
) -> str:
    """Write all diagnostics, a blank line between two; empty where there are none.

    Args:
        diagnostics: In the order to show.
        files: As they were loaded.
        colour: Whether to add ANSI colours.
        folder: Put before every path, so that it can be opened from where the reader is.
    """
    page = _Page(read_sources(files), folder, _coloured if colour else _plain)
    return "\n".join(_one(diagnostic, page) for diagnostic in diagnostics)


def _coloured(style: str, text: str) -> str:
    return f"{style}{text}{_PLAIN}" if text else text


def _plain(_: str, text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class _Page:
    sources: Mapping[str, Source]
    folder: str
    paint: Callable[[str, str], str]


def _one(diagnostic: Diagnostic, page: _Page) -> str:
    style, sources, paint = _COLOURS[diagnostic.severity], page.sources, page.paint
    head = paint(style, f"{diagnostic.severity.value}[{diagnostic.code}]")
    lines = [head + paint(_BOLD, f": {diagnostic.message}")]
    labels = [diagnostic.primary] if diagnostic.primary is not None else []
    shown = [label for label in (*labels, *diagnostic.secondary) if label.span.file in sources]
    width = max((len(str(sources[label.span.file].line_number(label.span.start))) for label in shown), default=1)
    gutter = " " * width
    for number, label in enumerate(shown):
        first = number == 0
        lines += _place(label, page, "-->" if first else ":::", width=width, style=style if first else _BLUE)
    if shown and (diagnostic.help or diagnostic.case or diagnostic.touched):
        lines.append(f"{gutter} {paint(_BLUE, '|')}")
    if diagnostic.case:
        case = ", ".join(f"{name} {value}" for name, value in diagnostic.case)
        lines.append(f"{gutter} {paint(_BLUE, '=')} for example: {case}")
    if diagnostic.touched is not None:
        lines.append(f"{gutter} {paint(_BLUE, '=')} touches: {words_of(diagnostic.touched)}")
    lines += [f"{gutter} {paint(_BLUE, '=')} help: {note}" for note in diagnostic.help]
    return "\n".join(lines) + "\n"


def _place(label: Label, page: _Page, arrow: str, *, width: int, style: str) -> list[str]:
    source, paint = page.sources[label.span.file], page.paint
    number = source.line_number(label.span.start)
    gutter = " " * width
    bar = paint(_BLUE, "|")
    before, marked, after = _cut(label, source, number)
    line = _shown(before) + _shown(marked) + _shown(after)
    carets = "^" * max(cell_len(_shown(marked)), 1)
    under = " " * cell_len(_shown(before)) + paint(style, f"{carets} {label.text}".rstrip())
    return [
        f"{gutter}{paint(_BLUE, arrow)} {shown_path(page.folder, label.span.file)}:{number}:{source.column(label.span.start)}",
        f"{gutter} {bar}",
        f"{paint(_BLUE, str(number).rjust(width))} {bar} {line}".rstrip(),
        f"{gutter} {bar} {under}",
    ]


def _cut(label: Label, source: Source, number: int) -> tuple[str, str, str]:
    """The line before, in and after the place; shortened where it is long."""
    text = source.line(number)
    start = label.span.start - source.line_starts[number - 1]
    end = min(max(label.span.end - source.line_starts[number - 1], start + 1), max(len(text), start))
    before, marked, after = text[:start], text[start:end], text[end:]
    if len(marked) > MARGIN:
        marked, after = marked[: MARGIN - 1] + "…", ""
    if len(before) + len(marked) + len(after) > MARGIN:
        room = max(MARGIN - len(marked), 0)
        if len(before) > room:
            before = "…" + before[len(before) - room :]
        left = max(room - len(before), 12)
        after = after[:left] + "…" if len(after) > left else after
    return before, marked, after


def _shown(text: str) -> str:
    """Text that takes the columns that it seems to: tabs spread, what cannot be seen replaced."""
    spread = text.replace("\t", TAB)
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in spread)
