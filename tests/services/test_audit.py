"""Who caused what is written with its cause, and shows what was changed in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tarifa.reading import audit
from tarifa.reading.audit import AuditView
from tarifa.reading.pages import PageRequest
from tarifa.services.keys import CreatedKey, Role, create_key
from tarifa.services.verify import verify
from tarifa.settings import Settings
from tarifa.storage import Database, opened
from tarifa.storage.audit import FIRST_HASH, Head, acting_as
from tarifa.storage.outbox import Event, append_events
from tests.services.books import tamper
from tests.services.installation import RECORDED, Installation, installed, work


@pytest.fixture
async def billed(database_settings: Settings) -> AsyncIterator[Settings]:
    """A contract made by the office, and billed by the scheduler."""
    async with installed(database_settings) as here:
        with acting_as("the office", request_id="r-1"):
            await here.contract()
            await here.record(work("w1", "2026-03-03 09:00", 60), work("w2", "2026-03-04 09:00", 60))
        with acting_as("scheduler"):
            await here.bill("2026-04-01")
    yield database_settings


async def entries(database: Database, **only: str) -> list[AuditView]:
    return list((await audit.entries(database, PageRequest(500), **only)).nodes)  # type: ignore[arg-type]  # of text all


async def faults(settings: Settings, *, anchor: Head | None = None) -> list[tuple[str, str, str]]:
    async with opened(settings) as database:
        return [
            (one.code, fault.table, fault.key)
            async for one in verify(database, anchor=anchor)
            for fault in one.faults
            if one.code.startswith("audit")
        ]


async def test_each_write_leaves_who_did_what_in_an_unbroken_chain(billed: Settings) -> None:
    async with opened(billed) as database:
        rows = await entries(database)
        contract = (await entries(database, action="contract.created"))[0]
        issued = await entries(database, action="document.issued")
        digests = await database.rows("SELECT id, sha256 FROM documents ORDER BY ordinal")
    assert [one.n for one in rows] == list(range(1, len(rows) + 1))
    assert [one.prev_hash for one in rows] == [FIRST_HASH, *(one.hash for one in rows[:-1])]
    assert (contract.actor, contract.request_id, contract.payload["number"]) == ("the office", "r-1", "C-1")
    assert [one.payload["facts"] for one in rows if one.action == "worklogs.recorded"] == [4]  # two works, two requests
    assert {(one.actor, one.request_id) for one in issued} == {("scheduler", None)}
    assert [(one.subject, one.payload["sha256"]) for one in issued] == [(one["id"], one["sha256"]) for one in digests]
    assert await faults(billed) == []


async def test_what_is_rolled_back_leaves_no_row(here: Installation) -> None:
    before = await audit.head(here.database)
    with pytest.raises(RuntimeError):
        async with here.database.writing() as transaction:
            await append_events(transaction, [Event("tried", "x", "")], at=0)
            raise RuntimeError("no")
    assert await audit.head(here.database) == before


async def test_no_secret_is_in_it(here: Installation) -> None:
    created = await create_key(here.database, label="office", role=Role.BILLING, by="test", now=RECORDED)
    assert isinstance(created, CreatedKey)
    stored = await here.values("SELECT hash FROM api_keys")
    written = [str(dict(one.payload)) + one.subject + one.revision for one in await entries(here.database)]
    assert not any(secret in one for one in written for secret in (created.secret, created.secret[-20:], *stored))


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE n = 3", "row 3"),
        ("UPDATE audit SET at = at + 1 WHERE n = 3", "row 3"),
        ("UPDATE audit SET request_id = NULL WHERE action = 'contract.created'", "row 4"),
        ("UPDATE audit SET payload = '{}' WHERE n = 3", "row 3"),
        ("UPDATE audit SET hash = prev_hash WHERE n = 3", "row 4"),
        ("DELETE FROM audit WHERE n = 3", "row 4"),
        ("DELETE FROM audit WHERE n = 1", "row 2"),
        ("UPDATE audit SET n = 99 WHERE n = 3", "row 4"),
    ],
)
async def test_a_row_that_was_changed_or_taken_out_is_found(billed: Settings, statement: str, row: str) -> None:
    tamper(billed, statement)
    assert ("audit-chain", "audit", row) in await faults(billed)


async def test_a_document_that_was_changed_with_its_digest_differs_from_the_audit(billed: Settings) -> None:
    tamper(billed, "UPDATE documents SET sha256 = 'x' WHERE ordinal = 1")
    assert [(code, table) for code, table, _ in await faults(billed)] == [("audit-chain", "documents")]


async def test_an_end_that_was_cut_off_shows_in_the_documents_and_against_a_hash_that_was_kept(
    billed: Settings,
) -> None:
    async with opened(billed) as database:
        anchor = await audit.head(database)
    assert await faults(billed, anchor=anchor) == []
    tamper(billed, "DELETE FROM audit WHERE action = 'document.issued'")
    assert ("audit-document", "documents", "INV-000001") in await faults(billed)
    assert ("audit-chain", "audit", f"row {anchor.n}") in await faults(billed, anchor=anchor)


async def test_another_chain_differs_from_a_hash_that_was_kept(billed: Settings) -> None:
    assert await faults(billed, anchor=Head(2, "a" * 64)) == [("audit-chain", "audit", "row 2")]


async def test_documents_from_before_the_audit_are_excused(billed: Settings) -> None:
    tamper(
        billed,
        "INSERT INTO unaudited SELECT id FROM documents",
        "DELETE FROM audit WHERE n >= (SELECT min(n) FROM audit WHERE action = 'document.issued')",
    )
    assert await faults(billed) == []


def test_every_service_that_writes_leaves_events() -> None:
    """A module of writes without an event would leave no row of audit either."""
    folder = Path(__file__).parents[2] / "tarifa" / "services"
    texts = {path.stem: path.read_text("utf-8") for path in folder.glob("*.py")}
    writing = {name for name, text in texts.items() if ".writing()" in text}
    assert len(writing) > 15
    assert {name for name in writing if "append_events" not in texts[name]} == {
        "coverage",  # only how far it was looked, and what waits
        "credit_notes",  # by way of `Pages`
        "worklogs",  # by way of `Chunk`
    }
