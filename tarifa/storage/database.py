"""A process's way to the database: reads on one connection, short immediate write transactions on another.

The connections are Tortoise's, so that records (`models`) and plain SQL share them. The reading one cannot write
(`query_only`) and sees what is committed; a long read never waits for a write, nor a write for a read.
Placeholders are `?`; values are text, whole numbers, bytes and None. Which database it is stands in the settings: a
SQLite file (`sqlite`), or PostgreSQL (`postgresql`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext, get_current_context

from tarifa.settings import Settings
from tarifa.storage.errors import AlreadyOpenError, NoDriverError, UnusableDatabaseError
from tarifa.storage.sqlite import Sqlite

Value: TypeAlias = str | int | bytes | None


class Row(Protocol):
    """One row, by column name."""

    def __getitem__(self, column: str, /) -> Any:  # noqa: ANN401  # the driver's values: text, int, bytes or None
        """The value of a column."""


class PlainConnection(Protocol):
    """A connection of its own, each statement its own transaction, for any thread; `?` are its placeholders."""

    def run(self, sql: str, values: Sequence[Value] = ...) -> list[tuple[Any, ...]]:
        """Run a statement; the rows that it gives."""

    def close(self) -> None:
        """Close it."""


class Backend(Protocol):
    """What each kind of database does its own way.

    `name` is that of the kind, and of its connections: Tortoise keeps statements by connection name alone, so two kinds in
    one process must not share one. `place` names the database for people; `skip_locked` ends a query that must not wait for
    rows that others hold; `broken_references`, a query of rows that refer to nothing, is empty where there can be none.
    """

    name: str
    place: str
    skip_locked: str
    broken_references: str

    def migrate(self, *, create: bool) -> None:
        """Bring it to this release's schema; make it first where `create` says so."""

    def connect(self) -> PlainConnection:
        """A plain connection."""

    def connections(self) -> dict[str, Any]:
        """Tortoise's configuration of `name`, which writes, and of `name` and `-reader`, which cannot."""

    def sql(self, text: str) -> str:
        """A statement as the driver wants it."""

    async def insert(self, client: Any, table: str, names: Sequence[str], rows: Sequence[Sequence[Value]]) -> None:  # noqa: ANN401  # the driver's
        """Insert rows by one statement, in the transaction of `client`."""

    def as_unusable(self, error: Exception) -> UnusableDatabaseError | None:
        """The message that a person gets for a driver's error; None where the state of the database is not to blame."""


def backend(settings: Settings) -> Backend:
    """The kind of database that the settings name.

    Raises:
        NoDriverError: PostgreSQL, and its driver is not installed.
    """
    if not settings.is_postgresql:
        return Sqlite(settings)
    try:
        from tarifa.storage.postgresql import Postgresql
    except ImportError as error:
        raise NoDriverError from error
    return Postgresql(settings)


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
    backend: Backend

    async def rows(self, sql: str, values: Sequence[Value] = ()) -> Sequence[Row]:
        """All rows of a query."""
        return (await self.client.execute_query(self.backend.sql(sql), list(values)))[1]

    async def row(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        """The first row of a query."""
        found = await self.rows(sql, values)
        return found[0] if found else None

    async def run(self, sql: str, values: Sequence[Value] = ()) -> int:
        """Run a statement; how many rows it changed."""
        return (await self.client.execute_query(self.backend.sql(sql), list(values)))[0]

    async def insert(self, table: str, columns: str, rows: Sequence[Sequence[Value]]) -> None:
        """Insert rows by one statement, the fastest that there is; `columns` are names parted by commas."""
        if rows:
            names = [name.strip() for name in columns.split(",")]
            await self.backend.insert(self.client, table, names, rows)

    async def run_many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run one prepared statement for each row of values."""
        if rows:
            await self.client.execute_many(self.backend.sql(sql), [list(row) for row in rows])


@dataclass(frozen=True, slots=True)
class Database:
    """An open database."""

    backend: Backend
    reader: BaseDBAsyncClient
    writer: BaseDBAsyncClient

    async def rows(self, sql: str, values: Sequence[Value] = ()) -> Sequence[Row]:
        """All rows of a query, as committed."""
        with self._translated():
            return (await self.reader.execute_query(self.backend.sql(sql), list(values)))[1]

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
                yield Transaction(client, self.backend)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except UnusableDatabaseError:
            raise
        except Exception as error:
            unusable = self.backend.as_unusable(error)
            if unusable is not None:
                raise unusable from error
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
    kind = backend(settings)
    kind.migrate(create=create)
    context = TortoiseContext()
    try:  # a start that is broken off must not leave its context behind: the next one would be refused
        with context:  # only while it starts: afterwards it is the global fallback, for every task and thread
            await context.init(
                config={
                    "connections": kind.connections(),
                    "apps": {"tarifa": {"models": ["tarifa.storage.models"], "default_connection": kind.name}},
                    "use_tz": True,
                    "timezone": "UTC",
                },
                _enable_global_fallback=True,
            )
        database = Database(kind, context.connections.get(f"{kind.name}-reader"), context.connections.get(kind.name))
        with database._translated():  # now rather than at the first query
            await database.writer.create_connection(with_db=True)
            await database.reader.create_connection(with_db=True)
        yield database
    finally:
        await context.close_connections()


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
