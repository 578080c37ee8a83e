"""Contracts, what was bought on them, and why one cannot be billed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.facts import AnyDiscount, DocumentDiscount
from engine.facts import Conversion as EngineConversion
from engine.facts import Discount as EngineDiscount
from engine.money import decimal
from graphql_api.context import Info
from graphql_api.types.closings import Quantity
from graphql_api.types.contract_inputs import AllowanceOpens, Difference
from graphql_api.types.declare import computed
from graphql_api.types.money import decimal_of, percent_of
from graphql_api.types.notices import NoticeDays
from graphql_api.types.problems import NamedValue, named_values
from graphql_api.types.waiting import Reason
from tarifa.reading.views import AmendmentView, ContractView, OpeningView, ParkedView, QuantityView, TopUpView

if TYPE_CHECKING:
    from graphql_api.types.accounts import Account
    from graphql_api.types.closings import Closing


@strawberry.type(description="What is taken off the lines of a contract's documents, or off each document as a whole.")
class Discount:
    """A discount: a percentage, or an amount off documents."""

    percent: Decimal | None = strawberry.field(description="`5` is 5 %.")
    amount: Decimal | None = strawberry.field(
        description="In place of a percentage: an amount in the contract's currency off its documents, until it is spent."
    )
    line_kind: str | None = strawberry.field(
        description="The kind of line it is off (`labour`, `fee`, ...); none: all."
    )
    whole_document: bool = strawberry.field(description="Off each document as a whole, after line discounts.")

    @staticmethod
    def of(discount: AnyDiscount) -> Discount:
        """Translate the engine's discount."""
        amount = discount.amount if isinstance(discount, DocumentDiscount) else Fraction(0)
        kind = discount.kind if isinstance(discount, EngineDiscount) else None
        return Discount(
            percent=percent_of(discount.share) if not amount else None,
            amount=Decimal(decimal(amount)) if amount else None,
            line_kind=kind.value if kind is not None else None,
            whole_document=isinstance(discount, DocumentDiscount),
        )


@strawberry.type(description="How prices in a ruleset's first currency become those of a contract in another.")
class Conversion:
    """A rate, its day and where it is from."""

    rate: Decimal = strawberry.field(description="What one unit of the ruleset's first currency is.")
    on: date = strawberry.field(description="The day of the rate.")
    source: str = strawberry.field(description="Where it is from, such as `ECB`.")

    @staticmethod
    def of(conversion: EngineConversion) -> Conversion:
        """Translate the engine's conversion."""
        return Conversion(rate=decimal_of(conversion.rate), on=conversion.on, source=conversion.source)


@strawberry.type(description="Extra allowance bought on a contract.")
class TopUp:
    """A top-up."""

    id: str = strawberry.field(description="Unique.")
    contract_number: str = strawberry.field(description="The contract it was bought on.")
    top_up: str = strawberry.field(description="Name of the top-up plan.")
    at: datetime = strawberry.field(description="When it was bought; it counts from that cycle on.")
    bought_by: str = strawberry.field(description="Who recorded it.")

    @staticmethod
    def of(view: TopUpView) -> TopUp:
        """Translate a read model."""
        return TopUp(
            id=view.id, contract_number=view.contract, top_up=view.top_up, at=view.at, bought_by=view.bought_by
        )


@strawberry.type(description="Allowance that a contract brought over from where it was billed before.")
class Opening:
    """An opening bucket."""

    amount: Quantity = strawberry.field(description="How much.")
    expires: date = strawberry.field(description="Last day on which it can be used.")
    note: str = strawberry.field(description="Where it comes from.")
    recorded_at: datetime = strawberry.field(description="When it was recorded.")
    recorded_by: str = strawberry.field(description="Who recorded it.")

    @staticmethod
    def of(view: OpeningView) -> Opening:
        """Translate a read model."""
        return Opening(
            amount=Quantity.held(view.units, view.measure),
            expires=view.expires,
            note=view.note,
            recorded_at=view.recorded_at,
            recorded_by=view.recorded_by,
        )


