import asyncio
import shutil
from pathlib import Path

import pytest

from tests.faults.late import CONTRACTS  # three batches
from tests.faults.processes import Outcome, finished, outcome, start_worker
from tests.services.installation import installed, work


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with contracts and work, and nothing billed."""
    path = tmp_path_factory.mktemp("recorded") / "tarifa.sqlite3"
    asyncio.run(_record(path))
    return path


async def _record(path: Path) -> None:
    plans = ("Care", "Open", "Block")
    async with installed(path) as here:
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
def fresh(recorded: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    path = tmp_path / "tarifa.sqlite3"
    shutil.copy(recorded, path)
    return path


@pytest.fixture(scope="session")
def undisturbed(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What one worker makes of it that nobody disturbs."""
    path = tmp_path_factory.mktemp("undisturbed") / "tarifa.sqlite3"
    shutil.copy(recorded, path)
    assert finished(start_worker(path)) == 0
    return outcome(path)
