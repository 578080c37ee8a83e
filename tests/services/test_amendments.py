"""What is agreed may change from a day on, also from a day that is billed."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from engine.facts import Discount
from tarifa.reading import closings
from tarifa.reading.pages import PageRequest
from tarifa.reading.scope import EVERYTHING
from tarifa.services import amendments, rulesets
from tarifa.services.inputs import ActivationInput, AmendmentInput
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.settings import Settings
from tests.services.installation import BOOK, BY, RECORDED, Installation, amounts, at, book, installed, work

PLANS = BOOK.replace(
    "  | Block | prepaid ",
    "  | Basic | prepaid  | hours   | month | 600.00 EUR   | -         | -          | rate   | -       |\n"
    "  | Best  | prepaid  | hours   | month | 900.00 EUR   | -         | -          | rate   | -       |\n"
    "  | Full  | prepaid  | hours   | month | 1,250.00 EUR | 10 h      | -          | rate   | -       |\n"
    "  | Tally | prepaid  | requests | month | 50.00 EUR   | 5 requests | -         | 10.00 EUR/request | -    |\n"
    "  | Yearly | prepaid | hours   | year  | 9,000.00 EUR | -         | -          | rate   | -       |\n"
    "  | Block | prepaid ",
)


@pytest.fixture
async def here(database_settings: Settings) -> Any:
    path = next(iter(book()))
    async with installed(database_settings, files={path: PLANS.format(rate="110.00", version="1").encode()}) as made:
        yield made


async def _amend(here: Installation, day: str, number: str = "C-1", **others: Any) -> Recorded | Refused:
    given = AmendmentInput(number, date.fromisoformat(day), **others)
    return await amendments.amend_contract(here.database, given, by=BY, now=RECORDED)


async def _amended(here: Installation, day: str, **others: Any) -> None:
    assert isinstance(made := await _amend(here, day, **others), Recorded), made


def _only(refused: Recorded | Refused) -> Problem:
    assert isinstance(refused, Refused), refused
    (problem,) = refused.problems
    return problem


async def _last(here: Installation) -> list[tuple[str, int]]:
    """The lines of the last document, by key."""
    return sorted(amounts(await here.lines((await here.documents())[-1].number)))


async def test_an_upgrade_in_mid_cycle_gives_back_the_old_fee_and_charges_the_new_by_the_day(
    here: Installation,
) -> None:
    """C07: 600 to 900 on 16 June: -300.00 + 450.00 = 150.00, on the next document."""
    await here.contract(plan="Basic", start="2026-06-01")
    await here.bill("2026-06-01")
    await _amended(here, "2026-06-16", plan="Best")
    await here.bill("2026-07-01")
    assert await _last(here) == [("fee/1/0", -30_000), ("fee/2/0", 45_000), ("fee/2/1", 90_000)]
    assert (await here.bill("2026-07-01")).billed == ()


async def test_an_amendment_of_billed_cycles_is_made_good_on_the_next_document(here: Installation) -> None:
    await here.contract(plan="Basic", start="2026-03-01")
    await here.bill("2026-05-01", through=date(2026, 5, 1))
    await _amended(here, "2026-04-01", plan="Best", discounts=(Discount(Fraction(1, 10)),))
    await here.bill("2026-06-01")
    assert await _last(here) == [
        ("fee/1/1", -60_000),
        ("fee/1/2", -60_000),
        ("fee/2/1", 90_000),
        ("fee/2/2", 90_000),
        ("fee/2/3", 90_000),
    ]


async def test_a_price_agreed_anew_counts_from_its_day_on(here: Installation) -> None:
    await here.contract(plan="Open")
    await _amended(here, "2026-03-10", overrides={"standard": "80.00 EUR/h"})
    await here.record(work("w1", "2026-03-09 09:00", 60), work("w2", "2026-03-10 09:00", 60))
    await here.bill("2026-04-01")
    assert await _last(here) == [("work/main:w1/operational", 11_000), ("work/main:w2/operational", 8_000)]


async def test_a_contract_is_suspended_and_taken_up_again(here: Installation) -> None:
    await here.contract(plan="Basic", start="2026-04-01")
    await _amended(here, "2026-04-11", suspended=True)
    await _amended(here, "2026-04-21", suspended=False)
    await here.bill("2026-04-01")
    assert await _last(here) == [("fee/1/0", 20_000), ("fee/3/0", 20_000)]


async def test_a_contract_that_ends_early_gives_back_the_rest_of_its_fee(here: Installation) -> None:
    """C04, at the other end: 15 of 30 days of June."""
    await here.contract(plan="Full", start="2026-04-01")
    await here.bill("2026-06-01", through=date(2026, 6, 1))
    await _amended(here, "2026-06-10", expiry=date(2026, 6, 15))
    assert (await here.bill("2026-06-15")).billed == ()
    await here.bill("2026-06-16")
    assert await _last(here) == [("fee/1/2", -62_500)]
    found = await closings.closings(here.database, EVERYTHING, PageRequest(10))
    assert [(one.end.isoformat(), one.granted) for one in found.nodes][-1] == ("2026-06-15", 30_000)  # 5 h
    assert (await here.bill("2026-08-01")).billed == ()


async def test_a_contract_that_ended_before_what_is_billed_gets_it_back_and_shows_no_cycle_after(
    here: Installation,
) -> None:
    await here.contract(plan="Full", start="2026-04-01")
    await here.record(work("w1", "2026-05-04 09:00", 60))
    await here.bill("2026-06-01", through=date(2026, 6, 1))
    await _amended(here, "2026-05-01", expiry=date(2026, 4, 30))
    await here.bill("2026-06-10")
    assert await _last(here) == [("fee/1/1", -125_000), ("fee/1/2", -125_000), ("work/main:w1/operational", 0)]
    found = await closings.closings(here.database, EVERYTHING, PageRequest(10))
    assert [one.start.isoformat() for one in found.nodes] == ["2026-04-01"]
    assert (await here.bill("2026-06-11")).billed == ()
    assert await here.open_exceptions() == [("main:w1", "no-contract")]


async def test_an_end_that_is_taken_back_bills_what_it_left_out(here: Installation) -> None:
    await here.contract(plan="Basic", start="2026-04-01", expiry=date(2026, 5, 15))
    await here.bill("2026-05-16", through=date(2026, 5, 16))
    assert (await here.documents())[-1].net == 29_032  # 15 of 31 days
    await _amended(here, "2026-05-20", expiry=None)
    await here.bill("2026-06-01", through=date(2026, 6, 1))
    assert await _last(here) == [("fee/1/1", 30_968), ("fee/1/2", 60_000)]
    await here.bill("2026-07-01")
    assert await _last(here) == [("fee/1/3", 60_000)]


async def test_work_after_an_end_that_has_moved_waits_until_a_contract_covers_it(here: Installation) -> None:
    await here.contract(plan="Open", start="2026-04-01")
    await here.record(work("w1", "2026-04-20 09:00", 60))
    await here.bill("2026-04-10")
    assert await here.open_exceptions() == [("main:w1", "in-future")]
    await _amended(here, "2026-04-15", expiry=date(2026, 4, 15))
    await here.bill("2026-04-21")
    assert await here.open_exceptions() == [("main:w1", "no-contract")]
    await _amended(here, "2026-04-15", expiry=None, request_key="taken back")
    await here.bill("2026-05-01")
    assert await here.open_exceptions() == []
    assert await _last(here) == [("work/main:w1/operational", 11_000)]


async def test_locked_prices_stay_those_of_the_amendments_day(here: Installation) -> None:
    await here.contract(plan="Basic", start="2026-03-01")
    await _amended(here, "2026-03-01", lock_prices=True)
    path = next(iter(book()))
    dearer = PLANS.format(rate="110.00", version="2").replace("600.00 EUR", "660.00 EUR")
    await here.publish({path: dearer.encode()})
    await here.activate("2026-04-01")
    await here.bill("2026-04-01", through=date(2026, 4, 1))
    assert await _last(here) == [("fee/2/1", 60_000)]


async def test_the_late_window_of_an_amendment_says_how_late_work_may_come(here: Installation) -> None:
    await here.contract(plan="Open", start="2026-01-01")
    await _amended(here, "2026-01-01", late_window=0)
    await here.bill("2026-03-01", through=date(2026, 3, 1))
    await here.record(work("w1", "2026-01-05 09:00", 60))
    await here.bill("2026-04-01")
    assert await here.open_exceptions() == [("main:w1", "too-late")]


async def test_the_same_amendment_again_is_no_second_one(here: Installation) -> None:
    await here.contract(plan="Basic")
    assert await _amend(here, "2026-03-16", plan="Best") == Recorded("C-1", Change.NEW, 2)
    assert await _amend(here, "2026-03-16", plan="best") == Recorded("C-1", Change.UNCHANGED, 2)
    assert await _amend(here, "2026-03-16", plan="Best", request_key="a") == Recorded("C-1", Change.NEW, 3)
    assert await _amend(here, "2026-03-16", plan="Best", request_key="a") == Recorded("C-1", Change.UNCHANGED, 3)
    assert _only(await _amend(here, "2026-03-17", plan="Best", request_key="a")).code == "key-used"


@pytest.mark.parametrize(
    ("day", "others", "code", "words"),
    [
        ("2026-03-16", {}, "empty-amendment", "the amendment changes nothing"),
        ("2026-03-16", {"number": "C-9", "suspended": True}, "unknown-contract", "there is no contract C-9"),
        ("2026-03-16", {"plan": "Bests"}, "no-plan", "no plan called `bests`"),
        ("2026-03-16", {"plan": "Yearly"}, "other-cycle", "is billed by year, and the contract by month"),
        ("2026-03-16", {"plan": "Tally"}, "other-measure", "counts requests"),
        ("2026-03-16", {"overrides": {"standart": "80.00 EUR/h"}}, "bad-override", "standart"),
        ("2026-03-16", {"discounts": (Discount(Fraction(2)),)}, "bad-discount", "a discount of 200 % is none"),
        ("2026-02-16", {"plan": "Best"}, "before-start", "the contract starts on 2026-03-01 only"),
        ("2026-03-16", {"expiry": date(2026, 2, 27)}, "empty-period", "before it starts on 2026-03-01"),
        ("2026-03-16", {"expiry": date(2026, 3, 10)}, "after-end", "has expired on 2026-03-10"),
        ("2026-03-16", {"late_window": -1}, "bad-window", "cannot be -1 billed cycles late"),
        ("2026-03-16", {"request_key": " ", "plan": "Best"}, "blank-name", "requestKey is blank"),
    ],
)
async def test_an_amendment_that_cannot_be_is_refused(
    here: Installation, day: str, others: dict[str, Any], code: str, words: str
) -> None:
    await here.contract(plan="Basic")
    problem = _only(await _amend(here, day, **others))
    assert problem.code == code
    assert words in problem.message
    assert await here.values("SELECT count(*) FROM amendments") == [1]


async def test_a_later_end_may_not_overlap_the_next_contract(here: Installation) -> None:
    await here.contract(plan="Basic", expiry=date(2026, 3, 31))
    await here.contract("C-2", "Basic", "2026-04-01")
    assert _only(await _amend(here, "2026-03-16", expiry=None)).code == "overlap"
    assert _only(await _amend(here, "2026-03-16", expiry=date(2026, 4, 1))).code == "overlap"
    assert isinstance(await _amend(here, "2026-03-16", expiry=date(2026, 3, 20)), Recorded)
    assert isinstance(await _amend(here, "2026-03-16", number="C-2", expiry=None, request_key="x"), Refused)


async def test_a_version_without_a_plan_that_an_amendment_needs_cannot_be_activated(here: Installation) -> None:
    await here.contract(plan="Basic")
    await _amended(here, "2026-04-01", plan="Best")
    await here.publish(book(version="2"))
    refused = await rulesets.activate(here.database, ActivationInput("book", date(2026, 6, 1)), by=BY, now=RECORDED)
    assert [(p.code, p.message) for p in getattr(refused, "problems", ())] == [
        ("no-plan", "Book@2 has no plan called `best`")
    ]


async def test_a_top_up_is_sold_by_the_plan_of_its_day(here: Installation) -> None:
    await here.contract(plan="Care")
    await _amended(here, "2026-03-16", plan="Best")
    assert isinstance(await here.buy("t1", "C-1", at("2026-03-15")), Recorded)
    assert _only(await here.buy("t2", "C-1", at("2026-03-16"))).code == "no-top-up"


async def test_an_amendment_in_the_second_month_of_a_pot_covers_what_was_charged_in_the_first(
    database_settings: Settings,
) -> None:
    """10 h a month make a pot of 30, and March uses 36. From April on 20 h a month: the pot has held 50 from March on."""
    text = BOOK.format(rate="110.00", version="1")
    pots = """plans
  | plan | measure | every | fee | allowance | beyond | shared over |
  |------|---------|-------|-----|-----------|--------|-------------|
  | Pot  | hours   | month | -   | 10 h      | rate   | quarter     |
  | Wide | hours   | month | -   | 20 h      | rate   | quarter     |

plans
"""
    files = {path: text.replace("plans\n", pots, 1).encode() for path in book()}
    async with installed(database_settings, files=files) as made:
        await made.contract(plan="Pot", start="2026-03-01")
        for n in range(4):
            await made.record(work(f"w{n}", f"2026-03-1{n} 09:00", 540))
        await made.bill("2026-04-01", through=date(2026, 4, 1))
        assert await _last(made) == [
            *((f"work/main:w{n}/operational", 0) for n in range(3)),
            ("work/main:w3/operational", 66_000),
        ]
        await _amended(made, "2026-04-01", plan="Wide")
        await made.bill("2026-05-01")
        assert await _last(made) == [("work/main:w3/operational", -66_000)]
        found = await closings.closings(made.database, EVERYTHING, PageRequest(10))
        assert [one.granted for one in found.nodes] == [300_000, 0]
