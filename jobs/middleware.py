"""One small middleware per concern: the open database, the leases, the count of what was done."""

from __future__ import annotations

import threading
from contextlib import AsyncExitStack, suppress

from dramatiq import Middleware
from dramatiq.asyncio import EventLoopThread, get_event_loop_thread
from dramatiq.broker import Broker, MessageProxy
from dramatiq.common import current_millis
from dramatiq.worker import Worker

from jobs.broker import JobTableBroker
from tarifa.settings import Settings
from tarifa.storage import Database, UnusableDatabaseError, opened


class NoEventLoopError(Exception):
    """The AsyncIO middleware has to stand before those that use its loop."""

    def __init__(self) -> None:
        super().__init__("there is no event loop thread: add dramatiq's AsyncIO middleware first")


def loop_thread() -> EventLoopThread:
    """The thread on which all actors run."""
    thread = get_event_loop_thread()
    if thread is None:
        raise NoEventLoopError
    return thread


class OpenDatabase(Middleware):
    """Opens the database on the loop thread when the worker boots, and closes it when it ends."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = AsyncExitStack()
        self._database: Database | None = None

    @property
    def database(self) -> Database:
        """The open database."""
        if self._database is None:
            raise NoEventLoopError
        return self._database

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002  # dramatiq's signature
        """Open it."""
        self._database = loop_thread().run_coroutine(self._stack.enter_async_context(opened(self._settings)))

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002  # dramatiq's signature
        """Close it."""
        loop_thread().run_coroutine(self._stack.aclose())


class KeepLeases(Middleware):
    """Renews this worker's leases thrice in their time, so that a job may take longer than a lease."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002  # dramatiq's signature
        """Start renewing."""
        if isinstance(broker, JobTableBroker):
            self._thread = threading.Thread(target=self._renew, args=(broker,), daemon=True, name="leases")
            self._thread.start()

    def _renew(self, broker: JobTableBroker) -> None:
        while not self._stop.wait(broker.lease_ms / 3000):
            with suppress(UnusableDatabaseError):  # told by who takes jobs; the next time may be better
                broker.table.renew(until_ms=current_millis() + broker.lease_ms)

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002  # dramatiq's signature
        """Stop renewing."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()


class CountJobs(Middleware):
    """How many jobs ended well, and how many failed (a retry that fails counts again)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.done = 0
        self.failed = 0

    def after_process_message(
        self,
        broker: Broker,  # noqa: ARG002  # dramatiq's signature
        message: MessageProxy,  # noqa: ARG002  # dramatiq's signature
        *,
        result: object = None,  # noqa: ARG002  # dramatiq's signature
        exception: BaseException | None = None,
    ) -> None:
        """Count it."""
        with self._lock:
            if exception is None:
                self.done += 1
            else:
                self.failed += 1
