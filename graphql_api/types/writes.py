"""What mutations answer: a union of what was done and what was refused."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from graphql_api.context import Info
from graphql_api.types.accounts import Account
from graphql_api.types.contracts import Contract
from graphql_api.types.declare import computed
from graphql_api.types.documents import Document, DocumentKind
from graphql_api.types.money import Money
from graphql_api.types.payments import Allocation, Payment
from graphql_api.types.problems import Change, Refused
from graphql_api.types.rulesets import Activation, RulesetNotPublished, RulesetPublished
from graphql_api.types.waiting import BillingException, Reason
from graphql_api.types.worklogs import Worklog
from tarifa.reading import exceptions, payments
from tarifa.services.billing import BillingResult
from tarifa.services.billing_settle import Failed
from tarifa.services.billing_write import BilledBoundary
from tarifa.services.results import Recorded


@strawberry.type(description="The account is on record.")
class AccountRecorded:
    """One of a list."""

    key: str = strawberry.field(description="Its key, folded.")
    change: Change = strawberry.field(description="What was written.")

    @staticmethod
    def of(recorded: Recorded) -> AccountRecorded:
        """Translate a service's answer."""
        return AccountRecorded(key=recorded.key, change=Change(recorded.change.value))

    @computed("The account as it is now.")
    async def account(self, info: Info) -> Account | None:
        """Batched over the list."""
        view = await info.context.loaders.account.load(self.key)
        return Account.of(view) if view is not None else None


@strawberry.type(description="The worklog is on record.")
class WorklogRecorded:
    """One of a list."""

    id: str = strawberry.field(description="`source:externalId`.")
    change: Change = strawberry.field(description="What was written.")
    revision: int = strawberry.field(description="Its newest revision.")

    @staticmethod
    def of(recorded: Recorded) -> WorklogRecorded:
        """Translate a service's answer."""
        return WorklogRecorded(id=recorded.key, change=Change(recorded.change.value), revision=recorded.revision)

    @computed("The worklog as it is now.")
    async def worklog(self, info: Info) -> Worklog | None:
        """Batched over the list."""
        view = await info.context.loaders.worklog.load(self.id)
        return Worklog.of(view) if view is not None else None


@strawberry.type(description="The contract is on record.")
class ContractCreated:
    """A contract."""

    number: str = strawberry.field(description="Its number.")
    change: Change = strawberry.field(description="`UNCHANGED` where it was on record just so.")

    @computed("The contract.")
    async def contract(self, info: Info) -> Contract | None:
        """Read after the write."""
        view = await info.context.loaders.contract.load(self.number)
        return Contract.of(view) if view is not None else None


@strawberry.type(description="The contract is amended.")
class ContractAmended:
    """An amendment."""

    number: str = strawberry.field(description="The contract's number.")
    amendment: int = strawberry.field(description="The amendment's number; 1 is what the contract began with.")
    change: Change = strawberry.field(description="`UNCHANGED` where it was on record just so.")

    @computed("The contract.")
    async def contract(self, info: Info) -> Contract | None:
        """Read after the write."""
        view = await info.context.loaders.contract.load(self.number)
        return Contract.of(view) if view is not None else None


@strawberry.type(description="The count is on record.")
class QuantitySet:
    """How many of a recurring item."""

    id: str = strawberry.field(description="`source:externalId`.")
    change: Change = strawberry.field(description="What was written.")
    revision: int = strawberry.field(description="Its newest revision.")
    contract_number: str = strawberry.field(description="The contract.")

    @computed("The contract.")
    async def contract(self, info: Info) -> Contract | None:
        """Read after the write."""
        view = await info.context.loaders.contract.load(self.contract_number)
        return Contract.of(view) if view is not None else None


@strawberry.type(description="The decision is on record.")
class ExceptionDecided:
    """A decision about work that waited."""

    id: str = strawberry.field(description="The exception's id.")
    change: Change = strawberry.field(description="`UNCHANGED` where it was decided just so.")

    @computed("The exception as it is now.")
    async def exception(self, info: Info) -> BillingException | None:
        """Read after the write."""
        view = await exceptions.exception(info.context.database, info.context.scope, self.id)
        return BillingException.of(view) if view is not None else None


@strawberry.type(description="The top-up is bought.")
class TopUpBought:
    """A top-up."""

    id: str = strawberry.field(description="Its id.")
    change: Change = strawberry.field(description="`UNCHANGED` where this request key bought it before.")
    contract_number: str = strawberry.field(description="The contract.")

    @computed("The contract.")
    async def contract(self, info: Info) -> Contract | None:
        """Read after the write."""
        view = await info.context.loaders.contract.load(self.contract_number)
        return Contract.of(view) if view is not None else None


@strawberry.type(description="The payment is on record.")
class PaymentRecorded:
    """A payment, a refund or a write-off."""

    id: str = strawberry.field(description="`source:externalId`.")
    change: Change = strawberry.field(description="What was written.")
    revision: int = strawberry.field(description="Its newest revision.")

    @computed("The payment as it is now.")
    async def payment(self, info: Info) -> Payment | None:
        """Read after the write."""
        view = await info.context.loaders.payment.load(self.id)
        return Payment.of(view) if view is not None else None


