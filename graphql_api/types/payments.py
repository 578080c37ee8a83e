"""Payments, what they are allocated to, and statements of account."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum

import strawberry

from graphql_api.context import Info
from graphql_api.limits import PAGE_SIZE
from graphql_api.types.connections import After, Connection, First, paged
from graphql_api.types.declare import choice, computed
from graphql_api.types.money import Money
from tarifa.reading import statements
from tarifa.reading.views import AllocationView, PaymentView, StatementEntryView, StatementView


@strawberry.enum(description="What a payment is.")
class PaymentKind(Enum):
    """`tarifa.services.inputs.PaymentKind`, with a description for each value."""

    PAYMENT = choice("payment", "Money from the customer.")
    REFUND = choice("refund", "Money back to the customer.")
    WRITE_OFF = choice("write-off", "Money that is given up: it is owed no more, and nobody paid it.")


@strawberry.type(description="What of a payment or credit note goes to an invoice or a refund.")
class Allocation:
    """It stays; taking it back is another one, below zero."""

    payment_id: str | None = strawberry.field(description="The payment or write-off, `source:externalId`.")
    credit_note_number: str | None = strawberry.field(description="Or the credit note.")
    document_number: str | None = strawberry.field(description="The document that it pays for.")
    refund_id: str | None = strawberry.field(description="Or the refund, `source:externalId`.")
    amount: Money = strawberry.field(description="How much; below zero it was taken back.")
    recorded_by: str = strawberry.field(description="Who said so.")
    recorded_at: datetime = strawberry.field(description="When.")

    @staticmethod
    def of(view: AllocationView) -> Allocation:
        """Translate a read model."""
        return Allocation(
            payment_id=view.payment,
            credit_note_number=view.credit_note,
            document_number=view.document,
            refund_id=view.refund,
            amount=Money.of(view.amount, view.currency),
            recorded_by=view.recorded_by,
            recorded_at=view.recorded_at,
        )


@strawberry.type(description="Money that moved or was given up, as its newest revision says.")
class Payment:
    """A payment."""

    id: str = strawberry.field(description="`source:externalId`.")
    account_key: str = strawberry.field(description="Whose it is.")
    kind: PaymentKind = strawberry.field(description="What it is.")
    amount: Money = strawberry.field(description="How much; 0 where it was taken back.")
    open: Money = strawberry.field(description="What of it is allocated to nothing; never below zero.")
    received_on: date = strawberry.field(description="The day the money moved, or was given up.")
    note: str = strawberry.field(description="What the office remembers of it.")
    revision: int = strawberry.field(description="Number of its newest revision, from 1.")
    recorded_by: str = strawberry.field(description="Who recorded that.")
    recorded_at: datetime = strawberry.field(description="When.")

    @staticmethod
    def of(view: PaymentView) -> Payment:
        """Translate a read model."""
        return Payment(
            id=view.id,
            account_key=view.account,
            kind=PaymentKind(view.kind),
            amount=Money.of(view.amount, view.currency),
            open=Money.of(view.open, view.currency),
            received_on=view.received_on,
            note=view.note,
            revision=view.revision,
            recorded_by=view.recorded_by,
            recorded_at=view.recorded_at,
        )

    @computed("What it is allocated to; of a refund, what it is taken from.")
    async def allocations(self, info: Info) -> list[Allocation]:
        """Batched over the payments of a request."""
        return [Allocation.of(view) for view in await info.context.loaders.allocations_of_payment.load(self.id)]


@strawberry.enum(description="What a statement of account lists.")
class StatementKind(Enum):
    """Documents and payments."""

    INVOICE = choice("invoice", "An invoice: more is owed.")
    CREDIT_NOTE = choice("credit note", "A credit note: less is owed.")
    PAYMENT = choice("payment", "A payment: less is owed.")
    REFUND = choice("refund", "A refund: more is owed.")
    WRITE_OFF = choice("write-off", "A write-off: less is owed.")


@strawberry.type(description="A document or a payment on a statement of account.")
class StatementEntry:
    """One row."""

    day: date = strawberry.field(description="The day of issue, or the day the money moved.")
    kind: StatementKind = strawberry.field(description="What it is.")
    name: str = strawberry.field(description="The document's number, or the payment's id.")
    amount: Money = strawberry.field(description="What it adds to what is owed; below zero it takes off.")
    balance: Money = strawberry.field(description="What is owed with it; below zero the customer has credit.")

    @staticmethod
    def of(view: StatementEntryView) -> StatementEntry:
        """Translate a read model."""
        return StatementEntry(
            day=view.day,
            kind=StatementKind(view.kind),
            name=view.name,
            amount=Money.of(view.amount, view.currency),
            balance=Money.of(view.balance, view.currency),
        )


@strawberry.type(description="What a customer owed in one currency over some days: documents less payments.")
class Statement:
    """A statement of account in one currency."""

    account_key: str = strawberry.field(description="The customer.")
    currency: str = strawberry.field(description="ISO 4217 code of all its amounts.")
    start: date = strawberry.field(description="The first day.")
    end: date = strawberry.field(description="The last day, itself included.")
    opening: Money = strawberry.field(description="What was owed before the first day; below zero: credit.")
    closing: Money = strawberry.field(description="What was owed at the end of the last day.")

    @staticmethod
    def of(view: StatementView, account: str, *, start: date, end: date) -> Statement:
        """Translate a read model."""
        return Statement(
            account_key=account,
            currency=view.currency.code,
            start=start,
            end=end,
            opening=Money.of(view.opening, view.currency),
            closing=Money.of(view.closing, view.currency),
        )

    @computed("What came to it in those days, by day.")
    async def entries(self, info: Info, first: First = PAGE_SIZE, after: After = None) -> Connection[StatementEntry]:
        """A page of entries."""
        context = info.context
        return await paged(
            first,
            after,
            lambda page: statements.entries(
                context.database,
                context.scope,
                self.account_key,
                page,
                currency=self.currency,
                start=self.start,
                last=self.end,
            ),
            StatementEntry.of,
        )
