"""The cases that a test is about: one for each way in which the tables' rows can come to fit.

Each input's values fall into classes that no row can tell apart (`engine.analysis`), so a walk over classes is a walk
over all values. Where two ways leave the same rows in play they lead to the same decisions, and one is walked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from engine.analysis import CaseValue, Other, ValueClass, value_classes
from engine.formulas import Value
from engine.model import ANY, Condition, Input, InputType, Table

ANY_OTHER = "\N{REPLACEMENT CHARACTER}"
"""A text that no row can name, for all texts that none does."""


@dataclass(frozen=True, slots=True)
class Space:
    """All cases of a test.

    Attributes:
        classes: Of each input.
        given: The bit that stays set while the case is one that the test is about.
        rows: All bits: of the tables' rows, and of what else tells cases apart.
        sampled: Inputs that formulas count with and that the test leaves open: a class of theirs holds values with
            different results.
    """

    inputs: tuple[Input, ...]
    classes: tuple[tuple[ValueClass, ...], ...]
    given: int
    rows: int
    sampled: tuple[Input, ...]


def space(
    inputs: Sequence[Input],
    tables: Collection[Table],
    given: Mapping[str, Condition],
    counted: Collection[str] = (),
    apart: Iterable[Mapping[str, Condition]] = (),
) -> Space:
    """The cases of what is `given`, as the rows of the tables, and `apart`, tell them apart."""
    said = {of.name: value for of in inputs for value in _one_value(given.get(of.name, ANY))}
    rows: list[Mapping[str, Condition]] = [given, *apart]
    for table in tables:
        rows += _rows_in_play(table, said)
        if table.across is not None:
            rows += [{table.across: Condition(frozenset({value}))} for value in table.across_values]
    rows += [{of.name: Condition(spans=(of.domain,))} for of in inputs if of.domain is not None]
    every = (1 << len(rows)) - 1
    classes = tuple(
        value_classes([row.get(of.name, ANY) for row in rows], of)
        if of.name not in said
        else (ValueClass(said[of.name], every),)
        if _may_be(of, said[of.name])
        else ()
        for of in inputs
    )
    return Space(
        tuple(inputs), classes, 1, every, tuple(of for of in inputs if of.name in counted and of.name not in said)
    )


def _rows_in_play(table: Table, said: Mapping[str, Value]) -> list[Mapping[str, Condition]]:
    """The rows that can fit what is said; others tell no cases apart, and may be thousands."""
    columns = [(at, said[name]) for at, name in enumerate(table.inputs) if name in said]
    return [
        dict(zip(table.inputs, row.conditions, strict=True))
        for row in table.rows
        if all(row.conditions[at] is ANY or row.conditions[at].holds(value) for at, value in columns)
    ]


def _one_value(condition: Condition) -> tuple[Value, ...]:
    """The value that a condition says, as the only one."""
    if condition.spans or condition.prefixes or condition.negated or len(condition.values) + condition.missing != 1:
        return ()
    return tuple(condition.values) or (None,)


def _may_be(of: Input, value: Value) -> bool:
    """Whether a value is of the input's declared domain."""
    if value is None:
        return of.may_be_missing
    if of.values:
        return value in of.values
    return of.domain is None or isinstance(value, str | bool) or of.domain.holds(value)


class TooManyCasesError(Exception):
    """The walk was given up: there are more cases."""

    def __init__(self, steps: int) -> None:
        super().__init__(f"gave up after {steps:,} steps")
        self.steps = steps


def cases(of: Space, *, limit: int) -> Iterator[dict[str, Value]]:
    """Every case by folded input, those alike once.

    Raises:
        TooManyCasesError: the walk took more than `limit` steps.
    """
    order = sorted(range(len(of.inputs)), key=lambda at: len(of.classes[at]))
    walked: set[tuple[int, int]] = set()
    steps = 0

    def walk(depth: int, left: int, chosen: dict[str, Value]) -> Iterator[dict[str, Value]]:
        nonlocal steps
        if (depth, left) in walked:
            return
        walked.add((depth, left))
        if depth == len(order):
            yield chosen
            return
        known = of.inputs[order[depth]]
        for one in of.classes[order[depth]]:
            steps += 1
            if steps > limit:
                raise TooManyCasesError(limit)
            here = left & one.rows
            if here & of.given:
                yield from walk(depth + 1, here, {**chosen, known.name: value_of(known, one.value)})

    yield from walk(0, of.rows, {})


def value_of(of: Input, value: CaseValue) -> Value:
    """A value that stands for its class."""
    if not isinstance(value, Other):
        return value
    match of.type:
        case InputType.DATE:
            return date(2026, 1, 1)
        case InputType.NUMBER | InputType.DURATION | InputType.MONEY | InputType.REQUESTS:
            return Fraction(60) if of.domain is None or of.domain.holds(Fraction(60)) else _bound(of)
        case _:
            return ANY_OTHER


def _bound(of: Input) -> Value:
    return next((bound for bound in (of.domain.low, of.domain.high) if bound is not None), None) if of.domain else None
