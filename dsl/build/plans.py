"""The blocks `plans` and `top-ups`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeVar

from dsl.amounts import Quantity, of_contract, read_amount
from dsl.build.dated import flat, report_holes, rows_by_day
from dsl.build.sheet import Columns, SheetRow, read_rows, report_problem
from dsl.cells import parse_listed, unquoted
from dsl.days import VALID
from dsl.diagnostics import Label, Problem, Report
from dsl.folding import folded
from dsl.formula import read_formula
from dsl.source import Span
from dsl.suggest import did_you_mean, listed, nearest
from dsl.syntax import Block, One
from dsl.units import Scope, Typed, example_of
from engine.formulas import NOTHING, Formula, Unit
from engine.model import NO_PLAN, Measure, Mode, Plan, TopUpPlan
from engine.names import fold
from engine.periods import Every, Period

_PLAN_COLUMNS = Columns(
    required=("plan",),
    optional=(
        "mode",
        "measure",
        "every",
        "fee",
        "at least",
        "at most",
        "allowance",
        "shared over",
        "carry over",
        "carry for",
        "beyond",
        "top-ups",
        VALID,
    ),
)
_TOP_UP_COLUMNS = Columns(required=("top-up", "price", "adds"), optional=("lasts", VALID))
CALENDAR = "calendar"
HOLD = "hold"
_POTS = (Every.QUARTER, Every.HALF_YEAR, Every.YEAR, Every.CONTRACT)
_LENGTHS = (Every.MONTH, *_POTS)
MOST_CYCLES = 1_000
"""That allowance can live; by the week, these are twenty years."""
_ALLOWANCE = {
    Measure.HOURS: (Unit.DURATION,),
    Measure.REQUESTS: (Unit.REQUESTS,),
    Measure.FIXED: (Unit.DURATION, Unit.REQUESTS),
}
_BEYOND = {Measure.HOURS: (Unit.HOURLY,), Measure.REQUESTS: (Unit.PER_REQUEST,)}
E = TypeVar("E", bound=Enum)


@dataclass(frozen=True, slots=True)
class BuiltPlan:
    """A plan, its cells' levels, and where they stand; `plan` is None where a cell of it is wrong."""

    label: str
    plan: Plan | None
    place: Span
    cells: Mapping[str, tuple[Typed, Span]]
    mode: Mode | None
    measure: Measure | None


@dataclass(frozen=True, slots=True)
class BuiltTopUp:
    """A top-up plan; `top_up` is None where a cell of it is wrong, `adds` the unit of what it adds."""

    label: str
    top_up: TopUpPlan | None
    place: Span
    adds: Unit | None
    cells: Mapping[str, tuple[Typed, Span]]


def plan_rows(blocks: Sequence[Block], valid: Period, report: Report) -> dict[str, SheetRow]:
    """The rows of `plans`, by the keys of `dated.flat`; on days that none of its rows holds on, a plan is not sold."""
    rows = [row for block in blocks for row in read_rows(block, _PLAN_COLUMNS, report)]
    by_name = rows_by_day(rows, "plan", "plans", valid, report)
    for those in by_name.values():
        report_holes(those, "plan", None, report)
    found = flat(by_name)
    if NO_PLAN in found:
        message = f"`{NO_PLAN}` is the plan of work without a contract"
        report.error("duplicate-name", message, found[NO_PLAN].span("plan"), help=("give the plan another name",))
    return found


def read_top_ups(blocks: Sequence[Block], valid: Period, scope: Scope, report: Report) -> dict[str, BuiltTopUp]:
    """All top-up plans, by the keys of `dated.flat`; an offer may come and go, so that its days need not meet."""
    rows = [row for block in blocks for row in read_rows(block, _TOP_UP_COLUMNS, report)]
    by_name = rows_by_day(rows, "top-up", "top-ups", valid, report)
    return {key: _top_up(row, scope, report) for key, row in flat(by_name).items()}


