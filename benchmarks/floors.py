"""The floor of a write: the same rows into the same tables of a copy, in one transaction, by the driver's fastest way.

Rows are read some at a time, so that a million of them fits into little memory; reading them is not timed.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier

from tarifa.settings import Settings

AT_ONCE = 10_000
COPIED_AT_ONCE = 1 << 20
PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "recursive_triggers = ON")


class Databases(Protocol):
    """Where databases of a kind are made; all are gone in the end."""

    def new(self) -> Settings:
        """An empty one."""

    def copied(self, of: Settings) -> Settings:
        """A copy of one that nobody has open."""


@contextmanager
def databases(kind: str, address: str | None) -> Iterator[Databases]:
    """Databases of a kind; `address` is that of a PostgreSQL database by which others may be made."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield Files(Path(folder))
        return
    assert address is not None
    server = Server(address)
    try:
        yield server
    finally:
        for name in server.names:
            server.run(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


class Files:
    """SQLite files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new(self) -> Settings:
        """An empty one."""
        return Settings(database_url=f"sqlite://{self._folder / uuid4().hex}", busy_seconds=600)

    def copied(self, of: Settings) -> Settings:
        """A copy of one that nobody has open."""
        with closing(sqlite3.connect(of.database_path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        made = self.new()
        shutil.copy(of.database_path, made.database_path)
        return made


class Server:
    """Databases of a PostgreSQL server."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.names: list[str] = []

    def run(self, statement: Any) -> None:  # noqa: ANN401  # psycopg's composed SQL
        """Run a statement of an administrator."""
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(statement)

    def new(self, template: str = "template0") -> Settings:
        """An empty one."""
        name = f"tarifa_benchmark_{uuid4().hex}"
        self.run(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
        self.names.append(name)
        return Settings(database_url=urlunsplit(urlsplit(self._address)._replace(path=f"/{name}")), busy_seconds=600)

    def copied(self, of: Settings) -> Settings:
        """A copy of one that nobody has open."""
        return self.new(urlsplit(of.database_url).path.strip("/"))


@contextmanager
def copy_of(made: Databases, settings: Settings) -> Iterator[Settings]:
    """A copy as it is now, to insert into later."""
    yield made.copied(settings)


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of the clock, and of this process's processor; what a server took is not in the latter."""

    clock: float
    processor: float


class Floor:
    """Inserts what one database has more than another into that one."""

    def __init__(self, full: Settings, empty: Settings) -> None:
        self._full, self._empty = full, empty

    def insert(self, tables: Sequence[str], *, before: Sequence[str]) -> Taken:
        """How long that takes, with `before` run first: updates of rows that were there."""
        return self._into_file(tables, before) if not self._full.is_postgresql else self._into_server(tables, before)

    def _into_file(self, tables: Sequence[str], before: Sequence[str]) -> Taken:
        with (
            closing(sqlite3.connect(self._full.database_path)) as full,
            closing(sqlite3.connect(self._empty.database_path, isolation_level=None)) as empty,
        ):
            for pragma in PRAGMAS:
                empty.execute(f"PRAGMA {pragma}")
            watch = Stopwatch()
            with watch:
                empty.execute("BEGIN IMMEDIATE")
                for statement in before:
                    empty.execute(statement)
            for table in tables:
                there = {row_id for (row_id,) in empty.execute(f"SELECT rowid FROM {table}")}
                rows = full.execute(f"SELECT rowid, * FROM {table}")
                while read := rows.fetchmany(AT_ONCE):
                    new = [row[1:] for row in read if row[0] not in there]
                    marks = ", ".join("?" * (len(read[0]) - 1))
                    with watch:
                        empty.executemany(f"INSERT INTO {table} VALUES ({marks})", new)
            with watch:
                empty.execute("COMMIT")
            return watch.taken

    def _into_server(self, tables: Sequence[str], before: Sequence[str]) -> Taken:
        with (
            psycopg.connect(self._full.database_url) as full,
            psycopg.connect(self._empty.database_url) as empty,
            tempfile.TemporaryDirectory() as folder,
        ):
            for table in tables:  # to the disk first: what the server inserts while we read would not be timed
                with empty.cursor().copy(f"COPY {table} TO STDOUT") as copy:
                    there = {bytes(data) for data in copy}
                with full.cursor().copy(f"COPY {table} TO STDOUT") as copy, (Path(folder) / table).open("wb") as file:
                    file.writelines(row for data in copy if (row := bytes(data)) not in there)
            empty.rollback()
            watch = Stopwatch()
            with watch:
                for statement in before:
                    empty.execute(statement.encode())
                for table in tables:
                    with (
                        empty.cursor().copy(f"COPY {table} FROM STDIN") as copy,
                        (Path(folder) / table).open("rb") as file,
                    ):
                        while data := file.read(COPIED_AT_ONCE):
                            copy.write(data)
                empty.commit()
            return watch.taken


class Stopwatch:
    """Adds up what the blocks take that are run under it."""

    def __init__(self) -> None:
        self.taken = Taken(0.0, 0.0)

    def __enter__(self) -> None:
        self._since = Taken(perf_counter(), process_time())

    def __exit__(self, *_: object) -> None:
        clock, processor = perf_counter() - self._since.clock, process_time() - self._since.processor
        self.taken = Taken(self.taken.clock + clock, self.taken.processor + processor)
