"""Between which values a formula comes out, where its inputs lie within ranges: interval arithmetic, exact where it is linear.

What is linear in the inputs is carried as such, so that `hours - hours * 50%` is never below zero. Of everything else
the bounds are right and may be wider than need be. Each comparison that the ranges do not decide leaves the values at
which it turns (`turning`): between them, the parts of a formula are simpler, and `pieces` cuts a range there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from engine.formulas import (
    Call,
    Comparison,
    ConstantName,
    Formula,
    HookName,
    InputName,
    Literal,
    Operation,
    OutcomeName,
    Prices,
)
from engine.money import Rounding, rounded

ZERO = Fraction(0)
_HAIR = Fraction(1, 10**9)
"""The smallest step that an amount can be written with."""
_LISTED = 1_440
"""Minutes of a day: so many values are looked at one by one, where nothing else tells."""


@dataclass(frozen=True, slots=True)
class Range:
    """The values that an input can have; `whole` where it counts in whole minutes or requests. None is open."""

    low: Fraction
    high: Fraction | None
    low_in: bool = True
    high_in: bool = True
    whole: bool = False

    def pieces(self, turning: Iterable[Fraction]) -> list[Range]:
        """The range cut at some values, each of them a piece by itself."""
        inside = sorted(at for at in {*turning} if at >= self.low and (self.high is None or at <= self.high))
        edges: list[tuple[Fraction | None, bool]] = [(self.low, self.low_in)]
        found: list[Range] = []
        for at in inside:
            found += _between(*edges[-1], at, high_in=False, whole=self.whole)
            if (at != self.low or self.low_in) and (at != self.high or self.high_in):
                found += _between(at, True, at, high_in=True, whole=self.whole)
            edges.append((at, False))
        found += _between(*edges[-1], self.high, high_in=self.high_in and self.high not in inside, whole=self.whole)
        return found

    @property
    def is_listed(self) -> bool:
        """Whether `values` are all that there are: a day has so many minutes."""
        return self.low == self.high or (self.whole and self.high is not None and self.high - self.low < _LISTED)

    def values(self) -> Iterator[Fraction]:
        """All values, where there are not too many of them; some, where there are."""
        if not self.is_listed or self.high is None:
            return self.samples()
        return (self.low + step for step in range(int(self.high - self.low) + 1))

    def samples(self) -> Iterator[Fraction]:
        """Some values of it, the plain ones first: its ends, values near them, and ever larger ones where it is open."""
        low, high = self.low, self.high
        if self.low_in:
            yield low
        if high is None:
            for power in range(13):
                yield low + 10**power
            return
        if self.high_in and high != low:
            yield high
        if self.whole or high == low:
            return
        yield (low + high) / 2
        step = (high - low) / 10
        while step > _HAIR:
            yield low + step
            yield high - step
            step /= 10


def _between(low: Fraction | None, low_in: bool, high: Fraction | None, *, high_in: bool, whole: bool) -> list[Range]:  # noqa: FBT001 - the two ends as a range has them
    """The range from one end to another, or nothing where no value lies there."""
    if low is None:
        return []
    if whole:
        first = Fraction(-(-low // 1)) + (1 if not low_in and low.denominator == 1 else 0)
        last = None if high is None else Fraction(high // 1) - (1 if not high_in and high.denominator == 1 else 0)
        return [Range(first, last, whole=True)] if last is None or first <= last else []
    if high is not None and (low > high or (low == high and not (low_in and high_in))):
        return []
    return [Range(low, high, low_in, high_in)]


Linear = tuple[Fraction, Mapping[str, Fraction]]
"""A value for nothing, and what each input adds for one of its own."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Values between `low` and `high`, which are among them where `low_in` and `high_in` say so. None is open."""

    low: Fraction | None
    high: Fraction | None
    low_in: bool = True
    high_in: bool = True
    linear: Linear | None = None

    @property
    def below_zero(self) -> bool:
        """Whether some value may be below zero."""
        return self.low is None or self.low < 0

    @property
    def has_zero(self) -> bool:
        """Whether zero may be among them."""
        return (self.low is None or self.low < 0 or (self.low == 0 and self.low_in)) and (
            self.high is None or self.high > 0 or (self.high == 0 and self.high_in)
        )


EVERYTHING = Bounds(None, None)


