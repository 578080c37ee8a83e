"""The mends that a ruleset can be given without a question: what a diagnostic offers as its one `fix`.

A fix takes out what no request comes to and nobody names, writes `-` for a condition that always holds, or puts into a
cell that cannot be read the one text that was plainly meant. Comments stay. Mending goes on until nothing is left to
mend, for one mend can uncover another; what would bring an error that was not there is left out. Files that a ruleset
imports from elsewhere belong to others, and are never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from dsl.diagnostics import Diagnostic, Edit
from dsl.format import format_file
from dsl.holiday_source import HolidaySource
from dsl.load import Cache, load
from dsl.source import Source, read_source

MOST_ROUNDS = 10
MOST_SINGLE = 100
"""Mends that are tried one by one, where all together bring errors."""


@dataclass(frozen=True, slots=True)
class Mended:
    """Files after their mends, by path; and what was mended, in order."""

    files: Mapping[PurePath, bytes]
    diagnostics: tuple[Diagnostic, ...]


def mended(files: Mapping[PurePath, bytes], *, holidays: HolidaySource | None = None) -> Mended:
    """Mend a ruleset as far as that is safe; its errors are fewer then, or the same.

    Args:
        files: As `load` takes them.
        holidays: As `load` takes it.
    """
    cache = Cache()
    done: list[Diagnostic] = []
    for _ in range(MOST_ROUNDS):
        before = load(files, holidays=holidays, cache=cache)
        offered = [one for one in before.diagnostics if one.fix and _is_own(one, files)]
        errors = sum(one.is_error for one in before.diagnostics)

        def is_better(changed: Mapping[PurePath, bytes], most: int = errors) -> bool:
            found = load(changed, holidays=holidays, cache=cache).diagnostics
            return sum(one.is_error for one in found) <= most

        taken = _all_or_some(files, offered, is_better)
        if not taken:
            break
        files = _with(files, taken)
        done += taken
    return Mended(files, tuple(done))


def _all_or_some(
    files: Mapping[PurePath, bytes],
    offered: Sequence[Diagnostic],
    is_better: Callable[[Mapping[PurePath, bytes]], bool],
) -> list[Diagnostic]:
    """All that is offered; where that brings errors, those that by themselves, and behind each other, bring none."""
    if not offered or is_better(_with(files, offered)):
        return list(offered)
    taken: list[Diagnostic] = []
    for one in offered[:MOST_SINGLE]:
        if is_better(_with(files, [*taken, one])):
            taken.append(one)
    return taken


def _is_own(diagnostic: Diagnostic, files: Mapping[PurePath, bytes]) -> bool:
    """Whether a mend changes nothing but files of the ruleset's own, which can be written as they were read."""
    own = {edit.span.file for edit in diagnostic.fix}
    return all(not file.startswith("../") and _lines_end(files[PurePath(file)]) is not None for file in own)


def _lines_end(content: bytes) -> str | None:
    """How all lines of a file end; None where they differ, or where the file is not plain text."""
    source = read_source("", content)
    for end in ("\n", "\r\n"):
        if source.bad is None and source.text.replace("\n", end).encode("utf-8") == content:
            return end
    return None


def _with(files: Mapping[PurePath, bytes], mends: Iterable[Diagnostic]) -> dict[PurePath, bytes]:
    """The files with some mends; one that was in its canonical form is in it again."""
    edits: dict[str, list[Edit]] = {}
    for one in mends:
        for edit in one.fix:
            edits.setdefault(edit.span.file, []).append(edit)
    found = dict(files)
    for file, those in edits.items():
        content = files[PurePath(file)]
        text = _edited(read_source(file, content), those)
        changed = text.replace("\n", _lines_end(content) or "\n").encode("utf-8")
        tidy = format_file(file, changed) if format_file(file, content) == content else changed
        found[PurePath(file)] = tidy if isinstance(tidy, bytes) else changed
    return found


def _edited(source: Source, edits: Sequence[Edit]) -> str:
    """The text with its edits; in a line that goes, no other edit counts."""
    out = {source.line_number(edit.span.start) for edit in edits if edit.text is None}
    changes: dict[tuple[int, int], str] = {}
    for number in out:
        start = source.line_starts[number - 1]
        changes[start, min(start + len(source.line(number)) + 1, len(source.text))] = ""
    for edit in edits:
        if edit.text is not None and source.line_number(edit.span.start) not in out:
            changes[edit.span.start, edit.span.end] = edit.text
    text = source.text
    for (start, end), by in sorted(changes.items(), reverse=True):
        text = text[:start] + by + text[end:]
    return text
