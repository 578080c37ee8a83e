"""Worked cases of runs: late work, and runs that are repeated or die, on a real database."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from engine.facts import NoticeTerms
from engine.money import decimal_text
from tarifa.reading import notices
from tarifa.reading.pages import PageRequest
from tarifa.reading.scope import EVERYTHING
from tarifa.reading.views import NoticeView
from tarifa.services.amendments import amend_contract
from tarifa.services.inputs import AmendmentInput
from tarifa.services.notices import find_notices
from tarifa.services.results import Recorded
from tarifa.storage import opened
from tests.conformance.harness import CASES, TAX, pricing, ruleset
from tests.services.installation import BY, RECORDED, Installation, at, settings_for, work


@asynccontextmanager
async def installation(path: Path) -> AsyncIterator[Installation]:
    async with opened(settings_for(path), create=True) as database:
        yield Installation(database)


def rules(rate: str, version: str) -> dict[PurePath, bytes]:
    table = f"\ntable Hourly\n  | row | account || rate |\n  |--|--||--|\n  | H1 | - || €{rate}/h |\n"
    plans = """
plans
  | plan | mode     | measure | every | fee       | beyond |
  |------|----------|---------|-------|-----------|--------|
  | Open | postpaid | hours   | month | -         | rate   |
  | Flat | prepaid  | hours   | month | €1,250.00 | rate   |
  | Good | prepaid  | hours   | month | €600.00   | rate   |
  | Best | prepaid  | hours   | month | €900.00   | rate   |

plans
  | plan | mode     | measure | every | allowance | carry over | beyond    |
  |------|----------|---------|-------|-----------|------------|-----------|
  | Care | prepaid  | hours   | month | 10 h      | 4 h        | €130.00/h |
