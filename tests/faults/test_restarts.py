"""The database's server goes down in mid-run and comes back: workers that live through it bill the rest, once."""

import asyncio
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tarifa.services.billing import BATCH
from tarifa.settings import Settings
from tests.databases import NO_SERVER, a_database, skip_loudly
from tests.faults.books import record
from tests.faults.processes import Outcome, finished, outcome, start_worker
from tests.servers import Server, a_server, binaries

AWAY = 0.5
"""Seconds for which the server is down."""

HALT = """
import time
from pathlib import Path
import tarifa.services.billing, tarifa.services.billing_write
flag, reached = Path("{flag}"), []

def halt(place):
    if place == "{place}" and not reached:
        reached.append(place)
        flag.touch()
        while flag.exists():
            time.sleep(0.01)

tarifa.services.billing.reach = tarifa.services.billing_write.reach = halt
"""
"""Before a worker starts: where it first reaches a place it stands still, with what it has open, until a file is gone."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    programs = binaries()
    if programs is None:
        skip_loudly(NO_SERVER)
    with a_server(programs) as made:
        yield made


@pytest.fixture(scope="module")
def recorded(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    with a_database("postgresql", tmp_path_factory.mktemp("recorded"), server=server.url) as settings:
        asyncio.run(record(settings, contracts=2 * BATCH))
        yield settings


@pytest.fixture(scope="module")
def undisturbed(server: Server, recorded: Settings, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    with a_database("postgresql", tmp_path_factory.mktemp("quiet"), like=recorded, server=server.url) as copy:
        assert finished(start_worker(copy)) == 0
        return outcome(copy)


@pytest.mark.parametrize(
    ("place", "how"),
    [
        pytest.param("after-settle", signal.SIGQUIT, id="crash-between-transactions"),
        pytest.param("before-commit", signal.SIGQUIT, id="crash-before-a-commit"),
        pytest.param("after-commit", signal.SIGQUIT, id="crash-after-a-commit"),
        pytest.param("before-commit", signal.SIGINT, id="shutdown-before-a-commit"),
    ],
)
def test_a_server_that_restarts_in_mid_run_loses_and_doubles_nothing(
    server: Server, recorded: Settings, undisturbed: Outcome, place: str, how: signal.Signals, tmp_path: Path
) -> None:
    with a_database("postgresql", tmp_path, like=recorded, server=server.url) as copy:
        flag = tmp_path / "reached"
        worker = start_worker(copy, before=HALT.format(place=place, flag=str(flag)))
        while not flag.exists():
            assert worker.poll() is None
            time.sleep(0.01)
        server.stop(how)
        time.sleep(AWAY)
        server.start()
        flag.unlink()
        assert finished(worker) == 0
        assert outcome(copy) == undisturbed
