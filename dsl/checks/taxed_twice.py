"""taxed-twice: two rows of `taxes` with one code fit the same line. Exact over the declared domain."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from dsl.checks.remainder import leaving
from dsl.checks.sheets import Sheet, within_limit
from dsl.diagnostics import Diagnostic, Label, Report, Severity
from engine.analysis import Overlap, overlaps, same
from engine.formulas import Literal
from engine.model import TaxRow
from engine.names import fold
from engine.touched import How

_MOST_TOLD = 20


def check_taxed_twice(sheet: Sheet, report: Report) -> None:
    """No line has a tax twice: of rows with one code, at most one fits."""
    if sheet.hit is not None:
        return
    question = "whether two rows of `taxes` with one code fit the same line"
    mend = "let one row exclude the other's cases"
    with within_limit(sheet, report, code="unfinished-search", question=question, mend=mend):
        for one in islice(_meeting(sheet), _MOST_TOLD):
            _report(sheet, one, report)


def _meeting(sheet: Sheet) -> Iterator[Overlap]:
    """Pairs of rows with one code that fit the same line, but those that say alike that nothing is due."""
    rows = [row for row in sheet.rows if isinstance(row, TaxRow)]
    for alike in same([fold(row.code) for row in rows]).values():
        for one in overlaps(sheet.space, alike & sheet.named):
            if sheet.says[one.first] != sheet.says[one.second] or not _is_nothing(rows[one.first]):
                yield one


def _is_nothing(row: TaxRow) -> bool:
    return isinstance(row.rate, Literal) and row.rate.value == 0


def _report(sheet: Sheet, one: Overlap, report: Report) -> None:
    first, second = sheet.rows[one.first], sheet.rows[one.second]
    code = first.code if isinstance(first, TaxRow) else ""
    message = (
        f"rows `{first.name}` and `{second.name}` of {sheet.what} fit the same line, which is taxed `{code}` twice"
    )
    report.add(
        Diagnostic(
            "taxed-twice",
            Severity.WARNING,
            message,
            Label(sheet.places[one.second], "applies, too"),
            (Label(sheet.places[one.first], "and this row"),),
            (leaving(sheet, one.first, one.second), "or, if both taxes are due, give each a code of its own"),
            sheet.case(one.case),
            concern=sheet.concern(How.FIT, [one.first, one.second]),
        )
    )
