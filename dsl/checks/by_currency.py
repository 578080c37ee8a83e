"""A table that looks at money, where several currencies are listed, is asked once for each of them.

Within one currency an amount is a plain number, so that every answer is as exact as of any other table. What is wrong
in one currency is wrong. What could be left out could be left out in all currencies in which the row can fit: only what
they all remark is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from dsl.diagnostics import Diagnostic
from dsl.document import Document
from dsl.source import Span
from dsl.syntax import Block
from engine.model import Input, InputType
from engine.money import Currency

_ABOUT_PAIRS = frozenset({"joinable-rows", "masked-in-part"})
"""Remarks on rows side by side, which are of one kind only where they fit the same currencies."""


def told_apart(inputs: Iterable[Input], document: Document) -> Sequence[Currency]:
    """The currencies for which conditions on these inputs are asked apart: all listed, where one of them is money."""
    listed = document.heading.currencies
    return listed if any(of.type is InputType.MONEY for of in inputs) else listed[:1]


def merged(found: Sequence[tuple[Currency, Block, Sequence[Diagnostic]]]) -> Iterator[Diagnostic]:
    """What is to be told of a table: of each currency, the rows that can fit it, and what was found there."""
    rows = [{line.number for line in block.rows} for _, block, _ in found]
    every = {line.number: (line.start, line.start + len(line.written)) for _, block, _ in found for line in block.rows}
    told: dict[tuple[str, Span | None], dict[int, Diagnostic]] = {}
    for at, (_, _, diagnostics) in enumerate(found):
        for one in diagnostics:
            told.setdefault((one.code, one.primary.span if one.primary else None), {}).setdefault(at, one)

    def where(span: Span | None) -> set[int]:
        """The currencies that a place is about: of a row, those that it can fit; of a header, all."""
        number = next((n for n, (start, end) in every.items() if span is not None and start <= span.start < end), None)
        return {at for at, those in enumerate(rows) if number is None or number in those}

    for by_currency in told.values():
        first = next(iter(by_currency.values()))
        about = where(first.primary.span if first.primary else None)
        alike = first.code not in _ABOUT_PAIRS or all(where(one.span) == about for one in first.secondary)
        if first.is_error or first.code == "unfinished-search" or (about <= by_currency.keys() and alike):
            codes = [found[at][0].code for at in by_currency]
            yield _as_one([*by_currency.values()], codes, in_all=about <= by_currency.keys())


def _as_one(told: Sequence[Diagnostic], codes: Sequence[str], *, in_all: bool) -> Diagnostic:
    """The first, with help that says the cell of each currency; or of one alone, which it names."""
    first = told[0]
    if all(one.help == first.help for one in told):
        lines = first.help if in_all or first.code == "gap" else tuple(f"in {codes[0]}: {line}" for line in first.help)
    elif in_all and len({len(one.help) for one in told}) == 1:
        lines = tuple(_joined([one.help[at] for one in told]) for at in range(len(first.help)))
    else:
        lines = tuple(f"in {code}: {line}" for code, one in zip(codes, told, strict=True) for line in one.help)
    return replace(first, help=lines)


def _joined(lines: Sequence[str]) -> str:
    """Lines that differ in what stands in backquotes as one, with the cells of all currencies between commas."""
    parts = [line.split("`") for line in lines]
    if len({len(one) for one in parts}) > 1:
        return lines[0]
    return "`".join(those[0] if len({*those}) == 1 else _cell(those) for those in zip(*parts, strict=True))


def _cell(cells: Sequence[str]) -> str:
    """The cells of all currencies as one."""
    items = [item for cell in cells for item in cell.removeprefix("not ").split(", ") if item != "none"]
    items += ["none"] if "none" in cells[0].split(", ") else []
    return ("not " if cells[0].startswith("not ") else "") + ", ".join(dict.fromkeys(items))
