"""wrong-type and wrong-unit, of plans: cells that the plan's mode or measure can make nothing of."""

from __future__ import annotations

from dsl.build.plans import BuiltPlan
from dsl.diagnostics import Label, Report
from dsl.document import Document
from engine.formulas import NOTHING, Unit
from engine.model import Measure, Mode


def check_plans(document: Document, report: Report) -> None:
    """Only prepaid plans sell top-ups, and a fixed plan has nothing to use up."""
    for built in document.plans.values():
        if built.plan is None:
            continue
        if built.plan.top_ups and built.mode is Mode.POSTPAID:
            message = f"the plan `{built.label}` is postpaid, and only prepaid plans sell top-ups"
            report.error("wrong-type", message, built.place, help=("write `-` under `top-ups`, or make it `prepaid`",))
        if built.measure is Measure.FIXED:
            _check_fixed(built, report)
        else:
            _check_sold(built, document, report)


def _check_sold(built: BuiltPlan, document: Document, report: Report) -> None:
    """A plan by hours sells hours, one by requests sells requests."""
    wanted = Unit.REQUESTS if built.measure is Measure.REQUESTS else Unit.DURATION
    for name in sorted(built.plan.top_ups) if built.plan is not None else ():
        top_up = document.top_ups[name]
        if top_up.adds not in (None, wanted):
            message = (
                f"the plan `{built.label}` is measured in {built.measure}, and `{top_up.label}` adds {top_up.adds}"
            )
            other = Label(top_up.cells["adds"][1], "added here")
            report.error(
                "wrong-unit", message, built.place, secondary=(other,), help=("sell a top-up of its own measure",)
            )


def _check_fixed(built: BuiltPlan, report: Report) -> None:
    for column in ("allowance", "carry over"):
        cell = built.cells.get(column)
        said = cell is not None and cell[0].formula != NOTHING
        if built.plan is not None and column == "carry over" and built.plan.carry_all:
            said = True
        if cell is not None and said:
            message = f"the plan `{built.label}` is fixed: it covers all work and has no `{column}`"
            report.error("wrong-type", message, cell[1], help=("write `-`, or measure it by `hours`",))
    if built.plan is not None and built.plan.top_ups:
        message = f"the plan `{built.label}` is fixed: it covers all work and sells no top-ups"
        report.error("wrong-type", message, built.place, help=("write `-` under `top-ups`",))
