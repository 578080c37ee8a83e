"""`tarifa test`: tests of a ruleset, what fails, what they cover, what is missing."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.conftest import PRICES, Facts, Tarifa
from tests.dsl.junit_shape import misshapen
from tests.gates.sources import ROOT

RULESETS = sorted(path for path in (ROOT / "rulesets").iterdir() if path.is_dir())
ALL = """
tests Hourly rate
  | category | floor || rate       | row |
  |----------|-------||------------|-----|
  | Network  | 10    || $180.00/h  | R1  |
  | Network  | 9     || $120.00/h  | R2  |
  | Desktop  | -     || $90.00/h   | R9  |
  | -        | -     || >= $90.00/h | -  |

tests taxes
  | country || code  | rate | row |
  |---------||-------|------|-----|
  | US      || sales | 10%  | T1  |
  | not US  || none  | 0%   | T9  |
"""


@pytest.fixture
def folder(facts: Facts) -> Path:
    return facts.ruleset


def _write(folder: Path, tests: str) -> None:
    (folder / "small.rules").write_text(PRICES)
    (folder / "tests.rules").write_text(tests)


@pytest.mark.parametrize("ruleset", RULESETS, ids=lambda path: path.name)
def test_the_tests_of_a_ruleset_of_the_project_pass_and_cover_every_row(tarifa: Tarifa, ruleset: Path) -> None:
    run = tarifa("test", ruleset, "--coverage", "100")

    assert (run.exit_code, run.err) == (0, "")
    assert "(100 %) and" in run.out


def test_tests_that_pass_say_what_they_cover(tarifa: Tarifa, folder: Path) -> None:
    _write(folder, ALL)

    run = tarifa("test", folder, "--coverage", "100", "--cells", "100")

    assert run.exit_code == 0
    assert run.out == (f"{folder}: Small@1: 6 tests: 6 passed, 5 of 5 rows (100 %) and 7 of 7 cells (100 %) covered\n")


def test_a_failing_test_shows_what_was_expected_beside_what_is_and_the_row_that_fired(
    tarifa: Tarifa, folder: Path
) -> None:
    _write(folder, ALL.replace("$120.00/h ", "$125.00/h ").replace("| R9 ", "| R2 "))

    run = tarifa("test", folder)

    lines = [[cell.strip() for cell in line.replace("||", "|").split("|")[1:-1]] for line in run.out.splitlines()]
    assert run.exit_code == 1
    assert lines[1] == [
        "at", "category", "floor", "rate expected", "rate is", "row expected", "row that fired"
    ]  # fmt: skip
    assert lines[3] == [f"{folder}/tests.rules:6", "Network", "9", "$125.00/h", "$120.00/h", "R2", "R2"]
    assert lines[4] == [f"{folder}/tests.rules:7", "Desktop", "0 (-)", "$90.00/h", "$90.00/h", "R2", "R9"]


def test_a_property_that_does_not_hold_shows_a_request_for_which_it_does_not(tarifa: Tarifa, folder: Path) -> None:
    _write(folder, ALL.replace(">= $90.00/h", ">= $95.00/h"))

    run = tarifa("test", folder)

    assert run.exit_code == 1
    assert "| >= $95.00/h   | $90.00/h | -            | R9 " in run.out


def test_a_property_covers_no_row(tarifa: Tarifa, folder: Path) -> None:
    _write(folder, "tests Hourly rate\n  | floor || rate |\n  |-------||------|\n  | - || >= $1.00/h |\n")

    line = next(n for n, text in enumerate(PRICES.splitlines(), 1) if "| R1 " in text)

    run = tarifa("test", folder, "--coverage", "1")

    assert run.exit_code == 1
    assert "1 passed, 0 of 5 rows (0 %)" in run.out
    assert f"not covered: Hourly rate: R1, R2, R9 ({folder}/small.rules:{line})" in run.out
    assert "0 % of the rows are covered, 1 % are asked for: tarifa test --propose" in run.out


def test_too_few_cells_fail_where_they_are_asked_for(tarifa: Tarifa, folder: Path) -> None:
    only_rows = "tests Hourly rate\n  | category | floor || row |\n  |---|---||---|\n  | Network | 10 || R1 |\n"
    _write(folder, only_rows)

    assert tarifa("test", folder, "--coverage", "20").exit_code == 0
    assert tarifa("test", folder, "--cells", "1").exit_code == 1


def test_proposed_tests_pass_and_cover_every_row_and_both_sides_of_every_span(tarifa: Tarifa, folder: Path) -> None:
    proposed = tarifa("test", folder, "--propose").out
    _write(folder, proposed)

    run = tarifa("test", folder, "--coverage", "100")
    again = tarifa("test", folder, "--propose")

    assert run.exit_code == 0
    assert "  | Network  | 10    || $180.00/h | R1  |" in proposed
    assert "  | Network  |  9    || $120.00/h | R2  |" in proposed
    assert "tests Hourly rate" not in again.out


def test_what_was_proposed_and_taken_over_is_not_proposed_again(tarifa: Tarifa, folder: Path) -> None:
    source = (
        (folder / "small.rules")
        .read_text()
        .replace(
            "| R9  | otherwise |       ||", "| R8  | Network, none | 3..7 || $1.00/h |\n  | R9  | otherwise |       ||"
        )
    )
    (folder / "small.rules").write_text(source)
    (folder / "tests.rules").write_text(tarifa("test", folder, "--propose").out)

    run = tarifa("test", folder, "--propose")

    assert (run.exit_code, run.out) == (0, "")
    assert run.err.startswith(f"{folder}: Small@1: 10 tests: 10 passed, 6 of 6 rows (100 %)")


def test_a_ruleset_with_errors_is_not_tested(tarifa: Tarifa, folder: Path) -> None:
    _write(folder, ALL.replace("| R9 ", "| R8 "))

    run = tarifa("test", folder)

    assert run.exit_code == 1
    assert "error[unknown-name]: `Hourly rate` has no row called `R8`" in run.out
    assert f"{folder}/tests.rules:7:" in run.out
    assert f"{folder}: no test was run: mend the errors above" in run.out


@pytest.mark.parametrize("arguments", [(), ("--coverage", "101", "x"), ("--wrong",)])
def test_wrong_usage_ends_with_2(tarifa: Tarifa, arguments: tuple[str, ...]) -> None:
    assert tarifa("test", *arguments).exit_code == 2


def test_the_command_explains_itself(tarifa: Tarifa) -> None:
    run = tarifa("test", "--help")

    assert run.exit_code == 0
    assert "Exit codes:" in run.out


def test_taxes_are_tested_by_the_codes_that_apply_and_what_they_come_to(tarifa: Tarifa, folder: Path) -> None:
    more = "  | T1  | US        || sales | 10%  |\n  | T2  | US, CA    || city  | 1.5% |"
    (folder / "small.rules").write_text(PRICES.replace("  | T1  | US        || sales | 10%  |", more))
    tests = """
