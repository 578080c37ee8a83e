"""Items sold by the piece: how many there are, from which day on, and who says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from engine.formulas import Unit
from engine.model import Origin, RecurringItem
from tarifa.services import quantities, rulesets, timelines
from tarifa.services.inputs import ActivationInput, OnChange, QuantityInput
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.settings import Settings
from tests.engine.rulesets import eur
from tests.services.installation import BY, RECORDED, Installation, amounts, book, installed

SEATS = RecurringItem("seat", "Seat", eur(Unit.MONEY, "12.50"), peak=False, origin=Origin("book.rules", 1))
PEAK = replace(SEATS, name="peak seat", label="Peak seat", peak=True)


@pytest.fixture
async def here(database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Installation]:
    """The price book with two items, put into the version that is loaded, since the language has no block for them."""
    async with installed(database_settings, files=book(version="with items")) as made:
        (digest,) = await made.values("SELECT source_digest FROM ruleset_versions")
        version = timelines._loaded[digest]
        items = {one.name: one for one in (SEATS, PEAK)}
        monkeypatch.setitem(timelines._loaded, digest, replace(version, ruleset=replace(version.ruleset, items=items)))
        yield made


async def _set(
    here: Installation, id_: str, day: str, count: int, *, on_change: OnChange = OnChange.REJECT, **others: Any
) -> Recorded | Refused:
    given = QuantityInput(
        **{"contract": "C-1", "item": "Seat", "effective_from": date.fromisoformat(day), "quantity": count,
           "external_id": id_, **others}
    )  # fmt: skip
    return await quantities.set_quantity(here.database, given, by=BY, now=RECORDED, on_change=on_change)


async def _counted(here: Installation, *counts: tuple[str, str, int], **others: Any) -> None:
    for id_, day, count in counts:
        assert isinstance(made := await _set(here, id_, day, count, **others), Recorded), made


def _only(refused: Recorded | Refused) -> Problem:
    assert isinstance(refused, Refused), refused
    (problem,) = refused.problems
    return problem


async def _last(here: Installation) -> list[tuple[str, int]]:
    return sorted(amounts(await here.lines((await here.documents())[-1].number)))


AUGUST = (("a", "2026-08-01", 40), ("b", "2026-08-11", 45), ("c", "2026-08-26", 42))


async def test_seats_that_come_and_go_are_charged_by_the_day(here: Installation) -> None:
    """C08: 40 seats at 12.50, 5 more from 11 August, 3 fewer from 26 August: 500.00 + 42.34 - 7.26 = 535.08."""
    await here.contract(plan="Open", start="2026-08-01", expiry=date(2026, 8, 31))
    await _counted(here, *AUGUST)
    await here.bill("2026-09-01", through=date(2026, 9, 1))
    assert await _last(here) == [
        ("recurring/seat/main:a/0", 50_000),
        ("recurring/seat/main:b/0", 4_234),
        ("recurring/seat/main:c/0", -726),
    ]
    assert (await here.documents())[-1].net == 53_508


async def test_the_highest_count_of_a_cycle_is_charged_where_the_item_says_so(here: Installation) -> None:
    """C08, by the high-water mark: 562.50."""
    await here.contract(plan="Open", start="2026-08-01", expiry=date(2026, 8, 31))
    await _counted(here, *AUGUST, item="Peak seat")
    await here.bill("2026-09-01", through=date(2026, 9, 1))
    assert await _last(here) == [("recurring/peak seat/peak/0", 56_250)]


async def test_seats_are_billed_ahead_and_a_late_count_is_made_good(here: Installation) -> None:
    await here.contract(plan="Care", start="2026-08-01")
    await _counted(here, ("a", "2026-08-01", 40))
    await here.bill("2026-09-01", through=date(2026, 9, 1))
    assert ("recurring/seat/main:a/1", 50_000) in await _last(here)
    await _counted(here, ("b", "2026-08-11", 45))
    await here.bill("2026-10-01")
    assert await _last(here) == [
        ("fee/1/2", 100_000),
        ("recurring/seat/main:a/1", -50_000),
        ("recurring/seat/main:b/0", 4_234),
        ("recurring/seat/main:b/1", 56_250),
        ("recurring/seat/main:b/2", 56_250),
    ]
    assert (await here.bill("2026-10-02")).billed == ()


async def test_a_corrected_count_moves_what_it_changed(here: Installation) -> None:
    await here.contract(plan="Open", start="2026-08-01")
    await _counted(here, *AUGUST)
    await here.bill("2026-09-01")
    await _set(here, "c", "2026-08-26", 45, on_change=OnChange.REVISE)
    await _counted(here, ("d", "2026-09-01", 0))
    await here.bill("2026-10-01")
    assert await _last(here) == [("recurring/seat/main:c/0", 726), ("recurring/seat/main:d/1", 0)]


async def test_a_count_is_on_record_once_and_revised_only_where_asked(here: Installation) -> None:
    await here.contract()
    assert await _set(here, "a", "2026-03-01", 3) == Recorded("main:a", Change.NEW)
    assert await _set(here, " a ", "2026-03-01", 3) == Recorded("main:a", Change.UNCHANGED)
    assert _only(await _set(here, "a", "2026-03-01", 4)).code == "quantity-exists"
    again = await _set(here, "a", "2026-03-01", 3, evidence={"report": "7"}, on_change=OnChange.REVISE)
    assert again == Recorded("main:a", Change.REVISED, 2)
    assert await _set(here, "a", "2026-03-01", 4, source="psa") == Recorded("psa:a", Change.NEW)
    assert await here.values("SELECT count(*) FROM quantities") == [3]


@pytest.mark.parametrize(
    ("others", "code", "words"),
    [
        ({"item": "Seats"}, "no-item", "did you mean `Seat`?"),
        ({"item": "zzz"}, "no-item", "it has Seat, Peak seat"),
        ({"contract": "C-9"}, "unknown-contract", ""),
        ({"effective_from": date(2026, 2, 28)}, "not-in-force", "choose a day of the contract"),
        ({"quantity": -1}, "bad-quantity", "give a whole number from 0"),
        ({"quantity": 10**12}, "bad-quantity", "give a whole number from 0"),
        ({"source": "PSA!"}, "bad-source", "use a name such as"),
        ({"external_id": " "}, "blank-name", "give it one"),
        ({"evidence": {"file": "x" * 3000}}, "long-evidence", "keep the rest where it is"),
    ],
)
async def test_a_count_that_cannot_be_is_refused_with_its_remedy(
    here: Installation, others: dict[str, Any], code: str, words: str
) -> None:
    await here.contract()
    others = dict(others)  # the same one comes again for each kind of database
    given = {"count": others.pop("quantity", 3), "day": others.pop("effective_from", date(2026, 3, 1)).isoformat()}
    id_ = others.pop("external_id", "a")
    problem = _only(await _set(here, id_, given["day"], given["count"], **others))
    assert problem.code == code
    assert words in problem.remedy
    assert await here.values("SELECT count(*) FROM quantities") == [0]


async def test_a_version_without_an_item_in_use_cannot_be_activated(here: Installation) -> None:
    await here.contract()
    await _counted(here, ("a", "2026-03-01", 3))
    await here.publish(book(version="2"))
    given = ActivationInput("book", date(2026, 6, 1))
    refused = await rulesets.activate(here.database, given, by=BY, now=RECORDED)
    assert isinstance(refused, Refused)
    assert [(one.code, one.message) for one in refused.problems] == [
        ("no-item", "Book@2 has no recurring item called `seat`, which is in use with contract C-1")
    ]
