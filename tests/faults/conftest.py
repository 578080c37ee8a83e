import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tarifa.settings import Settings
from tests.databases import KINDS, a_database
from tests.faults.books import record
from tests.faults.processes import Outcome, finished, outcome, start_worker


@pytest.fixture(scope="session", params=KINDS)
def recorded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Settings]]:
    """A database of each kind with contracts and work, and nothing billed."""
    with a_database(request.param, tmp_path_factory.mktemp("recorded")) as settings:
        asyncio.run(record(settings))
        yield request.param, settings


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
