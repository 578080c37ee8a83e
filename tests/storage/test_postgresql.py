"""PostgreSQL says clearly what is wrong with it, and has the same schema as SQLite."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from tarifa.settings import Settings
from tarifa.storage import UnusableDatabaseError, opened
from tarifa.storage.database import backend
from tarifa.storage.migrating import migrations
from tarifa.storage.postgresql_client import WRITE_LOCK
from tests.databases import a_database


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    with a_database("postgresql", tmp_path, busy_seconds=1) as made:
        yield made


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Settings]:
    with a_database("postgresql", tmp_path, empty=True) as made:
        yield made


def _message(settings: Settings, *, create: bool = True) -> str:
    with pytest.raises(UnusableDatabaseError) as caught:
        backend(settings).migrate(create=create)
    return str(caught.value)


def test_a_database_without_tables_is_not_filled_in_silence(empty: Settings) -> None:
    assert "there is no database at" in _message(empty, create=False)
    backend(empty).migrate(create=True)
    backend(empty).migrate(create=False)


def test_a_database_of_another_program_is_left_alone(empty: Settings) -> None:
    with closing(backend(empty).connect()) as other:
        other.run("CREATE TABLE things (id BIGINT)")
    assert "a database with other tables, not a Tarifa database" in _message(empty)


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    said = _message(Settings(database_url="postgresql://somebody:secret@127.0.0.1:1/books"))
    assert "cannot be opened" in said
    assert "host=127.0.0.1 port=1" in said
    assert "secret" not in said


def test_a_database_that_is_not_there_is_named(settings: Settings) -> None:
    said = _message(Settings(database_url=re.sub(r"tarifa_test_\w+", "tarifa_never_made", settings.database_url)))
    assert '"tarifa_never_made" does not exist' in said


def test_a_database_of_a_newer_release_is_not_touched(settings: Settings) -> None:
    with closing(backend(settings).connect()) as connection:
        connection.run("INSERT INTO schema_migrations VALUES (9999, '9999_later.sql', 'x')")
    assert "was written by a newer Tarifa (its schema is 9999" in _message(settings)


async def test_a_write_that_waits_too_long_for_another_says_so(settings: Settings) -> None:
    async with opened(settings) as database:
        with psycopg.connect(settings.database_url) as other:
            other.execute("SELECT pg_advisory_xact_lock(%s)", (WRITE_LOCK,))
            with pytest.raises(UnusableDatabaseError, match="has been locked by another process for 1 s"):
                async with database.writing() as transaction:
                    await transaction.run("UPDATE policy_clock SET seq = 7")
        async with database.writing() as transaction:  # the failure holds nothing back
            await transaction.run("UPDATE policy_clock SET seq = 8")
        row = await database.row("SELECT seq FROM policy_clock")
    assert row is not None
    assert row["seq"] == 8


async def test_a_connection_that_the_server_ends_is_an_error_and_then_replaced(settings: Settings) -> None:
    async with opened(replace(settings, busy_seconds=5)) as database:
        with psycopg.connect(settings.database_url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        async with database.writing() as transaction:
            await transaction.run("UPDATE policy_clock SET seq = 8")
        row = await database.row("SELECT seq FROM policy_clock")
    assert row is not None
    assert row["seq"] == 8


def test_both_kinds_have_the_same_tables_columns_and_indexes(settings: Settings, tmp_path: Path) -> None:
    with a_database("sqlite", tmp_path) as file:
        backend(file).migrate(create=True)
        with closing(backend(file).connect()) as connection:
            columns = connection.run(
                'SELECT t.name, c.name, c.type, c."notnull" OR c.pk > 0 FROM sqlite_master t, pragma_table_info(t.name) c'
                " WHERE t.type = 'table'"
            )
            indexes = connection.run("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    types = {"TEXT": "text", "INTEGER": "bigint", "BLOB": "bytea"}
    wanted = {(table, name, types[type_], bool(needed)) for table, name, type_, needed in columns}
    with closing(backend(settings).connect()) as connection:
        found = connection.run(
            "SELECT table_name, column_name, data_type, is_nullable = 'NO' FROM information_schema.columns"
            " WHERE table_schema = 'public'"
        )
        names = connection.run("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
    assert set(found) == wanted
    assert {name for (name,) in indexes} <= {name for (name,) in names}


def test_both_kinds_have_the_same_migrations() -> None:
    assert [one.name for one in migrations("postgresql")] == [one.name for one in migrations("sqlite")]
