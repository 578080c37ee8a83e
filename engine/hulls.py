"""Between which values names of a ruleset come out, whatever is asked and whichever rows decide.

Right, and wider than need be: what is never below zero here needs no search (`reaching`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.bounds import Bounds, Evaluation, Range, union
from engine.formulas import ConstantName, Formula, HookName, OutcomeName
from engine.hooks import HOOK_BY_NAME
from engine.model import Constant, Hit, Input, InputType, Span, Table
from engine.money import Currency, Rounding

LONGEST_WORK = Fraction(24 * 60)
"""Minutes; work that is longer waits for a person before it is priced."""

Name = OutcomeName | ConstantName | HookName


@dataclass(frozen=True, slots=True)
class Book:
    """What names in formulas mean: the parts of a ruleset that prices rest on."""

    tables: Mapping[str, Table]
    constants: Mapping[str, Constant]
    pricing: Mapping[str, Formula]
    inputs: Mapping[str, Input]
    rounding: Rounding


@dataclass(frozen=True, slots=True)
class Hull:
    """What a formula may come to."""

    found: Bounds | None
    divides_by_zero: bool

    @property
    def safe(self) -> bool:
        """Whether nothing can be wrong with it."""
        return not self.divides_by_zero and (self.found is None or not self.found.below_zero)


class Hulls:
    """What names come to, whatever is asked and whichever rows decide: right, and wider than need be."""

    def __init__(self, book: Book, currency: Currency) -> None:
        self.book, self.currency = book, currency
        self.ranges = ranges_of(book)
        self._known: dict[Name, Hull] = {}

    def around(self, formula: Formula) -> Hull:
        """Of a formula."""
        evaluation = Evaluation(self.ranges, self.named, self.currency.code, self.book.rounding)
        return Hull(evaluation.of(formula), evaluation.divides_by_zero)

    def named(self, name: Name, by: Evaluation) -> Bounds | None:
        """Of a name, for an evaluation that comes to it."""
        hull = self._known.get(name)
        if hull is None:
            own = Evaluation(self.ranges, self.named, self.currency.code, self.book.rounding)
            hull = self._known[name] = Hull(self._every(name, own), own.divides_by_zero)
        by.divides_by_zero = by.divides_by_zero or hull.divides_by_zero
        return hull.found

    def _every(self, name: Name, by: Evaluation) -> Bounds | None:
        match name:
            case ConstantName(name=constant):
                rows = (self.book.constants[constant], *self.book.constants[constant].others)
                return union([by.of(row.formula) for row in rows])
            case HookName(name=hook):
                bound = by.of(self.book.pricing[hook]) if hook in self.book.pricing else None
                return union([bound, default_of(hook, by)])
            case OutcomeName(table=of, outcome=outcome):
                table = self.book.tables[of]
                at = outcome_number(table, outcome)
                if table.hit is Hit.COUNT:
                    return Bounds(Fraction(0), Fraction(len(table.rows)))
                if table.hit in (Hit.SUM, Hit.LIST):
                    return _any_sum([union([by.of(cell) for cell in row.outcomes[at]]) for row in table.rows])
                return union([by.of(cell) for cell in cells_of(table, at)])


def _any_sum(rows: Sequence[Bounds | None]) -> Bounds:
    """All sums of some of the rows, none among them."""
    low: Fraction | None = Fraction(0)
    high: Fraction | None = Fraction(0)
    for one in rows:
        if one is not None:
            low = None if low is None or one.low is None else low + min(one.low, Fraction(0))
            high = None if high is None or one.high is None else high + max(one.high, Fraction(0))
    return Bounds(low, high)


def default_of(hook: str, by: Evaluation) -> Bounds | None:
    """What a hook comes to where nothing is bound to it."""
    default = HOOK_BY_NAME[hook].default
    return by.of(default) if default is not None else None


def cells_of(table: Table, outcome: int) -> list[Formula]:
    """What the rows of a table say for an outcome; what is written alike is one value."""
    return list({id(cell): cell for row in table.rows for cell in row.outcomes[outcome]}.values())


def outcome_number(table: Table, outcome: str) -> int:
    """Which outcome of a table a name means."""
    return next(at for at, one in enumerate(table.outcomes) if one.name == outcome)


def ranges_of(book: Book) -> dict[str, Range]:
    """The values that the inputs that count can have."""
    found = {}
    for of in book.inputs.values():
        if of.type.is_ordered and of.type is not InputType.DATE:
            range_ = range_of(of, of.domain or Span(Fraction(0), None))
            if range_ is not None:
                found[of.name] = range_
    return found


def range_of(of: Input, values: Span) -> Range | None:
    """Some values of an input that counts; None where there are none. Work has some time, and a day of it at most."""
    low = values.low if isinstance(values.low, Fraction) else Fraction(0)
    high = values.high if isinstance(values.high, Fraction) else None
    counts = values.high_counts
    if of.name == "hours":
        low = max(low, Fraction(1))
        if high is None or high > LONGEST_WORK:
            high, counts = LONGEST_WORK, True
    whole = of.type in (InputType.DURATION, InputType.REQUESTS)
    return next(iter(Range(low, high, values.low_counts, counts, whole).pieces(())), None)
