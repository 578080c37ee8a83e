"""What is written once stays: the triggers hold against everybody, on every immutable table."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date

import psycopg
import pytest

from tarifa.services.inputs import SiteInput
from tarifa.settings import Settings
from tarifa.storage.database import PlainConnection, backend
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
    "approvals",
    "bill_groups",
    "bill_group_revs",
    "memberships",
    "group_documents",
    "entities",
    "entity_revs",
    "confirmed_numbers",
    "notices",
    "documents",
    "settlements",
    "obligations",
    "items",
    "closings",
    "lines",
    "tax_groups",
    "tax_pools",
    "payments",
    "credit_notes",
    "verifications",
    "audit",
    "unaudited",
    "payment_revs",
    "allocations",
    "cycle_payments",
    "events",
)


@pytest.fixture
async def billed(database_settings: Settings) -> Settings:
    """A database with a row in every immutable table."""
    async with installed(database_settings) as here:
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
                "INSERT INTO credit_notes (document_id, request_key, payload_hash, seq, credits_document_id, recorded_by,"
                " recorded_at) SELECT max(id), '', '', 1, min(id), '', 0 FROM documents"
            )
            await transaction.run("INSERT INTO unaudited SELECT min(id) FROM documents")
            await transaction.run("INSERT INTO verifications VALUES ('2026-04-01', 1, 1, '[]', 0, 0)")
            await transaction.run("INSERT INTO payments SELECT 'p', id, 'main', '1', 'payment', 'EUR', 2 FROM accounts")
            await transaction.run("INSERT INTO payment_revs VALUES ('p', 1, 100, '2026-04-02', '', '', 0)")
            await transaction.run(
                "INSERT INTO allocations (request_key, n, from_payment_id, to_document_id, amount, payload_hash,"
                " recorded_by, recorded_at) SELECT 'k', 1, 'p', max(id), 100, '', '', 0 FROM documents"
            )
            await transaction.run("INSERT INTO bill_groups SELECT 'g', 'G', id, NULL, 'EUR', 2, '', 0 FROM accounts")
            await transaction.run("INSERT INTO bill_group_revs VALUES ('g', 1, 0, NULL, NULL, 0, '', '', 0)")
            await transaction.run("INSERT INTO memberships SELECT id, 1, seq, 'g', '', 0, 0 FROM contracts")
            await transaction.run(
                "INSERT INTO group_documents SELECT min(id), 'g', 1, 1, 1, '[]', NULL, NULL FROM documents"
            )
            await transaction.run("INSERT INTO entities VALUES ('acme', 'Acme', '', 0)")
            await transaction.run(
                "INSERT INTO entity_revs VALUES ('acme', 1, 'Acme', '', NULL, '[]', '', NULL, 0, '', '', 0)"
            )
            await transaction.run("INSERT INTO cycle_payments SELECT id, 0, 1, NULL FROM contracts")
            await transaction.run("INSERT INTO confirmed_numbers VALUES ('invoice', 1, 1, 0, '', 0)")
            await transaction.run("INSERT INTO approvals SELECT id, 0, '', 0, '', '', 0 FROM contracts")
            await transaction.run("INSERT INTO notices SELECT id, 'usage', start, 80, start, NULL, 0 FROM contracts")
            await transaction.run(
                "INSERT INTO quantities SELECT id, 'seat', 'main', 'q1', 1, seq, start, 3, '{}', '', '', 0 FROM contracts"
            )
    return database_settings


@pytest.fixture
def connection(billed: Settings) -> Iterator[PlainConnection]:
    with closing(backend(billed).connect()) as made:
        if not billed.is_postgresql:
            made.run("PRAGMA recursive_triggers = ON")
        yield made


def test_an_immutable_row_can_be_neither_changed_nor_deleted_nor_replaced(
    connection: PlainConnection, billed: Settings
) -> None:
    for table in IMMUTABLE:
        everything = f"SELECT * FROM {table}"  # noqa: S608  # our own names
        before = connection.run(everything)
        assert before, table
        change, refused = f"UPDATE {table} SET", (sqlite3.IntegrityError, psycopg.IntegrityError)
        column = _columns(connection, billed, table)[0]
        emptied = (
            f"TRUNCATE {table} CASCADE" if billed.is_postgresql else f"INSERT OR REPLACE INTO {table} {everything}"
        )
        for statement in (f"{change} {column} = {column}", f"DELETE FROM {table}", emptied):  # noqa: S608 - our own names
            with pytest.raises(refused, match="is immutable"):
                connection.run(statement)
        assert connection.run(everything) == before


def _columns(connection: PlainConnection, settings: Settings, table: str) -> list[str]:
    known = "pragma_table_info(?)"
    if settings.is_postgresql:
        known = "(SELECT column_name AS name FROM information_schema.columns WHERE table_name = ?) AS known"
    return [name for (name,) in connection.run(f"SELECT name FROM {known} ORDER BY name", (table,))]  # noqa: S608 - ours


def test_every_table_is_either_immutable_or_known_to_change(connection: PlainConnection, billed: Settings) -> None:
    """A new table has to say which it is."""
    changing = {
        "accounts", "sites", "requests", "worklogs", "rulesets", "policy_clock", "heads", "series", "bill_group_heads", "coverage_heads", "notice_heads",
        "exceptions", "problems", "runs", "jobs", "api_keys", "schema_migrations",
    }  # fmt: skip
    known = "SELECT name FROM sqlite_master WHERE type = 'table'"
    if billed.is_postgresql:
        known = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    tables = {name for (name,) in connection.run(known)}
    assert tables == changing | set(IMMUTABLE)
