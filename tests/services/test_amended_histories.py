"""However contracts are amended while they are billed, it comes to the same as had all been agreed before."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine.facts import Difference
from tarifa.reading import closings
from tarifa.reading.pages import PageRequest
from tarifa.reading.scope import EVERYTHING
from tarifa.services import amendments
from tarifa.services.inputs import AmendmentInput, Kept, WorklogInput
from tarifa.settings import Settings
from tests.databases import KINDS, a_database
from tests.services.books import assert_sound
from tests.services.installation import BY, RECORDED, Installation, book_with_request_charges, installed
from tests.services.test_histories import THROUGH, History, _as_it_stands

STARTS = {"A-1": date(2026, 3, 1), "G-1": date(2026, 3, 5)}


def _amendments(random: Random) -> list[list[AmendmentInput]]:
    """Two for each month from April on: a change of terms, or another end; of days up to two months ago."""
    return [[], *([_amendment(random, month, f"{month}-{n}") for n in range(2)] for month in range(4, 8))]


def _amendment(random: Random, month: int, key: str) -> AmendmentInput:
    number = random.choice(tuple(STARTS))
    day = max(STARTS[number], date(2026, month, 1) + timedelta(days=random.randint(-60, 45)))
    when = random.choice((None, *Difference))
    blank = AmendmentInput(number, day, request_key=key, expiry=Kept.AS_IT_IS, difference=when)
    what = random.choice(("plan", "overrides", "suspended", "end", "end"))
    if what == "plan":
        return replace(blank, plan=random.choice(("Care", "Block", "Open")))
    if what == "overrides":
        return replace(blank, overrides=random.choice(({}, {"standard": "80.00 EUR/h"})))
    if what == "suspended":
        return replace(blank, suspended=random.choice((True, False)))
    end = date(2026, month, 1) + timedelta(days=random.randint(-45, 60))
    return replace(blank, effective_from=STARTS[number], expiry=random.choice((None, max(end, STARTS[number]))))


async def _ready(here: Installation) -> None:
    await here.account("Globex")
    await here.account("Acme Corp")
    await here.contract("A-1", "Care", "2026-03-01", account="Acme Corp", late_window=None)
    await here.contract("G-1", "Block", "2026-03-05", account="Globex", late_window=None)


async def _amend(here: Installation, those: Sequence[AmendmentInput]) -> None:
    """Some are refused, of days after the end: in both histories the same ones."""
    for one in those:
        await amendments.amend_contract(here.database, one, by=BY, now=RECORDED)


async def _stands(here: Installation) -> dict[str, Any]:
    page = await closings.closings(here.database, EVERYTHING, PageRequest(100))
    return {**await _as_it_stands(here), "closings": page.nodes}


def _on_no_site(rows: Sequence[WorklogInput]) -> list[WorklogInput]:
    return [replace(row, site=None) for row in rows]


async def _month_by_month(
    settings: Settings, sent: Sequence[Sequence[WorklogInput]], amended: Sequence[Sequence[AmendmentInput]]
) -> dict[str, Any]:
    async with installed(settings, files=book_with_request_charges()) as here:
        await _ready(here)
        for month, (rows, those) in enumerate(zip(sent, amended, strict=True), 3):
            await _amend(here, those)
            await here.record(*_on_no_site(rows))
            await here.bill(f"2026-0{month}-20", through=date(2026, month, 20))  # what is due at once
            await here.bill(f"2026-0{month + 1}-01", through=date(2026, month + 1, 1))
        await here.bill("2026-08-02", through=THROUGH)
        again = await here.bill("2026-08-02", through=THROUGH)
        assert (again.billed, again.parked) == ((), ())
        await assert_sound(here.database)
        return await _stands(here)


async def _at_once(
    settings: Settings, latest: Sequence[WorklogInput], amended: Sequence[Sequence[AmendmentInput]]
) -> dict[str, Any]:
    async with installed(settings, files=book_with_request_charges()) as here:
        await _ready(here)
        for those in amended:
            await _amend(here, those)
        await here.record(*_on_no_site(latest))
        await here.bill("2026-08-02", through=THROUGH)
        return await _stands(here)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", KINDS)
def test_amending_while_billing_comes_to_the_same_as_amending_before(tmp_path: Path, kind: str, seed: int) -> None:
    history = History(Random(seed))  # noqa: S311  # a reproducible history, no secret
    history.write()
    amended = _amendments(history.random)
    with a_database(kind, tmp_path) as months:
        step_by_step = asyncio.run(_month_by_month(months, history.sent, amended))
    latest = [row for row in history.latest.values() if not row.voided]
    with a_database(kind, tmp_path) as once:
        assert step_by_step == asyncio.run(_at_once(once, latest, amended))
