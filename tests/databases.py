"""The databases that tests run on: SQLite in a file of the test's folder, and databases of a real PostgreSQL.

The server is the one that `TARIFA_TEST_POSTGRES_URL` names, by the address of a database in which databases may be made, or
else one on this machine that lets us in. Without one the tests are skipped, and fail where `CI` is set.
"""

from __future__ import annotations

import atexit
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tarifa.settings import Settings
from tarifa.storage.database import backend

KINDS = ("sqlite", "postgresql")
USUAL = ("postgresql://postgres@127.0.0.1:5432/postgres", "postgresql://postgres:postgres@127.0.0.1:5432/postgres")
NO_SERVER = "no PostgreSQL to test with: set TARIFA_TEST_POSTGRES_URL, or start one on 127.0.0.1:5432"


@contextmanager
def a_database(
    kind: str, folder: Path, *, like: Settings | None = None, empty: bool = False, **others: int
) -> Iterator[Settings]:
    """Settings of a database of its own, gone afterwards: without rows, or a copy of one that nobody has open.

    A PostgreSQL database has its tables already, which saves time, unless it is to be `empty`.
    """
    if kind == "sqlite":
        path = folder / f"{uuid4().hex}.sqlite3"
        if like is not None:
            shutil.copy(like.database_path, path)
        yield Settings(database_url=f"sqlite://{path}", **others)
        return
    server = _server()
    if server is None:
        if os.environ.get("CI"):
            pytest.fail(NO_SERVER)
        pytest.skip(NO_SERVER)
    template = "template0" if empty else _template(server) if like is None else _name(like.database_url)
    url = _make(server, template=template)
    try:
        yield Settings(database_url=url, **others)
    finally:
        _drop(server, url)


@cache
def _server() -> str | None:
    named = os.environ.get("TARIFA_TEST_POSTGRES_URL")
    for url in (named,) if named else USUAL:
        try:
            psycopg.connect(url, connect_timeout=3).close()
        except psycopg.Error:
            continue
        return url
    return None


@cache
def _template(server: str) -> str:
    """A migrated database of this process, to copy."""
    url = _make(server)
    backend(Settings(database_url=url)).migrate(create=True)
    atexit.register(_drop, server, url)
    return _name(url)


def _make(server: str, *, template: str = "template0") -> str:
    name = f"tarifa_test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def _drop(server: str, url: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(_name(url))))


def _name(url: str) -> str:
    return urlsplit(url).path.strip("/")
