"""Properties over outcomes that formulas count: shown to hold for every value of the inputs, or refuted by a request.

`outcome >= $95.00/h` holds for every request where `outcome - 95` never comes to less than nothing, and
`outcome > $95.00/h` where, besides, nothing can be divided by that difference: both are what `engine.reaching` finds
out, exactly, over the rows and the values that are really reached. What it does not find out is not claimed.

Whether there is an outcome at all is decided by rows and missing inputs, of which `tarifa.trials.run` tries every case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import chain, combinations

from dsl.testing import RulesetTest, counted_in, tables_named, unit_of
from engine.analysis import UndecidedError
from engine.formulas import Formula, Literal, Operation, OutcomeName, Unit, Value
from engine.hulls import Book, Hulls, cells_of, outcome_number
from engine.model import ANY, Condition, Hit, Input, Ruleset, Span
from engine.money import Currency
from engine.reaching import Start, Wrong, wrongs
from tarifa.trials.cases import value_of

_PROVABLE = (Hit.FIRST, Hit.UNIQUE, Hit.ANY, Hit.MERGE, Hit.SUM, Hit.COUNT, Hit.MIN, Hit.MAX)
_WORDS = (Unit.TEXT, Unit.YES_NO, Unit.DATE)
_ONE = Literal(Unit.NUMBER, Fraction(1))


class NotProvableError(Exception):
    """What a test expects is not of the kind that can be proved, or the proof was not found."""


def refutations(
    test: RulesetTest, ruleset: Ruleset, currency: Currency, given: Mapping[str, Condition]
) -> Iterator[Mapping[str, Value]]:
    """Requests, as far as they matter, for which an outcome is not as a test of a table expects; none: it always is.

    Args:
        test: The test.
        ruleset: As it is for the currency (`engine.currencies.in_currency`).
        currency: Of the amounts.
        given: What the test gives, for the currency.

    Raises:
        NotProvableError: neither was found out.
    """
    book = Book(
        ruleset.tables,
        ruleset.constants,
        {name: binding.formula for name, binding in ruleset.pricing.items()},
        ruleset.inputs,
        ruleset.rounding,
    )
    hulls = Hulls(book, currency)
    start = Start(among=tuple((name, condition) for name, condition in given.items() if name in ruleset.inputs))
    for name in _counting(test, ruleset):
        for formula, only_zero in _never_wrong(test, name, ruleset, currency):
            try:
                found = wrongs(formula, hulls, start=start)
            except UndecidedError as error:
                raise NotProvableError from error
            for wrong in found:
                if wrong.value is None or not only_zero:
                    yield _request(wrong)


def _counting(test: RulesetTest, ruleset: Ruleset) -> Iterator[str]:
    """The outcomes that a test judges and that formulas count; all others are decided by the rows alone."""
    table = ruleset.tables[test.of]
    for name in test.expected:
        cells = cells_of(table, outcome_number(table, name))
        if table.hit is not Hit.COUNT and counted_in(cells, tables_named(cells, ruleset.tables).values()):
            if table.hit not in _PROVABLE or unit_of(table, name) in _WORDS:
                raise NotProvableError
            yield name


def _never_wrong(test: RulesetTest, name: str, ruleset: Ruleset, currency: Currency) -> Iterator[tuple[Formula, bool]]:
    """Formulas that never go wrong where an outcome is as expected; of some, only a division by zero counts."""
    expected = test.expected[name].by_currency
    span = _one_span(expected.get("", expected.get(currency.code, ANY)))
    if span is None:
        return
    outcome = OutcomeName(test.of, name)
    for bound, counts, above in ((span.low, span.low_counts, True), (span.high, span.high_counts, False)):
        if isinstance(bound, Fraction):
            at = Literal(unit_of(ruleset.tables[test.of], name), bound)
            difference = Operation("-", outcome, at) if above else Operation("-", at, outcome)
            yield difference, False
            if not counts:
                yield Operation("/", _ONE, difference), True


def _one_span(condition: Condition) -> Span | None:
    """The values that are expected, as one span; None where all are.

    Raises:
        NotProvableError: they are no span.
    """
    if condition == ANY:
        return None
    if condition.negated or condition.missing or len(condition.values) + len(condition.spans) != 1:
        raise NotProvableError
    for value in condition.values:
        if not isinstance(value, Fraction):
            raise NotProvableError
        return Span(value, value, high_counts=True)
    return condition.spans[0]


def _request(wrong: Wrong) -> Mapping[str, Value]:
    return {of.name: value_of(of, value) for of, value in zip(wrong.case.inputs, wrong.case.values, strict=True)}


def left_out(sampled: Sequence[Input], given: Mapping[str, Condition]) -> Iterator[Mapping[str, Condition]]:
    """What is given, with some of the inputs that formulas count with missing, in every way in which they may be."""
    may_be = [of.name for of in sampled if of.may_be_missing and given.get(of.name, ANY).holds(None)]
    subsets = chain.from_iterable(combinations(may_be, count) for count in range(1, len(may_be) + 1))
    for names in subsets:
        yield {**given, **dict.fromkeys(names, Condition(missing=True))}