def _top_up(row: SheetRow, scope: Scope, report: Report) -> BuiltTopUp:
    label = row.text("top-up", "")
    price = _formula(row, "price", scope, (Unit.MONEY,), report)
    adds = _formula(row, "adds", scope, (Unit.DURATION, Unit.REQUESTS), report)
    lasts = _cycles(row, "lasts", report)
    top_up = None
    for column, typed in (("price", price), ("adds", adds)):
        if typed is not None and typed.unit is None:
            report.error(
                "wrong-type",
                f"a top-up has a value in `{column}`",
                row.span(column),
                help=(example_of(Unit.MONEY if column == "price" else Unit.DURATION, scope.currencies),),
            )
            return BuiltTopUp(label, None, row.span("top-up"), None, {})
    if price is not None and adds is not None and lasts is not None:
        top_up = TopUpPlan(fold(label), label, price.formula, adds.formula, row.origin, lasts, row.valid)
    cells = {c: (t, row.span(c)) for c, t in (("price", price), ("adds", adds)) if t is not None}
    return BuiltTopUp(label, top_up, row.span("top-up"), adds.unit if adds is not None else None, cells)


def read_plans(
    rows: Mapping[str, SheetRow], top_ups: Mapping[str, BuiltTopUp], scope: Scope, beyond: Scope, report: Report
) -> dict[str, BuiltPlan]:
    """All plans by folded name. `beyond` is the scope of the price beyond the allowance, where `rate` has a name."""
    return {name: _plan(row, top_ups, scope, beyond, report) for name, row in rows.items()}


def _plan(
    row: SheetRow, top_ups: Mapping[str, BuiltTopUp], scope: Scope, beyond_scope: Scope, report: Report
) -> BuiltPlan:
    label = row.text("plan", "")
    mode = _one_of(row, "mode", Mode, Mode.PREPAID, report)
    perhaps_unread = row.unread and "measure" not in row.cells
    measure = None if perhaps_unread else _one_of(row, "measure", Measure, Measure.HOURS, report)
    every = _every(row, report)
    allowed = _ALLOWANCE[measure] if measure is not None else (Unit.DURATION, Unit.REQUESTS)
    whole_fee = of_contract(row.cells["fee"].text) if "fee" in row.cells else None
    fee = _formula(row if whole_fee is None else _with(row, "fee", whole_fee), "fee", scope, (Unit.MONEY,), report)
    at_least = _formula(row, "at least", scope, (Unit.MONEY,), report)
    at_most = _formula(row, "at most", scope, (Unit.MONEY,), report)
    spread = of_contract(row.cells["allowance"].text) if "allowance" in row.cells else None
    allowance = _formula(
        row if spread is None else _with(row, "allowance", spread), "allowance", scope, allowed, report
    )
    carry_all = fold(row.text("carry over", "-")) == "all"
    carry = Typed(NOTHING, None) if carry_all else _formula(row, "carry over", scope, allowed, report)
    life = _cycles(row, "carry for", report)
    shared = _shared_over(row, every[0] if every else None, report)
    if shared and spread is not None:
        message = "an allowance for the contract is spread over its cycles, and `shared over` makes one pot of them"
        mend = "write `-` under `shared over`, or under `allowance` what one cycle gives"
        report.error("wrong-type", message, row.span("shared over"), help=(mend,))
        shared = None
    beyond = _beyond(row, measure, beyond_scope, report)
    sold = _sold(row, top_ups, report)
    formulas = {
        "fee": fee,
        "at least": at_least,
        "at most": at_most,
        "allowance": allowance,
        "carry over": carry,
        "beyond": beyond,
    }
    cells = {
        column: (typed, row.span(column))
        for column, typed in formulas.items()
        if isinstance(typed, Typed) and column in row.cells
    }
    built: Plan | None = None
    right = None not in (*formulas.values(), sold, shared) and _limits_agree(row, at_least, at_most, scope, report)
    if right and mode and measure and every and life:
        built = Plan(
            name=fold(label),
            label=label,
            mode=mode,
            measure=measure,
            every=every[0],
            by_calendar=every[1],
            fee=_formula_of(fee),
            allowance=_formula_of(allowance),
            carry_over=_formula_of(carry),
            carry_all=carry_all,
            beyond=beyond.formula if isinstance(beyond, Typed) else None,
            top_ups=sold or frozenset(),
            origin=row.origin,
            at_least=_formula_of(at_least),
            at_most=_formula_of(at_most),
            carry_for=life,
            shared_over=shared or None,
            spread=spread is not None,
            spreads_fee=whole_fee is not None,
            valid=row.valid,
        )
    return BuiltPlan(label, built, row.span("plan"), cells, mode, measure)