@strawberry.type(description="What holds for a contract from a day on; the first one came with the contract.")
class Amendment:
    """An amendment, with all terms as they are from its day on."""

    number: int = strawberry.field(description="From 1, as recorded.")
    effective_from: date = strawberry.field(description="First day; the next terms by this day take over.")
    plan: str = strawberry.field(description="Name of the service plan.")
    overrides: list[NamedValue] = strawberry.field(
        description="Cells of the rules language in place of a constant or a column of the plan."
    )
    inputs: list[NamedValue] = strawberry.field(description="What its ruleset declares `of contract`.")
    discounts: list[Discount] = strawberry.field(description="Off its lines.")
    suspended: bool = strawberry.field(description="Whether nothing is due, and no work is covered.")
    lock_prices: bool = strawberry.field(
        description="Whether plan terms stay those of the ruleset version in force on the first day."
    )
    late_window: int | None = strawberry.field(
        description="Work older than so many billed cycles waits for a person; none: it never does."
    )
    allowance_opens: AllowanceOpens = strawberry.field(
        description="From when on the allowance of cycles that begin under it can be drawn."
    )
    difference: Difference = strawberry.field(
        description="When what it changes of fees and items that are billed already is billed."
    )
    expiry: date | None = strawberry.field(
        description="Last day of the contract as of this amendment; the last recorded one counts."
    )
    notices: NoticeDays = strawberry.field(description="As of this amendment; the last recorded one counts.")
    needs_approval: bool = strawberry.field(description="As of this amendment; the last recorded one counts.")
    recorded_at: datetime = strawberry.field(description="When it was recorded.")
    recorded_by: str = strawberry.field(description="Who recorded it.")

    @staticmethod
    def of(view: AmendmentView) -> Amendment:
        """Translate a read model."""
        return Amendment(
            number=view.number,
            effective_from=view.effective_from,
            plan=view.plan,
            overrides=named_values(view.overrides),
            inputs=named_values(view.inputs),
            discounts=[Discount.of(discount) for discount in view.discounts],
            suspended=view.suspended,
            lock_prices=view.lock_prices,
            late_window=view.late_window,
            allowance_opens=AllowanceOpens(view.allowance_opens.value),
            difference=Difference(view.difference.value),
            expiry=view.expiry,
            notices=NoticeDays.of(view.notices),
            needs_approval=view.needs_approval,
            recorded_at=view.recorded_at,
            recorded_by=view.recorded_by,
        )


@strawberry.type(description="How many of a recurring item a contract has, from a day on.")
class ItemQuantity:
    """A count."""

    item: str = strawberry.field(description="Name of the item.")
    effective_from: date = strawberry.field(name="from", description="First day; the next count takes over.")
    quantity: int = strawberry.field(description="How many.")
    source: str = strawberry.field(description="Who counted.")
    external_id: str = strawberry.field(description="The id of the count there.")
    revision: int = strawberry.field(description="From 1; every correction is a new one.")
    evidence: list[NamedValue] = strawberry.field(description="What the count rests on.")
    recorded_at: datetime = strawberry.field(description="When this revision was recorded.")
    recorded_by: str = strawberry.field(description="Who recorded it.")

    @staticmethod
    def of(view: QuantityView) -> ItemQuantity:
        """Translate a read model."""
        return ItemQuantity(
            item=view.item,
            effective_from=view.effective_from,
            quantity=view.quantity,
            source=view.source,
            external_id=view.external_id,
            revision=view.revision,
            evidence=named_values(view.evidence),
            recorded_at=view.recorded_at,
            recorded_by=view.recorded_by,
        )


@strawberry.type(description="A contract that could not be billed as it is, and waits.")
class ParkedContract:
    """A parked contract; another attempt is made by itself, and after each change that could help."""

    contract_number: str = strawberry.field(description="The contract.")
    account_key: str = strawberry.field(description="Its account.")
    reason: Reason = strawberry.field(description="Why.")
    since: datetime = strawberry.field(description="When this began.")
    attempts: int = strawberry.field(description="How often billing it was tried since.")
    next_try: datetime | None = strawberry.field(
        description="Not tried again by itself before then; none: not until somebody bills it with `through`."
    )

    @staticmethod
    def of(view: ParkedView) -> ParkedContract:
        """Translate a read model."""
        return ParkedContract(
            contract_number=view.contract,
            account_key=view.account,
            reason=Reason.of_contract(view.contract, view.reason, view.detail),
            since=view.since,
            attempts=view.attempts,
            next_try=view.next_try,
        )


