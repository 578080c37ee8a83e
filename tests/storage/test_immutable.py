"""What is written once stays: the triggers hold against everybody, on every immutable table."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from tarifa.services.inputs import SiteInput
from tests.services.installation import at, installed, work

IMMUTABLE = (
    "account_revs",
    "site_revs",
    "request_revs",
    "worklog_revs",
    "ruleset_versions",
    "activations",
    "contracts",
    "contract_sites",
    "amendments",
    "top_ups",
    "quantities",
    "openings",
    "decisions",
    "documents",
    "settlements",
    "obligations",
    "items",
    "closings",
    "lines",
    "tax_groups",
    "tax_pools",
    "events",
)


@pytest.fixture
async def billed(tmp_path: Path) -> Path:
    """A database with a row in every immutable table."""
    path = tmp_path / "tarifa.sqlite3"
    async with installed(path) as here:
        await here.account("Acme Corp", SiteInput("HQ", "Europe/Lisbon"))
        await here.contract(sites=("HQ",))
        await here.record(work("w1", "2026-03-03 09:00", 60, site="hq"))
        await here.buy("t1", "C-1", at("2026-03-02"))
        await here.bill("2026-04-01", through=date(2026, 4, 1))
        async with here.database.writing() as transaction:  # no item to count, nothing brought over or decided
            await transaction.run(
                "INSERT INTO openings SELECT id, 1, seq, 'hours', 6000, '2026-03-31', '', '', 0 FROM contracts"
            )
            await transaction.run(
                "INSERT INTO decisions SELECT worklog_id, rev, 'too-late', account_id, seq, 'waive', '', '', 0"
                " FROM worklog_revs"
            )
            await transaction.run(
                "INSERT INTO quantities SELECT id, 'seat', 'main', 'q1', 1, seq, start, 3, '{}', '', '', 0 FROM contracts"
            )
    return path


@pytest.fixture
def connection(billed: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(billed, isolation_level=None)) as made:
        made.execute("PRAGMA recursive_triggers = ON")
        yield made


@pytest.mark.parametrize("table", IMMUTABLE)
def test_an_immutable_row_can_be_neither_changed_nor_deleted_nor_replaced(
    connection: sqlite3.Connection, table: str
) -> None:
    everything = f"SELECT * FROM {table}"  # noqa: S608  # our own names
    before = connection.execute(everything).fetchall()
    assert before
    column = connection.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchone()[0]
    for statement in (
        f"UPDATE {table} SET {column} = {column}",  # noqa: S608 - names of our own tables
        f"DELETE FROM {table}",  # noqa: S608 - names of our own tables
        f"INSERT OR REPLACE INTO {table} {everything}",
    ):
        with pytest.raises(sqlite3.IntegrityError, match=f"{table} is immutable"):
            connection.execute(statement)
    assert connection.execute(everything).fetchall() == before


def test_every_table_is_either_immutable_or_known_to_change(connection: sqlite3.Connection) -> None:
    """A new table has to say which it is."""
    changing = {
        "accounts", "sites", "requests", "worklogs", "rulesets", "policy_clock", "heads", "series", "coverage_heads",
        "exceptions", "problems", "jobs", "api_keys", "schema_migrations",
    }  # fmt: skip
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == changing | set(IMMUTABLE)
