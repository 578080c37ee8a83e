"""wrong-level: a formula looks at what is not known yet where it is decided."""

from __future__ import annotations

from dsl.diagnostics import Report
from dsl.document import Document
from dsl.source import Span
from dsl.units import Typed
from engine.compiler import looked_at
from engine.coverage import KNOWN_BEFORE
from engine.formulas import Literal, OutcomeName, Unit
from engine.hooks import HOOKS, Level
from engine.model import InputType, Measure

_TOGETHER = frozenset({"request", "day"})
"""Scopes that round work of several worklogs as one."""
_BEYOND = {Measure.HOURS: Level.SEGMENT, Measure.REQUESTS: Level.REQUEST, Measure.FIXED: Level.SEGMENT}


def check_levels(document: Document, report: Report) -> None:
    """Hooks, plan cells, top-ups, items and taxes look no deeper than they may."""
    together = sorted(_scopes(document) & _TOGETHER)
    for name, bound in document.pricing.items():
        if bound.typed is None:
            continue
        level, what = bound.hook.level, f"the hook `{name}` is decided per {bound.hook.level.label}"
        if together and bound.hook.unit is Unit.DURATION:
            level = Level.REQUEST
            what = f"`scope` may be `{together[-1]}`, so that the hook `{name}` is decided per request"
        _check(bound.typed, bound.place, level, what, report)
    for plan in document.plans.values():
        for column, (typed, place) in plan.cells.items():
            level = Level.CONTRACT if column != "beyond" else _BEYOND[plan.measure] if plan.measure else Level.SEGMENT
            _check(typed, place, level, f"`{column}` of a plan is decided per {level.label}", report)
    for top_up in document.top_ups.values():
        for column, (typed, place) in top_up.cells.items():
            _check(typed, place, Level.CONTRACT, f"`{column}` of a top-up is decided per contract", report)
    for item in document.items.values():
        if item.price is not None:
            _check(item.price, item.place, Level.CONTRACT, "`price` of an item is decided per contract", report)
    _check_class(document, report)
    _check_tables(document, report)
    _check_taxes(document, report)


def _check(typed: Typed, place: Span, allowed: Level, what: str, report: Report) -> None:
    if typed.level <= allowed:
        return
    message = f"{what}, but this looks at `{typed.deepest}`, which is known per {typed.level.label}"
    deep_enough = [f"`{hook.name}`" for hook in HOOKS if hook.level >= typed.level]
    mends = [f"take `{typed.deepest}` out of the table that it names"]
    if deep_enough and typed.level <= Level.SEGMENT:
        mends.append(f"hooks that may look at it: {', '.join(deep_enough)}")
    report.error("wrong-level", message, place, help=mends)


def _check_class(document: Document, report: Report) -> None:
    """The class comes before the contract, so it looks at nothing that a contract tells."""
    bound = document.pricing.get("class")
    if bound is None or bound.typed is None:
        return
    tables = {name: built.table for name, built in document.tables.items()}
    for name in sorted(looked_at(bound.typed.formula, tables)):
        of = document.inputs.get(name)
        if of is not None and of.type is InputType.MONEY and len(document.heading.currencies) > 1:
            message = f"the hook `class` says which contract pays, but this looks at `{of.label}`, whose currency only the contract tells"
            report.error(
                "wrong-level", message, bound.place, help=(f"take `{of.label}` out of the table that it names",)
            )
            return
        if of is None or not (of.name == "start band" or (of.level is Level.CONTRACT and of.name not in KNOWN_BEFORE)):
            continue
        when = "is known later" if of.name == "start band" else "only the contract tells"
        message = f"the hook `class` says which contract pays, but this looks at `{of.label}`, which {when}"
        known = ", ".join(f"`{one}`" for one in sorted(KNOWN_BEFORE))
        mends = (
            f"take `{of.label}` out of the table that it names",
            f"of the account it may look at {known}; and at all of the request and the worklog but `start band`",
        )
        report.error("wrong-level", message, bound.place, help=mends)
        return


def _scopes(document: Document) -> set[str]:
    """What the hook `scope` may be."""
    bound = document.pricing.get("scope")
    found: set[str] = set()
    seen: set[OutcomeName] = set()
    left = [bound.typed.formula] if bound is not None and bound.typed is not None else []
    while left:
        formula = left.pop()
        if isinstance(formula, Literal):
            found.add(str(formula.value))
        elif isinstance(formula, OutcomeName) and formula not in seen and formula.table in document.tables:
            seen.add(formula)
            table = document.tables[formula.table].table
            at = next(o for o, outcome in enumerate(table.outcomes) if outcome.name == formula.outcome)
            left += [cell for row in table.rows for cell in row.outcomes[at]]
    return found


def _check_tables(document: Document, report: Report) -> None:
    for built in document.tables.values():
        if built.level is Level.LINE:
            message = f"only `taxes` looks at `{built.deepest}`, which is known per line of a document"
            report.error("wrong-level", message, built.heading, help=(f"take the column `{built.deepest}` out",))


def _check_taxes(document: Document, report: Report) -> None:
    if document.taxes is None:
        return
    for of, place in document.taxes.inputs:
        if of.level not in (Level.CONTRACT, Level.LINE):
            message = f"taxes are decided per line of a document, and `{of.label}` is known per {of.level.label}"
            report.error(
                "wrong-level", message, place, help=("taxes look at the contract's inputs, `line` and `product`",)
            )
    for typed, place in document.taxes.rates:
        _check(typed, place, Level.CONTRACT, "the rate of a tax is decided per contract", report)
