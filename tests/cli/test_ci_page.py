"""`docs/ci.md`: its pipelines run as they stand there, and its examples and tables are true."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from dsl.format import formatted
from tests.cli.conftest import Facts, Tarifa
from tests.gates.sources import ROOT

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```\n", PAGE, re.DOTALL)
TEXTS = [text for kind, text in BLOCKS if kind == "text"]
SCRIPTS = [text for kind, text in BLOCKS if kind in ("yaml", "sh")]
COMMANDS = [
    re.sub(r"^\s*(- )?(run: )?(exec )?", "", line)
    for script in SCRIPTS
    for line in script.splitlines()
    if ".venv/bin/tarifa" in line
]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository's top, with the rulesets of the project and the command where the page has it."""
    shutil.copytree(ROOT / "rulesets", tmp_path / "rulesets")
    command = tmp_path / ".venv" / "bin" / "tarifa"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "from tarifa.cli import main; main()" "$@"\n')
    command.chmod(0o755)
    return tmp_path


def shell(command: str, repository: Path) -> int:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(["bash", "-e", "-c", command], cwd=repository, env=environment, check=False).returncode


def _break(repository: Path) -> None:
    rates = repository / "rulesets" / "zylker" / "rates.rules"
    rates.write_text(rates.read_text().replace("Urgent", "Urgnet"))


def test_the_page_has_the_pipelines_of_two_servers_and_a_hook() -> None:
    assert len(SCRIPTS) == 3
    assert len(COMMANDS) == 8


@pytest.mark.parametrize("command", COMMANDS)
def test_a_pipelines_step_passes_on_rulesets_without_errors(command: str, repository: Path) -> None:
    assert shell(command, repository) == 0


@pytest.mark.parametrize("command", [command for command in COMMANDS if "tarifa fmt" not in command])
def test_a_step_that_checks_or_tests_fails_on_an_error_but_for_the_one_that_only_writes_sarif(
    command: str, repository: Path
) -> None:
    _break(repository)

    assert shell(command, repository) == (0 if "sarif" in command else 1)


def test_a_step_that_writes_sarif_fails_where_there_is_nothing_to_check(repository: Path) -> None:
    (command,) = (command for command in COMMANDS if "sarif" in command)
    shutil.rmtree(repository / "rulesets")

    assert shell(command, repository) != 0


def test_the_pipelines_leave_whole_reports_beside_a_failure(repository: Path) -> None:
    _break(repository)
    for command in COMMANDS:
        shell(command, repository)

    results = json.loads((repository / "rulesets.sarif").read_text())["runs"][0]["results"]
    uris = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results}
    assert uris == {"rulesets/zylker/rates.rules"}
    for report in ("rulesets.xml", "tests.xml"):
        failures = ET.parse(repository / report).getroot().get("failures")  # noqa: S314 - our own
        assert failures == str(len(results))


def test_the_page_says_what_is_allowed_as_it_is_said(
    tarifa: Tarifa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, said = TEXTS[0], TEXTS[1]
    (tmp_path / "example").mkdir()
    (tmp_path / "example" / "example.rules").write_text(text)
    monkeypatch.chdir(tmp_path)

    assert tarifa("check", "example").out == said


def test_the_page_shows_what_the_formatter_does() -> None:
    before, after = TEXTS[2], TEXTS[3]

    assert formatted(before) == after


def test_the_page_lists_every_field_of_the_json(facts: Facts) -> None:
    rules = facts.ruleset / "small.rules"
    text = rules.read_text().partition("taxes\n")[0].lstrip()
    rules.write_text("# allow missing-taxes: why not\n" + text)
    broken = facts.folder / "broken"
    broken.mkdir()
    (broken / "a.rules").write_text(text.replace("R1 ", "R2 "))

    said = facts.tarifa("check", "--format", "json", facts.ruleset, broken).json

    diagnostic = said["rulesets"][1]["diagnostics"][0]
    assert _fields("field") == list(said)
    assert _fields("of a ruleset") == list(said["rulesets"][0])
    assert _fields("of a diagnostic") == list(diagnostic)
    assert _fields("of a place") == list(diagnostic["place"])


def _fields(title: str) -> list[str]:
    """The names in the first column of the table with this title."""
    rows = PAGE.partition(f"| {title} | |\n")[2].partition("\n\n")[0].splitlines()[1:]
    return [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]
