"""What all tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tarifa.settings import Settings
from tests.databases import KINDS, a_database, server_told

# Machines are noisy, and speed is measured in benchmarks/; where `CI` is set, we search as we do elsewhere.
settings.register_profile("tarifa", deadline=None, derandomize=False)
settings.load_profile("tarifa")


@pytest.fixture(params=KINDS)
def database_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """An empty database, of each kind in turn."""
    with a_database(request.param, tmp_path) as made:
        yield made


def pytest_report_header() -> str:
    """Say which server the tests run on."""
    return server_told()
