"""The job table: a queue in the database, for workers in any number of processes.

It is a hint. Contracts say for themselves what is due, so a row that is lost, or run twice, costs and doubles nothing.
A job that runs is leased; a lease that is not renewed any more, because its worker died, lets another worker take it.
Instants are UTC milliseconds, always passed in.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from tarifa.storage.database import Backend, Transaction

MOST_ATTEMPTS = 20
"""A job that was taken so often without an end kills its workers: it is set aside."""

_INSERT = (
    "INSERT INTO jobs (id, queue, actor, message, dedupe_key, due_ms, lease_until_ms, lease, attempts, state, last_error)"
    " VALUES (?, ?, ?, ?, ?, ?, 0, '', 0, 'waiting', '') ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Job:
    """A job to put on the table. One with the `dedupe_key` of a job that waits or runs is left out."""

    id: str
    queue: str
    actor: str
    message: bytes
    dedupe_key: str
    due_ms: int

    @property
    def _values(self) -> tuple[str | bytes | int, ...]:
        return self.id, self.queue, self.actor, self.message, self.dedupe_key, self.due_ms


async def add_jobs(transaction: Transaction, jobs: Sequence[Job]) -> None:
    """Put jobs on the table in the transaction that causes them: both are kept, or neither."""
    await transaction.run_many(_INSERT, [job._values for job in jobs])


class JobTable:
    """The table as one worker process sees it; safe for its threads. Its methods raise `UnusableDatabaseError`.

    Args:
        backend: The database.
        worker: Names this process; the jobs that it runs are leased to it.
    """

    def __init__(self, backend: Backend, worker: str) -> None:
        self._worker = worker
        self._lock = threading.Lock()
        self._backend = backend
        self._connection = backend.connect()

    def close(self) -> None:
        """Close the connection; what is leased stays so until the lease runs out."""
        with self._lock:
            self._connection.close()

    def _run(self, sql: str, *values: str | int | bytes) -> list[tuple[object, ...]]:
        with self._lock:
            try:
                return self._connection.run(sql, values)
            except Exception as error:
                unusable = self._backend.as_unusable(error)
                if unusable is not None:
                    raise unusable from error
                raise

    def add(self, job: Job) -> None:
        """Put a job on the table."""
        self._run(_INSERT, *job._values)

    def put_back(self, job_id: str, message: bytes, *, due_ms: int, error: str = "") -> bool:
        """Let a job that runs here wait again; False where it is not on the table."""
        rows = self._run(
            "UPDATE jobs SET state = 'waiting', lease = '', message = ?, due_ms = ?, last_error = ? WHERE id = ? RETURNING id",
            message, due_ms, error, job_id,
        )  # fmt: skip
        return bool(rows)

    def take(self, queue: str, *, now_ms: int, until_ms: int) -> bytes | None:
        """Lease the job that is due longest; None where none is due."""
        fits = "queue = ? AND ((state = 'waiting' AND due_ms <= ?) OR (state = 'running' AND lease_until_ms < ?))"
        if not self._run(f"SELECT id FROM jobs WHERE {fits} LIMIT 1", queue, now_ms, now_ms):  # a read takes no lock
            return None
        self._run(
            f"UPDATE jobs SET state = 'dead', dedupe_key = id WHERE attempts >= {MOST_ATTEMPTS} AND {fits}",
            queue, now_ms, now_ms,
        )  # fmt: skip
        rows = self._run(
            "UPDATE jobs SET state = 'running', lease = ?, lease_until_ms = ?, attempts = attempts + 1"
            f" WHERE id = (SELECT id FROM jobs WHERE {fits} ORDER BY due_ms, id LIMIT 1{self._backend.skip_locked}) RETURNING message",
            self._worker, until_ms, queue, now_ms, now_ms,
        )  # fmt: skip
        return bytes(rows[0][0]) if rows and isinstance(rows[0][0], bytes) else None

    def renew(self, *, until_ms: int) -> None:
        """Renew all leases of this process."""
        self._run("UPDATE jobs SET lease_until_ms = ? WHERE state = 'running' AND lease = ?", until_ms, self._worker)

    def done(self, job_id: str) -> None:
        """Take a finished job off the table, unless it was put back or taken over meanwhile."""
        self._run("DELETE FROM jobs WHERE id = ? AND lease = ?", job_id, self._worker)

    def dead(self, job_id: str, error: str) -> None:
        """Set a failed job aside for a person to look at."""
        self._run(
            "UPDATE jobs SET state = 'dead', dedupe_key = id, last_error = ? WHERE id = ? AND lease = ?",
            error, job_id, self._worker,
        )  # fmt: skip

    def hasten(self, *, now_ms: int) -> None:
        """Let jobs that wait for their time, such as that of another try, be due now."""
        self._run("UPDATE jobs SET due_ms = ? WHERE state = 'waiting' AND due_ms > ?", now_ms, now_ms)

    def live(self, *, now_ms: int) -> int:
        """How many jobs run, or wait and are due."""
        return int(
            str(
                self._run(
                    "SELECT count(*) FROM jobs WHERE state = 'running' OR (state = 'waiting' AND due_ms <= ?)", now_ms
                )[0][0]
            )
        )
