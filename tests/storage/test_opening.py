"""What a database file may be, and what is said of one that it may not be."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tarifa.settings import BadSettingError, Settings, read_settings
from tarifa.storage import UnusableDatabaseError, health, opened
from tarifa.storage.database import backend
from tarifa.storage.errors import AlreadyOpenError
from tarifa.storage.migrating import migrations
from tarifa.storage.sqlite import Sqlite
from tests.databases import KINDS, a_database
from tests.services.installation import settings_for


async def _message(path: Path, *, create: bool = True, **others: int) -> str:
    with pytest.raises(UnusableDatabaseError) as caught:
        async with opened(settings_for(path, **others), create=create):
            pytest.fail("it was opened")
    return str(caught.value)


async def test_a_new_database_is_made_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "books" / "tarifa.sqlite3"
    async with opened(settings_for(path), create=True) as database:
        assert (await health(database)).migration == migrations("sqlite")[-1].version
    async with opened(settings_for(path)) as database:
        assert (await health(database)).migration == migrations("sqlite")[-1].version


async def test_an_absent_database_is_not_made_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "tarifa.sqlite3"
    assert f"there is no database at {path}" in await _message(path, create=False)
    assert not path.exists()


async def test_a_file_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "accounts.csv"
    path.write_text("key,name\nacme,Acme\n")
    assert "a file of another kind, not a Tarifa database" in await _message(path)
    assert path.read_text() == "key,name\nacme,Acme\n"


async def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert "a folder, not a Tarifa database" in await _message(tmp_path)


async def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite3"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE things (id)")
    assert "a database of another program" in await _message(path)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("things",)]


async def test_a_database_of_a_newer_release_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "tarifa.sqlite3"
    Sqlite(settings_for(path)).migrate(create=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO schema_migrations VALUES (9999, '9999_later.sql', 'x')")
    assert "was written by a newer Tarifa (its schema is 9999" in await _message(path)


async def test_a_schema_made_by_other_statements_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tarifa.sqlite3"
    Sqlite(settings_for(path)).migrate(create=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE schema_migrations SET digest = 'other'")
    assert "another text of the migration 0001_first_path.sql" in await _message(path)


async def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tarifa.sqlite3"
    Sqlite(settings_for(path)).migrate(create=True)
    content = bytearray(path.read_bytes())
    content[100:4000] = os.urandom(3900)
    path.write_bytes(content)
    assert str(path) in await _message(path)


async def test_a_path_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be opened" in await _message(tmp_path / "file" / "tarifa.sqlite3")


async def test_a_locked_database_says_so_when_it_is_opened_and_when_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "tarifa.sqlite3"
    Sqlite(settings_for(path)).migrate(create=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        async with opened(settings_for(path, busy_seconds=1)) as database:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(UnusableDatabaseError, match="has been locked by another process for 1 s"):
                async with database.writing() as transaction:
                    await transaction.run("UPDATE policy_clock SET seq = 7")
            other.execute("ROLLBACK")
            async with database.writing() as transaction:  # the failure holds nothing back
                await transaction.run("UPDATE policy_clock SET seq = 8")
            (row,) = await database.rows("SELECT seq FROM policy_clock")
            assert row["seq"] == 8
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        assert "has been locked by another process" in await _message(path, busy_seconds=1)


async def test_a_full_disk_is_named_and_nothing_is_half_written(tmp_path: Path) -> None:
    path = tmp_path / "tarifa.sqlite3"
    async with opened(settings_for(path), create=True) as database:
        pages = (await database.rows("PRAGMA page_count"))[0]["page_count"]
        await database.writer.execute_query(f"PRAGMA max_page_count = {pages}")
        rows = [(f"id{n}", f"key{n}", "x" * 900, 0) for n in range(5000)]
        with pytest.raises(UnusableDatabaseError, match="cannot be written: database or disk is full"):
            async with database.writing() as transaction:
                await transaction.insert("accounts", "id, key, label, seq", rows)
        assert await database.rows("SELECT 1 FROM accounts") == []


async def test_a_process_has_one_open_database(tmp_path: Path) -> None:
    async with opened(settings_for(tmp_path / "one.sqlite3"), create=True):
        with pytest.raises(AlreadyOpenError):
            async with opened(settings_for(tmp_path / "two.sqlite3"), create=True):
                pytest.fail("it was opened")


@pytest.mark.parametrize("kind", KINDS)
def test_processes_that_start_together_migrate_once(kind: str, tmp_path: Path) -> None:
    with a_database(kind, tmp_path, empty=True) as settings:
        _start_together(settings)
        with closing(backend(settings).connect()) as connection:
            applied = connection.run("SELECT version FROM schema_migrations ORDER BY version")
    assert applied == [(migration.version,) for migration in migrations(kind)]


def _start_together(settings: Settings) -> None:
    migrate = (
        "import sys; from tarifa.settings import Settings; from tarifa.storage.database import backend;"
        "backend(Settings(database_url=sys.argv[1], busy_seconds=30)).migrate(create=True)"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", migrate, settings.database_url], stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [(process.communicate()[1], process.returncode) for process in started] == [("", 0)] * 4


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("TARIFA_PORT", "eighty", "TARIFA_PORT is `eighty`: a whole number from 1 to 65535 is needed"),
        ("TARIFA_PORT", "70000", "TARIFA_PORT is `70000`: a whole number from 1 to 65535 is needed"),
        ("TARIFA_PORT", "-1", "a whole number from 1 to 65535 is needed"),
        (
            "TARIFA_DATABASE_URL",
            "postgresql://user:secret@db",
            "TARIFA_DATABASE_URL is `postgresql://...`: name the database",
        ),
        ("TARIFA_DATABASE_URL", "mysql://db/tarifa", "use sqlite://FILE"),
        ("TARIFA_DATABASE_URL", "sqlite://", "name a file"),
        ("TARIFA_DATABASE_URL", "sqlite://:memory:", "name a file"),
    ],
)
def test_a_bad_setting_says_which_and_what_it_may_be(variable: str, value: str, message: str) -> None:
    with pytest.raises(BadSettingError) as caught:
        read_settings({variable: value})
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)


def test_settings_have_defaults_and_take_a_bare_path() -> None:
    assert read_settings({}) == Settings()
    assert read_settings({"TARIFA_PORT": " "}).port == 8700
    read = read_settings({"TARIFA_DATABASE_URL": "/srv/books.sqlite3", "TARIFA_PORT": "9000"})
    assert (read.database_path, read.port) == (Path("/srv/books.sqlite3"), 9000)
    assert read_settings({"TARIFA_DATABASE_URL": "sqlite:///srv/books.sqlite3"}).database_path == read.database_path
