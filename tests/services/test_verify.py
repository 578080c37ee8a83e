"""A row that somebody changed behind our back is found, and named; that all other books agree, every test here sees to."""

from __future__ import annotations

from datetime import date

import pytest

from tarifa.services.verify import verify
from tarifa.settings import Settings
from tarifa.storage import opened
from tests.services.books import faults, tamper
from tests.services.installation import installed, work

FOUND = {
    "UPDATE documents SET tax = tax + 1, total = total + 1 WHERE ordinal = 2": (
        "documents",
        "INV-000002",
        "28061",
        "28060",
    ),
    "UPDATE documents SET total = 5 WHERE ordinal = 2": ("documents", "INV-000002", "5", "150060"),
    "UPDATE documents SET kind = 'credit note' WHERE ordinal = 2": (
        "documents",
        "INV-000002",
        "credit note",
        "invoice",
    ),
    "UPDATE documents SET sha256 = 'x' WHERE ordinal = 2": (
        "documents",
        "INV-000002 body",
        "bytes with the digest",
        "x",
    ),
    "UPDATE documents SET ordinal = 7 WHERE ordinal = 2": ("documents", "INV-000002", "7", "2"),
    "UPDATE documents SET due_date = '2026-12-31' WHERE ordinal = 2": (
        "documents",
        "INV-000002 due_on",
        "2026-12-31",
        "2026-04-01",
    ),
    "UPDATE series SET next = 2 WHERE id = 'invoice'": ("series", "INV-", "2", "3"),
    "UPDATE lines SET net = net + 1 WHERE pos = 3": ("lines", "INV-000002 lines[2].net", "220.01", "220.00"),
    "UPDATE lines SET discount = 1 WHERE pos = 3": ("lines", "INV-000002 line 3", "22000", "21999"),
    "UPDATE tax_groups SET tax = tax + 1": ("tax_groups", "INV-000001 taxes[0].tax", "230.01", "230.00"),
    "UPDATE tax_pools SET tax = 0": ("documents", "INV-000001", "23000", "0"),
    "UPDATE items SET amount = amount + 1 WHERE kind = 'fee'": (
        "items",
        "C-1 fee/1/1 settlement 2",
        "100001",
        "100000",
    ),
    "UPDATE items SET delta_amount = delta_amount + 1 WHERE covered < rounded": (
        "lines",
        "INV-000002 line 3",
        "22000",
        "22001",
    ),
    "DELETE FROM lines WHERE pos = 2": ("settlements", "C-1 settlement 2", "2", "3"),
    "DELETE FROM settlements WHERE n = 1": ("obligations", "C-1 boundary 0 advance", "none", "a settlement"),
    "UPDATE settlements SET n = 3 WHERE n = 2": ("settlements", "C-1 settlement 3", "3", "2"),
    "UPDATE settlements SET document_id = NULL WHERE n = 2": (
        "settlements",
        "C-1 settlement 2",
        "items, but no document",
        "a document",
    ),
    "DELETE FROM obligations WHERE part = 'arrears'": ("closings", "C-1 cycle 0 settlement 2", "none", "an obligation"),
    "DELETE FROM obligations WHERE boundary_no = 1": ("settlements", "C-1 settlement 2", "none", "an obligation"),
    "UPDATE heads SET settlement_n = 1": ("heads", "C-1", "1", "2"),
    "UPDATE heads SET billed_through = 9": ("heads", "C-1", "9", "1"),
    "UPDATE heads SET account_seq = 99": ("heads", "C-1", "ahead", "not ahead"),
    "UPDATE closings SET drawn = -1": ("closings", "C-1 cycle 0 settlement 2", "below zero", "zero or more"),
    """UPDATE closings SET buckets = '[["carried","",0,1,-5]]'""": (
        "closings",
        "C-1 cycle 0 settlement 2",
        "buckets of [-5]",
        "together 0, none below 0",
    ),
}


@pytest.fixture
async def books(database_settings: Settings) -> Settings:
    """Two documents, the second with a fee, work that is covered and work that is not."""
    async with installed(database_settings) as here:
        await here.contract()
        await here.record(work("w1", "2026-03-03 09:00", 12 * 60))
        await here.bill("2026-04-01", through=date(2026, 4, 1))
    return database_settings


@pytest.mark.parametrize("statement", FOUND)
async def test_a_row_that_was_tampered_with_is_found_and_named(books: Settings, statement: str) -> None:
    tamper(books, statement)
    async with opened(books) as database:
        found = await faults(database)
    table, key, stored, expected = FOUND[statement]
    assert [
        one
        for one in found
        if (one.table, one.key, one.expected) == (table, key, expected) and one.stored.startswith(stored)
    ], found


async def test_books_that_agree_say_how_much_was_looked_at(books: Settings) -> None:
    async with opened(books) as database:
        checked = [one async for one in verify(database)]
    assert [one.rule for one in checked if one.faults] == []
    assert {one.rule: one.rows for one in checked}["a document's net is the sum of its lines"] == 2
    assert len({one.rule for one in checked}) == len(checked)
