"""Tests of tables that look at money, where several currencies are listed."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from dsl import load
from tarifa.trials.coverage import coverage
from tarifa.trials.propose import propose
from tarifa.trials.run import Trial, Verdict
from tarifa.trials.shown import Page
from tarifa.trials.watched import on_trial

RULES = """
ruleset Two
  version   1
  currency  USD, EUR
  timezone  Europe/Lisbon

inputs
  | name  | of      | type  | values |
  |-------|---------|-------|--------|
  | parts | worklog | money | -      |

table Handling
  | row | currency | parts                     || handling        |
  |-----|----------|---------------------------||-----------------|
  | H1  | -        | >= $100.00, >= 90.00 EUR  || $10.00, 9.00 EUR |
  | H2  | EUR      | >= $50.00, >= 45.00 EUR   || $6.00, 5.00 EUR |
  | H9  | -        | -                         || $1.00, 1.00 EUR |
"""


def trial_of(tests: str) -> tuple[str, Trial, list[Verdict], int]:
    """What is proposed beside some tests, the trial, how they end, and the percentage of rows that they cover."""
    files = {PurePath("a.rules"): RULES.encode(), PurePath("b.rules"): tests.encode()}
    loaded = load(files)
    assert loaded.ruleset is not None, loaded.diagnostics
    trial = Trial(on_trial(loaded.ruleset))
    results = [trial.run(test) for test in loaded.tests]
    covered = coverage(trial.ruleset, results)
    proposals = propose(trial, loaded.tests, covered, Page(files).spellings)
    text = "\n".join(one.text() for one in proposals)
    return text, trial, [result.verdict for result in results], covered.of_rows


def tests_of(row: str) -> str:
    return f"tests Handling\n  | currency | parts || handling | row |\n  |---|---||---|---|\n  | {row} |\n"


tests_of.__test__ = False  # type: ignore[attr-defined]  # a block of the language, no test of ours


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        ("- | $100.00, 90.00 EUR || $10.00, 9.00 EUR | H1", Verdict.PASSED),
        ("- | 95.00 EUR || 9.00 EUR | H1", Verdict.PASSED),
        ("- | $95.00 || $1.00 | H9", Verdict.PASSED),
        ("- | $95.00, 95.00 EUR || - | H1", Verdict.FAILED),
        ("USD | 95.00 EUR || - | H1", Verdict.FAILED),
        ("- | $60.00, 50.00 EUR || - | H2, H9", Verdict.PASSED),
        ("- | - || >= $1.00, >= 1.00 EUR | -", Verdict.PASSED),
        ("- | - || > $1.00 | -", Verdict.FAILED),
        ("- | none || $1.00, 1.00 EUR | H9", Verdict.PASSED),
    ],
)
def test_a_test_is_of_contracts_in_the_currencies_that_it_names(row: str, verdict: Verdict) -> None:
    assert trial_of(tests_of(row))[2] == [verdict]


def test_what_is_proposed_passes_covers_every_row_and_is_not_proposed_again() -> None:
    first = trial_of("")[0]
    left, _, verdicts, rows = trial_of(first)

    assert (set(verdicts), rows, left) == ({Verdict.PASSED}, 100, "")


def test_the_ends_of_a_span_are_proposed_in_each_currency() -> None:
    text = trial_of("")[0]

    for amount in ("$100.00", "$99.99", "€90.00", "€89.99", "€45.00", "€44.99"):
        assert amount in text
    assert "$49.99" not in text
