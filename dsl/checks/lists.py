"""wrong-type: a table that makes a line each is named by what makes no lines."""

from __future__ import annotations

from dataclasses import replace

from dsl.diagnostics import Report
from dsl.document import Document
from dsl.source import Span
from engine.compiler import tables_in
from engine.formulas import Formula, OutcomeName
from engine.model import Hit

MAKE_LINES = ("per worklog", "travel", "per request")
"""Hooks that make a line for every row of a list."""


def check_lists(document: Document, report: Report) -> None:
    """Only a hook that charges names a list, and names it alone."""
    lists = {name: built.table.label for name, built in document.tables.items() if built.table.hit is Hit.LIST}
    if not lists:
        return
    for formula, place in _but_for_lines(document):
        for label in [lists[name] for name in tables_in(formula) if name in lists]:
            message = f"the table `{label}` says `hit collect list`, and this makes no lines of it"
            hooks = ", ".join(f"`{hook}`" for hook in MAKE_LINES)
            mends = (f"name its outcome, and nothing else, for one of the hooks {hooks}", "or write `hit collect sum`")
            report.error("wrong-type", message, place, help=mends)


def _but_for_lines(document: Document) -> list[tuple[Formula, Span]]:
    """All formulas that may name tables, but for those that make lines."""
    pricing = {
        name: bound
        for name, bound in document.pricing.items()
        if name not in MAKE_LINES or bound.typed is None or not isinstance(bound.typed.formula, OutcomeName)
    }
    return named_by(replace(document, pricing=pricing))


def named_by(document: Document) -> list[tuple[Formula, Span]]:
    """All formulas that may name tables, and where they stand."""
    found: list[tuple[Formula, Span]] = [
        (bound.typed.formula, bound.place) for bound in document.pricing.values() if bound.typed is not None
    ]
    for plan in document.plans.values():
        found += [(typed.formula, place) for typed, place in plan.cells.values()]
    for top_up in document.top_ups.values():
        found += [(typed.formula, place) for typed, place in top_up.cells.values()]
    found += [(item.price.formula, item.place) for item in document.items.values() if item.price is not None]
    for built in document.tables.values():
        for row, place in zip(built.table.rows, built.rows, strict=True):
            found += [(formula, place) for cells in row.outcomes for formula in cells]
    if document.taxes is not None:
        found += [(typed.formula, place) for typed, place in document.taxes.rates]
    return found
