"""From blocks to a document: each block is read by what its columns mean, in the order in which they need each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from dsl.build.calendars import BuiltCalendar, bands_of, read_calendars
from dsl.build.constants import Constants, read_constants
from dsl.build.dated import is_first
from dsl.build.declared_inputs import read_inputs
from dsl.build.groups import read_groups, with_groups
from dsl.build.heading import Heading, read_heading
from dsl.build.headings import NAMED, mended
from dsl.build.items import read_items
from dsl.build.plans import plan_rows, read_plans, read_top_ups
from dsl.build.pricing import BuiltBinding, read_pricing
from dsl.build.tables import Tables, read_tables
from dsl.build.taxes import BuiltTaxes, read_taxes
from dsl.build.tested import Tested
from dsl.build.tests_block import read_tests
from dsl.conditions import Columns
from dsl.days import VALID, day_input
from dsl.diagnostics import Report
from dsl.document import Document
from dsl.holiday_source import HolidaySource
from dsl.inputs import known_inputs
from dsl.parser import WORDS
from dsl.suggest import listed, nearest
from dsl.syntax import Block, Cell
from dsl.units import Scope, Typed
from engine.formulas import NOTHING, Unit
from engine.hooks import SCOPES
from engine.model import DAY, Input
from engine.names import fold

_COLUMNS_OF = {
    "calendar": {"days", "hours"},
    "groups": {"name", "of", "members"},
    "inputs": {"name", "of"},
    "constants": {"name", "value"},
    "pricing": {"name", "formula"},
    "top-ups": {"top-up", "adds"},
    "plans": {"plan"},
    "items": {"item", "price"},
}
"""Columns by which a block is known whose heading is not."""


def build(blocks: Sequence[Block], holidays: HolidaySource | None, report: Report) -> Document:
    """Read all blocks of all files."""
    sorted_blocks = _by_word(blocks, report)
    heading = read_heading(sorted_blocks["ruleset"], report)
    calendars = read_calendars(sorted_blocks["calendar"], heading.valid, holidays, report)
    plans = plan_rows(sorted_blocks["plans"], heading.valid, report)
    labels = {name: row.text("plan", "") for name, row in plans.items() if is_first(name)}
    always = known_inputs(heading.currencies, labels, bands_of(calendars.values()))
    declared = read_inputs(sorted_blocks["inputs"], always, heading.currencies, report)
    every: dict[str, Input | None] = {**always, **declared}
    for name in _unsure(heading, calendars, len(sorted_blocks["calendar"]), report.unsure):
        every[name] = None
    inputs = {name: one for name, one in every.items() if one is not None}
    constants = read_constants(sorted_blocks["constants"], inputs, heading, report)
    scope = Scope(
        "a formula",
        heading.currencies,
        constants.typed,
        inputs,
        labels=constants.labels,
        unsure=frozenset(report.unsure),
        words=_words(calendars, len(sorted_blocks["calendar"]), declared, report.unsure),
        unread=frozenset(name for name, one in every.items() if one is None),
    )
    groups = read_groups(sorted_blocks["groups"], every, report)
    columns = with_groups(Columns(inputs, heading.currencies, constants.values), groups, report)
    day = day_input(heading.valid)
    columns = replace(columns, inputs={**inputs, DAY: day})
    conditions = {**every, VALID: day}
    tables = read_tables(sorted_blocks["table"], conditions, columns, scope, report)
    table_labels = {name: built.table.label for name, built in tables.tables.items()}
    scope = replace(
        scope, outcomes=tables.outcomes, labels={**constants.labels, **table_labels}, unsure=frozenset(report.unsure)
    )
    pricing = read_pricing(sorted_blocks["pricing"], scope, report)
    taxes = read_taxes(sorted_blocks["taxes"], conditions, columns, scope, report)
    tested = Tested(tables, pricing, calendars, taxes, bool(sorted_blocks["taxes"]))
    top_ups = read_top_ups(sorted_blocks["top-ups"], heading.valid, scope, report)
    beyond = replace(scope, hooks=_in_beyond(pricing))
    return Document(
        heading=heading,
        inputs=inputs | _looked_at(day, tables, taxes, constants),
        constants=constants,
        calendars=calendars,
        tables=tables.tables,
        pricing=pricing,
        plans=read_plans(plans, top_ups, scope, beyond, report),
        top_ups=top_ups,
        items=read_items(sorted_blocks["items"], heading.valid, scope, report),
        taxes=taxes,
        has_taxes=tested.has_taxes,
        tests=read_tests(sorted_blocks["tests"], tested, columns, report),
        start=(sorted_blocks["ruleset"] or list(blocks))[0].heading if blocks else None,
        blocks=tuple(block for each in sorted_blocks.values() for block in each),
    )


def _looked_at(day: Input, tables: Tables, taxes: BuiltTaxes | None, constants: Constants) -> dict[str, Input]:
    """Inputs that are there where something looks at them: what tiers count, and the day."""
    found = {built.overage.name: built.overage for built in tables.tables.values() if built.overage is not None}
    names = [built.table.inputs for built in tables.tables.values()]
    names += [taxes.taxes.inputs] if taxes is not None else []
    return found | ({DAY: day} if constants.by_day or any(DAY in those for those in names) else {})


def _by_word(blocks: Sequence[Block], report: Report) -> Mapping[str, list[Block]]:
    found: dict[str, list[Block]] = {word: [] for word in WORDS}
    for block in mended(blocks, report):
        word = fold(block.word.text)
        if word in found:
            found[word].append(block)
            if block.name.text and word not in NAMED:
                span = block.name.span(block.file)
                report.error("syntax", f"`{word}` has no name", span, help=(f"`{word}` stands alone in its line",))
            continue
        meant = _block_meant(block, report)
        if meant is not None and (block.name.text or meant not in NAMED):
            found[meant].append(replace(block, word=Cell(meant, block.word.start)))
        else:
            report.unsure |= {*WORDS}
    return found


def _block_meant(block: Block, report: Report) -> str | None:
    """Report a heading that begins no block; the block that was meant, by its word or by its columns."""
    near = nearest(block.word.text, WORDS)
    label = f"did you mean `{near}`?" if near else ""
    mend = f"a block begins with {listed(WORDS, at_most=len(WORDS))}; all else is indented"
    message = f"there is no block called `{block.word.text}`"
    report.error("unknown-block", message, block.word.span(block.file), label=label, help=(mend,))
    if near is not None or block.header is None:
        return near or ("ruleset" if any(fold(s.line.text).startswith("currency ") for s in block.settings) else None)
    columns = {fold(cell.text) for cell in block.header.cells}
    if block.divider is not None:
        return "taxes" if {"code", "rate"} <= columns else "table"
    return next((word for word, wanted in _COLUMNS_OF.items() if wanted <= columns), None)


def _unsure(
    heading: Heading, calendars: Mapping[str, BuiltCalendar], written: int, unsure: Collection[str]
) -> list[str]:
    """Inputs whose values follow from a block that could not be read; cells of theirs are not judged."""
    names = ["currency"] if not heading.currencies else []
    names += ["plan"] if "plans" in unsure else []
    readable = len(calendars) == written and all(built.bands for built in calendars.values())
    return names if readable and "calendar" not in unsure else [*names, "band", "start band"]


def _words(
    calendars: Mapping[str, BuiltCalendar],
    written: int,
    declared: Mapping[str, Input | None],
    unsure: Collection[str],
) -> dict[str, dict[str, str] | None]:
    """The words of the hooks that have some; None where what they name could not be read."""
    readable = len(calendars) == written and "calendar" not in unsure
    names = {name: built.calendar.label for name, built in calendars.items()} if readable else None
    classes: dict[str, str] | None = {}
    if "class" in declared or "inputs" in unsure:
        of = declared.get("class")
        classes = dict(of.spellings) if of is not None else None
    return {"scope": {scope: scope for scope in SCOPES}, "calendar": names, "class": classes}


def _in_beyond(pricing: Mapping[str, BuiltBinding]) -> dict[str, Typed | None]:
    """The hooks that `beyond` may name; where `pricing` does not bind one, its default, or a check says that it must."""
    found: dict[str, Typed | None] = {}
    for name, unit in (("rate", Unit.HOURLY), ("burn", Unit.NUMBER), ("per request", Unit.PER_REQUEST)):
        bound = pricing.get(name)
        if bound is None:
            found[name] = Typed(NOTHING, unit)
        else:
            found[name] = replace(bound.typed, unit=unit) if bound.typed is not None else None
    return found
