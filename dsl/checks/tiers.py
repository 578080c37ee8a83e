"""wrong-type, wrong-level, wrong-unit, gap and overlap, of tiers: what a table of them is, and who may name it.

Tiers begin at nothing, each where the one below ends, and the last is open: exact over the values of other columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dsl.build.tables import BuiltTable
from dsl.checks.by_currency import told_apart
from dsl.checks.cases import written
from dsl.checks.lists import named_by
from dsl.diagnostics import Label, Report
from dsl.document import Document
from engine.analysis import Undecided, find_gap, find_overlaps
from engine.compiler import tables_in
from engine.currencies import input_in, table_in
from engine.formulas import NOTHING, OutcomeName, Unit
from engine.hooks import Level
from engine.model import ANY, Condition, Input, InputType, Row
from engine.money import Currency
from engine.tiers import OVERAGE

_EXAMPLE = {
    InputType.DURATION: "`..10 h`, `10 h..50 h`, `50 h..`",
    InputType.REQUESTS: "`..10 requests`, `10 requests..`",
}
_PRICES = {InputType.DURATION: Unit.HOURLY, InputType.REQUESTS: Unit.PER_REQUEST}


def check_tiers(document: Document, report: Report) -> None:
    """Each table of tiers is right in itself, and only a plan's `beyond` names it, alone."""
    for built in document.tables.values():
        if built.table.hit.is_tiered and built.complete:
            _check(built, document, report)
    _check_named(document, report)


def _check(built: BuiltTable, document: Document, report: Report) -> None:
    table, of = built.table, built.overage
    if of is None:
        message = f"the table `{table.label}` says `hit {table.hit}`, and has no column `overage`"
        mend = f"add the column, with spans such as {_EXAMPLE[InputType.DURATION]}"
        report.error("missing-block", message, built.heading, help=(mend,))
        return
    before = report.errors
    if built.level > Level.CONTRACT:
        message = f"tiers are decided per contract, but this looks at `{built.deepest}`, known per {built.level.label}"
        report.error("wrong-level", message, built.heading, help=(f"take `{built.deepest}` out of the table",))
    _check_price(built, of, report)
    at = table.inputs.index(OVERAGE)
    wrong = [
        (row, place)
        for row, place in zip(table.rows, built.rows, strict=True)
        if not row.catch_all and not _is_tier(row.conditions[at])
    ]
    if wrong:
        message = f"the row `{wrong[0][0].name}` is no tier: a tier is one span of `overage`, and its end belongs to it"
        others = [Label(place, "nor is this") for _, place in wrong[1:]]
        mend = f"write it like {_EXAMPLE[of.type]}, or `-`"
        report.error("wrong-type", message, wrong[0][1], secondary=others, help=(mend,))
    for currency in told_apart([document.inputs[name] for name in table.inputs if name != OVERAGE], document):
        if report.errors == before:
            said = replace(built, table=table_in(table, currency.code))
            _check_overlaps(said, of, document, currency, report)
            _check_gaps(said, of, document, currency, report)


def _check_price(built: BuiltTable, of: Input, report: Report) -> None:
    table = built.table
    if len(table.outcomes) > 1:
        names = ", ".join(f"`{one.label}`" for one in table.outcomes)
        mend = "leave one, or make a table of each"
        report.error("wrong-type", f"tiers have one price, and this has {names}", built.heading, help=(mend,))
        return
    unit, wanted = table.outcomes[0].unit, _PRICES[of.type]
    nothing = [place for row, place in zip(table.rows, built.rows, strict=True) if NOTHING in row.outcomes[0]]
    if nothing:
        message = f"a tier of `{table.label}` has no price"
        report.error("wrong-type", message, nothing[0], help=("write one; what is meant to be free costs `0`",))
    elif unit is not wanted:
        message = f"these are tiers of {of.type.value}, and their price is {unit.value} in place of {wanted.value}"
        report.error("wrong-unit", message, built.heading, help=("let bounds and prices count the same",))


def _is_tier(condition: Condition) -> bool:
    if condition == ANY:
        return True
    if condition.negated or condition.missing or condition.values or len(condition.spans) != 1:
        return False
    span = condition.spans[0]
    return (span.low is None or not span.low_counts) and (span.high is None or span.high_counts)


def _inputs(built: BuiltTable, of: Input, document: Document, currency: Currency) -> Sequence[Input]:
    return [of if name == OVERAGE else input_in(document.inputs[name], currency.code) for name in built.table.inputs]


def _check_overlaps(built: BuiltTable, of: Input, document: Document, currency: Currency, report: Report) -> None:
    rows = [row for row in built.table.rows if not row.catch_all]
    conditions = [row.conditions for row in rows]
    found = find_overlaps(conditions, _inputs(built, of, document, currency))
    if isinstance(found, Undecided):
        _undecided("overlap", built, report)
        return
    for one in found:
        message = f"the tiers `{rows[one.first].name}` and `{rows[one.second].name}` of `{built.table.label}` overlap"
        report.error(
            "overlap",
            message,
            built.rows[one.first],
            label="this tier",
            secondary=(Label(built.rows[one.second], "and this one"),),
            help=("let one begin where the other ends",),
            case=written(one.case, conditions, built.spellings, (currency,)),
        )


def _check_gaps(built: BuiltTable, of: Input, document: Document, currency: Currency, report: Report) -> None:
    if any(_fits_always(row) for row in built.table.rows):
        return
    conditions = [row.conditions for row in built.table.rows]
    found = find_gap(conditions, _inputs(built, of, document, currency))
    if isinstance(found, Undecided):
        _undecided("gap", built, report)
    elif found is not None:
        case = written(found, conditions, built.spellings, (currency,))
        message = f"what this much beyond an allowance costs is in no tier of `{built.table.label}`"
        mend = f"let each tier begin where the one before ends, and leave the last open: {_EXAMPLE[of.type]}"
        report.error("gap", message, built.heading, help=(mend,), case=case)


def _fits_always(row: Row) -> bool:
    """Whether a row says `otherwise`, and not for some days only."""
    return row.catch_all and all(condition == ANY for condition in row.conditions)


def _undecided(code: str, built: BuiltTable, report: Report) -> None:
    message = f"whether the tiers of `{built.table.label}` meet could not be found out within the limit"
    report.error(code, message, built.heading, help=("part the table in two",))


def _check_named(document: Document, report: Report) -> None:
    tiered = {name: built.table.label for name, built in document.tables.items() if built.table.hit.is_tiered}
    if not tiered:
        return
    for formula, place in named_by(_but_for_beyond(document)):
        for label in [tiered[name] for name in tables_in(formula) if name in tiered]:
            message = f"the table `{label}` has tiers, and only a plan's `beyond` can be divided among them"
            mends = ("name its price under `beyond`, and nothing else in that cell", "or write `hit first`")
            report.error("wrong-type", message, place, help=mends)


def _but_for_beyond(document: Document) -> Document:
    """The document without the cells of `beyond` that name one outcome and no more."""
    plans = {
        name: replace(
            plan,
            cells={
                column: cell
                for column, cell in plan.cells.items()
                if column != "beyond" or not isinstance(cell[0].formula, OutcomeName)
            },
        )
        for name, plan in document.plans.items()
    }
    return replace(document, plans=plans)
