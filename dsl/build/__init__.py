"""From blocks to a document: each block is read by what its columns mean, in the order in which they need each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dsl.build.calendars import BuiltCalendar, bands_of, read_calendars
from dsl.build.constants import read_constants
from dsl.build.declared_inputs import read_inputs
from dsl.build.heading import Heading, read_heading
from dsl.build.plans import plan_rows, read_plans, read_top_ups
from dsl.build.pricing import BuiltBinding, read_pricing
from dsl.build.tables import read_tables
from dsl.build.taxes import read_taxes
from dsl.conditions import Columns
from dsl.diagnostics import Report
from dsl.document import Document
from dsl.holiday_source import HolidaySource
from dsl.inputs import known_inputs
from dsl.suggest import listed, nearest
from dsl.syntax import Block
from dsl.units import Scope, Typed
from engine.formulas import NOTHING
from engine.hooks import HOOK_BY_NAME
from engine.model import Input
from engine.names import fold

WORDS = ("ruleset", "inputs", "constants", "calendar", "table", "pricing", "plans", "top-ups", "taxes")
"""The blocks that there are."""
NAMED = ("ruleset", "calendar", "table")
"""Those whose heading has a name."""
_NOT_YET = ("groups", "items", "tests")


def build(blocks: Sequence[Block], holidays: HolidaySource | None, report: Report) -> Document:
    """Read all blocks of all files."""
    sorted_blocks = _by_word(blocks, report)
    heading = read_heading(sorted_blocks["ruleset"], report)
    calendars = read_calendars(sorted_blocks["calendar"], heading.valid, holidays, report)
    plans = plan_rows(sorted_blocks["plans"], report)
    labels = {name: row.text("plan", "") for name, row in plans.items()}
    always = known_inputs(heading.currencies, labels, bands_of(calendars.values()))
    declared = read_inputs(sorted_blocks["inputs"], always, heading.currencies, report)
    every: dict[str, Input | None] = {**always, **declared}
    for name in _unsure(heading, calendars, len(sorted_blocks["calendar"])):
        every[name] = None
    inputs = {name: one for name, one in every.items() if one is not None}
    constants = read_constants(sorted_blocks["constants"], inputs, heading.currencies, heading.rounding, report)
    scope = Scope("a formula", heading.currencies, constants.typed, inputs, labels=constants.labels)
    columns = Columns(inputs, heading.currencies, constants.values)
    tables = read_tables(sorted_blocks["table"], every, columns, scope, report)
    table_labels = {name: built.table.label for name, built in tables.tables.items()}
    scope = replace(scope, outcomes=tables.outcomes, labels={**constants.labels, **table_labels})
    pricing = read_pricing(sorted_blocks["pricing"], scope, report)
    top_ups = read_top_ups(sorted_blocks["top-ups"], scope, report)
    beyond = replace(scope, hooks={"rate": _rate(pricing)})
    return Document(
        heading=heading,
        inputs=inputs,
        constants=constants,
        calendars=calendars,
        tables=tables.tables,
        pricing=pricing,
        plans=read_plans(plans, top_ups, scope, beyond, report),
        top_ups=top_ups,
        taxes=read_taxes(sorted_blocks["taxes"], every, columns, scope, report),
        has_taxes=bool(sorted_blocks["taxes"]),
        start=(sorted_blocks["ruleset"] or list(blocks))[0].heading if blocks else None,
    )


def _by_word(blocks: Sequence[Block], report: Report) -> Mapping[str, list[Block]]:
    found: dict[str, list[Block]] = {word: [] for word in WORDS}
    for block in blocks:
        word = fold(block.word.text)
        span = block.word.span(block.file)
        if word in found:
            found[word].append(block)
            if block.name.text and word not in NAMED:
                report.error("syntax", f"`{word}` has no name", block.name.span(block.file), help=(f"`{word}`",))
        elif word in _NOT_YET:
            report.error("not-supported", f"the block `{word}` is not there yet", span, help=("take the block out",))
        else:
            near = nearest(word, WORDS)
            label = f"did you mean `{near}`?" if near else ""
            mends = (f"a block begins with {listed(WORDS, at_most=9)}; all else is indented",)
            report.error("unknown-block", f"there is no block called `{block.word.text}`", span, label=label, help=mends)
            if near is not None:  # read on as what was meant: one slip, one message
                found[near].append(block)
    return found


def _unsure(heading: Heading, calendars: Mapping[str, BuiltCalendar], written: int) -> list[str]:
    """Inputs whose values follow from a block that could not be read; cells of theirs are not judged."""
    names = ["currency"] if not heading.currencies else []
    readable = len(calendars) == written and all(built.bands for built in calendars.values())
    return names if readable else [*names, "band", "start band"]


def _rate(pricing: Mapping[str, BuiltBinding]) -> Typed | None:
    """What `rate` is in `beyond`; where `pricing` does not bind it, a check says that it must."""
    bound = pricing.get("rate")
    if bound is None:
        return Typed(NOTHING, HOOK_BY_NAME["rate"].unit)
    return replace(bound.typed, unit=HOOK_BY_NAME["rate"].unit) if bound.typed is not None else None


