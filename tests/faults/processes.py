"""Worker processes that bill for real, and what they left behind."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

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
from pathlib import Path
from tarifa.storage import opened
from tests.faults.late import late_work
from tests.services.installation import Installation, settings_for

async def record():
    async with opened(settings_for(Path(sys.argv[1]), busy_seconds=60)) as database:
        for row in late_work():
            batch = await Installation(database).record(row)
            assert not batch.problems, batch.problems

asyncio.run(record())
"""


def start_recorder(path: Path) -> subprocess.Popen[str]:
    """A process that records late work, one worklog after the other."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", RECORDER, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def start_worker(path: Path, *, failpoint: str | None = None, through: date = THROUGH) -> subprocess.Popen[str]:
    """A worker process that drains what is due; with `failpoint`, one that is killed where it reaches that."""
    environment = {
        **os.environ,
        "TARIFA_DATABASE_URL": f"sqlite://{path}",
        "TARIFA_LEASE_SECONDS": "1",
        "TARIFA_WORKER_THREADS": "2",
        "TARIFA_BUSY_SECONDS": "60",
        **({"TARIFA_FAILPOINT": failpoint} if failpoint is not None else {}),
    }
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", WORKER, through.isoformat()],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> int:
    """Wait for a process; its exit code, negative where a signal ended it."""
    out, error = process.communicate(timeout=120)
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


def outcome(path: Path) -> Outcome:
    """Read what billing left in the database."""
    with closing(sqlite3.connect(path)) as connection:
        bodies = [json.loads(body) for (body,) in connection.execute("SELECT body FROM documents")]
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        assert broken == []
        return Outcome(
            documents=sorted((_without_number(body) for body in bodies), key=lambda body: str(body["key"])),
            numbers=sorted(number for (number,) in connection.execute("SELECT number FROM documents")),
            next_number=connection.execute("SELECT next FROM series WHERE kind = 'invoice'").fetchone()[0],
            obligations=connection.execute(
                "SELECT c.number, o.boundary_no, o.part FROM obligations o JOIN contracts c ON c.id = o.contract_id"
                " ORDER BY 1, 2, 3"
            ).fetchall(),
            item_sums=connection.execute(
                "SELECT c.number, i.item_key, sum(i.delta_amount), sum(i.delta_discount) FROM items i"
                " JOIN contracts c ON c.id = i.contract_id GROUP BY 1, 2 ORDER BY 1, 2"
            ).fetchall(),
            heads=connection.execute(
                "SELECT c.number, h.billed_through FROM heads h JOIN contracts c ON c.id = h.contract_id ORDER BY 1"
            ).fetchall(),
        )


def _without_number(body: dict[str, Any]) -> dict[str, Any]:
    lines = [{**line, "corrects": line["corrects"] and line["corrects"]["position"]} for line in body["lines"]]
    return {**body, "lines": lines, "number": "", "issued_on": "", "due_on": ""}
