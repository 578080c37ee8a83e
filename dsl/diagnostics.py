"""What is wrong with a ruleset, as values: all of them in one run, each with a place and a way to mend it.

The codes are stable; `codes` holds the catalogue of them, `render` makes text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from dsl.source import Span
from engine.touched import Concern, Touched


class Severity(StrEnum):
    """An error keeps a ruleset from being published; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Label:
    """A place in a file and what to say beside it."""

    span: Span
    text: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of a file: other text in a place, or, where that is None, without the line that the place is in."""

    span: Span
    text: str | None


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem.

    Attributes:
        code: Stable, kebab-case; `docs/diagnostics/<code>.md` explains it.
        severity: Whether it stops the ruleset.
        message: One sentence without a full stop.
        primary: Where it is; None where no file has it (a block that is missing from all of them).
        secondary: Other places that matter.
        help: Ways to mend it; what stands in backquotes can be pasted.
        case: A concrete request that shows it: input label and value.
        fix: The one mend of it that changes nothing else, where there is one (`mends`).
        concern: The requests that it is about; None where it is about none.
        touched: How much real work that is, where somebody has looked.
    """

    code: str
    severity: Severity
    message: str
    primary: Label | None
    secondary: tuple[Label, ...] = ()
    help: tuple[str, ...] = ()
    case: tuple[tuple[str, str], ...] = ()
    fix: tuple[Edit, ...] = ()
    concern: Concern | None = None
    touched: Touched | None = None

    @property
    def is_error(self) -> bool:
        """Whether it keeps the ruleset from being published."""
        return self.severity is Severity.ERROR


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong inside one cell, by offsets from the cell's first character.

    Cells are read once per text, however often they occur; `at` becomes a place when the problem is reported. `mend` is
    what was plainly meant, in place of the text at `at`.
    """

    code: str
    message: str
    at: tuple[int, int]
    label: str = ""
    help: tuple[str, ...] = ()
    mend: str = ""


class Report:
    """The problems found so far in one run, in the order in which they were found.

    `unsure` are words of blocks (`constants`, `table`) of which some declaration could not be read. A name of theirs
    that nothing declares is not reported, for it may be that one: one slip gives one message. `unreadable` is, of a
    file that is not text, where it first is not: what else is wrong there is not told.
    """

    def __init__(self) -> None:
        self._diagnostics: list[Diagnostic] = []
        self._errors = 0
        self.unsure: set[str] = set()
        self.unreadable: dict[str, int] = {}

    def error(
        self,
        code: str,
        message: str,
        span: Span | None,
        *,
        label: str = "",
        secondary: Iterable[Label] = (),
        help: Iterable[str] = (),  # noqa: A002 - the field's own name
        case: Iterable[tuple[str, str]] = (),
        fix: Iterable[Edit] = (),
        concern: Concern | None = None,
    ) -> None:
        """Add an error."""
        if span is not None and span.start <= self.unreadable.get(span.file, -1) < span.end:
            return
        primary = Label(span, label) if span is not None else None
        self.add(
            Diagnostic(
                code,
                Severity.ERROR,
                message,
                primary,
                tuple(secondary),
                tuple(help),
                tuple(case),
                tuple(fix),
                concern,
            )
        )

    def add(self, diagnostic: Diagnostic) -> None:
        """Add any diagnostic."""
        self._diagnostics.append(diagnostic)
        self._errors += diagnostic.is_error

    def include(self, other: Report) -> None:
        """Add all that another report has."""
        for diagnostic in other._diagnostics:
            self.add(diagnostic)
        self.unsure |= other.unsure
        self.unreadable |= other.unreadable

    @property
    def errors(self) -> int:
        """How many errors were found so far."""
        return self._errors

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """All of them by file and place; what has no place comes first. A name that nothing declares is told once."""
        told: dict[tuple[str, str], list[Diagnostic]] = {}
        for number, one in enumerate(sorted(self._diagnostics, key=_place)):
            key = (one.code, one.message) if one.code in _NAMES else (str(number), "")
            told.setdefault(key, []).append(one)
        return tuple(_together(group) for group in told.values())


_NAMES = frozenset({"unknown-name", "unknown-column", "unknown-value", "unknown-account", "unknown-site"})
SHOWN = 3
"""Places that are shown beside the first of those that name the same unknown thing."""


def _together(group: list[Diagnostic]) -> Diagnostic:
    """The first of those that say the same, with the places of the others."""
    first, *others = group
    places = [one.primary.span for one in others if one.primary is not None]
    if not places:
        return first
    more = len(places) - SHOWN
    notes = (f"the same stands in {more} more place{'s' if more > 1 else ''}",) if more > 0 else ()
    labels = tuple(Label(span, "and here") for span in places[:SHOWN])
    fix = tuple(edit for one in group for edit in one.fix)
    return replace(first, secondary=(*first.secondary, *labels), help=(*first.help, *notes), fix=fix)


def _place(diagnostic: Diagnostic) -> tuple[str, int, str]:
    if diagnostic.primary is None:
        return ("", -1, diagnostic.code)
    return (diagnostic.primary.span.file, diagnostic.primary.span.start, diagnostic.code)
