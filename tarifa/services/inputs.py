"""What the writes take: values from the outside, spelt as their senders spell them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum, StrEnum
from fractions import Fraction

from engine.facts import AllowanceOpens, AnyDiscount, Conversion, Difference, NoticeTerms

LATE_WINDOW = 3
"""Billed cycles that work may be older than (D4.13), where a contract says nothing."""
MOST_WINDOW = 1000


@dataclass(frozen=True, slots=True)
class SiteInput:
    """A place of a customer. `zone` None: the ruleset's; `calendar` None: the ruleset's only one."""

    key: str
    zone: str | None = None
    calendar: str | None = None
    country: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class AccountInput:
    """A customer with its sites. Sites that are not listed stay as they are."""

    key: str
    name: str | None = None  # None: the key
    country: str | None = None
    region: str | None = None
    tax_id: str | None = None
    exempt: bool = False
    sites: tuple[SiteInput, ...] = ()


@dataclass(frozen=True, slots=True)
class OpeningInput:
    """Allowance brought over from where a contract was billed before.

    Attributes:
        amount: In the language's words: `12 h`, `90 min`, `5 requests`.
        expires: Last day on which it can be used: the last of a cycle.
        note: Where it comes from, for people.
    """

    amount: str
    expires: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class ContractInput:
    """A contract with its first terms.

    Attributes:
        ruleset: Its name; None where there is only one.
        currency: ISO code; None is the ruleset's first.
        zone: Boundaries are midnight there; None is the ruleset's.
        expiry: Last day, inclusive; None has no end.
        sites: Keys; none is the whole account.
        overrides: Constant or plan column to a cell of the rules language: `{"standard": "$80.00/h"}`.
        due_days: Days from issue to due date.
        wait_days: Days for which a boundary waits for its last work before it is billed.
        lock_prices: Plan terms stay those of the version in force on its first day.
        late_window: Work older than so many billed cycles waits; None takes any.
        difference: When what amendments change of fees and items that are billed already is billed.
        allowance_opens: From when on a cycle's allowance can be drawn, of a prepaid plan.
        openings: Of a contract with `bill_from`: what its first cycle billed here opens with.
        notices: When its customer is to be told of its usage and its expiry.
        inputs: What the ruleset declares `of contract`, as text by the input's name.
        seller: Who sells; taxes may ask for it.
        bill_group: Key of the group that it is billed with; None is that of what it renews, blank is by itself.
        purchase_order, reference: The customer's own, which documents repeat.
        conversion: Of prices, where the ruleset says none in the contract's currency.
        needs_approval: Each document waits until a person approves it.
        renewed_from: Number of the contract that ends on the day before this one starts.
        carries_over: What the plan of that contract carries at its end opens this one; else nothing does.
    """

    number: str
    account: str
    plan: str
    start: date
    expiry: date | None = None
    bill_from: date | None = None
    class_: str = "main"
    sites: tuple[str, ...] = ()
    ruleset: str | None = None
    currency: str | None = None
    zone: str | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    discounts: tuple[AnyDiscount, ...] = ()
    due_days: int = 0
    wait_days: int = 0
    lock_prices: bool = False
    late_window: int | None = LATE_WINDOW
    difference: Difference = Difference.NEXT_BOUNDARY
    allowance_opens: AllowanceOpens = AllowanceOpens.AT_START
    openings: tuple[OpeningInput, ...] = ()
    notices: NoticeTerms = field(default_factory=NoticeTerms)
    inputs: Mapping[str, str] = field(default_factory=dict)
    seller: str | None = None
    bill_group: str | None = None
    purchase_order: str | None = None
    reference: str | None = None
    conversion: Conversion | None = None
    needs_approval: bool = False
    renewed_from: str | None = None
    carries_over: bool = False


@dataclass(frozen=True, slots=True)
class EntityInput:
    """A legal seller.

    Attributes:
        key: What contracts name it by, and what the tax table calls `seller`.
        name: None is its key.
        address, bank: For its documents; they may have several lines.
        country: ISO 3166, two letters.
        tax_ids: As they are to be read, with what they are: `VAT PT500000000`.
        currency: Of contracts that name it and no currency; None is the ruleset's first.
        is_default: It sells on contracts that name no seller.
    """

    key: str
    name: str = ""
    address: str = ""
    country: str | None = None
    tax_ids: tuple[str, ...] = ()
    bank: str = ""
    currency: str | None = None
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class SeriesInput:
    """A number series: `prefix`, then the number in at least so many `digits`.

    Attributes:
        kind: `invoice` or `credit note`.
        entity: Key of the seller; None is the installation's, of all that have none of their own.
        next: The number that it begins with: 1, or what follows on the last one that was given out elsewhere.
    """

    kind: str
    prefix: str
    entity: str | None = None
    next: int = 1
    digits: int = 6


@dataclass(frozen=True, slots=True)
class BillGroupInput:
    """Contracts that are billed together, one document for each boundary.

    Attributes:
        account: Key of who is billed; contracts may be of other accounts.
        seller: As contracts name theirs; None is the default one.
        currency: ISO code; of all contracts in it.
        due_days: Days from issue to due date.
        purchase_order, reference: The customer's own, which documents repeat.
        needs_approval: Each document waits until a person approves it.
    """

    key: str
    account: str
    currency: str
    seller: str | None = None
    due_days: int = 0
    purchase_order: str | None = None
    reference: str | None = None
    needs_approval: bool = False


class Kept(Enum):
    """Said of what an amendment leaves alone, where None is something to amend it to."""

    AS_IT_IS = "as it is"


@dataclass(frozen=True, slots=True)
class AmendmentInput:
    """What changes of a contract from a day on; what is left out stays as it is in force on that day.

    Attributes:
        effective_from: First day of the new terms; it may be billed already.
        request_key: The sender's own key: the same key amends once. None: an amendment with the same content is known.
        plan: With a cycle of the same length.
        overrides, discounts: All that hold from then on, in place of those before.
        suspended: Nothing is due and no work is covered from that day on; False takes it up again.
        expiry: Last day of the contract, inclusive; None has no end. Of all amendments the last recorded one counts.
        lock_prices: Plan terms stay those of the version in force on that day.
        late_window: Work older than so many billed cycles waits; None takes any.
        difference: When what it changes of fees and items that are billed already is billed, and what later ones do.
        allowance_opens: From when on the allowance of cycles that begin from then on can be drawn.
        notices: In place of those before; of all amendments the last recorded one counts.
        inputs: What changes of the inputs of the contract, by name; a blank text takes a value away.
        needs_approval: Of all amendments the last recorded one counts.
    """

    contract: str
    effective_from: date
    request_key: str | None = None
    plan: str | None = None
    overrides: Mapping[str, str] | None = None
    discounts: tuple[AnyDiscount, ...] | None = None
    suspended: bool | None = None
    expiry: date | Kept | None = Kept.AS_IT_IS
    lock_prices: bool | None = None
    late_window: int | Kept | None = Kept.AS_IT_IS
    difference: Difference | None = None
    allowance_opens: AllowanceOpens | None = None
    notices: NoticeTerms | None = None
    inputs: Mapping[str, str] | None = None
    needs_approval: bool | None = None


class DecisionAction(StrEnum):
    """What a person says of work that waits."""

    RELEASE = "release"  # bill it
    WAIVE = "waive"  # never bill it


@dataclass(frozen=True, slots=True)
class DecisionInput:
    """A person's word on an entry of the exception list, by its id; the note says why, for other people."""

    exception: str
    action: DecisionAction
    note: str


