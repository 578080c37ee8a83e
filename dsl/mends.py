"""The mends that a ruleset can be given without a question: what a diagnostic offers as its one `fix`.

A fix takes out what no request comes to and nobody names, writes `-` for a condition that always holds, or puts into a
cell that cannot be read the one text that was plainly meant. Comments stay. Mending goes on until nothing is left to
mend, for one mend can uncover another; what would bring an error that was not there is left out. Files that a ruleset
imports from elsewhere belong to others, and are never changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from dsl.build.sheet import FREE
from dsl.cells import unquoted
from dsl.diagnostics import Diagnostic, Edit, Report
from dsl.format import format_file
from dsl.holiday_source import HolidaySource
from dsl.load import Cache, load
from dsl.parser import parse_page
from dsl.source import Source, read_source
from dsl.syntax import Block
from engine.analysis import UndecidedError
from engine.equivalence import decide_alike
from engine.model import Input, Ruleset
from engine.names import fold

MOST_ROUNDS = 10
ON_REQUEST = frozenset({"joinable-rows"})
"""Codes whose mend is a matter of taste: it is done only where somebody asks for it."""
MOST_SINGLE = 100
"""Mends that are tried one by one, where all together bring errors."""


@dataclass(frozen=True, slots=True)
class Mended:
    """Files after their mends, by path; what was mended, in order; in how many files members were put in order."""

    files: Mapping[PurePath, bytes]
    diagnostics: tuple[Diagnostic, ...]
    in_order: int = 0


def mended(
    files: Mapping[PurePath, bytes], *, holidays: HolidaySource | None = None, asked: Collection[str] = ()
) -> Mended:
    """Mend a ruleset as far as that is safe; its errors are fewer then, or the same.

    Args:
        files: As `load` takes them.
        holidays: As `load` takes it.
        asked: Codes of `ON_REQUEST` that are to be mended, too.
    """
    cache = Cache()
    done: list[Diagnostic] = []
    for _ in range(MOST_ROUNDS):
        before = load(files, holidays=holidays, cache=cache)
        usual = [one for one in before.diagnostics if one.fix and one.code not in ON_REQUEST and _is_own(one, files)]
        offered = usual or [one for one in before.diagnostics if one.fix and one.code in asked and _is_own(one, files)]
        errors = sum(one.is_error for one in before.diagnostics)

        def is_better(
            changed: Mapping[PurePath, bytes],
            most: int = errors,
            same: Ruleset | None = None if usual else before.ruleset,
        ) -> bool:
            found = load(changed, holidays=holidays, cache=cache)
            if sum(one.is_error for one in found.diagnostics) > most:
                return False
            return same is None or _means_the_same(same, found.ruleset)

        taken = _all_or_some(files, offered, is_better)
        if not taken:
            break
        files = _with(files, taken)
        done += taken
    ordered = _with_members_in_order(files, load(files, holidays=holidays, cache=cache).ruleset)
    after = load(ordered, holidays=holidays, cache=cache).ruleset
    if after is None or after.meaning_digest != _digest(load(files, holidays=holidays, cache=cache).ruleset):
        ordered = files
    return Mended(ordered, tuple(done), sum(ordered[file] != files[file] for file in files))


def _digest(ruleset: Ruleset | None) -> str:
    return ruleset.meaning_digest if ruleset is not None else ""


def _means_the_same(before: Ruleset | None, after: Ruleset | None) -> bool:
    """Whether every request is decided as before, proved over all of them; what is not found out is not done."""
    try:
        return before is not None and after is not None and decide_alike(before, after)
    except UndecidedError:
        return False


def _with_members_in_order(files: Mapping[PurePath, bytes], ruleset: Ruleset | None) -> Mapping[PurePath, bytes]:
    """Groups with their members in the order in which their input declares its values, else by the alphabet."""
    found = dict(files)
    if ruleset is None:
        return found
    for path, content in files.items():
        end = _lines_end(content)
        if end is None or path.as_posix().startswith("../"):
            continue
        source = read_source(path.as_posix(), content)
        edits = [edit for block in parse_page(source, Report()) for edit in _in_order(block, ruleset.inputs) if ruleset]
        if edits:
            changed = _edited(source, edits).replace("\n", end).encode("utf-8")
            tidy = (
                format_file(path.as_posix(), changed) if format_file(path.as_posix(), content) == content else changed
            )
            found[path] = tidy if isinstance(tidy, bytes) else changed
    return found


def _in_order(block: Block, inputs: Mapping[str, Input]) -> Iterator[Edit]:
    """The cells of a block of groups that are not in order."""
    if fold(block.word.text) != "groups" or block.header is None:
        return
    header = [fold(cell.text) for cell in block.header.cells]
    of, members = header.index("of"), header.index("members")
    for line in block.rows:
        declared = inputs.get(fold(line.texts[of]))
        words = [match.group().strip() for match in _WORD.finditer(line.texts[members])]
        known = {value: at for at, value in enumerate(declared.values)} if declared is not None else {}
        ordered = sorted(words, key=lambda word: (known.get(fold(unquoted(word)), len(known)), fold(unquoted(word))))
        if ordered != words and all(words):
            yield Edit(line.cell(members).span(block.file), ", ".join(ordered))


_WORD = re.compile(r'(?:"(?:[^"]|"")*"|[^,"])+')


def with_otherwise(
    files: Mapping[PurePath, bytes], table: str, outcomes: Sequence[str], *, holidays: HolidaySource | None = None
) -> Mapping[PurePath, bytes] | str:
    """Add a last row `otherwise` to a table, which decides what no row of it does.

    Args:
        files: As `load` takes them.
        table: As people write it.
        outcomes: A cell for each outcome, in the order of the columns; or one for all.
        holidays: As `load` takes it.

    Returns:
        The files; or why there is no such row.
    """
    for path, content in files.items():
        source = read_source(path.as_posix(), content)
        for block in parse_page(source, Report()):
            if fold(block.word.text) == "table" and fold(block.name.text) == fold(table) and block.rows:
                return _otherwise(files, path, block, outcomes, holidays)
    return f"there is no table called `{table}`"


def _otherwise(
    files: Mapping[PurePath, bytes],
    path: PurePath,
    block: Block,
    outcomes: Sequence[str],
    holidays: HolidaySource | None,
) -> Mapping[PurePath, bytes] | str:
    label = block.name.text
    header = [fold(cell.text) for cell in block.header.cells] if block.header is not None else []
    conditions = [at for at in range(block.divider or 0) if header[at] != "row"]
    said = [at for at in range(block.divider or 0, len(header)) if header[at] != FREE]
    if path.as_posix().startswith("../"):
        return f"the table `{label}` is in a file that other rulesets import, too: add the row there"
    if not conditions or any(fold(line.texts[conditions[0]]) == OTHERWISE for line in block.rows):
        return f"the table `{label}` has a row `otherwise`" if conditions else f"the table `{label}` asks for nothing"
    if len(outcomes) not in (1, len(said)):
        labels = " | ".join(block.header.texts[at] for at in said) if block.header is not None else ""
        return f"the table `{label}` has {len(said)} outcomes, and {len(outcomes)} are given: say `{label}={labels}`"
    cells = dict(zip(said, [*outcomes] if len(outcomes) > 1 else [*outcomes] * len(said), strict=True))
    cells[conditions[0]] = OTHERWISE
    if "row" in header:
        cells[header.index("row")] = _free_name({fold(line.texts[header.index("row")]) for line in block.rows})
    texts = [cells.get(at, "") for at in range(len(header))]
    row = f"| {' | '.join(texts[: block.divider])} || {' | '.join(texts[block.divider :])} |"
    changed = _behind(files[path], block.rows[-1].number, row)
    found = load({**files, path: changed}, holidays=holidays)
    worse = [
        one for one in found.diagnostics if one.is_error and one.primary is not None and row in _line(one, changed)
    ]
    if worse:
        return f"`{row}` cannot be the last row of the table `{label}`: {worse[0].message}"
    tidy = (
        format_file(path.as_posix(), changed) if format_file(path.as_posix(), files[path]) == files[path] else changed
    )
    return {**files, path: tidy if isinstance(tidy, bytes) else changed}


OTHERWISE = "otherwise"


def _free_name(taken: Collection[str]) -> str:
    return next(name for number in range(99, 10_000) if fold(name := f"R{number}") not in taken)


def _behind(content: bytes, number: int, row: str) -> bytes:
    """A file with a row behind one of its lines."""
    lines = content.decode("utf-8").split("\n")
    above = lines[number - 1]
    margin = above[: len(above) - len(above.lstrip())]
    end = "\r" if above.endswith("\r") else ""
    return "\n".join([*lines[:number], f"{margin}{row}{end}", *lines[number:]]).encode("utf-8")


def _line(diagnostic: Diagnostic, content: bytes) -> str:
    span = diagnostic.primary.span if diagnostic.primary is not None else None
    source = read_source("", content)
    return source.line(source.line_number(span.start)) if span is not None else ""


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
