"""What all tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tarifa.settings import Settings
from tests.databases import KINDS, a_database

settings.register_profile("tarifa", deadline=None)  # machines are noisy; speed is measured in benchmarks/
settings.load_profile("tarifa")


@pytest.fixture(params=KINDS)
def database_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """An empty database, of each kind in turn."""
    with a_database(request.param, tmp_path) as made:
        yield made
