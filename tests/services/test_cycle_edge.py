"""Work over the edge of a cycle that is split there (D4.10), on a real database."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import PurePath, PurePosixPath

import pytest

from tarifa.services.inputs import RequestInput
from tarifa.settings import Settings
from tests.services.installation import Installation, amounts, book, installed, work

OVER = "2026-03-31 23:30"


def _splitting(version: str = "1") -> dict[PurePath, bytes]:
    [(name, content)] = book(version=version).items()
    return {PurePosixPath(name): content.replace(b"  currency  EUR\n", b"  currency  EUR\n  cycle edge  split\n")}


@pytest.fixture
async def split(database_settings: Settings) -> AsyncIterator[Installation]:
    async with installed(database_settings, files=_splitting()) as installation:
        await installation.contract(plan="Open", start="2026-03-01")
        yield installation


async def _lines(here: Installation, document: int) -> list[tuple[str, int]]:
    return amounts(await here.lines((await here.documents())[document].number))


async def test_each_cycle_is_billed_its_part_of_the_work(split: Installation) -> None:
    await split.record(work("a", OVER, 60))
    await split.bill("2026-04-01")
    await split.bill("2026-05-01")
    await split.bill("2026-06-01")
    assert [await _lines(split, n) for n in range(2)] == [
        [("work/main:a/non-operational/0", 5_500)],
        [("work/main:a/non-operational/1", 5_500)],
    ]
    assert len(await split.documents()) == 2


async def test_late_work_over_the_edge_of_a_billed_cycle_is_billed_in_both(split: Installation) -> None:
    await split.record(work("in time", "2026-04-10 09:00", 60))
    await split.bill("2026-05-01", through=date(2026, 5, 1))
    await split.record(work("a", OVER, 60))
    await split.bill("2026-06-01")
    assert await _lines(split, 1) == [
        ("work/main:a/non-operational/0", 5_500),
        ("work/main:a/non-operational/1", 5_500),
    ]


async def test_facts_are_frozen_for_both_parts_when_the_first_is_billed(split: Installation) -> None:
    await split.record(work("a", OVER, 60))
    await split.bill("2026-04-01")
    desktop = RequestInput("r-a", "incident", {"category": "Desktop"})  # at half the price, and no correction
    await split.record(work("b", "2026-04-10 09:00", 60, request=desktop))
    await split.bill("2026-05-01")
    assert await _lines(split, 1) == [
        ("work/main:a/non-operational/1", 5_500),
        ("work/main:b/operational", 5_500),
    ]


async def test_work_that_no_longer_reaches_over_the_edge_is_given_back_there(split: Installation) -> None:
    await split.record(work("a", OVER, 60))
    await split.bill("2026-05-01", through=date(2026, 5, 1))
    await split.record(work("a", OVER, 30))
    await split.bill("2026-06-01")
    assert sorted(await _lines(split, -1)) == [
        ("work/main:a/non-operational", 5_500),
        ("work/main:a/non-operational/0", -5_500),
        ("work/main:a/non-operational/1", -5_500),
    ]


async def test_what_runs_past_the_end_of_a_contract_stays_in_its_last_cycle(database_settings: Settings) -> None:
    async with installed(database_settings, files=_splitting()) as here:
        await here.contract(plan="Open", start="2026-03-01", expiry=date(2026, 3, 31))
        await here.record(work("a", OVER, 60))
        await here.bill("2026-05-01")
        assert [one.net for one in await here.documents()] == [11_000]


async def test_work_that_is_too_late_waits_on_where_a_newer_version_splits(database_settings: Settings) -> None:
    async with installed(database_settings) as here:
        await here.publish(_splitting("2"))
        await here.activate("2026-06-01", version=2)
        await here.contract(plan="Open", start="2026-03-01")
        await here.bill("2026-09-01", through=date(2026, 9, 1))
        await here.record(work("whole", OVER, 60))
        await here.bill("2026-10-01")
        await here.record(work("april", "2026-04-10 09:00", 60))  # so that April is looked at again, and March is not
        await here.bill("2026-11-01")
        assert await here.open_exceptions() == [("main:april", "too-late"), ("main:whole", "too-late")]