"""
    text = ruleset(table, plans, TAX, pricing(rate="Hourly.rate"), version=version)
    return {PurePosixPath("all.rules"): text.encode()}


async def prepared(here: Installation, *, plan: str, start: str, **others: Any) -> None:
    await here.publish(rules("110.00", "1"))
    await here.activate("2026-01-01", "fixture")
    await here.account("Acme Corp")
    await here.contract("C1", plan, start, **others)


async def test_l01_late_worklog_after_the_invoice_is_final(tmp_path: Path) -> None:
    expected = CASES["L01"]["expected"]
    async with installation(tmp_path / "tarifa.sqlite3") as here:
        await prepared(here, plan="Open", start="2026-03-01")
        await here.record(work("on time", "2026-03-03 09:00", 60))
        await here.bill("2026-04-01")
        [march] = await here.documents()
        as_issued = await here.body(march.number)
        await here.publish(rules("120.00", "2"))
        await here.activate("2026-04-01", "fixture")
        await here.record(work("late", "2026-03-28 10:00", 120))
        await here.bill("2026-05-01")
        april = (await here.documents())[-1]
        [line] = await here.lines(april.number)
        assert await here.body(march.number) == as_issued
    assert (line.service_from.isoformat(), line.service_to.isoformat()) == ("2026-03-01", "2026-03-31")
    assert decimal_text(line.amount, 2) == expected["adjustment"]
    assert decimal_text(april.tax, 2) == expected["tax"]
    assert decimal_text(april.total, 2) == expected["gross"]


async def test_l02_late_worklog_that_empties_a_carry_over_already_used(tmp_path: Path) -> None:
    expected = CASES["L02"]["expected"]
    async with installation(tmp_path / "tarifa.sqlite3") as here:
        await prepared(here, plan="Care", start="2026-03-01")
        await here.record(*(work(f"m{n}", f"2026-03-{n + 2:02} 09:00", 180) for n in range(3)))
        await here.record(work("a0", "2026-04-02 09:00", 300), work("a1", "2026-04-03 09:00", 360))
        await here.bill("2026-04-01")
        await here.bill("2026-05-01")
        before = [line.amount for one in await here.documents() for line in await here.lines(one.number)]
        await here.record(work("late", "2026-03-28 10:00", 120))
        await here.bill("2026-06-01")
        deltas = await here.lines((await here.documents())[-1].number)
    assert sum(before) == sum(expected["before"])
    by_cycle: dict[str, int] = {}
    for line in deltas:
        start = line.service_from.isoformat()
        by_cycle[start] = by_cycle.get(start, 0) + line.amount
    assert [decimal_text(by_cycle[start], 2) for start in ("2026-03-01", "2026-04-01")] == expected["delta"]
    assert decimal_text(sum(by_cycle.values()), 2) == expected["total_adjustment"]


async def test_c07_plan_upgrade_in_mid_cycle_billed_in_advance(tmp_path: Path) -> None:
    expected = CASES["C07"]["expected"]
    async with installation(tmp_path / "tarifa.sqlite3") as here:
        await prepared(here, plan="Good", start="2026-06-01")
        await here.bill("2026-06-01")
        upgrade = AmendmentInput("C1", date(2026, 6, 16), plan="Best")
        assert isinstance(await amend_contract(here.database, upgrade, by=BY, now=RECORDED), Recorded)
        await here.bill("2026-07-01")
        lines = await here.lines((await here.documents())[-1].number)
    june = {line.item_key: line.amount for line in lines if line.service_from.month == 6}
    assert decimal_text(june["fee/1/0"], 2) == expected["credit"]
    assert decimal_text(june["fee/2/0"], 2) == expected["charge"]
    assert decimal_text(sum(june.values()), 2) == expected["net"]


async def test_l05_invoice_job_runs_twice_or_dies_half_way(tmp_path: Path) -> None:
    expected = CASES["L05"]["expected"]
    path = tmp_path / "tarifa.sqlite3"
    async with installation(path) as here:
        await prepared(here, plan="Flat", start="2026-04-01")
    killed = worker(path, failpoint="after-lines")
    assert killed.returncode == -9, killed.stderr
    async with installation(path) as here:
        assert await here.documents() == ()
    for _ in range(2):
        again = worker(path)
        assert again.returncode == 0, again.stderr
    async with installation(path) as here:
        [document] = await here.documents()
    assert document.number.endswith("000001")
    assert (expected["invoices"], expected["numbers_used"]) == (1, 1)
    assert decimal_text(document.total, 2) == expected["total"]


def worker(path: Path, *, failpoint: str = "") -> subprocess.CompletedProcess[str]:
    """A worker of its own: does what is due through April 1, or dies where it is told."""
    command = [sys.executable, "-m", "tarifa", "worker", "--once", "--through", "2026-04-01", "--database", str(path)]
    environment = {**os.environ, "TARIFA_FAILPOINT": failpoint, "TARIFA_LEASE_SECONDS": "1"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


async def test_n01_usage_threshold_notice_fires_once(tmp_path: Path) -> None:
    expected = CASES["N01"]["expected"]["fired[worklog,percent]"]
    fired = []
    async with installation(tmp_path / "tarifa.sqlite3") as here:
        await prepared(here, plan="Care", start="2026-03-01", notices=NoticeTerms(usage=(80, 95)))
        for number, minutes in enumerate((300, 170, 20, 90), 1):
            await here.record(work(f"w{number}", f"2026-03-{number + 1:02} 09:00", minutes))
            for _ in range(2):
                found = await find_notices(here.database, now=at("2026-03-20"))
                fired += [[number, one.threshold] for one in found]
        named = [(one.worklog, one.threshold) for one in await notices_of(here)]
    assert fired == expected
    assert named == [("main:w3", 80), ("main:w4", 95)]


async def test_n01_is_told_of_the_work_that_crossed_each_threshold_when_all_came_at_once(tmp_path: Path) -> None:
    expected = CASES["N01"]["expected"]["fired[worklog,percent]"]
    async with installation(tmp_path / "tarifa.sqlite3") as here:
        await prepared(here, plan="Care", start="2026-03-01", notices=NoticeTerms(usage=(80, 95)))
        minutes = enumerate((300, 170, 20, 90), 1)
        await here.record(*(work(f"w{n}", f"2026-03-{n + 1:02} 09:00", m) for n, m in minutes))
        await find_notices(here.database, now=at("2026-03-20"))
        fired = [[int((one.worklog or "")[-1]), one.threshold] for one in await notices_of(here)]
    assert fired == expected


async def test_n02_expiry_notices_and_due_date(tmp_path: Path) -> None:
    expected = CASES["N02"]["expected"]
    async with installation(tmp_path / "tarifa.sqlite3") as here:
        terms = NoticeTerms(before_expiry=(30,), after_expiry=(2,))
        await prepared(here, plan="Open", start="2026-03-01", expiry=date(2026, 3, 31), due_days=15, notices=terms)
        await here.record(work("w", "2026-03-03 09:00", 60))
        told = {}
        for day in (date(2026, 2, 20) + timedelta(days=n) for n in range(60)):
            for one in await find_notices(here.database, now=at(day.isoformat())):
                told[one.kind] = day.isoformat()
                assert one.due_on == day
        await here.bill("2026-03-01")
        await here.bill("2026-04-01")
        [document] = await here.documents()
    assert told == {"before expiry": expected["before_30"], "after expiry": expected["after_2"]}
    assert document.due_date.isoformat() == expected["due"]


async def notices_of(here: Installation) -> tuple[NoticeView, ...]:
    return (await notices.notices(here.database, EVERYTHING, PageRequest())).nodes
