"""A person decides on work that waits: it is billed by the bill rules, or never, and either is on record (D5.5)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tarifa.reading import exceptions, explaining, worklogs
from tarifa.reading.pages import PageRequest
from tarifa.reading.scope import EVERYTHING
from tarifa.reading.views import ExceptionView, WorklogState
from tarifa.services.decisions import decide
from tarifa.services.inputs import DecisionAction, DecisionInput
from tarifa.services.results import Change, Recorded, Refused
from tarifa.words import english
from tests.services.installation import RECORDED, Installation, amounts, book, installed, work

RELEASE, WAIVE = DecisionAction.RELEASE, DecisionAction.WAIVE
ALL_OF_IT = 180


async def waiting(here: Installation, *, state: str | None = "open") -> list[ExceptionView]:
    return list((await exceptions.exceptions(here.database, EVERYTHING, PageRequest(), state=state)).nodes)


async def decided(
    here: Installation, action: DecisionAction, *, id_: str | None = None, note: str = "agreed by phone"
) -> Recorded | Refused:
    given = DecisionInput(id_ or (await waiting(here))[0].id, action, note)
    return await decide(here.database, given, by="the office", now=RECORDED)


async def state(here: Installation, id_: str) -> WorklogState:
    return (await worklogs.worklogs_by_id(here.database, EVERYTHING, [id_]))[id_].state


async def held(here: Installation, *minutes: int) -> None:
    """A block of 2 h in March, worked on beyond it, and billed on April 1."""
    await here.contract(plan="Block")
    await here.record(*(work(f"w{n}", f"2026-03-{n + 2:02} 09:00", m) for n, m in enumerate(minutes, 1)))
    await here.bill("2026-03-01")
    await here.bill("2026-04-01")


async def last_lines(here: Installation) -> list[tuple[str, int]]:
    return amounts(await here.lines((await here.documents())[-1].number))


async def test_released_time_is_charged_by_the_bill_rules_on_the_next_document(here: Installation) -> None:
    await held(here, 90, ALL_OF_IT)
    assert await decided(here, RELEASE) == Recorded((await waiting(here, state="released"))[0].id, Change.NEW)
    await here.bill("2026-05-01")
    last = (await here.documents())[-1]
    lines = await here.lines(last.number)
    [line] = [one for one in lines if one.work == "main:w2"]
    assert (line.covered, line.overage, line.amount) == (30, 150, 27_500)
    explained = await explaining.explain_line(here.database, EVERYTHING, last.number, line.position)
    assert explained is not None
    assert english.sentences(explained.explanation)[2:5] == (
        "The allowance covers 30 of 180 min; 150 min are beyond it.",
        "150 min beyond the allowance were held and released by a person: they cost what the bill rules say.",
        "An hour costs 110.00 EUR. [Rates / R1, book.rules:26]",
    )
    assert await state(here, "main:w2") is WorklogState.BILLED


async def test_work_that_was_held_as_a_whole_is_charged_as_a_whole_once_released(here: Installation) -> None:
    await held(here, 120, 60)
    await decided(here, RELEASE)
    await here.bill("2026-05-01")
    await here.bill("2026-06-01")
    charged = [line for one in await here.documents() for line in amounts(await here.lines(one.number))]
    assert [line for line in charged if line[0].startswith("work/main:w2")] == [("work/main:w2/operational", 11_000)]
    assert await waiting(here) == []


async def test_waived_time_is_never_charged_and_waits_no_more(here: Installation) -> None:
    await held(here, 90, ALL_OF_IT, 60)
    first, second = await waiting(here)
    await decided(here, WAIVE, id_=first.id)
    await decided(here, WAIVE, id_=second.id)
    for day in ("2026-05-01", "2026-06-01"):
        await here.bill(day)
        assert [line for line in await last_lines(here) if line[0].startswith("work/")] == []
        assert (await here.body((await here.documents())[-1].number))["waiting"] == 0
    assert [await state(here, f"main:w{n}") for n in (2, 3)] == [WorklogState.BILLED, WorklogState.WAIVED]
    [one, _] = await waiting(here, state="waived")
    assert (one.note, one.decided_by, one.decided_at) == ("agreed by phone", "the office", RECORDED)


async def test_a_decision_counts_once_and_stays(here: Installation) -> None:
    await held(here, 120, 60)
    [one] = await waiting(here)
    await decided(here, RELEASE, id_=one.id)
    again = await decided(here, RELEASE, id_=one.id)
    other = await decided(here, WAIVE, id_=one.id)
    assert isinstance(again, Recorded)
    assert again.change is Change.UNCHANGED
    assert isinstance(other, Refused)
    assert other.problems[0].code == "already-decided"
    assert "the office said `release`, with the note `agreed by phone`" in other.problems[0].message
    assert await here.values("SELECT count(*) FROM events WHERE kind = 'exception.decided'") == [1]


async def test_work_that_is_corrected_after_a_decision_waits_anew(here: Installation) -> None:
    await held(here, 120, 60)
    await decided(here, RELEASE)
    await here.bill("2026-05-01")
    await here.record(work("w2", "2026-03-04 09:00", 240))
    await here.bill("2026-06-01")
    assert ("work/main:w2/operational", -11_000) in await last_lines(here)
    assert [(one.subject, one.detail["minutes"]) for one in await waiting(here)] == [("main:w2", "240")]


async def test_work_that_came_too_late_is_billed_once_it_is_released(here: Installation) -> None:
    await here.contract(plan="Open", late_window=1)
    for month in range(4, 8):
        await here.bill(f"2026-{month:02}-01")
    await here.record(work("late", "2026-03-20 09:00", 60))
    await here.bill("2026-08-01")
    assert await here.open_exceptions() == [("main:late", "too-late")]
    await decided(here, RELEASE)
    await here.bill("2026-09-01")
    assert await last_lines(here) == [("work/main:late/operational", 11_000)]


@pytest.mark.parametrize("contract", ["Open", None])
async def test_any_work_that_waits_can_be_waived(here: Installation, contract: str | None) -> None:
    if contract is not None:
        await here.contract(plan=contract)
    await here.record(work("w1", "2026-03-20 09:00", 60, category="Oddity" if contract else "Network"))
    await here.bill("2026-04-01")
    await decided(here, WAIVE)
    if contract is None:
        await here.contract(plan="Open")
    await here.bill("2026-05-01")
    await here.bill("2026-06-01")
    assert await here.documents() == ()
    assert await waiting(here) == []
    assert await state(here, "main:w1") is WorklogState.WAIVED


async def test_what_lacks_a_price_cannot_be_released(here: Installation) -> None:
    await here.contract(plan="Open")
    await here.record(work("w1", "2026-03-20 09:00", 60, category="Oddity"))
    await here.bill("2026-04-01")
    refused = await decided(here, RELEASE)
    assert isinstance(refused, Refused)
    assert (refused.problems[0].code, refused.problems[0].remedy) == (
        "cannot-release",
        "mend what it waits for, or waive it",
    )


@pytest.mark.parametrize(("action", "net"), [(WAIVE, 10_000), (RELEASE, 21_000)])
async def test_a_request_beyond_an_allowance_of_requests_is_waived_or_costs_its_time(
    tmp_path: Path, action: DecisionAction, net: int
) -> None:
    [(path, content)] = book().items()
    hours, requests = "| Block | prepaid  | hours ", "| Block | prepaid  | requests "
    text = (
        content.decode()
        .replace(hours, requests)
        .replace("| 2 h       | -          | hold   | Extra", "| - | - | hold | -")
    )
    assert requests in text
    async with installed(tmp_path / "tarifa.sqlite3", files={path: text.encode()}) as here:
        await held(here, 60)
        await decided(here, action)
        await here.bill("2026-05-01")
        assert await waiting(here) == []
        assert (await here.documents())[-1].net == net  # with the fee


@pytest.mark.parametrize(
    ("id_", "note", "code"),
    [("nothing", "note", "unknown-exception"), (None, "  ", "blank-note"), (None, "x" * 2001, "bad-note")],
)
async def test_a_decision_that_is_none_is_refused(here: Installation, id_: str | None, note: str, code: str) -> None:
    await held(here, 120, 60)
    refused = await decided(here, WAIVE, id_=id_, note=note)
    assert isinstance(refused, Refused)
    assert refused.problems[0].code == code


async def test_what_is_about_no_work_or_waits_no_longer_cannot_be_decided(here: Installation) -> None:
    await held(here, 120, 60)
    [one] = await waiting(here)
    await here.record(work("w2", "2026-03-04 09:00", 60, voided=True))
    await here.bill("2026-05-01")
    refused = await decided(here, WAIVE, id_=one.id)
    assert isinstance(refused, Refused)
    assert refused.problems[0].code == "not-open"
