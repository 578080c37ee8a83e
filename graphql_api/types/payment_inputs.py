"""What the mutations about money take. `service_value` of each turns it into the value that the services take."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import strawberry

from graphql_api.types.payments import PaymentKind
from tarifa.services import inputs


@strawberry.input(description="Money that moved, or that is given up, under the sender's own id.")
class PaymentInput:
    """A payment to record."""

    id: str = strawberry.field(description="Its id in the system that it comes from; the same id is the same payment.")
    account: str = strawberry.field(description="Key of the account.")
    kind: PaymentKind = strawberry.field(default=PaymentKind.PAYMENT, description="What it is.")
    amount: Decimal = strawberry.field(
        description="In major units, never below zero; 0, as a revision, takes the payment back."
    )
    currency: str = strawberry.field(description="ISO 4217 code, such as `USD`.")
    received_on: date = strawberry.field(description="The day the money moved, or was given up.")
    source: str = strawberry.field(default="main", description="The system that the id is of.")
    note: str = strawberry.field(default="", description="What to remember of it; a write-off needs one.")
    ahead: bool = strawberry.field(
        default=False, description="Said on purpose: the day is still to come; such a day is refused else."
    )

    def service_value(self) -> inputs.PaymentInput:
        """As the services take it."""
        return inputs.PaymentInput(
            account=self.account,
            kind=inputs.PaymentKind(self.kind.value),
            amount=Fraction(self.amount),
            currency=self.currency,
            received_on=self.received_on,
            external_id=self.id,
            source=self.source,
            note=self.note,
            ahead=self.ahead,
        )


@strawberry.input(description="What goes to one document or one refund: name one of them.")
class PartInput:
    """A part of an allocation."""

    amount: Decimal = strawberry.field(description="In major units; below zero it is taken back from there.")
    document: str | None = strawberry.field(default=None, description="Number of the document.")
    refund: str | None = strawberry.field(default=None, description="Id of the refund, `source:externalId`.")

    def service_value(self) -> inputs.PartInput:
        """As the services take it."""
        return inputs.PartInput(Fraction(self.amount), self.document, self.refund)


@strawberry.input(description="What is taken off a line of an invoice.")
class LineCreditInput:
    """A line of a credit note."""

    position: int = strawberry.field(description="Position of the line on the invoice, from 1.")
    amount: Decimal = strawberry.field(
        description="In major units, above zero; without tax, or with it where the ruleset's prices hold tax."
    )


@strawberry.input(description="Credit that a person gives.")
class CreditInput:
    """Goodwill."""

    request_key: str = strawberry.field(description="Your own key: the same key credits once.")
    document: str = strawberry.field(description="Number of the invoice.")
    reason: str = strawberry.field(description="Why; the customer reads it.")
    lines: list[LineCreditInput] = strawberry.field(
        default_factory=list, description="What is taken off which lines; or give an amount."
    )
    amount: Decimal | None = strawberry.field(
        default=None,
        description="In place of lines: so much off all of them, in proportion to what is left of each; before tax, "
        "where prices hold none.",
    )

    def service_value(self) -> inputs.CreditInput:
        """As the services take it."""
        lines = tuple(inputs.LineCreditInput(line.position, Fraction(line.amount)) for line in self.lines)
        amount = Fraction(self.amount) if self.amount is not None else None
        return inputs.CreditInput(self.request_key, self.document, self.reason, lines, amount)


@strawberry.input(description="An invoice that is to be taken back whole.")
class CancellationInput:
    """A full credit note."""

    request_key: str = strawberry.field(description="Your own key: the same key cancels once.")
    document: str = strawberry.field(description="Number of the invoice.")
    reason: str = strawberry.field(description="Why; the customer reads it.")

    def service_value(self) -> inputs.CreditInput:
        """As the services take it."""
        return inputs.CreditInput(self.request_key, self.document, self.reason)


@strawberry.input(description="What a payment or a credit note pays for: name one of them.")
class AllocationInput:
    """An allocation."""

    request_key: str = strawberry.field(description="Your own key: the same key allocates once.")
    payment: str | None = strawberry.field(
        default=None, description="Id of the payment or write-off, `source:externalId`."
    )
    credit_note: str | None = strawberry.field(default=None, description="Number of the credit note.")
    parts: list[PartInput] = strawberry.field(
        default_factory=list, description="How much goes where; none given: all that is owed, oldest due first."
    )

    def service_value(self) -> inputs.AllocationInput:
        """As the services take it."""
        parts = tuple(part.service_value() for part in self.parts)
        return inputs.AllocationInput(self.request_key, self.payment, self.credit_note, parts)
