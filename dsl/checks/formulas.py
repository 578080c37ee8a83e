"""All formulas of a ruleset, where they stand, and what they name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from dsl.build.tables import BuiltTable
from dsl.checks.lists import named_by
from dsl.document import Document
from dsl.folding import folded
from dsl.source import Span
from engine.formulas import ConstantName, Formula, HookName, Inherit, Nothing, OutcomeName, Unit, parts
from engine.model import Condition, Constant, Hit
from engine.money import Currency
from engine.names import fold
from engine.reaching import Start
from engine.touched import Concern, How

_WORDS = (Unit.YES_NO, Unit.TEXT, Unit.DATE)
NOTHING_SAID: tuple[type[Formula], ...] = (Nothing, Inherit)
"""Cells that count nothing."""
_GATHERED = (Hit.SUM, Hit.COUNT, Hit.MIN, Hit.MAX)


@dataclass(frozen=True, slots=True)
class Written:
    """A formula, what it counts, where it stands and which requests come to it.

    `place` is None for the cell of a table, whose outcome `named` then is: few of them are asked where they stand.
    `hook` is what it is bound to in `pricing`.
    """

    formula: Formula
    unit: Unit
    place: Span | None
    start: Start
    named: OutcomeName | None = None
    hook: str = ""


def every_part(document: Document) -> list[Formula]:
    """All that formulas of constants, tables, pricing, plans, top-ups, items and taxes are made of, each cell once."""
    constants = [day.formula for one in document.constants.built.values() for day in (one, *one.others)]
    cells = {id(formula): formula for formula in (*constants, *(formula for formula, _ in named_by(document)))}
    return [part for formula in cells.values() for part in parts(formula)]


def reached(document: Document) -> set[OutcomeName]:
    """The outcomes that are read: by pricing, plans, top-ups, items or taxes, or for one that is."""
    found: set[OutcomeName] = set()
    without = replace(document, tables={})
    left = [formula for formula, _ in named_by(without)]
    while left:
        for part in parts(left.pop()):
            if isinstance(part, OutcomeName) and part not in found and part.table in document.tables:
                found.add(part)
                left += cells_of(document.tables[part.table], part.outcome)
    return found


def cells_of(built: BuiltTable, outcome: str) -> list[Formula]:
    """What a table says for an outcome, each formula once."""
    at = next(o for o, one in enumerate(built.table.outcomes) if one.name == outcome)
    return list({id(cell): cell for row in built.table.rows for cell in row.outcomes[at]}.values())


def charged(document: Document, *, left_out: tuple[type[Formula], ...] = NOTHING_SAID) -> Iterator[Written]:
    """All formulas that something is charged or counted by; of one that only names an outcome, each cell of that.

    Cells of a kind that is left out are not even looked at twice: of large tables, most are plain prices.
    """
    seen: set[Formula] = set()
    for one in _outside_of_tables(document):
        if isinstance(one.formula, HookName) and one.formula.name in document.pricing:
            continue  # what the hook is bound to is judged itself
        if not isinstance(one.formula, OutcomeName) or one.formula not in seen:
            seen.add(one.formula)
            yield from cells_behind(one, document, left_out=left_out)


def cells_behind(
    one: Written, document: Document, *, left_out: tuple[type[Formula], ...] = NOTHING_SAID
) -> Iterator[Written]:
    """A formula; or, of one that only names an outcome, each cell of that, where one of them decides alone."""
    named = one.formula
    if isinstance(named, OutcomeName) and document.tables[named.table].table.hit not in _GATHERED:
        yield from _cells(named, one.unit, document, left_out=left_out)
    else:
        yield one


def all_written(document: Document) -> Iterator[Written]:
    """All formulas that count, wherever they stand; cells of tables that are written alike, once."""
    for block in document.blocks:
        if fold(block.word.text) == "constants" and block.header is not None:
            at = [fold(cell.text) for cell in block.header.cells].index("value")
            places = {line.number: line.cell(at).span(block.file) for line in block.rows if not line.bad}
            for one in _constants(document):
                if one.origin.file == block.file and one.origin.line in places:
                    yield Written(one.formula, one.unit, places[one.origin.line], Start())
    yield from _outside_of_tables(document)
    for name, built in document.tables.items():
        for outcome in built.table.outcomes:
            if outcome.unit not in _WORDS:
                seen: set[int] = set()
                yield from _cells(OutcomeName(name, outcome.name), outcome.unit, document, but=seen)


def _constants(document: Document) -> Iterator[Constant]:
    for one in document.constants.built.values():
        yield from (one, *one.others)


def _outside_of_tables(document: Document) -> Iterator[Written]:
    """All formulas of pricing, plans, top-ups, items and taxes that count."""
    everywhere = Start()
    found = [(bound.typed, bound.place, everywhere, name) for name, bound in document.pricing.items()]
    for plan in document.plans.values():
        of_plan = Start(among=(("plan", Condition(frozenset({fold(plan.label)}))),))
        found += [(typed, place, of_plan, "") for typed, place in plan.cells.values()]
    for top_up in document.top_ups.values():
        found += [(typed, place, everywhere, "") for typed, place in top_up.cells.values()]
    found += [(item.price, item.place, everywhere, "") for item in document.items.values()]
    if document.taxes is not None:
        found += [(typed, place, everywhere, "") for typed, place in document.taxes.rates]
    for typed, place, start, hook in found:
        if typed is not None and typed.unit is not None and typed.unit not in _WORDS:
            yield Written(typed.formula, typed.unit, place, start, hook=hook)


def _cells(
    named: OutcomeName,
    unit: Unit,
    document: Document,
    *,
    but: set[int] | None = None,
    left_out: tuple[type[Formula], ...] = NOTHING_SAID,
) -> Iterator[Written]:
    """The cells of an outcome; of those written alike only the first, where `but` remembers them by identity."""
    built = document.tables[named.table]
    table = built.table
    if not built.complete:
        return
    at = next(o for o, one in enumerate(table.outcomes) if one.name == named.outcome)
    for number, row in enumerate(table.rows):
        for column, cell in enumerate(row.outcomes[at]):
            if isinstance(cell, left_out):
                continue
            if but is not None:
                if id(cell) in but:
                    continue
                but.add(id(cell))
            yield Written(cell, unit, None, Start(table.name, number, column), named)


def concern_of(written: Written, how: How) -> Concern:
    """The requests that come to a formula."""
    start = written.start
    plan = next((value for name, one in start.among if name == "plan" for value in one.values), "")
    rows = ((start.row,),) if start.table else ()
    return Concern(how, start.table, rows, str(plan), written.formula, written.hook)


def place_of(written: Written, document: Document) -> Span:
    """Where a formula stands."""
    if written.place is not None or written.named is None:
        return written.place or document.blocks[0].heading
    named, row, column = written.named, written.start.row, written.start.column
    built = document.tables[named.table]
    block = next(one for one in document.blocks if one.heading == built.heading)
    header = block.header.cells if block.header is not None else ()
    columns = [
        at
        for at, cell in enumerate(header)
        if at >= (block.divider or 0) and fold(cell.text.partition("/")[0]) == named.outcome
    ]
    values = built.table.across_values
    if built.table.across is not None:
        wanted = values[column] if column < len(values) else "otherwise"
        columns = [at for at in columns if fold(header[at].text.partition("/")[2]) == wanted] or columns
    return block.rows[row].cell(columns[0]).span(block.file)


def text_at(place: Span, document: Document) -> str:
    """What is written at a place."""
    for block in document.blocks:
        if block.file != place.file or block.header is None:
            continue
        for line in block.rows:
            for at in range(len(line.texts)):
                cell = line.cell(at)
                if cell.span(block.file) == place:
                    return cell.text
    return "this"


def value_of(formula: Formula, currency: Currency, document: Document) -> Fraction | None:
    """What a formula of amounts and constants comes to; None of any other, and of one that the day decides."""
    built = document.constants.built
    if any(isinstance(part, ConstantName) and part.by_day for part in parts(formula)):
        return None

    def named(name: str) -> Formula | None:
        return built[name].formula if name in built else None

    try:
        return folded(formula, named, currency=currency.code, rounding=document.heading.rounding)
    except ZeroDivisionError:
        return None
