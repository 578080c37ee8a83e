"""Outcomes of tables: the cells right of `||`, their units, and what a formula gets that names one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from dsl.build.sheet import report_empty, report_problem
from dsl.diagnostics import Label, Problem, Report
from dsl.source import Span
from dsl.syntax import Block, Cell, Line
from dsl.units import Scope, Typed, said
from dsl.words import read_value
from engine.formulas import INHERIT, Formula, Literal, Nothing, Prices, Unit
from engine.hooks import HOOK_BY_NAME, Level
from engine.model import Hit
from engine.names import fold

_COUNTABLE = frozenset(unit for unit in Unit if unit not in (Unit.YES_NO, Unit.TEXT, Unit.DATE))
_GATHERED = {Hit.SUM: _COUNTABLE, Hit.MIN: _COUNTABLE, Hit.MAX: _COUNTABLE, Hit.LIST: frozenset({Unit.MONEY})}
_WHAT = {
    Hit.SUM: "what can be added up",
    Hit.MIN: "what can be compared",
    Hit.MAX: "what can be compared",
    Hit.LIST: "money, a line each",
}
_DECIMAL = 4
"""10 to the power of so many digits is a multiple of every denominator with one digit that a decimal number can have."""


@dataclass(frozen=True, slots=True)
class OutcomeColumn:
    """A column of outcomes: its index, the outcome, and for which value of the `across` input (None: all others)."""

    index: int
    outcome: str
    label: str
    value: str | None
    header: Cell


def declared_unit(outcome: str) -> Unit | None:
    """The unit of an outcome that is called like a hook; None for any other."""
    hook = HOOK_BY_NAME.get(outcome)
    return hook.unit if hook is not None else None


class OutcomeCells:
    """Reads the outcomes of one table; equal cells of an outcome are read once."""

    def __init__(
        self, block: Block, columns: Mapping[str, Sequence[OutcomeColumn]], hit: Hit, scope: Scope, report: Report
    ) -> None:
        self._block = block
        self._columns = columns
        self._hit = hit
        self._scope = scope
        self._report = report
        self._memo: dict[tuple[str, str], Typed | Problem | None] = {}
        self._right = [
            (itemgetter(*(column.index for column in those)), those, dict[object, tuple[Formula, ...]]())
            for those in columns.values()
        ]
        """For each outcome: how to take its texts from a line, its columns, and what its texts say."""
        self._first: dict[str, Span] = {}
        self._bad: set[str] = set()
        self._by_outcome: dict[str, list[Typed]] = {}

    @property
    def typed(self) -> list[Typed]:
        """All that its cells say, each once."""
        return [typed for each in self._by_outcome.values() for typed in each]

    def read(self, line: Line, units: dict[str, Unit | None]) -> tuple[tuple[Formula, ...], ...] | None:
        """The outcomes of a row; None where a cell is wrong. Learns the units that are not declared."""
        if line.bad:
            self._bad.update(self._columns)
            return None
        found: list[tuple[Formula, ...]] = []
        for texts_of, columns, right in self._right:
            texts = texts_of(line.texts)
            formulas = right.get(texts)
            if formulas is None:
                cells = [self._cell(line.cell(column.index), column.outcome, units) for column in columns]
                formulas = tuple([formula for formula in cells if formula is not None])
                if len(formulas) < len(columns):
                    continue
                right[texts] = formulas
            found.append(formulas)
        return tuple(found) if found and len(found) == len(self._right) else None

    def _cell(self, cell: Cell, outcome: str, units: dict[str, Unit | None]) -> Formula | None:
        """A cell of an outcome; None where it is wrong."""
        file = self._block.file
        if not cell.text:
            report_empty(cell, file, self._report)
            self._bad.add(outcome)
            return None
        if fold(cell.text) == "inherit":
            return self._inherited(cell, outcome)
        key = (outcome, cell.text)
        if key not in self._memo:
            self._memo[key] = read_value(cell.text, self._scope, HOOK_BY_NAME.get(outcome))
            typed = self._memo[key]
            if isinstance(typed, Typed):
                self._by_outcome.setdefault(outcome, []).append(typed)
        found = self._memo[key]
        if isinstance(found, Problem):
            report_problem(found, cell, file, self._report)
        if not isinstance(found, Typed):
            self._bad.add(outcome)
            return None
        return found.formula if self._agrees(found, cell, outcome, units) else None

    def _inherited(self, cell: Cell, outcome: str) -> Formula | None:
        if self._hit is Hit.MERGE:
            return INHERIT
        message = "`inherit` leaves the outcome to the next row that fits, and only `hit merge` looks at that"
        mends = ("write the value again", "or write `hit merge`")
        self._report.error("wrong-type", message, cell.span(self._block.file), help=mends)
        self._bad.add(outcome)
        return None

    def _agrees(self, typed: Typed, cell: Cell, outcome: str, units: dict[str, Unit | None]) -> bool:
        """Whether a cell counts what its outcome counts, and what the hit policy can gather."""
        file = self._block.file
        if typed.unit is None:
            return True
        if not self._gathers(typed, cell, outcome):
            return False
        unit = units[outcome]
        if unit is None:
            units[outcome] = typed.unit
            self._first[outcome] = cell.span(file)
        elif unit is not typed.unit:
            first = Label(self._first[outcome], f"{said(unit)} here")
            message = f"one outcome has one unit, but this is {said(typed.unit)} and the rows above {said(unit)}"
            self._report.error("wrong-unit", message, cell.span(file), secondary=(first,))
            return False
        return True

    def _gathers(self, typed: Typed, cell: Cell, outcome: str) -> bool:
        """Whether the hit policy can gather such values; if not, that was reported at the outcome's first cell."""
        wanted = _GATHERED.get(self._hit)
        if wanted is None or typed.unit is None or typed.unit in wanted:
            return True
        if outcome not in self._bad:
            message = f"`hit {self._hit.value}` gathers {_WHAT[self._hit]}, and this is {said(typed.unit)}"
            mend = "write `hit first`, or put the outcome into a table of its own"
            self._report.error("wrong-unit", message, cell.span(self._block.file), help=(mend,))
        self._bad.add(outcome)
        return False

    def unit(self, of_cells: Unit | None) -> Unit | None:
        """The unit of an outcome, from that of its cells: how many fit is a number, whatever they are."""
        return Unit.NUMBER if self._hit is Hit.COUNT else of_cells

    def summary(self, outcome: str, unit: Unit | None, level: Level, deepest: str) -> Typed | None:
        """What another formula gets that names this outcome; None where some cell of it is wrong."""
        parts = self._by_outcome.get(outcome, [])
        if (outcome in self._bad and unit is None) or not parts:
            return None
        numerator, denominator = self._digits(parts)
        return Typed(
            formula=parts[0].formula,
            unit=self.unit(unit),
            level=level,
            deepest=deepest,
            depth=max(part.depth for part in parts),
            numerator=numerator,
            denominator=denominator,
            inputs=any(part.inputs for part in parts),
            words=_words(parts),
        )

    def _digits(self, parts: Sequence[Typed]) -> tuple[int, int]:
        """Digits of the value's numerator and denominator at most; a sum has the denominators of all its parts."""
        top = max(part.numerator for part in parts)
        low = max(part.denominator for part in parts)
        if self._hit not in (Hit.SUM, Hit.LIST, Hit.COUNT):
            return top, low
        count = len(str(len(self._block.rows)))
        if self._hit is Hit.COUNT:
            return count, 1
        decimal = max((part.denominator for part in parts if _is_decimal(part)), default=0)
        low = _DECIMAL * decimal + sum(part.denominator for part in parts if not _is_decimal(part))
        return top + low + count, low


def _words(parts: Sequence[Typed]) -> str:
    """The hook that all its words are for."""
    hooks = {part.words for part in parts if part.unit is not None}
    return hooks.pop() if len(hooks) == 1 else ""


def _is_decimal(part: Typed) -> bool:
    """Whether it is a written amount, whose denominator divides a power of ten."""
    return isinstance(part.formula, Literal | Prices | Nothing)
