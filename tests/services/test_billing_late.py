"""Late facts, seen from odd days and after corrections: nothing is lost, charged twice, or credited by mistake (D1)."""

from datetime import date
from pathlib import PurePath, PurePosixPath

import pytest

from tarifa.services import billing
from tarifa.services.amendments import amend_contract
from tarifa.services.inputs import ActivationKind, AmendmentInput, RequestInput
from tarifa.settings import Settings
from tests.services.installation import (
    BY,
    RECORDED,
    Installation,
    amounts,
    at,
    book,
    book_with_request_charges,
    installed,
    work,
)

BOOK_FILE = PurePosixPath("book.rules")


def _request(id_: str, category: str = "Network") -> RequestInput:
    return RequestInput(id_, "incident", {"category": category})


def _with(old: str, new: str) -> dict[PurePath, bytes]:
    """The second version of the price book, one text of it replaced."""
    text = book(version="2")[BOOK_FILE].decode()
    assert old in text
    return {BOOK_FILE: text.replace(old, new).encode()}


async def test_late_work_of_an_ended_contract_is_not_billed_as_of_a_day_before_its_end(here: Installation) -> None:
    await here.contract(plan="Open", expiry=date(2026, 6, 20))
    await here.record(work("a", "2026-05-20 09:00", 60), work("b", "2026-06-10 09:00", 60))
    await here.bill("2026-07-01", through=date(2026, 7, 1))
    await here.record(work("c", "2026-04-10 09:00", 60))
    assert (await here.bill("2026-07-05", through=date(2026, 5, 1))).billed == ()
    assert (await here.bill("2026-05-01")).billed == ()  # the clock was set back
    await here.bill("2026-07-06")
    assert [one.net for one in await here.documents()] == [11_000, 11_000, 11_000]


async def test_a_request_whose_charge_was_taken_back_is_charged_with_its_next_work(
    database_settings: Settings,
) -> None:
    async with installed(database_settings, files=book_with_request_charges()) as here:
        await here.contract(plan="Open")
        await here.record(work("a", "2026-03-20 09:00", 60, request=_request("r")))
        await here.bill("2026-04-01")
        await here.record(work("a", "2026-03-20 09:00", 60, request=_request("r"), voided=True))
        await here.bill("2026-05-01")
        await here.record(work("b", "2026-05-20 09:00", 60, request=_request("r")))
        await here.bill("2026-06-01")
        assert [one.net for one in await here.documents()] == [13_500, -13_500, 13_500]


async def test_work_that_moved_to_another_request_keeps_the_facts_it_was_billed_with(here: Installation) -> None:
    await here.contract(plan="Open")
    await here.record(work("a", "2026-03-20 17:30", 60, request=_request("r1")))
    await here.bill("2026-04-01")
    await here.record(work("a", "2026-03-20 16:30", 60, request=_request("r2")))  # out of one of its two bands
    await here.bill("2026-05-01")
    await here.record(work("x", "2026-03-21 16:30", 60, request=_request("r2", "Desktop")))  # no correction
    await here.bill("2026-06-01")
    assert amounts(await here.lines((await here.documents())[-1].number)) == [("work/main:x/non-operational", 5500)]


async def test_a_repair_after_the_end_that_changes_allowances_alone_counts_for_later_work(here: Installation) -> None:
    await here.contract(expiry=date(2026, 4, 30))
    await here.record(work("a", "2026-03-20 09:00", 60), work("b", "2026-04-20 09:00", 60))
    await here.bill("2026-05-02", through=date(2026, 5, 2))
    await here.publish(_with("10 h      | 2 h ", "10 h      | 4 h "))
    await here.activate("2026-03-01", kind=ActivationKind.REPAIR)
    assert [one.document for one in (await here.bill("2026-05-03")).billed] == [None]
    await here.record(work("c", "2026-04-21 09:00", 13 * 60))
    await here.bill("2026-05-04")
    (before, *_, last) = await here.documents()
    assert (before.net, last.net) == (100_000, 0)  # 14 of the 14 hours


