"""Worklogs: what was recorded, and where it stands."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.facts import Extra as EngineExtra
from graphql_api.context import Info
from graphql_api.types.declare import choice, computed
from graphql_api.types.money import decimal_of
from graphql_api.types.problems import NamedValue, named_values
from graphql_api.types.waiting import Reason
from tarifa.reading.views import BilledOn, WorklogView

if TYPE_CHECKING:
    from graphql_api.types.accounts import Account
    from graphql_api.types.documents import Document


@strawberry.enum(description="Where a worklog stands.")
class WorklogState(Enum):
    """`tarifa.reading.views.WorklogState`, with a description for each value."""

    OPEN = choice("open", "It waits for the end of its cycle, or for the next document.")
    BILLED = choice("billed", "It is on a document.")
    HELD = choice("held", "It is on the exception list.")
    WAIVED = choice("waived", "A person decided that it is never billed.")
    VOIDED = choice("voided", "Its sender took it back.")
    NOT_BILLABLE = choice("not billable", "It was recorded as not billable.")


@strawberry.type(description="A line of a document.")
class LineReference:
    """Where something was billed."""

    document_number: str = strawberry.field(description="Number of the document.")
    position: int = strawberry.field(description="Position of the line on it, from 1.")

    @staticmethod
    def of(view: BilledOn) -> LineReference:
        """Translate a read model."""
        return LineReference(document_number=view.document, position=view.position)

    @computed("The document.")
    async def document(self, info: Info) -> Annotated[Document, strawberry.lazy("graphql_api.types.documents")] | None:
        """Batched over the references of a request."""
        from graphql_api.types.documents import Document

        view = await info.context.loaders.document.load(self.document_number)
        return Document.of(view) if view is not None else None


@strawberry.type(description="Something charged beside the time of a worklog, such as parts.")
class Extra:
    """An extra."""

    label: str = strawberry.field(description="What the line says.")
    amount: Decimal = strawberry.field(description="In the major unit of the contract's currency.")
    billable: bool = strawberry.field(description="Whether it is charged; the worklog's own flag does not count.")

    @staticmethod
    def of(extra: EngineExtra) -> Extra:
        """Translate the engine's amount."""
        return Extra(label=extra.label, amount=decimal_of(extra.amount, least_places=2), billable=extra.billable)


@strawberry.type(description="One piece of work on a request.")
class Worklog:
    """A worklog as its newest revision says."""

    id: str = strawberry.field(description="`source:externalId`; unique.")
    source: str = strawberry.field(description="The system it came from.")
    external_id: str = strawberry.field(description="Its id there.")
    revision: int = strawberry.field(description="From 1; every change of its content is a new one.")
    account_key: str = strawberry.field(description="The account it was done for.")
    site_key: str | None = strawberry.field(description="The site it was done for.")
    request_id: str | None = strawberry.field(description="The request (ticket) it belongs to.")
    request_kind: str | None = strawberry.field(description="`incident` or `service request`.")
    start: datetime = strawberry.field(description="When it began.")
    seconds: int = strawberry.field(description="How long it took, in whole seconds.")
    zone: str = strawberry.field(description="IANA time zone of the site: the clock that bands follow.")
    fields: list[NamedValue] = strawberry.field(
        description="What else is known of it and of its request: category, priority, technician, declared inputs."
    )
    billable: bool = strawberry.field(description="Whether its time is charged; distance and extras are all the same.")
    approved: bool = strawberry.field(description="Whether it is approved; if not, it waits.")
    operational_only: bool = strawberry.field(description="Whether only its operational hours are billed.")
    extras: list[Extra] = strawberry.field(description="What is charged beside its time.")
    note: str | None = strawberry.field(description="The technician's note.")
    recorded_at: datetime = strawberry.field(description="When this revision was recorded.")
    recorded_by: str = strawberry.field(description="Who recorded it.")
    state: WorklogState = strawberry.field(description="Where it stands.")
    billed_on: list[LineReference] = strawberry.field(
        description="The lines that carry it, parts of it, or corrections."
    )
    held: list[Reason] = strawberry.field(description="Why it waits for a person; empty where it does not.")

    @staticmethod
    def of(view: WorklogView) -> Worklog:
        """Translate a read model."""
        return Worklog(
            id=view.id,
            source=view.source,
            external_id=view.external_id,
            revision=view.revision,
            account_key=view.account,
            site_key=view.site,
            request_id=view.request,
            request_kind=view.request_kind,
            start=view.start,
            seconds=view.seconds,
            zone=view.zone,
            fields=named_values(view.fields),
            billable=view.billable,
            approved=view.approved,
            operational_only=view.operational_only,
            extras=[Extra.of(extra) for extra in view.extras],
            note=view.note,
            recorded_at=view.recorded_at,
            recorded_by=view.recorded_by,
            state=WorklogState(view.state.value),
            billed_on=[LineReference.of(line) for line in view.billed_on],
            held=[Reason.of("work", view.id, held.reason, held.detail) for held in view.held],
        )

    @computed("The account it was done for; none where that is unknown.")
    async def account(self, info: Info) -> Annotated[Account, strawberry.lazy("graphql_api.types.accounts")] | None:
        """Batched over the worklogs of a request."""
        from graphql_api.types.accounts import Account

        view = await info.context.loaders.account.load(self.account_key)
        return Account.of(view) if view is not None else None