@strawberry.type(description="An account, or some of its sites, on a service plan.")
class Contract:
    """A contract, its newest terms, and how far it is billed."""

    number: str = strawberry.field(description="Unique.")
    account_key: str = strawberry.field(description="The account it is with.")
    contract_class: str = strawberry.field(name="class", description="Its class: `main`, or what the ruleset maps to.")
    agreed: bool = strawberry.field(
        description="Whether somebody agreed it; if not, work without a contract is billed on it, as it goes."
    )
    site_keys: list[str] = strawberry.field(description="The sites it covers; empty is the whole account.")
    ruleset: str = strawberry.field(description="Name of the ruleset that prices it.")
    plan: str = strawberry.field(description="Name of its service plan, as agreed last; see `amendments`.")
    currency: str = strawberry.field(description="ISO 4217 code of all its amounts.")
    zone: str = strawberry.field(description="IANA time zone: its cycles begin at midnight there.")
    start: date = strawberry.field(description="First day.")
    expiry: date | None = strawberry.field(description="Last day, itself included; none has no end.")
    bill_from: date | None = strawberry.field(description="Boundaries before this day are not billed here.")
    due_days: int = strawberry.field(description="Days from a document's issue to its due date.")
    wait_days: int = strawberry.field(
        description="Days for which each boundary waits for its last work before it is billed."
    )
    seller: str | None = strawberry.field(description="Who sells.")
    bill_group: str | None = strawberry.field(description="The bill group that it is billed with.")
    purchase_order: str | None = strawberry.field(description="The customer's purchase order, for documents.")
    reference: str | None = strawberry.field(description="The customer's own reference, for documents.")
    conversion: Conversion | None = strawberry.field(
        description="How prices become its currency, where the ruleset says none in it."
    )
    renewed_from: str | None = strawberry.field(description="Number of the contract that it renews.")
    carries_over: bool = strawberry.field(
        description="Whether what the plan of that contract carries at its end opens this one."
    )
    overrides: list[NamedValue] = strawberry.field(
        description="Cells of the rules language in place of a constant or a column of the plan."
    )
    inputs: list[NamedValue] = strawberry.field(description="What its ruleset declares `of contract`.")
    discounts: list[Discount] = strawberry.field(description="Off its lines.")
    notices: NoticeDays = strawberry.field(description="When its customer is to be told; see the query `notices`.")
    needs_approval: bool = strawberry.field(
        description="Whether each of its documents waits until a person approves it; see the query `preview`."
    )
    billed_through: date | None = strawberry.field(description="The last boundary that is billed; none yet: null.")
    next_boundary: date | None = strawberry.field(
        description="The next day to be billed: a boundary, or that of an amendment at once; null after the last."
    )
    created_at: datetime = strawberry.field(description="When it was recorded.")
    created_by: str = strawberry.field(description="Who recorded it.")

    @staticmethod
    def of(view: ContractView) -> Contract:
        """Translate a read model."""
        return Contract(
            number=view.number,
            account_key=view.account,
            contract_class=view.class_,
            agreed=view.is_agreed,
            site_keys=list(view.sites),
            ruleset=view.ruleset,
            plan=view.plan,
            currency=view.currency.code,
            zone=view.zone,
            start=view.start,
            expiry=view.expiry,
            bill_from=view.bill_from,
            due_days=view.due_days,
            wait_days=view.wait_days,
            seller=view.seller,
            bill_group=view.bill_group,
            purchase_order=view.purchase_order,
            reference=view.reference,
            conversion=Conversion.of(view.conversion) if view.conversion is not None else None,
            renewed_from=view.renewed_from,
            carries_over=view.carries_over,
            overrides=named_values(view.overrides),
            inputs=named_values(view.inputs),
            discounts=[Discount.of(discount) for discount in view.discounts],
            notices=NoticeDays.of(view.notices),
            needs_approval=view.needs_approval,
            billed_through=view.billed_through,
            next_boundary=view.next_boundary,
            created_at=view.created_at,
            created_by=view.created_by,
        )

    @computed("The account it is with.")
    async def account(self, info: Info) -> Annotated[Account, strawberry.lazy("graphql_api.types.accounts")] | None:
        """Batched over the contracts of a request."""
        from graphql_api.types.accounts import Account

        view = await info.context.loaders.account.load(self.account_key)
        return Account.of(view) if view is not None else None

    @computed("Its terms from the beginning, amendment by amendment, as recorded.")
    async def amendments(self, info: Info) -> list[Amendment]:
        """Batched over the contracts of a request."""
        return [Amendment.of(view) for view in await info.context.loaders.amendments.load(self.number)]

    @computed("What it brought over from where it was billed before; its first cycle here opens with it.")
    async def openings(self, info: Info) -> list[Opening]:
        """Batched over the contracts of a request."""
        return [Opening.of(view) for view in await info.context.loaders.openings.load(self.number)]

    @computed("How many of each recurring item it has, by item and day.")
    async def quantities(self, info: Info) -> list[ItemQuantity]:
        """Batched over the contracts of a request."""
        return [ItemQuantity.of(view) for view in await info.context.loaders.quantities.load(self.number)]

    @computed("What was bought on it, oldest first.")
    async def top_ups(self, info: Info) -> list[TopUp]:
        """Batched over the contracts of a request."""
        return [TopUp.of(view) for view in await info.context.loaders.top_ups.load(self.number)]

    @computed("Its allowance statements, oldest cycle first.")
    async def closings(self, info: Info) -> list[Annotated[Closing, strawberry.lazy("graphql_api.types.closings")]]:
        """Batched over the contracts of a request."""
        from graphql_api.types.closings import Closing

        return [Closing.of(view) for view in await info.context.loaders.closings.load(self.number)]

    @computed("Why it cannot be billed; none where it can.")
    async def parked(self, info: Info) -> ParkedContract | None:
        """Batched over the contracts of a request."""
        view = await info.context.loaders.parked.load(self.number)
        return ParkedContract.of(view) if view is not None else None
