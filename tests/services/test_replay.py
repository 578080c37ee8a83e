"""What replaying tells of a document that is not as it was issued; that all others are equal, every test here sees to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from fractions import Fraction
from importlib.metadata import version

import pytest

from tarifa.services.credit_notes import issue_credit_note
from tarifa.services.inputs import ActivationKind, CreditInput, LineCreditInput
from tarifa.services.replay import Difference, NewRelease, Outcome, Replay, replay, replay_all
from tarifa.services.results import Recorded
from tarifa.settings import Settings
from tarifa.storage import Past, Pins
from tarifa.storage.past import UnpinnedTableError
from tests.services.books import tamper
from tests.services.installation import Installation, at, installed, work

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


async def test_credit_by_hand_is_computed_once_more_from_what_was_asked_for(
    billed: tuple[Installation, Settings],
) -> None:
    here, _ = billed
    await credit(here, "some", LineCreditInput(1, Fraction("10.01")))
    await here.record(work("w1", "2026-03-03 09:00", 45))
    await here.bill("2026-05-01")  # a correction, and then what is left of the line
    await credit(here, "all")
    await here.account(country="US")
    await here.activate("2026-03-01", kind=ActivationKind.REPAIR)
    replays = [one async for one in replay_all(here.database)]
    assert [(one.number, one.outcome, one.by_hand) for one in replays] == [
        ("CN-000001", Outcome.EQUAL, True),
        ("CN-000002", Outcome.EQUAL, False),
        ("CN-000003", Outcome.EQUAL, True),
        ("INV-000001", Outcome.EQUAL, False),
    ]
    assert await here.lines("CN-000003")  # something was left


async def test_credit_by_hand_that_was_changed_is_a_defect(billed: tuple[Installation, Settings]) -> None:
    here, settings = billed
    await credit(here, "some", LineCreditInput(1, Fraction("10.01")))
    await credit(here, "all")
    tamper(settings, "UPDATE lines SET amount = -9000 WHERE pos = 1 AND manual_reason = 'some'")
    told = await replay(here.database, "CN-000001")
    assert told is not None
    assert (told.outcome, told.problem) == (Outcome.DEFECT, "its lines are not what the person asked for")
    tamper(settings, "UPDATE lines SET net = net - 100 WHERE pos = 1 AND manual_reason IS NULL")
    told = await replay(here.database, "CN-000002")
    assert told is not None
    assert (told.outcome, told.by_hand, told.difference) == (
        Outcome.DEFECT,
        True,
        Difference("lines[0].amount", '"-99.99"', '"-98.99"'),
    )


async def test_credit_from_before_its_releases_were_kept_is_computed_once_more(
    billed: tuple[Installation, Settings],
) -> None:
    here, settings = billed
    await credit(here, "all")
    tamper(settings, "UPDATE credit_notes SET policy_seq = NULL, engine = NULL, tzdata = NULL")
    assert await replay(here.database, "CN-000001") == Replay("CN-000001", Outcome.EQUAL, by_hand=True)


async def credit(here: Installation, key: str, *lines: LineCreditInput) -> None:
    """Credit lines of the first invoice, or all of it; the reason is the key."""
    made = await issue_credit_note(
        here.database, CreditInput(key, "INV-000001", key, lines), by="the office", now=at("2026-04-20")
    )
    assert isinstance(made, Recorded), made


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
