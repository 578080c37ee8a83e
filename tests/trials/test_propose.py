"""Proposed tests: for inputs of every type and tables of every kind they can be pasted, pass, and leave nothing open."""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest

from dsl import load
from tarifa.trials.coverage import Coverage, coverage
from tarifa.trials.propose import propose
from tarifa.trials.run import Trial, Verdict
from tarifa.trials.shown import Page
from tarifa.trials.watched import on_trial

RULES = Path(__file__).with_name("every_type.rules").read_text(encoding="utf-8")


def proposed(tests: str) -> tuple[str, Coverage, list[Verdict]]:
    """What is proposed beside some tests, what these cover, and how they end."""
    files = {PurePath("rates.rules"): RULES.encode(), PurePath("tests.rules"): tests.encode()}
    loaded = load(files)
    assert {one.code for one in loaded.diagnostics} <= {"unused-table"}
    assert loaded.ruleset is not None
    ruleset = on_trial(loaded.ruleset)
    trial = Trial(ruleset)
    results = [trial.run(test) for test in loaded.tests]
    covered = coverage(ruleset, results)
    found = propose(trial, loaded.tests, covered, Page(files).spellings)
    return "\n".join(one.text() for one in found), covered, [result.verdict for result in results]


def rows(text: str, table: str) -> list[list[str]]:
    block = text.partition(f"tests {table}\n")[2].partition("\ntests ")[0]
    lines = [line for line in block.splitlines() if line.strip().startswith("|")][2:]
    return [[cell.strip() for cell in line.replace("||", "|").split("|")[1:-1]] for line in lines]


FIRST, _, _ = proposed("")
SECOND, _, _ = proposed(FIRST)


def test_what_is_proposed_can_be_pasted_and_passes_and_leaves_no_row_and_no_cell_open() -> None:
    left, covered, verdicts = proposed(f"{FIRST}\n{SECOND}")

    assert set(verdicts) == {Verdict.PASSED}
    assert (covered.of_rows, covered.of_cells, covered.open_rows) == (100, 100, ())
    assert left == ""


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (0, {"2026-06-30", "2026-07-01", "2026-02-28", "2026-03-01"}),
        (3, {"Low", "Normal", "High", "Urgent"}),
        (4, {"9", "10", "49", "50", "4", "5"}),
        (5, {"59 min", "1 h", "239 min", "4 h", "659 min", "11 h"}),
        (6, {"2025-12-31", "2026-01-01", "2026-06-30", "2026-07-01", "2026-12-23", "2026-12-24"}),
        (8, {"0.24", "0.25", "0.5", "0.6"}),
    ],
    ids=["valid", "ordered choice", "number within its domain", "duration", "date", "number with decimals"],
)
def test_both_sides_of_every_end_of_a_span_are_proposed(column: int, values: set[str]) -> None:
    assert values <= {row[column] for row in rows(FIRST, "Rates")}


def test_the_ends_of_tiers_belong_to_the_tier_that_ends() -> None:
    ends = {row[0]: row[2] for row in rows(FIRST, "Tiered")}

    assert ends == {"1 min": "G1", "10 h": "G1", "601 min": "G2", "20 h": "G2", "1201 min": "G3"}


def test_cells_across_are_proposed_where_their_row_is_covered_and_they_are_not() -> None:
    assert {row[-1] for row in rows(SECOND, "Rates")} == {f"covers {row} / night" for row in ("R1", "R2", "R3", "R9")}
