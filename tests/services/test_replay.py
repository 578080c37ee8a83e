"""What replaying tells of a document that is not as it was issued; that all others are equal, every test here sees to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib.metadata import version

import pytest

from tarifa.services.inputs import ActivationKind
from tarifa.services.replay import Difference, NewRelease, Outcome, Replay, replay, replay_all
from tarifa.settings import Settings
from tarifa.storage import Past, Pins
from tarifa.storage.past import UnpinnedTableError
from tests.services.books import tamper
from tests.services.installation import Installation, installed, work

BY_ANOTHER = "UPDATE settlements SET engine = '0.0.1'"
LONGER = "UPDATE worklog_revs SET seconds = 7200"


@pytest.fixture
async def billed(database_settings: Settings) -> AsyncIterator[tuple[Installation, Settings]]:
    """A contract billed twice, with an hour of work on its second document."""
    async with installed(database_settings) as here:
        await here.contract(plan="Open")
        await here.record(work("w1", "2026-03-03 09:00", 60))
        await here.bill("2026-04-01")
        yield here, database_settings


async def test_what_was_recorded_since_does_not_count(billed: tuple[Installation, Settings]) -> None:
    here, _ = billed
    await here.account(country="US")
    await here.record(work("w1", "2026-03-03 09:00", 240), work("w2", "2026-03-05 09:00", 60))
    await here.activate("2026-03-01", kind=ActivationKind.REPAIR)
    assert [one.outcome async for one in replay_all(here.database)] == [Outcome.EQUAL]


async def test_a_fact_that_was_changed_is_a_defect_and_the_first_member_that_differs_is_told(
    billed: tuple[Installation, Settings],
) -> None:
    here, settings = billed
    tamper(settings, LONGER)
    assert await replay(here.database, "INV-000001") == Replay(
        "INV-000001", Outcome.DEFECT, Difference("closings[0].overage", '"60"', '"120"')
    )


async def test_what_another_release_makes_otherwise_is_no_defect(billed: tuple[Installation, Settings]) -> None:
    here, settings = billed
    tamper(settings, BY_ANOTHER)
    releases = (NewRelease("engine", "0.0.1", version("tarifa")),)
    assert await replay(here.database, "INV-000001") == Replay("INV-000001", Outcome.EQUAL, releases=releases)

    tamper(settings, LONGER)
    told = await replay(here.database, "INV-000001")
    assert told is not None
    assert (told.outcome, told.releases) == (Outcome.OTHER_RELEASE, releases)


async def test_a_document_that_cannot_be_computed_says_why(billed: tuple[Installation, Settings]) -> None:
    here, settings = billed
    tamper(settings, "UPDATE contracts SET zone = 'Europe/Atlantis'")
    told = await replay(here.database, "INV-000001")
    assert told is not None
    assert (told.outcome, told.difference) == (Outcome.DEFECT, None)
    assert "Europe/Atlantis" in str(told.problem)


async def test_there_is_nothing_to_tell_of_a_number_that_was_not_given(here: Installation) -> None:
    assert await replay(here.database, "INV-000001") is None


async def test_work_that_waited_in_time_is_not_too_late_when_it_is_computed_once_more(here: Installation) -> None:
    """It no longer waits: what the settlement knew of it is pinned, for the list of exceptions has moved on."""
    await here.contract(plan="Open", late_window=0)
    await here.record(work("w1", "2026-03-03 09:00", 60, category="Oddity"))
    for month in (4, 5, 6):
        await here.bill(f"2026-0{month}-01")
    await here.record(work("w1", "2026-03-03 09:00", 60))
    await here.bill("2026-07-01")
    assert (await here.documents())[-1].total > 0
    assert await here.open_exceptions() == []


async def test_a_reader_that_asks_for_what_is_not_pinned_is_refused(here: Installation) -> None:
    past = Past(here.database, Pins("contract", 1, "account", 1, 1))
    with pytest.raises(UnpinnedTableError, match="events"):
        await past.rows("WITH want (id) AS (VALUES (1)) SELECT e.kind FROM want w JOIN events e ON e.at = w.id")