async def test_a_top_up_that_is_sold_no_more_waits_for_good(here: Installation) -> None:
    await here.contract()
    await here.buy("t", "C-1", at("2026-04-10"))
    await amend_contract(here.database, AmendmentInput("C-1", date(2026, 4, 1), plan="Open"), by=BY, now=RECORDED)
    await here.bill("2026-07-01", through=date(2026, 7, 1))
    assert await here.open_exceptions() == [("t", "no-top-up")]


async def test_work_that_waited_in_time_is_not_too_late_however_long_it_waits(here: Installation) -> None:
    await here.contract(plan="Open", late_window=1)
    await here.record(work("a", "2026-03-20 09:00", 60, category="Oddity"))
    for month in range(4, 9):
        await here.bill(f"2026-{month:02}-01")
    assert await here.open_exceptions() == [("main:a", "no-rule")]
    await here.record(work("a", "2026-03-20 09:00", 60), work("b", "2026-03-20 11:00", 60))
    await here.bill("2026-09-01")
    assert await here.open_exceptions() == [("main:b", "too-late")]
    assert [one.net for one in await here.documents()] == [11_000]


async def test_a_top_up_bought_before_we_bill_waits(here: Installation) -> None:
    await here.contract(bill_from=date(2026, 5, 1))
    await here.buy("t", "C-1", at("2026-04-10"))
    await here.bill("2026-07-01", through=date(2026, 7, 1))
    assert await here.open_exceptions() == [("t", "before-bill-from")]


async def test_a_batch_of_many_lines_is_written_in_parts_under_numbers_without_a_gap(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        await here.account(f"A{n}")
        await here.contract(f"C-{n}", "Open", account=f"A{n}")
    await here.record(*(work(f"w{n}-{day}", f"2026-03-{day:02d} 09:00", 60, account=f"A{n}") for n in range(5) for day in range(1, 4)))  # fmt: skip
    monkeypatch.setattr(billing, "LINES_AT_ONCE", 7)
    await here.bill("2026-04-01")
    assert [one.number for one in await here.documents()] == [f"INV-00000{n}" for n in range(1, 6)]
    assert await here.values("SELECT count(*) FROM lines") == [15]


async def test_facts_of_a_request_that_are_sent_again_as_a_correction_reach_what_is_billed(here: Installation) -> None:
    await here.contract(plan="Open")
    await here.record(work("a", "2026-03-20 09:00", 60, request=_request("r")))
    await here.bill("2026-04-01")
    await here.record(work("b", "2026-04-20 09:00", 60, request=_request("r", "Desktop")))
    await here.bill("2026-05-01")
    corrected = RequestInput("r", "incident", {"category": "Desktop"}, is_correction=True)
    for _ in range(2):
        await here.record(work("b", "2026-04-20 09:00", 60, request=corrected))
    await here.bill("2026-06-01")
    assert [one.net for one in await here.documents()] == [11_000, 5_500, -5_500]
    assert await here.values("SELECT max(rev) FROM request_revs") == [3]


async def test_work_revised_to_another_request_at_the_same_price_is_frozen_to_its_facts(here: Installation) -> None:
    await here.contract(plan="Open")
    await here.record(work("a", "2026-03-20 09:00", 60, request=_request("r1")))
    await here.bill("2026-04-01")
    await here.record(work("a", "2026-03-20 09:00", 60, request=_request("r2")))
    await here.bill("2026-05-01")
    await here.record(work("b", "2026-05-20 09:00", 60, request=_request("r2", "Desktop")))  # no correction
    await here.record(work("late", "2026-03-21 09:00", 60))
    await here.bill("2026-06-01")
    assert [one.net for one in await here.documents()] == [11_000, 16_500]
    corrected = RequestInput("r2", "incident", {"category": "Desktop"}, is_correction=True)
    await here.record(work("b", "2026-05-20 09:00", 60, request=corrected))
    await here.bill("2026-07-01")
    assert [one.net for one in await here.documents()] == [11_000, 16_500, -5_500]
