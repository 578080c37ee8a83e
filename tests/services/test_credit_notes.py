"""Credit by hand: never more than is left of a line, taxes to the cent, and what is billed stays billed."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from random import Random

import pytest

from tarifa.reading import documents, explaining
from tarifa.reading.scope import EVERYTHING
from tarifa.reading.views import DocumentView
from tarifa.services.billing_earlier import LEFT_OF_LINE
from tarifa.services.credit_notes import issue_credit_note
from tarifa.services.inputs import CreditInput, LineCreditInput
from tarifa.services.results import Change, Recorded, Refused
from tarifa.words import english
from tests.services.installation import Installation, at, work

BILL, NOTE = "INV-000001", "CN-000001"
SORRY = "Sorry for the delay."


async def credit(
    here: Installation, key: str, *lines: tuple[int, str], document: str = BILL, reason: str = SORRY
) -> Recorded | Refused:
    """Credit lines; without any, all of the invoice."""
    given = tuple(LineCreditInput(position, Fraction(amount)) for position, amount in lines)
    wanted = CreditInput(key, document, reason, given)
    return await issue_credit_note(here.database, wanted, by="the office", now=at("2026-04-20"))


def code(answer: Recorded | Refused) -> str:
    assert isinstance(answer, Refused), answer
    return answer.problems[0].code


async def issued(here: Installation, number: str) -> DocumentView:
    found = await documents.document(here.database, EVERYTHING, number)
    assert found is not None
    return found


async def left(here: Installation) -> list[int]:
    """Of every line that corrects nothing, in order of documents and positions."""
    return await here.values(
        f"SELECT {LEFT_OF_LINE} AS of_it FROM lines l JOIN documents d ON d.id = l.document_id"  # noqa: S608 - ours
        " WHERE l.corrects_document_id IS NULL ORDER BY d.number, l.pos"
    )


@pytest.fixture
async def billed(here: Installation) -> Installation:
    """Three works of March at 110.00 EUR/h and 23 % tax, billed on April 1: 36.67 EUR is rounded away from the cents."""
    await here.contract(plan="Open")
    await here.record(*(work(f"w{n}", f"2026-03-0{n + 1} 09:00", 15 * n) for n in (1, 2, 3)))
    await here.bill("2026-04-01")
    assert [line.amount for line in await here.lines(BILL)] == [2_750, 5_500, 8_250]
    return here


async def test_goodwill_is_a_credit_note_on_the_line_with_its_tax_and_its_reason(billed: Installation) -> None:
    assert await credit(billed, "k", (2, "20"), (3, "0.01")) == Recorded(NOTE, Change.NEW)
    note = await issued(billed, NOTE)
    assert (note.kind, note.net, note.tax, note.total, note.open) == ("credit note", -2_001, -460, -2_461, 2_461)
    assert note.cancelled_by is (await issued(billed, BILL)).cancelled_by is None
    first, _ = await billed.lines(NOTE)
    assert (first.amount, first.reason, first.minutes, first.tax_codes) == (-2_000, SORRY, 0, ("IVA",))
    assert first.corrects is not None
    assert (first.corrects.document, first.corrects.position) == (BILL, 2)
    explained = await explaining.explain_line(billed.database, EVERYTHING, NOTE, 1)
    assert explained is not None
    assert english.sentences(explained.explanation)[0] == f"By hand, on line 2 of {BILL}: -20.00 EUR. Reason: {SORRY}"
    assert (await billed.body(NOTE))["lines"][0]["reason"] == SORRY
    assert await left(billed) == [2_750, 3_500, 8_249]


async def test_an_amount_off_an_invoice_is_spread_over_what_is_left_of_its_lines(billed: Installation) -> None:
    await credit(billed, "k", (1, "27.50"))
    assert await off(billed, "a", "100.01") == Recorded("CN-000002", Change.NEW)
    assert await off(billed, "a", "100.01") == Recorded("CN-000002", Change.UNCHANGED)
    lines = await billed.lines("CN-000002")
    assert [(line.corrects.position if line.corrects else 0, line.amount) for line in lines] == [
        (2, -4_000),
        (3, -6_001),
    ]
    assert await left(billed) == [0, 1_500, 2_249]
    assert (await issued(billed, "CN-000002")).tax == -2_301  # 31.63 of tax were left, and 8.62 are
    assert (await billed.body("CN-000002")).get("cancels") is None
    assert code(await off(billed, "b", "37.50")) == "more-than-left"
    assert code(await off(billed, "b", "0")) == "bad-amount"
    assert code(await off(billed, "b", "0.001")) == "bad-amount"
    assert code(await off(billed, "a", "100.02")) == "key-used"
    assert await off(billed, "b", "37.49") == Recorded("CN-000003", Change.NEW)
    assert await left(billed) == [0, 0, 0]


async def test_lines_and_an_amount_are_not_given_together(billed: Installation) -> None:
    wanted = CreditInput("k", BILL, SORRY, (LineCreditInput(1, Fraction(1)),), Fraction(1))
    assert (
        code(await issue_credit_note(billed.database, wanted, by="the office", now=at("2026-04-20"))) == "one-of-both"
    )


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_is_taken_off_is_spread_to_the_cent_and_taxes_add_up(billed: Installation, seed: int) -> None:
    chance = Random(seed)  # noqa: S311  # no secret
    for n in range(6):
        rest = sum(await left(billed))
        amount = chance.randrange(1, rest + 1) if rest else 0
        if amount:
            assert isinstance(await off(billed, f"{n}", f"{amount // 100}.{amount % 100:02d}"), Recorded)
        assert sum(await left(billed)) == rest - amount
        assert all(one >= 0 for one in await left(billed))
    documents_ = await billed.documents()
    assert sum(one.tax for one in documents_) == (sum(await left(billed)) * 23 + 50) // 100


async def off(here: Installation, key: str, amount: str) -> Recorded | Refused:
    """Take an amount off the invoice."""
    wanted = CreditInput(key, BILL, SORRY, amount=Fraction(amount))
    return await issue_credit_note(here.database, wanted, by="the office", now=at("2026-04-20"))


async def test_the_same_key_makes_one_credit_note_and_other_content_is_refused(billed: Installation) -> None:
    await credit(billed, "k", (1, "1"))
    assert await credit(billed, "k", (1, "1.00")) == Recorded(NOTE, Change.UNCHANGED)
    assert code(await credit(billed, "k", (1, "2"))) == "key-used"
    assert await billed.values("SELECT next FROM series WHERE kind = 'credit note'") == [2]


@pytest.mark.parametrize(
    ("lines", "others", "why"),
    [
        ([(1, "27.51")], {}, "more-than-left"),
        ([(1, "0")], {}, "bad-amount"),
        ([(1, "0.001")], {}, "bad-amount"),
        ([(1, "1"), (1, "1")], {}, "named-twice"),
        ([(4, "1")], {}, "unknown-line"),
        ([(1, "1")], {"document": "INV-000009"}, "unknown-document"),
        ([(1, "1")], {"reason": " "}, "blank-note"),
    ],
)
async def test_what_is_no_credit_is_refused_and_takes_no_number(
    billed: Installation, lines: list[tuple[int, str]], others: dict[str, str], why: str
) -> None:
    assert code(await credit(billed, "k", *lines, **others)) == why
    assert await billed.values("SELECT next FROM series WHERE kind = 'credit note'") == [1]


async def test_a_cancelled_invoice_leaves_no_cent_and_is_not_billed_again(billed: Installation) -> None:
    await credit(billed, "k", (2, "19.99"))
    assert await credit(billed, "c", reason="Wrong customer.") == Recorded("CN-000002", Change.NEW)
    bill, one, rest = [await issued(billed, number) for number in (BILL, NOTE, "CN-000002")]
    assert (bill.net + one.net + rest.net, bill.tax + one.tax + rest.tax) == (0, 0)
    assert bill.cancelled_by == "CN-000002"
    assert (await billed.body("CN-000002"))["cancels"] == BILL
    assert await left(billed) == [0, 0, 0]
    assert code(await credit(billed, "d")) == "is-cancelled"
    assert code(await credit(billed, "d", document=NOTE)) == "not-an-invoice"
    await billed.bill("2026-05-01")
    assert len(await billed.documents()) == 3


async def test_a_correction_after_credit_takes_back_only_what_is_left(billed: Installation) -> None:
    await credit(billed, "k", (3, "50"))
    await billed.record(work("w3", "2026-03-04 09:00", 45, voided=True))
    await billed.bill("2026-05-01")
    [correction, taken_back] = await billed.lines("CN-000002")
    assert (correction.amount, correction.reason, taken_back.amount) == (-8_250, None, 5_000)
    assert taken_back.reason is not None
    totals = [await issued(billed, number) for number in (BILL, NOTE, "CN-000002")]
    assert await left(billed) == [2_750, 5_500, 0]
    assert (sum(one.net for one in totals), sum(one.tax for one in totals)) == (8_250, 1_898)  # 23 % of what is left
    await billed.bill("2026-06-01")
    assert len(await billed.documents()) == 3


async def test_a_correction_that_leaves_more_than_the_credit_takes_none_of_it_back(billed: Installation) -> None:
    await credit(billed, "k", (3, "20"))
    await billed.record(work("w3", "2026-03-04 09:00", 15))
    await billed.bill("2026-05-01")
    assert [line.amount for line in await billed.lines("CN-000002")] == [-5_500]
    assert await left(billed) == [2_750, 5_500, 750]
    await billed.record(work("w4", "2026-05-04 09:00", 15))
    await billed.record(work("w3", "2026-03-04 09:00", 30))
    await billed.bill("2026-06-01")
    correcting = next(line.position for line in await billed.lines("INV-000002") if line.corrects is not None)
    assert code(await credit(billed, "l", (correcting, "1"), document="INV-000002")) == "is-a-correction"
    assert code(await credit(billed, "l", document="INV-000002")) == "not-supported"


async def test_a_run_that_read_before_the_credit_was_given_looks_again(billed: Installation) -> None:
    await billed.record(work("w3", "2026-03-04 09:00", 45, voided=True))
    await asyncio.gather(billed.bill("2026-05-01"), credit(billed, "k", (3, "50")))
    await billed.bill("2026-05-01")
    assert await left(billed) == [2_750, 5_500, 0]


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_is_credited_and_corrected_no_line_falls_below_zero(billed: Installation, seed: int) -> None:
    chance = Random(seed)  # noqa: S311  # no secret
    for month in (5, 6, 7, 8):
        for n in range(4):
            lines = [(chance.randrange(1, 4), f"{chance.randrange(1, 6_000) / 100:.2f}")]
            await credit(billed, f"{month}/{n}", *lines[: chance.randrange(4)])
        await billed.record(
            *(
                work(f"w{n}", f"2026-03-0{n + 1} 09:00", chance.choice([10, 15, 40, 60]), voided=chance.random() < 0.3)
                for n in (1, 2, 3)
            )
        )
        await billed.bill(f"2026-0{month}-01")
        of_lines, of_documents = await left(billed), await billed.documents()
        assert all(one >= 0 for one in of_lines)
        assert sum(one.net for one in of_documents) == sum(of_lines)
        assert sum(one.tax for one in of_documents) == (sum(of_lines) * 23 + 50) // 100
