"""The README shows outputs as they really look."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Tarifa
from tests.gates.sources import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
LINKED = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)


def block(holding: str) -> str:
    """The code block that holds a text."""
    return next(text for text in re.findall(r"```\w+\n(.*?)```", README, re.DOTALL) if holding in text)


def test_the_diagnostic_is_what_check_prints(tarifa: Tarifa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "rulesets" / "zylker", tmp_path / "rulesets" / "zylker")
    rates = tmp_path / "rulesets" / "zylker" / "rates.rules"
    rates.write_text(rates.read_text().replace("| Cedar Falls Mill | Network,", "| Cedar Falls Mill | Netwrok,"))
    monkeypatch.chdir(tmp_path)

    run = tarifa("check", "rulesets/zylker")

    assert block("$ tarifa check").partition("\n")[2] == run.out


def test_the_invoice_is_what_bill_prints(tarifa: Tarifa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "examples" / "zylker")
    shown = block("$ tarifa bill")
    command, _, table = shown.partition("\nINVOICE")
    words = command.replace("\\\n", " ").split("tarifa bill")[1].split()

    run = tarifa("bill", *words)

    printed = {line.rstrip() for line in run.out.splitlines()}
    wanted = [line for line in f"INVOICE{table}".splitlines() if line.strip() != "..."]
    assert [line for line in wanted if line not in printed] == []


def test_the_explanation_is_what_the_demo_tells(tarifa: Tarifa, tmp_path: Path) -> None:
    run = tarifa("demo", "--no-serve", "--database", tmp_path / "demo.sqlite3")

    assert block("Priced by the ruleset") in run.out


@pytest.mark.parametrize("path", sorted(set(LINKED)))
def test_what_it_links_to_is_there(path: str) -> None:
    assert (ROOT / path).exists()
