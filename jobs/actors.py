"""The actors: each translates a message into one call of a service. What they do is in `tarifa.services`."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any

import dramatiq
from dramatiq.common import current_millis

from jobs.broker import JobTableBroker, as_job
from jobs.middleware import OpenDatabase
from tarifa.services import billing, notices, verifying
from tarifa.services.coverage import list_uncovered
from tarifa.services.failpoints import reach
from tarifa.services.numbers import FencedError, refuse_if_fenced
from tarifa.storage.audit import acting_as
from tarifa.storage.job_table import add_jobs

_log = logging.getLogger(__name__)

QUEUE = "billing"
RETRIES = 8
FIRST_BACKOFF_MS = 1000
LAST_BACKOFF_MS = 60_000


@dataclass(frozen=True, slots=True)
class Actors:
    """The actors of a broker."""

    bill_due: dramatiq.Actor[..., None]
    bill_contracts: dramatiq.Actor[..., None]
    find_notices: dramatiq.Actor[..., None]
    verify_books: dramatiq.Actor[..., None]


def declare_actors(broker: JobTableBroker, connection: OpenDatabase, clock: Callable[[], datetime]) -> Actors:
    """Declare all actors on `broker`; they read the time from `clock`."""

    async def bill_contracts(numbers: list[str], through: str | None) -> None:
        """Bill some contracts."""
        await billing.bill_contracts(connection.database, numbers, now=clock(), through=_day(through))

    async def bill_due(through: str | None) -> None:
        """Find the contracts that are due, and put a job on the table for each batch of them."""
        database, now = connection.database, clock()
        try:
            await refuse_if_fenced(database)
        except FencedError as error:
            _log.warning("%s", error)  # no failure of the job: the next tick looks again
            return
        await list_uncovered(database, now=now)
        numbers = await billing.due(database, now=now, through=_day(through))
        reach("after-due")
        batches = [numbers[start : start + billing.BATCH] for start in range(0, len(numbers), billing.BATCH)]
        messages = [
            of.bill_contracts.message_with_options(args=(list(batch), through), dedupe_key=_key(batch))
            for batch in batches
        ]
        async with database.writing() as transaction:
            await add_jobs(transaction, [as_job(message, due_ms=current_millis()) for message in messages])

    async def find_notices() -> None:
        """Write the notices that are due, each once."""
        await notices.find_notices(connection.database, now=clock())

    async def verify_books() -> None:
        """Look at the books, once a day."""
        faults = await verifying.verify_day(connection.database, now=clock())
        if faults:
            _log.error("the books have faults: %d were found; `tarifa verify` tells them", faults)

    of = Actors(
        _declared(broker, bill_due),
        _declared(broker, bill_contracts),
        _declared(broker, find_notices),
        _declared(broker, verify_books),
    )
    return of


def _declared(broker: JobTableBroker, work: Callable[..., Awaitable[None]]) -> dramatiq.Actor[..., None]:
    decorate = dramatiq.actor(
        broker=broker, queue_name=QUEUE, max_retries=RETRIES, min_backoff=FIRST_BACKOFF_MS, max_backoff=LAST_BACKOFF_MS
    )
    return decorate(_by_scheduler(work))


def _by_scheduler(work: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @wraps(work)
    async def acting(*given: Any, **options: Any) -> None:  # noqa: ANN401  # whatever the actor takes
        with acting_as("scheduler"):
            await work(*given, **options)

    return acting


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None


def _key(numbers: Sequence[str]) -> str:
    """The same batch is on the table once, however many schedulers found it."""
    return f"bill/{hashlib.sha256(json.dumps(numbers).encode()).hexdigest()}"
