"""What the next hour would cost is what it costs once it is done and billed."""

from __future__ import annotations

from datetime import date

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


@pytest.mark.parametrize("bills_to", [None, "2026-05-01"])
async def test_a_renewal_knows_what_the_contract_before_would_hand_over_before_that_is_closed(
    here: Installation, bills_to: str | None
) -> None:
    """Of April's ten hours two are carried over into May, which is asked for twelve hours and a half."""
    await here.contract("C-1", "Care", "2026-04-01", expiry=date(2026, 4, 30))
    await here.contract("C-2", "Care", "2026-05-01", renewed_from="C-1", carries_over=True)
    if bills_to is not None:
        await here.bill(bills_to, through=date.fromisoformat(bills_to))
    asked = Question("C-2", "2026-05-05 08:00", 750, fields={"category": "Network", "request": "incident"})
    told = await next_hour(here.database, EVERYTHING, asked)
    assert isinstance(told, NextHour)
    assert told.covered == 720
