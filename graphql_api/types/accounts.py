"""Accounts and their sites."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from graphql_api.context import Info
from graphql_api.types.declare import computed
from tarifa.reading.views import AccountView, SiteView

if TYPE_CHECKING:
    from graphql_api.types.contracts import Contract


@strawberry.type(description="A place of a customer: its clock and calendar decide the band of work done there.")
class Site:
    """A site as it was last recorded."""

    key: str = strawberry.field(description="Folded; unique in the account.")
    label: str = strawberry.field(description="The key as it was first written.")
    zone: str | None = strawberry.field(description="IANA time zone; none means the ruleset's.")
    calendar: str | None = strawberry.field(description="Name of its calendar; none means the ruleset's only one.")
    country: str | None = strawberry.field(description="ISO 3166 code; none means the account's.")
    region: str | None = strawberry.field(description="Region within the country; none means the account's.")

    @staticmethod
    def of(view: SiteView) -> Site:
        """Translate a read model."""
        return Site(
            key=view.key,
            label=view.label,
            zone=view.zone,
            calendar=view.calendar,
            country=view.country,
            region=view.region,
        )


@strawberry.type(description="A customer.")
class Account:
    """An account as its newest revision says."""

    key: str = strawberry.field(description="Folded (case and blanks do not count), unique and never changed.")
    label: str = strawberry.field(description="The key as it was first written; what rulesets show.")
    name: str = strawberry.field(description="What documents call it.")
    country: str | None = strawberry.field(description="ISO 3166 code.")
    region: str | None = strawberry.field(description="Region within the country.")
    tax_id: str | None = strawberry.field(description="Its tax registration.")
    exempt: bool = strawberry.field(description="Whether it is exempt from tax.")
    recorded_at: datetime = strawberry.field(description="When its newest revision was recorded.")
    recorded_by: str = strawberry.field(description="Who recorded that.")

    @staticmethod
    def of(view: AccountView) -> Account:
        """Translate a read model."""
        return Account(
            key=view.key,
            label=view.label,
            name=view.name,
            country=view.country,
            region=view.region,
            tax_id=view.tax_id,
            exempt=view.exempt,
            recorded_at=view.recorded_at,
            recorded_by=view.recorded_by,
        )

    @computed("Its places, by key.")
    async def sites(self, info: Info) -> list[Site]:
        """Batched over the accounts of a request."""
        return [Site.of(view) for view in await info.context.loaders.sites.load(self.key)]

    @computed("Its contracts, by number.")
    async def contracts(self, info: Info) -> list[Annotated[Contract, strawberry.lazy("graphql_api.types.contracts")]]:
        """Batched over the accounts of a request."""
        from graphql_api.types.contracts import Contract

        return [Contract.of(view) for view in await info.context.loaders.contracts_of_account.load(self.key)]
