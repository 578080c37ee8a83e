"""What clients send of contracts: the agreement, what it changes, discounts, conversion, notices, openings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction

import strawberry

from engine import facts
from engine.facts import AnyDiscount, Conversion, Discount, DocumentDiscount, NoticeTerms
from engine.model import LineKind
from graphql_api.errors import ClientError
from graphql_api.types.declare import choice
from graphql_api.types.inputs import NamedText, mapping
from tarifa.services import inputs


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


@strawberry.enum(description="When what an amendment changes of fees and items that are billed already is billed.")
class Difference(Enum):
    """`engine.facts.Difference`, with a description for each value."""

    NEXT_BOUNDARY = choice("next boundary", "With all else, on the next document.")
    AT_ONCE = choice(
        "at once", "On a document of its own, on the amendment's first day, or when it is recorded if that has passed."
    )


@strawberry.enum(description="From when on a cycle's allowance can be drawn.")
class AllowanceOpens(Enum):
    """`engine.facts.AllowanceOpens`, with a description for each value."""

    AT_START = choice("at start", "From the cycle's first day, whether or not its document is paid.")
    WHEN_PAID = choice(
        "when paid",
        "From the day on which the document that billed the cycle ahead is paid in full. Work before that is beyond the allowance.",
    )


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
    difference: Difference = strawberry.field(
        default=Difference.NEXT_BOUNDARY,
        description="When what amendments change of fees and items that are billed already is billed.",
    )
    allowance_opens: AllowanceOpens = strawberry.field(
        default=AllowanceOpens.AT_START, description="From when on a cycle's allowance can be drawn; of a prepaid plan."
    )
    openings: list[OpeningInput] = strawberry.field(
        default_factory=list, description="With `billFrom`: what its first cycle that is billed here opens with."
    )
    notices: NoticesInput = strawberry.field(
        default_factory=NoticesInput, description="When its customer is to be told of its usage and its expiry."
    )
    seller: str | None = strawberry.field(
        default=None, description="Key of the seller; none: the default one. The ruleset's taxes may ask for it."
    )
    bill_group: str | None = strawberry.field(
        default=None,
        description="Key of the bill group that it is billed with; none: that of what it renews, blank: by itself.",
    )
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
            difference=facts.Difference(self.difference.value),
            allowance_opens=facts.AllowanceOpens(self.allowance_opens.value),
            openings=tuple(opening.service_value() for opening in self.openings),
            notices=self.notices.service_value(),
            seller=self.seller,
            bill_group=self.bill_group,
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
    difference: Difference | None = strawberry.field(
        default=None,
        description="When what it changes of fees and items that are billed already is billed, and what later ones do.",
    )
    allowance_opens: AllowanceOpens | None = strawberry.field(
        default=None, description="From when on the allowance of cycles that begin from then on can be drawn."
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
            difference=facts.Difference(self.difference.value) if self.difference is not None else None,
            allowance_opens=facts.AllowanceOpens(self.allowance_opens.value)
            if self.allowance_opens is not None
            else None,
            notices=self.notices.service_value() if self.notices is not None else None,
            needs_approval=self.needs_approval,
        )
