"""dead-row and outside-domain: a row that no request comes to, because others take its cases, or because it has none.

Exact over the declared domain, also where several rows hide one only together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from dsl.checks.sheets import Sheet, inherits, within_limit
from dsl.diagnostics import Diagnostic, Edit, Label, Report, Severity
from engine.analysis import Dead, dead_row, dead_rows, impossible
from engine.matching import rows_of
from engine.model import Hit, Row
from engine.touched import How

_MOST_TOLD = 20
_IN_ORDER = (Hit.FIRST, Hit.UNIQUE, Hit.ANY)


def check_dead_rows(sheet: Sheet, report: Report) -> None:
    """Every row decides some case."""
    _check_outside(sheet, report)
    question, mend = f"which rows of {sheet.what} are never used", "part the table in two"
    with within_limit(sheet, report, code="unfinished-search", question=question, mend=mend):
        for told, dead in enumerate(_dead(sheet)):
            if told == _MOST_TOLD:
                break
            _report(sheet, dead, report)
        if sheet.hit is Hit.MERGE:
            _check_silent(sheet, report)


def never_used(sheet: Sheet, rows: Collection[int]) -> set[int]:
    """Those of some rows that are told to be never used, so that little else need be said of them.

    Raises:
        UndecidedError: that was not found out within the limit.
    """
    found = set(impossible(sheet.space, rows))
    if sheet.hit is Hit.MERGE:
        found |= {dead.row for dead in _dead_of_merge(sheet, rows)}
    elif sheet.hit in _IN_ORDER:
        found |= {row for row in rows if dead_row(sheet.space, row, (1 << row) - 1) is not None}
    return found


def _dead(sheet: Sheet) -> Iterator[Dead]:
    space = sheet.space
    if sheet.hit is Hit.MERGE:
        yield from _dead_of_merge(sheet, range(len(sheet.rows)))
        return
    if sheet.hit in _IN_ORDER:
        yield from dead_rows(space, sheet.named)
    for last in rows_of(sheet.catch_alls):
        dead = dead_row(space, last, (1 << last) - 1)
        if dead is not None:
            yield dead


def _dead_of_merge(sheet: Sheet, among: Iterable[int]) -> Iterator[Dead]:
    """Rows of `among` none of whose outcomes is ever taken: rows before them say it in all of their cases."""
    rows = [row for row in sheet.rows if isinstance(row, Row)]
    for at in among:
        row = rows[at]
        said = [(o, a) for o, cells in enumerate(row.outcomes) for a in range(len(cells)) if not inherits(row, o, a)]
        found: list[Dead] = []
        for outcome, column in said:
            before = [r for r in range(at) if row.catch_all or not inherits(rows[r], outcome, column)]
            dead = dead_row(sheet.space, at, sum(1 << r for r in before))
            if dead is None:
                break
            found.append(dead)
        if found and len(found) == len(said):
            behind = sorted({one for dead in found for one in dead.behind})
            yield Dead(at, tuple(behind), found[0].case)


def _report(sheet: Sheet, dead: Dead, report: Report) -> None:
    name = sheet.rows[dead.row].name
    together = " together" if len(dead.behind) > 1 else ""
    fit = "fit" if together else "fits"
    last = sheet.rows[dead.row].catch_all
    all_of_it = "every case" if last else "all of its cases"
    message = f"row `{name}` of {sheet.what} is never used: {sheet.listed(dead.behind)}{together} {fit} {all_of_it}"
    if last:
        mends = ["take it out: a value that is added to an input later is then told as a gap"]
    elif sheet.hit is Hit.FIRST or sheet.hit is Hit.MERGE:
        above = sheet.rows[min(dead.behind)].name
        mends = [f"take it out; or, if it is the exception, move it above row `{above}`"]
    else:
        mends = ["take it out"]
    report.add(
        Diagnostic(
            "dead-row",
            Severity.WARNING,
            message,
            Label(sheet.places[dead.row], "no request comes to this row"),
            tuple(Label(sheet.places[row], "decides its cases") for row in dead.behind[:8]),
            tuple(mends),
            sheet.case(dead.case),
            (Edit(sheet.places[dead.row], None),),
            sheet.concern(How.FIT, [dead.row]),
        )
    )


def _check_silent(sheet: Sheet, report: Report) -> None:
    """A row of `hit merge` that inherits everything says nothing."""
    for at, (row, place) in enumerate(zip(sheet.rows, sheet.places, strict=True)):
        if isinstance(row, Row) and all(
            inherits(row, o, a) for o, cells in enumerate(row.outcomes) for a in range(len(cells))
        ):
            message = f"row `{row.name}` of {sheet.what} says nothing: all of its outcomes are `inherit`"
            mends = ("write a value in place of one `inherit`, or take the row out",)
            concern = sheet.concern(How.FIT, [at])
            report.add(Diagnostic("dead-row", Severity.WARNING, message, Label(place), help=mends, concern=concern))


def _check_outside(sheet: Sheet, report: Report) -> None:
    for told, (row, column) in enumerate(impossible(sheet.space, range(len(sheet.rows))).items()):
        if told == _MOST_TOLD:
            break
        of = sheet.inputs[column]
        message = f"row `{sheet.rows[row].name}` of {sheet.what} is never used: `{of.label}` is never "
        message += f"`{sheet.text(row, column)}`"
        mends = ["take the row out, or let its cell name a value that can be"]
        if of.values:
            mends.append(f"the values of `{of.label}` are declared in `inputs`")
        elif of.domain is not None and (of.domain.low or of.domain.high is not None):
            domain = sheet.domain(column)
            mends.append(f"`inputs` declares `{domain}` for `{of.label}`: change that, if it can be more")
        place = Label(sheet.place(row, column), "no value is like this")
        concern = sheet.concern(How.FIT, [row])
        report.add(Diagnostic("outside-domain", Severity.WARNING, message, place, help=tuple(mends), concern=concern))
