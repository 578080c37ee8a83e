"""The difference that an amendment makes within a cycle that is billed ahead, on a document of its own (D6, ADR 0020)."""

import json
from datetime import date, datetime
from typing import Any

import pytest

from engine.facts import Difference
from tarifa.services import amendments, previews
from tarifa.services.inputs import AmendmentInput
from tarifa.services.previews import Preview
from tarifa.services.results import Recorded
from tarifa.settings import Settings
from tests.services.books import assert_sound
from tests.services.installation import BY, RECORDED, Installation, amounts, at, book, installed, work
from tests.services.test_amendments import PLANS


@pytest.fixture
async def here(database_settings: Settings) -> Any:
    path = next(iter(book()))
    async with installed(database_settings, files={path: PLANS.format(rate="110.00", version="1").encode()}) as made:
        yield made


async def _amend(here: Installation, day: str, *, now: datetime = RECORDED, **others: Any) -> None:
    given = AmendmentInput("C-1", date.fromisoformat(day), **others)
    assert isinstance(made := await amendments.amend_contract(here.database, given, by=BY, now=now), Recorded), made


async def _billed(here: Installation) -> list[tuple[str, list[tuple[str, int]]]]:
    """The day and the lines of each document."""
    return [
        (document.boundary_on.isoformat(), sorted(amounts(await here.lines(document.number))))
        for document in await here.documents()
    ]


async def _june(here: Installation, difference: Difference = Difference.AT_ONCE) -> None:
    """A contract of 600.00 a month whose June is billed ahead, with an hour of work."""
    await here.contract(plan="Basic", start="2026-06-01", difference=difference)
    await here.record(work("w1", "2026-06-03 09:00", 60))
    await here.bill("2026-06-01")


JUNE = ("2026-06-01", [("fee/1/0", 60_000)])
UPGRADE = [("fee/1/0", -30_000), ("fee/2/0", 45_000)]


async def test_an_upgrade_is_billed_on_its_first_day_and_not_again_at_the_boundary(here: Installation) -> None:
    """C07, at once: -300.00 + 450.00 on 16 June."""
    await _june(here)
    await _amend(here, "2026-06-16", plan="Best")
    assert (await here.bill("2026-06-15")).billed == ()
    await here.bill("2026-06-16")
    assert (await here.bill("2026-06-17")).billed == ()
    await here.bill("2026-07-01")
    july = ("2026-07-01", [("fee/2/1", 90_000), ("work/main:w1/operational", 11_000)])
    assert await _billed(here) == [JUNE, ("2026-06-16", UPGRADE), july]
    assert len(await assert_sound(here.database)) == 3


async def test_an_amendment_of_days_past_is_billed_on_the_day_it_is_recorded(here: Installation) -> None:
    await _june(here)
    await here.bill("2026-07-01")
    await _amend(here, "2026-06-16", plan="Best", now=at("2026-07-10"))
    await here.bill("2026-07-12")
    assert (await _billed(here))[-1] == ("2026-07-10", sorted([*UPGRADE, ("fee/1/1", -60_000), ("fee/2/1", 90_000)]))
    await here.bill("2026-08-01")
    assert (await _billed(here))[-1] == ("2026-08-01", [("fee/2/2", 90_000)])
    await assert_sound(here.database)


async def test_what_else_an_amendment_changes_waits_for_the_boundary(here: Installation) -> None:
    """The price of an hour falls to 80.00 for work that is billed already: that is no fee."""
    await _june(here)
    await here.bill("2026-07-01")
    await _amend(here, "2026-06-01", plan="Best", overrides={"standard": "80.00 EUR/h"}, now=at("2026-07-10"))
    await here.bill("2026-07-10")
    await here.bill("2026-08-01")
    fees = [("fee/1/0", -60_000), ("fee/1/1", -60_000), ("fee/2/0", 90_000), ("fee/2/1", 90_000)]
    assert (await _billed(here))[2:] == [
        ("2026-07-10", fees),
        ("2026-08-01", [("fee/2/2", 90_000), ("work/main:w1/operational", -3_000)]),
    ]
    await assert_sound(here.database)


async def test_where_nobody_bills_until_the_boundary_both_documents_come_then(here: Installation) -> None:
    await _june(here)
    await _amend(here, "2026-06-16", plan="Best")
    result = await here.bill("2026-07-02")
    assert [one.boundary_on.isoformat() for one in result.billed] == ["2026-06-16", "2026-07-01"]
    assert (await here.bill("2026-07-02")).billed == ()


