"""SQLite, the default: one file, write transactions that take the write lock at once.

Migrations run under `BEGIN IMMEDIATE`, so that two processes that start together migrate once, with a foreign-key check
before the commit. `application_id` marks the file as ours.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from tortoise.exceptions import OperationalError

from tarifa.settings import Settings
from tarifa.storage.errors import (
    CannotOpenError,
    CannotWriteError,
    DatabaseLockedError,
    NoDatabaseError,
    NotTarifaError,
    UnusableDatabaseError,
)
from tarifa.storage.migrating import Migration, pending

APPLICATION_ID = 0x54415249  # "TARI"
_HEADER = b"SQLite format 3\x00"


class Connection:
    """A plain connection, each statement its own transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, sql: str, values: Sequence[str | int | bytes | None] = ()) -> list[tuple[Any, ...]]:
        """Run a statement; the rows that it gives."""
        return self._connection.execute(sql, values).fetchall()

    def close(self) -> None:
        """Close it."""
        self._connection.close()


class Sqlite:
    """What SQLite does its own way; see `database.Backend`."""

    name = "sqlite"
    skip_locked = ""
    broken_references = "PRAGMA foreign_key_check"  # a connection of other hands may not have asked for foreign keys

    def __init__(self, settings: Settings) -> None:
        self.path = settings.database_path
        self.place = str(self.path)
        self._busy_seconds = settings.busy_seconds

    def migrate(self, *, create: bool) -> None:
        """Bring the file to this release's schema; make it first where `create` says so.

        Raises:
            UnusableDatabaseError: it is absent, cannot be opened, is locked, is not ours, or is newer than this release.
        """
        _refuse_what_is_no_database(self.path, create=create)
        try:
            with closing(self._connect()) as connection:
                _migrate(connection, self.path)
        except sqlite3.Error as error:
            raise self.as_unusable(error) or CannotOpenError(self.path, str(error)) from error

    def connect(self) -> Connection:
        """A plain connection, each statement its own transaction, for any thread."""
        return Connection(self._connect())

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False)

    def connections(self) -> dict[str, Any]:
        """Tortoise's configuration: a connection that writes, and one that cannot."""
        return {self.name: self._connection(), f"{self.name}-reader": self._connection(query_only="ON")}

    def _connection(self, **more: str) -> dict[str, Any]:
        return {
            "engine": "tarifa.storage.sqlite_client",
            "credentials": {
                "file_path": str(self.path),
                "journal_mode": "WAL",
                "synchronous": "FULL",  # a number that was handed out survives a power cut
                "foreign_keys": "ON",
                "recursive_triggers": "ON",  # so that INSERT OR REPLACE cannot get round the triggers on DELETE
                "busy_timeout": self._busy_seconds * 1000,
                **more,
            },
        }

    def sql(self, text: str) -> str:
        """A statement as the driver wants it."""
        return text

    async def insert(
        self,
        client: Any,  # noqa: ANN401  # Tortoise's
        table: str,
        names: Sequence[str],
        rows: Sequence[Sequence[str | int | bytes | None]],
    ) -> None:
        """Insert rows by one prepared statement."""
        marks = ", ".join("?" * len(names))
        await client.execute_many(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)

    def as_unusable(self, error: Exception) -> UnusableDatabaseError | None:
        """The message that a person gets for a driver's error; None where it is no matter of the database's state."""
        cause = error.args[0] if isinstance(error, OperationalError) and error.args else error
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return DatabaseLockedError(self.path, self._busy_seconds)
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            return CannotWriteError(self.path, str(cause))
        return None


def _refuse_what_is_no_database(path: Path, *, create: bool) -> None:
    try:
        if path.is_dir():
            raise NotTarifaError(path, "a folder")
        if path.exists():
            with path.open("rb") as file:
                start = file.read(len(_HEADER))
            if start and start != _HEADER:
                raise NotTarifaError(path, "a file of another kind")
        elif not create:
            raise NoDatabaseError(path)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotOpenError(path, error.strerror or str(error)) from error


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    # One snapshot for both: another process may be committing this very migration in between.
    connection.execute("BEGIN")
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    application_id = connection.execute("PRAGMA application_id").fetchone()[0]
    connection.execute("COMMIT")
    if application_id != APPLICATION_ID and (application_id or tables):
        raise NotTarifaError(path, "a database of another program")
    if application_id == APPLICATION_ID and not _pending(connection, path):
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations"
            " (version INTEGER PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL) STRICT"
        )
        for migration in _pending(connection, path):
            for statement in statements(migration.text):
                connection.execute(statement)
            connection.execute(
                "INSERT INTO schema_migrations (version, name, digest) VALUES (?, ?, ?)",
                (migration.version, migration.name, migration.digest),
            )
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise CannotOpenError(path, f"its rows break {len(broken)} foreign keys")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _pending(connection: sqlite3.Connection, path: Path) -> tuple[Migration, ...]:
    applied = dict(connection.execute("SELECT version, digest FROM schema_migrations").fetchall())
    return pending("sqlite", applied, path)


def statements(text: str) -> Iterator[str]:
    """Cut SQL into its statements: `executescript` would commit the transaction that the runner holds."""
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
