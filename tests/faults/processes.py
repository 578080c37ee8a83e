"""Worker processes that bill for real, and what they left behind."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tarifa.services import replay
from tarifa.settings import Settings
from tarifa.storage import opened
from tarifa.storage.database import backend
from tests.services.books import faults

THROUGH = date(2026, 6, 1)

WORKER = """
import os, sys
from datetime import date
from jobs.worker import run
from tarifa.settings import read_settings
report = run(read_settings(os.environ), once=True, through=date.fromisoformat(sys.argv[1]))
print(report.done, report.failed)
"""
RECORDER = """
import asyncio, sys
from tarifa.settings import Settings
from tarifa.storage import opened
from tests.faults.late import late_work
from tests.services.installation import Installation

async def record():
    async with opened(Settings(database_url=sys.argv[1], busy_seconds=60)) as database:
        for row in late_work():
            batch = await Installation(database).record(row)
            assert not batch.problems, batch.problems

asyncio.run(record())
"""


def start_recorder(settings: Settings) -> subprocess.Popen[str]:
    """A process that records late work, one worklog after the other."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", RECORDER, settings.database_url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def start_worker(
    settings: Settings, *, failpoint: str | None = None, through: date = THROUGH, before: str = ""
) -> subprocess.Popen[str]:
    """A worker process that drains what is due; with `failpoint`, one that is killed where it reaches that.

    `before` is Python that the process runs first, to change what surrounds the worker.
    """
    environment = {
        **os.environ,
        "TARIFA_DATABASE_URL": settings.database_url,
        "TARIFA_LEASE_SECONDS": "1",
        "TARIFA_WORKER_THREADS": "2",
        "TARIFA_BUSY_SECONDS": "60",
        **({"TARIFA_FAILPOINT": failpoint} if failpoint is not None else {}),
    }
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", before + WORKER, through.isoformat()],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> int:
    """Wait for a process; its exit code, negative where a signal ended it."""
    out, error = process.communicate(timeout=300)
    assert process.returncode in (0, -9), f"{out}\n{error}"
    return process.returncode


@dataclass(frozen=True, slots=True)
class Outcome:
    """What billing left: documents without their numbers and days, and what must hold of the numbers."""

    documents: list[dict[str, Any]]
    numbers: list[str]
    next_number: int
    obligations: list[tuple[str, int, str]]
    item_sums: list[tuple[str, str, int, int]]
    heads: list[tuple[str, int]]


def outcome(settings: Settings) -> Outcome:
    """Read what billing left in the database: books that agree, and documents that can be computed once more."""
    asyncio.run(_sound(settings))
    with closing(backend(settings).connect()) as connection:
        bodies = [json.loads(body) for (body,) in connection.run("SELECT body FROM documents")]
        return Outcome(
            documents=sorted((_without_number(body) for body in bodies), key=lambda body: str(body["key"])),
            numbers=sorted(number for (number,) in connection.run("SELECT number FROM documents")),
            next_number=connection.run("SELECT next FROM series WHERE kind = 'invoice'")[0][0],
            obligations=connection.run(
                "SELECT c.number, o.boundary_no, o.part FROM obligations o JOIN contracts c ON c.id = o.contract_id"
                " ORDER BY 1, 2, 3"
            ),
            item_sums=connection.run(
                "SELECT c.number, i.item_key, sum(i.delta_amount), sum(i.delta_discount) FROM items i"
                " JOIN contracts c ON c.id = i.contract_id GROUP BY 1, 2 ORDER BY 1, 2"
            ),
            heads=connection.run(
                "SELECT c.number, h.billed_through FROM heads h JOIN contracts c ON c.id = h.contract_id ORDER BY 1"
            ),
        )


async def _sound(settings: Settings) -> None:
    async with opened(settings) as database:
        assert await faults(database) == []
        rows = await database.rows("SELECT number FROM documents ORDER BY number")
        sample = [await replay.replay(database, row["number"]) for row in rows[::50]]
        assert [one for one in sample if one is None or one.outcome is not replay.Outcome.EQUAL] == []


def _without_number(body: dict[str, Any]) -> dict[str, Any]:
    lines = [{**line, "corrects": line["corrects"] and line["corrects"]["position"]} for line in body["lines"]]
    return {**body, "lines": lines, "number": "", "issued_on": "", "due_on": ""}
