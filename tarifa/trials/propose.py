"""Tests that are missing: for each row and cell that no test covers, and on both sides of the ends of every span.

What is expected in them is what the tables say today: a person must judge whether that is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import partial

from dsl.days import VALID
from dsl.testing import Expected, RulesetTest, looked_at, unit_of
from engine.currencies import ConditionByCurrency, codes_of, condition_in
from engine.formulas import Value
from engine.model import ANY, DAY, Condition, Input, InputType, Row, Ruleset, Table
from engine.money import Currency
from engine.names import fold
from tarifa.trials.asking import named
from tarifa.trials.cases import TooManyCasesError, cases, space
from tarifa.trials.coverage import Coverage
from tarifa.trials.run import Trial, Verdict, concerned, decide
from tarifa.trials.shown import figure, outcome_cell, quoted, value_cell, value_text
from tarifa.trials.watched import Watched, about

MOST = 50
"""Tests that are proposed for one table at once: no more are read with care."""
_CURRENCY = "currency"
_LIMIT = 20_000
"""Steps over the cases of one row."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A test of a table, by folded input (`-` where any value gives the same), and why it is proposed."""

    given: Mapping[str, str]
    outcomes: tuple[str, ...]
    rows: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Proposals:
    """The tests proposed for a table."""

    table: Table
    inputs: tuple[Input, ...]
    tests: tuple[Proposal, ...]
    more: bool = False

    def text(self) -> str:
        """A block `tests`, not yet aligned."""
        header = [VALID if of.name == DAY else of.label for of in self.inputs]
        right = [*(of.label for of in self.table.outcomes), "row", "why"]
        dashes = "---|" * len(header) + "|" + "---|" * len(right)
        lines = [f"tests {self.table.label}", f"  | {' | '.join(header)} || {' | '.join(right)} |", f"  |{dashes}"]
        for one in self.tests:
            left = [one.given.get(of.name, "-") for of in self.inputs]
            row = ", ".join(map(quoted, one.rows)) or "none"
            lines.append(f"  | {' | '.join(left)} || {' | '.join([*one.outcomes, row, quoted(one.why)])} |")
        if self.more:
            lines.append(f"\n# More is missing than these {MOST}: take them over, and ask again.")
        return "\n".join(lines) + "\n"


