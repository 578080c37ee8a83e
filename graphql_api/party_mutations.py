"""The writes about who sells and who is billed together: a part of `Mutation`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from graphql_api.context import Info
from graphql_api.types.bill_groups import (
    BillGroupInput,
    BillGroupJoined,
    BillGroupLeft,
    BillGroupRecorded,
    BillGroupResult,
    JoinResult,
    LeaveResult,
)
from graphql_api.types.declare import computed
from graphql_api.types.entities import (
    EntityInput,
    EntityRecorded,
    EntityResult,
    SeriesInput,
    SeriesOpened,
    SeriesResult,
)
from graphql_api.types.problems import Change, Refused
from tarifa.services import bill_groups, entities, results, series


@strawberry.type
class PartyMutations:
    """Sellers, their number series, and bill groups."""

    @computed("Record a legal seller; its next documents show it so. Its key and content again: nothing happens.")
    async def record_entity(
        self, info: Info, entity: Annotated[EntityInput, strawberry.argument(description="What is known of it now.")]
    ) -> EntityResult:
        """A new one, or a new revision of a known one."""
        context = info.context
        answer = await entities.record_entity(
            context.database, entity.service_value(), by=context.by, now=context.clock()
        )
        context.forget()
        if isinstance(answer, results.Refused):
            return Refused.of(answer.problems)
        return EntityRecorded(key=answer.key, change=Change(answer.change.value))

    @computed(
        "Open a number series, which the seller's next documents of its kind are numbered in; or set one forward that "
        "has given out no number yet. The same content again: nothing happens."
    )
    async def open_series(
        self,
        info: Info,
        series_: Annotated[SeriesInput, strawberry.argument(name="series", description="Whose, and of what.")],
    ) -> SeriesResult:
        """A series."""
        context = info.context
        answer = await series.open_series(context.database, series_.service_value(), by=context.by, now=context.clock())
        context.forget()
        if isinstance(answer, results.Refused):
            return Refused.of(answer.problems)
        return SeriesOpened(prefix=answer.key, change=Change(answer.change.value))

    @computed(
        "Record contracts to be billed together, on one document for each boundary; or new terms of a group, from its next "
        "document on. Who is billed, who sells and the currency stay. The same content again: nothing happens."
    )
    async def record_bill_group(
        self, info: Info, group: Annotated[BillGroupInput, strawberry.argument(description="The group and its terms.")]
    ) -> BillGroupResult:
        """A group."""
        context = info.context
        answer = await bill_groups.record_group(
            context.database, group.service_value(), by=context.by, now=context.clock()
        )
        context.forget()
        if isinstance(answer, results.Refused):
            return Refused.of(answer.problems)
        return BillGroupRecorded(key=answer.key, change=Change(answer.change.value))

    @computed("Bill a contract with a group, from its next boundary on. The same again: nothing happens.")
    async def join_bill_group(
        self,
        info: Info,
        contract: Annotated[str, strawberry.argument(description="Number of the contract.")],
        group: Annotated[str, strawberry.argument(description="Key of the group.")],
    ) -> JoinResult:
        """A contract of a group."""
        context = info.context
        answer = await bill_groups.join_group(context.database, contract, group, by=context.by, now=context.clock())
        context.forget()
        if isinstance(answer, results.Refused):
            return Refused.of(answer.problems)
        return BillGroupJoined(contract_number=answer.key, change=Change(answer.change.value))

    @computed(
        "Bill a contract by itself, from its next boundary on. One that was billed with its group stays: let it end, and a "
        "renewal with a blank group follow it. The same again: nothing happens."
    )
    async def leave_bill_group(
        self, info: Info, contract: Annotated[str, strawberry.argument(description="Number of the contract.")]
    ) -> LeaveResult:
        """A contract without a group."""
        context = info.context
        answer = await bill_groups.leave_group(context.database, contract, by=context.by, now=context.clock())
        context.forget()
        if isinstance(answer, results.Refused):
            return Refused.of(answer.problems)
        return BillGroupLeft(contract_number=answer.key, change=Change(answer.change.value))
