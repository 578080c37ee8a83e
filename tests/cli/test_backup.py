"""A backup made while others write comes back whole, and gives no number out twice."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tarifa.services.numbers import FencedError
from tarifa.settings import Settings
from tarifa.storage import opened
from tests.cli.conftest import Tarifa
from tests.databases import a_database
from tests.faults.processes import finished, start_worker
from tests.services.installation import Installation, installed, settings_for, work


def _made(path: Path) -> Settings:
    """A database with an invoice of March."""

    async def make() -> None:
        async with installed(settings_for(path)) as here:
            await here.contract()
            await here.bill("2026-03-01")

    asyncio.run(make())
    return settings_for(path)


def _numbers(settings: Settings) -> list[str]:
    with closing(sqlite3.connect(settings.database_path)) as connection:
        return [number for (number,) in connection.execute("SELECT number FROM documents ORDER BY number")]


async def _bill(settings: Settings, day: str) -> None:
    async with opened(settings) as database:
        await Installation(database).bill(day)


def test_numbers_given_out_after_the_backup_are_not_given_out_again(tarifa: Tarifa, tmp_path: Path) -> None:
    settings, copy, back = _made(tmp_path / "a.sqlite3"), tmp_path / "copy", tmp_path / "back.sqlite3"
    assert tarifa("backup", copy, "--database", settings.database_path).exit_code == 0
    asyncio.run(_bill(settings, "2026-04-01"))
    assert _numbers(settings) == ["INV-000001", "INV-000002"]

    assert tarifa("restore", copy, "--database", back).exit_code == 0

    restored = settings_for(back)
    with pytest.raises(FencedError, match="tarifa confirm-numbers INV-000123 CN-000123"):
        asyncio.run(_bill(restored, "2026-04-01"))
    worker = tarifa("worker", "--once", "--database", back)
    assert (worker.exit_code, _numbers(restored)) == (0, ["INV-000001"])
    for wrong, says in (
        (("INV-000002",), "the series CN- waits, too"),
        (("INV-000000", "CN-0"), "INV-000001 is on record"),
        (("INV-2", "INV-3"), "two numbers of the series INV-"),
        (("2", "CN-0"), "`2` is no document's number"),
    ):
        refused = tarifa("confirm-numbers", *wrong, "--database", back)
        assert (refused.exit_code, says in refused.err) == (1, True), refused.err
    confirmed = tarifa("confirm-numbers", "INV-000002", "CN-000000", "--database", back)
    assert confirmed.out == "Goes on with INV-000003; 1 number before it not on record\nGoes on with CN-000001\n"
    asyncio.run(_bill(restored, "2026-04-01"))
    assert _numbers(restored) == ["INV-000001", "INV-000003"]


def test_a_backup_made_while_processes_write_is_sound_and_goes_on(tarifa: Tarifa, tmp_path: Path) -> None:
    async def record(settings: Settings) -> None:
        async with installed(settings) as here:
            for n in range(12):
                await here.account(f"Account {n}")
                await here.contract(f"C-{n:02d}", start="2026-03-01", account=f"Account {n}")
            await here.record(*(work(f"w{n}", "2026-03-02 09:00", 45, account=f"Account {n}") for n in range(12)))

    with a_database("sqlite", tmp_path, busy_seconds=60) as settings:
        asyncio.run(record(settings))
        running = [start_worker(settings), start_worker(settings)]
        copies = [tmp_path / f"copy{n}" for n in range(3)]
        made = [tarifa("backup", copy, "--database", settings.database_path) for copy in copies]
        assert [finished(process) for process in running] == [0, 0]
        assert [run.exit_code for run in made] == [0, 0, 0], made
        for n, copy in enumerate(copies):
            back = tmp_path / f"back{n}.sqlite3"
            assert tarifa("restore", copy, "--database", back).exit_code == 0
            assert tarifa("confirm-numbers", "INV-500", "CN-0", "--database", back).exit_code == 0
            assert finished(start_worker(settings_for(back))) == 0
            bodies = ("SELECT count(*), sum(total) FROM documents", "SELECT count(*) FROM obligations")
            for sql in bodies:
                with closing(sqlite3.connect(back)) as one, closing(sqlite3.connect(settings.database_path)) as other:
                    assert one.execute(sql).fetchall() == other.execute(sql).fetchall()


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_nothing_is_overwritten(tarifa: Tarifa, tmp_path: Path, command: str) -> None:
    settings, there = _made(tmp_path / "a.sqlite3"), tmp_path / "there"
    there.write_text("mine")
    given = (there, "--database", settings.database_path)
    run = tarifa(command, *(given if command == "backup" else (settings.database_path, "--database", there)))
    assert (run.exit_code, "already" in run.err, there.read_text()) == (1, True, "mine")
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".part") == []


@pytest.mark.parametrize("damage", ["cut", "text", "missing", "other"])
def test_what_is_no_sound_backup_is_refused_and_leaves_nothing(tarifa: Tarifa, tmp_path: Path, damage: str) -> None:
    settings, copy, back = _made(tmp_path / "a.sqlite3"), tmp_path / "copy", tmp_path / "back.sqlite3"
    tarifa("backup", copy, "--database", settings.database_path)
    content = copy.read_bytes()
    if damage == "other":
        copy.unlink()
        with closing(sqlite3.connect(copy)) as connection:
            connection.execute("CREATE TABLE mine (a)")
    elif damage == "missing":
        copy.unlink()
    else:
        copy.write_bytes(content[: len(content) // 3] if damage == "cut" else b"my diary\n" * 500)
    before = sorted(path.name for path in tmp_path.iterdir())
    run = tarifa("restore", copy, "--database", back)
    assert (run.exit_code, run.out) == (1, "")
    assert run.err.startswith("tarifa: ")
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize(("command", "names"), [("backup", "pg_dump"), ("restore", "pg_restore")])
def test_for_postgresql_its_own_tool_is_named(tarifa: Tarifa, tmp_path: Path, command: str, names: str) -> None:
    run = tarifa(command, tmp_path / "x", "--database", "postgresql://somebody:secret@localhost/tarifa")
    assert (run.exit_code, names in run.err, "secret" in run.err) == (1, True, False)
