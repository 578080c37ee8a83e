"""Headings as they were meant: slips by which one block would look like two, or have another name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from dsl.build import calendars, heading, tables, taxes
from dsl.diagnostics import Report
from dsl.parser import WORDS
from dsl.source import Span
from dsl.syntax import Block, Cell, Setting
from engine.names import fold

NAMED = ("ruleset", "calendar", "table", "tests")
"""Blocks whose heading has a name."""
_SETTINGS: Mapping[str, Iterable[str]] = {
    "ruleset": heading.SETTINGS,
    "calendar": calendars.SETTINGS,
    "table": tables.SETTINGS,
    "taxes": taxes.SETTINGS,
}
"""What stands indented below a heading."""


def mended(blocks: Iterable[Block], report: Report) -> list[Block]:
    """The blocks of all files, each slip of a heading reported and turned back, so that nothing follows from it."""
    found: list[Block] = []
    for block in blocks:
        before = found[-1] if found else None
        if before is not None and _is_setting_of(before, block):
            mend = f"`  {block.word.text} {block.name.text}`"
            message = f"`{block.word.text}` is a setting of `{before.word.text}`, and is indented"
            report.error("syntax", message, block.heading, help=(mend,))
            line = Cell(f"{block.word.text} {block.name.text}", block.word.start)
            settings = (*before.settings, Setting(line, block.number), *block.settings)
            found[-1] = replace(before, settings=settings, header=block.header, divider=block.divider, rows=block.rows)
        else:
            found.append(_without_colon(block, report))
    return found


def _is_setting_of(before: Block, block: Block) -> bool:
    known = [key.split()[0] for key in _SETTINGS.get(fold(before.word.text), ())]
    return before.file == block.file and before.header is None and fold(block.word.text) in known


def _without_colon(block: Block, report: Report) -> Block:
    """A heading without the `:` that other languages end it with."""
    word = fold(block.word.text)
    last = block.name if word in WORDS else block.word
    if not last.text.endswith(":") or (last is block.word and word[:-1] not in WORDS):
        return block
    at = last.start + len(last.text) - 1
    plain = last._replace(text=last.text[:-1].rstrip())
    mend = f"`{block.word.text} {plain.text}`" if last is block.name else f"`{plain.text}`"
    report.error("syntax", "a heading ends without `:`", Span(block.file, at, at + 1), help=(mend,))
    return replace(block, name=plain) if last is block.name else replace(block, word=plain)
