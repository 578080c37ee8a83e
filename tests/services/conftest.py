from collections.abc import AsyncIterator

import pytest

from tarifa.settings import Settings
from tests.services.books import assert_sound
from tests.services.installation import Installation, installed


@pytest.fixture
async def here(database_settings: Settings) -> AsyncIterator[Installation]:
    """An installation; whatever a test did, its books agree in the end, and its documents can be computed once more."""
    async with installed(database_settings) as made:
        yield made
        await assert_sound(made.database)
