"""A row that somebody changed behind our back is found, and named; that all other books agree, every test here sees to."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction

import pytest

from tarifa.reading import verifications
from tarifa.reading.pages import PageRequest
from tarifa.services.allocations import allocate
from tarifa.services.contracts import create_contract
from tarifa.services.inputs import AllocationInput, ContractInput, PartInput, PaymentInput, PaymentKind
from tarifa.services.payments import record_payment
from tarifa.services.results import Recorded
from tarifa.services.verify import verify
from tarifa.services.verifying import verify_day
from tarifa.settings import Settings
from tarifa.storage import opened
from tests.services.books import faults, tamper
from tests.services.installation import RECORDED, at, installed, work

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
    "UPDATE documents SET seller = 'Nobody' WHERE ordinal = 2": ("documents", "INV-000002 seller", "Nobody", "None"),
    "UPDATE accounts SET key = 'another'": ("documents", "INV-000002 account.key", "another", "Acme Corp"),
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
    "UPDATE closings SET granted = granted + 100": ("closings", "C-1 cycle 0 settlement 2", "60000", "60100"),
    "UPDATE closings SET carried_out = 9": ("closings", "C-1 cycle 0 settlement 2", "more", "no more"),
    "UPDATE closings SET carried_in = 1, drawn = drawn + 1": ("closings", "C-1 cycle 0 settlement 2", "1", "0"),
    "UPDATE lines SET net = -1, amount = -1, discount = 0 WHERE pos = 3": (
        "lines",
        "INV-000002 line 3",
        "below zero",
        "zero or more",
    ),
}
MONEY_FOUND = {
    "UPDATE payment_revs SET amount = 4000 WHERE payment_id = (SELECT id FROM payments WHERE external_id = '1')": (
        "payment-overspent",
        "payments",
        "bank:1",
        "-2000",
        "0",
    ),
    "UPDATE payment_revs SET rev = 3 WHERE payment_id = (SELECT id FROM payments WHERE external_id = '1')": (
        "payment-gap",
        "payment_revs",
        "bank:1 revision 3",
        "3",
        "1",
    ),
    "UPDATE allocations SET amount = 999999 WHERE request_key = 'a' AND n = 1": (
        "document-overpaid",
        "documents",
        "INV-000001",
        "-876999",
        "0",
    ),
    "UPDATE allocations SET amount = -5000 WHERE request_key = 'a' AND n = 2": (
        "allocation-reversed",
        "allocations",
        "a part 2",
        "more",
        "no more",
    ),
    "UPDATE payments SET currency = 'USD' WHERE external_id = '1'": (
        "allocation-sides",
        "allocations",
        "a part 1",
        "acme corp USD",
        "acme corp EUR",
    ),
    "UPDATE payments SET kind = 'refund' WHERE external_id = '1'": (
        "allocation-direction",
        "allocations",
        "a part 1",
        "the other way",
        "from what pays to what is owed",
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


@pytest.mark.parametrize("statement", MONEY_FOUND)
async def test_money_that_was_tampered_with_is_found_and_named(books: Settings, statement: str) -> None:
    async with opened(books) as database:
        paid = PaymentInput("Acme Corp", PaymentKind.PAYMENT, Fraction(60), "EUR", date(2026, 1, 2), "1", source="bank")
        assert isinstance(await record_payment(database, paid, by="test", now=RECORDED), Recorded)
        parts = (PartInput(Fraction(10), document="INV-000001"), PartInput(Fraction(50), document="INV-000002"))
        allocation = AllocationInput("a", payment="bank:1", parts=parts)
        assert isinstance(await allocate(database, allocation, by="test", now=RECORDED), Recorded)
        assert await faults(database) == []
    tamper(books, statement)
    async with opened(books) as database:
        found = [
            (one.code, fault.table, fault.key, fault.stored, fault.expected)
            async for one in verify(database)
            for fault in one.faults
        ]
    assert MONEY_FOUND[statement] in found, found


async def test_each_rule_has_a_code_of_its_own_and_says_what_to_do(books: Settings) -> None:
    async with opened(books) as database:
        checked = [one async for one in verify(database)]
    assert len({one.code for one in checked}) == len(checked)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", one.code) and one.remedy for one in checked)


async def test_the_books_are_looked_at_once_a_day_and_faults_are_kept_and_told(books: Settings) -> None:
    async with opened(books) as database:
        assert await verify_day(database, now=at("2026-05-01")) == 0
    tamper(books, "UPDATE documents SET total = 5 WHERE ordinal = 2")
    async with opened(books) as database:
        assert await verify_day(database, now=at("2026-05-01", "23:00")) is None
        found = await verify_day(database, now=at("2026-05-02"))
        days = (await verifications.verifications(database, PageRequest())).nodes
        [faulty] = (await verifications.faulty(database, PageRequest())).nodes
        events = await database.rows("SELECT subject_id, payload FROM events WHERE kind = 'books.faulty'")
    assert [(one.day.day, len(one.faults)) for one in days] == [(1, 0), (2, found)]
    assert faulty.faults[0].code == "document-total"
    assert [one["subject_id"] for one in events] == ["2026-05-02"]
    assert "document-total" in events[0]["payload"]


async def test_a_renewal_that_was_given_more_than_was_handed_over_is_found(database_settings: Settings) -> None:
    async with installed(database_settings) as here:
        await here.contract(expiry=date(2026, 3, 31))
        renewal = ContractInput("C-2", "Acme Corp", "Care", date(2026, 4, 1), renewed_from="C-1", carries_over=True)
        assert isinstance(await create_contract(here.database, renewal, by="test", now=RECORDED), Recorded)
        await here.bill("2026-05-01", through=date(2026, 5, 1))
        assert await faults(here.database) == []
    tamper(database_settings, "UPDATE closings SET brought_over = 11000, carried_in = 11000 WHERE brought_over = 12000")
    async with opened(database_settings) as database:
        codes = {(one.code, fault.stored) async for one in verify(database) for fault in one.faults}
    assert ("closing-handed-over", "11000") in codes


async def test_books_that_agree_say_how_much_was_looked_at(books: Settings) -> None:
    async with opened(books) as database:
        checked = [one async for one in verify(database)]
    assert [one.rule for one in checked if one.faults] == []
    assert {one.rule: one.rows for one in checked}["a document's net is the sum of its lines"] == 2
    assert len({one.rule for one in checked}) == len(checked)
