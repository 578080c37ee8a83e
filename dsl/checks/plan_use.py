"""always-held, unused-allowance, useless-carry: plans whose parts can come to nothing."""

from __future__ import annotations

from dsl.build.plans import BuiltPlan
from dsl.diagnostics import Diagnostic, Label, Report, Severity
from dsl.document import Document
from engine.analysis import Space, UndecidedError
from engine.currencies import input_in, table_in
from engine.formulas import NOTHING, Literal, OutcomeName
from engine.model import Condition, Hit, Measure, Row
from engine.names import fold
from engine.touched import Concern, How


def check_plan_use(document: Document, report: Report) -> None:
    """What a plan says can come to something."""
    for built in document.plans.values():
        if built.plan is None or built.measure is Measure.FIXED:
            continue
        _check_held(built, report)
        _check_carry(built, report)
        if built.plan.allowance != NOTHING:
            _check_covered(built.plan.name, built, document, report)


def _remark(code: str, message: str, built: BuiltPlan, column: str, mend: str, report: Report) -> None:
    place = built.cells[column][1] if column in built.cells else built.place
    report.add(Diagnostic(code, Severity.WARNING, message, Label(place), help=(mend,), concern=_of(built)))


def _of(built: BuiltPlan) -> Concern:
    return Concern(How.PLAN, plan=fold(built.label))


def _check_held(built: BuiltPlan, report: Report) -> None:
    plan = built.plan
    if plan is not None and plan.beyond is None and plan.allowance == NOTHING and not plan.top_ups:
        message = (
            f"under the plan `{built.label}` all work waits for a person: nothing is included, and beyond is `hold`"
        )
        mend = "write what is included under `allowance`, or `rate` under `beyond`"
        _remark("always-held", message, built, "beyond", mend, report)


def _check_carry(built: BuiltPlan, report: Report) -> None:
    plan = built.plan
    if plan is None:
        return
    if plan.allowance == NOTHING and not plan.top_ups:
        if plan.carry_all or plan.carry_over != NOTHING:
            message = f"the plan `{built.label}` carries over, and has neither an allowance nor top-ups to carry"
            _remark("useless-carry", message, built, "carry over", "write `-`, or an `allowance`", report)
        if plan.shared_over is not None:
            message = f"the plan `{built.label}` shares its allowance over cycles, and has none"
            _remark("useless-carry", message, built, "shared over", "write `-`, or an `allowance`", report)
    if plan.carry_for > 1 and not plan.carry_all and plan.carry_over == NOTHING:
        message = f"the plan `{built.label}` says for how long it carries, and carries nothing over"
        _remark("useless-carry", message, built, "carry for", "write a cap or `all` under `carry over`", report)


def _check_covered(name: str, built: BuiltPlan, document: Document, report: Report) -> None:
    bound = document.pricing.get("covered")
    if bound is None or bound.typed is None:
        return
    formula = bound.typed.formula
    never = formula == Literal(bound.hook.unit, False)
    secondary: tuple[Label, ...] = (Label(bound.place, "decided here"),)
    if isinstance(formula, OutcomeName):
        table = document.tables[formula.table]
        never = table.complete and _never_covers(name, formula, document)
        secondary = (Label(table.heading, "decided here"),)
    if never:
        message = f"the allowance of the plan `{built.label}` can never be used: `covered` is always `no`"
        mend = f"let a row for `{built.label}` say `yes` under `covered`, or take the allowance out"
        place = Label(built.cells["allowance"][1] if "allowance" in built.cells else built.place)
        report.add(
            Diagnostic("unused-allowance", Severity.WARNING, message, place, secondary, (mend,), concern=_of(built))
        )


def _never_covers(plan: str, formula: OutcomeName, document: Document) -> bool:
    """Whether a table of first hits says `no` in every case of a plan. Exact; what is not decided may cover."""
    return all(_never_covers_in(one.code, plan, formula, document) for one in document.heading.currencies)


def _never_covers_in(code: str, plan: str, formula: OutcomeName, document: Document) -> bool:
    table = table_in(document.tables[formula.table].table, code)
    if table.hit not in (Hit.FIRST, Hit.UNIQUE, Hit.ANY):
        return False
    at = next(o for o, outcome in enumerate(table.outcomes) if outcome.name == formula.outcome)
    here = Condition(frozenset({plan}))
    rows = [_asked_of(row, table.inputs, here) for row in table.rows]
    inputs = [input_in(document.inputs[name], code) for name in table.inputs]
    if "plan" not in table.inputs:
        rows, inputs = [(*row, here) for row in rows], [*inputs, document.inputs["plan"]]
    space = Space(rows, inputs)
    no = Literal(table.outcomes[at].unit, False)
    covering = [r for r, row in enumerate(table.rows) if any(cell != no for cell in row.outcomes[at])]
    try:
        return all(space.covered_by(space.box(r), (1 << r) - 1).point is None for r in covering)
    except UndecidedError:
        return False


def _asked_of(row: Row, inputs: tuple[str, ...], here: Condition) -> tuple[Condition, ...]:
    """The conditions of a row for work of one plan only; none that holds where the row is for other plans."""
    (plan,) = here.values
    return tuple(
        (here if condition.holds(plan) else Condition()) if name == "plan" else condition
        for name, condition in zip(inputs, row.conditions, strict=True)
    )
