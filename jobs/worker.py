"""One worker process: the scheduler's tick, and the actors on the job table.

Any number of them may run at once, on one database; each contract's boundary is billed once all the same.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import FrameType
from typing import TypeVar

from dramatiq import Worker
from dramatiq.common import current_millis
from dramatiq.middleware import AsyncIO, Retries

from jobs.actors import Actors, declare_actors
from jobs.broker import JobTableBroker
from jobs.middleware import CountJobs, KeepLeases, OpenDatabase, loop_thread
from tarifa.services import billing
from tarifa.settings import Settings
from tarifa.storage import CannotOpenError
from tarifa.storage.database import backend
from tarifa.storage.identity import new_id
from tarifa.storage.job_table import JobTable

T = TypeVar("T")

_log = logging.getLogger(__name__)

IDLE_SECONDS = 0.05
AGAIN_SECONDS = 0.5
ENOUGH_MS = 600_000
"""How long a worker that ends waits for the jobs at hand: Dramatiq's own."""
PATIENCE_SECONDS = 30
"""How long a worker that drains waits for a database that cannot be reached, or not be written."""


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """How many jobs a worker did, and how many attempts failed."""

    done: int
    failed: int


def utc_now() -> datetime:
    """The time, from the machine's clock: read here, and passed down."""
    return datetime.now(UTC)


def run(
    settings: Settings,
    *,
    once: bool = False,
    through: date | None = None,
    clock: Callable[[], datetime] = utc_now,
    stop: threading.Event | None = None,
) -> WorkerReport:
    """Work until `stop` is set or the process is told to end; with `once`, until nothing is due any more.

    Args:
        settings: The database, threads, tick and lease.
        once: Drain what is due, then return.
        through: Bill all boundaries up to this day, not just the two that a scheduler may bill unasked.
        clock: Where the time comes from.
        stop: Ends the work from another thread.

    Raises:
        UnusableDatabaseError: the database cannot be used.
    """
    kind = backend(settings)
    kind.migrate(create=False)
    stopped = stop if stop is not None else threading.Event()
    table = JobTable(kind, new_id())
    connection, count = OpenDatabase(settings), CountJobs()
    broker = JobTableBroker(
        table, lease_seconds=settings.lease_seconds, middleware=[AsyncIO(), connection, KeepLeases(), count, Retries()]
    )
    actors = declare_actors(broker, connection, clock)
    worker = Worker(broker, worker_threads=settings.worker_threads, worker_timeout=200)
    scheduler = _Scheduler(actors, broker, table, connection, clock, through, stopped, settings.verify_minute)
    with _told_to_end(stopped):
        worker.start()
        try:
            scheduler.drain() if once else scheduler.tick_every(settings.tick_seconds)
        finally:
            # What ends with the database away cannot put anything back: it does not wait for it.
            worker.stop(ENOUGH_MS if broker.unusable is None else 1_000)
            table.close()
    return WorkerReport(count.done, count.failed)


@dataclass(slots=True)
class _Scheduler:
    """Looks for what is due and without an obligation: a missed day, or a lost job, heals by itself."""

    actors: Actors
    broker: JobTableBroker
    table: JobTable
    connection: OpenDatabase
    clock: Callable[[], datetime]
    through: date | None
    stopped: threading.Event
    verify_minute: int | None
    looked_on: date | None = None

    def tick(self) -> None:
        """Ask for a billing run and for notices, unless they are asked for already."""
        through = self.through.isoformat() if self.through is not None else None
        self.actors.bill_due.send_with_options(args=(through,), dedupe_key=f"bill-due/{through or ''}")
        self.actors.find_notices.send_with_options(dedupe_key="find-notices")

    def look_at_books(self) -> None:
        """Ask for the day's look at the books when its time has come: once a day, though many may ask."""
        now = self.clock()
        day = now.date()
        if self.verify_minute is None or self.looked_on == day or now.hour * 60 + now.minute < self.verify_minute:
            return
        self.actors.verify_books.send_with_options(dedupe_key=f"verify-books/{day.isoformat()}")
        self.looked_on = day

    def tick_every(self, seconds: int) -> None:
        """Tick until told to end; a tick at which the database cannot be reached is left out."""
        self._tick_if_reached()
        while not self.stopped.wait(seconds):
            self._tick_if_reached()

    def _tick_if_reached(self) -> None:
        try:
            self.tick()
            self.look_at_books()
        except CannotOpenError as error:
            _log.warning("%s", error)

    def _patiently(self, step: Callable[[], T]) -> T:
        """Do a step, and do it again while the database cannot be reached, as when its server restarts."""
        since = time.monotonic()
        while True:
            try:
                return step()
            except CannotOpenError:
                if time.monotonic() - since > PATIENCE_SECONDS or self.stopped.wait(AGAIN_SECONDS):
                    raise

    def drain(self) -> None:
        """Tick and work until nothing is due, or a whole pass has changed nothing.

        What failed in a pass is tried again in the next one and not in its own time, which would come after the end.

        Raises:
            UnusableDatabaseError: for as long as we have patience nothing could be written, as on a full disk.
        """
        before: tuple[str, ...] | None = None
        while not self.stopped.is_set():
            self._patiently(self.tick)
            self._patiently(lambda: self.table.hasten(now_ms=current_millis()))
            since = time.monotonic()
            while self._patiently(self._is_at_work) and not self.stopped.wait(IDLE_SECONDS):
                if self.broker.unusable is None:
                    since = time.monotonic()
                elif time.monotonic() - since > PATIENCE_SECONDS:
                    raise self.broker.unusable
            still_due = self._patiently(self._due)
            if not still_due or still_due == before:
                return
            before = still_due

    def _is_at_work(self) -> bool:
        return self.table.live(now_ms=current_millis()) > 0

    def _due(self) -> tuple[str, ...]:
        database = self.connection.database
        return loop_thread().run_coroutine(billing.due(database, now=self.clock(), through=self.through))


@contextmanager
def _told_to_end(stopped: threading.Event) -> Iterator[None]:
    """SIGTERM and Ctrl-C let the jobs at hand finish; only the main thread can listen."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
