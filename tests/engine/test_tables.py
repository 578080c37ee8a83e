"""Every hit policy, on one small table of surcharges."""

from dataclasses import replace
from fractions import Fraction

import pytest

from engine.calculation import Trace
from engine.compiler import Compiler
from engine.formulas import INHERIT, NOTHING, Formula, OutcomeName, Unit
from engine.hooks import Level
from engine.model import ANY, Condition, Hit, Input, InputType, Outcome, Row, Table
from tests.engine.rulesets import EUR, HERE, eur, plan, ruleset

ON_SITE, URGENT = Condition(values=frozenset({"on-site"})), Condition(values=frozenset({"urgent"}))
INPUTS = {
    name: Input(name, name, Level.REQUEST, InputType.TEXT, may_be_missing=True) for name in ("work type", "priority")
}


def euros(amount: str) -> Formula:
    return eur(Unit.MONEY, amount)


def table(hit: Hit, *outcomes: tuple[Formula, Formula]) -> Table:
    """Rows: on-site work; urgent work; on-site urgent work; otherwise."""
    conditions = ((ON_SITE, ANY), (ANY, URGENT), (ON_SITE, URGENT), (ANY, ANY))
    rows = tuple(
        Row(f"X{n}", of, ((first,), (second,)), n == 3, HERE)
        for n, (of, (first, second)) in enumerate(zip(conditions, outcomes, strict=True))
    )
    units = (Outcome("fee", "fee", Unit.MONEY), Outcome("extra", "extra", Unit.MONEY))
    return Table("x", "X", hit, ("work type", "priority"), units, rows)


FEES = ((euros("45"), INHERIT), (euros("80"), euros("5")), (NOTHING, euros("7")), (euros("0"), euros("1")))


def asked(hit: Hit, outcome: str = "fee", **values: str) -> tuple[object, list[str]]:
    of = replace(ruleset(plan()), tables={"x": table(hit, *FEES)}, inputs=INPUTS)
    compiler = Compiler(of, EUR, {}, lambda _: lambda _values, _trace: None)
    trace: Trace = []
    value = compiler.formula(OutcomeName("x", outcome))({k.replace("_", " "): v for k, v in values.items()}, trace)
    return value, [row.row for row in trace]


BOTH = {"work_type": "on-site", "priority": "urgent"}


@pytest.mark.parametrize(
    ("hit", "value", "rows"),
    [
        (Hit.FIRST, 45, ["X0"]),
        (Hit.SUM, 125, ["X0", "X1"]),
        (Hit.COUNT, 3, ["X0", "X1", "X2"]),
        (Hit.MIN, 45, ["X0", "X1"]),
        (Hit.MAX, 80, ["X0", "X1"]),
        (Hit.LIST, 125, ["X0", "X1"]),
    ],
)
def test_each_policy_decides_on_the_rows_that_fit(hit: Hit, value: int, rows: list[str]) -> None:
    assert asked(hit, **BOTH) == (Fraction(value), rows)


def test_merge_takes_each_outcome_from_the_first_row_that_says_it() -> None:
    assert asked(Hit.MERGE, "fee", **BOTH) == (Fraction(45), ["X0"])
    assert asked(Hit.MERGE, "extra", **BOTH) == (Fraction(5), ["X1"])


def test_otherwise_counts_only_where_no_other_row_fits() -> None:
    assert asked(Hit.SUM, "extra", work_type="remote") == (Fraction(1), ["X3"])
    assert asked(Hit.SUM, "fee", work_type="on-site") == (Fraction(45), ["X0"])


def test_a_list_names_a_row_for_every_line() -> None:
    of = replace(ruleset(plan()), tables={"x": table(Hit.LIST, *FEES)}, inputs=INPUTS)
    compiled = Compiler(of, EUR, {}, lambda _: lambda _values, _trace: None).table("x")
    lines = compiled.each(0, {"work type": "on-site", "priority": "urgent"})
    assert [(row.row, value) for row, value in lines] == [("X0", Fraction(45)), ("X1", Fraction(80)), ("X2", None)]
