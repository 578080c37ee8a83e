import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tarifa.settings import Settings
from tests.databases import KINDS, a_database
from tests.faults.late import CONTRACTS  # three batches
from tests.faults.processes import Outcome, finished, outcome, start_worker
from tests.services.installation import installed, work


@pytest.fixture(scope="session", params=KINDS)
def recorded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Settings]]:
    """A database of each kind with contracts and work, and nothing billed."""
    with a_database(request.param, tmp_path_factory.mktemp("recorded")) as settings:
        asyncio.run(_record(settings))
        yield request.param, settings


async def _record(settings: Settings) -> None:
    plans = ("Care", "Open", "Block")
    async with installed(settings) as here:
        rows = []
        for n in range(CONTRACTS):
            account = f"Account {n}"
            await here.account(account)
            await here.contract(f"C-{n:03d}", plans[n % 3], f"2026-0{3 + n % 3}-{1 + n % 28:02d}", account=account)
            for month in (3, 4, 5):
                start = f"2026-0{month}-{2 + n % 26:02d} {8 + n % 12:02d}:00"
                rows.append(work(f"w{n}-{month}", start, 30 + 7 * n % 600, account=account))
        batch = await here.record(*rows)
        assert batch.problems == ()


@pytest.fixture
def fresh(recorded: tuple[str, Settings], tmp_path: Path) -> Iterator[Settings]:
    """A copy of it."""
    kind, settings = recorded
    with a_database(kind, tmp_path, like=settings) as copy:
        yield copy


@pytest.fixture(scope="session")
def undisturbed(recorded: tuple[str, Settings], tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What one worker makes of it that nobody disturbs."""
    kind, settings = recorded
    with a_database(kind, tmp_path_factory.mktemp("undisturbed"), like=settings) as copy:
        assert finished(start_worker(copy)) == 0
        return outcome(copy)
