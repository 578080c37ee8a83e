"""What is charged beside the time of a worklog: extras and the way (D4.9)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest

from tarifa.services import amendments
from tarifa.services.inputs import AmendmentInput, ExtraInput
from tarifa.settings import Settings
from tests.services.installation import BOOK, BY, RECORDED, Installation, amounts, book, installed, work

TRAVEL = BOOK.replace(
    "  | round up to | Steps.round up to |",
    "  | round up to | Steps.round up to |\n  | travel      | distance * 0.36 EUR |",
)
PARTS = ExtraInput("Parts", "35.00")


@pytest.fixture
async def here(database_settings: Settings) -> AsyncIterator[Installation]:
    text = TRAVEL.format(rate="120.00", version="1")
    async with installed(database_settings, files={next(iter(book())): text.encode()}) as made:
        yield made


def _visit(**others: Any) -> Any:
    return work("w1", "2026-03-03 09:00", 60, fields={"distance": "42"}, **{"extras": (PARTS,), **others})


async def _lines(here: Installation) -> list[tuple[str, int]]:
    return amounts(await here.lines((await here.documents())[-1].number))


async def test_travel_and_extras_are_charged_beside_the_time(here: Installation) -> None:
    """B05: 1 h at 120, 42 km at 0.36, parts for 35: 170.12."""
    await here.contract(plan="Open")
    await here.record(_visit())
    await here.bill("2026-04-01")
    assert await _lines(here) == [
        ("work/main:w1/operational", 12_000),
        ("travel/main:w1", 1_512),
        ("extra/main:w1/parts", 3_500),
    ]
    assert (await here.documents())[-1].net == 17_012


async def test_of_work_that_is_not_billable_travel_and_extras_still_are(here: Installation) -> None:
    """B05, its variant: 50.12."""
    await here.contract(plan="Open")
    await here.record(_visit(billable=False))
    await here.bill("2026-04-01")
    assert await _lines(here) == [("travel/main:w1", 1_512), ("extra/main:w1/parts", 3_500)]
    assert (await here.bill("2026-04-02")).billed == ()


async def test_an_extra_that_is_not_billable_is_not_charged(here: Installation) -> None:
    await here.contract(plan="Open")
    await here.record(work("w1", "2026-03-03 09:00", 60, extras=(ExtraInput("Taxi", "12.50", billable=False),)))
    await here.bill("2026-04-01")
    assert await _lines(here) == [("work/main:w1/operational", 12_000)]


async def test_taking_an_extra_away_gives_that_one_back(here: Installation) -> None:
    await here.contract(plan="Open")
    taxi, again = ExtraInput("Taxi", "12.50"), ExtraInput("taxi", "10.00")
    await here.record(_visit(extras=(PARTS, taxi, again)))
    await here.bill("2026-04-01")
    await here.record(_visit(extras=(taxi, again)))
    await here.bill("2026-05-01")
    assert await _lines(here) == [("extra/main:w1/parts", -3_500)]


async def test_the_same_extras_again_are_no_revision_and_others_are(here: Installation) -> None:
    assert [one.change for one in (await here.record(_visit())).recorded] == ["new"]
    assert [one.change for one in (await here.record(_visit())).recorded] == ["unchanged"]
    assert [one.change for one in (await here.record(_visit(extras=()))).recorded] == ["revised"]


async def test_charged_work_beside_no_contract_waits_though_its_time_is_not_billable(here: Installation) -> None:
    await here.record(_visit(billable=False), work("w2", "2026-03-03 09:00", 60, billable=False))
    await here.bill("2026-04-01")
    assert await here.open_exceptions() == [("main:w1", "no-contract")]
    await here.contract(plan="Open")
    given = AmendmentInput("C-1", date(2026, 3, 1), expiry=date(2026, 3, 31))
    await amendments.amend_contract(here.database, given, by=BY, now=RECORDED)
    await here.bill("2026-04-02")
    assert await here.open_exceptions() == []


@pytest.mark.parametrize(
    ("label", "amount", "words"),
    [
        ("Parts", "-1", "has no amount that can be charged: `-1`"),
        ("Parts", "1e3", "`1e3`"),
        ("Parts", "", "write it as `35.00`"),
        (" ", "35.00", "has no label"),
        ("a\nb", "35.00", "cannot be the label"),
    ],
)
async def test_an_extra_that_cannot_be_charged_is_refused_with_its_worklog(
    here: Installation, label: str, amount: str, words: str
) -> None:
    batch = await here.record(_visit(extras=(ExtraInput(label, amount),)))
    (problem,) = batch.problems
    assert (problem.code, problem.field) == ("bad-extra", "extras")
    assert words in problem.message
