"""A worker process: scheduler, actors, and an end when it is told to."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine.facts import NoticeTerms
from jobs import worker
from tarifa.services import billing
from tarifa.services.billing import BillingResult
from tarifa.settings import Settings
from tarifa.storage import NoDatabaseError
from tarifa.storage.database import backend
from tarifa.storage.errors import CannotWriteError
from tarifa.storage.job_table import JobTable
from tests.services.installation import at, installed, settings_for, work


@pytest.fixture
def recorded(database_settings: Settings) -> Settings:
    """Two contracts with work, nothing billed."""

    async def record() -> None:
        async with installed(database_settings) as here:
            await here.contract()
            await here.account("Globex")
            await here.contract("C-2", "Open", account="Globex")
            await here.record(work("w1", "2026-03-03 09:00", 60), work("w2", "2026-03-03 09:00", 60, account="Globex"))

    asyncio.run(record())
    return replace(database_settings, tick_seconds=1)


def _numbers(settings: Settings) -> list[tuple[str, str]]:
    with closing(backend(settings).connect()) as connection:
        return connection.run(
            "SELECT c.number, d.boundary_on FROM documents d JOIN contracts c ON c.id = d.contract_id ORDER BY 1, 2"
        )


MARCH_AND_APRIL = [("C-1", "2026-03-01"), ("C-1", "2026-04-01"), ("C-2", "2026-04-01")]


def test_once_bills_what_is_due_and_returns(recorded: Settings) -> None:
    report = worker.run(recorded, once=True, clock=lambda: at("2026-04-01"))
    assert report.failed == 0
    assert _numbers(recorded) == MARCH_AND_APRIL
    again = worker.run(recorded, once=True, clock=lambda: at("2026-04-01"))
    assert (again.done, again.failed) == (2, 0)  # the looks for what is due, and for notices
    assert _numbers(recorded) == MARCH_AND_APRIL


def test_once_with_a_day_bills_all_boundaries_up_to_it(recorded: Settings) -> None:
    worker.run(recorded, once=True, through=date(2026, 6, 30), clock=lambda: at("2026-08-15"))
    assert [one for one in _numbers(recorded) if one[0] == "C-1"] == [
        ("C-1", f"2026-0{month}-01") for month in (3, 4, 5, 6)
    ]


def test_once_tries_again_what_failed_before_it_returns(recorded: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    bill, tries = billing.bill_contracts, []

    async def failing_at_first(*given: Any, **others: Any) -> BillingResult:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("the network was away")
        return await bill(*given, **others)

    monkeypatch.setattr(billing, "bill_contracts", failing_at_first)
    report = worker.run(recorded, once=True, clock=lambda: at("2026-04-01"))
    assert (report.failed, len(tries)) == (1, 2)
    assert _numbers(recorded) == MARCH_AND_APRIL


def test_once_ends_with_the_reason_where_nothing_can_be_written(
    recorded: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object, **__: object) -> bytes:
        raise CannotWriteError("the disk", "database or disk is full")

    monkeypatch.setattr(JobTable, "take", full)
    monkeypatch.setattr(worker, "PATIENCE_SECONDS", 0.2)
    with pytest.raises(CannotWriteError, match="database or disk is full"):
        worker.run(recorded, once=True, clock=lambda: at("2026-04-01"))
    told = [one for one in caplog.records if "disk is full" in one.getMessage()]
    assert [one.exc_info for one in told] == [None]
    assert _numbers(recorded) == []


def test_a_missed_month_heals_at_the_next_tick(recorded: Settings) -> None:
    worker.run(recorded, once=True, clock=lambda: at("2026-03-01"))
    worker.run(recorded, once=True, clock=lambda: at("2026-05-01"))
    assert [one for one in _numbers(recorded) if one[0] == "C-1"] == [
        ("C-1", f"2026-0{month}-01") for month in (3, 4, 5)
    ]


def test_a_standing_worker_bills_until_it_is_stopped(recorded: Settings) -> None:
    stop = threading.Event()
    thread = threading.Thread(
        target=worker.run, args=(recorded,), kwargs={"clock": lambda: at("2026-04-01"), "stop": stop}
    )
    thread.start()
    deadline = time.monotonic() + 30
    while len(_numbers(recorded)) < len(MARCH_AND_APRIL) and time.monotonic() < deadline:
        time.sleep(0.02)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert _numbers(recorded) == MARCH_AND_APRIL


@pytest.mark.parametrize(("minute", "days"), [(8 * 60, ["2026-04-01"]), (8 * 60 + 1, []), (None, [])])
def test_a_standing_worker_looks_at_the_books_once_a_day_from_its_time_on(
    recorded: Settings, minute: int | None, days: list[str]
) -> None:
    stop = threading.Event()
    settings = replace(recorded, verify_minute=minute)
    thread = threading.Thread(
        target=worker.run, args=(settings,), kwargs={"clock": lambda: at("2026-04-01", "08:00"), "stop": stop}
    )
    thread.start()
    deadline = time.monotonic() + 30
    with closing(backend(settings).connect()) as connection:
        while time.monotonic() < deadline:
            looked = [day for (day,) in connection.run("SELECT day FROM verifications")]
            if len(_numbers(settings)) == len(MARCH_AND_APRIL) and len(looked) >= len(days):
                break
            time.sleep(0.02)
    stop.set()
    thread.join(30)
    assert looked == days


def test_a_worker_without_a_database_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoDatabaseError, match="there is no database at"):
        worker.run(settings_for(tmp_path / "nothing.sqlite3"), once=True)


def test_a_worker_told_to_end_ends_well(recorded: Settings) -> None:
    environment = {**os.environ, "TARIFA_DATABASE_URL": recorded.database_url, "TARIFA_TICK_SECONDS": "1"}
    program = "import os; from jobs.worker import run; from tarifa.settings import read_settings; run(read_settings(os.environ)); print('ended')"
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while not _numbers(recorded) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    out, error = process.communicate(timeout=30)
    assert (out, process.returncode) == ("ended\n", 0), error


def test_contracts_are_billed_in_batches(database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:

    async def record() -> None:
        async with installed(database_settings) as here:
            for n in range(5):
                await here.account(f"A{n}")
                await here.contract(f"C-{n}", account=f"A{n}")

    asyncio.run(record())
    monkeypatch.setattr("tarifa.services.billing.BATCH", 2)
    report = worker.run(database_settings, once=True, clock=lambda: at("2026-03-01"))
    assert report.done == 2 + 3  # the looks for what is due and for notices, and three batches
    assert len(_numbers(database_settings)) == 5


def test_the_scheduler_finds_notices_each_once(database_settings: Settings) -> None:
    async def record() -> None:
        async with installed(database_settings) as here:
            await here.contract(notices=NoticeTerms(usage=(50,)))
            await here.record(work("w1", "2026-03-03 09:00", 300))

    asyncio.run(record())
    for _ in range(2):
        worker.run(database_settings, once=True, clock=lambda: at("2026-03-10"))
    with closing(backend(database_settings).connect()) as connection:
        told = connection.run("SELECT kind, threshold FROM notices")
        events = connection.run("SELECT kind FROM events WHERE kind LIKE 'notice%'")
    assert [tuple(row) for row in told] == [("usage", 50)]
    assert [tuple(row) for row in events] == [("notice.usage",)]
