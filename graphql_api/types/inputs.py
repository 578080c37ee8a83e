"""What mutations take. `service_value` of each turns it into the value that the services take."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction

import strawberry

from engine.facts import AnyDiscount, Conversion, Discount, DocumentDiscount, NoticeTerms
from engine.model import LineKind
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


@strawberry.enum(description="What a line of a document charges for.")
class ChargeKind(Enum):
    """`engine.model.LineKind`, with a description for each value."""

    LABOUR = choice("labour", "Time.")
    REQUEST = choice("request", "A request.")
    SURCHARGE = choice("surcharge", "A charge added to a worklog or request.")
    TRAVEL = choice("travel", "Travel.")
    OTHER = choice("other", "Other extras.")
    FEE = choice("fee", "A plan's fee for a cycle.")
    TOP_UP = choice("top-up", "Extra allowance.")
    ITEM = choice("item", "A recurring item.")
    COMMITMENT = choice("commitment", "What is missing to a minimum.")


@strawberry.input(description="What is taken off the lines of a contract's documents, or off each document as a whole.")
class DiscountInput:
    """A discount: a percentage, or an amount off documents."""

    percent: Decimal | None = strawberry.field(default=None, description='Above 0 and at most 100: "5" is 5 %.')
    amount: Decimal | None = strawberry.field(
        default=None,
        description="In place of a percentage: an amount in the contract's currency off its documents, until it is spent.",
    )
    line_kind: ChargeKind | None = strawberry.field(default=None, description="Off these lines only; none: all.")
    whole_document: bool = strawberry.field(
        default=False, description="The percentage is off each document as a whole, after line discounts."
    )

    def service_value(self) -> AnyDiscount:
        """As the services take it.

        Raises:
            ClientError: it is no discount, or two at once.
        """
        if (self.percent is None) == (self.amount is None):
            raise _bad_discount("A discount is a percentage or an amount.", "Send one of percent and amount.")
        if self.line_kind is not None and (self.whole_document or self.amount is not None):
            raise _bad_discount(
                "A discount off documents as a whole is for no kind of line.",
                "Leave lineKind out, or send a percentage off these lines.",
            )
        if self.amount is not None:
            return DocumentDiscount(amount=self._positive(self.amount, "Send an amount above 0."))
        share = self._positive(self.percent or Decimal(0), "Send a percentage above 0 and at most 100.", most=100) / 100
        if self.whole_document:
            return DocumentDiscount(share=share)
        return Discount(share, LineKind(self.line_kind.value) if self.line_kind is not None else None)

    @staticmethod
    def _positive(figure: Decimal, remedy: str, *, most: int | None = None) -> Fraction:
        if not figure.is_finite() or figure <= 0 or (most is not None and figure > most):
            raise _bad_discount(f"A discount of {figure} makes no sense.", remedy)
        return Fraction(figure)


def _bad_discount(message: str, remedy: str) -> ClientError:
    return ClientError(message, code="bad-discount", remedy=remedy)


@strawberry.input(description="Allowance that a contract brings over from where it was billed before.")
class OpeningInput:
    """An opening bucket to record with its contract."""

    amount: str = strawberry.field(description='As the language writes it: "12 h", "90 min", "5 requests".')
    expires: date = strawberry.field(description="Last day on which it can be used: the last day of a cycle.")
    note: str = strawberry.field(default="", description="Where it comes from, for people.")

    def service_value(self) -> inputs.OpeningInput:
        """As the services take it."""
        return inputs.OpeningInput(self.amount, self.expires, self.note)


@strawberry.input(description="When a contract's customer is to be told of its usage and its expiry; each time once.")
class NoticesInput:
    """Notices to be given."""

    usage_percent: list[int] = strawberry.field(
        default_factory=list, description="1 to 100: percent of a cycle's allowance that are used."
    )
    days_before_expiry: list[int] = strawberry.field(
        default_factory=list, description="0 to 366 days before the last day of the contract."
    )
    days_after_expiry: list[int] = strawberry.field(default_factory=list, description="0 to 366 days after it.")

    def service_value(self) -> NoticeTerms:
        """As the services take it."""
        return NoticeTerms(tuple(self.usage_percent), tuple(self.days_before_expiry), tuple(self.days_after_expiry))


@strawberry.input(description="How prices in a ruleset's first currency become those of a contract in another.")
class ConversionInput:
    """A rate, its day and where it is from."""

    rate: Decimal = strawberry.field(description='What one unit of the ruleset\'s first currency is: "0.92".')
    on: date = strawberry.field(description="The day of the rate.")
    source: str = strawberry.field(description="Where it is from, such as `ECB`.")

    def service_value(self) -> Conversion:
        """As the services take it.

        Raises:
            ClientError: the rate is no number, or one of more digits than can be billed from.
        """
        if not self.rate.is_finite() or self.rate <= 0 or not -12 <= self.rate.adjusted() <= 9:
            raise ClientError(
                f"A conversion at {self.rate} makes no sense.",
                code="bad-conversion",
                remedy="Send a rate above 0, such as 0.92.",
            )
        return Conversion(Fraction(self.rate), self.on, self.source.strip())


@strawberry.input(description="An account, or some of its sites, on a service plan.")
class ContractInput:
    """A contract to create."""

    number: str = strawberry.field(description="Unique.")
    account: str = strawberry.field(description="Key of the account.")
    plan: str = strawberry.field(description="A plan of the ruleset.")
    start: date = strawberry.field(description="First day.")
    expiry: date | None = strawberry.field(default=None, description="Last day, itself included; none has no end.")
    bill_from: date | None = strawberry.field(
        default=None, description="Boundaries before this day are not billed here: it comes from another system."
    )
    contract_class: str = strawberry.field(name="class", default="main", description="Its class.")
    sites: list[str] = strawberry.field(default_factory=list, description="Keys of sites; none: the whole account.")
    ruleset: str | None = strawberry.field(default=None, description="Name of the ruleset; none: the only one.")
    currency: str | None = strawberry.field(default=None, description="ISO 4217 code; none: the ruleset's first.")
    zone: str | None = strawberry.field(default=None, description="IANA time zone; none: the ruleset's.")
    overrides: list[NamedText] = strawberry.field(
        default_factory=list,
        description='Cells of the rules language in place of a constant or of a column of the plan: "$80.00/h".',
    )
    told: list[NamedText] = strawberry.field(
        name="inputs", default_factory=list, description="What the ruleset declares `of contract`, by the input's name."
    )
    discounts: list[DiscountInput] = strawberry.field(default_factory=list, description="Off its lines.")
    due_days: int = strawberry.field(default=0, description="Days from a document's issue to its due date.")
    wait_days: int = strawberry.field(
        default=0, description="Days for which each boundary waits for its last work before it is billed."
    )
    lock_prices: bool = strawberry.field(
        default=False, description="Whether plan terms stay those of the ruleset version in force on the first day."
    )
    late_window: int | None = strawberry.field(
        default=inputs.LATE_WINDOW,
        description="Work older than so many billed cycles waits for a person; null: it never does.",
    )
    openings: list[OpeningInput] = strawberry.field(
        default_factory=list, description="With `billFrom`: what its first cycle that is billed here opens with."
    )
    notices: NoticesInput = strawberry.field(
        default_factory=NoticesInput, description="When its customer is to be told of its usage and its expiry."
    )
    seller: str | None = strawberry.field(default=None, description="Who sells; the ruleset's taxes may ask for it.")
    purchase_order: str | None = strawberry.field(default=None, description="The customer's, repeated on documents.")
    reference: str | None = strawberry.field(default=None, description="The customer's own, repeated on documents.")
    conversion: ConversionInput | None = strawberry.field(
        default=None, description="For a currency in which the ruleset says no prices: how its first becomes it."
    )
    needs_approval: bool = strawberry.field(
        default=False, description="Whether each document waits until a person approves its preview."
    )
    renewed_from: str | None = strawberry.field(
        default=None, description="Number of the contract that it renews: it expires on the day before this one starts."
    )
    carries_over: bool = strawberry.field(
        default=False, description="Whether what the plan of that contract carries at its end opens this one."
    )

    def service_value(self) -> inputs.ContractInput:
        """As the services take it.

        Raises:
            ClientError: an override comes twice, or a discount is none.
        """
        return inputs.ContractInput(
            number=self.number,
            account=self.account,
            plan=self.plan,
            start=self.start,
            expiry=self.expiry,
            bill_from=self.bill_from,
            class_=self.contract_class,
            sites=tuple(self.sites),
            ruleset=self.ruleset,
            currency=self.currency,
            zone=self.zone,
            overrides=mapping(self.overrides, "`overrides`"),
            inputs=mapping(self.told, "`inputs`"),
            discounts=tuple(discount.service_value() for discount in self.discounts),
            due_days=self.due_days,
            wait_days=self.wait_days,
            lock_prices=self.lock_prices,
            late_window=self.late_window,
            openings=tuple(opening.service_value() for opening in self.openings),
            notices=self.notices.service_value(),
            seller=self.seller,
            purchase_order=self.purchase_order,
            reference=self.reference,
            conversion=self.conversion.service_value() if self.conversion is not None else None,
            needs_approval=self.needs_approval,
            renewed_from=self.renewed_from,
            carries_over=self.carries_over,
        )


@strawberry.input(description="What changes of a contract from a day on; what is left out stays as it is on that day.")
class AmendmentInput:
    """An amendment to record."""

    contract: str = strawberry.field(description="Number of the contract.")
    effective_from: date = strawberry.field(
        description="First day of the new terms. Of days that are billed, the next document makes good the difference."
    )
    request_key: str | None = strawberry.field(
        default=None, description="Your own key of it: the same key amends once. None: the same content does."
    )
    plan: str | None = strawberry.field(default=None, description="A plan with cycles of the same length.")
    overrides: list[NamedText] | None = strawberry.field(
        default=None, description="All that hold from then on; an empty list takes the present ones away."
    )
    told: list[NamedText] | None = strawberry.field(
        name="inputs",
        default=None,
        description="What changes of what the ruleset declares `of contract`; an empty value takes one away.",
    )
    discounts: list[DiscountInput] | None = strawberry.field(
        default=None, description="All that hold from then on; an empty list takes the present ones away."
    )
    suspended: bool | None = strawberry.field(
        default=None, description="`true`: nothing is due from that day on; `false` takes the contract up again."
    )
    expiry: date | None = strawberry.field(
        default=strawberry.UNSET, description="Last day of the contract, itself included; null: it has no end."
    )
    lock_prices: bool | None = strawberry.field(
        default=None, description="Whether plan terms stay those of the ruleset version in force on that day."
    )
    late_window: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="Work older than so many billed cycles waits for a person; null: it never does.",
    )
    notices: NoticesInput | None = strawberry.field(
        default=None, description="In place of those before, whatever the first day; the last recorded ones count."
    )
    needs_approval: bool | None = strawberry.field(
        default=None, description="Whether each document waits for an approval; the last recorded word counts."
    )

    def service_value(self) -> inputs.AmendmentInput:
        """As the services take it.

        Raises:
            ClientError: an override comes twice, or a discount is none.
        """
        given = self.discounts
        return inputs.AmendmentInput(
            contract=self.contract,
            effective_from=self.effective_from,
            request_key=self.request_key,
            plan=self.plan,
            overrides=mapping(self.overrides, "`overrides`") if self.overrides is not None else None,
            inputs=mapping(self.told, "`inputs`") if self.told is not None else None,
            discounts=tuple(discount.service_value() for discount in given) if given is not None else None,
            suspended=self.suspended,
            expiry=inputs.Kept.AS_IT_IS if self.expiry is strawberry.UNSET else self.expiry,
            lock_prices=self.lock_prices,
            late_window=inputs.Kept.AS_IT_IS if self.late_window is strawberry.UNSET else self.late_window,
            notices=self.notices.service_value() if self.notices is not None else None,
            needs_approval=self.needs_approval,
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
