"""How the parts of a ruleset agree. One check, one module; each takes the document and reports what it finds.

Errors are looked for first. Remarks are warnings about a ruleset that is right otherwise: beside an error, they would
mostly be its shadow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from dsl.checks.burn import check_burn
from dsl.checks.by_currency import merged
from dsl.checks.calendar_gap import check_calendar_gaps
from dsl.checks.calendar_rows import check_calendar_rows
from dsl.checks.dated import check_dated
from dsl.checks.dead_row import check_dead_rows
from dsl.checks.gap import check_across, check_gap
from dsl.checks.levels import check_levels
from dsl.checks.lists import check_lists
from dsl.checks.missing import check_missing
from dsl.checks.needless import check_columns, check_rows
from dsl.checks.overlap import check_overlap
from dsl.checks.percent import check_percent
from dsl.checks.plan_use import check_plan_use
from dsl.checks.plans import check_plans
from dsl.checks.sheets import Sheet, sheets_of
from dsl.checks.signs import check_signs
from dsl.checks.similar import check_similar
from dsl.checks.taxed_twice import check_taxed_twice
from dsl.checks.tiers import check_tiers
from dsl.checks.unused import check_unused
from dsl.checks.zero import check_zero
from dsl.diagnostics import Diagnostic, Report
from dsl.document import Document
from dsl.syntax import Block
from engine.money import Currency

Check = Callable[[Document, Report], None]
SheetCheck = Callable[[Sheet, Report], None]

CHECKS: tuple[Check, ...] = (
    check_missing,
    check_levels,
    check_lists,
    check_plans,
    check_burn,
    check_dated,
    check_calendar_gaps,
    check_across,
    check_tiers,
)
SHEET_CHECKS: tuple[SheetCheck, ...] = (check_overlap, check_gap)
REMARKS: tuple[Check, ...] = (
    check_unused,
    check_plan_use,
    check_calendar_rows,
    check_signs,
    check_percent,
    check_similar,
    check_zero,
)
SHEET_REMARKS: tuple[SheetCheck, ...] = (check_dead_rows, check_columns, check_rows, check_taxed_twice)


def check(document: Document, report: Report) -> None:
    """Run all checks."""
    for one in CHECKS:
        one(document, report)
    sheets = [tuple(those) for _, those in groupby(sheets_of(document), key=lambda sheet: sheet.heading)]
    for those in sheets:
        for of_sheet in SHEET_CHECKS:
            _ask(of_sheet, those, report)
    if report.errors:
        return
    for one in REMARKS:
        one(document, report)
    for those in sheets:
        for of_sheet in SHEET_REMARKS:
            _ask(of_sheet, those, report)


def _ask(of_sheet: SheetCheck, sheets: Sequence[Sheet], report: Report) -> None:
    """Ask a question of a table; of one that looks at money in several currencies, for each of them."""
    if len(sheets) == 1:
        of_sheet(sheets[0], report)
        return
    found: list[tuple[Currency, Block, Sequence[Diagnostic]]] = []
    for sheet in sheets:
        own = Report()
        of_sheet(sheet, own)
        if sheet.currency is not None:
            found.append((sheet.currency, sheet.block, own.diagnostics()))
    for diagnostic in merged(found):
        report.add(diagnostic)
