"""The block `groups`: names for several values of an input, so that many rows can say them as one.

A group is what it holds: conditions are lowered to its members, and a ruleset means the same with and without it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter

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
    circular = _report_circles(rows, report)
    for name in TopologicalSorter(_graph(rows, circular)).static_order():
        if name not in circular:
            found[name] = _group(rows[name], of, ConditionColumns(inputs, (), {}, {of.name: found}), report)
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


def _graph(rows: Mapping[str, SheetRow], without: frozenset[str]) -> dict[str, set[str]]:
    return {name: (_named(row) & rows.keys()) - without if name not in without else set() for name, row in rows.items()}


def _named(row: SheetRow) -> set[str]:
    tree = parse_listed("condition", row.cells["members"].text)
    if isinstance(tree, Problem):
        return set()
    return {fold(item.word.text) for item in tree.items if isinstance(item, One) and not item.prefix}


def _report_circles(rows: Mapping[str, SheetRow], report: Report) -> frozenset[str]:
    """Groups that lie on a circle; each circle is reported once, at its first group."""
    bad: frozenset[str] = frozenset()
    while True:
        try:
            TopologicalSorter(_graph(rows, bad)).prepare()
        except CycleError as error:
            circle = sorted(
                {str(name) for name in error.args[1]}, key=lambda name: (rows[name].file, rows[name].number)
            )
            first, *others = circle
            around = [
                Label(rows[name].span("members"), f"`{rows[name].text('name', '')}` is on the circle")
                for name in others
            ]
            message = f"the group `{rows[first].text('name', '')}` is defined in terms of itself"
            mend = "let one of them list values alone"
            report.error("circular-name", message, rows[first].span("members"), secondary=around, help=(mend,))
            bad |= frozenset(circle)
        else:
            return bad


def with_groups(columns: ConditionColumns, groups: Groups, report: Report) -> ConditionColumns:
    """What conditions may name, groups among it."""
    return replace(columns, groups=groups, all_groups="groups" not in report.unsure)
