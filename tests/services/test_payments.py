"""Payments are recorded once, pay for what is owed and for no more, and every sum can be derived again."""

from __future__ import annotations

import asyncio
from datetime import date
from fractions import Fraction
from random import Random

import pytest

from tarifa.reading import documents, payments, statements
from tarifa.reading.pages import PageRequest
from tarifa.reading.scope import EVERYTHING, Scope
from tarifa.reading.views import PaymentView, StatementEntryView
from tarifa.services.allocations import allocate
from tarifa.services.inputs import AllocationInput, OnChange, PartInput, PaymentInput, PaymentKind
from tarifa.services.payments import record_payment
from tarifa.services.results import Change, Recorded, Refused
from tests.services.installation import RECORDED, Installation, at, work

FIRST, SECOND = "INV-000001", "INV-000002"
FEE = 123_000  # 1,000.00 EUR and 23 % of tax
TODAY = at("2026-09-01")
ALL_DAYS = (date(2026, 1, 1), date(2026, 12, 31))


async def pay(here: Installation, id_: str, amount: str, kind: str = "payment", **others: object) -> Recorded | Refused:
    given = {"account": "Acme Corp", "currency": "EUR", "received_on": date(2026, 4, 20), "note": "by phone"} | others
    on_change = given.pop("on_change", OnChange.REJECT)
    payment = PaymentInput(kind=PaymentKind(kind), amount=Fraction(amount), external_id=id_, **given)  # type: ignore[arg-type]  # as the test says
    return await record_payment(here.database, payment, by="the office", now=TODAY, on_change=on_change)  # type: ignore[arg-type]  # as above


async def put(here: Installation, key: str, source: str, *parts: tuple[str, str]) -> Recorded | Refused:
    """Allocate from a payment (`main:1`) or credit note (`CN-...`) to documents or refunds."""
    named = tuple(
        PartInput(Fraction(amount), refund=to) if ":" in to else PartInput(Fraction(amount), document=to)
        for to, amount in parts
    )
    origin = {"payment": source} if ":" in source else {"credit_note": source}
    return await allocate(here.database, AllocationInput(key, parts=named, **origin), by="the office", now=RECORDED)  # type: ignore[arg-type]  # one of two


def code(answer: Recorded | Refused) -> str:
    assert isinstance(answer, Refused), answer
    return answer.problems[0].code


async def left(here: Installation, name: str) -> int:
    """What is open of a document or a payment."""
    if ":" in name:
        return (await payments.payments_by_id(here.database, EVERYTHING, [name]))[name].open
    found = await documents.document(here.database, EVERYTHING, name)
    assert found is not None
    return found.open


async def entries(here: Installation, start: date, last: date) -> tuple[StatementEntryView, ...]:
    page = PageRequest(500)
    found = await statements.entries(
        here.database, EVERYTHING, "Acme Corp", page, currency="EUR", start=start, last=last
    )
    return found.nodes


@pytest.fixture
async def two(here: Installation) -> Installation:
    """Two invoices of 1,230.00 EUR each, issued on March 1 and April 1."""
    await here.contract(due_days=14)
    await here.bill("2026-03-01")
    await here.bill("2026-04-01")
    assert [(one.number, one.open) for one in await here.documents()] == [(FIRST, FEE), (SECOND, FEE)]
    return here


async def test_a_payment_sent_again_is_recorded_once_and_another_under_its_id_is_refused(two: Installation) -> None:
    assert await pay(two, "7", "100") == Recorded("main:7", Change.NEW)
    assert await pay(two, "7", "100.00") == Recorded("main:7", Change.UNCHANGED)
    assert code(await pay(two, "7", "100.01")) == "payment-exists"
    assert await pay(two, "7", "90", on_change=OnChange.REVISE) == Recorded("main:7", Change.REVISED, 2)
    assert await left(two, "main:7") == 9_000
    assert code(await pay(two, "7", "90", kind="refund", on_change=OnChange.REVISE)) == "payment-exists"


@pytest.mark.parametrize(
    ("amount", "others", "why"),
    [
        ("-1", {}, "bad-amount"),
        ("0", {}, "bad-amount"),
        ("0.001", {}, "bad-amount"),
        ("99999999999999", {}, "bad-amount"),
        ("1", {"currency": "XXX"}, "unknown-currency"),
        ("1", {"account": "Acne"}, "unknown-account"),
        ("1", {"kind": "write-off", "note": " "}, "blank-note"),
        ("1", {"source": "Our Bank"}, "bad-source"),
        ("1", {"received_on": date(2026, 9, 3)}, "in-future"),
    ],
)
async def test_what_is_no_payment_is_refused(
    here: Installation, amount: str, others: dict[str, object], why: str
) -> None:
    assert code(await pay(here, "7", amount, **others)) == why  # type: ignore[arg-type]  # kind is text
    assert await here.values("SELECT count(*) FROM payments") == [0]


