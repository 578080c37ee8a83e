"""similar-value: a text that is nearly the name of a group, or nearly what several other rows say.

A column of text takes any word, so that a slip in a group's name, or in a customer's, is a value of its own that no
request has. One slip is told: a letter left out, too many, another one, or two turned round. Words that differ in a
figure are left alone: places and customers are numbered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dsl.cells import parse_listed
from dsl.diagnostics import Diagnostic, Label, Problem, Report, Severity
from dsl.document import Document
from dsl.source import Span
from dsl.suggest import is_one_slip
from dsl.syntax import At, Block, Line, One
from engine.model import InputType
from engine.names import fold

LEAST = 5
"""Letters of a word from which on one slip is told: short names are alike by nature."""
OFTEN = 2
"""Rows that say a word, from which on another that is said once is taken for a slip."""
_MOST_TOLD = 20
_NO_FIGURE = re.compile(r"\D+")


@dataclass(slots=True)
class _Words:
    """The words of one input's columns: how they are written, how often, and where each stands first."""

    written: dict[str, str] = field(default_factory=dict)
    count: dict[str, int] = field(default_factory=dict)
    first: dict[str, tuple[Block, Line, int, At]] = field(default_factory=dict)

    def place(self, word: str) -> Span:
        """Where a word stands first; looked for once it is told, because of thousands hardly one is."""
        block, line, column, at = self.first[word]
        return line.cell(column).part(block.file, at)


def check_similar(document: Document, report: Report) -> None:
    """No text is one slip away from a group, or from what other rows say."""
    told = 0
    groups = _groups(document)
    for name, words in _words(document).items():
        label, of_groups = document.inputs[name].label, groups.get(name, {})
        often = {word: words.written[word] for word, count in words.count.items() if count >= OFTEN}
        for found, near in _near(words, {**often, **of_groups}):
            written = words.written[found]
            if near in of_groups:
                message = f"`{written}` is a text here, and nearly the name of the group `{of_groups[near]}`"
                spelling = of_groups[near]
            else:
                spelling = often[near]
                message = f"one row says `{written}` under `{label}`, and {words.count[near]} say `{spelling}`"
            place = Label(words.place(found), f"did you mean `{spelling}`?")
            mends = (f"if `{written}` is another one, say so above the row: `# allow similar-value: ...`",)
            if told < _MOST_TOLD:
                told += 1
                report.add(Diagnostic("similar-value", Severity.WARNING, message, place, help=mends))


def _groups(document: Document) -> Mapping[str, Mapping[str, str]]:
    """The names of groups by their input, each by its folded form."""
    found: dict[str, dict[str, str]] = {}
    for block in document.blocks:
        if fold(block.word.text) == "groups" and block.header is not None:
            columns = [fold(cell.text) for cell in block.header.cells]
            for line in block.rows:
                if not line.bad:
                    name = line.texts[columns.index("name")]
                    found.setdefault(fold(line.texts[columns.index("of")]), {})[fold(name)] = name
    return found


def _words(document: Document) -> Mapping[str, _Words]:
    """What rows of tables and taxes say of each input that is a text; groups are no words of it."""
    groups = _groups(document)
    found: dict[str, _Words] = {}
    for block in document.blocks:
        if fold(block.word.text) not in ("table", "taxes") or block.header is None:
            continue
        for at, cell in enumerate(block.header.cells[: block.divider]):
            of = document.inputs.get(fold(cell.text))
            if of is None or of.type is not InputType.TEXT:
                continue
            words, own = found.setdefault(of.name, _Words()), groups.get(of.name, {})
            for text, lines in _by_text(block, at).items():
                tree = parse_listed("condition", text)
                for item in tree.items if not isinstance(tree, Problem) else ():
                    if isinstance(item, One) and not item.prefix and (word := fold(item.word.text)) not in own:
                        words.count[word] = words.count.get(word, 0) + len(lines)
                        if word not in words.first:
                            words.written[word] = item.word.text
                            words.first[word] = (block, lines[0], at, item.word.at)
    return found


def _by_text(block: Block, at: int) -> Mapping[str, Sequence[Line]]:
    """The rows of a block by what they say in a column, in the order of the first of each; without those that say any."""
    found: dict[str, list[Line]] = {}
    for line in block.rows:
        if not line.bad:
            found.setdefault(line.texts[at], []).append(line)
    return {text: lines for text, lines in found.items() if text not in ("", "-")}


def _near(words: _Words, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Words that are said once, each with a name that it is one slip away from.

    Two words that one slip parts are alike once a letter is left out of one of them, or of both: so each is looked up
    by what it is without a letter, and not compared with all the others. Words of other figures are never met.
    """
    without: dict[tuple[str, str], list[str]] = {}
    for name in names:
        figures = _NO_FIGURE.sub("", name)
        for part in _shortened(name):
            without.setdefault((figures, part), []).append(name)
    for word, count in words.count.items():
        if count >= OFTEN or len(word) < LEAST:
            continue
        figures = _NO_FIGURE.sub("", word)
        near = {name: None for part in _shortened(word) for name in without.get((figures, part), ())}
        found = next((name for name in near if is_one_slip(word, name)), None)
        if found is not None:
            yield word, found


def _shortened(word: str) -> set[str]:
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}
