"""A process's way to the database: reads on one connection, short immediate write transactions on another.

The connections are Tortoise's, so that records (`models`) and plain SQL share them. The reading one cannot write
(`query_only`) and sees what is committed; a long read never waits for a write, nor a write for a read.
Placeholders are `?`; values are text, whole numbers, bytes and None.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext, get_current_context
from tortoise.exceptions import OperationalError

from tarifa.settings import Settings
from tarifa.storage.errors import AlreadyOpenError, CannotWriteError, DatabaseLockedError
from tarifa.storage.migrating import migrate_sqlite

Value: TypeAlias = str | int | bytes | None


class Row(Protocol):
    """One row, by column name."""

    def __getitem__(self, column: str, /) -> Any:  # noqa: ANN401  # the driver's values: text, int, bytes or None
        """The value of a column."""


class Rows(Protocol):
    """What both connections can do: read."""

    async def rows(self, sql: str, values: Sequence[Value] = ()) -> Sequence[Row]:
        """All rows of a query."""

    async def row(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        """The first row of a query."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """An open write transaction: everything in it is kept, or nothing is."""

    client: BaseDBAsyncClient

    async def rows(self, sql: str, values: Sequence[Value] = ()) -> Sequence[Row]:
        """All rows of a query."""
        return (await self.client.execute_query(sql, list(values)))[1]

    async def row(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        """The first row of a query."""
        found = await self.rows(sql, values)
        return found[0] if found else None

    async def run(self, sql: str, values: Sequence[Value] = ()) -> int:
        """Run a statement; how many rows it changed."""
        return (await self.client.execute_query(sql, list(values)))[0]

    async def insert(self, table: str, columns: str, rows: Sequence[Sequence[Value]]) -> None:
        """Insert rows as one prepared statement; `columns` are names parted by commas."""
        if rows:
            names = [name.strip() for name in columns.split(",")]
            sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks(len(names))})"
            await self.run_many(sql, rows)

    async def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one prepared statement for each row of values."""
        if rows:
            await self.client.execute_many(sql, [list(row) for row in rows])


@dataclass(frozen=True, slots=True)
class Database:
    """An open database."""

    path: Path
    busy_seconds: int
    reader: BaseDBAsyncClient
    writer: BaseDBAsyncClient

    @property
    def url(self) -> str:
        """As the settings name it."""
        return f"sqlite://{self.path}"

    async def rows(self, sql: str, values: Sequence[Value] = ()) -> Sequence[Row]:
        """All rows of a query, as committed."""
        with self._translated():
            return (await self.reader.execute_query(sql, list(values)))[1]

    async def row(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        """The first row of a query, as committed."""
        found = await self.rows(sql, values)
        return found[0] if found else None

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """One short write transaction, committed at the end of the block and rolled back by any exception in it.

        Raises:
            DatabaseLockedError: another process writes for longer than we wait.
            CannotWriteError: the file is read-only, the disk is full.
        """
        with self._translated():
            async with self.writer._in_transaction() as client:
                yield Transaction(client)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, sqlite3.OperationalError) as error:
            cause = error.args[0] if isinstance(error, OperationalError) and error.args else error
            code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise DatabaseLockedError(self.path, self.busy_seconds) from error
            if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
                raise CannotWriteError(self.path, str(cause)) from error
            raise


def marks(count: int) -> str:
    """`?, ?, ?`: placeholders for `count` values; for none, what no value equals."""
    return ", ".join("?" * count) or "NULL"


@asynccontextmanager
async def opened(settings: Settings, *, create: bool = False) -> AsyncIterator[Database]:
    """Open the database that the settings name, migrated to this release; close it at the end of the block.

    Raises:
        UnusableDatabaseError: see `tarifa.storage.errors`.
    """
    if get_current_context() is not None:
        raise AlreadyOpenError
    path = settings.database_path
    migrate_sqlite(path, create=create, busy_seconds=settings.busy_seconds)
    context = TortoiseContext()
    try:  # a start that is broken off must not leave its context behind: the next one would be refused
        with context:  # only while it starts: afterwards it is the global fallback, for every task and thread
            await context.init(
                config={
                    "connections": {"default": _connection(settings), "reader": _connection(settings, query_only="ON")},
                    "apps": {"tarifa": {"models": ["tarifa.storage.models"], "default_connection": "default"}},
                    "use_tz": True,
                    "timezone": "UTC",
                },
                _enable_global_fallback=True,
            )
        database = Database(
            path, settings.busy_seconds, context.connections.get("reader"), context.connections.get("default")
        )
        with database._translated():  # now rather than at the first query
            await database.writer.create_connection(with_db=True)
            await database.reader.create_connection(with_db=True)
        yield database
    finally:
        await context.close_connections()


def _connection(settings: Settings, **more: str) -> dict[str, Any]:
    return {
        "engine": "tarifa.storage.sqlite_client",
        "credentials": {
            "file_path": str(settings.database_path),
            "journal_mode": "WAL",
            "synchronous": "FULL",  # a number that was handed out survives a power cut
            "foreign_keys": "ON",
            "recursive_triggers": "ON",  # so that INSERT OR REPLACE cannot get round the triggers on DELETE
            "busy_timeout": settings.busy_seconds * 1000,
            **more,
        },
    }


@dataclass(frozen=True, slots=True)
class Health:
    """What an open database says of itself."""

    migration: int


async def health(database: Database) -> Health:
    """Ask the database something, to see that it answers.

    Raises:
        UnusableDatabaseError: it does not.
    """
    row = await database.row("SELECT max(version) AS version FROM schema_migrations")
    return Health(row["version"] if row is not None else 0)
