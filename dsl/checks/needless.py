"""useless-condition, useless-column, redundant-row, joinable-rows, masked-in-part: rows that could be simpler, exactly.

None of them changes a price. A row that is told as one of these is not told as another.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from itertools import islice

from dsl.checks.dead_row import never_used
from dsl.checks.sheets import Sheet, within_limit
from dsl.diagnostics import Diagnostic, Edit, Label, Report, Severity
from engine.contraction import (
    Joinable,
    crossing_rows,
    idle_columns,
    joinable_rows,
    needless_conditions,
    redundant_rows,
    useless_columns,
)
from engine.model import ANY, Hit, TaxRow
from engine.touched import How

_MOST_TOLD = 20
_IN_ORDER = (Hit.FIRST, Hit.UNIQUE, Hit.ANY)
_PART = "part the table in two"


def check_columns(sheet: Sheet, report: Report) -> None:
    """Every column of conditions tells some cases apart, and no cell says in many words what `-` says."""
    if len(sheet.inputs) < 2 or len(sheet.rows) < 2:
        return
    useless: set[int] = set()
    question = f"which columns of {sheet.what} matter"
    with within_limit(sheet, report, code="unfinished-search", question=question, mend=_PART):
        found = (
            useless_columns(sheet.space, sheet.says) if sheet.hit in _IN_ORDER else sorted(idle_columns(sheet.space))
        )
        for column in found:
            useless.add(column)
            if _only_dead_rows_ask(sheet, column):
                continue  # they are told, and with them mended the column may matter
            label = sheet.inputs[column].label
            message = f"the column `{label}` of {sheet.what} changes nothing: without it, every case is decided alike"
            place = Label(sheet.header(column), "this column")
            mends = ("take the column out",)
            concern = sheet.concern(How.ASKED)
            report.add(Diagnostic("useless-column", Severity.WARNING, message, place, help=mends, concern=concern))
    _check_cells(sheet, useless, report)


def _check_cells(sheet: Sheet, useless: Collection[int], report: Report) -> None:
    """The cells that say in many words what `-` says, but those of a useless column, or of a row that is never used."""
    with within_limit(
        sheet, report, code="unfinished-search", question=f"which rows of {sheet.what} are never used", mend=_PART
    ):
        cells = [one for one in needless_conditions(sheet.space) if one[1] not in useless]
        unused = never_used(sheet, {row for row, _ in cells})
        _report_cells(sheet, [one for one in cells if one[0] not in unused][:_MOST_TOLD], report)


def _report_cells(sheet: Sheet, cells: Sequence[tuple[int, int]], report: Report) -> None:
    for row, column in cells:
        label, text = sheet.inputs[column].label, sheet.text(row, column)
        message = f"`{text}` holds for every {label}, in row `{sheet.rows[row].name}` of {sheet.what}"
        place = Label(sheet.place(row, column), "this is `-`")
        fix = (Edit(place.span, "-"),)
        report.add(
            Diagnostic(
                "useless-condition",
                Severity.WARNING,
                message,
                place,
                help=("write `-`",),
                fix=fix,
                concern=sheet.concern(How.DECIDED, [row]),
            )
        )


def check_rows(sheet: Sheet, report: Report) -> None:
    """No row says what the rows below it say anyhow, no two rows could be one, and none crosses another by accident."""
    told: set[int] = set()
    if sheet.hit is Hit.FIRST:
        told |= _check_redundant(sheet, report)
    compounds = any(isinstance(row, TaxRow) and row.compound for row in sheet.rows)  # taxes on those above them
    if sheet.hit in (*_IN_ORDER, Hit.SUM, Hit.COUNT, None) and not compounds:
        told |= _check_joinable(sheet, told, report)
    if sheet.hit is Hit.FIRST:
        _check_crossing(sheet, report)


def _check_redundant(sheet: Sheet, report: Report) -> set[int]:
    told: set[int] = set()
    question = f"which rows of {sheet.what} say what those below them say"
    with within_limit(sheet, report, code="unfinished-search", question=question, mend=_PART):
        for one in islice(redundant_rows(sheet.space, sheet.says), _MOST_TOLD):
            told.add(one.row)
            name, then = sheet.rows[one.row].name, sheet.rows[one.then].name
            message = f"row `{name}` of {sheet.what} changes nothing: without it, its cases are decided alike below"
            report.add(
                Diagnostic(
                    "redundant-row",
                    Severity.WARNING,
                    message,
                    Label(sheet.places[one.row], "this row"),
                    (Label(sheet.places[one.then], "says the same"),),
                    (f"take row `{name}` out: row `{then}` decides in its place",),
                    sheet.case(one.case),
                    concern=sheet.concern(How.DECIDED, [one.row]),
                )
            )
    return told


def _check_joinable(sheet: Sheet, but: set[int], report: Report) -> set[int]:
    told: set[int] = set()
    question = f"which rows of {sheet.what} could be one"
    every = sheet.hit in (Hit.SUM, Hit.COUNT, None)
    with within_limit(sheet, report, code="unfinished-search", question=question, mend=_PART):
        found = joinable_rows(sheet.space, sheet.says, ordered=sheet.hit is Hit.FIRST, disjoint=every)
        for one in islice(found, _MOST_TOLD):
            if but & set(one.rows) or never_used(sheet, one.rows):
                continue
            told.update(one.rows)
            kept, *others = one.rows
            axis = sheet.space.axes[one.column]
            cell = "-" if _is_all(sheet, one.rows, one.column) else sheet.cell(one.condition, one.column)
            message = f"{sheet.listed(one.rows)} of {sheet.what} could be one: they differ in `{axis.of.label}` alone"
            mend = (
                f"under `{axis.of.label}` of row `{sheet.rows[kept].name}`, write `{cell}`, and take"
                f" {sheet.listed(others)} out"
            )
            report.add(
                Diagnostic(
                    "joinable-rows",
                    Severity.WARNING,
                    message,
                    Label(sheet.places[kept], "this row"),
                    tuple(Label(sheet.places[row], "and this one") for row in others),
                    (mend,),
                    fix=_join(sheet, one, cell) if sheet.hit in _IN_ORDER else (),
                    concern=sheet.concern(How.DECIDED, one.rows),
                )
            )
    return told


def _join(sheet: Sheet, one: Joinable, cell: str) -> tuple[Edit, ...]:
    """One row in place of several; none where what is written beside them differs."""
    if len({sheet.notes(row) for row in one.rows}) > 1:
        return ()
    kept, *others = one.rows
    return (Edit(sheet.place(kept, one.column), cell), *(Edit(sheet.places[row], None) for row in others))


def _is_all(sheet: Sheet, rows: tuple[int, ...], column: int) -> bool:
    """Whether some rows hold for every value of an input between them."""
    axis = sheet.space.axes[column]
    classes = {k for row in rows for k in axis.reach(sheet.space.conditions[row][column]).classes()}
    return len(classes) == len(axis.rows)


def _only_dead_rows_ask(sheet: Sheet, column: int) -> bool:
    """Whether some rows look at a column, and no request comes to any of them."""
    asking = [at for at, row in enumerate(sheet.space.conditions) if row[column] != ANY]
    return sheet.hit in _IN_ORDER and bool(asking) and all(_is_dead(sheet, row) for row in asking)


def _is_dead(sheet: Sheet, row: int) -> bool:
    return sheet.space.covered_by(sheet.space.box(row), (1 << row) - 1).point is None


def _check_crossing(sheet: Sheet, report: Report) -> None:
    question = f"which rows of {sheet.what} cross each other"
    with within_limit(sheet, report, code="unfinished-search", question=question, mend=_PART):
        crossing = crossing_rows(sheet.space, sheet.says, sheet.named)
        used = cache(lambda row: not never_used(sheet, (row,)))  # a row crosses many
        for one in islice((one for one in crossing if used(one.first) and used(one.second)), _MOST_TOLD):
            first, second = sheet.rows[one.first].name, sheet.rows[one.second].name
            message = (
                f"rows `{first}` and `{second}` of {sheet.what} cross: both fit some cases, say different things,"
                " and neither is the exception to the other"
            )
            asked = [
                of.label for of, c in zip(sheet.inputs, sheet.space.conditions[one.first], strict=True) if c != ANY
            ]
            report.add(
                Diagnostic(
                    "masked-in-part",
                    Severity.WARNING,
                    message,
                    Label(sheet.places[one.second], "some of its cases are decided above"),
                    (Label(sheet.places[one.first], "by this row"),),
                    (
                        f"let the values that they ask for under `{'`, `'.join(asked)}` not overlap, or one row's lie all within the other's",
                    ),
                    sheet.case(one.case),
                    concern=sheet.concern(How.FIT, [one.first, one.second]),
                )
            )
