"""Short, immediate, all or nothing."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tortoise.exceptions import IntegrityError

from tarifa.settings import Settings
from tarifa.storage import Database, opened
from tarifa.storage.errors import CannotWriteError
from tarifa.storage.outbox import MissingCounterError, raise_account


@pytest.fixture
async def database(database_settings: Settings) -> AsyncIterator[Database]:
    async with opened(database_settings, create=True) as made:
        yield made


async def _seq(database: Database) -> int:
    row = await database.row("SELECT seq FROM policy_clock")
    assert row is not None
    return int(row["seq"])


async def test_an_exception_takes_everything_back(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.writing() as transaction:
            await transaction.run("UPDATE policy_clock SET seq = 5")
            raise RuntimeError
    assert await _seq(database) == 0


async def test_a_broken_foreign_key_takes_everything_back(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.writing() as transaction:
            await transaction.run("UPDATE policy_clock SET seq = 5")
            await transaction.insert("sites", "id, account_id, key, label", [("s", "no such account", "k", "K")])
    assert await _seq(database) == 0


async def test_a_reader_sees_what_is_committed_and_nothing_else(database: Database) -> None:
    async with database.writing() as transaction:
        await transaction.run("UPDATE policy_clock SET seq = 5")
        assert await _seq(database) == 0
    assert await _seq(database) == 5


async def test_the_readers_connection_cannot_write(database: Database) -> None:
    with pytest.raises(CannotWriteError, match="cannot be written: "):
        await database.rows("UPDATE policy_clock SET seq = 5")
    assert await _seq(database) == 0


async def test_tasks_that_write_at_once_take_turns(database: Database) -> None:
    async def add_one() -> None:
        async with database.writing() as transaction:
            row = await transaction.row("SELECT seq FROM policy_clock")
            assert row is not None
            await asyncio.sleep(0)
            await transaction.run("UPDATE policy_clock SET seq = ?", (row["seq"] + 1,))

    await asyncio.gather(*(add_one() for _ in range(50)))
    assert await _seq(database) == 50


async def test_a_cancelled_write_leaves_no_lock_and_no_trace(database: Database) -> None:
    entered = asyncio.Event()

    async def write_and_wait() -> None:
        async with database.writing() as transaction:
            await transaction.run("UPDATE policy_clock SET seq = 5")
            entered.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(write_and_wait())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with database.writing() as transaction:
        await transaction.run("UPDATE policy_clock SET seq = seq + 1")
    assert await _seq(database) == 1


async def test_a_counter_that_is_not_there_is_a_broken_invariant(database: Database) -> None:
    with pytest.raises(MissingCounterError):
        async with database.writing() as transaction:
            await raise_account(transaction, "nobody")
