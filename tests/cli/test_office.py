"""The office on the command line: previews, approvals, runs, exceptions, payments."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tarifa.settings import Settings
from tests.cli.conftest import Tarifa
from tests.services.installation import installed, settings_for, work


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A contract that wants approvals, with work that no price fits; nothing billed."""
    settings = settings_for(tmp_path / "tarifa.sqlite3")

    async def start() -> None:
        async with installed(settings) as here:
            await here.contract(needs_approval=True)
            await here.record(work("w1", "2026-03-03 09:00", 60), work("w2", "2026-03-04 09:00", 60, category="Oddity"))

    asyncio.run(start())
    monkeypatch.setenv("TARIFA_DATABASE_URL", settings.database_url)
    return settings


def rows(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.usefixtures("started")
def test_a_document_is_looked_at_approved_and_billed(tarifa: Tarifa) -> None:
    shown = tarifa("preview", "C-1")
    assert shown.exit_code == 0, shown.err
    [shape] = rows(tarifa("preview", "C-1", "--format", "json").out)
    assert "waits for an approval" in shown.out
    assert shape["digest"] in shown.out
    assert shape["document"]["total"] == "1230.00"

    waits = tarifa("run", "start", "march", "--through", "2026-03-01", "--format", "json")
    assert [(one["key"], one["documents"], one["stopped"]) for one in rows(waits.out)] == [("march", 0, 1)]
    [parked] = rows(tarifa("exceptions", "parked", "--format", "json").out)
    assert (parked["contract"], parked["reason"]) == ("C-1", "waiting-for-approval")

    assert tarifa("approve", "C-1", "0" * 64).exit_code == 1
    assert tarifa("approve", "C-1", shape["digest"], "--note", "seen").out == "The next document of C-1 is approved.\n"
    assert tarifa("approve", "C-1", shape["digest"]).out == "The next document of C-1 was approved before.\n"
    assert "approved by" in tarifa("preview", "C-1").out

    again = tarifa("run", "start", "march again", "--through", "2026-03-01", "--most", "5000", "--format", "json")
    assert [(one["documents"], one["totals"], one["most"]) for one in rows(again.out)] == [(1, "1230.00 EUR", "5000")]
    assert [one["key"] for one in rows(tarifa("run", "list", "--format", "json").out)] == ["march", "march again"]
    assert "1230.00 EUR" in tarifa("run", "show", "march again").out
    assert rows(tarifa("run", "resume", "march again", "--format", "json").out)[0]["documents"] == 1
    assert tarifa("verify").exit_code == 0


@pytest.mark.usefixtures("started")
def test_what_waits_is_listed_and_decided(tarifa: Tarifa) -> None:
    tarifa("run", "start", "x", "--through", "2026-03-01")
    [first] = rows(tarifa("preview", "C-1", "--format", "json").out)
    tarifa("approve", "C-1", first["digest"])
    tarifa("run", "start", "y", "--through", "2026-03-01")
    [second] = rows(tarifa("preview", "C-1", "--format", "json").out)
    tarifa("approve", "C-1", second["digest"])
    tarifa("run", "start", "z", "--through", "2026-04-01")
    [waits] = rows(tarifa("exceptions", "list", "--format", "json").out)
    assert (waits["subject"], waits["reason"], waits["state"]) == ("main:w2", "no-rule", "open")
    assert "main:w2" in tarifa("exceptions", "list", "--account", "acme corp").out
    assert tarifa("exceptions", "list", "--account", "nobody").out == ""
    assert tarifa("exceptions", "decide", waits["id"], "release", "--note", "x").exit_code == 1  # it lacks a price
    done = tarifa("exceptions", "decide", waits["id"], "waive", "--note", "agreed with the customer")
    assert (done.exit_code, done.out) == (0, f"{waits['id']}: waived.\n")
    assert tarifa("exceptions", "list").out == ""
    [decided] = rows(tarifa("exceptions", "list", "--all", "--format", "json").out)
    assert (decided["state"], decided["note"]) == ("waived", "agreed with the customer")


@pytest.mark.usefixtures("started")
def test_payments_are_recorded_revised_and_listed(tarifa: Tarifa) -> None:
    given = ("--account", "acme corp", "--currency", "EUR", "--on", "2026-04-02", "--source", "bank")
    assert tarifa("payments", "record", "7", "--amount", "100.50", *given).out == "bank:7: new, revision 1\n"
    assert tarifa("payments", "record", "7", "--amount", "100.50", *given).out == "bank:7: unchanged, revision 1\n"
    assert "with other facts" in tarifa("payments", "record", "7", "--amount", "90", *given).err
    assert (
        tarifa("payments", "record", "7", "--amount", "90", *given, "--revise").out == "bank:7: revised, revision 2\n"
    )
    assert tarifa("payments", "record", "8", "--amount", "1,5", *given).exit_code == 2
    [one] = rows(tarifa("payments", "list", "--format", "json").out)
    assert (one["id"], one["amount"], one["open"]) == ("bank:7", "90.00", "90.00")
    assert "90.00" in tarifa("payments", "list", "--account", "Acme Corp").out


@pytest.mark.usefixtures("started")
def test_a_payment_of_a_day_to_come_is_refused_unless_it_is_meant(tarifa: Tarifa) -> None:
    given = ("--account", "acme corp", "--currency", "EUR", "--on", "2999-04-02", "--amount", "1")
    run = tarifa("payments", "record", "9", *given)
    assert run.exit_code == 1
    assert "2999-04-02 is still to come" in run.err
    assert tarifa("payments", "record", "9", *given, "--ahead").exit_code == 0


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize(
    "words", [("preview", "C-9"), ("run", "show", "x"), ("run", "resume", "x"), ("approve", "C-9", "x")]
)
def test_what_is_not_there_is_told(tarifa: Tarifa, words: tuple[str, ...]) -> None:
    run = tarifa(*words)
    assert run.exit_code == 1
    assert "there is no" in run.err