tests taxes
  | country || code        | rate   | row    |
  |---------||-------------|--------|--------|
  | US      || city, sales | 11.5%  | T2, T1 |
  | CA      || city        | -      | T2     |
  | CA      || city, sales | 1.5%   | T1     |
  | -       || -           | < 11%  | -      |
"""
    (folder / "tests.rules").write_text(tests)

    run = tarifa("test", folder)

    lines = [[cell.strip() for cell in line.replace("||", "|").split("|")[2:-1]] for line in run.out.splitlines()]
    assert run.exit_code == 1
    assert lines[3] == ["CA", "city, sales", "city", "1.5%", "1.5%", "T1", "T2"]
    assert lines[4] == ["US (-)", "-", "", "< 11%", "11.5%", "-", "T1, T2"]


def test_tests_of_taxes_that_are_not_there_are_told(tarifa: Tarifa, folder: Path) -> None:
    (folder / "small.rules").write_text(PRICES[: PRICES.index("taxes\n")])
    (folder / "tests.rules").write_text("tests taxes\n  | country || code |\n  |---||---|\n  | US || vat |\n")

    run = tarifa("test", folder)

    assert "error[unknown-name]: there is no block `taxes` to test" in run.out


@pytest.mark.parametrize("name", ["taxes", "pricing"])
def test_a_table_is_not_called_like_what_tests_are_of(tarifa: Tarifa, folder: Path, name: str) -> None:
    (folder / "small.rules").write_text(PRICES.replace("Hourly rate", name))

    run = tarifa("check", folder)

    assert f"error[duplicate-name]: `{name}` is a block of its own, and no name of a table" in run.out


WRONG = ALL.replace("$120.00/h ", "$125.00/h ").replace(">= $90.00/h", ">= $95.00/h")


def test_json_says_of_every_test_how_it_ended_and_of_a_failed_one_what_was_expected_beside_what_is(
    tarifa: Tarifa, folder: Path
) -> None:
    _write(folder, WRONG)

    run = tarifa("test", folder, "--format", "json", "--coverage", "100")

    said = json.loads(run.out)
    (ruleset,) = said["rulesets"]
    assert run.exit_code == 1
    assert (said["format"], said["passed"], said["failed"], said["not_decided"]) == (1, 4, 2, 0)
    assert [test["verdict"] for test in ruleset["tests"]] == [
        "passed",
        "failed",
        "passed",
        "failed",
        "passed",
        "passed",
    ]
    failed = ruleset["tests"][1]
    assert (failed["of"], failed["line"], Path(failed["file"]).name) == ("Hourly rate", 6, "tests.rules")
    assert failed["failure"] == {
        "why": "",
        "given": {"category": "Network", "floor": "9"},
        "expected": {"rate": "$125.00/h"},
        "actual": {"rate": "$120.00/h"},
        "row_expected": "R2",
        "row_that_fired": "R2",
        "explain": failed["failure"]["explain"],
    }
    assert ruleset["coverage"]["rows"] == {"all": 5, "covered": 5, "percent": 100}
    assert (ruleset["coverage"]["open"], ruleset["too_little"]) == ([], [])
    assert "6 tests: 4 passed, 2 failed" in run.err


def test_what_a_failed_test_says_to_run_explains_the_case(tarifa: Tarifa, folder: Path) -> None:
    _write(folder, WRONG)

    failed = json.loads(tarifa("test", folder, "--format", "json").out)["rulesets"][0]["tests"][3]["failure"]
    program, *command = shlex.split(failed["explain"])
    run = tarifa(*command)

    assert (program, run.exit_code, run.err) == ("tarifa", 0, "")
    assert failed["actual"]["rate"] in run.out
    assert f"Hourly rate / {failed['row_that_fired']}" in run.out


def test_junit_has_a_case_for_every_test_and_one_for_too_little_coverage(tarifa: Tarifa, folder: Path) -> None:
    _write(folder, WRONG[: WRONG.index("tests taxes")])

    run = tarifa("test", folder, "--format", "junit", "--coverage", "100")

    suites = ET.fromstring(run.out)  # noqa: S314 - our own output
    assert misshapen(suites) == []
    (suite,) = suites
    cases = {case.get("name", "").split()[0]: case for case in suite}
    failures = [case.find("failure") for case in suite if case.find("failure") is not None]
    assert run.exit_code == 1
    assert (suites.get("tests"), suites.get("failures"), suites.get("errors")) == ("5", "3", "0")
    assert {"tests.rules:5", "tests.rules:6", "tests.rules:7", "tests.rules:8"} < cases.keys()
    assert [one.get("message") for one in failures if one is not None] == [
        "rate is $120.00/h, expected $125.00/h",
        "rate is $90.00/h, expected >= $95.00/h",
        "60 % of the rows are covered, 100 % are asked for: tarifa test --propose",
    ]


def test_annotations_stand_at_the_lines_of_the_tests_that_failed(tarifa: Tarifa, folder: Path) -> None:
    _write(folder, WRONG)

    lines = tarifa("test", folder, "--format", "github").out.splitlines()

    assert [line.partition("::error file=")[2].partition(",title=")[0].split("/")[-1] for line in lines] == [
        "tests.rules,line=6",
        "tests.rules,line=8",
    ]
    assert "rate is $120.00/h, expected $125.00/h%0Atarifa explain" in lines[0]


@pytest.mark.parametrize("form", ["json", "junit", "github"])
def test_a_ruleset_with_errors_is_reported_as_it_is_checked(tarifa: Tarifa, folder: Path, form: str) -> None:
    _write(folder, ALL.replace("| R9 ", "| R8 "))

    run = tarifa("test", folder, "--format", form)

    assert run.exit_code == 1
    assert "has no row called `R8`" in run.out
    assert "no test was run" in run.err


def test_proposals_are_text_and_not_mixed_into_a_report(tarifa: Tarifa, folder: Path) -> None:
    run = tarifa("test", folder, "--propose", "--format", "json")

    assert (run.exit_code, run.out) == (2, "")
    assert "--propose prints text" in run.err
