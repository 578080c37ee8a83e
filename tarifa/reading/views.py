"""What the queries return: frozen views in the field's words.

Money is minor units (`int`) beside a `currency`; instants are aware UTC datetimes; days are local dates; keys of
accounts and sites are folded, `label` is how they were written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction

from engine.explain import Explanation
from engine.facts import AllowanceOpens, AnyDiscount, Conversion, Difference, Extra, NoticeTerms
from engine.items import Bucket
from engine.money import Currency


@dataclass(frozen=True, slots=True)
class AccountView:
    """A customer, as its newest revision says."""

    key: str
    label: str
    name: str
    country: str | None
    region: str | None
    tax_id: str | None
    exempt: bool
    revision_seq: int
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class SiteView:
    """A place of a customer; `zone` None means the ruleset's zone, `calendar` None its only calendar."""

    account: str
    key: str
    label: str
    zone: str | None
    calendar: str | None
    country: str | None
    region: str | None


@dataclass(frozen=True, slots=True)
class ParkedView:
    """Why a contract could not be billed, and when it is tried again; None: not until somebody asks for it."""

    contract: str
    account: str
    since: datetime
    attempts: int
    next_try: datetime | None
    reason: str
    detail: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AmendmentView:
    """What holds for a contract from a day on, and when it ends, as of this amendment.

    The first one came with the contract. `late_window` in billed cycles; None takes work however late.
    """

    contract: str
    number: int
    effective_from: date
    plan: str
    overrides: Mapping[str, str]
    inputs: Mapping[str, str]
    discounts: tuple[AnyDiscount, ...]
    suspended: bool
    lock_prices: bool
    late_window: int | None
    difference: Difference
    allowance_opens: AllowanceOpens
    expiry: date | None
    notices: NoticeTerms
    needs_approval: bool
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class ContractView:
    """A contract, its newest terms, and how far it is billed.

    `expiry` is inclusive; None where it has no end. `billed_through` is the last billed boundary's date.
    """

    number: str
    account: str
    class_: str
    is_agreed: bool  # not what work without a contract is billed on
    sites: tuple[str, ...]
    ruleset: str
    currency: Currency
    zone: str
    start: date
    expiry: date | None
    bill_from: date | None
    due_days: int
    wait_days: int
    seller: str | None
    bill_group: str | None
    purchase_order: str | None
    reference: str | None
    conversion: Conversion | None
    renewed_from: str | None
    carries_over: bool
    plan: str
    overrides: Mapping[str, str]
    inputs: Mapping[str, str]
    discounts: tuple[AnyDiscount, ...]
    notices: NoticeTerms
    needs_approval: bool
    billed_through: date | None
    next_boundary: date | None
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class QuantityView:
    """So many of a recurring item from a day on, as its newest revision says, and what the count rests on."""

    contract: str
    item: str
    effective_from: date
    quantity: int
    source: str
    external_id: str
    revision: int
    evidence: Mapping[str, str]
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class OpeningView:
    """Allowance brought over from where a contract was billed before; `units` as in a bucket, of its plan's measure."""

    contract: str
    measure: str
    units: int
    expires: date
    note: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class TopUpView:
    """Extra allowance bought."""

    id: str
    contract: str
    top_up: str
    at: datetime
    bought_by: str


class WorklogState(StrEnum):
    """Where a worklog stands."""

    OPEN = "open"  # waits for its cycle's end
    BILLED = "billed"
    HELD = "held"  # waits for a person: see `held`
    WAIVED = "waived"  # a person said that it is never billed
    NOT_BILLABLE = "not billable"
    VOIDED = "voided"  # taken back by its sender


@dataclass(frozen=True, slots=True)
class BilledOn:
    """A line that carries (a part of) a worklog."""

    document: str  # number
    position: int


@dataclass(frozen=True, slots=True)
class HeldView:
    """Why something cannot be billed as it is; `detail` names what a person must know to mend it."""

    reason: str  # engine.items.Reason value
    detail: Mapping[str, str]
    since: datetime


@dataclass(frozen=True, slots=True)
class WorklogView:
    """A worklog as its newest revision says, and where it stands. `id` is `source:external id`."""

    id: str
    source: str
    external_id: str
    revision: int
    account: str
    site: str | None
    request: str | None
    request_kind: str | None
    start: datetime
    seconds: int
    zone: str
    fields: Mapping[str, str]
    billable: bool
    approved: bool
    operational_only: bool
    extras: tuple[Extra, ...]
    note: str | None
    recorded_at: datetime
    recorded_by: str
    state: WorklogState
    billed_on: tuple[BilledOn, ...]
    held: tuple[HeldView, ...]


@dataclass(frozen=True, slots=True)
class TaxView:
    """A tax of a document: its base and amount."""

    code: str
    rate: Fraction
    category: str
    text: str
    base: int
    tax: int