@dataclass(frozen=True, slots=True)
class ApprovalInput:
    """A person's word that a contract's next document may be issued just so, by the digest of its preview."""

    contract: str
    digest: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class RunInput:
    """A billing run to start, under the asker's own key: the same key runs once.

    Attributes:
        through: All boundaries up to this day; None bills as the scheduler would.
        most: A document whose total is more, either side of zero, is stopped; in major units of its currency.
        most_change: A document whose total differs from the contract's last one by more percent of that is stopped.
    """

    request_key: str
    through: date | None = None
    most: Fraction | None = None
    most_change: int | None = None


@dataclass(frozen=True, slots=True)
class TopUpInput:
    """Extra allowance to buy; `request_key` is the buyer's own key: the same key buys once."""

    contract: str
    top_up: str
    at: datetime
    request_key: str


class PaymentKind(StrEnum):
    """Money in, money back to the customer, and money that is given up."""

    PAYMENT = "payment"
    REFUND = "refund"
    WRITE_OFF = "write-off"


@dataclass(frozen=True, slots=True)
class PaymentInput:
    """Money that moved, or that is given up. `amount` is in major units; 0, as a revision, takes it back."""

    account: str
    kind: PaymentKind
    amount: Fraction
    currency: str
    received_on: date
    external_id: str
    source: str = "main"
    note: str = ""
    ahead: bool = False  # said on purpose: the day is still to come