async def test_a_day_to_come_is_taken_where_it_is_said_to_be_meant(here: Installation) -> None:
    later = {"received_on": date(2026, 9, 3), "ahead": True}
    assert await pay(here, "7", "1", **later) == Recorded("main:7", Change.NEW)
    assert await pay(here, "8", "1", received_on=date(2026, 9, 2)) == Recorded(
        "main:8", Change.NEW
    )  # it is that day east of us


async def test_money_pays_the_oldest_due_first_as_far_as_it_goes(two: Installation) -> None:
    await pay(two, "7", "1300")
    assert await put(two, "k", "main:7") == Recorded("k", Change.NEW)
    assert [await left(two, name) for name in (FIRST, SECOND, "main:7")] == [0, FEE - 7_000, 0]
    assert await put(two, "k", "main:7") == Recorded("k", Change.UNCHANGED)
    assert code(await put(two, "k", "main:7", (SECOND, "1"))) == "key-used"
    assert code(await put(two, "l", "main:7")) == "nothing-open"


async def test_no_more_is_allocated_than_is_open_on_either_side(two: Installation) -> None:
    await pay(two, "7", "1500")
    assert code(await put(two, "a", "main:7", (FIRST, "1230.01"))) == "more-than-open"
    assert code(await put(two, "a", "main:7", (FIRST, "1230"), (SECOND, "270.01"))) == "more-than-open"
    assert code(await put(two, "a", "main:7", (FIRST, "1"), (FIRST, "1"))) == "named-twice"
    assert code(await put(two, "a", "main:7", (FIRST, "0"))) == "bad-amount"
    assert await two.values("SELECT count(*) FROM allocations") == [0]
    assert await put(two, "a", "main:7", (FIRST, "1230"), (SECOND, "270")) == Recorded("a", Change.NEW)


async def test_an_allocation_is_taken_back_by_one_below_zero_and_by_no_more_than_it_was(two: Installation) -> None:
    await pay(two, "7", "500")
    await put(two, "a", "main:7", (FIRST, "400"))
    assert code(await put(two, "b", "main:7", (FIRST, "-400.01"))) == "more-than-open"
    assert code(await pay(two, "7", "399", on_change=OnChange.REVISE)) == "is-allocated"
    await put(two, "b", "main:7", (FIRST, "-400"), (SECOND, "500"))
    assert [await left(two, name) for name in (FIRST, SECOND, "main:7")] == [FEE, FEE - 50_000, 0]
    found = await payments.allocations_by_payment(two.database, EVERYTHING, ["main:7"])
    assert [(one.document, one.amount) for one in found["main:7"]] == [
        (FIRST, 40_000), (FIRST, -40_000), (SECOND, 50_000),
    ]  # fmt: skip


async def test_money_stays_with_its_account_and_its_currency(two: Installation) -> None:
    await two.account("Globex")
    await pay(two, "7", "100", account="Globex")
    await pay(two, "8", "100", currency="USD")
    assert code(await put(two, "a", "main:7", (FIRST, "1"))) == "other-account"
    assert code(await put(two, "a", "main:8", (FIRST, "1"))) == "other-currency"
    assert code(await put(two, "a", "main:8")) == "nothing-open"
    assert code(await put(two, "a", FIRST, (SECOND, "1"))) == "not-a-source"
    assert code(await put(two, "a", "main:9")) == "unknown-payment"
    assert code(await put(two, "a", "main:8", ("INV-000009", "1"))) == "unknown-document"


async def test_a_credit_note_is_open_credit_that_pays_an_invoice_or_goes_back_as_a_refund(here: Installation) -> None:
    await here.contract(plan="Open")
    await here.record(work("w1", "2026-03-03 09:00", 60))
    await here.bill("2026-04-01")
    await here.record(work("w1", "2026-03-03 09:00", 60, voided=True))
    await here.bill("2026-05-01")
    assert await left(here, "CN-000001") == 13_530
    await put(here, "a", "CN-000001", (FIRST, "100"))
    await pay(here, "r", "35.30", kind="refund")
    assert code(await put(here, "b", "main:r", (FIRST, "1"))) == "not-a-source"
    await put(here, "b", "CN-000001", ("main:r", "35.30"))
    assert [await left(here, name) for name in (FIRST, "CN-000001", "main:r")] == [3_530, 0, 0]
    [first, _] = (await payments.allocations_by_document(here.database, EVERYTHING, ["CN-000001"]))["CN-000001"]
    assert (first.credit_note, first.document, first.amount) == ("CN-000001", FIRST, 10_000)


