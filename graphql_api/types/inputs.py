"""What mutations take. `service_value` of each turns it into the value that the services take."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum

import strawberry

from engine.names import fold
from graphql_api.errors import ClientError
from graphql_api.scalars import WorkTime
from graphql_api.types.declare import choice
from graphql_api.types.rulesets import ActivationKind
from tarifa.services import inputs


@strawberry.input(description="A name and its value, as text.")
class NamedText:
    """An entry of a mapping."""

    name: str = strawberry.field(description="Case and blanks do not count.")
    value: str = strawberry.field(description="As a person would write it.")


def mapping(entries: list[NamedText], what: str) -> dict[str, str]:
    """Entries as a mapping by their names as written.

    Raises:
        ClientError: a name comes twice, by the form in which names are compared.
    """
    seen: dict[str, str] = {}
    for entry in entries:
        if fold(entry.name) in seen:
            raise ClientError(
                f"{what} names {entry.name!r} twice.",
                code="duplicate-name",
                remedy="Send each name once; case and blanks do not tell names apart.",
            )
        seen[fold(entry.name)] = entry.value
    return seen


@strawberry.input(description="A place of a customer.")
class SiteInput:
    """A site to record."""

    key: str = strawberry.field(description="Unique in the account; case and blanks do not count.")
    zone: str | None = strawberry.field(default=None, description="IANA time zone; none: the ruleset's.")
    calendar: str | None = strawberry.field(default=None, description="Name of a calendar; none: the only one.")
    country: str | None = strawberry.field(default=None, description="ISO 3166 code; none: the account's.")
    region: str | None = strawberry.field(default=None, description="Region within the country.")

    def service_value(self) -> inputs.SiteInput:
        """As the services take it."""
        return inputs.SiteInput(
            key=self.key, zone=self.zone, calendar=self.calendar, country=self.country, region=self.region
        )


@strawberry.input(description="A customer with its sites; sites that are not listed stay as they are.")
class AccountInput:
    """An account to record."""

    key: str = strawberry.field(description="Unique; case and blanks do not count. It can never be changed.")
    name: str | None = strawberry.field(default=None, description="What documents call it; none: the key.")
    country: str | None = strawberry.field(default=None, description="ISO 3166 code; decides the tax.")
    region: str | None = strawberry.field(default=None, description="Region within the country.")
    tax_id: str | None = strawberry.field(default=None, description="Its tax registration.")
    exempt: bool = strawberry.field(default=False, description="Whether it is exempt from tax.")
    sites: list[SiteInput] = strawberry.field(default_factory=list, description="Places to record with it.")

    def service_value(self) -> inputs.AccountInput:
        """As the services take it."""
        return inputs.AccountInput(
            key=self.key,
            name=self.name,
            country=self.country,
            region=self.region,
            tax_id=self.tax_id,
            exempt=self.exempt,
            sites=tuple(site.service_value() for site in self.sites),
        )


@strawberry.enum(description="What to do with work that waits.")
class DecisionAction(Enum):
    """`tarifa.services.inputs.DecisionAction`, with a description for each value."""

    RELEASE = choice("release", "Bill it, by the bill rules, on the next document.")
    WAIVE = choice("waive", "Never bill it.")


@strawberry.input(description="A person's decision about an entry of the exception list.")
class DecisionInput:
    """A decision to record."""

    exception: strawberry.ID = strawberry.field(description="Its id.")
    action: DecisionAction = strawberry.field(description="What is decided.")
    note: str = strawberry.field(description="Why, for other people.")

    def service_value(self) -> inputs.DecisionInput:
        """As the services take it."""
        return inputs.DecisionInput(self.exception, inputs.DecisionAction(self.action.value), self.note)


@strawberry.input(description="A person's approval of a contract's next document, just as its preview shows it.")
class ApprovalInput:
    """An approval to record."""

    contract: str = strawberry.field(description="Number of the contract.")
    digest: str = strawberry.field(description="Of the preview that was looked at.")
    note: str = strawberry.field(default="", description="For other people.")

    def service_value(self) -> inputs.ApprovalInput:
        """As the services take it."""
        return inputs.ApprovalInput(self.contract, self.digest.strip(), self.note)


@strawberry.input(description="Extra allowance to buy.")
class TopUpInput:
    """A top-up to buy."""

    contract: str = strawberry.field(description="Number of the contract.")
    top_up: str = strawberry.field(description="A top-up that its plan sells.")
    at: datetime | None = strawberry.field(default=None, description="When it is bought; none: now.")
    request_key: str = strawberry.field(description="Your own key of this purchase: the same key buys once.")

    def service_value(self, now: datetime) -> inputs.TopUpInput:
        """As the services take it."""
        return inputs.TopUpInput(
            contract=self.contract, top_up=self.top_up, at=self.at or now, request_key=self.request_key
        )


@strawberry.input(description="How many of a recurring item a contract has from a day on.")
class QuantityInput:
    """A count to record."""

    contract: str = strawberry.field(description="Number of the contract.")
    item: str = strawberry.field(description="A recurring item of the ruleset.")
    effective_from: date = strawberry.field(
        name="from", description="First day. Of days that are billed, the next document makes good the difference."
    )
    quantity: int = strawberry.field(description="How many there are, not how many more.")
    external_id: str = strawberry.field(description="The id of this count in the system that it comes from.")
    source: str = strawberry.field(default="main", description="The system that it comes from.")
    evidence: list[NamedText] = strawberry.field(default_factory=list, description="What the count rests on; kept.")

    def service_value(self) -> inputs.QuantityInput:
        """As the services take it.

        Raises:
            ClientError: a name of the evidence comes twice.
        """
        return inputs.QuantityInput(
            contract=self.contract,
            item=self.item,
            effective_from=self.effective_from,
            quantity=self.quantity,
            external_id=self.external_id,
            source=self.source,
            evidence=mapping(self.evidence, "`evidence`"),
        )


@strawberry.input(description="A request (ticket), with what is known of it.")
class RequestInput:
    """The request that a worklog belongs to."""

    id: str = strawberry.field(description="Its id in the system that it comes from.")
    kind: str | None = strawberry.field(default=None, description="`incident` or `service request`.")
    fields: list[NamedText] = strawberry.field(
        default_factory=list, description="Category, priority and the other inputs that the ruleset declares."
    )
    is_correction: bool = strawberry.field(
        default=False, description="Whether the new facts count for work that is billed already, too."
    )

    def service_value(self) -> inputs.RequestInput:
        """As the services take it."""
        return inputs.RequestInput(
            id=self.id,
            kind=self.kind,
            fields=mapping(self.fields, f"request {self.id!r}"),
            is_correction=self.is_correction,
        )


@strawberry.input(description="Something to charge beside the time of a worklog, such as parts or a taxi.")
class ExtraInput:
    """An extra."""

    label: str = strawberry.field(description="What the line says; it tells the extras of a worklog apart.")
    amount: Decimal = strawberry.field(description="In the major unit of the contract's currency; not below zero.")
    billable: bool = strawberry.field(
        default=True, description="Whether it is charged; the worklog's own flag does not count."
    )

    def service_value(self) -> inputs.ExtraInput:
        """As the services take it."""
        return inputs.ExtraInput(self.label, format(self.amount, "f"), self.billable)


@strawberry.input(description="One piece of work, under the sender's own id. One of `end` and `minutes` is needed.")
class WorklogInput:
    """A worklog to record."""

    id: str = strawberry.field(description="Its id in the system that it comes from; the same id is the same work.")
    account: str = strawberry.field(description="Key of the account.")
    start: WorkTime = strawberry.field(description="When it began.")
    end: WorkTime | None = strawberry.field(default=None, description="When it ended.")
    minutes: int | None = strawberry.field(default=None, description="How long it took; counts before `end`.")
    site: str | None = strawberry.field(default=None, description="Key of the site.")
    request: RequestInput | None = strawberry.field(default=None, description="The request it belongs to.")
    fields: list[NamedText] = strawberry.field(
        default_factory=list, description="Technician, role, work type and the other inputs that the ruleset declares."
    )
    distance: Decimal | None = strawberry.field(
        default=None, description="How far the way was: the input `distance`, which the ruleset's hook `travel` prices."
    )
    extras: list[ExtraInput] = strawberry.field(default_factory=list, description="What to charge beside its time.")
    billable: bool = strawberry.field(
        default=True, description="Whether its time is charged; distance and extras are all the same."
    )
    approved: bool = strawberry.field(default=True, description="Whether it is approved; if not, it waits.")
    operational_only: bool = strawberry.field(default=False, description="Whether only operational hours are billed.")
    voided: bool = strawberry.field(default=False, description="Whether it is withdrawn: what was billed is reversed.")
    note: str | None = strawberry.field(default=None, description="The technician's note.")

    def service_value(self) -> inputs.WorklogInput:
        """As the services take it.

        Raises:
            ClientError: a field comes twice.
        """
        fields = list(self.fields)
        if self.distance is not None:
            fields.append(NamedText(name="distance", value=format(self.distance, "f")))
        return inputs.WorklogInput(
            id=self.id,
            account=self.account,
            start=self.start,
            end=self.end,
            minutes=self.minutes,
            site=self.site,
            request=self.request.service_value() if self.request is not None else None,
            fields=mapping(fields, f"worklog {self.id!r}"),
            billable=self.billable,
            approved=self.approved,
            operational_only=self.operational_only,
            voided=self.voided,
            note=self.note,
            extras=tuple(extra.service_value() for extra in self.extras),
        )


@strawberry.enum(description="What to do with something that is on record with other content.")
class OnChange(Enum):
    """`tarifa.services.inputs.OnChange`, with a description for each value."""

    REJECT = choice("reject", "Refuse it.")
    REVISE = choice("revise", "Make it a new revision; what was billed is corrected.")


@strawberry.input(description="A file of a ruleset.")
class RulesFileInput:
    """A file to publish."""

    path: str = strawberry.field(
        description="Path from the ruleset's folder, with `/`, ending in `.rules`; `../shared/` and so on for imported ones."
    )
    text: str = strawberry.field(description="All of it.")


@strawberry.input(description="Which version is in force from which day.")
class ActivationInput:
    """An activation to state."""

    ruleset: str = strawberry.field(description="Name of the ruleset.")
    from_date: date = strawberry.field(name="from", description="First day.")
    until: date | None = strawberry.field(
        default=None, description="First day on which it holds no more; none: for good."
    )
    version: int | None = strawberry.field(default=None, description="Number of the version; none: the newest.")
    kind: ActivationKind = strawberry.field(
        default=ActivationKind.NORMAL, description="Whether it may reach billed time."
    )
    reason: str | None = strawberry.field(default=None, description="Why, in your words.")

    def service_value(self) -> inputs.ActivationInput:
        """As the services take it."""
        return inputs.ActivationInput(
            ruleset=self.ruleset,
            from_date=self.from_date,
            until=self.until,
            version=self.version,
            kind=inputs.ActivationKind(self.kind.value),
            reason=self.reason,
        )
