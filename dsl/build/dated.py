"""Names that return for other days: which rows are of one name, and on which days each of them holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise

from dsl.build.names import Names
from dsl.build.sheet import SheetRow, report_problem
from dsl.days import VALID, meet, read_row_days, written
from dsl.diagnostics import Label, Problem, Report
from dsl.source import Span
from engine.model import ALWAYS, DAY
from engine.names import fold
from engine.periods import Period

_LATER = "\n"
"""Parts the name of a thing and the number of its row in the keys of `flat`; no name holds it."""


def rows_by_day(
    rows: Iterable[SheetRow], column: str, what: str, valid: Period, report: Report
) -> dict[str, tuple[SheetRow, ...]]:
    """Rows by the folded name that they declare in `column`, those of one name in order of their days.

    Of two rows of one name without days the first counts. `what` are the things that are declared: `constants`.
    """
    names = Names(what, report)
    found: dict[str, list[SheetRow]] = {}
    for row in rows:
        name = row.text(column, "")
        if not name or row.bad:
            report.unsure.add(what)
        dated = row._replace(valid=_days(row, valid, report))
        before = found.get(fold(name), [])
        if before and (VALID in report.unsure or any(one.valid != ALWAYS for one in (dated, *before))):
            before.append(dated)
        elif name and names.declare(name, row.span(column)):
            found[fold(name)] = [dated]
    for those in found.values():
        those.sort(key=lambda row: row.valid)
        _report_overlaps(those, column, valid, report)
    return {name: tuple(those) for name, those in found.items()}


def _days(row: SheetRow, valid: Period, report: Report) -> Period:
    cell = row.cells.get(VALID)
    if cell is None or not cell.text:
        return ALWAYS
    found = read_row_days(cell.text, valid)
    if isinstance(found, Problem):
        report_problem(found, cell, row.file, report)
        report.unsure.add(VALID)
        return ALWAYS
    return found


def _report_overlaps(rows: Sequence[SheetRow], column: str, valid: Period, report: Report) -> None:
    if VALID in report.unsure:
        return
    for row, after in pairwise(rows):
        if meet(row.valid, after.valid):
            name = after.text(column, "")
            shared = max(row.valid.start, after.valid.start, valid.start)
            earlier = Label(_place(row, column), "and this one")
            mend = f"let the days of one end before those of the other begin: `{written(row.valid)}` holds on both ends"
            report.error(
                "overlapping-valid",
                f"two rows of `{name}` hold on one day",
                _place(after, column),
                label="this row",
                secondary=(earlier,),
                help=(mend,) if row.valid != ALWAYS else ("say under `valid` when each of them holds",),
                case=((DAY, shared.isoformat()),) if shared > date.min else (),
            )


def report_holes(rows: Sequence[SheetRow], column: str, within: Period | None, report: Report) -> None:
    """See that some row of a name holds on every day.

    Args:
        rows: Of one name, in order of their days.
        column: Where its name stands.
        within: The days; None for those from its first row to its last.
        report: Where the first day without a row is told.
    """
    if VALID in report.unsure:
        return
    days = within or Period(rows[0].valid.start, rows[-1].valid.end)
    reached = days.start
    for row in rows:
        if row.valid.start > reached:
            _report_hole(row, column, reached, report)
            return
        reached = max(reached, row.valid.end)
    if reached < days.end:
        _report_hole(rows[-1], column, reached, report)


def _report_hole(row: SheetRow, column: str, day: date, report: Report) -> None:
    name = row.text(column, "")
    if day == date.min:
        message = f"no row of `{name}` holds before {row.valid.start}, and the ruleset does"
        mends = [f"leave the beginning open: `..{written(row.valid).split('..')[1]}`"]
        mends.append("or say in `ruleset` from when on it is `valid`")
    else:
        message = f"no row of `{name}` holds on {day}"
        mends = ["let its rows meet: both ends count, as in `..2026-06-30` and `2026-07-01..`"]
    report.error("hole-in-valid", message, _place(row, column), help=mends)


def _place(row: SheetRow, column: str) -> Span:
    return row.span(VALID if VALID in row.cells else column)


def flat(rows: Mapping[str, Sequence[SheetRow]]) -> dict[str, SheetRow]:
    """Every row under a key of its own: the name for the first row of a name (`is_first`), else one that no name is."""
    return {
        name if not number else f"{name}{_LATER}{number}": row
        for name, those in rows.items()
        for number, row in enumerate(those)
    }


def is_first(key: str) -> bool:
    """Whether a key of `flat` is a name."""
    return _LATER not in key
