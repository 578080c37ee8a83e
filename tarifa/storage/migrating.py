"""The runner of reviewed SQL: `migrations/{dialect}/NNNN_name.sql`, each once, in order, in one transaction.

On SQLite: `BEGIN IMMEDIATE`, so that two processes that start together migrate once; a foreign-key check before the
commit. `schema_migrations` remembers each file's digest; `application_id` marks the file as ours.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from tarifa.storage.errors import (
    CannotOpenError,
    ChangedMigrationError,
    DatabaseLockedError,
    NewerDatabaseError,
    NoDatabaseError,
    NotTarifaError,
    UnusableDatabaseError,
)

APPLICATION_ID = 0x54415249  # "TARI"
_HEADER = b"SQLite format 3\x00"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of reviewed SQL."""

    version: int
    name: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of its text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def sqlite_migrations() -> tuple[Migration, ...]:
    """All migrations of this release, oldest first."""
    folder = files("tarifa.storage") / "migrations" / "sqlite"
    found = sorted((entry.name, entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple(Migration(int(name[:4]), name, text) for name, text in found)


def migrate_sqlite(path: Path, *, create: bool, busy_seconds: int) -> None:
    """Bring the file at `path` to this release's schema; make it first where `create` says so.

    Raises:
        UnusableDatabaseError: it is absent, cannot be opened, is locked, is not ours, or is newer than this release.
    """
    _refuse_what_is_no_database(path, create=create)
    try:
        with closing(sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)) as connection:
            _migrate(connection, path)
    except sqlite3.Error as error:
        raise _as_unusable(error, path, busy_seconds) from error


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


def _as_unusable(error: sqlite3.Error, path: Path, busy_seconds: int) -> UnusableDatabaseError:
    if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return DatabaseLockedError(path, busy_seconds)
    return CannotOpenError(path, str(error))


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    migrations = sqlite_migrations()
    # One snapshot for both: another process may be committing this very migration in between.
    connection.execute("BEGIN")
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    application_id = connection.execute("PRAGMA application_id").fetchone()[0]
    connection.execute("COMMIT")
    if application_id != APPLICATION_ID and (application_id or tables):
        raise NotTarifaError(path, "a database of another program")
    if application_id == APPLICATION_ID and not _pending(connection, migrations, path):
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migrations"
            " (version INTEGER PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL) STRICT"
        )
        for migration in _pending(connection, migrations, path):
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


def _pending(connection: sqlite3.Connection, migrations: tuple[Migration, ...], path: Path) -> tuple[Migration, ...]:
    applied = dict(connection.execute("SELECT version, digest FROM schema_migrations").fetchall())
    known = {migration.version: migration for migration in migrations}
    newest = max(applied, default=0)
    if newest > max(known):
        raise NewerDatabaseError(path, newest, max(known))
    for version, digest in applied.items():
        if known[version].digest != digest:
            raise ChangedMigrationError(path, known[version].name)
    return tuple(migration for migration in migrations if migration.version not in applied)


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
