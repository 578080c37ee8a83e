"""missing-percent: a price times a number that was meant as a percentage: `senior * 150` in place of `senior * 150%`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dsl.amounts import Quantity, read_amount, shown
from dsl.build.sheet import FREE
from dsl.cells import parse_formula
from dsl.checks.formulas import Written, cells_behind, place_of, text_at, value_of
from dsl.diagnostics import Diagnostic, Label, Problem, Report, Severity
from dsl.document import Document
from dsl.source import Span
from dsl.syntax import Amount, Binary, Block, Cell, FormulaTree, FunctionCall, Member, Name, PriceList
from engine.formulas import Unit
from engine.hooks import HOOK_BY_NAME
from engine.names import fold
from engine.reaching import Start
from engine.touched import Concern, How

LEAST = 20
"""A factor of a price from which on a percentage was meant: nobody sells an hour for twenty times its price."""
MOST_BURNT = 10
"""Minutes of allowance that a minute uses, from which on a percentage was meant, or a decimal point is lost."""
_BARE = re.compile(r"[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?")
_PRICES = (Unit.HOURLY, Unit.PER_REQUEST)
_BLOCKS = frozenset({"constants", "table", "pricing", "plans", "top-ups", "items"})


def check_percent(document: Document, report: Report) -> None:
    """No price is multiplied by what must be a percentage, and no minute uses many times itself."""
    _check_burn(document, report)
    for block in document.blocks:
        of_table = fold(block.word.text) == "table"
        for row, cell in _formulas(block):
            tree = parse_formula(cell.text)
            concern = Concern(How.DECIDED, fold(block.name.text), ((row,),)) if of_table and block.name else None
            for part in _parts(tree) if not isinstance(tree, Problem) else ():
                _check(part, cell, block.file, document, report, concern)


def _formulas(block: Block) -> Iterator[tuple[int, Cell]]:
    """The cells of a block that may be formulas, and hold a number that multiplies."""
    if fold(block.word.text) not in _BLOCKS or block.header is None:
        return
    columns = [at for at in range(block.divider or 0, len(block.header.texts)) if fold(block.header.texts[at]) != FREE]
    for row, line in enumerate(block.rows):
        for at in columns:
            if "*" in line.texts[at]:
                yield row, line.cell(at)


def _check(
    part: FormulaTree, cell: Cell, file: str, document: Document, report: Report, concern: Concern | None
) -> None:
    if not isinstance(part, Binary) or part.op != "*":
        return
    for factor, other in ((part.right, part.left), (part.left, part.right)):
        if isinstance(factor, Amount) and _counts(factor.text) and _unit(other, document) in _PRICES:
            start, end = factor.at
            message = f"this price is multiplied by {factor.text}, and not by {factor.text}%"
            place = Label(Span(file, cell.start + start, cell.start + end), f"did you mean `{factor.text}%`?")
            report.add(Diagnostic("missing-percent", Severity.WARNING, message, place, concern=concern))
        elif isinstance(factor, Name) and _unit(other, document) in _PRICES:
            value = document.constants.values.get(fold(factor.text))
            if isinstance(value, Quantity) and value.unit is Unit.NUMBER and value.value >= LEAST:
                start, end = factor.at
                times = shown(value.value, Unit.NUMBER)
                message = f"this price is multiplied by `{factor.text}`, which is {times}, and not {times}%"
                place = Label(Span(file, cell.start + start, cell.start + end), f"{times} times the price")
                mends = (f"write `{times}%` for `{factor.text}`, or how many times it is",)
                report.add(Diagnostic("missing-percent", Severity.WARNING, message, place, help=mends, concern=concern))


def _check_burn(document: Document, report: Report) -> None:
    """A minute of work that uses ten minutes of allowance, or more, lacks a `%`, or a decimal point."""
    bound = document.pricing.get("burn")
    if bound is None or bound.typed is None:
        return
    for one in cells_behind(Written(bound.typed.formula, Unit.NUMBER, bound.place, Start()), document):
        value = value_of(one.formula, document.heading.currencies[0], document)
        if value is None or value < MOST_BURNT:
            continue
        place = place_of(one, document)
        text = text_at(place, document)
        if text.endswith("%"):
            continue
        times = shown(value, Unit.NUMBER)
        message = f"a minute of work uses {times} minutes of the allowance: `burn` is a number, or a percentage"
        mends = (
            [f"write `{times}%`"] if value >= LEAST else [f"write `{shown(value / 10, Unit.NUMBER)}`, or `{times}%`"]
        )
        report.add(Diagnostic("missing-percent", Severity.WARNING, message, Label(place), help=tuple(mends)))


def _counts(text: str) -> bool:
    return _BARE.fullmatch(text) is not None and int(text.partition(".")[0].replace(",", "")) >= LEAST


def _parts(tree: FormulaTree) -> Iterator[FormulaTree]:
    yield tree
    match tree:
        case Binary(left=left, right=right):
            yield from _parts(left)
            yield from _parts(right)
        case FunctionCall(arguments=arguments):
            for argument in arguments:
                yield from _parts(argument)


def _unit(tree: FormulaTree, document: Document) -> Unit | None:
    """What a part of a formula counts, where that is plain."""
    match tree:
        case Amount(text=text):
            amount = read_amount(text, document.heading.currencies)
            return amount.unit if isinstance(amount, Quantity) else None
        case PriceList(amounts=(first, *_)):
            return _unit(first, document)
        case Name(text=text):
            typed = document.constants.typed.get(fold(text))
            hook = HOOK_BY_NAME.get(fold(text))
            return typed.unit if typed is not None else hook.unit if hook is not None else None
        case Member(table=table, outcome=outcome):
            built = document.tables.get(fold(table.text))
            typed = built.outcomes.get(fold(outcome.text)) if built is not None else None
            return typed.unit if typed is not None else None
        case Binary(op="+" | "-", left=left):
            return _unit(left, document)
        case FunctionCall(function="if", arguments=(_, then, _)):
            return _unit(then, document)
        case FunctionCall(arguments=(first, *_)):
            return _unit(first, document)
    return None
