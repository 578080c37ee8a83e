"""What a contract brings over from where it was billed before opens its first cycle here (D2.3)."""

from datetime import date

import pytest

from engine.items import BucketKind
from tarifa.reading import closings, contracts, explaining
from tarifa.reading.pages import PageRequest
from tarifa.reading.scope import EVERYTHING
from tarifa.reading.views import ClosingView
from tarifa.services.contracts import create_contract
from tarifa.services.inputs import ContractInput, OpeningInput
from tarifa.services.results import Change, Recorded, Refused
from tarifa.words import english
from tests.services.installation import BY, RECORDED, Installation, work

APRIL, MAY = date(2026, 4, 30), date(2026, 5, 31)


def brought_over(*openings: OpeningInput, plan: str = "Care", **others: date | None) -> ContractInput:
    terms = {"bill_from": date(2026, 4, 1), **others}
    return ContractInput("C-1", "Acme Corp", plan, date(2026, 1, 1), openings=openings, **terms)


async def record(here: Installation, contract: ContractInput) -> Recorded | Refused:
    return await create_contract(here.database, contract, by=BY, now=RECORDED)


async def statements(here: Installation) -> list[ClosingView]:
    return list((await closings.closings(here.database, EVERYTHING, PageRequest())).nodes)


async def test_the_first_billed_cycle_opens_with_it_and_draws_what_expires_first(here: Installation) -> None:
    await record(here, brought_over(OpeningInput("3 h", APRIL, "from the old system"), OpeningInput("90 min", MAY)))
    await here.record(work("w1", "2026-04-07 09:00", 4 * 60))
    await here.bill("2026-06-01", through=date(2026, 6, 1))
    [line] = [
        (one.number, line.position)
        for one in await here.documents()
        for line in await here.lines(one.number)
        if line.work == "main:w1"
    ]
    explained = await explaining.explain_line(here.database, EVERYTHING, *line)
    assert explained is not None
    assert english.sentences(explained.explanation)[2:5] == (
        "The allowance covers 240 of 240 min; 0 min are beyond it.",
        "From what the contract brought over: 180 min are drawn.",
        "From the cycle's own allowance: 60 min are drawn.",
    )
    april, may = await statements(here)
    assert (april.brought_over, april.carried_in, april.granted, april.drawn) == (27_000, 27_000, 60_000, 24_000)
    assert (may.brought_over, may.carried_in) == (0, 9_000 + 12_000)  # the plan carries 2 of its own 9 hours
    assert [(b.kind, b.left) for b in april.buckets] == [(BucketKind.OPENING, 9_000), (BucketKind.CARRIED, 12_000)]
    assert may.carried_out == 12_000  # nothing that was brought over outlives its expiry


async def test_late_work_in_the_first_cycle_starts_from_the_same_opening(here: Installation) -> None:
    await record(here, brought_over(OpeningInput("3 h", APRIL)))
    await here.bill("2026-05-01", through=date(2026, 5, 1))
    await here.record(work("late", "2026-04-07 09:00", 14 * 60))
    await here.bill("2026-06-01")
    april, *_ = await statements(here)
    assert (april.carried_in, april.drawn, april.overage) == (18_000, 78_000, 60)


async def test_a_contract_is_recorded_once_with_what_it_brings_over(here: Installation) -> None:
    given = brought_over(OpeningInput("3 h", APRIL, "from the old system"))
    await record(here, given)
    again = await record(here, given)
    other = await record(here, brought_over(OpeningInput("4 h", APRIL)))
    assert isinstance(again, Recorded)
    assert again.change is Change.UNCHANGED
    assert isinstance(other, Refused)
    [opening] = (await contracts.openings_by_contract(here.database, EVERYTHING, ["C-1"]))["C-1"]
    assert (opening.units, opening.measure, opening.expires, opening.note) == (
        18_000, "hours", APRIL, "from the old system",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("contract", "says"),
    [
        (brought_over(OpeningInput("3 h", APRIL), bill_from=None), "is billed from its start on"),
        (brought_over(OpeningInput("3 h", date(2026, 4, 15))), "no last day of a cycle; such as 2026-04-30 is"),
        (brought_over(OpeningInput("3 h", date(2026, 3, 31))), "gone before 2026-04-01"),
        (brought_over(OpeningInput("3 h", date(2025, 3, 31))), "gone before 2026-04-01"),
        (brought_over(OpeningInput("3 h", MAY), expiry=APRIL), "no last day of a cycle; such as 2026-04-30 is"),
        (brought_over(OpeningInput("5 requests", APRIL)), "counts hours: write it like `12 h`"),
        (brought_over(OpeningInput("three", APRIL)), "`three` is no amount"),
        (brought_over(OpeningInput("0 h", APRIL)), "no amount that can be brought over"),
        (brought_over(OpeningInput("0.0001 min", APRIL)), "a whole number of minutes"),
    ],
)
async def test_what_cannot_be_brought_over_is_refused_and_nothing_is_recorded(
    here: Installation, contract: ContractInput, says: str
) -> None:
    refused = await record(here, contract)
    assert isinstance(refused, Refused)
    [problem] = refused.problems
    assert (problem.code, problem.subject) == ("bad-opening", "C-1")
    assert says in problem.message
    assert await here.values("SELECT count(*) FROM contracts") == [0]