def _with(row: SheetRow, column: str, text: str) -> SheetRow:
    """The row with the beginning of a cell in place of the whole."""
    return row._replace(cells={**row.cells, column: row.cells[column]._replace(text=text)})


def _formula_of(typed: Typed | None) -> Formula:
    return typed.formula if typed is not None else NOTHING


def _limits_agree(row: SheetRow, least: Typed | None, most: Typed | None, scope: Scope, report: Report) -> bool:
    """Whether no more is committed than the cap lets through, as far as what is written tells."""
    if least is None or most is None:
        return True

    def named(name: str) -> Formula | None:
        constant = scope.constants.get(name)
        return constant.formula if constant is not None else None

    for money in scope.currencies:
        low = folded(least.formula, named, currency=money.code)
        high = folded(most.formula, named, currency=money.code)
        if low is not None and high is not None and low > high:
            message = f"the plan `{row.text('plan', '')}` charges at least more than at most"
            other = Label(row.span("at most"), "the most")
            mend = "write the smaller amount under `at least`"
            report.error("wrong-type", message, row.span("at least"), secondary=(other,), help=(mend,))
            return False
    return True


def _shared_over(row: SheetRow, every: Every | None, report: Report) -> Every | Literal[""] | None:
    """For how long allowances are one pot, blank where each cycle has its own; None where the cell is wrong."""
    text = fold(row.text("shared over", "-"))
    if text == "-":
        return ""
    known = {one.value: one for one in _POTS}
    pot = known.get(text)
    if pot is None and text:
        message, label = f"`shared over` of a plan cannot be `{text}`", did_you_mean(text, known)
        mend = f"write one of {listed(known)}, or `-`"
        report.error("unknown-value", message, row.span("shared over"), label=label, help=(mend,))
    if pot is None or every is None:
        return pot
    by_week = every is Every.WEEK
    if (by_week and pot is not Every.CONTRACT) or (not by_week and _LENGTHS.index(pot) <= _LENGTHS.index(every)):
        message = f"a cycle of a {every.value} cannot share its allowance over a {pot.value}"
        mend = "write `contract`, or `-`" if by_week else "write a longer time than `every` says, or `-`"
        report.error("wrong-type", message, row.span("shared over"), help=(mend,))
        return None
    return pot


def _cycles(row: SheetRow, column: str, report: Report) -> int | None:
    """How many cycles a cell says, 1 where it says nothing; None where it is wrong.

    No formula: how long allowance lives is the plan's to say, not a contract's.
    """
    cell = row.cells.get(column)
    if cell is None or cell.text == "-":
        return 1
    if not cell.text:
        return None
    found = read_amount(cell.text, ())
    if isinstance(found, Quantity) and found.unit is Unit.CYCLES and 0 < found.value <= MOST_CYCLES:
        return int(found.value)
    if isinstance(found, Quantity) and found.unit is Unit.CYCLES:
        message, mend = f"allowance lives 1 to {MOST_CYCLES:,} cycles", "write `1 cycle`"
        report.error("wrong-type", message, row.span(column), help=(mend,))
        return None
    mend = f"write `{cell.text} cycles`" if cell.text.isdigit() and cell.text != "1" else "write `1 cycle`, `3 cycles`"
    report.error("wrong-unit", f"`{column}` is a number of cycles", row.span(column), help=(mend,))
    return None


def _one_of(row: SheetRow, column: str, values: type[E], default: E, report: Report) -> E | None:
    text = row.text(column, str(default.value))
    known = {str(value.value): value for value in values}
    if fold(text) in known:
        return known[fold(text)]
    if text:
        message = f"`{column}` of a plan cannot be `{text}`"
        report.error(
            "unknown-value",
            message,
            row.span(column),
            label=did_you_mean(text, known),
            help=(f"write one of {listed(known)}",),
        )
    return None


