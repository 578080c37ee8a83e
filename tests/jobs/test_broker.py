"""The broker on the job table: once each, again after a failure, and never lost with its worker."""

import time
from collections.abc import Iterator

import dramatiq
import pytest
from dramatiq import Message, Worker
from dramatiq.common import current_millis
from dramatiq.errors import QueueNotFound
from dramatiq.middleware import Retries

from jobs.broker import JobTableBroker, as_job
from jobs.middleware import KeepLeases
from tarifa.settings import Settings
from tarifa.storage import opened
from tarifa.storage.database import Backend, backend
from tarifa.storage.job_table import MOST_ATTEMPTS, JobTable, add_jobs

PATIENCE = 20


@pytest.fixture
def kind(database_settings: Settings) -> Backend:
    made = backend(database_settings)
    made.migrate(create=True)
    return made


@pytest.fixture
def table(kind: Backend) -> Iterator[JobTable]:
    table = JobTable(kind, "worker-1")
    yield table
    table.close()


@pytest.fixture
def broker(table: JobTable) -> JobTableBroker:
    return JobTableBroker(table, lease_seconds=60, middleware=[KeepLeases(), Retries()])


def _message(name: str = "note", *, dedupe_key: str | None = None) -> Message[None]:
    options = {} if dedupe_key is None else {"dedupe_key": dedupe_key}
    return Message("billing", name, (), {}, options)


def _take(table: JobTable, *, now: int, until: int) -> str | None:
    taken = table.take("billing", now_ms=now, until_ms=until)
    return None if taken is None else Message.decode(taken).message_id


def _run(broker: JobTableBroker) -> None:
    """Work until the table is empty of live jobs, retries among them."""
    worker = Worker(broker, worker_threads=2, worker_timeout=50)
    worker.start()
    deadline = time.monotonic() + PATIENCE
    try:
        while broker.table.live(now_ms=2**60) and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        worker.stop()


def test_every_message_is_delivered_once_with_its_arguments(broker: JobTableBroker) -> None:
    noted: list[tuple[int, str]] = []

    @dramatiq.actor(broker=broker, queue_name="billing")
    def note(number: int, word: str) -> None:
        noted.append((number, word))

    for n in range(20):
        note.send(n, "é")
    _run(broker)
    assert sorted(noted) == [(n, "é") for n in range(20)]


def test_a_failing_job_is_retried_and_then_set_aside_with_its_error(broker: JobTableBroker) -> None:
    tries = []

    @dramatiq.actor(broker=broker, queue_name="billing", max_retries=2, min_backoff=1, max_backoff=2)
    def fail() -> None:
        tries.append(1)
        raise ZeroDivisionError("no luck")

    fail.send_with_options(dedupe_key="only one")
    _run(broker)
    assert len(tries) == 3
    rows = broker.table._run("SELECT state, last_error, dedupe_key = id FROM jobs")
    assert [(state, "no luck" in str(error), is_free) for state, error, is_free in rows] == [("dead", True, 1)]


def test_a_message_of_an_unknown_actor_is_set_aside(broker: JobTableBroker) -> None:
    @dramatiq.actor(broker=broker, queue_name="billing")
    def known() -> None: ...

    broker.enqueue(_message("unknown"))
    _run(broker)
    assert [state for (state,) in broker.table._run("SELECT state FROM jobs")] == ["dead"]


def test_a_second_job_of_the_same_key_is_left_out_while_the_first_lives(table: JobTable) -> None:
    first, second = _message(dedupe_key="bill"), _message(dedupe_key="bill")
    table.add(as_job(first, due_ms=0))
    table.add(as_job(second, due_ms=0))
    assert _take(table, now=1, until=10) == first.message_id
    table.add(as_job(second, due_ms=0))
    assert _take(table, now=1, until=10) is None
    table.done(first.message_id)
    table.add(as_job(second, due_ms=0))
    assert _take(table, now=1, until=10) == second.message_id


