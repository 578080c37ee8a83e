"""wrong-type, of names that return for other days: what cannot change from one row to the next."""

from __future__ import annotations

from dsl.build.plans import BuiltPlan, BuiltTopUp
from dsl.diagnostics import Label, Report
from dsl.document import Document
from engine.model import Plan
from engine.names import fold


def check_dated(document: Document, report: Report) -> None:
    """A plan counts the same by the same cycles on all its days: contracts on it go on from one row to the next."""
    plans: dict[str, BuiltPlan] = {}
    for built in document.plans.values():
        if built.plan is not None:
            first = plans.setdefault(built.plan.name, built)
            differing = _differing(first.plan, built.plan) if first.plan is not None else None
            if differing is not None:
                message = f"the plan `{built.label}` has one `{differing}` on all its days"
                mend = "a plan that bills in another way is another plan: give it a name of its own"
                other = Label(first.place, "the row for earlier days")
                report.error("wrong-type", message, built.place, secondary=(other,), help=(mend,))
    top_ups: dict[str, BuiltTopUp] = {}
    for top_up in document.top_ups.values():
        before = top_ups.setdefault(fold(top_up.label), top_up)
        if None not in (before.adds, top_up.adds) and before.adds is not top_up.adds:
            message = f"the top-up `{top_up.label}` adds {before.adds} on other days, and {top_up.adds} here"
            other = Label(before.place, "the row for earlier days")
            mend = "give it a name of its own"
            report.error("wrong-unit", message, top_up.place, secondary=(other,), help=(mend,))


def _differing(one: Plan, other: Plan) -> str | None:
    """The first column that tells two rows of a plan apart in how contracts on it are settled from cycle to cycle."""
    judged = (
        ("mode", one.mode, other.mode),
        ("measure", one.measure, other.measure),
        ("every", (one.every, one.by_calendar), (other.every, other.by_calendar)),
        ("shared over", one.shared_over, other.shared_over),
        ("fee", one.spreads_fee, other.spreads_fee),
        ("allowance", one.spread, other.spread),
    )
    return next((column for column, mine, theirs in judged if mine != theirs), None)