def _every(row: SheetRow, report: Report) -> tuple[Every, bool] | None:
    text = fold(row.text("every", Every.MONTH.value))
    by_calendar = text.startswith(CALENDAR + " ")
    known = {every.value: every for every in Every}
    length = text.removeprefix(CALENDAR + " ")
    if length in known and not (by_calendar and known[length] is Every.CONTRACT):
        return known[length], by_calendar
    if text:
        message = f"there is no cycle called `{row.text('every', '')}`"
        report.error(
            "unknown-value",
            message,
            row.span("every"),
            label=did_you_mean(text, [*known, *(f"{CALENDAR} {one}" for one in known if one != Every.CONTRACT.value)]),
            help=(f"write one of {listed(known)}; `calendar month` begins on the 1st",),
        )
    return None


def _formula(row: SheetRow, column: str, scope: Scope, units: tuple[Unit, ...], report: Report) -> Typed | None:
    """Read a cell that may say `-`; left out, it says `-`. None where it is wrong."""
    cell = row.cells.get(column)
    if cell is None:
        return Typed(NOTHING, None)
    if not cell.text:
        return None
    found = read_formula(cell.text, scope, units=units)
    if isinstance(found, Problem):
        report_problem(found, cell, row.file, report)
        return None
    return found


def _beyond(row: SheetRow, measure: Measure | None, scope: Scope, report: Report) -> Typed | str | None:
    """The price beyond the allowance, or the word `hold`; None where it is wrong."""
    cell = row.cells.get("beyond")
    text = fold(cell.text) if cell is not None else "-"
    if measure is Measure.FIXED:
        if text == "-":
            return HOLD
        if text:
            message = "a fixed plan covers all work: nothing is beyond it"
            report.error("wrong-type", message, row.span("beyond"), help=("write `-`",))
        return None
    if cell is None and row.unread:
        return None
    if text == "-" and (measure is not None or not row.unread):
        place = row.span("beyond" if cell is not None else "plan")
        message = f"the plan `{row.text('plan', '')}` does not say what work beyond its allowance costs"
        mend = "`rate` charges it by `pricing`, `hold` lets it wait for a person; or write a price"
        report.error("missing-block", message, place, help=(mend,))
        return None
    if text == "-":
        return None
    if text == HOLD:
        return HOLD
    if nearest(text, (HOLD,)) and text not in scope.constants:
        message = f"`{text}` is neither a price nor `hold`"
        report.error("unknown-name", message, row.span("beyond"), label="did you mean `hold`?")
        return None
    return _formula(
        row, "beyond", scope, _BEYOND[measure] if measure is not None else (Unit.HOURLY, Unit.PER_REQUEST), report
    )


def _sold(row: SheetRow, top_ups: Mapping[str, BuiltTopUp], report: Report) -> frozenset[str] | None:
    cell = row.cells.get("top-ups")
    if cell is None or cell.text == "-":
        return frozenset()
    if not cell.text:
        return None
    tree = parse_listed("condition", cell.text)
    if isinstance(tree, Problem):
        report_problem(tree, cell, row.file, report)
        return None
    found: set[str] = set()
    right = True
    labels = list(dict.fromkeys(top_up.label for top_up in top_ups.values()))
    for item in tree.items:
        if not isinstance(item, One) or item.prefix or tree.negated:
            report.error("syntax", "`top-ups` lists names", cell.span(row.file), help=("`Extra 5, Ten more`",))
            return None
        name = fold(unquoted(item.word.text))
        if name not in top_ups and "top-ups" in report.unsure:
            right = False
        elif name not in top_ups:
            message = f"there is no top-up called `{item.word.text}`"
            near = did_you_mean(item.word.text, labels)
            mends = (
                ()
                if near
                else (f"the top-ups are {listed(labels)}",)
                if labels
                else ("declare it in a block `top-ups`",)
            )
            report.error("unknown-name", message, cell.part(row.file, item.word.at), label=near, help=mends)
            right = False
        found.add(name)
    return frozenset(found) if right else None
