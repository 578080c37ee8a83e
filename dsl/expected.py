"""What a test expects of an outcome: a cell read by the outcome's unit, `$120.00/h`, `>= $95.00/h`, `none`, `yes`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from dsl.amounts import Quantity, read_amount
from dsl.cells import parse_listed
from dsl.diagnostics import Problem
from dsl.slips import meant, of_conditions
from dsl.suggest import did_you_mean
from dsl.syntax import Between, Compared, Listed, Missing, One, Word
from dsl.testing import Expected, listed_codes
from dsl.units import example_of, said
from engine.formulas import Unit
from engine.model import Condition, Span
from engine.money import Currency
from engine.names import fold

_WORDS = (Unit.TEXT, Unit.YES_NO)


class _StopError(Exception):
    def __init__(self, problem: Problem | None) -> None:
        super().__init__()
        self.problem = problem


@dataclass(slots=True)
class _Found:
    values: set[str | bool | Fraction | date] = field(default_factory=set)
    spans: list[Span] = field(default_factory=list)


def read_expected(
    text: str, unit: Unit, currencies: tuple[Currency, ...], constants: Mapping[str, Quantity | Problem | None]
) -> Expected | Problem | None:
    """Read a cell that is not `-`.

    Args:
        text: The cell.
        unit: What the outcome counts.
        currencies: The ruleset's; an amount is compared in the currency that it is said in.
        constants: By folded name; None for one that is wrong.

    Returns:
        What is expected; or what is wrong with the cell; or None where it names a constant whose fault was reported.
    """
    found = _read(text, unit, currencies, constants)
    if not isinstance(found, Problem):
        return found
    rewritings = of_conditions(unit if unit not in _WORDS else None, currencies)
    return meant(found, text, lambda other: _read(other, unit, currencies, constants), rewritings)


def _read(
    text: str, unit: Unit, currencies: tuple[Currency, ...], constants: Mapping[str, Quantity | Problem | None]
) -> Expected | Problem | None:
    tree = parse_listed("condition" if unit in _WORDS else "ordered", text)
    if isinstance(tree, Problem):
        return tree
    try:
        return Expected(text, _Reading(unit, currencies, constants).conditions(tree))
    except _StopError as stop:
        return stop.problem


def read_codes(text: str) -> Expected | Problem | None:
    """Read the codes of taxes, in any order; all that apply are to be these."""
    tree = parse_listed("condition", text)
    if isinstance(tree, Problem):
        return tree
    words = [
        "none" if isinstance(item, Missing) else item.word.text  # a word like any other, as a code
        for item in tree.items
        if isinstance(item, Missing) or (isinstance(item, One) and not item.prefix)
    ]
    if tree.negated or len(words) < len(tree.items):
        return Problem("wrong-type", "the codes of taxes are listed", (0, len(text)), help=("`GST, QST`",))
    return Expected(text, {"": Condition(frozenset({fold(listed_codes(words))}))})


@dataclass(frozen=True, slots=True)
class _Reading:
    unit: Unit
    currencies: tuple[Currency, ...]
    constants: Mapping[str, Quantity | Problem | None]

    def conditions(self, tree: Listed) -> Mapping[str, Condition]:
        found: dict[str, _Found] = {}
        missing = False
        for item in tree.items:
            match item:
                case Missing():
                    missing = True
                case One(prefix=False, word=word):
                    for code, value in self._values(word):
                        found.setdefault(code, _Found()).values.add(value)
                case Compared() | Between():
                    for code, span in self._spans(item):
                        found.setdefault(code, _Found()).spans.append(span)
                case One():
                    raise self._refused("`*` stands only in columns of text", item.word)
        if not found:
            found[""] = _Found()
        return {
            code: Condition(frozenset(one.values), (), tuple(one.spans), missing and not tree.negated, tree.negated)
            for code, one in found.items()
        }

    def _refused(self, message: str, word: Word | Between) -> _StopError:
        return _StopError(Problem("wrong-type", message, word.at, help=(example_of(self.unit, self.currencies),)))

    def _spans(self, item: Compared | Between) -> Sequence[tuple[str, Span]]:
        if isinstance(item, Between):
            return self._between(item)
        return [(code, self._compared(item, bound)) for code, bound in self._bounds(item.word)]

    def _compared(self, item: Compared, bound: Fraction) -> Span:
        match item.op:
            case ">=":
                return Span(bound, None)
            case ">":
                return Span(bound, None, low_counts=False)
            case "<":
                return Span(None, bound)
            case "<=":
                return Span(None, bound, high_counts=True)
            case "=":
                return Span(bound, bound, high_counts=True)
            case _:
                mend = f"`not {item.word.text}`"
                raise _StopError(
                    Problem("syntax", f"`{item.op}` does not stand in a condition", item.word.at, help=(mend,))
                )

    def _between(self, item: Between) -> Sequence[tuple[str, Span]]:
        low = dict(self._bounds(item.low)) if item.low is not None else None
        high = dict(self._bounds(item.high)) if item.high is not None else None
        if low is None or high is None:
            return [
                *((code, Span(bound, None)) for code, bound in (low or {}).items()),
                *((code, Span(None, bound)) for code, bound in (high or {}).items()),
            ]
        if not low.keys() & high.keys():
            raise self._refused("the ends of a span are in one currency", item)
        spans = [(code, Span(bound, high[code])) for code, bound in low.items() if code in high]
        if any(low[code] >= high[code] for code, _ in spans):
            raise self._refused("this span is empty: it includes its start, and not its end", item)
        return spans

    def _values(self, word: Word) -> Sequence[tuple[str, str | bool | Fraction]]:
        if self.unit is Unit.TEXT:
            return [("", fold(word.text))]
        if self.unit is Unit.YES_NO:
            if fold(word.text) not in ("yes", "no"):
                raise self._refused(f"this is yes or no, not `{word.text}`", word)
            return [("", fold(word.text) == "yes")]
        return self._bounds(word)

    def _bounds(self, word: Word) -> Sequence[tuple[str, Fraction]]:
        """An amount by the code of its currency, blank for what is no money; of a constant, in each."""
        if self.unit in _WORDS:
            raise self._refused(f"{said(self.unit)} has no order", word)
        found = self._quantity(word)
        if found.unit is not self.unit:
            message = f"this is {said(found.unit)}, where {said(self.unit)} is wanted"
            raise _StopError(Problem("wrong-unit", message, word.at, help=(example_of(self.unit, self.currencies),)))
        return found.said()

    def _quantity(self, word: Word) -> Quantity:
        if fold(word.text) in self.constants:
            value = self.constants[fold(word.text)]
            if isinstance(value, Problem):
                raise _StopError(replace(value, at=word.at))
            if value is None:
                raise _StopError(None)
            return value
        found = read_amount(word.text, self.currencies)
        if not isinstance(found, Problem):
            return found
        if word.text[:1].isalpha() and word.text.replace(" ", "").isalpha():
            message = f"there is no constant called `{word.text}`"
            label = did_you_mean(word.text, self.constants)
            mend = example_of(self.unit, self.currencies)
            raise _StopError(Problem("unknown-name", message, word.at, label, (mend,)))
        start = word.at[0]
        at = (start + found.at[0], start + found.at[1])
        raise _StopError(Problem(found.code, found.message, at, found.label, found.help) if self.currencies else None)
