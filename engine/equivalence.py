"""Whether two tables decide alike, whatever is asked: what a mend that joins rows is held to.

Of each pair of rows, one of each table, that say different things: is there a case that comes to both? The rows of both
tables stand in one `Space`, so that one search answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.analysis import Case, Space
from engine.contraction import numbered
from engine.currencies import input_in, table_in
from engine.matching import rows_of
from engine.model import Hit, Input, Ruleset, Table

IN_ORDER = (Hit.FIRST, Hit.UNIQUE, Hit.ANY)
"""Of these the first row that fits decides."""


def difference(one: Table, other: Table, inputs: Sequence[Input]) -> Case | None:
    """A case that two tables of the same inputs and outcomes, decided in order, decide differently; None where there is none.

    Raises:
        UndecidedError: it was not found out within the limit.
    """
    rows = [row.conditions for row in (*one.rows, *other.rows)]
    space = Space(rows, inputs)
    said = numbered([formula for cells in row.outcomes for formula in cells] for row in (*one.rows, *other.rows))
    count = len(one.rows)
    mine, theirs = (1 << count) - 1, space.all & ~((1 << count) - 1)
    for left, right in ((mine, theirs), (theirs, mine)):
        for row in rows_of(left):  # what one decides, and the other does not
            point = space.covered_by(space.box(row), right).point
            if point is not None:
                return space.case(point)
    for row in rows_of(mine):
        box = space.box(row)
        for at in rows_of(theirs & space.meeting(box)):
            if said[at] == said[row]:
                continue
            before = (1 << row) - 1 | ((1 << at) - 1 & theirs)
            point = space.covered_by(space.both(box, space.box(at)), before).point
            if point is not None:
                return space.case(point)
    return None


def decide_alike(one: Ruleset, other: Ruleset) -> bool:
    """Whether two rulesets differ in nothing but tables, and these decide alike in every currency.

    Raises:
        UndecidedError: it was not found out within the limit.
    """
    if one.tables.keys() != other.tables.keys():
        return False
    for name, table in one.tables.items():
        changed = other.tables[name]
        if _said(table) == _said(changed):
            continue
        if table.hit not in IN_ORDER or (table.hit, table.inputs, table.outcomes) != (
            changed.hit,
            changed.inputs,
            changed.outcomes,
        ):
            return False
        for currency in one.currencies:
            inputs = [input_in(one.inputs[of], currency.code) for of in table.inputs]
            if difference(table_in(table, currency.code), table_in(changed, currency.code), inputs) is not None:
                return False
    return True


def _said(table: Table) -> Mapping[int, object]:
    return {at: (row.conditions, row.outcomes, row.catch_all) for at, row in enumerate(table.rows)}
