"""Diagnostics as text: the line, the place underlined, what to do. Columns are right for wide characters and tabs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath

from rich.cells import cell_len

from dsl.diagnostics import Diagnostic, Label, Severity
from dsl.source import Source, read_sources

TAB = "    "
MARGIN = 100
"""Columns of a line that are shown at most around the place."""

_COLOURS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m"}
_BLUE, _BOLD, _PLAIN = "\x1b[1;34m", "\x1b[1m", "\x1b[0m"


def render(diagnostics: Iterable[Diagnostic], files: Mapping[PurePath, bytes], *, colour: bool = False) -> str:
    """Write all diagnostics; `files` as they were loaded. Ends in a line feed where there is any."""
    sources = read_sources(files)
    return "\n".join(_one(diagnostic, sources, paint=_Paint(colour)) for diagnostic in diagnostics)


class _Paint:
    def __init__(self, colour: bool) -> None:  # noqa: FBT001 - the only thing it is about
        self._colour = colour

    def __call__(self, style: str, text: str) -> str:
        return f"{style}{text}{_PLAIN}" if self._colour and text else text


def _one(diagnostic: Diagnostic, sources: Mapping[str, Source], *, paint: _Paint) -> str:
    style = _COLOURS[diagnostic.severity]
    head = paint(style, f"{diagnostic.severity.value}[{diagnostic.code}]")
    lines = [f"{head}{paint(_BOLD, ': ' + diagnostic.message)}"]
    labels = [diagnostic.primary] if diagnostic.primary is not None else []
    labels += diagnostic.secondary
    shown = [label for label in labels if label.span.file in sources]
    width = max((len(str(sources[label.span.file].line_number(label.span.start))) for label in shown), default=1)
    gutter = " " * width
    for number, label in enumerate(shown):
        arrow = "-->" if number == 0 else ":::"
        lines += _place(label, sources[label.span.file], arrow, width, paint, style if number == 0 else _BLUE)
    notes = list(diagnostic.help)
    if shown and (notes or diagnostic.case):
        lines.append(f"{gutter} {paint(_BLUE, '|')}")
    if diagnostic.case:
        case = ", ".join(f"{name} {value}" for name, value in diagnostic.case)
        lines.append(f"{gutter} {paint(_BLUE, '=')} for example: {case}")
    lines += [f"{gutter} {paint(_BLUE, '=')} help: {note}" for note in notes]
    return "\n".join(lines) + "\n"


def _place(label: Label, source: Source, arrow: str, width: int, paint: _Paint, style: str) -> list[str]:
    number = source.line_number(label.span.start)
    gutter = " " * width
    bar = paint(_BLUE, "|")
    before, marked, after = _cut(label, source, number)
    line = _shown(before) + _shown(marked) + _shown(after)
    carets = "^" * max(cell_len(_shown(marked)), 1)
    under = " " * cell_len(_shown(before)) + paint(style, f"{carets} {label.text}".rstrip())
    return [
        f"{gutter}{paint(_BLUE, arrow)} {label.span.file}:{number}:{source.column(label.span.start)}",
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
