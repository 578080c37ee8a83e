"""missing-block and missing-taxes: what the rest needs and nobody says."""

from __future__ import annotations

from dsl.diagnostics import Diagnostic, Label, Report, Severity
from dsl.document import Document
from engine.formulas import Call, Comparison, Formula, HookName, Operation


def check_missing(document: Document, report: Report) -> None:
    """Whoever charges by `rate` has one; whoever has no tax table means it."""
    if "rate" not in document.pricing:
        for built in document.plans.values():
            plan = built.plan
            if plan is not None and plan.beyond is not None and _names_rate(plan.beyond):
                message = f"the plan `{built.label}` charges `rate`, and `pricing` has no `rate`"
                mends = ("add to `pricing` a row such as `| rate | Hourly rate.rate |`",)
                report.error("missing-block", message, built.cells["beyond"][1], help=mends)
    if not document.has_taxes:
        message = "there is no block `taxes`: documents are issued without tax"
        mend = "if that is meant, say so: `taxes` with one row `| T1 | - || exempt | 0% |`"
        place = Label(document.start) if document.start is not None else None
        report.add(Diagnostic("missing-taxes", Severity.WARNING, message, place, help=(mend,)))


def _names_rate(formula: Formula) -> bool:
    match formula:
        case HookName(name="rate"):
            return True
        case Operation(left=left, right=right) | Comparison(left=left, right=right):
            return _names_rate(left) or _names_rate(right)
        case Call(arguments=arguments):
            return any(_names_rate(argument) for argument in arguments)
        case _:
            return False
