"""Notices: each once, of what is used and of what expires (D8.7)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine.facts import NoticeTerms
from tarifa.reading import notices as reading
from tarifa.reading.pages import PageRequest
from tarifa.reading.scope import EVERYTHING
from tarifa.reading.views import NoticeView
from tarifa.services.amendments import amend_contract
from tarifa.services.contracts import create_contract
from tarifa.services.inputs import AmendmentInput, ContractInput
from tarifa.services.notices import find_notices
from tarifa.services.results import Recorded, Refused
from tests.services.installation import BY, RECORDED, Installation, at, work

USAGE = NoticeTerms(usage=(80, 100))
"""Of the 10 h of the plan Care: 8 h and 10 h."""


async def found(here: Installation, day: str, time: str = "08:00") -> list[tuple[str, int]]:
    """What is found at an instant, by kind and threshold."""
    return [(one.kind, one.threshold) for one in await find_notices(here.database, now=at(day, time))]


async def on_record(here: Installation) -> list[NoticeView]:
    return list((await reading.notices(here.database, EVERYTHING, PageRequest())).nodes)


async def amend(here: Installation, **changes: Any) -> None:
    given = AmendmentInput("C-1", date(2026, 3, 1), **changes)
    assert isinstance(await amend_contract(here.database, given, by=BY, now=RECORDED), Recorded)


async def test_usage_that_falls_and_rises_again_is_told_once(here: Installation) -> None:
    await here.contract(notices=USAGE)
    await here.record(work("a", "2026-03-02 09:00", 480))
    assert await found(here, "2026-03-10") == [("usage", 80)]
    await here.record(work("a", "2026-03-02 09:00", 60))
    assert await found(here, "2026-03-11") == []
    await here.record(work("a", "2026-03-02 09:00", 600))
    assert await found(here, "2026-03-12") == [("usage", 100)]
    assert await here.values("SELECT count(*) FROM events WHERE kind = 'notice.usage'") == [2]


async def test_the_next_cycle_is_told_of_anew(here: Installation) -> None:
    await here.contract(notices=USAGE)
    await here.record(work("a", "2026-03-02 09:00", 600), work("b", "2026-04-02 09:00", 600))
    assert await found(here, "2026-03-10") == [("usage", 80), ("usage", 100)]
    await here.bill("2026-04-01", through=date(2026, 4, 1))
    assert await found(here, "2026-04-10") == [("usage", 80), ("usage", 100)]
    assert [one.about for one in await on_record(here)] == [date(2026, 3, 1)] * 2 + [date(2026, 4, 1)] * 2


async def test_what_was_used_on_the_last_day_is_told_until_the_cycle_is_billed(here: Installation) -> None:
    await here.contract(notices=USAGE)
    await here.bill("2026-03-01")
    await here.record(work("a", "2026-03-31 09:00", 480))
    assert await found(here, "2026-04-01") == [("usage", 80)]
    await here.bill("2026-04-01")
    await here.record(work("b", "2026-03-31 18:00", 120))
    assert await found(here, "2026-04-02") == []  # the bill of March has told of it


async def test_a_top_up_counts_as_allowance_and_work_to_come_does_not_count(here: Installation) -> None:
    await here.contract(notices=USAGE)
    await here.buy("t", "C-1", at("2026-03-02"))
    await here.record(work("a", "2026-03-02 09:00", 480), work("b", "2026-03-20 09:00", 60))
    assert await found(here, "2026-03-10") == []  # 8 of 11 h
    assert await found(here, "2026-03-21") == [("usage", 80)]


async def test_nothing_is_looked_at_twice_on_one_day_unless_a_fact_has_come(here: Installation) -> None:
    await here.contract(notices=USAGE)
    await find_notices(here.database, now=at("2026-03-10"))
    before = await here.values("SELECT looked_on FROM notice_heads")
    await here.record(work("a", "2026-03-02 09:00", 480))
    assert await found(here, "2026-03-10", "09:00") == [("usage", 80)]
    assert await here.values("SELECT looked_on FROM notice_heads") == before == ["2026-03-10"]


async def test_an_expiry_that_is_put_off_is_told_of_again(here: Installation) -> None:
    await here.contract(expiry=date(2026, 3, 31), notices=NoticeTerms(before_expiry=(5,)))
    assert await found(here, "2026-03-26") == [("before expiry", 5)]
    await amend(here, expiry=date(2026, 4, 30))
    assert await found(here, "2026-03-27") == []
    assert await found(here, "2026-04-25") == [("before expiry", 5)]


async def test_days_that_were_missed_are_made_up_for_while_it_makes_sense(here: Installation) -> None:
    await here.contract(expiry=date(2026, 3, 31), notices=NoticeTerms(before_expiry=(5,), after_expiry=(2, 40)))
    assert await found(here, "2026-03-31") == [("before expiry", 5)]
    assert await found(here, "2026-04-20") == [("after expiry", 2)]
    assert await found(here, "2026-07-01") == []


async def test_notices_change_by_amendment_and_the_last_one_counts(here: Installation) -> None:
    await here.contract(notices=USAGE)
    await here.record(work("a", "2026-03-02 09:00", 300))
    await amend(here, notices=NoticeTerms(usage=(50,)))
    await amend(here, expiry=date(2026, 12, 31))
    assert await found(here, "2026-03-10") == [("usage", 50)]
    assert await here.values("SELECT count(*) FROM amendments WHERE is_end_only = 0") == [1]  # no terms of their own


async def test_a_contract_that_cannot_be_settled_keeps_no_other_from_being_told_of(here: Installation) -> None:
    await here.account("Globex")
    await here.contract(notices=USAGE)
    await here.contract("C-2", account="Globex", notices=USAGE, bill_from=date(2026, 4, 1))
    await here.record(work("a", "2026-03-02 09:00", 480), work("b", "2026-03-02 09:00", 480, account="Globex"))
    assert await found(here, "2026-03-10") == [("usage", 80)]


@pytest.mark.parametrize(
    "wrong",
    [
        NoticeTerms(usage=(0,)),
        NoticeTerms(usage=(101,)),
        NoticeTerms(after_expiry=(-1,)),
        NoticeTerms(before_expiry=(367,)),
    ],
)
async def test_notices_that_make_no_sense_are_refused(here: Installation, wrong: NoticeTerms) -> None:
    contract = ContractInput("C-1", "Acme Corp", "Care", date(2026, 3, 1), notices=wrong)
    made = await create_contract(here.database, contract, by=BY, now=RECORDED)
    assert isinstance(made, Refused)
    assert [one.code for one in made.problems] == ["bad-notices"]
