"""Why a database cannot be used: one class per case, each with the message that a person gets."""

from __future__ import annotations

from pathlib import Path


class UnusableDatabaseError(Exception):
    """The database cannot be used as it is; the message says what, where and how to mend it."""


class NoDatabaseError(UnusableDatabaseError):
    """There is no file."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"there is no database at {path}: check TARIFA_DATABASE_URL, or publish a ruleset first, which creates it"
        )


class CannotOpenError(UnusableDatabaseError):
    """The operating system, or SQLite, does not let us in."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"the database {path} cannot be opened: {why}; check the path and its permissions")


class CannotWriteError(UnusableDatabaseError):
    """Reading works, writing does not: a read-only file, a full disk, a damaged page."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"the database {path} cannot be written: {why}; nothing of this change was kept")


class DatabaseLockedError(UnusableDatabaseError):
    """Another process holds the write lock for longer than we wait."""

    def __init__(self, path: Path, seconds: int) -> None:
        super().__init__(
            f"the database {path} has been locked by another process for {seconds} s: "
            "end that process, or set TARIFA_BUSY_SECONDS to wait longer; nothing of this change was kept"
        )


class NotTarifaError(UnusableDatabaseError):
    """A file that is something else."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path} is {what}, not a Tarifa database: set TARIFA_DATABASE_URL to another file")


class NewerDatabaseError(UnusableDatabaseError):
    """A later release has been here."""

    def __init__(self, path: Path, version: int, known: int) -> None:
        super().__init__(
            f"the database {path} was written by a newer Tarifa (its schema is {version}, this release knows {known}): "
            "upgrade this installation, or restore a backup made before the upgrade"
        )


class ChangedMigrationError(UnusableDatabaseError):
    """The schema was made by other statements than this release's."""

    def __init__(self, path: Path, name: str) -> None:
        super().__init__(
            f"the database {path} was made with another text of the migration {name}: "
            "it belongs to a development version; create a new one"
        )


class AlreadyOpenError(Exception):
    """A process asked for a second database: Tortoise keeps one global context."""

    def __init__(self) -> None:
        super().__init__("this process has a database open already: close it first")
