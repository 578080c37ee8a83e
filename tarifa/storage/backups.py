"""Copy a SQLite database while others write it, and bring a copy back.

A database that comes back does not know which numbers were given out after the copy was made, so its series are fenced:
nothing is billed from it until somebody has said (`tarifa.services.numbers`).
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

from tarifa.settings import SQLITE, Settings
from tarifa.storage.audit import COLUMNS, Deed, Head, chained
from tarifa.storage.database import marks
from tarifa.storage.errors import (
    BackupExistsError,
    BrokenBackupError,
    CannotOpenError,
    NotForPostgresqlError,
)
from tarifa.storage.sqlite import Sqlite


def back_up(settings: Settings, target: Path) -> None:
    """Copy the database to a new file, as it is at one moment; writers go on meanwhile.

    Raises:
        UnusableDatabaseError: it is a PostgreSQL database, cannot be read, or `target` exists or cannot be written.
    """
    if settings.is_postgresql:
        raise NotForPostgresqlError("pg_dump --format=custom --file=FILE, with the same address, makes a backup of it")
    Sqlite(settings).migrate(create=False)
    _copy(settings.database_path, target)


def restore(settings: Settings, source: Path, *, at: int) -> None:
    """Make the database from a backup, at a place where there is none; its series are fenced, and the audit says so.

    Raises:
        UnusableDatabaseError: it is a PostgreSQL database, there is a database already, or `source` is no sound backup.
    """
    if settings.is_postgresql:
        raise NotForPostgresqlError(
            "pg_restore it into an empty database, and run `tarifa confirm-numbers` before anything bills from it"
        )
    if not source.is_file():
        raise CannotOpenError(source, "there is no such file", "name a file that `tarifa backup` made")
    _copy(source, settings.database_path, fenced_at=at)


def _copy(source: Path, target: Path, *, fenced_at: int | None = None) -> None:
    """Copy to a file beside `target`, check it, and only then give it its name: half a copy is never taken for one."""
    if target.exists() or target.with_name(f"{target.name}-wal").exists():
        raise BackupExistsError(target)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        origin_url = f"{source.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(origin_url, uri=True)) as origin, closing(sqlite3.connect(part)) as copy:
            origin.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, with nothing beside it that could be forgotten
            if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise BrokenBackupError(source)
        if fenced_at is not None:
            _fence(part, named=source.name, at=fenced_at)
        os.link(part, target)  # unlike a renaming, it refuses where another process has made the file meanwhile
        _flush(target)
    except FileExistsError as error:
        raise BackupExistsError(target) from error
    except sqlite3.DatabaseError as error:
        raise Sqlite(_of(source)).as_unusable(error) or BrokenBackupError(source) from error
    except OSError as error:
        raise CannotOpenError(target, error.strerror or str(error)) from error
    finally:
        for left in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                part.with_name(part.name + left).unlink(missing_ok=True)


def _of(path: Path) -> Settings:
    return replace(Settings(), database_url=f"{SQLITE}{path}")


def _fence(path: Path, *, named: str, at: int) -> None:
    Sqlite(_of(path)).migrate(create=False)  # a backup of an earlier release, or of another program
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE series SET is_fenced = 1")
        last = connection.execute("SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1").fetchone()
        deed = Deed("database.restored", "database", "", {"backup": named})
        rows = chained(Head(*last) if last is not None else Head(), [deed], at=at)
        connection.executemany(f"INSERT INTO audit ({COLUMNS}) VALUES ({marks(len(rows[0]))})", rows)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _flush(path: Path) -> None:
    """Wait until the file and its name are on the disk."""
    for place, flags in ((path, os.O_RDWR), (path.parent, os.O_RDONLY)):
        descriptor = os.open(place, flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
