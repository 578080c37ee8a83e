from collections.abc import AsyncIterator

import pytest

from tarifa.settings import Settings
from tests.services.installation import Installation, installed


@pytest.fixture
async def here(database_settings: Settings) -> AsyncIterator[Installation]:
    async with installed(database_settings) as made:
        yield made
