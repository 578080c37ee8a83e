"""wrong-type, of plans: cells that the plan's mode or measure can make nothing of."""

from __future__ import annotations

from dsl.build.plans import BuiltPlan
from dsl.diagnostics import Report
from dsl.document import Document
from engine.formulas import NOTHING
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
