"""Record payments, refunds and write-offs: facts from outside, under the ids of the system that they come from (D9).

They change no bill, so they raise no counter of facts, unless an allowance opens when its document is paid
(`paid_cycles`). What they pay for is said by allocations.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from dsl.currencies import currency
from engine.money import Currency, decimal_text
from engine.names import as_id, fold
from tarifa.services.inputs import OnChange, PaymentInput, PaymentKind
from tarifa.services.naming import bad_name, bad_note, bad_source
from tarifa.services.paid_cycles import note_paid
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.storage import Database, Row, Transaction
from tarifa.storage.balances import NEWEST_PAYMENT, OPEN_PAYMENT
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import to_seconds
from tarifa.storage.outbox import Event, append_events

MOST = 10**15
"""Minor units of one payment; sums of many still fit a column of 64 bits."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """A payment as it is stored."""

    account_id: str
    kind: str
    currency: Currency
    amount: int
    received_on: str
    note: str

    def fixed(self) -> tuple[str, str, str]:
        """What no revision changes."""
        return self.account_id, self.kind, self.currency.code

    def revised(self) -> tuple[int, str, str]:
        """What a revision may change."""
        return self.amount, self.received_on, self.note


async def record_payment(
    database: Database, payment: PaymentInput, *, by: str, now: datetime, on_change: OnChange = OnChange.REJECT
) -> Recorded | Refused:
    """Record money that moved; the same again is a no-op, other facts under its id are refused or a revision."""
    paid_in = currency(payment.currency)
    if paid_in is None:
        message = f"`{payment.currency}` is no currency"
        remedy = "give the code of ISO 4217, such as `EUR`"
        return Refused((Problem("unknown-currency", message, remedy, payment.external_id, "currency"),))
    bad = _bad_fields(payment, paid_in, today=now.date())
    if bad:
        return Refused(bad)
    async with database.writing() as transaction:
        account = await transaction.row("SELECT id FROM accounts WHERE key = ?", (fold(payment.account),))
        if account is None:
            message = f"there is no account `{payment.account}`"
            return Refused((Problem("unknown-account", message, "", payment.external_id, "account"),))
        minor = int(payment.amount * 10**paid_in.digits)
        day = payment.received_on.isoformat()
        facts = _Facts(account["id"], payment.kind.value, paid_in, minor, day, payment.note.strip())
        return await _record(transaction, payment, facts, on_change=on_change, by=by, at=to_seconds(now))


async def _record(
    transaction: Transaction, payment: PaymentInput, facts: _Facts, *, on_change: OnChange, by: str, at: int
) -> Recorded | Refused:
    source, external_id = payment.source, as_id(payment.external_id)
    key = f"{source}:{external_id}"
    known = await transaction.row(
        f"SELECT p.*, r.rev, r.amount, r.received_on, r.note, {OPEN_PAYMENT} AS open FROM {NEWEST_PAYMENT}"
        " WHERE p.source = ? AND p.external_id = ?",
        (source, external_id),
    )
    if known is not None and _of(known) == facts:
        return Recorded(key, Change.UNCHANGED, known["rev"])
    refused = _no_revision(key, known, facts, on_change) if known is not None else _no_beginning(key, facts)
    if refused is not None:
        return Refused((refused,))
    payment_id, revision = (known["id"], known["rev"] + 1) if known is not None else (new_id(), 1)
    if known is None:
        await transaction.insert(
            "payments",
            "id, account_id, source, external_id, kind, currency, digits",
            [
                (
                    payment_id,
                    facts.account_id,
                    source,
                    external_id,
                    facts.kind,
                    facts.currency.code,
                    facts.currency.digits,
                )
            ],
        )
    await transaction.insert(
        "payment_revs",
        "payment_id, rev, amount, received_on, note, recorded_by, recorded_at",
        [(payment_id, revision, *facts.revised(), by, at)],
    )
    if known is not None:  # it may have come on another day than was said
        of = await transaction.rows(
            "SELECT DISTINCT to_document_id AS id FROM allocations WHERE from_payment_id = ?"
            " AND to_document_id IS NOT NULL",
            (payment_id,),
        )
        await note_paid(transaction, [row["id"] for row in of])
    payload = {"payment": key, "kind": facts.kind, "amount": facts.amount, "currency": facts.currency.code}
    await append_events(transaction, [Event("payment.recorded", payment_id, str(revision), payload)], at=at)
    return Recorded(key, Change.NEW if known is None else Change.REVISED, revision)


def _of(row: Row) -> _Facts:
    """A row as facts."""
    paid_in = Currency(row["currency"], row["digits"])
    return _Facts(row["account_id"], row["kind"], paid_in, row["amount"], row["received_on"], row["note"])


def _bad_fields(payment: PaymentInput, paid_in: Currency, *, today: date) -> tuple[Problem, ...]:
    found = [
        bad_source(payment.source),
        bad_name(payment.external_id, "externalId"),
        bad_note(payment.note, payment.external_id, "note"),
        bad_amount(payment.amount, paid_in, subject=payment.external_id),
    ]
    if payment.kind is PaymentKind.WRITE_OFF and not payment.note.strip():
        remedy = "say in a sentence who gives it up, and why"
        found.append(Problem("blank-note", "a write-off needs a note", remedy, payment.external_id, "note"))
    if payment.received_on > today + timedelta(days=1) and not payment.ahead:  # somewhere it may be tomorrow already
        message = f"{payment.received_on} is still to come"
        remedy = "correct the day, or say that it is meant (`ahead`)"
        found.append(Problem("in-future", message, remedy, payment.external_id, "receivedOn"))
    if payment.amount < 0:
        message = "an amount below zero was sent"
        remedy = "record money that goes back to the customer as a `refund`, and take a payment back by the amount 0"
        found.append(Problem("bad-amount", message, remedy, payment.external_id, "amount"))
    return tuple(problem for problem in found if problem is not None)


def bad_amount(amount: Fraction, paid_in: Currency, *, subject: str) -> Problem | None:
    """Why an amount in major units cannot be paid in a currency."""
    minor = amount * 10**paid_in.digits
    if minor.denominator != 1:
        message = f"{paid_in.code} has {paid_in.digits} decimals, and the amount has more"
        return Problem("bad-amount", message, "round it as it was paid", subject, "amount")
    if abs(minor) > MOST:
        return Problem("bad-amount", "the amount is larger than is kept", "correct it", subject, "amount")
    return None


def _no_beginning(key: str, facts: _Facts) -> Problem | None:
    if facts.amount:
        return None
    message = f"there is no payment `{key}` that an amount of 0 could take back"
    return Problem("bad-amount", message, "give the amount that was paid", key, "amount")


def _no_revision(key: str, known: Row, facts: _Facts, on_change: OnChange) -> Problem | None:
    """Why a payment that is on record stays as it is."""
    if on_change is OnChange.REJECT:
        message = f"the payment `{key}` is on record with other facts"
        remedy = "send it as a revision if it was corrected, or give another payment its own id"
        return Problem("payment-exists", message, remedy, key, "externalId")
    if _of(known).fixed() != facts.fixed():
        message = f"a revision of `{key}` keeps its account, its kind and its currency"
        remedy = "take it back by a revision with the amount 0, and record the right one under its own id"
        return Problem("payment-exists", message, remedy, key, "externalId")
    allocated = known["amount"] - known["open"]
    if facts.amount < allocated:
        said = decimal_text(allocated, facts.currency.digits)
        message = f"{said} {facts.currency.code} of `{key}` are allocated, which is more than the new amount"
        return Problem("is-allocated", message, "take allocations back first", key, "amount")
    return None
