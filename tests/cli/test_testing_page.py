"""`docs/testing.md`: its ruleset checks, and its commands print what stands below them.

`python -m tests.cli.test_testing_page` writes the outputs anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from dsl.format import formatted
from tests.gates.sources import ROOT

PATH = ROOT / "docs" / "testing.md"
_RULES = re.compile(r"```rules (\S+)\n(.*?)```\n", re.DOTALL)
_CONSOLE = re.compile(r"```console\n(.*?)```\n", re.DOTALL)


def fresh(page: str, folder: Path) -> str:
    """The page with what its commands print in `folder`, where its rulesets are."""
    for name, text in _RULES.findall(page):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def run(match: re.Match[str]) -> str:
        commands = [line[2:] for line in match[1].splitlines() if line.startswith("$ ")]
        return "```console\n" + "".join(f"$ {command}\n{_output(command, folder)}" for command in commands) + "```\n"

    return _CONSOLE.sub(run, page)


def _output(command: str, folder: Path) -> str:
    (folder / "tarifa").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tarifa "$@"\n')
    (folder / "tarifa").chmod(0o755)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def test_commands_print_what_the_page_shows(tmp_path: Path) -> None:
    page = PATH.read_text(encoding="utf-8")

    assert fresh(page, tmp_path) == page


def test_rules_on_the_page_are_in_their_canonical_form() -> None:
    rules = _RULES.findall(PATH.read_text(encoding="utf-8"))

    assert [name for name, _ in rules] == ["night/night.rules", "night/tests.rules"]
    assert [formatted(text) for _, text in rules] == [text for _, text in rules]


def test_links_of_the_page_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)", PATH.read_text(encoding="utf-8"))

    assert links
    assert [link for link in links if not (PATH.parent / link).exists()] == []


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        PATH.write_text(fresh(PATH.read_text(encoding="utf-8"), Path(temporary)), encoding="utf-8")
