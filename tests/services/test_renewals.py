"""A contract that renews another takes over what its plan carries, and follows every change of it (D5.3, D6)."""

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tarifa.reading import closings
from tarifa.reading.pages import PageRequest
from tarifa.reading.scope import EVERYTHING
from tarifa.reading.views import ClosingView
from tarifa.services.amendments import amend_contract
from tarifa.services.contracts import create_contract
from tarifa.services.inputs import AmendmentInput, ContractInput, WorklogInput
from tarifa.services.results import Change, Recorded, Refused
from tarifa.settings import Settings
from tests.databases import KINDS, a_database
from tests.services.installation import BY, RECORDED, Installation, amounts, at, book, installed, work

EXPIRY = date(2026, 4, 30)
RENEWAL = ContractInput("C-2", "Acme Corp", "Care", date(2026, 5, 1), renewed_from="C-1", carries_over=True)


async def record(here: Installation, contract: ContractInput) -> Recorded | Refused:
    return await create_contract(here.database, contract, by=BY, now=RECORDED)


async def renewed(here: Installation, renewal: ContractInput = RENEWAL) -> None:
    await here.contract("C-1", "Care", "2026-03-01", expiry=EXPIRY)
    assert isinstance(await record(here, renewal), Recorded)


async def statements(here: Installation) -> dict[tuple[str, int], ClosingView]:
    found = (await closings.closings(here.database, EVERYTHING, PageRequest())).nodes
    return {(one.contract, one.cycle): one for one in found}


async def test_what_the_plan_carries_at_the_end_opens_the_renewal(here: Installation) -> None:
    await renewed(here)
    await here.record(work("w1", "2026-05-05 09:00", 13 * 60))
    await here.bill("2026-06-01", through=date(2026, 6, 1))
    found = await statements(here)
    assert (found["C-1", 1].carried_out, found["C-1", 1].left) == (12_000, 72_000)
    may = found["C-2", 0]
    assert (may.carried_in, may.brought_over, may.drawn, may.overage) == (12_000, 12_000, 72_000, 60)
    assert [(b.granted_in, b.last_cycle, b.left) for b in found["C-1", 1].buckets] == [(1, 2, 12_000)]


async def test_without_a_word_what_is_left_lapses(here: Installation) -> None:
    await renewed(here, replace(RENEWAL, carries_over=False))
    await here.bill("2026-06-01", through=date(2026, 6, 1))
    found = await statements(here)
    assert (found["C-1", 1].carried_out, found["C-2", 0].carried_in) == (0, 0)


async def test_a_top_up_with_life_left_goes_with_it(database_settings: Settings) -> None:
    [(name, content)] = book().items()
    text = content.replace(b"| adds |\n", b"| adds | lasts    |\n").replace(
        b"--|------|\n  | Extra", b"--|------|---|\n  | Extra"
    )
    async with installed(database_settings, files={name: text.replace(b"| 1 h  |", b"| 1 h  | 2 cycles |")}) as here:
        await renewed(here)
        await here.buy("t1", "C-1", at("2026-04-11"))
        await here.bill("2026-06-01", through=date(2026, 6, 1))
        found = await statements(here)
        assert set(found) == {("C-1", 0), ("C-1", 1), ("C-2", 0)}
        assert found["C-2", 0].brought_over == 18_000


async def test_late_work_in_the_old_contract_is_felt_in_the_renewal(here: Installation) -> None:
    await renewed(here)
    await here.record(work("w1", "2026-05-05 09:00", 12 * 60))
    await here.bill("2026-06-01", through=date(2026, 6, 1))
    await here.record(work("late", "2026-04-07 09:00", 12 * 60))
    await here.bill("2026-07-01")
    found = await statements(here)
    assert (found["C-1", 1].carried_out, found["C-2", 0].carried_in, found["C-2", 0].overage) == (0, 0, 120)
    [_, _, third] = await here.documents("C-2")
    assert ("work/main:w1/non-operational", 22_000) in amounts(await here.lines(third.number))
    assert (await here.bill("2026-07-01")).billed == ()


async def test_a_renewal_that_has_ended_follows_its_contract_all_the_same(here: Installation) -> None:
    await renewed(here, replace(RENEWAL, expiry=date(2026, 5, 31)))
    await here.record(work("w1", "2026-05-05 09:00", 12 * 60))
    await here.bill("2026-06-01", through=date(2026, 6, 1))
    await here.record(work("late", "2026-04-07 09:00", 12 * 60))
    await here.bill("2026-07-01")
    last = (await here.documents("C-2"))[-1]
    assert amounts(await here.lines(last.number)) == [("work/main:w1/non-operational", 22_000)]
    assert (await here.bill("2026-07-02")).billed == ()


async def test_a_contract_that_is_billed_to_its_end_can_be_renewed_afterwards(here: Installation) -> None:
    await here.contract("C-1", "Care", "2026-03-01", expiry=EXPIRY)
    await here.bill("2026-05-01", through=date(2026, 5, 1))
    await record(here, RENEWAL)
    await here.bill("2026-06-01", through=date(2026, 6, 1))
    assert (await statements(here))["C-2", 0].brought_over == 12_000


