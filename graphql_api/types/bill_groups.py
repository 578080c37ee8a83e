"""Bill groups: contracts that are billed together."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from graphql_api.types.problems import Change, Refused
from tarifa.reading.bill_groups import BillGroupView
from tarifa.services import inputs


@strawberry.input(description="Contracts that are billed together, on one document for each boundary.")
class BillGroupInput:
    """A group to record, or new terms of one."""

    key: str = strawberry.field(description="Case and blanks do not count.")
    account: str = strawberry.field(description="Key of who is billed; contracts may be of other accounts.")
    currency: str = strawberry.field(description="ISO 4217 code, of all contracts in it.")
    seller: str | None = strawberry.field(default=None, description="Key of the seller; none: the default one.")
    due_days: int = strawberry.field(default=0, description="Days from a document's issue to its due date.")
    purchase_order: str | None = strawberry.field(default=None, description="The customer's, repeated on documents.")
    reference: str | None = strawberry.field(default=None, description="The customer's own, repeated on documents.")
    needs_approval: bool = strawberry.field(
        default=False, description="Whether each document waits until a person approves its preview."
    )

    def service_value(self) -> inputs.BillGroupInput:
        """As the services take it."""
        return inputs.BillGroupInput(
            key=self.key,
            account=self.account,
            currency=self.currency,
            seller=self.seller,
            due_days=self.due_days,
            purchase_order=self.purchase_order,
            reference=self.reference,
            needs_approval=self.needs_approval,
        )


@strawberry.type(description="Contracts that are billed together.")
class BillGroup:
    """A group with its terms."""

    key: str = strawberry.field(description="As it was written.")
    account_key: str = strawberry.field(description="Who is billed.")
    seller: str | None = strawberry.field(description="Key of the seller; none: the default one.")
    currency: str = strawberry.field(description="ISO 4217 code.")
    due_days: int = strawberry.field(description="Days from issue to due date.")
    purchase_order: str | None = strawberry.field(description="The customer's.")
    reference: str | None = strawberry.field(description="The customer's own.")
    needs_approval: bool = strawberry.field(description="Whether its documents wait for an approval.")
    contract_numbers: list[str] = strawberry.field(description="The contracts that are billed with it.")
    recorded_by: str = strawberry.field(description="Who recorded it so.")
    recorded_at: datetime = strawberry.field(description="When.")

    @staticmethod
    def of(view: BillGroupView) -> BillGroup:
        """Translate a read model."""
        return BillGroup(
            key=view.key,
            account_key=view.account,
            seller=view.seller,
            currency=view.currency,
            due_days=view.due_days,
            purchase_order=view.purchase_order,
            reference=view.reference,
            needs_approval=view.needs_approval,
            contract_numbers=list(view.contracts),
            recorded_by=view.recorded_by,
            recorded_at=view.recorded_at,
        )


@strawberry.type(description="The bill group is on record.")
class BillGroupRecorded:
    """A group."""

    key: str = strawberry.field(description="Its key, in the form in which keys are compared.")
    change: Change = strawberry.field(description="What was done.")


@strawberry.type(description="The contract is billed with the group, from its next boundary on.")
class BillGroupJoined:
    """A contract of a group."""

    contract_number: str = strawberry.field(description="The contract.")
    change: Change = strawberry.field(description="`UNCHANGED` where it is billed with that group already.")


@strawberry.type(description="The contract is billed by itself, from its next boundary on.")
class BillGroupLeft:
    """A contract without a group."""

    contract_number: str = strawberry.field(description="The contract.")
    change: Change = strawberry.field(description="`UNCHANGED` where it was billed by itself already.")


LeaveResult = Annotated[
    BillGroupLeft | Refused, strawberry.union("LeaveResult", description="The contract by itself, or why not.")
]
BillGroupResult = Annotated[
    BillGroupRecorded | Refused, strawberry.union("BillGroupResult", description="The group, or why not.")
]
JoinResult = Annotated[
    BillGroupJoined | Refused, strawberry.union("JoinResult", description="The contract in its group, or why not.")
]
