"""The setting `import`: files that a ruleset shares with others, beside its folder in the bundle.

Paths are said from the folder of the file that says them, and kept from the ruleset's folder: `../shared/bands.rules`
is the file `bands.rules` of the folder `shared` beside it. Nothing is opened here: whoever loads a ruleset brings the
files along (`tarifa.bundles`), and this sees that they are there, once each, and none from outside of the bundle.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from dsl.build.sheet import setting_value
from dsl.cells import unquoted
from dsl.diagnostics import Label, Report
from dsl.parser import WORDS, parse_page
from dsl.source import Span, read_source
from dsl.suggest import nearest
from dsl.syntax import Block, Setting
from engine.names import fold

IMPORT = "import"
UP = "../"
"""Begins the path of every file that is not in the ruleset's own folder."""
_SAID = re.compile(rb"(?:^|[\r\n])[^\S\r\n]+import\s", re.IGNORECASE)
_ONE = re.compile(r'"(?:[^"]|"")*"|[^,]+')


class Import(NamedTuple):
    """A file that another one names: the path as written, and from the ruleset's folder; None for one outside."""

    by: str
    written: str
    file: str | None
    place: Span


def path_in_bundle(path: str, by: str = "") -> str | None:
    """A path of a rules file from the ruleset's folder; None where it leaves the bundle, or is none.

    Args:
        path: As written, with `/`.
        by: The file that says it, from the ruleset's folder; blank where the path is said from that folder.
    """
    if not path.endswith(".rules") or path.startswith("/") or any(sign in path for sign in "\\\0"):
        return None
    found = posixpath.normpath(posixpath.join(posixpath.dirname(by), path))
    return None if found.removeprefix(UP).startswith(UP) else found


def imported_by(file: str, content: bytes) -> tuple[str, ...]:
    """The files that one names, from the ruleset's folder, as far as that can be read."""
    if _SAID.search(content) is None:  # as in nearly all files, which so are not parsed for it
        return ()
    blocks = parse_page(read_source(file, content), Report())
    return tuple(one.file for one in _imports(blocks) if one.file is not None)


def check_imports(blocks: Sequence[Block], files: Iterable[str], report: Report) -> list[Block]:
    """Report files that are not there, not in the bundle, named twice, or that import each other in a circle.

    Returns:
        The blocks but for those that are there to import only: a shared file may have a block `ruleset` for it.
    """
    files = list(files)
    before = report.errors
    _report_alike(files, report)
    imports = list(_imports(blocks))
    seen: dict[tuple[str, str], Import] = {}
    for one in imports:
        if one.file is None:
            message = f"`{one.written}` is no rules file of this bundle"
            mend = "write a path with `/` to a file beside the ruleset's folder: `../shared/bands.rules`"
            report.error("outside-bundle", message, one.place, help=(mend,))
        elif (one.by, one.file) in seen:
            first = Label(seen[one.by, one.file].place, "named here first")
            message = f"`{one.written}` is imported twice"
            report.error("duplicate-name", message, one.place, secondary=(first,), help=("leave one of the two",))
        elif one.file not in files:
            _report_missing(one, one.file, files, report)
        if one.file is not None:
            seen.setdefault((one.by, one.file), one)
    named = {one.file for one in imports}
    alike = {fold(one.file) for one in imports if one.file is not None}
    for file in files:
        if file.startswith(UP) and fold(file) not in alike:
            message = f"no file imports `{file}`, which is not in the ruleset's folder"
            mend = f"add to `ruleset` the setting `{IMPORT} {file}`, or leave the file out"
            report.error("unknown-file", message, Span(file, 0, 1), help=(mend,))
    _report_circles(imports, report)
    if report.errors > before:
        report.unsure |= {*WORDS}  # what is missing may have declared anything
    return [block for block in blocks if not (block.file in named and _only_imports(block))]


def _imports(blocks: Iterable[Block]) -> Iterator[Import]:
    for block in blocks:
        if fold(block.word.text) != "ruleset":
            continue
        for cell in [setting_value(one.line, 1) for one in block.settings if _key(one) == IMPORT]:
            for match in _ONE.finditer(cell.text):
                text = match[0].strip()
                start = match.start() + match[0].index(text)
                path = unquoted(text)
                if path:
                    place = cell.part(block.file, (start, start + len(text)))
                    yield Import(block.file, path, path_in_bundle(path, block.file), place)


def _only_imports(block: Block) -> bool:
    keys = {_key(setting) for setting in block.settings}
    return fold(block.word.text) == "ruleset" and keys == {IMPORT}


def _key(setting: Setting) -> str:
    return fold(setting.line.text.split()[0])


def _report_alike(files: Sequence[str], report: Report) -> None:
    """Files that some systems cannot tell apart."""
    known: dict[str, str] = {}
    for file in files:
        other = known.setdefault(fold(file), file)
        if other != file:
            message = f"there are two files called `{file}`: the other is `{other}`"
            mend = "case and Unicode form do not tell files apart everywhere: rename one"
            report.error("duplicate-name", message, Span(file, 0, 1), help=(mend,))


def _report_missing(one: Import, file: str, files: Sequence[str], report: Report) -> None:
    alike = next((other for other in files if fold(other) == fold(file)), None)
    near = alike or nearest(file, [other for other in files if not other.startswith(UP) and other != one.by])
    label = f"did you mean `{posixpath.relpath(near, posixpath.dirname(one.by) or '.')}`?" if near else ""
    mends = ("paths are said from the folder of this file, with upper and lower case as the file has it",)
    report.error("unknown-file", f"there is no file `{one.written}`", one.place, label=label, help=mends)


def _report_circles(imports: Sequence[Import], report: Report) -> None:
    """Each circle is told once, at its first file."""
    edges = [one for one in imports if one.file is not None]
    while True:
        graph: dict[str, set[str]] = {}
        for one in edges:
            graph.setdefault(one.by, set()).add(one.file or "")
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle = {str(file) for file in error.args[1]}
            around = sorted((one for one in edges if one.by in circle and one.file in circle), key=lambda one: one.by)
            first, *others = around
            report.error(
                "circular-import",
                f"`{first.by}` imports itself" + (f", by way of `{first.file}`" if others else ""),
                first.place,
                secondary=[Label(one.place, f"`{one.by}` imports `{one.file}`") for one in others],
                help=("leave one of these imports out: what one file imports, all files of the ruleset have",),
            )
            edges = [one for one in edges if one not in around]
        else:
            return