@dataclass(frozen=True, slots=True)
class DocumentView:
    """An invoice or credit note. `sha256` is the digest of its canonical JSON; `rounding` makes `total` payable.

    `open`: what of it is still to be paid or, of a credit note, to be used; never below zero.
    """

    id: str
    kind: str  # `invoice` | `credit note`
    number: str
    account: str
    contract: str
    bill_group: str | None
    currency: Currency
    issue_date: date
    boundary_on: date
    due_date: date
    net: int
    tax: int
    total: int
    rounding: int
    open: int
    cancelled_by: str | None  # number of the credit note that took it back whole
    seller: str | None
    purchase_order: str | None
    reference: str | None
    sha256: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentView:
    """Money that moved or was given up, as its newest revision says; `open` of it is allocated to nothing."""

    id: str  # `source:externalId`
    account: str
    kind: str  # `payment` | `refund` | `write-off`
    currency: Currency
    amount: int
    open: int
    received_on: date
    note: str
    revision: int
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class AllocationView:
    """What of a payment or credit note goes to a document or a refund; below zero it was taken back."""

    payment: str | None
    credit_note: str | None
    document: str | None
    refund: str | None
    currency: Currency
    amount: int
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class StatementView:
    """What a customer owed in one currency before a span of days and at its end; below zero it has credit."""

    currency: Currency
    opening: int
    closing: int


@dataclass(frozen=True, slots=True)
class StatementEntryView:
    """A document or payment of an account. `amount` is what it adds to what is owed, `balance` what is owed with it."""

    day: date
    kind: str  # of a document or of a payment
    name: str  # number of a document, `source:externalId` of a payment
    currency: Currency
    amount: int
    balance: int


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of a document. Minutes are real, rounded, covered by the allowance, and beyond it.

    `rate` is in major units, an hour's price or one's; `corrects` names the line that this one corrects.
    """

    document: str
    account: str
    contract: str
    position: int
    item_key: str
    kind: str
    label: str
    product: str | None
    service_from: date
    service_to: date  # inclusive
    work: str | None
    band: str | None
    minutes: int
    rounded: int
    covered: int
    overage: int
    rate: Fraction | None
    amount: int
    discount: int
    document_discount: int
    tax_included: int
    net: int
    tax_codes: tuple[str, ...]
    reason: str | None  # of credit by hand
    rows: tuple[PricedBy, ...]
    corrects: BilledOn | None


@dataclass(frozen=True, slots=True)
class PricedBy:
    """A row that decided: of which hook, in which version (`Zylker@2026.1`), and where it stands."""

    hook: str
    version: str
    table: str
    row: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class ClosingView:
    """The allowance statement of one cycle of a contract; units of `engine.items.Closing`."""

    contract: str
    account: str
    cycle: int
    start: date
    end: date  # inclusive
    measure: str
    carried_in: int
    granted: int
    topped_up: int
    drawn: int
    overage: int
    left: int
    carried_out: int
    buckets: tuple[Bucket, ...]
    brought_over: int


@dataclass(frozen=True, slots=True)
class ExceptionView:
    """Work, a top-up or a contract that waits for a person."""

    id: str
    account: str
    contract: str | None
    subject_kind: str  # work | top-up | contract
    subject: str  # worklog id, top-up id, contract number
    reason: str
    detail: Mapping[str, str]
    state: str  # open | waived | released | gone
    since: datetime
    note: str | None  # of the person who decided
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoticeView:
    """That usage reached a threshold, or that an expiry is near or past.

    `about` is the first day of the cycle, or the last day of the contract; `threshold` percent, or days.
    """

    contract: str
    account: str
    kind: str  # usage | before expiry | after expiry
    about: date
    threshold: int
    due_on: date
    worklog: str | None
    found_at: datetime


@dataclass(frozen=True, slots=True)
class RulesetView:
    """A ruleset by its name, with its newest version."""

    name: str
    label: str
    newest_version: int


@dataclass(frozen=True, slots=True)
class VersionView:
    """An immutable, checked state of a ruleset. `number` counts from 1; `label` is what its text says."""

    ruleset: str
    number: int
    label: str
    source_digest: str
    meaning_digest: str
    published_at: datetime
    published_by: str
    note: str | None


@dataclass(frozen=True, slots=True)
class ActivationView:
    """The statement that a version is in force from a day (to a day, exclusive; None is for good)."""

    policy_seq: int
    ruleset: str
    version: int
    version_label: str
    from_date: date
    until: date | None
    kind: str  # normal | repair
    reason: str | None
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class LineExplanation:
    """A line, the document it is on, and how its amount came about, from its stored operands."""

    line: LineView
    currency: Currency
    version: str
    explanation: Explanation