@dataclass(frozen=True, slots=True)
class PartInput:
    """What goes to one document or one refund, in major units; below zero it is taken back from there."""

    amount: Fraction
    document: str | None = None  # number
    refund: str | None = None  # `source:externalId`


@dataclass(frozen=True, slots=True)
class AllocationInput:
    """What a payment, a write-off or a credit note pays for.

    Attributes:
        request_key: The sender's own key: the same key allocates once.
        payment: `source:externalId`; this or `credit_note`, by its number.
        parts: None given: what is open, oldest due first.
    """

    request_key: str
    payment: str | None = None
    credit_note: str | None = None
    parts: tuple[PartInput, ...] = ()


@dataclass(frozen=True, slots=True)
class LineCreditInput:
    """What a person takes off a line, above zero, in major units, as the line's prices say it (D7.2)."""

    position: int
    amount: Fraction


@dataclass(frozen=True, slots=True)
class CreditInput:
    """A credit note by hand, on one invoice.

    Attributes:
        request_key: The sender's own key: the same key credits once.
        reason: On each of its lines, for the customer to read.
        lines: None given: all that is left of every line, which cancels the invoice.
        amount: In place of lines: so much off the invoice, spread over what is left of its lines.
    """

    request_key: str
    document: str
    reason: str
    lines: tuple[LineCreditInput, ...] = ()
    amount: Fraction | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the invoice is taken back whole."""
        return not self.lines and self.amount is None


@dataclass(frozen=True, slots=True)
class QuantityInput:
    """How many of a recurring item a contract has from a day on.

    Attributes:
        source, external_id: Who counted, and the id of the count there.
        evidence: What the count rests on, by name: kept, shown, and never read.
    """

    contract: str
    item: str
    effective_from: date
    quantity: int
    external_id: str
    source: str = "main"
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RequestInput:
    """A ticket, with what is known of it. `fields`: input name to text (category, priority, declared ones).

    `is_correction`: the new facts count for work that is billed already, too.
    """

    id: str
    kind: str | None = None  # `incident`, `service request`
    fields: Mapping[str, str] = field(default_factory=dict)
    is_correction: bool = False


@dataclass(frozen=True, slots=True)
class ExtraInput:
    """Something charged beside the time of a worklog; `amount` in major units of the contract's currency, as text."""

    label: str
    amount: str
    billable: bool = True


@dataclass(frozen=True, slots=True)
class WorklogInput:
    """One piece of work, under the sender's own id.

    Attributes:
        start: ISO 8601 text or a datetime; without an offset, as the site's clock showed it.
        end: As `start`; may be left out where `minutes` is given.
        minutes: Authoritative where given, as text or a number.
        request: The ticket; None where there is none.
        fields: Worklog-level input name to text (technician, role, work type, distance, declared ones).
        billable: Of its time; distance and extras are charged all the same.
    """

    id: str
    account: str
    start: str | datetime
    end: str | datetime | None = None
    minutes: str | int | None = None
    site: str | None = None
    request: RequestInput | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    billable: bool = True
    approved: bool = True
    operational_only: bool = False
    voided: bool = False
    note: str | None = None
    extras: tuple[ExtraInput, ...] = ()


class OnChange(StrEnum):
    """What to do with a worklog that is on record with another payload."""

    REJECT = "reject"
    REVISE = "revise"


class ActivationKind(StrEnum):
    """Whether an activation may reach billed time."""

    NORMAL = "normal"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True)
class ActivationInput:
    """Which version is in force from which day (until which day, exclusive).

    `version` is a number, as publishing returned it, or None for the newest.
    """

    ruleset: str
    from_date: date
    until: date | None = None
    version: int | None = None
    kind: ActivationKind = ActivationKind.NORMAL
    reason: str | None = None
