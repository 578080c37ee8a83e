"""Documents of bill groups, while workers race and are killed: one document, one number, every contract on it once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tarifa.services import bill_groups
from tarifa.services.inputs import BillGroupInput
from tarifa.services.results import Recorded
from tarifa.settings import Settings
from tests.databases import KINDS, a_database
from tests.faults.processes import Outcome, finished, outcome, start_worker
from tests.services.installation import BY, RECORDED, installed, work

GROUPS = 6
EACH = 5
THROUGH = date(2026, 6, 1)


async def _record(settings: Settings) -> None:
    async with installed(settings) as here:
        for group in range(GROUPS):
            await here.account(f"Payer {group}")
            wanted = BillGroupInput(f"Group {group}", f"Payer {group}", "EUR")
            assert isinstance(await bill_groups.record_group(here.database, wanted, by=BY, now=RECORDED), Recorded)
        for n in range(GROUPS * EACH):
            await here.account(f"Account {n}")
            plan, group = ("Care", "Open", "Block")[n // GROUPS % 3], f"Group {n % GROUPS}"
            await here.contract(f"C-{n:03d}", plan, account=f"Account {n}", bill_group=group)
            rows = [
                work(f"w{n}-{month}", f"2026-0{month}-1{n % 9} 09:00", 30 + 7 * n, account=f"Account {n}")
                for month in (3, 4, 5)
            ]
            assert not (await here.record(*rows)).problems


@pytest.fixture(scope="module", params=KINDS)
def grouped(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Settings]]:
    """A database of each kind with bill groups, and nothing billed."""
    with a_database(request.param, tmp_path_factory.mktemp("grouped")) as settings:
        asyncio.run(_record(settings))
        yield request.param, settings


@pytest.fixture(scope="module")
def expected(grouped: tuple[str, Settings], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What one worker makes of it that nobody disturbs."""
    kind, settings = grouped
    with a_database(kind, tmp_path_factory.mktemp("expected"), like=settings) as copy:
        assert finished(start_worker(copy, through=THROUGH)) == 0
        made = outcome(copy)
    keys = sorted(str(body["key"]) for body in made.documents)
    assert keys == sorted(f"group/Group {n}/2026-0{month}-01" for n in range(GROUPS) for month in (3, 4, 5, 6))
    return made


@pytest.fixture
def fresh_groups(grouped: tuple[str, Settings], tmp_path: Path) -> Iterator[Settings]:
    kind, settings = grouped
    with a_database(kind, tmp_path, like=settings) as copy:
        yield copy


@pytest.mark.parametrize(
    "failpoint", ["after-settle", "after-number", "after-documents", "before-commit", "after-commit"]
)
def test_a_worker_killed_anywhere_leaves_whole_documents_of_groups(
    fresh_groups: Settings, expected: Outcome, failpoint: str
) -> None:
    assert finished(start_worker(fresh_groups, failpoint=failpoint, through=THROUGH)) == -9
    assert finished(start_worker(fresh_groups, through=THROUGH)) == 0
    assert outcome(fresh_groups) == expected


def test_workers_at_once_bill_every_group_once(fresh_groups: Settings, expected: Outcome) -> None:
    workers = [start_worker(fresh_groups, through=THROUGH) for _ in range(3)]
    assert [finished(worker) for worker in workers] == [0, 0, 0]
    assert outcome(fresh_groups) == expected
