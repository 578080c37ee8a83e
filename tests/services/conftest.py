from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.installation import Installation, installed


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(tmp_path / "tarifa.sqlite3") as made:
        yield made
