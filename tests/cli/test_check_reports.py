"""`tarifa check --format`: reports on stdout, a line per ruleset on stderr, the same exit codes as for people."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.conftest import Facts, Run

FORMATS = ["text", "json", "sarif", "github", "junit"]
ALLOW = "# allow missing-taxes: the accountant adds them\n"


@pytest.fixture
def broken(facts: Facts) -> Path:
    """A ruleset with one error, on line 24."""
    rules = facts.ruleset / "small.rules"
    rules.write_text(rules.read_text().replace("| R1  | Network ", "| R1  | Netwrok "))
    return facts.ruleset


@pytest.fixture
def allowed(facts: Facts) -> Path:
    """A ruleset whose one warning is allowed."""
    rules = facts.ruleset / "small.rules"
    text, _, _ = rules.read_text().partition("taxes\n")
    rules.write_text(ALLOW + text.lstrip())
    return facts.ruleset


@pytest.mark.parametrize("form", FORMATS)
def test_errors_end_with_one_in_every_format(facts: Facts, broken: Path, form: str) -> None:
    run = facts.tarifa("check", "--format", form, broken)

    assert run.exit_code == 1
    assert "Netwrok" in run.out


@pytest.mark.parametrize("form", FORMATS)
def test_warnings_and_what_is_allowed_end_with_zero_in_every_format(facts: Facts, allowed: Path, form: str) -> None:
    silenced = facts.tarifa("check", "--format", form, allowed)
    rules = allowed / "small.rules"
    rules.write_text(rules.read_text().removeprefix(ALLOW))
    warned = facts.tarifa("check", "--format", form, allowed)

    assert (silenced.exit_code, warned.exit_code) == (0, 0)
    assert "missing-taxes" in warned.out


@pytest.mark.parametrize("form", FORMATS)
def test_a_folder_that_is_none_prints_no_half_report(facts: Facts, form: str) -> None:
    run = facts.tarifa("check", "--format", form, facts.folder / "none", facts.ruleset)

    assert (run.exit_code, run.out) == (2, "")
    assert "does not exist" in run.err


def test_an_unknown_format_is_wrong_usage(facts: Facts) -> None:
    assert facts.tarifa("check", "--format", "xml", facts.ruleset).exit_code == 2


def _path(run: Run, form: str) -> str:
    match form:
        case "json":
            return str(run.json["rulesets"][0]["diagnostics"][0]["place"]["file"])
        case "sarif":
            location = run.json["runs"][0]["results"][0]["locations"][0]
            return str(location["physicalLocation"]["artifactLocation"]["uri"])
        case "junit":
            return ET.fromstring(run.out.encode())[0][0].get("file", "")  # noqa: S314 - our own
        case _:
            return run.out.partition("file=")[2].partition(",")[0]


@pytest.mark.parametrize("form", FORMATS[1:])
def test_paths_are_those_below_the_folder_one_is_in(
    facts: Facts, broken: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(facts.folder)
    by_name = facts.tarifa("check", "--format", form, "small")
    by_path = facts.tarifa("check", "--format", form, broken)
    monkeypatch.chdir(broken)
    inside = facts.tarifa("check", "--format", form, ".")

    assert [_path(run, form) for run in (by_name, by_path, inside)] == [
        "small/small.rules",
        "small/small.rules",
        "small.rules",
    ]


def test_a_line_about_each_ruleset_goes_to_stderr_beside_a_report(facts: Facts, broken: Path) -> None:
    run = facts.tarifa("check", "--format", "json", broken)

    assert run.err == f"{broken}: 1 file: 1 error\n"
    assert json.loads(run.out)["errors"] == 1


def test_what_is_allowed_is_listed_for_people_with_its_place_and_reason(facts: Facts, allowed: Path) -> None:
    run = facts.tarifa("check", allowed)

    assert run.out.splitlines() == [
        f"allowed[missing-taxes]: {allowed}/small.rules:1: the accountant adds them",
        f"{allowed}: Small@1, 1 table, 3 rows, 3 plans: no problems, 1 warning allowed",
    ]


@pytest.mark.parametrize("form", FORMATS[1:])
def test_a_report_is_utf_8_whatever_the_terminal_is(tmp_path: Path, form: str) -> None:
    (tmp_path / "a.rules").write_text("größe\n", encoding="utf-8")
    command = [sys.executable, "-c", "from tarifa.cli import main; main()", "check", "--format", form, str(tmp_path)]

    ended = subprocess.run(command, env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=False)

    assert ended.returncode == 1
    assert "größe" in ended.stdout.decode("utf-8")
