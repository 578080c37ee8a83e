"""Allocate payments, write-offs and credit notes to what is owed: documents, and refunds.

Never more than is open, never across accounts or currencies. A row stays; taking it back is a row below zero. Writers
take their turn (docs/adr/0009), so what is read here as open is open still when the rows are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from engine.money import Currency, decimal_text
from engine.names import as_id
from tarifa.services.inputs import AllocationInput, PartInput
from tarifa.services.naming import bad_name
from tarifa.services.paid_cycles import note_paid
from tarifa.services.payments import bad_amount
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.storage import Database, Row, Transaction
from tarifa.storage.balances import NEWEST_PAYMENT, OPEN_DOCUMENT, OPEN_PAYMENT
from tarifa.storage.mapping import digest, to_seconds
from tarifa.storage.outbox import Event, append_events

MOST_PARTS = 1000

_DOCUMENT = (
    "SELECT d.id, d.number AS name, d.account_id, d.currency, d.digits, d.total + d.rounding AS owed,"
    f" {OPEN_DOCUMENT} AS open, d.due_date AS due FROM documents d"
)
_PAYMENT = (
    "SELECT p.id, p.source || ':' || p.external_id AS name, p.account_id, p.currency, p.digits,"
    " CASE WHEN p.kind = 'refund' THEN r.amount ELSE -r.amount END AS owed,"
    f" {OPEN_PAYMENT} AS open, r.received_on AS due FROM {NEWEST_PAYMENT}"
)


@dataclass(frozen=True, slots=True)
class _Side:
    """A document or a payment, and how much of it is open in minor units; `owes` says which side of the books it is."""

    id: str
    name: str
    is_document: bool
    account_id: str
    currency: Currency
    owes: bool
    open: int
    due: str

    @staticmethod
    def of(row: Row, *, is_document: bool) -> _Side:
        """Of a row of `_DOCUMENT` or `_PAYMENT`."""
        paid_in = Currency(row["currency"], row["digits"])
        place = (row["id"], row["name"], is_document, row["account_id"], paid_in)
        return _Side(*place, row["owed"] > 0, row["open"], row["due"])

    def columns(self) -> tuple[str | None, str | None]:
        """The ids of a payment and of a document, one of them None."""
        return (None, self.id) if self.is_document else (self.id, None)


@dataclass(frozen=True, slots=True)
class _Part:
    """What goes to `to`, in minor units."""

    to: _Side
    amount: int


async def allocate(database: Database, allocation: AllocationInput, *, by: str, now: datetime) -> Recorded | Refused:
    """Allocate to the parts that are named, or to all that is owed, oldest due first, as far as the money goes.

    The same request key again is a no-op, with other content it is refused.
    """
    key = as_id(allocation.request_key)
    wrong = bad_name(key, "requestKey")
    if wrong is None and (allocation.payment is None) == (allocation.credit_note is None):
        message = "it is not clear what is allocated"
        wrong = Problem("one-source", message, "name a payment or a credit note, one of them", key, "payment")
    if wrong is None and len(allocation.parts) > MOST_PARTS:
        wrong = Problem("too-many", f"there are more than {MOST_PARTS} parts", "send them in several", key, "parts")
    if wrong is not None:
        return Refused((wrong,))
    payload = _payload(allocation)
    async with database.writing() as transaction:
        known = await transaction.row("SELECT payload_hash FROM allocations WHERE request_key = ?", (key,))
        if known is not None:
            return _known(key, same=known["payload_hash"] == payload)
        source = await _source(transaction, allocation)
        if isinstance(source, Problem):
            return Refused((source,))
        parts = await (_named(transaction, source, allocation.parts) if allocation.parts else _due(transaction, source))
        if isinstance(parts, Problem):
            return Refused((parts,))
        await transaction.insert(
            "allocations",
            "request_key, n, from_payment_id, from_document_id, to_refund_id, to_document_id, amount, payload_hash,"
            " recorded_by, recorded_at",
            [
                (key, n, *source.columns(), *part.to.columns(), part.amount, payload, by, to_seconds(now))
                for n, part in enumerate(parts, 1)
            ],
        )
        await note_paid(transaction, [part.to.id for part in parts if part.to.is_document])
        told = {"from": source.name, "to": [[part.to.name, part.amount] for part in parts]}
        await append_events(transaction, [Event("allocated", source.id, key, told)], at=to_seconds(now))
    return Recorded(key, Change.NEW)


def _payload(allocation: AllocationInput) -> str:
    parts = [[part.document, part.refund, str(part.amount)] for part in allocation.parts]
    return digest([allocation.payment, allocation.credit_note, parts])


def _known(key: str, *, same: bool) -> Recorded | Refused:
    if same:
        return Recorded(key, Change.UNCHANGED)
    message = f"the key `{key}` has allocated something else"
    return Refused((Problem("key-used", message, "give another allocation another key", key, "requestKey"),))


async def _source(transaction: Transaction, allocation: AllocationInput) -> _Side | Problem:
    """What is allocated."""
    found = await _side(transaction, document=allocation.credit_note, payment=allocation.payment)
    if isinstance(found, Problem) or not found.owes:
        return found
    message = f"`{found.name}` is owed itself, and pays for nothing"
    remedy = "name a payment, a write-off or a credit note, and this among the parts"
    return Problem("not-a-source", message, remedy, found.name, "creditNote" if found.is_document else "payment")


async def _side(transaction: Transaction, *, document: str | None, payment: str | None) -> _Side | Problem:
    """The document with that number, or the payment with that id."""
    if document is not None:
        row = await transaction.row(f"{_DOCUMENT} WHERE d.number = ?", (document.strip(),))
        if row is None:
            return Problem("unknown-document", f"there is no document `{document}`", "", document, "document")
        return _Side.of(row, is_document=True)
    source, _, external_id = (payment or "").partition(":")
    row = await transaction.row(
        f"{_PAYMENT} WHERE p.source = ? AND p.external_id = ?", (source.strip(), as_id(external_id))
    )
    if row is None:
        remedy = "write it as `source:externalId`, as in `main:77`"
        return Problem("unknown-payment", f"there is no payment `{payment}`", remedy, payment or "", "payment")
    return _Side.of(row, is_document=False)


async def _due(transaction: Transaction, source: _Side) -> Sequence[_Part] | Problem:
    """All that is owed in the source's account and currency, oldest due first, as far as the source goes."""
    of = (source.account_id, source.currency.code)
    documents = await transaction.rows(
        f"SELECT * FROM ({_DOCUMENT} WHERE d.account_id = ? AND d.currency = ?) AS known WHERE owed > 0 AND open > 0",
        of,
    )
    refunds = await transaction.rows(
        f"SELECT * FROM ({_PAYMENT} WHERE p.account_id = ? AND p.currency = ?) AS known WHERE owed > 0 AND open > 0", of
    )
    sides = [_Side.of(row, is_document=True) for row in documents] + [
        _Side.of(row, is_document=False) for row in refunds
    ]
    left, parts = source.open, list[_Part]()
    for side in sorted(sides, key=lambda side: (side.due, side.name)):
        amount = min(left, side.open)
        if amount:
            parts.append(_Part(side, amount))
        left -= amount
    if parts:
        return parts
    message = f"nothing of `{source.name}` is open" if not source.open else "nothing is owed that it could pay for"
    return Problem("nothing-open", message, "nothing is left to do", source.name, "parts")


