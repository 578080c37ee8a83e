"""gap: a case that no row decides. Exact over the declared domain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dsl.checks.sheets import Sheet, inherits, within_limit
from dsl.diagnostics import Report
from dsl.document import Document
from engine.analysis import Point, Space
from engine.matching import rows_of
from engine.model import ANY, Condition, Hit, Row
from engine.touched import How

_NO_INHERIT = "add a last row that fits always, with `-` under each condition, and a value where others say `inherit`"
_CATCH_ALL = "add a last row that says `otherwise` in its first condition, with `-` where nothing is charged"


def check_gap(sheet: Sheet, report: Report) -> None:
    """Tables and taxes decide every case; where all rows that fit are collected, that none does is decided, too."""
    if sheet.hit is not None and sheet.hit.collects:
        return
    question = f"whether {sheet.what} {'decide' if sheet.hit is None else 'decides'} every case"
    with within_limit(sheet, report, code="undecided-case", question=question, mend=_CATCH_ALL):
        if sheet.hit is Hit.MERGE and sheet.rows:
            _check_merge(sheet, report)
        else:
            space = sheet.space
            point = space.covered_by(space.whole, space.all).point
            if point is not None:
                fits = "fits" if sheet.hit is None else "decides"
                mend = _CATCH_ALL + f": `{sheet.row_text(['R99', 'otherwise'])}`" if sheet.inputs else _CATCH_ALL
                _report(sheet, f"no row of {sheet.what} {fits} this case", point, space.all, mend, report)


def _report(sheet: Sheet, message: str, point: Point, among: int, mend: str, report: Report) -> None:
    regions = list(_regions(sheet, point, among))
    said = "; and ".join(_in_words(sheet, region) or "every case" for region in regions[:_MOST_REGIONS])
    label = f"left open: {said}{'; and more' if len(regions) > _MOST_REGIONS else ''}"
    report.error(
        "gap",
        message,
        sheet.heading,
        label=label,
        help=(mend,),
        case=sheet.case(sheet.space.case(point)),
        concern=sheet.concern(How.OPEN, *([rows_of(among)] if among != sheet.space.all else [])),
    )


_MOST_REGIONS = 4
_MOST_ROWS = 5_000
"""Of a table whose other open regions are looked for, each in an index of its own."""


def _regions(sheet: Sheet, point: Point, among: int) -> Iterator[tuple[Condition, ...]]:
    """What is left open, as boxes that are as large as they can be, and none of which lies within the others."""
    space = sheet.space
    rows = [space.conditions[row] for row in rows_of(among)]
    region = space.around(point, among)
    yield region
    for _ in range(_MOST_REGIONS if len(rows) <= _MOST_ROWS else 0):
        rows.append(region)
        rest = Space(rows, sheet.inputs, limit=space.limit)
        open_ = rest.covered_by(rest.whole, rest.all).point
        if open_ is None:
            return
        region = rest.around(open_, rest.all)
        yield region


def _in_words(sheet: Sheet, region: Sequence[Condition]) -> str:
    return ", ".join(
        f"{of.label} {sheet.cell(condition, c)}"
        for c, (of, condition) in enumerate(zip(sheet.inputs, region, strict=True))
        if condition != ANY
    )


def _check_merge(sheet: Sheet, report: Report) -> None:
    """Every outcome of every case is said by some row that does not inherit it."""
    rows = [row for row in sheet.rows if isinstance(row, Row)]
    for o, cells in enumerate(rows[0].outcomes):
        for column in range(len(cells)):
            silent = sum(1 << r for r, row in enumerate(rows) if inherits(row, o, column))
            point = _inherited_by_all(sheet, silent)
            if point is not None:
                message = f"no row of {sheet.what} that fits this case says its `{sheet.outcomes[o]}`"
                _report(sheet, message, point, sheet.space.all & ~silent, _NO_INHERIT, report)
                break


def _inherited_by_all(sheet: Sheet, silent: int) -> Point | None:
    """A case that no saying row fits; where an `otherwise` says it, only one that some silent row fits."""
    space = sheet.space
    saying, otherwise = sheet.named & ~silent, sheet.catch_alls & ~silent
    if not otherwise:
        return space.covered_by(space.whole, saying).point
    point = space.covered_by(space.whole, sheet.named | otherwise).point
    if point is not None:
        return point
    for row in rows_of(silent & sheet.named):
        point = space.covered_by(space.box(row), saying).point
        if point is not None:
            return point
    return None


def check_across(document: Document, report: Report) -> None:
    """Every value of the `across` input of a table has a column, or `otherwise` has one."""
    for built in document.tables.values():
        table = built.table
        if not built.complete or table.hit.collects or table.hit.is_tiered:
            continue
        if table.across is None or table.across_otherwise:
            continue
        of = document.inputs[table.across]
        lacking = [of.spellings[value] for value in of.values if value not in table.across_values]
        lacking += ["none"] if of.may_be_missing else []
        if lacking:
            outcome = table.outcomes[0].label
            mends = [f"add a column `{outcome} / otherwise` for all that have none"]
            mends += [f"or a column `{outcome} / {lacking[0]}`"] if lacking[0] != "none" else []
            report.error(
                "gap",
                f"no column of the table `{table.label}` is for the {of.label} `{lacking[0]}`",
                built.heading,
                help=mends,
                case=((of.label, lacking[0]),),
            )
