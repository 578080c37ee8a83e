"""Runs that somebody asks for: once under their key, with figures, and limits that stop what looks wrong."""

import json
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from engine.money import Currency
from tarifa.reading.runs import RunTotal, RunView
from tarifa.reading.runs import run as read_run
from tarifa.services import runs
from tarifa.services.billing import BillingResult
from tarifa.services.inputs import ApprovalInput, RunInput
from tarifa.services.previews import Preview, approve, preview
from tarifa.services.results import Change, Recorded, Refused
from tests.services.installation import Installation, at, work

EUR = Currency("EUR", 2)


async def _run(here: Installation, day: str, key: str = "r1", **limits: Any) -> Recorded | Refused:
    return await runs.start_run(here.database, RunInput(key, **limits), by="boss", now=at(day))


async def _view(here: Installation, key: str = "r1") -> RunView:
    view = await read_run(here.database, key)
    assert view is not None
    return view


async def _approve(here: Installation, contract: str, day: str) -> None:
    shown = await preview(here.database, contract, now=at(day))
    assert isinstance(shown, Preview)
    assert shown.needs_approval
    await approve(here.database, ApprovalInput(contract, shown.digest), by="boss", now=at(day))


async def test_a_run_tells_what_it_billed_and_how_that_compares_and_runs_once(here: Installation) -> None:
    await here.contract()
    await here.bill("2026-03-01")
    await here.record(work("a", "2026-03-10 09:00", 11 * 60))
    assert await _run(here, "2026-04-01") == Recorded("r1", Change.NEW)
    view = await _view(here)
    assert (view.is_done, view.boundaries, view.documents, view.stopped, view.parked) == (True, 1, 1, 0, 0)
    assert view.totals == (RunTotal(EUR, 111_000 * 123 // 100, 123_000),)
    assert await _run(here, "2026-05-01") == Recorded("r1", Change.UNCHANGED)
    assert (await _view(here), len(await here.documents())) == (view, 2)
    other = await _run(here, "2026-05-01", most=Fraction(1))
    assert isinstance(other, Refused)
    assert other.problems[0].code == "key-used"


@pytest.mark.parametrize(
    ("limits", "reason"),
    [({"most": Fraction("1230.00")}, "over-limit"), ({"most_change": 8}, "changed-too-much")],
    ids=["total", "change"],
)
async def test_what_passes_a_limit_waits_for_an_approval_whoever_bills_and_is_not_lost(
    here: Installation, limits: dict[str, Any], reason: str
) -> None:
    await here.contract()
    await here.bill("2026-03-01")
    await here.record(work("a", "2026-03-10 09:00", 11 * 60))
    assert isinstance(await _run(here, "2026-04-01", **limits), Recorded)
    assert [(await _view(here)).stopped, len(await here.documents())] == [1, 1]
    assert await here.values("SELECT reason FROM problems") == [reason]
    [again] = (await here.bill("2026-04-02", through=date(2026, 4, 2))).parked
    assert again.reason == "waiting-for-approval"
    assert await here.values("SELECT reason FROM problems") == [reason]  # why it waits is not forgotten
    detail = json.loads((await here.values("SELECT detail FROM problems"))[0])
    assert detail["digest"] == again.detail["digest"]
    assert "limit" in detail or "percent" in detail
    await _approve(here, "C-1", "2026-04-02")
    assert [one.total for one in (await here.bill("2026-04-02")).billed] == [111_000 * 123 // 100]
    assert await here.values("SELECT reason FROM problems") == []


async def test_what_is_just_within_the_limits_is_billed(here: Installation) -> None:
    await here.contract()
    await here.bill("2026-03-01")
    await here.record(work("a", "2026-03-10 09:00", 11 * 60))
    await _run(here, "2026-04-01", most=Fraction("1365.30"), most_change=11)
    assert [(await _view(here)).stopped, len(await here.documents())] == [0, 2]


async def test_a_run_that_was_broken_off_goes_on_and_counts_everything_once(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.contract()
    billing, broken = runs.bill_due, RuntimeError("power cut")

    async def bill_then_die(*given: Any, **named: Any) -> BillingResult:
        await billing(*given, **named)
        raise broken

    monkeypatch.setattr(runs, "bill_due", bill_then_die)
    with pytest.raises(RuntimeError):
        await _run(here, "2026-03-01")
    assert not (await _view(here)).is_done
    monkeypatch.setattr(runs, "bill_due", billing)
    assert await _run(here, "2026-03-01") == Recorded("r1", Change.NEW)
    assert (await _view(here)).totals == (RunTotal(EUR, 123_000, 0),)
    assert len(await here.documents()) == 1


@pytest.mark.parametrize(
    ("limits", "code"),
    [({"most": Fraction(0)}, "bad-limit"), ({"most_change": -1}, "bad-limit"), ({"key": " "}, "blank-name")],
)
async def test_a_run_that_makes_no_sense_is_refused(here: Installation, limits: dict[str, Any], code: str) -> None:
    refused = await _run(here, "2026-03-01", **limits)
    assert isinstance(refused, Refused)
    assert refused.problems[0].code == code
    assert await here.values("SELECT count(*) FROM runs") == [0]
