"""The block `groups`: names for several values of an input, so that many rows can say them as one.

A group is what it holds: conditions are lowered to its members, and a ruleset means the same with and without it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from dsl.build.circles import in_order
from dsl.build.names import Names
from dsl.build.sheet import Columns, SheetRow, read_rows, report_problem
from dsl.cells import parse_listed
from dsl.conditions import Columns as ConditionColumns
from dsl.conditions import Group, read_condition, spellings_of
from dsl.diagnostics import Label, Problem, Report
from dsl.suggest import did_you_mean, listed
from dsl.syntax import Block, One
from engine.model import Condition, Input, InputType
from engine.names import fold

_COLUMNS = Columns(required=("name", "of", "members"))
_GROUPED = (InputType.CHOICE, InputType.TEXT)
Groups = Mapping[str, Mapping[str, Group | None]]
"""By folded input, then by folded name; None for a group that is wrong, which was reported."""


def read_groups(blocks: Sequence[Block], inputs: Mapping[str, Input | None], report: Report) -> Groups:
    """Read all groups; one may name others of the same input, in any order, without a circle."""
    rows = [row for block in blocks for row in read_rows(block, _COLUMNS, report)]
    by_input: defaultdict[str, dict[str, SheetRow]] = defaultdict(dict)
    names: dict[str, Names] = {}
    for row in rows:
        label, of = row.text("name", ""), _of(row, inputs, report)
        if row.bad or not label or of is None:
            report.unsure.add("groups")
            continue
        known = names.setdefault(of.name, Names(f"groups of `{of.label}`", report))
        if known.declare(label, row.span("name")) and _is_no_value(row, label, of, report):
            by_input[of.name][fold(label)] = row
    declared = {name: one for name, one in inputs.items() if one is not None}
    return {name: _of_input(declared[name], declared, those, report) for name, those in by_input.items()}


def _of(row: SheetRow, inputs: Mapping[str, Input | None], report: Report) -> Input | None:
    """The input whose values a group holds; None where there is none, or none that groups can be of."""
    text = row.text("of", "")
    of = inputs.get(fold(text))
    if of is not None and of.type not in _GROUPED:
        message = f"groups are of words, and `{of.label}` is {of.type.value}"
        report.error("wrong-type", message, row.span("of"), help=("write the span in each cell: `>= 4 h`",))
        return None
    if text and fold(text) not in inputs and "inputs" not in report.unsure:
        known = [one.label for one in inputs.values() if one is not None and one.type in _GROUPED]
        message, label = f"there is no input called `{text}`", did_you_mean(text, known)
        mends = () if label else (f"groups are of one of {listed(known, at_most=20)}",)
        report.error("unknown-name", message, row.span("of"), label=label, help=mends)
    return of


def _is_no_value(row: SheetRow, label: str, of: Input, report: Report) -> bool:
    if fold(label) not in of.spellings:
        return True
    message = f"`{label}` is a value of `{of.label}`"
    report.error("duplicate-name", message, row.span("name"), help=("give the group another name",))
    return False


def _of_input(
    of: Input, inputs: Mapping[str, Input], rows: Mapping[str, SheetRow], report: Report
) -> dict[str, Group | None]:
    """The groups of one input, those that others name before them."""
    found: dict[str, Group | None] = dict.fromkeys(rows)
    order = in_order({name: _named(row) & rows.keys() for name, row in rows.items()})
    for circle in order.circles:
        _report_circle([rows[name] for name in circle], report)
    columns = ConditionColumns(inputs, (), {}, {of.name: found})
    for name in order.names:
        found[name] = _group(rows[name], of, columns, report)
    return found


def _group(row: SheetRow, of: Input, columns: ConditionColumns, report: Report) -> Group | None:
    cell = row.cells["members"]
    if not cell.text:
        return None
    found = read_condition(cell.text, of, columns)
    if isinstance(found, Condition) and (found.negated or found.missing):
        mend = "list them: `A, B`; `not` and `none` stand in the cells that name the group"
        found = Problem("wrong-type", "a group lists what belongs to it", (0, len(cell.text)), help=(mend,))
    if isinstance(found, Problem):
        report_problem(found, cell, row.file, report)
    if not isinstance(found, Condition):
        return None
    return Group(row.text("name", ""), found, spellings_of(cell.text, of, columns))


def _named(row: SheetRow) -> set[str]:
    tree = parse_listed("condition", row.cells["members"].text)
    if isinstance(tree, Problem):
        return set()
    return {fold(item.word.text) for item in tree.items if isinstance(item, One) and not item.prefix}


def _report_circle(circle: Sequence[SheetRow], report: Report) -> None:
    """Tell of a circle once, at the first of its groups."""
    first, *others = sorted(circle, key=lambda row: (row.file, row.number))
    around = [Label(row.span("members"), f"`{row.text('name', '')}` is on the circle") for row in others]
    message = f"the group `{first.text('name', '')}` is defined in terms of itself"
    mend = "let one of them list values alone"
    report.error("circular-name", message, first.span("members"), secondary=around, help=(mend,))


def with_groups(columns: ConditionColumns, groups: Groups, report: Report) -> ConditionColumns:
    """What conditions may name, groups among it."""
    return replace(columns, groups=groups, all_groups="groups" not in report.unsure)
