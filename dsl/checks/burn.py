"""wrong-type: `burn` that is no whole percentage, so that what a worklog draws could not be held exactly (D5.1)."""

from __future__ import annotations

from dsl.checks.formulas import Written, cells_behind, place_of, text_at, value_of
from dsl.diagnostics import Report
from dsl.document import Document
from engine.formulas import Unit
from engine.reaching import Start


def check_burn(document: Document, report: Report) -> None:
    """A minute uses so many hundredths of one, and no part of a hundredth."""
    bound = document.pricing.get("burn")
    if bound is None or bound.typed is None or not document.heading.currencies:
        return
    root = Written(bound.typed.formula, Unit.NUMBER, bound.place, Start())
    for one in cells_behind(root, document):
        value = value_of(one.formula, document.heading.currencies[0], document)
        if value is not None and (value * 100).denominator != 1:
            place = place_of(one, document)
            message = f"the allowance is used by whole hundredths of a minute, and `{text_at(place, document)}` is none"
            mend = f"a whole percentage is wanted, such as `{round(value * 100)}%`"
            report.error("wrong-type", message, place, help=(mend,))
