"""Reviewed SQL: `migrations/{dialect}/NNNN_name.sql`, each once, in order, in one transaction.

`schema_migrations` remembers each file's digest, so that a file that was changed after it ran is seen. How a dialect
runs them stands in `sqlite` and `postgresql`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from tarifa.storage.errors import ChangedMigrationError, NewerDatabaseError, Place


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


def migrations(dialect: str) -> tuple[Migration, ...]:
    """All migrations of this release for `sqlite` or `postgresql`, oldest first."""
    folder = files("tarifa.storage") / "migrations" / dialect
    found = sorted((entry.name, entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple(Migration(int(name[:4]), name, text) for name, text in found)


def pending(dialect: str, applied: Mapping[int, str], place: Place) -> tuple[Migration, ...]:
    """The migrations that a database lacks which has `applied`: version to digest.

    Raises:
        NewerDatabaseError: it has one that this release does not know.
        ChangedMigrationError: it has one with another text.
    """
    known = {migration.version: migration for migration in migrations(dialect)}
    newest = max(applied, default=0)
    if newest > max(known):
        raise NewerDatabaseError(place, newest, max(known))
    for version, digest in applied.items():
        if known[version].digest != digest:
            raise ChangedMigrationError(place, known[version].name)
    return tuple(migration for migration in known.values() if migration.version not in applied)
