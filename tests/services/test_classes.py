"""Contracts of several classes: which one pays, and what happens when it is another one after all."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path, PurePath, PurePosixPath

import pytest

from tarifa.services.inputs import ActivationKind, RequestInput
from tests.services.installation import BOOK, Installation, amounts, installed, work

CLASSES = """table Pays
  | row | category  || class    |
  |-----|-----------||----------|
  | K1  | {project} || projects |
  | K9  | otherwise || main     |

table Rates"""


def classed(*, project: str = "Desktop", version: str = "1") -> dict[PurePath, bytes]:
    """The price book, in which work of one category belongs to projects."""
    text = BOOK.format(rate="100.00", version=version).replace("table Rates", CLASSES.format(project=project))
    declared = "  | category | request"
    text = text.replace(declared, "  | class | contract | choice | main, projects |\n" + declared)
    text = text.replace("pricing\n", "pricing\n", 1).replace(
        "  | rate        | Rates.rate        |", "  | rate        | Rates.rate        |\n  | class | Pays.class |"
    )
    return {PurePosixPath("book.rules"): text.encode()}


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(tmp_path / "tarifa.sqlite3", files=classed()) as made:
        await made.contract("C-main", "Open")
        await made.contract("C-projects", "Open", class_="Projects")
        yield made


async def _billed(here: Installation, contract: str) -> list[tuple[str, int]]:
    """Item keys and amounts of all documents of a contract, in order."""
    return [one for document in await here.documents(contract) for one in amounts(await here.lines(document.number))]


NETWORK, DESKTOP = 10_000, 5_000
"""What an hour costs, in cents."""
W1 = "work/main:w1/operational"


async def test_each_contract_pays_for_the_work_of_its_class(here: Installation) -> None:
    await here.record(work("w1", "2026-03-02 09:00", 60), work("w2", "2026-03-02 11:00", 60, category="Desktop"))
    await here.bill("2026-04-01")
    assert await _billed(here, "C-main") == [(W1, NETWORK)]
    assert await _billed(here, "C-projects") == [("work/main:w2/operational", DESKTOP)]


async def test_a_revision_that_changes_the_class_gives_back_on_one_contract_and_charges_on_the_other(
    here: Installation,
) -> None:
    await here.record(work("w1", "2026-03-02 09:00", 60))
    await here.bill("2026-04-01")
    moved = RequestInput("another", "incident", {"category": "Desktop"})
    await here.record(work("w1", "2026-03-02 09:00", 60, request=moved))
    await here.bill("2026-05-01")
    assert await _billed(here, "C-main") == [(W1, NETWORK), (W1, -NETWORK)]
    assert await _billed(here, "C-projects") == [(W1, DESKTOP)]
    await here.bill("2026-06-01")
    assert len(await here.documents()) == 3


async def test_new_facts_of_a_request_leave_billed_work_with_its_contract_unless_they_are_a_correction(
    here: Installation,
) -> None:
    request = RequestInput("r", "incident", {"category": "Network"})
    await here.record(work("w1", "2026-03-02 09:00", 60, request=request))
    await here.bill("2026-04-01")
    other = RequestInput("r", "incident", {"category": "Oddity"})
    await here.record(work("w2", "2026-04-02 09:00", 60, billable=False, request=other))
    await here.bill("2026-05-01")
    assert await _billed(here, "C-main") == [(W1, NETWORK)]

    corrected = RequestInput("r", "incident", {"category": "Desktop"}, is_correction=True)
    await here.record(work("w2", "2026-04-02 09:00", 60, billable=False, request=corrected))
    await here.bill("2026-06-01")
    assert await _billed(here, "C-main") == [(W1, NETWORK), (W1, -NETWORK)]
    assert await _billed(here, "C-projects") == [(W1, DESKTOP)]


async def test_a_repair_of_the_classes_moves_work_from_one_contract_to_the_other(here: Installation) -> None:
    await here.record(work("w1", "2026-03-02 09:00", 60))
    await here.bill("2026-04-01")
    await here.publish(classed(project="Network", version="2"))
    await here.activate("2026-03-01", kind=ActivationKind.REPAIR, reason="networks are projects")
    await here.bill("2026-05-01")
    assert await _billed(here, "C-main") == [(W1, NETWORK), (W1, -NETWORK)]
    assert await _billed(here, "C-projects") == [(W1, NETWORK)]


async def test_work_that_waited_for_its_class_is_billed_late_once_its_request_says_enough(here: Installation) -> None:
    unclear = RequestInput("r", "incident", {"category": "Nonsense"})
    await here.record(work("w1", "2026-03-02 09:00", 60, request=unclear))
    await here.bill("2026-04-01")
    assert await here.open_exceptions() == [("main:w1", "unknown-value")]
    clear = RequestInput("r", "incident", {"category": "Desktop"})
    await here.record(work("w2", "2026-04-02 09:00", 60, request=clear))
    await here.bill("2026-05-01")
    assert await here.open_exceptions() == []
    assert sorted(await _billed(here, "C-projects")) == [(W1, DESKTOP), ("work/main:w2/operational", DESKTOP)]


async def test_a_version_that_changes_the_classes_is_looked_at_for_work_that_nobody_touched(tmp_path: Path) -> None:
    async with installed(tmp_path / "tarifa.sqlite3", files=classed()) as here:
        await here.contract("C-main", "Open")
        await here.record(work("w1", "2026-03-02 09:00", 60))
        await here.bill("2026-03-10")
        assert await here.open_exceptions() == []
        await here.publish(classed(project="Network", version="2"))
        await here.activate("2026-03-01")
        await here.bill("2026-03-11")
        assert await here.open_exceptions() == [("main:w1", "no-contract")]
        await here.contract("C-projects", "Open", class_="projects")
        await here.bill("2026-04-01")
        assert await here.open_exceptions() == []
        assert await _billed(here, "C-projects") == [(W1, NETWORK)]


async def test_work_that_is_still_to_come_waits_until_its_time_has_come(here: Installation) -> None:
    await here.record(work("w1", "2026-03-20 09:00", 60, category="Nonsense"))
    await here.bill("2026-03-10")
    assert await here.open_exceptions() == [("main:w1", "in-future")]
    await here.bill("2026-03-21")
    assert await here.open_exceptions() == [("main:w1", "unknown-value")]
    await here.record(work("w1", "2027-03-20 09:00", 60))
    await here.bill("2026-03-22")
    assert await here.open_exceptions() == [("main:w1", "in-future")]
    await here.record(work("w1", "2026-03-20 09:00", 60))
    await here.bill("2026-04-01")
    assert await here.open_exceptions() == []
    assert await _billed(here, "C-main") == [(W1, NETWORK)]


async def test_a_version_without_a_class_in_use_is_not_activated(here: Installation) -> None:
    await here.publish({PurePosixPath("book.rules"): BOOK.format(rate="100.00", version="2").encode()})
    with pytest.raises(AssertionError, match=r"no-class.*C-projects"):
        await here.activate("2026-06-01")


async def test_a_late_contract_of_the_class_takes_the_work_that_another_one_paid(tmp_path: Path) -> None:
    async with installed(tmp_path / "tarifa.sqlite3") as here:
        await here.contract("C-account", "Open")
        await here.record(work("w1", "2026-03-02 09:00", 60))
        await here.bill("2026-04-01")
        await here.publish(classed(project="Network", version="2"))
        await here.activate("2026-03-01", kind=ActivationKind.REPAIR, reason="networks are projects")
        await here.bill("2026-05-01")
        assert await _billed(here, "C-account") == [(W1, 11_000), (W1, -11_000)]
        assert await here.open_exceptions() == [("main:w1", "no-contract")]
        await here.contract("C-projects", "Open", class_="projects")
        await here.bill("2026-05-02", through=date(2026, 5, 2))
        assert await _billed(here, "C-projects") == [(W1, NETWORK)]
        assert await here.open_exceptions() == []
