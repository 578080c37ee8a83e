"""`tarifa check --worklogs`: how much real work every finding touches."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Facts, Run

FLAWED = """    | R1  | Network   | -     || $120.00/h      |
  | R2  | Network   | >= 10 || standard * 2   |
  | R3  | Desktop   | -     || standard       |
  | R9  | otherwise |       || standard       |
"""
SURCHARGE = """
table Lift
  hit collect sum
  | row | floor || fee                    |
  |-----|-------||------------------------|
  | L1  | >= 5  || $10.00 - $1.00 * floor |
"""


@pytest.fixture
def flawed(facts: Facts) -> Facts:
    """Network hides its own exception, and one row says what the last says."""
    rules = facts.ruleset / "small.rules"
    text = rules.read_text()
    start, end = text.index("  | R1  | Network"), text.index("\npricing")
    rules.write_text(text[:start] + FLAWED.lstrip(" ").replace("| R1", "  | R1", 1) + text[end:])
    return facts


def check(facts: Facts, *more: str | Path, form: str = "json") -> Run:
    return facts.tarifa("check", facts.ruleset, "--worklogs", facts.folder, "--format", form, *more)


def found(run: Run) -> dict[str, Any]:
    return {one["code"]: one["touched"] for one in run.json["rulesets"][0]["diagnostics"]}


def test_every_finding_says_how_much_work_and_money_it_touches(flawed: Facts) -> None:
    touched = found(check(flawed))

    # W-2 is on floor 12, and has 30 minutes beyond the allowance at the price that was not meant: 60.00.
    assert touched["dead-row"] == {
        "worklogs": 1,
        "minutes": 60,
        "waiting": 0,
        "other_lines": 0,
        "amounts": [{"currency": "USD", "amount": "60.00"}],
    }
    assert touched["redundant-row"]["worklogs"] == 1  # W-1, which the allowance covers
    assert touched["redundant-row"]["amounts"] == [{"currency": "USD", "amount": "0.00"}]


def test_what_touches_the_most_money_comes_first(flawed: Facts) -> None:
    codes = [one["code"] for one in check(flawed).json["rulesets"][0]["diagnostics"]]

    assert codes == ["dead-row", "redundant-row"]


def test_people_read_it_as_a_sentence(flawed: Facts) -> None:
    assert "= touches: 1 worklog (1 h); 60.00 USD" in check(flawed, form="text").out


@pytest.mark.parametrize("form", ("sarif", "github", "junit"))
def test_every_report_has_it(flawed: Facts, form: str) -> None:
    assert "touches: 1 worklog (1 h); 60.00 USD" in check(flawed, form=form).out


def test_sarif_has_it_for_programs(flawed: Facts) -> None:
    results = check(flawed, form="sarif").json["runs"][0]["results"]

    assert [one["properties"]["touched"]["worklogs"] for one in results] == [1, 1]


def test_errors_about_requests_are_counted_and_their_work_waits(flawed: Facts) -> None:
    rules = flawed.ruleset / "small.rules"
    text = (
        rules.read_text()
        .replace("  hit first\n", "  hit unique\n")
        .replace("  | R3  | Desktop   | -     || standard       |\n", "")
    )
    rules.write_text(text.replace("  | R9  | otherwise |       || standard       |\n", ""))
    run = check(flawed)

    touched = found(run)
    assert run.exit_code == 1
    assert (touched["overlap"]["worklogs"], touched["overlap"]["amounts"][0]["amount"]) == (
        1,
        "0.00",
    )  # the allowance covers it
    assert (touched["gap"]["worklogs"], touched["gap"]["waiting"], touched["gap"]["amounts"]) == (1, 1, [])


def test_work_that_a_negative_price_holds_is_counted(facts: Facts) -> None:
    rules = facts.ruleset / "small.rules"
    text = rules.read_text().replace("\npricing\n", f"{SURCHARGE}\npricing\n")
    rules.write_text(
        text.replace("  | rate | Hourly rate.rate |", "  | rate | Hourly rate.rate |\n  | per worklog | Lift.fee |")
    )

    touched = found(check(facts))["can-be-negative"]
    assert (touched["worklogs"], touched["waiting"], touched["amounts"]) == (1, 1, [])


def test_fees_are_counted_where_the_taxes_on_them_are_doubtful(facts: Facts) -> None:
    rules = facts.ruleset / "small.rules"
    every = "labour, request, surcharge, travel, other, fee, top-up, item, commitment"
    taxes = f"taxes\n  | row | country | line ||code | rate |\n  |--|--|--||--|--|\n  | T1 | US | {every} || sales | 10% |\n"
    text = rules.read_text()
    rules.write_text(
        f"{text[: text.index('taxes')]}{taxes}  | T8 | - | fee || duty | 1% |\n  | T9 | otherwise | || none | 0% |\n"
    )
    touched = found(check(facts))["useless-condition"]

    # Acme's fee up to the last work, 100.00, and what both are charged for work, 90.00 and 60.00.
    assert (touched["worklogs"], touched["other_lines"]) == (3, 1)
    assert touched["amounts"] == [{"currency": "USD", "amount": "250.00"}]


def test_what_nobody_asks_for_touches_no_work(facts: Facts) -> None:
    rules = facts.ruleset / "small.rules"
    rules.write_text(
        rules.read_text().replace("  | standard | $90.00/h |", "  | standard | $90.00/h |\n  | expert | $99.00/h |")
    )
    run = check(facts, form="text")

    assert "= touches: no work so far" in run.out


def test_a_ruleset_that_cannot_be_read_is_told_without_counts(flawed: Facts) -> None:
    rules = flawed.ruleset / "small.rules"
    rules.write_text(rules.read_text().replace("standard * 2", "standart * 2"))
    run = check(flawed)

    assert run.exit_code == 1
    assert found(run)["unknown-name"] is None


def test_the_work_may_be_older_than_the_ruleset(flawed: Facts) -> None:
    rules = flawed.ruleset / "small.rules"
    rules.write_text(rules.read_text().replace("2026-01-01..", "2027-01-01.."))

    assert found(check(flawed))["dead-row"]["worklogs"] == 1


def test_rows_that_cannot_be_read_are_named(flawed: Facts) -> None:
    flawed.write("worklogs.csv", "id,account,start,minutes\nW-1,Acme,2026-03-02 09:00,many\n")

    assert "left out: " in check(flawed).err


def test_a_folder_without_worklogs_is_a_matter_of_usage(facts: Facts, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    run = facts.tarifa("check", facts.ruleset, "--worklogs", tmp_path / "empty")

    assert run.exit_code == 2
    assert "there is no accounts.csv and no contracts.csv and no worklogs.csv in it" in run.err


def test_files_and_a_database_are_not_counted_on_at_once(facts: Facts) -> None:
    run = check(facts, "--database", "other.sqlite3")

    assert run.exit_code == 2
