"""All formulas of a ruleset, where they stand, and what they name."""

from __future__ import annotations

from dataclasses import replace

from dsl.build.tables import BuiltTable
from dsl.checks.lists import named_by
from dsl.document import Document
from engine.formulas import Formula, OutcomeName, parts


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
