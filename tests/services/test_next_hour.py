"""What the next hour would cost is what it costs once it is done and billed."""

from __future__ import annotations

import pytest

from tarifa.reading.next_hour import NextHour, Question, next_hour
from tarifa.reading.scope import EVERYTHING
from tests.services.installation import Installation, amounts, work


@pytest.mark.parametrize(("plan", "covered", "amount"), [("Care", 30, 5_500), ("Open", 0, 11_000), ("Block", 0, 0)])
async def test_the_answer_is_what_is_billed_for_it(here: Installation, plan: str, covered: int, amount: int) -> None:
    await here.contract(plan=plan)
    await here.record(work("before", "2026-03-03 08:00", 570))
    asked = Question("C-1", "2026-03-20 10:00", 60, fields={"category": "Network", "request": "incident"})
    told = await next_hour(here.database, EVERYTHING, asked)
    assert isinstance(told, NextHour)
    assert (told.covered, told.amount) == (covered, amount)
    assert (told.waits is not None) == (plan == "Block")
    await here.record(work("done", "2026-03-20 10:00", 60))
    await here.bill("2026-03-01")
    await here.bill("2026-04-01")
    lines = amounts(await here.lines((await here.documents())[-1].number))
    assert sum(cents for key, cents in lines if key.startswith("work/main:done")) == amount
