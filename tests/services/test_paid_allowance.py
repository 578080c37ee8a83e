"""An allowance that opens when the document that billed its cycle ahead is paid (D5.7, ADR 0021)."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from engine.facts import AllowanceOpens
from tarifa.reading import closings
from tarifa.reading.pages import PageRequest
from tarifa.reading.scope import EVERYTHING
from tarifa.services import allocations, amendments, contracts, payments
from tarifa.services.inputs import (
    AllocationInput,
    AmendmentInput,
    ContractInput,
    OnChange,
    PartInput,
    PaymentInput,
    PaymentKind,
)
from tarifa.services.results import Recorded, Refused
from tarifa.settings import Settings
from tests.services.books import assert_sound
from tests.services.installation import BOOK, BY, RECORDED, Installation, at, book, installed, work

PLANS = BOOK.replace(
    "  | Block | prepaid ",
    "  | Tally | prepaid  | requests | month | 50.00 EUR   | 2 requests | -          | 10.00 EUR/request | -    |\n"
    "  | Gift  | prepaid  | hours   | month | -            | 2 h       | -          | rate   | -       |\n"
    "  | Block | prepaid ",
)


@pytest.fixture
async def here(database_settings: Settings) -> Any:
    path = next(iter(book()))
    async with installed(database_settings, files={path: PLANS.format(rate="110.00", version="1").encode()}) as made:
        yield made


async def _agreed(here: Installation, plan: str = "Care", **others: Any) -> None:
    await here.contract(plan=plan, allowance_opens=AllowanceOpens.WHEN_PAID, **others)


async def _pay(
    here: Installation, amount: str, day: str, *, id_: str = "p1", document: int | None = 0, parts: str | None = None
) -> None:
    """Money for a document of the contract, the first one unless said; `document` None only records it."""
    given = PaymentInput("Acme Corp", PaymentKind.PAYMENT, Fraction(amount), "EUR", date.fromisoformat(day), id_)
    on_change = OnChange.REVISE
    made = await payments.record_payment(here.database, given, by=BY, now=at("2026-07-01"), on_change=on_change)
    assert isinstance(made, Recorded), made
    if document is not None:
        number = (await here.documents())[document].number
        part = PartInput(Fraction(parts or amount), document=number)
        wanted = AllocationInput(f"{id_}-{parts}", f"main:{id_}", parts=(part,))
        done = await allocations.allocate(here.database, wanted, by=BY, now=at("2026-07-01"))
        assert isinstance(done, Recorded), done


async def _hour_a_week(here: Installation, month: str = "03") -> None:
    days = ("03", "10", "17", "24")
    await here.record(*(work(f"{month}-{day}", f"2026-{month}-{day} 09:00", 60) for day in days))


async def _covered(here: Installation) -> dict[str, int]:
    """Covered minutes of work as billed last."""
    rows = await here.database.rows(
        "SELECT i.item_key, i.covered FROM items i WHERE i.kind = 'labour' AND NOT EXISTS (SELECT 1 FROM items n"
        " WHERE n.contract_id = i.contract_id AND n.item_key = i.item_key AND n.settlement_n > i.settlement_n)"
        " ORDER BY i.item_key"
    )
    return {row["item_key"].split("/")[1].removeprefix("main:"): row["covered"] for row in rows}


async def test_work_before_the_payment_is_beyond_the_allowance_and_work_from_its_day_on_is_covered(
    here: Installation,
) -> None:
    await _agreed(here)
    await _hour_a_week(here)
    await here.bill("2026-03-01")
    await _pay(here, "1230", "2026-03-17")
    await here.bill("2026-04-01")
    assert await _covered(here) == {"03-03": 0, "03-10": 0, "03-17": 60, "03-24": 60}
    assert (await here.documents())[-1].net == 100_000 + 2 * 11_000
    [march] = (await closings.closings(here.database, EVERYTHING, PageRequest(10))).nodes
    assert (march.drawn, march.overage, march.left, march.carried_out) == (12_000, 120, 48_000, 12_000)
    assert len(await assert_sound(here.database)) == 2


async def test_a_document_is_paid_when_the_last_of_its_money_came(here: Installation) -> None:
    await _agreed(here)
    await _hour_a_week(here)
    await here.bill("2026-03-01")
    await _pay(here, "1000", "2026-03-05", id_="p1")
    await _pay(here, "230", "2026-03-12", id_="p2")
    await here.bill("2026-04-01")
    assert await _covered(here) == {"03-03": 0, "03-10": 0, "03-17": 60, "03-24": 60}


async def test_a_payment_that_is_recorded_late_gives_back_what_it_covers(here: Installation) -> None:
    await _agreed(here)
    await _hour_a_week(here)
    await here.bill("2026-04-01")
    assert (await here.documents())[-1].net == 100_000 + 4 * 11_000
    await _pay(here, "1230", "2026-03-09")
    await here.bill("2026-05-01")
    assert await _covered(here) == {"03-03": 0, "03-10": 60, "03-17": 60, "03-24": 60}
    assert (await here.documents())[-1].net == 100_000 - 3 * 11_000
    assert (await here.bill("2026-05-01")).billed == ()
    await assert_sound(here.database)


async def test_money_after_the_cycle_opens_only_what_is_carried(here: Installation) -> None:
    """March is paid on 10 April: of its 10 hours the two that Care carries can be drawn from then on."""
    await _agreed(here)
    await _hour_a_week(here)
    await _hour_a_week(here, "04")
    await here.bill("2026-04-01")
    await _pay(here, "1230", "2026-04-10")
    await here.bill("2026-05-01")
    covered = await _covered(here)
    assert {day for day, minutes in covered.items() if minutes} == {"04-10", "04-17"}
    await assert_sound(here.database)


async def test_money_that_is_taken_back_closes_the_allowance_again(here: Installation) -> None:
    await _agreed(here)
    await _hour_a_week(here)
    await here.bill("2026-03-01")
    await _pay(here, "1230", "2026-03-01")
    await here.bill("2026-04-01")
    assert (await here.documents())[-1].net == 100_000
    await _pay(here, "1230", "2026-03-01", parts="-1230")
    await here.bill("2026-05-01")
    assert (await here.documents())[-1].net == 100_000 + 4 * 11_000
    await _pay(here, "1230", "2026-03-20", document=None)
    await _pay(here, "1230", "2026-03-20", parts="1230.00")
    await here.bill("2026-06-01")
    assert (await here.documents())[-1].net == 100_000 - 11_000
    await assert_sound(here.database)


async def test_another_day_of_a_payment_counts_for_what_it_paid(here: Installation) -> None:
    await _agreed(here)
    await _hour_a_week(here)
    await here.bill("2026-03-01")
    await _pay(here, "1230", "2026-03-01")
    await here.bill("2026-04-01")
    await _pay(here, "1230", "2026-03-17", document=None)
    await here.bill("2026-05-01")
    assert await _covered(here) == {"03-03": 0, "03-10": 0, "03-17": 60, "03-24": 60}
    await assert_sound(here.database)


async def test_held_work_says_that_its_allowance_is_not_paid_and_is_billed_when_it_is(here: Installation) -> None:
    await _agreed(here, "Block")
    await here.record(work("w1", "2026-03-10 09:00", 60))
    await here.bill("2026-04-01")
    assert await here.open_exceptions() == [("main:w1", "allowance-used-up")]
    assert await here.values("SELECT detail FROM exceptions") == [
        '{"band":"operational","minutes":"60","plan":"Block","unpaid":"yes"}'
    ]
    await _pay(here, "123", "2026-03-10")
    await here.bill("2026-05-01")
    assert (await _covered(here), await here.open_exceptions()) == ({"w1": 60}, [])


async def test_requests_count_against_the_allowance_from_the_payment_on(here: Installation) -> None:
    await _agreed(here, "Tally")
    await _hour_a_week(here)
    await here.bill("2026-03-01")
    await _pay(here, "61.50", "2026-03-17")
    await here.bill("2026-04-01")
    assert (await here.documents())[-1].net == 5_000 + 2 * 1_000
    await assert_sound(here.database)


async def test_where_nothing_is_to_be_paid_the_allowance_is_open(here: Installation) -> None:
    await _agreed(here, "Gift")
    await _hour_a_week(here)
    await here.bill("2026-04-01")
    assert await _covered(here) == {"03-03": 60, "03-10": 60, "03-17": 0, "03-24": 0}


async def test_a_top_up_can_be_drawn_though_its_document_is_still_to_come(here: Installation) -> None:
    await _agreed(here, "Block")
    await here.record(work("w1", "2026-03-10 09:00", 60))
    await here.buy("t1", "C-1", RECORDED.replace(month=3, day=2))
    await here.bill("2026-04-01")
    assert await _covered(here) == {"w1": 60}


async def test_an_amendment_says_it_for_the_cycles_that_begin_from_then_on(here: Installation) -> None:
    await here.contract()
    await _hour_a_week(here)
    await _hour_a_week(here, "04")
    await here.bill("2026-04-01")
    await _pay(here, "1230", "2026-04-10", document=1)
    given = AmendmentInput("C-1", date(2026, 4, 1), allowance_opens=AllowanceOpens.WHEN_PAID)
    assert isinstance(await amendments.amend_contract(here.database, given, by=BY, now=RECORDED), Recorded)
    await here.bill("2026-05-01")
    covered = await _covered(here)
    assert [day for day, minutes in covered.items() if not minutes] == []  # two hours of March were carried over
    march = [day for day in covered if day.startswith("03")]
    assert len(march) == 4
    await assert_sound(here.database)


@pytest.mark.parametrize("plan", ["Open"])
async def test_a_postpaid_plan_has_no_document_that_could_be_paid_in_time(here: Installation, plan: str) -> None:
    given = ContractInput("C-1", "Acme Corp", plan, date(2026, 3, 1), allowance_opens=AllowanceOpens.WHEN_PAID)
    refused = await contracts.create_contract(here.database, given, by=BY, now=RECORDED)
    assert isinstance(refused, Refused)
    assert [one.code for one in refused.problems] == ["postpaid-allowance"]
