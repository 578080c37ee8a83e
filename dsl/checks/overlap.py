"""overlap: two rows fit the same case where the hit policy allows no two, or none that say different things.

Exact over the declared domain.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, islice

from dsl.checks.remainder import leaving
from dsl.checks.sheets import Sheet, within_limit
from dsl.diagnostics import Label, Report
from engine.analysis import Overlap, overlaps
from engine.model import Hit
from engine.touched import How

_MOST_TOLD = 20
_FIRST = "write `hit first`: the first row that fits decides"


def check_overlap(sheet: Sheet, report: Report) -> None:
    """Rows of `hit unique` do not meet, those of `hit any` only where they say the same; `otherwise` meets none."""
    if sheet.hit not in (Hit.UNIQUE, Hit.ANY):
        return
    question, mend = f"whether rows of {sheet.what} overlap", "write `hit first`, where the first row that fits decides"
    found: list[Overlap] = []
    with within_limit(sheet, report, code="undecided-case", question=question, mend=mend):
        says = sheet.says if sheet.hit is Hit.ANY else ()
        found.extend(islice(overlaps(sheet.space, sheet.named, says=says), _MOST_TOLD))
    for first, group in groupby(found, key=lambda overlap: overlap.first):
        _report(sheet, first, list(group), report)


def _report(sheet: Sheet, first: int, others: Sequence[Overlap], report: Report) -> None:
    names = ", ".join(f"`{sheet.rows[overlap.second].name}`" for overlap in others)
    message = f"{sheet.what} says `hit {sheet.hit}`, but row `{sheet.rows[first].name}` overlaps {names}"
    if sheet.hit is Hit.ANY:
        message += " and says something else"
    report.error(
        "overlap",
        message,
        sheet.places[first],
        label="this row",
        secondary=[Label(sheet.places[overlap.second], "and this one") for overlap in others],
        help=(leaving(sheet, first, others[0].second), f"or {_FIRST}"),
        case=sheet.case(others[0].case),
        concern=sheet.concern(How.FIT, *((first, one.second) for one in others)),
    )