async def test_what_is_known_before_its_cycle_is_billed_ahead_with_it(here: Installation) -> None:
    await here.contract(plan="Basic", start="2026-06-01", difference=Difference.AT_ONCE)
    await _amend(here, "2026-06-16", plan="Best")
    await here.bill("2026-06-20")
    assert await _billed(here) == [("2026-06-01", [("fee/1/0", 30_000), ("fee/2/0", 45_000)])]


async def test_an_end_gives_the_rest_of_the_fee_back_at_once(here: Installation) -> None:
    await _june(here)
    await _amend(here, "2026-06-10", expiry=date(2026, 6, 20))
    await here.bill("2026-06-10")
    assert (await _billed(here))[-1] == ("2026-06-10", [("fee/1/0", -20_000)])
    assert (await here.documents())[-1].kind == "credit note"
    await here.bill("2026-06-21")
    assert (await _billed(here))[-1] == ("2026-06-21", [("work/main:w1/operational", 11_000)])
    assert (await here.bill("2026-08-01")).billed == ()
    await assert_sound(here.database)


async def test_an_amendment_can_be_the_one_that_is_billed_at_once(here: Installation) -> None:
    await _june(here, Difference.NEXT_BOUNDARY)
    await _amend(here, "2026-06-11", plan="Best")
    assert (await here.bill("2026-06-12")).billed == ()
    await _amend(here, "2026-06-21", plan="Basic", difference=Difference.AT_ONCE)
    await here.bill("2026-06-21")
    difference = [("fee/1/0", -40_000), ("fee/2/0", 30_000), ("fee/3/0", 20_000)]
    assert (await _billed(here))[-1] == ("2026-06-21", difference)
    await here.bill("2026-07-01")
    assert (await _billed(here))[-1] == ("2026-07-01", [("fee/3/1", 60_000), ("work/main:w1/operational", 11_000)])


async def test_an_amendment_that_changes_no_fee_gets_no_document(here: Installation) -> None:
    await _june(here)
    await _amend(here, "2026-06-16", overrides={"standard": "80.00 EUR/h"})
    result = await here.bill("2026-06-16")
    assert [one.document for one in result.billed] == [None]
    await here.bill("2026-07-01")
    assert [day for day, _ in await _billed(here)] == ["2026-06-01", "2026-07-01"]
    await assert_sound(here.database)


async def test_late_amendments_of_a_contract_that_has_ended_are_billed_at_once_too(here: Installation) -> None:
    await here.contract(plan="Basic", start="2026-06-01", expiry=date(2026, 6, 30), difference=Difference.AT_ONCE)
    await here.record(work("w1", "2026-06-03 09:00", 60))
    await here.bill("2026-07-01")
    cheaper = {"fee": "300.00 EUR", "standard": "80.00 EUR/h"}
    await _amend(here, "2026-06-01", overrides=cheaper, now=at("2026-07-10"))
    await here.bill("2026-07-10")
    await here.bill("2026-07-11")
    assert (await _billed(here))[-2:] == [
        ("2026-07-10", [("fee/1/0", -60_000), ("fee/2/0", 30_000)]),
        ("2026-07-10", [("work/main:w1/operational", -3_000)]),
    ]
    assert (await here.bill("2026-07-12")).billed == ()
    await assert_sound(here.database)


async def test_the_preview_shows_the_document_at_once(here: Installation) -> None:
    await _june(here)
    await _amend(here, "2026-06-16", plan="Best")
    shown = await previews.preview(here.database, "C-1", now=at("2026-06-10"))
    assert isinstance(shown, Preview)
    assert (shown.boundary_on, shown.is_due, shown.draft.net) == (date(2026, 6, 16), False, 15_000)
    await here.bill("2026-06-16")
    issued = await here.body((await here.documents())[-1].number)
    assert {**issued, "number": "", "issued_on": "", "due_on": ""} == {
        **_json(shown.body),
        "number": "",
        "issued_on": "",
        "due_on": "",
    }


def _json(body: bytes) -> dict[str, Any]:
    shape: dict[str, Any] = json.loads(body)
    return shape


async def test_a_postpaid_fee_has_nothing_to_bill_at_once(here: Installation) -> None:
    await here.contract(plan="Open", start="2026-06-01", difference=Difference.AT_ONCE)
    await here.bill("2026-06-01")
    await _amend(here, "2026-06-16", overrides={"fee": "100.00 EUR"})
    assert [one.document for one in (await here.bill("2026-06-16")).billed] == [None]
    await here.bill("2026-07-01")
    assert (await _billed(here))[-1] == ("2026-07-01", [("fee/2/0", 5_000)])
