"""What of many mistakes is told: the first of each kind in each file, and how many more there are, counted and named.

A file of another kind, or a column that moved, gives a message for each of its lines; nobody reads the last thousand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dsl.diagnostics import Diagnostic, Severity

MOST_ALIKE = 100
"""Problems of one code in one file that a report holds."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Problems of one code in one file that are not told; `file` is blank for those that no file has."""

    code: str
    severity: Severity
    file: str
    count: int

    @property
    def message(self) -> str:
        """How it is said: "and 4,912 more of this kind"."""
        return f"and {self.count:,} more of this kind"


@dataclass(frozen=True, slots=True)
class Capped:
    """What is told of problems, in their order, and what is left out."""

    told: tuple[Diagnostic, ...]
    left_out: tuple[LeftOut, ...]


def capped(diagnostics: Sequence[Diagnostic], *, alike: int = MOST_ALIKE, most: int | None = None) -> Capped:
    """The first problems of each kind in each file.

    Args:
        diagnostics: In the order to tell them.
        alike: How many of one code in one file.
        most: How many at all; None for no such limit.
    """
    seen: Counter[tuple[str, Severity, str]] = Counter()
    told: list[Diagnostic] = []
    for one in diagnostics:
        kind = _kind(one)
        if seen[kind] < alike and (most is None or len(told) < most):
            seen[kind] += 1
            told.append(one)
    left = _counted(diagnostics)
    left.subtract(_counted(told))
    return Capped(tuple(told), tuple(LeftOut(*kind, count) for kind, count in left.items() if count))


def _counted(diagnostics: Iterable[Diagnostic]) -> Counter[tuple[str, Severity, str]]:
    return Counter(map(_kind, diagnostics))


def _kind(one: Diagnostic) -> tuple[str, Severity, str]:
    return one.code, one.severity, one.primary.span.file if one.primary is not None else ""
