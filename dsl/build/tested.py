"""What a block `tests` is about: a table, the whole pricing or the taxes, and so the columns that it may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dsl.build.calendars import BuiltCalendar
from dsl.build.pricing import BuiltBinding
from dsl.build.tables import Tables
from dsl.build.taxes import BuiltTaxes
from dsl.diagnostics import Report
from dsl.suggest import did_you_mean, listed
from dsl.syntax import Block
from dsl.testing import (
    AMOUNT,
    BILLED,
    CLOCK,
    PRICING,
    TAXES,
    looked_at,
    table_of,
    tables_named,
    unit_of,
    with_those_it_names,
)
from engine.formulas import Unit
from engine.hooks import Level
from engine.model import Input, Table
from engine.names import fold


@dataclass(frozen=True, slots=True)
class Tested:
    """What tests can be of, as it was read. `has_taxes` says whether there is a block `taxes` at all."""

    tables: Tables
    pricing: Mapping[str, BuiltBinding]
    calendars: Mapping[str, BuiltCalendar]
    taxes: BuiltTaxes | None
    has_taxes: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """What a block tests: the columns that it may have.

    `rows` are folded names of the table's rows to their labels; None where a test has no row to name.
    """

    name: str
    label: str
    inputs: Mapping[str, Input]
    outcomes: Mapping[str, Unit]
    rows: Mapping[str, str] | None
    calendars: Mapping[str, str]


def subject_of(
    block: Block,
    tested: Tested,
    inputs: Mapping[str, Input],
    report: Report,
) -> Subject | None:
    """What a block is about; None where that cannot be known, or is wrong, which is reported."""
    name, tables = fold(block.name.text), tested.tables
    every = {one.table.name: one.table for one in tables.tables.values()}
    whole = "table" not in report.unsure and tables.tables.keys() == tables.outcomes.keys()
    whole = whole and all(one.complete for one in tables.tables.values())
    if not name:
        mend = f"`tests {next(iter(every.values())).label}`, or `tests pricing`" if every else "`tests pricing`"
        report.error("missing-block", "these tests do not say what they test", block.heading, help=(mend,))
        return None
    if name == PRICING:
        return _of_pricing(block, every, tested, inputs, report) if whole else None
    if name == TAXES:
        return _of_taxes(block, tested, inputs, report)
    if name not in every:
        if name not in tables.outcomes and "table" not in report.unsure:
            labels = [table.label for table in every.values()]
            mends = (f"the tables are {listed(labels)}",) if labels else ()
            message = f"there is no table called `{block.name.text}`"
            place = block.name.span(block.file)
            report.error(
                "unknown-name",
                message,
                place,
                label=did_you_mean(block.name.text, [*labels, PRICING, TAXES]),
                help=mends,
            )
        return None
    if not whole:
        return None
    table = every[name]
    names = looked_at((), with_those_it_names(table, every).values())
    overage = tables.tables[name].overage
    known = inputs if overage is None else {**inputs, overage.name: overage}
    return Subject(
        name,
        table.label,
        {one: known[one] for one in names if one in known},
        {one.name: unit_of(table, one.name) for one in table.outcomes},
        {fold(row.name): row.name for row in table.rows},
        {},
    )


def _of_pricing(
    block: Block,
    tables: Mapping[str, Table],
    tested: Tested,
    inputs: Mapping[str, Input],
    report: Report,
) -> Subject | None:
    """The tests of the pricing; None where a formula of it cannot be read, which may look at anything."""
    bindings = [one.binding for one in tested.pricing.values()]
    if any(one is None for one in bindings) or "pricing" in report.unsure:
        return None
    formulas = [one.formula for one in bindings if one is not None]
    names = looked_at(formulas, tables_named(formulas, tables).values())
    known = {name: inputs[name] for name in names if name in inputs and inputs[name].level < Level.LINE}
    return Subject(
        PRICING,
        block.name.text,
        {name: of for name, of in known.items() if name not in CLOCK},
        {BILLED: Unit.DURATION, AMOUNT: Unit.MONEY},
        None,
        {name: built.calendar.label for name, built in tested.calendars.items()},
    )


def _of_taxes(block: Block, tested: Tested, inputs: Mapping[str, Input], report: Report) -> Subject | None:
    taxes = tested.taxes
    if taxes is None:
        if "taxes" not in report.unsure and not tested.has_taxes:
            message, mend = "there is no block `taxes` to test", "`taxes` lists the taxes on each line of a document"
            report.error("unknown-name", message, block.name.span(block.file), help=(mend,))
        return None
    if not taxes.complete:
        return None
    table = table_of(taxes.taxes)
    return Subject(
        TAXES,
        TAXES,
        {name: inputs[name] for name in table.inputs if name in inputs},
        {one.name: one.unit for one in table.outcomes},
        {fold(row.name): row.name for row in table.rows},
        {},
    )
