"""One checked ruleset, and where in its files something stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from dsl.allow import Allowed
from dsl.diagnostics import Diagnostic, Label
from dsl.reports.capping import Capped, capped
from dsl.source import Source, Span, read_sources, shown_path
from dsl.touching import words_of
from engine.money import decimal_text

PAGES = "docs/diagnostics"
"""Where the pages of the codes are, from the top of the repository."""


@dataclass(frozen=True, slots=True)
class Result:
    """What the check of one ruleset found.

    Attributes:
        folder: Put before the paths of its files, with `/`; blank where they are below the reader's own folder.
        title: `Zylker@2026.1`; None where it has errors.
        files: As they were loaded.
        diagnostics, allowed: As `load` gave them.
    """

    folder: str
    title: str | None
    files: Mapping[PurePath, bytes]
    diagnostics: tuple[Diagnostic, ...]
    allowed: tuple[Allowed, ...] = ()

    @property
    def errors(self) -> int:
        """How many of the diagnostics are errors."""
        return sum(diagnostic.is_error for diagnostic in self.diagnostics)

    @property
    def warnings(self) -> int:
        """How many of the diagnostics are warnings."""
        return len(self.diagnostics) - self.errors

    @property
    def capped(self) -> Capped:
        """The diagnostics that a report tells, and how many more there are of which kind."""
        return capped(self.diagnostics)

    def path(self, file: str) -> str:
        """The path of one of its files, as the reader opens it."""
        return shown_path(self.folder, file)


@dataclass(frozen=True, slots=True)
class Place:
    """Lines and columns from 1, in characters; `end_column` is the one behind the last."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


def place(span: Span, result: Result) -> Place:
    """Where a span stands."""
    source = _sources(result)[span.file]
    last = max(span.end - 1, span.start)
    return Place(
        path=result.path(span.file),
        line=source.line_number(span.start),
        column=source.column(span.start),
        end_line=source.line_number(last),
        end_column=source.column(last) + 1,
    )


def primary_place(diagnostic: Diagnostic, result: Result) -> Place | None:
    """Where a diagnostic points first; None where no file has it."""
    return place(diagnostic.primary.span, result) if diagnostic.primary is not None else None


def related_places(diagnostic: Diagnostic, result: Result) -> tuple[tuple[Place, Label], ...]:
    """The other places that matter."""
    return tuple((place(label.span, result), label) for label in diagnostic.secondary)


def page_of(code: str) -> str:
    """The page that explains a code, from the top of the repository."""
    return f"{PAGES}/{code}.md"


def full_text(diagnostic: Diagnostic) -> str:
    """All that is said, without the places: message, label, case, help; a line each."""
    lines = [diagnostic.message]
    if diagnostic.primary is not None and diagnostic.primary.text:
        lines[0] += f": {diagnostic.primary.text}"
    if diagnostic.case:
        lines.append("for example: " + ", ".join(f"{name} {value}" for name, value in diagnostic.case))
    if diagnostic.touched is not None:
        lines.append(f"touches: {words_of(diagnostic.touched)}")
    return "\n".join([*lines, *(f"help: {note}" for note in diagnostic.help)])


def touched_json(diagnostic: Diagnostic) -> dict[str, Any] | None:
    """How much work a finding touches; None where nobody has looked, or where it is about none."""
    touched = diagnostic.touched
    if touched is None:
        return None
    return {
        "worklogs": touched.worklogs,
        "minutes": touched.minutes,
        "waiting": touched.waiting,
        "other_lines": touched.others,
        "amounts": [
            {"currency": currency.code, "amount": decimal_text(net, currency.digits)}
            for currency, net in touched.amounts
        ],
    }


def _sources(result: Result) -> Mapping[str, Source]:
    return read_sources(result.files)
