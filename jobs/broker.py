"""A Dramatiq broker on the database's own job table: one row per delivery, leased while it runs.

Delays are a column, not a queue of their own; a retry puts the same row back. See `tarifa.storage.job_table`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from dramatiq import Message, Middleware
from dramatiq.broker import Broker, Consumer, MessageProxy
from dramatiq.common import current_millis
from dramatiq.errors import ConnectionClosed, QueueNotFound

from tarifa.storage.errors import UnusableDatabaseError
from tarifa.storage.job_table import Job, JobTable

_log = logging.getLogger(__name__)

POLL_SECONDS = 0.05


def as_job(message: Message[Any], *, due_ms: int) -> Job:
    """A message as a row; its option `dedupe_key` keeps a second one like it off the table."""
    key = str(message.options.get("dedupe_key", message.message_id))
    return Job(message.message_id, message.queue_name, message.actor_name, message.encode(), key, due_ms)


class JobTableBroker(Broker):
    """Delivers the rows of the job table to this process's actors."""

    def __init__(self, table: JobTable, *, lease_seconds: int, middleware: list[Middleware]) -> None:
        super().__init__(middleware)
        self.table = table
        self.lease_ms = lease_seconds * 1000
        self.unusable: UnusableDatabaseError | None = None
        """Why no job could be taken when it was last tried; none where it could."""
        self.actor_options.add("dedupe_key")

    def declare_queue(self, queue_name: str) -> None:
        """Make a queue known."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues[queue_name] = queue_name
            self.emit_after("declare_queue", queue_name)

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Put a message on the table, or back on it where it is being retried."""
        self.emit_before("enqueue", message, delay)
        due_ms = current_millis() + (delay or 0)
        error = str(message.options.get("traceback", ""))
        if not self.table.put_back(message.message_id, message.encode(), due_ms=due_ms, error=error):
            self.table.add(as_job(message, due_ms=due_ms))
        self.emit_after("enqueue", message, delay)
        return message

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 1000) -> Consumer:
        """Iterate over the due jobs of a queue, at most `prefetch` of them at once."""
        if queue_name not in self.queues:
            raise QueueNotFound(queue_name)  # type: ignore[no-untyped-call]  # dramatiq's errors are untyped
        return _JobConsumer(self, queue_name, prefetch, timeout)


class _JobConsumer(Consumer):
    def __init__(self, broker: JobTableBroker, queue: str, prefetch: int, timeout: int) -> None:
        self._broker, self._queue, self._timeout = broker, queue, timeout
        self._slots = threading.Semaphore(prefetch)

    def __next__(self) -> MessageProxy | None:
        if not self._slots.acquire(timeout=self._timeout / 1000):
            return None
        deadline = time.monotonic() + self._timeout / 1000
        while True:
            now = current_millis()
            taken = self._take(now)
            if taken is not None:
                return MessageProxy(Message.decode(taken))
            if time.monotonic() >= deadline:
                self._slots.release()
                return None
            time.sleep(POLL_SECONDS)

    def _take(self, now_ms: int) -> bytes | None:
        """The next job; none, and told once, while the database cannot be written."""
        try:
            taken = self._broker.table.take(self._queue, now_ms=now_ms, until_ms=now_ms + self._broker.lease_ms)
        except UnusableDatabaseError as error:
            if self._broker.unusable is None:
                _log.warning("%s", error)
            self._broker.unusable = error
            return None
        self._broker.unusable = None
        return taken

    def ack(self, message: MessageProxy) -> None:
        with _tried_again():
            self._broker.table.done(message.message_id)
        self._slots.release()

    def nack(self, message: MessageProxy) -> None:
        with _tried_again():
            self._broker.table.dead(message.message_id, str(message.options.get("traceback", "")))
        self._slots.release()

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        with _tried_again():
            for message in messages:
                self._broker.table.put_back(message.message_id, message.encode(), due_ms=current_millis())


@contextmanager
def _tried_again() -> Iterator[None]:
    """While the database is away: Dramatiq tries again what failed for want of its broker."""
    try:
        yield
    except UnusableDatabaseError as error:
        raise ConnectionClosed(str(error)) from error  # type: ignore[no-untyped-call]  # dramatiq's errors are untyped