def exactly(value: Fraction) -> Bounds:
    """One value."""
    return Bounds(value, value, linear=(value, {}))


def union(some: Iterable[Bounds | None]) -> Bounds | None:
    """Bounds of all values of some; None where none has any."""
    every = [one for one in some if one is not None]
    if len(every) < 2:
        return every[0] if every else None
    lows, highs = [one.low for one in every], [one.high for one in every]
    known_low = [low for low in lows if low is not None]
    known_high = [high for high in highs if high is not None]
    return Bounds(
        min(known_low) if len(known_low) == len(lows) else None,
        max(known_high) if len(known_high) == len(highs) else None,
    )


Named = Callable[[OutcomeName | ConstantName | HookName, "Evaluation"], Bounds | None]


@dataclass(slots=True)
class Evaluation:
    """One formula over some ranges.

    Attributes:
        named: What names of tables, constants and hooks come to.
        turning: For each input, the values at which comparisons turn that the ranges do not decide.
        divides_by_zero: Whether some divisor that is reached may be zero.
    """

    ranges: Mapping[str, Range]
    named: Named
    currency: str
    rounding: Rounding
    turning: dict[str, set[Fraction]] = field(default_factory=dict)
    divides_by_zero: bool = False

    def of(self, formula: Formula) -> Bounds | None:
        """The bounds of a formula; None where it has no value."""
        match formula:
            case Literal(value=Fraction() as value):
                return exactly(value)
            case Prices(by_currency=prices):
                price = dict(prices).get(self.currency)
                return exactly(price) if price is not None else None
            case InputName(name=name):
                return self._linear((ZERO, {name: Fraction(1)})) if name in self.ranges else None
            case OutcomeName() | ConstantName() | HookName():
                return self.named(formula, self)
            case Operation(op=op, left=left, right=right):
                a, b = self.of(left), self.of(right)
                return None if a is None or b is None else self._operation(op, a, b)
            case Call(function="if", arguments=(Comparison() as test, yes, no)):
                return self._if(test, yes, no)
            case Call(function=function, arguments=arguments):
                given = [one for one in map(self.of, arguments) if one is not None]
                return self._call(function, given) if len(given) == len(arguments) else None
            case _:
                return None

    def _linear(self, linear: Linear) -> Bounds:
        """The bounds of what is linear in the inputs."""
        constant, slopes = linear
        low: Fraction | None = constant
        high: Fraction | None = constant
        low_in = high_in = True
        for name, slope in slopes.items():
            of = self.ranges[name]
            ends = [(of.low, of.low_in), (of.high, of.high_in)]
            (first, first_in), (last, last_in) = ends if slope > 0 else ends[::-1]
            low = None if low is None or first is None else low + slope * first
            high = None if high is None or last is None else high + slope * last
            low_in, high_in = low_in and first_in, high_in and last_in
        return Bounds(low, high, low_in, high_in, linear)

    def _operation(self, op: str, a: Bounds, b: Bounds) -> Bounds:
        if op in "+-":
            return self.sum(a, self._scaled(b, Fraction(-1)) if op == "-" else b)
        if op == "/":
            return self._quotient(a, b)
        for one, other in ((a, b), (b, a)):
            if one.low is not None and one.low == one.high:
                return self._scaled(other, one.low)
        return _product(a, b)

    def sum(self, a: Bounds, b: Bounds) -> Bounds:
        """All sums of a value of each."""
        if a.linear is not None and b.linear is not None:
            slopes = dict(a.linear[1])
            for name, slope in b.linear[1].items():
                slopes[name] = slopes.get(name, ZERO) + slope
            return self._linear((a.linear[0] + b.linear[0], {n: slope for n, slope in slopes.items() if slope}))
        low = None if a.low is None or b.low is None else a.low + b.low
        high = None if a.high is None or b.high is None else a.high + b.high
        return Bounds(low, high)

    def _scaled(self, a: Bounds, by: Fraction) -> Bounds:
        if a.linear is not None:
            return self._linear((a.linear[0] * by, {name: slope * by for name, slope in a.linear[1].items() if by}))
        if not by:
            return exactly(ZERO)
        low, high = (None if end is None else end * by for end in ((a.low, a.high) if by > 0 else (a.high, a.low)))
        return Bounds(low, high)

    def _quotient(self, a: Bounds, by: Bounds) -> Bounds:
        if by.has_zero:
            self.divides_by_zero = True
        if by.low is not None and by.low == by.high and by.low:
            return self._scaled(a, 1 / by.low)
        if by.low is not None and not by.low and not by.low_in and a.low is not None and a.low >= 0:
            return Bounds(ZERO, None)
        if by.low is None or by.low <= 0:
            return EVERYTHING
        return _product(a, Bounds(ZERO if by.high is None else 1 / by.high, 1 / by.low))

    def _if(self, test: Comparison, yes: Formula, no: Formula) -> Bounds | None:
        a, b = self.of(test.left), self.of(test.right)
        if a is None or b is None:
            return None
        holds = self._decided(test.op, self.sum(a, self._scaled(b, Fraction(-1))))
        if holds is not None:
            return self.of(yes if holds else no)
        return union([self.of(yes), self.of(no)])

    def _decided(self, op: str, difference: Bounds) -> bool | None:
        """Whether a comparison holds for all values, or for none; None where that differs, or is not known."""
        low, high = difference.low, difference.high
        above = low is not None and (low > 0 or (low == 0 and not difference.low_in))
        below = high is not None and (high < 0 or (high == 0 and not difference.high_in))
        never_below, never_above = low is not None and low >= 0, high is not None and high <= 0
        holds, fails = {
            ">": (above, never_above),
            ">=": (never_below, below),
            "<": (below, never_below),
            "<=": (never_above, above),
            "=": (never_below and never_above, above or below),
            "<>": (above or below, never_below and never_above),
        }[op]
        if not holds and not fails:
            self._turn(difference)
            return None
        return holds

    def _turn(self, difference: Bounds) -> None:
        if difference.linear is not None and len(difference.linear[1]) == 1:
            ((name, slope),) = difference.linear[1].items()
            self.turning.setdefault(name, set()).add(-difference.linear[0] / slope)

    def _call(self, function: str, given: list[Bounds]) -> Bounds:
        if function in ("min", "max"):
            found = given[0]
            for one in given[1:]:
                found = self.extreme(function, found, one)
            return found
        value, to = given
        if to.has_zero:
            self.divides_by_zero = True
        if to.low is None or to.low <= 0 or to.low != to.high:
            floor = ZERO if value.low is not None and value.low >= 0 and (to.low or ZERO) >= 0 else None
            return Bounds(floor, None)
        step = to.low

        def whole(end: Fraction | None) -> Fraction | None:
            if end is None:
                return None
            return (
                Fraction(rounded(end / step, self.rounding)) * step if function == "round" else -(-end // step) * step
            )

        return Bounds(whole(value.low), whole(value.high))

    def extreme(self, function: str, a: Bounds, b: Bounds) -> Bounds:
        """The smaller (`min`) or the larger (`max`) of a value of each."""
        difference = self.sum(a, self._scaled(b, Fraction(-1)))
        never_above = self._decided("<=", difference)
        if never_above is not None:
            return a if never_above == (function == "min") else b
        if function == "min":
            low = None if a.low is None or b.low is None else min(a.low, b.low)
            return Bounds(low, min((end for end in (a.high, b.high) if end is not None), default=None))
        high = None if a.high is None or b.high is None else max(a.high, b.high)
        return Bounds(max((end for end in (a.low, b.low) if end is not None), default=None), high)


def _product(a: Bounds, b: Bounds) -> Bounds:
    if a.low is not None and b.low is not None and a.low >= 0 and b.low >= 0:
        return Bounds(a.low * b.low, None if a.high is None or b.high is None else a.high * b.high)
    ends = [(x, y) for x in (a.low, a.high) for y in (b.low, b.high)]
    known = [x * y for x, y in ends if x is not None and y is not None]
    return Bounds(min(known), max(known)) if len(known) == len(ends) else EVERYTHING


def cells(ranges: Mapping[str, Range], turning: Mapping[str, Iterable[Fraction]]) -> Iterator[dict[str, Range]]:
    """All combinations of the pieces of some ranges, cut where comparisons turn."""
    found: list[dict[str, Range]] = [{}]
    for name, of in ranges.items():
        found = [{**one, name: piece} for one in found for piece in of.pieces(turning.get(name, ()))]
    yield from found
