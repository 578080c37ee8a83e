"""A test that did not pass, in words: what was given, what was expected, what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dsl.days import VALID
from dsl.source import shown_path
from dsl.testing import AMOUNT, BILLED, PRICING, RulesetTest, unit_of
from engine.formulas import Unit
from engine.model import DAY, Ruleset
from engine.names import fold
from tarifa.trials import asking
from tarifa.trials.run import Outcome, Result, Verdict, rows_as_expected
from tarifa.trials.shown import Page, figure, outcome_text, value_text
from tarifa.trials.watched import about


@dataclass(frozen=True, slots=True)
class Failure:
    """Texts of a test that failed or was not decided.

    Attributes:
        place: File and line, as the reader opens them.
        given: Header of each condition to the value of the case, and the cell where that says more.
        expected, actual: By folded outcome; `actual` is blank where nothing was judged, `?` where nothing came of it.
        wrong: The outcomes that are not as expected.
        rows_expected, rows_fired: None in tests of the pricing.
        wrong_row: Whether another row fired than was expected.
        why: Why it was not decided, or why there is no outcome; blank where there is one.
        explain: A command that explains the case; blank where there is none.
    """

    test: RulesetTest
    verdict: Verdict
    place: tuple[str, int]
    given: Mapping[str, str]
    expected: Mapping[str, str]
    actual: Mapping[str, str]
    wrong: tuple[str, ...]
    rows_expected: str | None
    rows_fired: str | None
    wrong_row: bool
    why: str
    explain: str

    def sentence(self) -> str:
        """All of it in a line."""
        if self.why:
            return f"{self.verdict.value}: {self.why}"
        wrong = [f"{name} is {self.actual[name]}, expected {self.expected[name]}" for name in self.wrong]
        if self.wrong_row:
            wrong.append(f"row {self.rows_fired} fired, expected {self.rows_expected}")
        return "; ".join(wrong)


def failure_of(result: Result, folder: str, ruleset: Ruleset, page: Page) -> Failure:
    """Say what is wrong with a result that did not pass."""
    test, case = result.test, result.failure
    judged = [fold(header) for header in test.cells if fold(header) in test.expected]
    other = {BILLED, AMOUNT, "row", "why", *test.expected, *_outcomes(test, ruleset)}
    of_table = test.of != PRICING
    return Failure(
        test,
        result.verdict,
        (shown_path(folder, test.origin.file), test.origin.line),
        {header: _given(header, result, ruleset, page) for header in test.cells if fold(header) not in other},
        {name: _cell(test, name) for name in judged},
        {name: _actual(result, name, ruleset) for name in judged},
        tuple(name for name in judged if case is not None and not _holds(test, name, case)),
        _cell(test, "row") if of_table else None,
        (", ".join(case.rows) or "none" if case is not None and case.rows is not None else "?") if of_table else None,
        of_table and case is not None and not rows_as_expected(test, case, collects=_collects(test, ruleset)),
        result.why or (case.reason if case is not None else ""),
        asking.command(folder or ".", ruleset, test, case, page.spellings) if case is not None else "",
    )


def _holds(test: RulesetTest, name: str, case: Outcome) -> bool:
    return name in case.outcomes and test.expected[name].holds(case.outcomes[name], case.currency.code)


def _collects(test: RulesetTest, ruleset: Ruleset) -> bool:
    return ruleset.tables[test.of].hit.collects


def _outcomes(test: RulesetTest, ruleset: Ruleset) -> set[str]:
    return set() if test.of == PRICING else {one.name for one in ruleset.tables[test.of].outcomes}


def _cell(test: RulesetTest, name: str) -> str:
    return next((cell for header, cell in test.cells.items() if fold(header) == name), "-")


def _given(header: str, result: Result, ruleset: Ruleset, page: Page) -> str:
    """A cell of the test; where it leaves the value open, the value that it failed for."""
    cell = result.test.cells[header]
    of = about(ruleset, result.test.of).inputs.get(DAY if fold(header) == VALID else fold(header))
    if result.failure is None or of is None or of.name not in result.failure.values:
        return cell
    shown = value_text(of, result.failure.values[of.name], page.spellings, (result.failure.currency,))
    return cell if fold(shown) == fold(cell) else f"{shown} ({cell})"


def _actual(result: Result, name: str, ruleset: Ruleset) -> str:
    case = result.failure
    if case is None or name not in case.outcomes:
        return "?"
    value = case.outcomes[name]
    if result.test.of == PRICING:
        return outcome_text(value, Unit.DURATION if name == BILLED else Unit.MONEY, case.currency)
    unit = unit_of(ruleset.tables[result.test.of], name)
    return figure(result.test.of, name, value) or outcome_text(value, unit, case.currency)
