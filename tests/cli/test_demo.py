"""`tarifa demo`: a month from files through the jobs, told so that one can follow it."""

from __future__ import annotations

import re
import socket
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.conftest import Run, Tarifa
from tests.gates.sources import ROOT


@pytest.fixture
def told(tarifa: Tarifa, tmp_path: Path) -> Run:
    """What the demo prints."""
    return tarifa("demo", "--no-serve", "--all-lines", "--database", tmp_path / "demo.sqlite3")


def test_it_bills_tells_what_waits_and_explains_a_line(told: Run) -> None:
    assert (told.exit_code, told.err) == (0, "")
    assert "Recorded 6 accounts, 6 contracts, 2 top-ups, 198 worklogs; 3 refused, see below." in told.out
    assert re.findall(r"^INVOICE (\S+)", told.out, re.MULTILINE) == [f"INV-{n:06}" for n in range(1, 10)]
    assert "Zylker@2026.1 knows no category called `Printer`" in told.out
    assert "did you mean `Harbor Dental`?" in told.out
    assert "WHY LINE" in told.out
    assert re.search(r"15 / 60 x 81\.00 = 20\.25 USD", told.out)


def test_the_jobs_and_the_offline_bill_come_to_the_same_totals(told: Run, tarifa: Tarifa) -> None:
    folder = ROOT / "examples" / "zylker"
    files = [
        f"--{name}={folder / name.replace('-', '_')}.csv"
        for name in ("accounts", "sites", "contracts", "worklogs", "top-ups")
    ]
    offline = tarifa("bill", ROOT / "rulesets" / "zylker", *files, "--through", "2026-04-01", "--format", "json").json

    issued = [Decimal(total) for total in re.findall(r"^  Total +USD +(\S+)$", told.out, re.MULTILINE)]
    assert sorted(issued) == sorted(Decimal(document["total"]) for document in offline["documents"])


def test_it_says_the_same_each_time(told: Run, tarifa: Tarifa, tmp_path: Path) -> None:
    again = tarifa("demo", "--no-serve", "--all-lines", "--database", tmp_path / "demo.sqlite3")

    assert again.out == told.out


def test_a_file_that_is_no_demos_is_left_as_it_is(tarifa: Tarifa, tmp_path: Path) -> None:
    ours = tmp_path / "tarifa.sqlite3"
    ours.write_bytes(b"a year of invoices")

    run = tarifa("demo", "--no-serve", "--database", ours)

    assert (run.exit_code, run.out) == (1, "")
    assert f"{ours} is there already" in run.err
    assert ours.read_bytes() == b"a year of invoices"


def test_a_port_in_use_is_named_before_the_month_is_played(tarifa: Tarifa, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()

        run = tarifa("demo", "--port", taken.getsockname()[1], "--database", tmp_path / "demo.sqlite3")

    assert (run.exit_code, run.out) == (1, "")
    assert "is in use" in run.err


def test_a_ruleset_with_errors_ends_the_demo_with_its_diagnostics(tarifa: Tarifa, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "a.rules").write_text("ruleset Broken\n  version 1\n")

    run = tarifa("demo", "--no-serve", "--ruleset", rules, "--database", tmp_path / "demo.sqlite3")

    assert run.exit_code == 1
    assert "error[" in run.err
    assert "Traceback" not in run.err
