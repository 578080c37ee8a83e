"""Work without a contract that pays as it goes, and contracts that have ended and are topped up."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path, PurePath, PurePosixPath

import pytest

from tarifa.services import amendments, contracts, quantities
from tarifa.services.inputs import ActivationKind, AmendmentInput, ContractInput, QuantityInput, SiteInput
from tarifa.services.results import Recorded, Refused
from tests.services.installation import BOOK, BY, RECORDED, Installation, amounts, at, installed, work

RATES = """  | R0  | -                | none || 140.00 EUR/h    |
  | R1  | Network          | -    || standard        |"""
PAYG = "pay-as-you-go/acme corp"
W1, W2 = "work/main:w1/operational", "work/main:w2/operational"


def paying(every: str = "month", *, version: str = "1", name: str = "Book") -> dict[PurePath, bytes]:
    """The price book, in which work without a contract costs 140 an hour and is billed by a cycle (or held)."""
    text = BOOK.format(rate="100.00", version=version).replace("ruleset Book", f"ruleset {name}")
    text = text.replace("  currency  EUR\n", f"  currency  EUR\n  without contract  {every}\n")
    text = text.replace("  | row | category         || rate            |", "  | row | category | plan || rate |")
    text = text.replace("  |-----|------------------||-----------------|", "  |-----|---|---||---|")
    text = text.replace("  | R1  | Network          || standard        |", RATES)
    text = text.replace("  | R2  | Desktop          || standard * 50%  |", "  | R2 | Desktop | - || standard * 50% |")
    text = text.replace("  | R9  | otherwise        || -               |", "  | R9 | otherwise | || - |")
    return {PurePosixPath("book.rules"): text.encode()}


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(tmp_path / "tarifa.sqlite3", files=paying()) as made:
        yield made


async def _billed(here: Installation, contract: str) -> list[tuple[str, int]]:
    return [one for document in await here.documents(contract) for one in amounts(await here.lines(document.number))]


async def test_an_account_without_a_contract_gets_one_document_for_each_cycle_with_work(here: Installation) -> None:
    await here.account("Idle Inc")
    await here.record(work("w1", "2026-03-10 09:00", 60), work("w2", "2026-03-20 09:00", 30))
    await here.bill("2026-03-25")
    assert await here.documents() == ()
    await here.bill("2026-04-01")
    await here.bill("2026-04-02")
    assert await _billed(here, PAYG) == [(W1, 14_000), (W2, 7_000)]
    await here.bill("2026-05-01")
    await here.record(work("w3", "2026-05-10 09:00", 60))
    await here.bill("2026-06-01")
    boundaries = [document.boundary_on.isoformat() for document in await here.documents()]
    assert boundaries == ["2026-04-01", "2026-06-01"]
    assert await here.values("SELECT number FROM contracts") == [PAYG]
    assert await here.open_exceptions() == []


async def test_late_work_is_billed_on_the_next_document_even_from_before_the_first(here: Installation) -> None:
    await here.record(work("w1", "2026-03-10 09:00", 60))
    await here.bill("2026-04-01")
    await here.record(work("w2", "2026-02-10 09:00", 60))
    await here.bill("2026-05-01")
    (_, late) = await here.documents(PAYG)
    assert amounts(await here.lines(late.number)) == [(W2, 14_000)]
    assert late.boundary_on == date(2026, 5, 1)


async def test_a_contract_that_is_recorded_late_takes_the_work_over(here: Installation) -> None:
    await here.record(work("w1", "2026-03-10 09:00", 60))
    await here.bill("2026-04-01")
    await here.contract("C-1", "Open", start="2026-03-01")
    await here.bill("2026-05-01", through=date(2026, 5, 1))
    assert await _billed(here, PAYG) == [(W1, 14_000), (W1, -14_000)]
    assert await _billed(here, "C-1") == [(W1, 10_000)]


async def test_work_after_a_contracts_end_pays_as_it_goes(here: Installation) -> None:
    await here.contract("C-1", "Open", start="2026-03-01", expiry=date(2026, 3, 31))
    await here.record(work("w1", "2026-03-10 09:00", 60), work("w2", "2026-04-10 09:00", 60))
    await here.bill("2026-05-01", through=date(2026, 5, 1))
    assert await _billed(here, "C-1") == [(W1, 10_000)]
    assert await _billed(here, PAYG) == [(W2, 14_000)]


async def test_a_version_that_lets_work_pay_bills_what_waited_and_one_that_holds_makes_it_wait(
    tmp_path: Path,
) -> None:
    async with installed(tmp_path / "tarifa.sqlite3", files=paying("hold")) as here:
        await here.record(work("w1", "2026-03-10 09:00", 60))
        await here.bill("2026-03-11")
        assert await here.open_exceptions() == [("main:w1", "no-contract")]
        await here.publish(paying("month", version="2"))
        await here.activate("2026-03-01")
        await here.bill("2026-04-01")
        assert await here.open_exceptions() == []
        assert await _billed(here, PAYG) == [(W1, 14_000)]
        await here.publish(paying("hold", version="3"))
        await here.activate("2026-05-01")
        await here.record(work("w2", "2026-05-10 09:00", 60))
        await here.bill("2026-06-01")
        assert await here.open_exceptions() == [("main:w2", "no-contract")]
        assert await _billed(here, PAYG) == [(W1, 14_000)]


async def test_another_cycle_is_not_activated_while_work_pays_by_one(here: Installation) -> None:
    await here.record(work("w1", "2026-03-10 09:00", 60))
    await here.bill("2026-04-01")
    await here.publish(paying("quarter", version="2"))
    with pytest.raises(AssertionError, match="other-cycle"):
        await here.activate("2026-07-01")


async def test_of_several_rulesets_that_let_work_pay_nobody_can_tell(tmp_path: Path) -> None:
    async with installed(tmp_path / "tarifa.sqlite3", files=paying()) as here:
        await here.publish(paying(name="Other"))
        await here.activate("2026-01-01", "other")
        await here.account("Acme Corp", SiteInput("HQ", zone="Europe/Lisbon"))
        await here.record(work("w1", "2026-03-10 09:00", 60, site="HQ"))
        await here.bill("2026-04-01")
        assert await here.open_exceptions() == [("main:w1", "no-contract")]
        await here.contract("C-1", "Open", start="2026-06-01", ruleset="Other")
        await here.bill("2026-04-02")
        assert await here.open_exceptions() == []
        assert await _billed(here, PAYG) == [(W1, 14_000)]


async def test_nothing_is_bought_counted_or_amended_on_what_nobody_agreed(here: Installation) -> None:
    await here.record(work("w1", "2026-03-10 09:00", 60))
    await here.bill("2026-04-01")
    answers: list[Recorded | Refused] = [
        await here.buy("t1", PAYG, at("2026-04-01")),
        await amendments.amend_contract(
            here.database, AmendmentInput(PAYG, date(2026, 4, 1), plan="Open"), by=BY, now=RECORDED
        ),
        await quantities.set_quantity(
            here.database, QuantityInput(PAYG, "seat", date(2026, 4, 1), 1, "q1"), by=BY, now=RECORDED
        ),
    ]
    assert [one.problems[0].code for one in answers if isinstance(one, Refused)] == ["not-agreed"] * 3
    taken = ContractInput("Pay-as-you-go/globex", "Acme Corp", "Open", date(2026, 4, 1))
    refused = await contracts.create_contract(here.database, taken, by=BY, now=RECORDED)
    assert isinstance(refused, Refused)
    assert refused.problems[0].code == "reserved-number"


async def _expired(here: Installation, plan: str = "Care") -> None:
    await here.contract("C-1", plan, start="2026-01-01", expiry=date(2026, 3, 31))
    await here.bill("2026-04-01", through=date(2026, 4, 1))


async def test_p07_a_top_up_on_an_expired_contract_is_charged_and_used(tmp_path: Path) -> None:
    text = next(iter(paying("hold").values())).decode().replace("90.00 EUR | 1 h", "450.00 EUR | 5 h")
    async with installed(tmp_path / "tarifa.sqlite3", files={PurePosixPath("book.rules"): text.encode()}) as here:
        await _expired(here)
        before = len(await here.documents("C-1"))
        assert isinstance(await here.buy("t1", "C-1", at("2026-04-05")), Recorded)
        await here.record(work("w1", "2026-04-10 09:00", 180), work("w2", "2026-04-20 09:00", 240))
        await here.bill("2026-05-01")
        await here.bill("2026-05-02")
        (document,) = (await here.documents("C-1"))[before:]
        assert sorted(amounts(await here.lines(document.number))) == [("topup/t1", 45_000), (W1, 0), (W2, 28_000)]
        assert document.net == 73_000
        assert [(line.covered, line.overage) for line in await here.lines(document.number) if line.work] == [
            (180, 0),
            (120, 120),
        ]
        assert await here.open_exceptions() == []
        await here.record(work("w3", "2026-05-10 09:00", 60))
        await here.bill("2026-06-01")
        assert await here.open_exceptions() == [("main:w3", "no-contract")]
        assert len(await here.documents("C-1")) == before + 1


async def test_a_top_up_long_after_the_end_takes_the_work_that_paid_as_it_went(here: Installation) -> None:
    await _expired(here)
    before = len(await here.documents("C-1"))
    await here.record(work("w1", "2026-09-10 09:00", 60), work("w2", "2026-09-21 09:00", 60))
    await here.bill("2026-10-01")
    assert await _billed(here, PAYG) == [(W1, 14_000), (W2, 14_000)]
    await here.buy("t1", "C-1", at("2026-09-25"))
    await here.bill("2026-10-02")
    (document,) = (await here.documents("C-1"))[before:]
    # One hour of it is covered; the other one costs what it did without a contract.
    assert sorted(amounts(await here.lines(document.number))) == [("topup/t1", 9_000), (W1, 0), (W2, 14_000)]
    await here.bill("2026-11-01")
    assert (await _billed(here, PAYG))[2:] == [(W1, -14_000), (W2, -14_000)]


async def test_late_work_after_the_last_topped_up_cycle_is_billed_once(here: Installation) -> None:
    await _expired(here)
    await here.buy("t1", "C-1", at("2026-04-05"))
    await here.bill("2026-05-01")
    before = len(await here.documents("C-1"))
    await here.record(work("w1", "2026-04-10 09:00", 90))
    await here.bill("2026-05-10")
    await here.bill("2026-05-11")
    (document,) = (await here.documents("C-1"))[before:]
    assert amounts(await here.lines(document.number)) == [(W1, 7_000)]


async def test_a_top_up_is_not_sold_where_another_contract_has_taken_over(here: Installation) -> None:
    await _expired(here)
    await here.contract("C-2", "Open", start="2026-04-01")
    refused = await here.buy("t1", "C-1", at("2026-04-05"))
    assert isinstance(refused, Refused)
    assert (refused.problems[0].code, refused.problems[0].remedy) == ("not-in-force", "buy it on C-2")


async def test_a_repair_may_reach_work_that_paid_as_it_went(here: Installation) -> None:
    await here.record(work("w1", "2026-03-10 09:00", 60))
    await here.bill("2026-04-01")
    dearer = next(iter(paying(version="2").values())).decode().replace("140.00", "150.00")
    await here.publish({PurePosixPath("book.rules"): dearer.encode()})
    await here.activate("2026-03-01", kind=ActivationKind.REPAIR, reason="misprint")
    await here.bill("2026-05-01")
    assert await _billed(here, PAYG) == [(W1, 14_000), (W1, 1_000)]