def test_a_job_is_not_delivered_before_it_is_due(table: JobTable) -> None:
    message = _message()
    table.add(as_job(message, due_ms=100))
    assert _take(table, now=99, until=200) is None
    assert _take(table, now=100, until=200) == message.message_id


def test_a_job_that_waits_for_its_time_can_be_hastened(table: JobTable) -> None:
    message = _message()
    table.add(as_job(message, due_ms=1000))
    table.hasten(now_ms=5)
    assert _take(table, now=5, until=200) == message.message_id


def test_the_job_that_is_due_longest_comes_first(table: JobTable) -> None:
    later, sooner = _message(), _message()
    table.add(as_job(later, due_ms=20))
    table.add(as_job(sooner, due_ms=10))
    assert [_take(table, now=50, until=60), _take(table, now=50, until=60)] == [sooner.message_id, later.message_id]


def test_a_dead_workers_job_is_taken_over_when_its_lease_is_out(table: JobTable, kind: Backend) -> None:
    message = _message()
    table.add(as_job(message, due_ms=0))
    assert _take(table, now=1, until=100) == message.message_id
    other = JobTable(kind, "worker-2")
    try:
        assert _take(other, now=100, until=200) is None
        assert _take(other, now=101, until=200) == message.message_id
        table.done(message.message_id)  # the first worker was only slow: its word counts no more
        assert other.live(now_ms=150) == 1
        other.done(message.message_id)
        assert other.live(now_ms=150) == 0
    finally:
        other.close()


def test_a_renewed_lease_keeps_the_job(table: JobTable, kind: Backend) -> None:
    message = _message()
    table.add(as_job(message, due_ms=0))
    _take(table, now=1, until=100)
    table.renew(until_ms=300)
    other = JobTable(kind, "worker-2")
    try:
        assert _take(other, now=200, until=400) is None
    finally:
        other.close()


def test_a_job_that_kills_its_workers_is_set_aside_in_the_end(table: JobTable) -> None:
    table.add(as_job(_message(), due_ms=0))
    taken = [_take(table, now=10 * n + 9, until=10 * n + 10) for n in range(MOST_ATTEMPTS + 5)]
    assert sum(one is not None for one in taken) == MOST_ATTEMPTS
    assert [state for (state,) in table._run("SELECT state FROM jobs")] == ["dead"]


def test_what_a_worker_has_not_begun_goes_back_when_it_stops(broker: JobTableBroker) -> None:
    broker.declare_queue("billing")
    message = _message()
    broker.enqueue(message)
    consumer = broker.consume("billing", prefetch=1, timeout=10)
    taken = next(consumer)
    assert taken is not None
    consumer.requeue([taken])
    assert _take(broker.table, now=current_millis(), until=current_millis() + 10) == message.message_id


def test_a_consumer_takes_no_more_than_it_may_hold(broker: JobTableBroker) -> None:
    broker.declare_queue("billing")
    for _ in range(3):
        broker.enqueue(_message())
    consumer = broker.consume("billing", prefetch=2, timeout=10)
    taken = [next(consumer) for _ in range(3)]
    assert [one is not None for one in taken] == [True, True, False]
    assert taken[0] is not None
    consumer.ack(taken[0])
    assert next(consumer) is not None


def test_an_undeclared_queue_cannot_be_consumed(broker: JobTableBroker) -> None:
    with pytest.raises(QueueNotFound):
        broker.consume("nothing")


async def test_a_job_is_kept_or_lost_with_the_transaction_that_causes_it(database_settings: Settings) -> None:
    async with opened(database_settings, create=True) as database:
        with pytest.raises(RuntimeError):
            async with database.writing() as transaction:
                await add_jobs(transaction, [as_job(_message(), due_ms=0)])
                raise RuntimeError
        assert await database.rows("SELECT 1 FROM jobs") == []
        async with database.writing() as transaction:
            await add_jobs(transaction, [as_job(_message(), due_ms=0)])
        assert len(await database.rows("SELECT 1 FROM jobs")) == 1