async def _named(transaction: Transaction, source: _Side, given: Sequence[PartInput]) -> Sequence[_Part] | Problem:
    """The parts that a person names."""
    parts: list[_Part] = []
    for part in given:
        to = await _target(transaction, source, part)
        if isinstance(to, Problem):
            return to
        if any(to == other.to for other in parts):
            return Problem("named-twice", f"`{to.name}` is named twice", "add its parts up", to.name, "parts")
        amount = int(part.amount * 10**to.currency.digits)
        if amount > to.open:
            return _too_much(f"of `{to.name}`", to.open, to.currency, to.name)
        allocated = await _allocated(transaction, source, to) if amount < 0 else 0
        if amount < 0 and -amount > allocated:
            return _too_much(f"of `{source.name}` allocated to `{to.name}`", allocated, to.currency, to.name)
        parts.append(_Part(to, amount))
    if sum(part.amount for part in parts) > source.open:
        return _too_much(f"of `{source.name}`", source.open, source.currency, source.name)
    return parts


def _too_much(what: str, left: int, paid_in: Currency, subject: str) -> Problem:
    message = f"only {decimal_text(left, paid_in.digits)} {paid_in.code} {what} are left"
    return Problem("more-than-open", message, "allocate no more than that", subject, "amount")


async def _target(transaction: Transaction, source: _Side, part: PartInput) -> _Side | Problem:
    if (part.document is None) == (part.refund is None):
        remedy = "name a document or a refund, one of them"
        return Problem("one-target", "it is not clear what a part is for", remedy, source.name, "parts")
    to = await _side(transaction, document=part.document, payment=part.refund)
    if isinstance(to, Problem):
        return to
    if not to.owes:
        message = f"nothing is owed on `{to.name}`"
        return Problem("not-owed", message, "name an invoice or a refund", to.name, "parts")
    if to.account_id != source.account_id:
        message = f"`{to.name}` and `{source.name}` are of different accounts"
        return Problem("other-account", message, "a customer's money pays for that customer alone", to.name, "parts")
    if to.currency != source.currency:
        message = f"`{to.name}` is in {to.currency.code}, and `{source.name}` in {source.currency.code}"
        return Problem("other-currency", message, "record what was paid in each currency by itself", to.name, "parts")
    if not part.amount:
        return Problem("bad-amount", "a part of 0 says nothing", "leave it out", to.name, "amount")
    return bad_amount(Fraction(part.amount), to.currency, subject=to.name) or to


async def _allocated(transaction: Transaction, source: _Side, to: _Side) -> int:
    """What of the source goes to the target."""
    start = "from_document_id" if source.is_document else "from_payment_id"
    end = "to_document_id" if to.is_document else "to_refund_id"
    row = await transaction.row(
        f"SELECT CAST(COALESCE(sum(amount), 0) AS BIGINT) AS amount FROM allocations WHERE {start} = ? AND {end} = ?",
        (source.id, to.id),
    )
    return int(row["amount"]) if row is not None else 0
