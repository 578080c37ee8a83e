"""Tortoise's PostgreSQL client, with write transactions that take their turn.

All writes of an installation hold one advisory lock for the length of their (short) transaction, as SQLite's writers
hold its write lock: what was read inside of one cannot change before it ends, on both databases alike. Settling and
composing happen outside of transactions, so any number of processes still work at once (docs/adr).
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any

from psycopg import AsyncConnection
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.base_postgres.client import translate_exceptions
from tortoise.backends.psycopg.client import PsycopgClient

WRITE_LOCK = 0x54415249  # "TARI"
_TAKE_TURN = f"SELECT set_config('lock_timeout', %s, true), pg_advisory_xact_lock({WRITE_LOCK})"


class TurnTaking(TransactionContext):
    """Tortoise's own transaction, that begins by waiting for the write lock."""

    def __init__(self, inner: TransactionContext, busy_seconds: int) -> None:
        self._inner = inner
        self._timeout = f"{busy_seconds}s"

    async def __aenter__(self) -> TransactionalDBClient:
        client: TransactionalDBClient = await self._inner.__aenter__()
        try:
            await client.execute_query(_TAKE_TURN, [self._timeout])
        except BaseException as error:
            await self._inner.__aexit__(type(error), error, error.__traceback__)
            raise
        return client

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._inner.__aexit__(kind, error, trace)


class TurnTakingClient(PsycopgClient):
    """PostgreSQL with write transactions one after the other."""

    def __init__(self, *, busy_seconds: int, read_only: bool, **credentials: Any) -> None:  # noqa: ANN401 - Tortoise's
        super().__init__(**credentials)
        self._busy_seconds = busy_seconds
        self.extra["configure"] = _as_reader if read_only else _as_writer

    def _in_transaction(self) -> TransactionContext:
        return TurnTaking(super()._in_transaction(), self._busy_seconds)


@translate_exceptions
async def copy_rows(client: Any, copy_from: str, rows: Sequence[Sequence[object]]) -> None:  # noqa: ANN401 - Tortoise's
    """Copy rows into a table in the transaction of `client`; what is wrong with one is told as of an INSERT."""
    async with (
        client.acquire_connection() as connection,
        connection.cursor() as cursor,
        cursor.copy(copy_from.encode()) as copy,
    ):
        for row in rows:
            await copy.write_row(row)


class WholeNumber(Loader):
    """A `numeric`: here always the sum of a column of whole numbers, which SQLite gives as one."""

    def load(self, data: Buffer) -> int:
        """Read its decimal text."""
        return int(bytes(data))


async def _as_writer(connection: AsyncConnection[Any]) -> None:
    connection.adapters.register_loader("numeric", WholeNumber)


async def _as_reader(connection: AsyncConnection[Any]) -> None:
    await _as_writer(connection)
    await connection.execute("SET default_transaction_read_only = on")


client_class: Any = TurnTakingClient