async def test_overdue_is_what_was_due_before_a_day_and_is_open(two: Installation) -> None:
    async def overdue(day: str, scope: Scope = EVERYTHING) -> list[str]:
        page = await documents.overdue(two.database, scope, PageRequest(), on=date.fromisoformat(day))
        return [one.number for one in page.nodes]

    assert await overdue("2026-03-15") == []  # due on that day
    assert await overdue("2026-03-16") == [FIRST]
    assert await overdue("2026-06-01") == [FIRST, SECOND]
    await pay(two, "7", "1230", kind="write-off")
    await put(two, "a", "main:7")
    assert await overdue("2026-06-01") == [SECOND]
    assert await overdue("2026-06-01", Scope("globex")) == []


async def test_a_statement_tells_what_was_owed_before_and_with_each_entry(two: Installation) -> None:
    await pay(two, "7", "1000", received_on=date(2026, 3, 10))
    await pay(two, "8", "50", kind="refund", received_on=date(2026, 4, 1))
    await pay(two, "9", "5", received_on=date(2026, 4, 2))
    await pay(two, "9", "0", received_on=date(2026, 4, 2), on_change=OnChange.REVISE)
    april = (date(2026, 4, 1), date(2026, 4, 30))
    [statement] = await statements.statements(two.database, EVERYTHING, "ACME corp", start=april[0], last=april[1])
    assert (statement.opening, statement.closing) == (23_000, 151_000)
    assert [(one.name, one.amount, one.balance) for one in await entries(two, *april)] == [
        (SECOND, FEE, 146_000), ("main:8", 5_000, 151_000),
    ]  # fmt: skip
    others = await statements.statements(two.database, Scope("globex"), "Acme Corp", start=april[0], last=april[1])
    assert others == ()


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_is_paid_and_allocated_the_balance_is_documents_less_payments(
    two: Installation, seed: int
) -> None:
    chance = Random(seed)  # noqa: S311  # no secret
    for n in range(25):
        money = f"{chance.randrange(1, 90_000) / 100:.2f}"
        if chance.random() < 0.4:
            kind = chance.choice(["payment", "payment", "refund", "write-off"])
            await pay(two, str(chance.randrange(6)), money, kind=kind, on_change=OnChange.REVISE)
        else:
            sign = chance.choice(["", "", "-"])
            parts = [(chance.choice([FIRST, SECOND, f"main:{chance.randrange(6)}"]), sign + money)]
            await put(two, f"k{n}", f"main:{chance.randrange(6)}", *parts[: chance.randrange(2)])
        await holds(two)


async def holds(here: Installation) -> None:
    """The sums agree, and nothing is allocated that is not there."""
    issued = await here.documents()
    paid = (await payments.payments(here.database, EVERYTHING, PageRequest(500))).nodes
    owed = sum(one.total for one in issued) + sum(_adds(one) for one in paid)
    [statement] = await statements.statements(
        here.database, EVERYTHING, "Acme Corp", start=ALL_DAYS[0], last=ALL_DAYS[1]
    )
    assert statement.closing == owed == (await entries(here, *ALL_DAYS))[-1].balance
    assert all(0 <= one.open <= one.total for one in issued)
    assert all(0 <= one.open <= one.amount for one in paid)
    still = sum(one.open for one in issued) + sum(one.open if one.kind == "refund" else -one.open for one in paid)
    assert still == owed


def _adds(payment: PaymentView) -> int:
    return payment.amount if payment.kind == "refund" else -payment.amount


async def test_many_at_once_cannot_spend_the_same_money_twice(two: Installation) -> None:
    await pay(two, "7", "1000")
    answers = await asyncio.gather(*(put(two, f"k{n}", "main:7", (FIRST, "300")) for n in range(6)))
    assert sum(isinstance(one, Recorded) for one in answers) == 3
    assert (await left(two, "main:7"), await left(two, FIRST)) == (10_000, FEE - 90_000)
