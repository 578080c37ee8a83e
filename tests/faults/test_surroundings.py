"""What goes wrong around a run: the disk fills, the clock is set back, the queue delivers twice. Nothing is lost or doubled."""

import json
from contextlib import closing
from datetime import date

import pytest

from tarifa.settings import Settings
from tarifa.storage.database import backend
from tests.faults.processes import Outcome, finished, outcome, start_worker

LITTLE_ROOM = """
import jobs.actors
jobs.actors.RETRIES = 0
from tarifa.storage.sqlite import Sqlite
connection = Sqlite._connection
Sqlite._connection = lambda self, **more: connection(self, max_page_count={pages}, **more)
"""
"""Before a worker starts: its disk has room for so many pages of the database. What failed is not tried again."""

BACK_IN_APRIL = """
import jobs.worker
from datetime import UTC, datetime
jobs.worker.run.__kwdefaults__["clock"] = lambda: datetime(2026, 4, 10, tzinfo=UTC)
"""

TWICE = """
import jobs.actors
from dataclasses import replace
from uuid import uuid4
from dramatiq import Message
from jobs.broker import as_job
once = jobs.actors.add_jobs

def again(job):
    message = Message.decode(job.message).copy(message_id=str(uuid4()))
    return replace(as_job(message, due_ms=job.due_ms), dedupe_key=f"again/{job.dedupe_key}")

async def twice(transaction, found):
    await once(transaction, [one for job in found for one in (job, again(job))])

jobs.actors.add_jobs = twice
"""


@pytest.mark.parametrize("recorded", ["sqlite"], indirect=True)
def test_a_disk_that_is_full_in_mid_run_stops_it_between_two_batches_until_there_is_room(
    fresh: Settings, undisturbed: Outcome
) -> None:
    with closing(backend(fresh).connect()) as connection:
        [(pages,)] = connection.run("PRAGMA page_count")
    worker = start_worker(fresh, before=LITTLE_ROOM.format(pages=pages + 300))
    _, said = worker.communicate(timeout=120)
    assert "cannot be written: database or disk is full; nothing of this change was kept" in said
    stopped = outcome(fresh)
    assert 0 < len(stopped.documents) < len(undisturbed.documents)
    assert len(stopped.numbers) == stopped.next_number - 1
    assert finished(start_worker(fresh)) == 0
    assert outcome(fresh) == undisturbed


def test_a_clock_that_is_set_back_bills_nothing_of_the_future_and_nothing_twice(
    fresh: Settings, undisturbed: Outcome
) -> None:
    assert finished(start_worker(fresh, failpoint="after-commit")) == -9
    before = outcome(fresh)
    assert finished(start_worker(fresh, before=BACK_IN_APRIL)) == 0
    after = outcome(fresh)
    assert _until(after, date(2026, 4, 11)) != _until(before, date(2026, 4, 11))
    assert _since(after, date(2026, 4, 11)) == _since(before, date(2026, 4, 11))
    assert finished(start_worker(fresh)) == 0
    assert outcome(fresh) == undisturbed


def _until(made: Outcome, day: date) -> list[str]:
    return [json.dumps(body) for body in made.documents if body["boundary"]["on"] < day.isoformat()]


def _since(made: Outcome, day: date) -> list[str]:
    return [json.dumps(body) for body in made.documents if body["boundary"]["on"] >= day.isoformat()]


def test_jobs_that_are_all_delivered_twice_bill_once(fresh: Settings, undisturbed: Outcome) -> None:
    workers = [start_worker(fresh, before=TWICE), start_worker(fresh, before=TWICE)]
    assert [finished(worker) for worker in workers] == [0, 0]
    assert outcome(fresh) == undisturbed