@dataclass(slots=True)
class _Proposing:
    """Makes the proposals for one table.

    Attributes:
        table: As contracts in the first of the currencies have it.
        currencies: Those that a proposal says its outcomes in: one, where the table looks at amounts of money.
    """

    trial: Trial
    table: Table
    currencies: Sequence[Currency]
    tests: Sequence[RulesetTest]
    spellings: Mapping[str, str]
    made: dict[tuple[tuple[str, Value], ...], Proposal] = field(default_factory=dict)

    @property
    def _known(self) -> Mapping[str, Input]:
        return about(self._watched.ruleset, self.table.name).inputs

    @property
    def _watched(self) -> Watched:
        return self.trial.watched(self.currencies[0])

    @property
    def inputs(self) -> tuple[Input, ...]:
        return inputs_of(self._watched.ruleset, self.table.name)

    def cover(self, at: int) -> bool:
        """Propose a request that a row decides, if there is one."""
        for values in self._deciding(at, {}):
            self._add(values, f"covers {self.table.rows[at].name}", keep=None)
            return True
        return False

    def cover_cell(self, at: int, column: int) -> bool:
        """Propose a request, if there is one, for which a row's cell under one value of the `across` input counts."""
        table, across = self.table, self.table.across
        if across is None:
            return False
        values = table.across_values
        others = Condition(frozenset(values), negated=True)
        pinned = Condition(frozenset({values[column]})) if column < len(values) else others
        for found in self._deciding(at, {across: pinned}):
            self._add(found, f"covers {table.rows[at].name} / {self._spelled(across, found[across])}", keep=across)
            return True
        return False

    def _spelled(self, name: str, value: Value) -> str:
        return value_text(self._known[name], value, self.spellings, self.currencies)

    def bounds(self, at: int) -> None:
        """Propose the values on both sides of the ends of a row's spans."""
        row = self.table.rows[at]
        for name, condition in zip(self.table.inputs, row.conditions, strict=True):
            of = self._known[name]
            for inside, outside in _ends(of, condition, self.currencies[0].digits):
                pinned = {name: _exactly(inside)}
                for values in self._deciding(at, pinned):
                    why = f"an end of {row.name}"
                    if not self._is_tested(row, name, inside):
                        self._add(values, why, keep=name)
                    if outside is not None and not self._is_tested(row, name, outside):
                        self._add({**values, name: outside}, why, keep=name)
                    break

    def _deciding(self, at: int, pinned: Mapping[str, Condition]) -> Iterator[dict[str, Value]]:
        """Cases that a row decides."""
        row = self.table.rows[at]
        given = {**dict(zip(self.table.inputs, row.conditions, strict=True)), **pinned}
        if _CURRENCY in given and len(self.currencies) < len(self.trial.ruleset.currencies):
            code = fold(self.currencies[0].code)
            given[_CURRENCY] = Condition(frozenset({code} if given[_CURRENCY].holds(code) else ()))
        _, tables = concerned(self._watched.ruleset, self.table.name)
        try:
            for values in cases(space(self.inputs, tables.values(), given), limit=_LIMIT):
                if row.name in (decide(self._watched, self.table.name, values, ()).rows or ()):
                    yield {name: named(self._known[name], value) for name, value in values.items()}
        except TooManyCasesError:
            return

    def _is_tested(self, row: Row, name: str, value: Value) -> bool:
        """Whether a test says this very value of an input, in a request that else fits the row."""
        others = [
            (of, condition)
            for of, condition in zip(self.table.inputs, row.conditions, strict=True)
            if of != name and condition != ANY
        ]
        return any(
            given.get(name) == _exactly(value)
            and (test.expected or test.rows is not None)
            and all(_meet(given.get(of, ANY), condition) for of, condition in others)
            for test in self.tests
            for given in self._given(test)
        )

    def _given(self, test: RulesetTest) -> Iterator[Mapping[str, Condition]]:
        """What a test gives, in the currency that is asked about; nothing where it is about others."""
        code = self.currencies[0].code
        if all(code in codes for codes in map(codes_of, test.given.values()) if codes):
            yield {name: condition_in(condition, code) for name, condition in test.given.items()}

    def _add(self, values: Mapping[str, Value], why: str, *, keep: str | None) -> None:
        test = self._generalised(self._stated(values), keep)
        given = {name: value for name, value in values.items() if name in test.given}
        key = tuple(sorted(given.items()))
        if key in self.made:
            return
        known, currencies = self._known, self.currencies
        texts = {name: value_cell(known[name], value, self.spellings, currencies) for name, value in given.items()}
        found = decide(self._watched, self.table.name, values, ())
        self.made[key] = Proposal(texts, self._cells(values), found.rows or (), why)

    def _cells(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        """The outcomes as cells; of money, in each currency."""
        names = [of.name for of in self.table.outcomes]
        per_outcome: list[list[str | None]] = [[] for _ in names]
        for currency in self.currencies:
            found = decide(self.trial.watched(currency), self.table.name, values, names)
            for at, name in enumerate(names):
                value = found.outcomes.get(name)
                unit = unit_of(self.table, name)
                said = figure(self.table.name, name, value) or outcome_cell(value, unit, currency)
                cell = "-" if found.reason else said
                if cell not in per_outcome[at]:
                    per_outcome[at].append(cell)
        return tuple(", ".join(one for one in cells if one) if None not in cells else "-" for cells in per_outcome)

    def _stated(self, values: Mapping[str, Value]) -> RulesetTest:
        """A test that says all values, and expects what comes of them."""
        names = [of.name for of in self.table.outcomes]
        expected: dict[str, dict[str, Condition]] = {name: {} for name in names}
        rows: frozenset[str] = frozenset()
        for currency in self.currencies:
            found = decide(self.trial.watched(currency), self.table.name, values, names)
            rows = frozenset(fold(row) for row in found.rows or ())
            for name, value in found.outcomes.items():
                expected[name][currency.code] = _exactly(value)
        code = self.currencies[0].code
        given = {
            name: ConditionByCurrency(by_currency=((code, _exactly(value)),))
            if self._known[name].type is InputType.MONEY
            and value is not None
            and len(self.trial.ruleset.currencies) > 1
            else _exactly(value)
            for name, value in values.items()
        }
        judged = {name: Expected("", conditions) for name, conditions in expected.items() if conditions}
        return RulesetTest(self.table.name, self.table.label, given, judged, rows, {}, self.table.origin)

    def _generalised(self, test: RulesetTest, keep: str | None) -> RulesetTest:
        """The test without the inputs that make no difference to it."""
        for name in tuple(test.given):
            fewer = replace(test, given={other: one for other, one in test.given.items() if other != name})
            if name != keep and self.trial.run(fewer).verdict is Verdict.PASSED:
                test = fewer
        return test


def propose(
    trial: Trial, tests: Sequence[RulesetTest], covered: Coverage, spellings: Mapping[str, str]
) -> tuple[Proposals, ...]:
    """The missing tests of every table."""
    found = []
    for table in trial.ruleset.tables.values():
        own = [test for test in tests if test.of == table.name]
        makings = [
            _Proposing(trial, trial.watched(those[0]).ruleset.tables[table.name], those, own, spellings)
            for those in _told_apart(trial, table.name)
        ]
        open_rows = [at for at in range(len(table.rows)) if (table.name, at) not in covered.covered_rows]
        spans = range(len(table.rows))
        columns = len(table.across_values) + table.across_otherwise if table.across is not None else 0
        open_cells = [
            (at, column)
            for at in range(len(table.rows))
            for column in range(columns)
            if at not in open_rows
            and any((table.name, at, of, column) not in covered.covered_cells for of in range(len(table.outcomes)))
        ]
        steps = [
            *(partial(_first_that_can, [partial(one.cover, at) for one in makings]) for at in open_rows),
            *(
                partial(_first_that_can, [partial(one.cover_cell, at, column) for one in makings])
                for at, column in open_cells
            ),
            *(partial(one.bounds, at) for at in spans for one in makings),
        ]
        more = False
        for step in steps:
            if sum(len(one.made) for one in makings) >= MOST:
                more = True
                break
            step()
        made = tuple(proposal for one in makings for proposal in one.made.values())
        if made:
            found.append(Proposals(table, makings[0].inputs, made, more))
    return tuple(found)


def _told_apart(trial: Trial, table: str) -> Sequence[Sequence[Currency]]:
    """The currencies that a proposal for a table is for: all at once, or, where it looks at money, one at a time."""
    looks_at_money = any(of.type is InputType.MONEY for of in inputs_of(trial.ruleset, table))
    return [[one] for one in trial.ruleset.currencies] if looks_at_money else [trial.ruleset.currencies]


def inputs_of(ruleset: Ruleset, table: str) -> tuple[Input, ...]:
    """What a table, or one that it names, looks at."""
    _, tables = concerned(ruleset, table)
    known = about(ruleset, table).inputs
    return tuple(known[name] for name in looked_at((), tables.values()) if name in known)


def _first_that_can(proposing: Sequence[Callable[[], bool]]) -> None:
    """Propose in the first currency in which there is something to propose."""
    any(propose_one() for propose_one in proposing)


def _exactly(value: Value) -> Condition:
    if value is None:
        return Condition(missing=True)
    if isinstance(value, bool):
        return Condition(frozenset({value}))
    if isinstance(value, str):
        return Condition(frozenset({fold(value)}))
    return Condition(frozenset({Fraction(value) if isinstance(value, int) else value}))


def _meet(given: Condition, condition: Condition) -> bool:
    """Whether some value that is named fits both."""
    if given in (ANY, condition) or (given.holds(None) and condition.holds(None)):
        return True
    return any(map(given.holds, condition.values)) or any(map(condition.holds, given.values))


def _ends(of: Input, condition: Condition, digits: int) -> Iterator[tuple[Value, Value]]:
    """Each end of a condition's spans: the last value inside, and the first outside (None: there is none)."""
    if of.ordered and condition.values and not condition.negated and len(condition.values) < len(of.values):
        places = sorted(of.values.index(str(value)) for value in condition.values)
        if len(places) > 1 and places[-1] - places[0] + 1 == len(places):
            if places[0] > 0:
                yield of.values[places[0]], of.values[places[0] - 1]
            if places[-1] + 1 < len(of.values):
                yield of.values[places[-1]], of.values[places[-1] + 1]
    if condition.negated:
        return
    for span in condition.spans:
        for bound, counts, away in ((span.low, span.low_counts, -1), (span.high, span.high_counts, 1)):
            if bound is not None:
                beside = _beside(of, bound, away if counts else -away, digits)
                inside, outside = (bound, beside) if counts else (beside, bound)
                if inside is not None and (of.domain is None or of.domain.holds(inside)):
                    held = outside is not None and (of.domain is None or of.domain.holds(outside))
                    yield inside, outside if held else None


def _beside(of: Input, bound: Fraction | date, step: int, digits: int) -> Value:
    """The next value that can be written."""
    if isinstance(bound, date):
        return bound + timedelta(days=step) if date.min < bound < date.max else None
    if of.type is InputType.DURATION:
        return bound + step
    if of.type is InputType.MONEY:
        return bound + Fraction(step, 10**digits)
    places = 0
    while (bound * 10**places).denominator != 1 and places < 9:
        places += 1
    return bound + Fraction(step, 10**places)
