"""A document before it is issued, and its approval."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import strawberry

from graphql_api.context import Info
from graphql_api.types.contracts import Contract
from graphql_api.types.declare import computed
from graphql_api.types.documents import DocumentKind
from graphql_api.types.money import Money
from graphql_api.types.problems import Change, Refused
from tarifa.services import previews
from tarifa.services.results import Recorded


@strawberry.type(description="Who approved a document before it was issued.")
class Approval:
    """An approval of one digest."""

    by: str = strawberry.field(description="Who approved it.")
    at: datetime = strawberry.field(description="When.")
    note: str = strawberry.field(description="What they said to it.")


@strawberry.type(description="A contract's next document, as it would be issued now; nothing of it is kept.")
class Preview:
    """What the run itself comes to, up to the moment at which it would write."""

    contract_number: str = strawberry.field(description="The contract.")
    boundary: int = strawberry.field(description="Number of the boundary, from 0: the contract's start.")
    boundary_on: date = strawberry.field(description="Its day.")
    due: bool = strawberry.field(
        description="Whether that day has come; if not, it is what is billed then if nothing happens until then."
    )
    kind: DocumentKind = strawberry.field(description="What it will be.")
    net: Money = strawberry.field(description="Sum of its lines after discounts.")
    tax: Money = strawberry.field(description="Sum of its taxes.")
    total: Money = strawberry.field(description="Net and tax.")
    json: str = strawberry.field(
        description="The document as JSON: to the byte what will be issued, but for `number`, `issued_on` and `due_on`."
    )
    digest: str = strawberry.field(
        description="SHA-256 of what it says, without its number and dates; other facts, another digest."
    )
    needs_approval: bool = strawberry.field(description="Whether it is issued only when somebody approves this digest.")
    approval: Approval | None = strawberry.field(description="Of this digest.")

    @staticmethod
    def of(found: previews.Preview) -> Preview:
        """Translate a service's answer."""
        draft, given = found.draft, found.approval
        return Preview(
            contract_number=found.contract,
            boundary=found.boundary,
            boundary_on=found.boundary_on,
            due=found.is_due,
            kind=DocumentKind(draft.kind.value),
            net=Money.of(draft.net, found.currency),
            tax=Money.of(draft.tax, found.currency),
            total=Money.of(draft.total, found.currency),
            json=found.body.decode(),
            digest=found.digest,
            needs_approval=found.needs_approval,
            approval=Approval(by=given.by, at=given.at, note=given.note) if given is not None else None,
        )


PreviewResult = Annotated[
    Preview | Refused, strawberry.union("PreviewResult", description="The document, or why there is none.")
]


@strawberry.type(description="The approval is on record; the next run issues the document.")
class DocumentApproved:
    """An approval."""

    contract_number: str = strawberry.field(description="The contract.")
    change: Change = strawberry.field(description="`UNCHANGED` where this digest was approved before.")

    @staticmethod
    def of(recorded: Recorded) -> DocumentApproved:
        """Translate a service's answer."""
        return DocumentApproved(contract_number=recorded.key, change=Change(recorded.change.value))

    @computed("The contract.")
    async def contract(self, info: Info) -> Contract | None:
        """Read after the write."""
        view = await info.context.loaders.contract.load(self.contract_number)
        return Contract.of(view) if view is not None else None


ApprovalResult = Annotated[
    DocumentApproved | Refused, strawberry.union("ApprovalResult", description="The approval, or why not.")
]
