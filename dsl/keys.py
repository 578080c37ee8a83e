"""unknown-account, unknown-site: keys that rows, groups and tests name, and that no customer or place has.

A column of text takes any word, so that a misspelt customer is one of its own, to whom nothing is ever charged. Where a
list of all customers is at hand, each word is looked up in it; that rests on nothing else that a ruleset says, and so it
is found beside errors too. Without a list nothing of it is told, and a comment that allows it is not called useless.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from dsl.allow import Allowed, silence
from dsl.cells import parse_listed
from dsl.diagnostics import Diagnostic, Label, Problem, Report, Severity
from dsl.parser import parse_page
from dsl.source import Span, read_sources
from dsl.suggest import nearest
from dsl.syntax import Block, Line, One
from engine.names import fold

_CODES = ("unknown-account", "unknown-site")
_ASKING = ("table", "taxes", "tests")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that customers and their places have.

    Attributes:
        accounts: The key of each account, and what it is called.
        sites: The keys of all sites; None where those are not known, and then none is looked up.
    """

    accounts: Mapping[str, str]
    sites: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    """A word of a cell, and where; `prefix`: it stands for all that begin with it."""

    text: str
    prefix: bool
    place: Span


class _Known:
    """The keys of one input, to be asked for words."""

    def __init__(self, of: str, names: Mapping[str, str]) -> None:
        self.of, self.keys = of, [*names]
        self._folded = {fold(key) for key in names}
        self._key_of = {fold(name): key for key, name in names.items()}

    def told(self, said: _Said) -> Diagnostic | None:
        """What is to be said of a word; None where some key is meant by it."""
        word = fold(said.text)
        if any(key.startswith(word) for key in self._folded) if said.prefix else word in self._folded:
            return None
        at = Label(said.place, "" if said.prefix else self._label(word))
        if said.prefix:
            mends: tuple[str, ...] = ()
            message = f"no {self.of} on the list begins with `{said.text}`"
        else:
            message = f"there is no {self.of} called `{said.text}` on the list"
            mends = (f"cells name {'an account' if self.of == 'account' else 'a site'} by its key",)
        if self.of == "account":
            return Diagnostic("unknown-account", Severity.WARNING, message, at, help=mends)
        return Diagnostic("unknown-site", Severity.WARNING, message, at, help=mends)

    def _label(self, word: str) -> str:
        key = self._key_of.get(word)
        if key is not None:
            return f"this is what `{key}` is called: write `{key}`"
        letters = set(word)
        alike = [key for key in self.keys if 3 * len(letters ^ set(fold(key))) <= 2 * len(letters)]
        near = nearest(word, alike)
        return f"did you mean `{near}`?" if near is not None else ""


def with_keys(
    found: Iterable[Diagnostic], files: Mapping[PurePath, bytes], keys: Keys
) -> tuple[tuple[Diagnostic, ...], tuple[Allowed, ...]]:
    """Add what a ruleset says of accounts and sites that are none to what else was found in it.

    Returns:
        All that was found, by its place; and what comments allow of what was added.
    """
    sources = read_sources(files)
    blocks = [block for source in sources.values() if source.bad is None for block in parse_page(source, Report())]
    known = [_Known("account", keys.accounts)]
    if keys.sites is not None:
        known.append(_Known("site", dict.fromkeys(keys.sites, "")))
    told = [one.told(said) for one in known for said in _words(blocks, one.of)]
    added, allowed = silence([one for one in told if one is not None], sources)
    together = Report()
    for diagnostic in (*found, *(one for one in added.diagnostics() if one.code in _CODES)):
        together.add(diagnostic)
    return together.diagnostics(), allowed


def _words(blocks: Sequence[Block], of: str) -> Iterator[_Said]:
    """What rows, tests and groups say of an input, but for names of groups."""
    groups = [(block, at, line) for block in blocks for at, line in _members(block, of)]
    names = {fold(line.texts[_column(block, "name")]) for block, _, line in groups}
    asking = [
        (block, at, line)
        for block in blocks
        if fold(block.word.text) in _ASKING and block.header is not None
        for at, cell in enumerate(block.header.cells[: block.divider])
        if fold(cell.text) == of
        for line in block.rows
        if not line.bad
    ]
    for block, at, line in (*groups, *asking):
        text = line.texts[at]
        tree = parse_listed("condition", text) if text not in ("", "-") else None
        for item in tree.items if tree is not None and not isinstance(tree, Problem) else ():
            if isinstance(item, One) and (item.prefix or fold(item.word.text) not in names):
                yield _Said(item.word.text, item.prefix, line.cell(at).part(block.file, item.word.at))


def _members(block: Block, of: str) -> Iterator[tuple[int, Line]]:
    """The rows of a block `groups` that group an input, each with the column of its members."""
    if fold(block.word.text) != "groups" or block.header is None:
        return
    columns = [fold(cell.text) for cell in block.header.cells]
    if {"name", "of", "members"} <= {*columns}:
        for line in block.rows:
            if not line.bad and fold(line.texts[columns.index("of")]) == of:
                yield columns.index("members"), line


def _column(block: Block, name: str) -> int:
    cells = block.header.cells if block.header is not None else ()
    return [fold(cell.text) for cell in cells].index(name)
