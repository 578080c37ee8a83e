"""PostgreSQL, for installations that outgrow one file. Statements and rows are those of SQLite (`migrations`).

Migrations run in one transaction under the lock that all writers take, so that two processes that start together migrate
once. The database itself is made by its administrator; its tables are ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow
from tortoise.exceptions import BaseORMException

from tarifa.settings import Settings
from tarifa.storage.errors import (
    CannotOpenError,
    CannotWriteError,
    DatabaseLockedError,
    NoDatabaseError,
    NotTarifaError,
    UnusableDatabaseError,
)
from tarifa.storage.migrating import pending
from tarifa.storage.postgresql_client import WRITE_LOCK, copy_rows

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = ANY (current_schemas(false))"
_REMEDY = "check TARIFA_DATABASE_URL, and that the server runs"


class Connection:
    """A plain connection, each statement its own transaction, with `?` as placeholder.

    It is made anew where the server has closed it, as at a restart. Of a statement that was running then nobody knows
    whether it was done: it is not tried again here.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection = self._connected()

    def _connected(self) -> psycopg.Connection[TupleRow]:
        return psycopg.connect(self._url, connect_timeout=10, autocommit=True)

    def run(self, sql: str, values: Sequence[str | int | bytes | None] = ()) -> list[tuple[Any, ...]]:
        """Run a statement; the rows that it gives."""
        if self._connection.closed:
            self._connection = self._connected()
        done = self._connection.execute(placeholders(sql).encode(), values)
        return done.fetchall() if done.description is not None else []

    def close(self) -> None:
        """Close it."""
        self._connection.close()


class Postgresql:
    """What PostgreSQL does its own way; see `database.Backend`."""

    name = "postgresql"
    skip_locked = " FOR UPDATE SKIP LOCKED"
    broken_references = ""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.database_url
        self._busy_seconds = settings.busy_seconds
        self._parts = conninfo_to_dict(self._url)
        shown = {name: str(value) for name, value in self._parts.items() if name != "password" and value is not None}
        self.place = make_conninfo(**shown)  # no message ever says the password

    def migrate(self, *, create: bool) -> None:
        """Bring the database to this release's schema; make its tables first where `create` says so.

        Raises:
            UnusableDatabaseError: it cannot be reached, is not ours, or is newer than this release.
        """
        try:
            with psycopg.connect(self._url, connect_timeout=10, autocommit=True) as connection:
                if self._is_current(connection, create=create):
                    return
                with connection.transaction():
                    connection.execute("SELECT pg_advisory_xact_lock(%s)", (WRITE_LOCK,))
                    self._migrate(connection)
        except psycopg.Error as error:
            raise self.as_unusable(error) or CannotOpenError(self.place, _said(error), _REMEDY) from error

    def _is_current(self, connection: psycopg.Connection[TupleRow], *, create: bool) -> bool:
        # One statement, one snapshot: another process may be committing this very migration in between.
        tables = {name for (name,) in connection.execute(_TABLES).fetchall()}
        if "schema_migrations" in tables:
            return not pending(self.name, _applied(connection), self.place)
        if tables:
            raise NotTarifaError(self.place, "a database with other tables")
        if not create:
            raise NoDatabaseError(self.place)
        return False

    def _migrate(self, connection: psycopg.Connection[TupleRow]) -> None:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations"
            " (version BIGINT PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL)"
        )
        for migration in pending(self.name, _applied(connection), self.place):
            connection.execute(migration.text.encode())
            connection.execute(
                "INSERT INTO schema_migrations (version, name, digest) VALUES (%s, %s, %s)",
                (migration.version, migration.name, migration.digest),
            )

    def connect(self) -> Connection:
        """A plain connection, each statement its own transaction, for any thread."""
        try:
            return Connection(self._url)
        except psycopg.Error as error:
            raise CannotOpenError(self.place, _said(error), _REMEDY) from error

    def connections(self) -> dict[str, Any]:
        """Tortoise's configuration: a connection that writes, and one that cannot."""
        return {self.name: self._connection(read_only=False), f"{self.name}-reader": self._connection(read_only=True)}

    def _connection(self, *, read_only: bool) -> dict[str, Any]:
        known = {"host": "host", "port": "port", "user": "user", "password": "password", "dbname": "database"}
        rest = {name: value for name, value in self._parts.items() if name not in known}
        return {
            "engine": "tarifa.storage.postgresql_client",
            "credentials": {
                **{name: self._parts[key] for key, name in known.items() if key in self._parts},
                "application_name": "tarifa",
                "server_settings": rest,
                "timeout": self._busy_seconds,
                "busy_seconds": self._busy_seconds,
                "read_only": read_only,
            },
        }

    def sql(self, text: str) -> str:
        """A statement as the driver wants it."""
        return placeholders(text)

    async def insert(
        self,
        client: Any,  # noqa: ANN401  # Tortoise's
        table: str,
        names: Sequence[str],
        rows: Sequence[Sequence[str | int | bytes | None]],
    ) -> None:
        """Insert rows by one COPY."""
        await copy_rows(client, f"COPY {table} ({', '.join(names)}) FROM STDIN", rows)

    def as_unusable(self, error: Exception) -> UnusableDatabaseError | None:
        """The message that a person gets for a driver's error; None where it is no matter of the database's state."""
        cause = error.args[0] if isinstance(error, BaseORMException) and error.args else error
        if isinstance(cause, psycopg.errors.LockNotAvailable):
            return DatabaseLockedError(self.place, self._busy_seconds)
        if isinstance(cause, psycopg.errors.DiskFull | psycopg.errors.ReadOnlySqlTransaction):
            return CannotWriteError(self.place, _said(cause))
        if isinstance(cause, psycopg.OperationalError):
            return CannotOpenError(self.place, _said(cause), _REMEDY)
        return None


@lru_cache(maxsize=1024)
def placeholders(sql: str) -> str:
    """`?` as psycopg's `%s`."""
    return sql.replace("%", "%%").replace("?", "%s")


def _applied(connection: psycopg.Connection[TupleRow]) -> dict[int, str]:
    return dict(connection.execute("SELECT version, digest FROM schema_migrations").fetchall())


def _said(error: BaseException) -> str:
    """The first line of what the server says."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
