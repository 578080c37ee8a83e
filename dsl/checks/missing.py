"""missing-block and missing-taxes: what the rest needs and nobody says."""

from __future__ import annotations

from dsl.diagnostics import Diagnostic, Label, Report, Severity
from dsl.document import Document
from engine.formulas import Formula, HookName, parts

_PRICES = {"rate": "Hourly rate.rate", "per request": "Request prices.price"}
"""Hooks that have no default, and what binds them, for the help."""


def check_missing(document: Document, report: Report) -> None:
    """Whoever charges by a hook has it; whoever has no tax table means it."""
    for built in document.plans.values():
        plan = built.plan
        for hook in _hooks_of(plan.beyond) if plan is not None and plan.beyond is not None else ():
            if hook in _PRICES and hook not in document.pricing and "pricing" not in report.unsure:
                message = f"the plan `{built.label}` charges `{hook}`, and `pricing` has no `{hook}`"
                mends = (f"add to `pricing` a row such as `| {hook} | {_PRICES[hook]} |`",)
                report.error("missing-block", message, built.cells["beyond"][1], help=mends)
    _check_rate_without_contract(document, report)
    if not document.has_taxes and "taxes" not in report.unsure:
        message = "there is no block `taxes`: documents are issued without tax"
        mend = "if that is meant, say so: `taxes` with one row `| T1 | - || exempt | 0% |`"
        place = Label(document.start) if document.start is not None else None
        report.add(Diagnostic("missing-taxes", Severity.WARNING, message, place, help=(mend,)))


def _check_rate_without_contract(document: Document, report: Report) -> None:
    """Work that pays as it goes pays the rate."""
    every = document.heading.without_contract
    if every is None or "rate" in document.pricing or "pricing" in report.unsure:
        return
    message = f"work without a contract pays by the {every.value}, and `pricing` has no `rate`"
    mends = (f"add to `pricing` a row such as `| rate | {_PRICES['rate']} |`", "or take `without contract` out")
    report.error("missing-block", message, document.start, help=mends)


def _hooks_of(formula: Formula) -> tuple[str, ...]:
    return tuple(part.name for part in parts(formula) if isinstance(part, HookName))