@strawberry.type(description="The credit note is issued.")
class CreditNoteIssued:
    """A credit note by hand."""

    number: str = strawberry.field(description="Its number.")
    change: Change = strawberry.field(description="`UNCHANGED` where this key made it before.")

    @computed("The credit note.")
    async def document(self, info: Info) -> Document | None:
        """Read after the write."""
        view = await info.context.loaders.document.load(self.number)
        return Document.of(view) if view is not None else None


@strawberry.type(description="It is allocated.")
class Allocated:
    """An allocation."""

    request_key: str = strawberry.field(description="Your own key.")
    change: Change = strawberry.field(description="`UNCHANGED` where this key allocated it before.")

    @computed("What it wrote.")
    async def allocations(self, info: Info) -> list[Allocation]:
        """Read after the write."""
        views = await payments.allocations_of_key(info.context.database, info.context.scope, self.request_key)
        return [Allocation.of(view) for view in views]


@strawberry.type(description="The activation is stated.")
class RulesetActivated:
    """An activation."""

    activation: Activation = strawberry.field(description="What was stated.")


AccountResult = Annotated[
    AccountRecorded | Refused, strawberry.union("AccountResult", description="One account: recorded, or why not.")
]
WorklogResult = Annotated[
    WorklogRecorded | Refused, strawberry.union("WorklogResult", description="One worklog: recorded, or why not.")
]
ContractResult = Annotated[
    ContractCreated | Refused, strawberry.union("ContractResult", description="The contract, or why not.")
]
AmendmentResult = Annotated[
    ContractAmended | Refused, strawberry.union("AmendmentResult", description="The amendment, or why not.")
]
QuantityResult = Annotated[
    QuantitySet | Refused, strawberry.union("QuantityResult", description="The count, or why not.")
]
DecisionResult = Annotated[
    ExceptionDecided | Refused, strawberry.union("DecisionResult", description="The decision, or why not.")
]
PaymentResult = Annotated[
    PaymentRecorded | Refused, strawberry.union("PaymentResult", description="The payment, or why not.")
]
AllocationResult = Annotated[
    Allocated | Refused, strawberry.union("AllocationResult", description="The allocation, or why not.")
]
CreditNoteResult = Annotated[
    CreditNoteIssued | Refused, strawberry.union("CreditNoteResult", description="The credit note, or why not.")
]
TopUpResult = Annotated[TopUpBought | Refused, strawberry.union("TopUpResult", description="The top-up, or why not.")]
ActivationResult = Annotated[
    RulesetActivated | Refused, strawberry.union("ActivationResult", description="The activation, or why not.")
]
PublishResult = Annotated[
    RulesetPublished | RulesetNotPublished | Refused,
    strawberry.union("PublishResult", description="The version, or why the ruleset cannot be published."),
]


@strawberry.type(description="A result for each account that was sent, in that order. A bad one stops no other.")
class AccountResults:
    """What became of a list of accounts."""

    results: list[AccountResult] = strawberry.field(description="One for each.")
    recorded: int = strawberry.field(description="How many are on record now.")
    refused: int = strawberry.field(description="How many are not.")


@strawberry.type(description="A result for each worklog that was sent, in that order. A bad one stops no other.")
class WorklogResults:
    """What became of a list of worklogs."""

    results: list[WorklogResult] = strawberry.field(description="One for each.")
    recorded: int = strawberry.field(description="How many are on record now.")
    refused: int = strawberry.field(description="How many are not.")


@strawberry.type(description="A boundary of a contract that this request billed.")
class Billed:
    """Billed once, whoever asks how often."""

    contract_number: str = strawberry.field(description="The contract.")
    boundary: int = strawberry.field(description="Number of the boundary, from 0: the contract's start.")
    boundary_on: date = strawberry.field(description="Its day.")
    document_number: str | None = strawberry.field(description="The document; none where there was nothing to show.")
    kind: DocumentKind | None = strawberry.field(description="What the document is.")
    total: Money = strawberry.field(description="Its total.")

    @staticmethod
    def of(billed: BilledBoundary) -> Billed:
        """Translate a service's answer."""
        return Billed(
            contract_number=billed.contract,
            boundary=billed.boundary,
            boundary_on=billed.boundary_on,
            document_number=billed.document,
            kind=DocumentKind(billed.kind) if billed.kind is not None else None,
            total=Money.of(billed.total, billed.currency),
        )

    @computed("The document.")
    async def document(self, info: Info) -> Document | None:
        """Batched over the list."""
        if self.document_number is None:
            return None
        view = await info.context.loaders.document.load(self.document_number)
        return Document.of(view) if view is not None else None


@strawberry.type(description="A contract that could not be billed; it stops no other.")
class NotBilled:
    """Tried again by itself later."""

    contract_number: str = strawberry.field(description="The contract.")
    reason: Reason = strawberry.field(description="Why.")

    @staticmethod
    def of(failed: Failed) -> NotBilled:
        """Translate a service's answer."""
        return NotBilled(
            contract_number=failed.contract,
            reason=Reason.of_contract(failed.contract, failed.reason, failed.detail),
        )


@strawberry.type(description="What billing what is due came to. Asked again, it bills nothing twice.")
class DueBilled:
    """A run."""

    billed: list[Billed] = strawberry.field(description="What this request billed.")
    parked: list[NotBilled] = strawberry.field(description="What it could not bill.")

    @staticmethod
    def of(result: BillingResult) -> DueBilled:
        """Translate a service's answer."""
        return DueBilled(
            billed=[Billed.of(boundary) for boundary in result.billed],
            parked=[NotBilled.of(contract) for contract in result.parked],
        )
