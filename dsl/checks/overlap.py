"""overlap: two rows fit the same case where the hit policy allows no two, or none that say different things.

Exact over the declared domain.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from dsl.build.tables import BuiltTable
from dsl.checks.cases import written
from dsl.diagnostics import Label, Report
from dsl.document import Document
from engine.analysis import Overlap, Undecided, find_overlaps
from engine.model import ANY, Condition, Hit, Input, InputType, Row

_MOST_ALIKE = 20_000
"""Pairs of rows of `hit any` that may fit the same case and say the same."""
_MOST_TOLD = 20
_NO_WORDS = ("none", "any", "any other")


def check_overlaps(document: Document, report: Report) -> None:
    """Rows of `hit unique` do not meet, those of `hit any` only where they say the same; `otherwise` meets none."""
    for built in document.tables.values():
        if built.complete and built.table.hit in (Hit.UNIQUE, Hit.ANY):
            _check(built, document, report)


def _check(built: BuiltTable, document: Document, report: Report) -> None:
    table = built.table
    rows = [row for row in table.rows if not row.catch_all]
    inputs = [document.inputs[name] for name in table.inputs]
    conditions = [row.conditions for row in rows]
    overlaps = _overlaps(table.hit, rows, inputs)
    if isinstance(overlaps, Undecided):
        message = f"whether rows of the table `{table.label}` overlap could not be found out within the limit"
        help_ = "write `hit first`, where the first row that fits decides, or part the table in two"
        report.error("overlap", message, built.heading, help=(help_,))
        return
    for first, group in groupby(overlaps, key=lambda overlap: overlap.first):
        others = list(group)
        names = ", ".join(f"`{rows[overlap.second].name}`" for overlap in others)
        message = f"the table `{table.label}` says `hit {table.hit}`, but row `{rows[first].name}` overlaps {names}"
        if table.hit is Hit.ANY:
            message += " and says something else"
        case = written(others[0].case, conditions, built.spellings, document.heading.currencies)
        overlaps_with = others[0].second
        report.error(
            "overlap",
            message,
            built.rows[first],
            label="this row",
            secondary=[Label(built.rows[overlap.second], "and this one") for overlap in others],
            help=(
                _mend(rows[overlaps_with].name, conditions[overlaps_with], conditions[first], case, inputs),
                "or write `hit first`: the first row that fits decides",
            ),
            case=case,
        )


def _overlaps(hit: Hit, rows: Sequence[Row], inputs: Sequence[Input]) -> Sequence[Overlap] | Undecided:
    conditions = [row.conditions for row in rows]
    if hit is Hit.UNIQUE:
        return find_overlaps(conditions, inputs)
    found = find_overlaps(conditions, inputs, at_most=_MOST_ALIKE)
    if isinstance(found, Undecided):
        return found
    differing = [one for one in found if rows[one.first].outcomes != rows[one.second].outcomes]
    return Undecided(len(found)) if len(found) == _MOST_ALIKE and not differing else differing[:_MOST_TOLD]


def _mend(
    name: str,
    other: Sequence[Condition],
    first: Sequence[Condition],
    case: Sequence[tuple[str, str]],
    inputs: Sequence[Input],
) -> str:
    """How the other row leaves the shared case to the first: by a word that the first one asks for."""
    for of, mine, theirs, (label, value) in zip(inputs, first, other, case, strict=True):
        if mine not in (ANY, theirs) and of.type in (InputType.CHOICE, InputType.TEXT) and value not in _NO_WORDS:
            return f"let row `{name}` leave this case to the other: under `{label}`, write `not {value}`"
    return "let one of them exclude the other's case"