async def test_nothing_is_carried_once_the_old_contract_ends_on_another_day(here: Installation) -> None:
    await renewed(here)
    await here.bill("2026-06-01", through=date(2026, 6, 1))
    sooner = AmendmentInput("C-1", date(2026, 4, 1), expiry=date(2026, 3, 31))
    assert isinstance(await amend_contract(here.database, sooner, by=BY, now=RECORDED), Recorded)
    await here.bill("2026-07-01")
    found = await statements(here)
    assert (found["C-1", 0].carried_out, found["C-2", 0].carried_in) == (0, 0)


async def test_a_renewal_waits_until_its_contract_is_billed_to_its_end(here: Installation) -> None:
    await renewed(here)
    waits = await here.bill("2026-07-01")  # two boundaries of a contract, unasked
    assert [(one.contract, one.reason) for one in waits.parked] == [("C-1", "many-boundaries"), ("C-2", "not-closed")]
    await here.bill("2026-07-01", through=date(2026, 7, 1))
    assert (await statements(here))["C-2", 1].carried_in == 12_000


async def test_a_renewal_is_recorded_once(here: Installation) -> None:
    await renewed(here)
    again = await record(here, RENEWAL)
    assert isinstance(again, Recorded)
    assert again.change is Change.UNCHANGED
    assert isinstance(await record(here, replace(RENEWAL, carries_over=False)), Refused)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"renewed_from": "C-7"}, "there is no contract C-7 to renew"),
        ({"renewed_from": " C-2 "}, "it renews itself"),
        ({"renewed_from": None}, "names no contract that it renews"),
        ({"account": "Globex"}, "is with another account"),
        ({"start": date(2026, 5, 2)}, "leaves a gap; a renewal starts on 2026-05-01"),
        ({"start": date(2026, 4, 30)}, "overlaps it; a renewal starts on 2026-05-01"),
        ({"bill_from": date(2026, 6, 1)}, "bill it from its start on"),
        ({"renewed_from": "C-8"}, "is renewed by `C-9` already"),
        ({"renewed_from": "C-6", "start": date(2026, 3, 1)}, "its plan `Block` carries nothing over"),
        ({"renewed_from": "C-9", "account": "Globex"}, "contract `C-9` has no expiry"),
    ],
)
async def test_what_cannot_be_a_renewal_is_refused_and_nothing_is_recorded(
    here: Installation, wrong: dict[str, Any], says: str
) -> None:
    await here.account("Globex")
    await here.contract("C-1", "Care", "2026-03-01", expiry=EXPIRY)
    await here.contract("C-6", "Block", "2026-01-01", expiry=date(2026, 2, 28))
    await here.contract("C-8", "Care", "2026-01-01", account="Globex", expiry=date(2026, 1, 31))
    await here.contract("C-9", "Care", "2026-02-01", account="Globex", renewed_from="C-8")
    refused = await record(here, replace(RENEWAL, **wrong))
    assert isinstance(refused, Refused)
    [problem] = refused.problems
    assert says in problem.message
    assert await here.values("SELECT count(*) FROM contracts") == [4]


async def _billed(settings: Settings, sent: list[list[WorklogInput]], months: range) -> dict[str, Any]:
    async with installed(settings) as here:
        await here.contract("C-1", "Care", "2026-03-01", expiry=EXPIRY, late_window=None)
        second = replace(RENEWAL, expiry=date(2026, 6, 30), late_window=None)
        third = replace(RENEWAL, number="C-3", start=date(2026, 7, 1), renewed_from="C-2", late_window=None)
        assert isinstance(await record(here, second), Recorded)
        assert isinstance(await record(here, third), Recorded)
        for month in months:
            for rows in sent if len(months) == 1 else sent[month - 4 : month - 3]:
                await here.record(*rows)
            await here.bill(f"2026-{month:02d}-01", through=date(2026, month, 1))
        again = await here.bill("2026-09-01", through=date(2026, 9, 1))
        assert again.billed == ()
        sums = await here.database.rows(
            "SELECT c.number, i.item_key, sum(i.delta_amount) AS amount FROM items i JOIN contracts c"
            " ON c.id = i.contract_id GROUP BY 1, 2 HAVING sum(i.delta_amount) <> 0 ORDER BY 1, 2"
        )
        return {"sums": [tuple(row) for row in sums], "closings": await statements(here)}  # type: ignore[call-overload]  # the driver's rows


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", KINDS)
def test_renewals_month_by_month_with_late_work_equal_all_at_once(tmp_path: Path, kind: str, seed: int) -> None:
    random = Random(seed)  # noqa: S311  # a reproducible history, no secret
    sent: list[list[WorklogInput]] = []
    for month in range(3, 9):
        days = [f"2026-{random.randint(max(3, month - 3), month):02d}-{random.randint(1, 28):02d}" for _ in range(3)]
        sent.append([work(f"w{month}-{n}", f"{day} 10:00", random.randint(60, 330)) for n, day in enumerate(days)])
    with a_database(kind, tmp_path) as months:
        step_by_step = asyncio.run(_billed(months, sent, range(4, 10)))
    with a_database(kind, tmp_path) as once:
        assert step_by_step == asyncio.run(_billed(once, sent, range(9, 10)))
