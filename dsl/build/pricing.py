"""The block `pricing`: hooks, and the formulas bound to them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from dsl.build.names import rows_by_name
from dsl.build.sheet import Columns, SheetRow, read_rows, report_problem
from dsl.diagnostics import Label, Problem, Report
from dsl.source import Span
from dsl.suggest import listed, nearest
from dsl.syntax import Block
from dsl.units import Scope, Typed
from dsl.words import read_value
from engine.hooks import HOOK_BY_NAME, HOOKS, Hook
from engine.model import Binding

_COLUMNS = Columns(required=("name", "formula"))


@dataclass(frozen=True, slots=True)
class BuiltBinding:
    """A hook's binding; `typed` is None where its formula is wrong."""

    hook: Hook
    binding: Binding | None
    typed: Typed | None
    place: Span


def read_pricing(blocks: Sequence[Block], scope: Scope, report: Report) -> dict[str, BuiltBinding]:
    """Read the one block `pricing` by folded hook name."""
    for other in blocks[1:]:
        first = Label(blocks[0].heading, "it begins here")
        mend = "move its rows to the first"
        report.error(
            "duplicate-name", "a ruleset has one block `pricing`", other.heading, secondary=(first,), help=(mend,)
        )
    by_name: dict[str, SheetRow] = {}
    for block in blocks:  # a second block is told as such, and not row by row
        for name, row in rows_by_name(read_rows(block, _COLUMNS, report), "name", "pricing", report).items():
            by_name.setdefault(name, row)
    found: dict[str, BuiltBinding] = {}
    for name, row in by_name.items():
        hook = HOOK_BY_NAME.get(name) or _meant(name, row.span("name"), by_name, report)
        if hook is None:
            continue
        cell = row.cells["formula"]
        read = read_value(cell.text, scope, hook) if cell.text else None
        if isinstance(read, Problem):
            report_problem(read, cell, row.file, report)
            read = None
        binding = Binding(hook.name, read.formula, row.origin) if read is not None else None
        found[hook.name] = BuiltBinding(hook, binding, read, row.span("formula"))
    return found


def _meant(name: str, span: Span, bound: Collection[str], report: Report) -> Hook | None:
    """Report a name that is no hook; the hook that was meant, where one is near and not bound itself."""
    report.unsure.add("pricing")
    near = nearest(name, [hook.name for hook in HOOKS if hook.name not in bound])
    label = f"did you mean `{near}`?" if near else ""
    mend = f"the hooks are {listed(HOOK_BY_NAME, at_most=12)}"
    report.error("unknown-name", f"there is no hook called `{name}`", span, label=label, help=(mend,))
    return HOOK_BY_NAME[near] if near else None
