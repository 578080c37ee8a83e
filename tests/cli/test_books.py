"""`tarifa replay` and `tarifa verify`: what they say, and how they end."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from pathlib import Path

import pytest

from tarifa.services.credit_notes import issue_credit_note
from tarifa.services.inputs import CreditInput
from tarifa.services.results import Recorded
from tarifa.settings import Settings
from tarifa.storage import opened
from tests.cli.conftest import Tarifa
from tests.services.books import tamper
from tests.services.installation import at, installed, settings_for, work


@pytest.fixture
def billed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A database with two documents, which the commands find."""
    settings = settings_for(tmp_path / "tarifa.sqlite3")
    asyncio.run(_bill(settings))
    monkeypatch.setenv("TARIFA_DATABASE_URL", settings.database_url)
    return settings


async def _bill(settings: Settings) -> None:
    async with installed(settings) as here:
        await here.contract()
        await here.record(work("w1", "2026-03-03 09:00", 12 * 60))
        await here.bill("2026-04-01", through=date(2026, 4, 1))


def test_a_document_that_is_equal_is_told_when_it_is_asked_for(billed: Settings, tarifa: Tarifa) -> None:
    assert billed.database_path.exists()
    named, everything = tarifa("replay", "INV-000002", "INV-000001"), tarifa("replay", "--all")
    assert (named.exit_code, named.out) == (0, "INV-000002: equal\nINV-000001: equal\n")
    assert (everything.exit_code, everything.out) == (0, "2 documents replayed: 2 equal\n")
    assert tarifa("replay", "--since", "2026-04-02").out == "0 documents replayed\n"


def test_credit_by_hand_is_replayed_and_counted(billed: Settings, tarifa: Tarifa) -> None:
    async def credit() -> None:
        async with opened(billed) as database:
            wanted = CreditInput("k", "INV-000001", "Sorry.")
            made = await issue_credit_note(database, wanted, by="the office", now=at("2026-04-20"))
            assert isinstance(made, Recorded), made

    asyncio.run(credit())
    assert tarifa("replay", "CN-000001").out == "CN-000001: equal, by hand\n"
    run = tarifa("replay", "--all")
    assert (run.exit_code, run.out) == (0, "3 documents replayed: 3 equal; 1 of them credit by hand\n")


def test_the_audit_is_told_and_its_end_can_be_kept_and_held_against_it(billed: Settings, tarifa: Tarifa) -> None:
    rows = [json.loads(line) for line in tarifa("audit", "--format", "json").out.splitlines()]
    assert [row["n"] for row in rows] == list(range(1, len(rows) + 1))
    assert {row["actor"] for row in rows} == {"program"}
    assert tarifa("keys", "create", "--label", "office", "--role", "reader").exit_code == 0
    [made] = [
        json.loads(line) for line in tarifa("audit", "--action", "key.created", "--format", "json").out.splitlines()
    ]
    assert made["actor"].startswith("command line (")
    head = tarifa("audit", "--head").out.strip()
    assert head == f"{made['n']}:{made['hash']}"
    assert f"the audit ends with {head}\n" in tarifa("verify", "--anchor", head).out
    assert f"{len(rows):>8}  " in tarifa("audit").out
    assert tarifa("audit", "--since", "2999-01-01").out == ""
    tamper(billed, "DELETE FROM audit WHERE action = 'key.created'")
    run = tarifa("verify", "--anchor", head)
    assert run.exit_code == 1
    assert f"audit, row {made['n']}: is not there, should be {made['hash']}" in run.out
    assert tarifa("verify", "--anchor", "7").exit_code == 2


def test_a_defect_is_told_with_both_values(billed: Settings, tarifa: Tarifa) -> None:
    tamper(billed, "UPDATE worklog_revs SET seconds = seconds + 3600")
    run = tarifa("replay", "--all")
    assert run.exit_code == 1
    assert run.out == (
        'INV-000002: defect\n  first difference: closings[0].overage\n    issued    "120"\n    replayed  "180"\n'
        "2 documents replayed: 1 equal, 1 with a defect\n"
    )


def test_what_another_release_makes_otherwise_names_both(billed: Settings, tarifa: Tarifa) -> None:
    tamper(billed, "UPDATE worklog_revs SET seconds = 60", "UPDATE settlements SET tzdata = '1999.1'")
    run = tarifa("replay", "INV-000002")
    assert run.exit_code == 1
    assert run.out.startswith("INV-000002: another release: tzdata 1999.1 -> 20")
    [shape] = [json.loads(line) for line in tarifa("replay", "INV-000002", "--format", "json").out.splitlines()]
    assert (shape["number"], shape["outcome"], shape["releases"][0]["issued"]) == (
        "INV-000002",
        "other release",
        "1999.1",
    )


@pytest.mark.usefixtures("billed")
def test_what_to_replay_is_said_in_one_way(tarifa: Tarifa) -> None:
    unknown, nothing, both = tarifa("replay", "INV-9"), tarifa("replay"), tarifa("replay", "INV-000001", "--all")
    assert (unknown.exit_code, unknown.err) == (1, "tarifa: there is no document INV-9\n")
    assert (nothing.exit_code, both.exit_code) == (2, 2)
    assert nothing.err == "tarifa: give the numbers of documents, or --all, or --since DATE\n"


def test_books_that_agree_are_told_rule_by_rule(billed: Settings, tarifa: Tarifa) -> None:
    assert billed.database_path.exists()
    run = tarifa("verify")
    assert run.exit_code == 0
    assert "ok            2  a document's net is the sum of its lines\n" in run.out
    assert run.out.endswith(" rules checked, all kept\n")


def test_a_fault_is_named_with_its_table_key_and_both_values(billed: Settings, tarifa: Tarifa) -> None:
    tamper(billed, "UPDATE series SET next = 2 WHERE id = 'invoice'")
    run = tarifa("verify")
    assert run.exit_code == 1
    assert "FAULT         2  a series goes on after its last number\n      series, INV-: is 2, should be 3\n" in run.out
    assert run.out.endswith(" rules checked, 1 broken\n")
    broken = [json.loads(line) for line in tarifa("verify", "--format", "json").out.splitlines()]
    assert [one["faults"] for one in broken if one["faults"]] == [
        [{"table": "series", "key": "INV-", "stored": "2", "expected": "3"}]
    ]
