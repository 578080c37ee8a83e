"""Names that a ruleset declares: who has which, and which of them formulas can write."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from dsl.build.sheet import SheetRow
from dsl.diagnostics import Label, Report
from dsl.source import Span
from dsl.syntax import Cell
from engine.names import fold

WORDS = frozenset(
    [
        "if",
        "min",
        "max",
        "round",
        "not",
        "none",
        "otherwise",
        "inherit",
        "hold",
        "all",
        "yes",
        "no",
        "h",
        "hour",
        "hours",
        "minute",
        "minutes",
        "request",
        "requests",
        "cycle",
        "cycles",
    ]
) | {"round up"}
"""Words of cells, which a name that formulas write cannot be."""
_JOINERS = "\u200c\u200d"


class Names:
    """The names of one kind of thing, each with the place that declares it."""

    def __init__(self, what: str, report: Report) -> None:
        self._what = what
        self._report = report
        self._places: dict[str, Span] = {}

    def declare(self, name: str, span: Span) -> bool:
        """Note a name. False, and a report, where the same name is declared already."""
        folded = fold(name)
        if folded in self._places:
            other = Label(self._places[folded], "declared here first")
            message = f"there are two {self._what} called `{name}`"
            help_text = "case, blanks and Unicode form do not tell two names apart: rename one"
            if self._what == "pricing":
                message, help_text = f"the hook `{name}` is bound twice", "leave one of the two"
            self._report.error("duplicate-name", message, span, secondary=(other,), help=(help_text,))
            return False
        self._places[folded] = span
        return True


def rows_by_name(rows: Iterable[SheetRow], column: str, what: str, report: Report) -> dict[str, SheetRow]:
    """Rows by the folded name that they declare in `column`; of two with one name, the first counts.

    `what` are the things that are declared: `constants`, `plans`, `top-ups`.
    """
    names = Names(what, report)
    found: dict[str, SheetRow] = {}
    for row in rows:
        name = row.text(column, "")
        if not name or row.bad:
            report.unsure.add(what)
        if name and names.declare(name, row.span(column)):
            found[fold(name)] = row
    return found


def formulas_can_name(cell: Cell, file: str, report: Report) -> bool:
    """Whether a name is one that formulas can write; reported where it is not."""
    if "\N{REPLACEMENT CHARACTER}" in cell.text:  # bad text, and told as such
        return False
    for offset, char in enumerate(cell.text):
        letter = unicodedata.category(char)[0] in "LM" or char in _JOINERS
        is_minus = offset > 0 and char == "-" and cell.text[offset - 1].isspace()
        held = char.isspace() or char in "-'&" or unicodedata.category(char) == "Nd"
        if letter or (offset and held and not is_minus):
            continue
        message = f"formulas could not write the name `{cell.text}`"
        mend = (
            "a `-` behind a blank is a minus: leave the blank out"
            if is_minus
            else "a name starts with a letter and holds letters, digits, blanks, `-`, `'` and `&`"
        )
        report.error("syntax", message, cell.part(file, (offset, offset + 1)), help=(mend,))
        return False
    return True
