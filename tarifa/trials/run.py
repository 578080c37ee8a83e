"""Run the tests of a ruleset by the engine's own evaluator, over every case that they are about."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dsl.days import span_of
from dsl.testing import (
    CLOCK,
    PRICING,
    RulesetTest,
    counted_in,
    formulas_of,
    looked_at,
    tables_named,
    with_those_it_names,
)
from engine.currencies import codes_of, condition_in
from engine.formulas import Formula, Value
from engine.model import DAY, Condition, Hit, Input, Ruleset, Table
from engine.money import Currency
from engine.names import fold
from tarifa.trials.cases import Space, TooManyCasesError, cases, space
from tarifa.trials.pricing import worklog
from tarifa.trials.proving import NotProvableError, left_out, refutations
from tarifa.trials.watched import CellName, Watched, on_trial

_ONE_ROW = (Hit.FIRST, Hit.UNIQUE, Hit.ANY)
LIMIT = 200_000
"""Steps over the cases of one test."""


class Verdict(StrEnum):
    """How a test ended."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "not decided"  # no case failed among those that were tried, and there are more


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one case gave.

    Attributes:
        values: By folded input.
        outcomes: By folded outcome, for those that the test judges.
        rows: Labels of the rows that decided; None in a test of the pricing.
        reason: Why there is no outcome: a division by zero, a time that the clock does not show.
    """

    values: Mapping[str, Value]
    outcomes: Mapping[str, Value]
    rows: tuple[str, ...] | None
    currency: Currency
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """A test once it has run. `failure` is its first case that was not as expected; `why` says what was not decided."""

    test: RulesetTest
    verdict: Verdict
    cases: int
    cells: frozenset[CellName]
    rows: frozenset[tuple[str, int]]
    failure: Outcome | None = None
    why: str = ""


@dataclass(slots=True)
class _Reached:
    """Rows and cells that every case so far came to: those that a test pins down, and a property does not."""

    cells: frozenset[CellName] | None = None
    rows: frozenset[tuple[str, int]] | None = None
    cases: int = 0

    def add(self, cells: Collection[CellName], rows: Collection[tuple[str, int]]) -> None:
        here_cells, here_rows = frozenset(cells), frozenset(rows) | {(table, row) for table, row, _, _ in cells}
        self.cells = here_cells if self.cells is None else self.cells & here_cells
        self.rows = here_rows if self.rows is None else self.rows & here_rows
        self.cases += 1


@dataclass(slots=True)
class Trial:
    """A ruleset on trial (`on_trial`): its tables compiled once per currency."""

    ruleset: Ruleset
    limit: int = LIMIT
    _watched: dict[str, Watched] = field(default_factory=dict)

    def watched(self, currency: Currency) -> Watched:
        """The tables as they are for one currency."""
        if currency.code not in self._watched:
            self._watched[currency.code] = Watched(self.ruleset, currency)
        return self._watched[currency.code]

    def run(self, test: RulesetTest) -> Result:
        """Run one test over all its cases, up to the first that fails."""
        reached = _Reached()
        collects = test.of != PRICING and self.ruleset.tables[test.of].hit.collects
        sampled: tuple[Input, ...] = ()
        try:
            for currency in self._currencies(test):
                of = self._space(test, currency)
                sampled = of.sampled
                for values in cases(of, limit=self.limit):
                    outcome = self._try(test, values, currency, reached)
                    if outcome is not None and not as_expected(test, outcome, collects=collects):
                        return self._result(test, Verdict.FAILED, reached, failure=outcome)
        except TooManyCasesError as given_up:
            if self._every_row_holds(test):
                return self._result(test, Verdict.PASSED, _Reached())
            why = f"no case failed in {reached.cases:,}, and there are more: gave up after {given_up.steps:,} steps"
            return self._result(test, Verdict.UNDECIDED, reached, why=why)
        if not reached.cases:
            return self._result(test, Verdict.FAILED, reached, why="no request can be like this")
        if sampled and test.expected:
            return self._for_every_value(test, sampled, reached)
        return self._result(test, Verdict.PASSED, reached)

    def _for_every_value(self, test: RulesetTest, sampled: Sequence[Input], reached: _Reached) -> Result:
        """A test no case of which failed, one for each way of the rows; formulas count with inputs that it leaves open."""
        names = " and ".join(f"`{of.label}`" for of in sampled)
        try:
            if test.of == PRICING:
                raise NotProvableError
            failure = next((one for currency in self._currencies(test) for one in self._failing(test, currency)), None)
        except (NotProvableError, TooManyCasesError):
            why = f"a formula counts with {names}, and whether this holds for every value was not found out: say its value"
            return self._result(test, Verdict.UNDECIDED, reached, why=why)
        if failure is not None:
            return self._result(test, Verdict.FAILED, reached, failure=failure)
        return self._result(test, Verdict.PASSED, _Reached(cases=reached.cases))

    def _failing(self, test: RulesetTest, currency: Currency) -> Iterator[Outcome]:
        """Cases that fail: those with inputs missing, and those that a proof comes upon.

        Raises:
            NotProvableError: there may be more.
        """
        watched, reached = self.watched(currency), _Reached()
        of = self._space(test, currency)
        given = self._given(test, currency)
        collects = self.ruleset.tables[test.of].hit.collects
        for narrower in left_out(of.sampled, given):
            for values in cases(self._space(test, currency, narrower), limit=self.limit):
                outcome = self._try(test, values, currency, reached)
                if outcome is not None and not as_expected(test, outcome, collects=collects):
                    yield outcome
        plain = next(cases(of, limit=self.limit), None)
        if plain is None:
            return
        for request in refutations(test, watched.ruleset, currency, given):
            known = {name: request.get(name, value) for name, value in plain.items()}
            outcome = decide(watched, test.of, known, tuple(test.expected))
            if as_expected(test, outcome, collects=collects):
                raise NotProvableError
            yield outcome

    def _result(
        self, test: RulesetTest, verdict: Verdict, reached: _Reached, *, failure: Outcome | None = None, why: str = ""
    ) -> Result:
        whole = verdict is not Verdict.UNDECIDED
        cells, rows = (
            (reached.cells or frozenset(), reached.rows or frozenset()) if whole else (frozenset(), frozenset())
        )
        return Result(test, verdict, reached.cases, cells, rows, failure, why)

    def _currencies(self, test: RulesetTest) -> Sequence[Currency]:
        """The currencies that a test names, in what is given and in what is expected; all where it names none."""
        named = [{code for code in expected.by_currency if code} for expected in test.expected.values()]
        expecting = set[str]().union(*named)
        giving = [codes for codes in map(codes_of, test.given.values()) if codes]
        return [
            one
            for one in self.ruleset.currencies
            if (not expecting or one.code in expecting) and all(one.code in codes for codes in giving)
        ]

    def _every_row_holds(self, test: RulesetTest) -> bool:
        """Whether the outcome of every row, none of which counts or asks further, is as expected: so is every case."""
        if test.of == PRICING or test.rows is not None:
            return False
        table, tables = self.ruleset.tables[test.of], self.ruleset.tables
        formulas = tuple(formulas_of(table))
        if table.hit not in _ONE_ROW or tables_named(formulas, tables) or counted_in(formulas, ()):
            return False
        numbers = {of.name: at for at, of in enumerate(table.outcomes)}
        return all(
            expected.holds(cell.evaluate({}, []), currency.code)
            for currency in self._currencies(test)
            for name, expected in test.expected.items()
            for row in self.watched(currency).table(test.of).cells
            for cell in row[numbers[name]]
        )

    def _given(self, test: RulesetTest, currency: Currency) -> dict[str, Condition]:
        return {name: condition_in(condition, currency.code) for name, condition in test.given.items()}

    def _space(self, test: RulesetTest, currency: Currency, narrower: Mapping[str, Condition] | None = None) -> Space:
        ruleset = self.watched(currency).ruleset
        formulas, tables = concerned(ruleset, test.of)
        names = looked_at(formulas, tables.values())
        if test.of == PRICING:
            names = tuple(name for name in names if name not in CLOCK)
        inputs = [ruleset.inputs[name] for name in names if name in ruleset.inputs]
        given = {**self._given(test, currency), **(narrower or {})}
        if "currency" in names:
            here = fold(currency.code)
            said = given.get("currency")
            given["currency"] = Condition(frozenset({here} if said is None or said.holds(here) else ()))
        counted = counted_in(formulas, tables.values())
        apart = self._days_apart() if DAY in counted else []
        return space(inputs, tables.values(), given, counted - {DAY}, apart)

    def _days_apart(self) -> list[Mapping[str, Condition]]:
        """What tells days apart beside rows of tables: the days of constants that have other values on others."""
        rows = (row for one in self.ruleset.constants.values() for row in (one, *one.others) if one.others)
        return [{DAY: Condition(spans=(span_of(row.valid),))} for row in rows]

    def _try(
        self, test: RulesetTest, values: Mapping[str, Value], currency: Currency, reached: _Reached
    ) -> Outcome | None:
        watched = self.watched(currency)
        watched.cells.clear()
        if test.of == PRICING:
            priced = worklog(watched, values, test)
            if priced is None:
                return None
            reached.add(watched.cells, ())
            reason = priced if isinstance(priced, str) else ""
            return Outcome(values, {} if isinstance(priced, str) else priced, None, currency, reason)
        outcome = decide(watched, test.of, values, tuple(test.expected))
        table = self.ruleset.tables[test.of]
        deciding = {(test.of, at) for at, row in enumerate(table.rows) if row.name in (outcome.rows or ())}
        reached.add(watched.cells, deciding)
        return outcome


def concerned(ruleset: Ruleset, of: str) -> tuple[list[Formula], Mapping[str, Table]]:
    """The formulas and tables that a test of a table, or of the pricing, is about."""
    if of == PRICING:
        formulas = [binding.formula for binding in ruleset.pricing.values()]
        return formulas, tables_named(formulas, ruleset.tables)
    return [], with_those_it_names(ruleset.tables[of], ruleset.tables)


def decide(watched: Watched, name: str, values: Mapping[str, Value], outcomes: Sequence[str]) -> Outcome:
    """Put a case to a table."""
    compiled = watched.table(name)
    table = compiled.table
    if table.hit.collects:
        rows = tuple(table.rows[at].name for at in compiled.fitting(values))
    else:
        first = compiled.first(values)
        rows = (table.rows[first].name,) if first >= 0 else ()
    found: dict[str, Value] = {}
    try:
        for of in table.outcomes:
            if of.name in outcomes:
                found[of.name] = watched.outcome(name, of.name, values)
    except ZeroDivisionError:
        return Outcome(values, found, rows, watched.currency, "this divides by zero")
    return Outcome(values, found, rows, watched.currency)


def as_expected(test: RulesetTest, outcome: Outcome, *, collects: bool = False) -> bool:
    """Whether a case came out as its test says."""
    if outcome.reason:
        return False
    if not rows_as_expected(test, outcome, collects=collects):
        return False
    code = outcome.currency.code
    return all(expected.holds(outcome.outcomes[name], code) for name, expected in test.expected.items())


def rows_as_expected(test: RulesetTest, outcome: Outcome, *, collects: bool) -> bool:
    """Whether the rows decided that the test names."""
    if test.rows is None or outcome.rows is None:
        return True
    rows = {fold(row) for row in outcome.rows}
    if not rows or collects:
        return rows == test.rows
    return rows <= test.rows


def run_all(ruleset: Ruleset, tests: Sequence[RulesetTest], *, limit: int = LIMIT) -> Iterator[Result]:
    """Run tests in their order."""
    trial = Trial(on_trial(ruleset), limit)
    for test in tests:
        yield trial.run(test)
