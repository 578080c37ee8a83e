"""Why a database cannot be used: one class per case, each with the message that a person gets."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

Place: TypeAlias = Path | str
"""A SQLite file, or the address of a PostgreSQL database without its password."""


class UnusableDatabaseError(Exception):
    """The database cannot be used as it is; the message says what, where and how to mend it."""


class NoDatabaseError(UnusableDatabaseError):
    """There is no such file, or no such database."""

    def __init__(self, place: Place) -> None:
        super().__init__(
            f"there is no database at {place}: check TARIFA_DATABASE_URL, or publish a ruleset first, which creates it"
        )


class CannotOpenError(UnusableDatabaseError):
    """The operating system, or the database itself, does not let us in."""

    def __init__(self, place: Place, why: str, remedy: str = "check the path and its permissions") -> None:
        super().__init__(f"the database {place} cannot be opened: {why}; {remedy}")


class NoDriverError(UnusableDatabaseError):
    """The settings name a PostgreSQL database, and what speaks to it is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "TARIFA_DATABASE_URL names PostgreSQL, whose driver is not installed: pip install 'tarifa[postgresql]'"
        )


class CannotWriteError(UnusableDatabaseError):
    """Reading works, writing does not: a read-only file, a full disk, a damaged page."""

    def __init__(self, place: Place, why: str) -> None:
        super().__init__(f"the database {place} cannot be written: {why}; nothing of this change was kept")


class DatabaseLockedError(UnusableDatabaseError):
    """Another process holds the write lock for longer than we wait."""

    def __init__(self, place: Place, seconds: int) -> None:
        super().__init__(
            f"the database {place} has been locked by another process for {seconds} s: "
            "end that process, or set TARIFA_BUSY_SECONDS to wait longer; nothing of this change was kept"
        )


class NotTarifaError(UnusableDatabaseError):
    """A file that is something else."""

    def __init__(self, place: Place, what: str) -> None:
        super().__init__(f"{place} is {what}, not a Tarifa database: set TARIFA_DATABASE_URL to another one")


class NewerDatabaseError(UnusableDatabaseError):
    """A later release has been here."""

    def __init__(self, place: Place, version: int, known: int) -> None:
        super().__init__(
            f"the database {place} was written by a newer Tarifa (its schema is {version}, this release knows {known}): "
            "upgrade this installation, or restore a backup made before the upgrade"
        )


class ChangedMigrationError(UnusableDatabaseError):
    """The schema was made by other statements than this release's."""

    def __init__(self, place: Place, name: str) -> None:
        super().__init__(
            f"the database {place} was made with another text of the migration {name}: "
            "it belongs to a development version; create a new one"
        )


class BackupExistsError(UnusableDatabaseError):
    """A copy would take the place of something."""

    def __init__(self, place: Place) -> None:
        super().__init__(
            f"there is something at {place} already, and it is left as it is: name another file, or move it"
        )


class BrokenBackupError(UnusableDatabaseError):
    """What was to be copied is damaged, or no database."""

    def __init__(self, place: Place) -> None:
        super().__init__(f"{place} is damaged, or no database at all: nothing was copied; take another backup")


class NotForPostgresqlError(UnusableDatabaseError):
    """PostgreSQL has its own tool for this."""

    def __init__(self, remedy: str) -> None:
        super().__init__(f"not-supported: this is a PostgreSQL database, and PostgreSQL has its own tool: {remedy}")


class AlreadyOpenError(Exception):
    """A process asked for a second database: Tortoise keeps one global context."""

    def __init__(self) -> None:
        super().__init__("this process has a database open already: close it first")
