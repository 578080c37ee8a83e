"""The facts of one account, as the engine sees them: contracts, work, top-ups.

The layers above read them from files or from the database; here they are values. Instants are UTC seconds (`int`),
durations of work are seconds, days are local dates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo
from enum import StrEnum
from fractions import Fraction

from engine.formulas import Formula, Value
from engine.items import Bucket
from engine.model import NO_PLAN, LineKind
from engine.money import Currency
from engine.periods import FOREVER


@dataclass(frozen=True, slots=True)
class Account:
    """A customer. `key` is folded and immutable; `label` is how it was written."""

    key: str
    label: str
    name: str
    country: str | None = None  # folded ISO 3166 code
    region: str | None = None  # as written; rows compare it folded
    tax_id: str | None = None
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class Extra:
    """Something charged beside the time of a worklog: parts, a taxi. It keeps its own billable flag (D4.9).

    Attributes:
        id: Unique in the worklog; part of the item key.
        label: What the line says.
        amount: Major units of the contract's currency.
    """

    id: str
    label: str
    amount: Fraction
    billable: bool = True


@dataclass(frozen=True, slots=True)
class Work:
    """One worklog: its latest revision, with the request's and site's facts as they count for it.

    Attributes:
        id: Stable and unique in the account; part of the item keys.
        revision: From 1.
        start: UTC seconds.
        seconds: How long, in whole seconds of real time; given minutes are authoritative.
        zone: IANA zone of the customer's site: the clock that bands follow.
        site: Folded key; None for work at no particular site.
        calendar: Folded name of the site's calendar; None means the ruleset's only one.
        request: Id of the request it belongs to.
        request_revision: The revision of the request whose facts are in `inputs`; frozen once billed (D4.13).
        inputs: Folded input name to value: request and worklog level. Choices and text folded; missing ones absent.
        spellings: What people see of them, by the same names; for documents and explanations.
        billable: Whether its time is charged; time that is not is neither billed nor held. Distance and extras are
            charged all the same.
        approved: Work that is not approved waits.
        operational_only: Only its minutes in the band `operational` are billed.
        extras: What is charged beside the time.
        before, after: Of a part, where cycles split work at their edge: seconds in the cycle before, and in the next.
    """

    id: str
    revision: int
    start: int
    seconds: int
    zone: str
    site: str | None
    calendar: str | None
    request: str
    request_revision: int
    inputs: Mapping[str, Value]
    spellings: Mapping[str, str] = field(default_factory=dict)
    billable: bool = True
    approved: bool = True
    operational_only: bool = False
    extras: tuple[Extra, ...] = ()
    before: int = 0
    after: int = 0

    @property
    def whole(self) -> int:
        """Seconds of the worklog that this is, or is a part of."""
        return self.before + self.seconds + self.after

    @property
    def is_part(self) -> bool:
        """Whether an edge of a cycle has cut it."""
        return bool(self.before or self.after)


class AllowanceOpens(StrEnum):
    """From when on a cycle's allowance can be drawn (D5.7)."""

    AT_START = "at start"
    WHEN_PAID = "when paid"


@dataclass(frozen=True, slots=True)
class Discount:
    """A percentage off every line of one kind; `kind` None is every line."""

    share: Fraction  # 1/20 is 5 %
    kind: LineKind | None = None


@dataclass(frozen=True, slots=True)
class DocumentDiscount:
    """Off a document as a whole: a percentage of each, or an amount in major units that is spent once (D7.4)."""

    share: Fraction = Fraction(0)
    amount: Fraction = Fraction(0)


AnyDiscount = Discount | DocumentDiscount


class Difference(StrEnum):
    """When what an amendment changes of fees and items that are billed already is billed (D6)."""

    NEXT_BOUNDARY = "next boundary"
    AT_ONCE = "at once"


@dataclass(frozen=True, slots=True)
class NoticeTerms:
    """When a customer is to be told (D8.7); nothing that is charged depends on it.

    Attributes:
        usage: Percent of a cycle's allowance.
        before_expiry, after_expiry: Days.
    """

    usage: tuple[int, ...] = ()
    before_expiry: tuple[int, ...] = ()
    after_expiry: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds from a day on: an amendment. The first one comes with the contract.

    Attributes:
        number: From 1; part of the fee's key.
        effective_from: First day.
        plan: Folded name.
        overrides: Formulas in place of a constant (`standard`) or of a plan's column (`fee`), by folded name.
        discounts: Off its lines, rounded per line; and off its documents.
        suspended: Nothing is due and no work is covered from this day on.
        lock_prices: Plan terms stay those of the version in force on `effective_from`.
        late_window: Work older than so many billed cycles waits; None takes any.
        difference: When what they change of a cycle that is billed ahead is billed.
        allowance_opens: From when on the allowance of cycles that begin under them can be drawn; of a prepaid plan.
        inputs: What the ruleset declares `of contract`, by folded name; those without a value are absent.
    """

    number: int
    effective_from: date
    plan: str
    overrides: tuple[tuple[str, Formula], ...] = ()
    discounts: tuple[AnyDiscount, ...] = ()
    suspended: bool = False
    lock_prices: bool = False
    late_window: int | None = 3
    difference: Difference = Difference.NEXT_BOUNDARY
    allowance_opens: AllowanceOpens = AllowanceOpens.AT_START
    inputs: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Quantity:
    """From a day on, so many of a recurring item; `id` names the change and is part of the item key."""

    id: str
    item: str
    effective_from: date
    quantity: int


@dataclass(frozen=True, slots=True)
class BroughtOver:
    """Allowance of a contract from where it was billed before; `units` as in a bucket, `expires` is its last day."""

    id: str
    units: int
    expires: date


@dataclass(frozen=True, slots=True)
class Conversion:
    """How prices become a currency that a ruleset does not list: one unit of its first currency is `rate` of it (D7.5).

    `on` and `source` say where the rate is from.
    """

    rate: Fraction
    on: date
    source: str


@dataclass(frozen=True, slots=True)
class Entity:
    """A legal seller, as it stood when something was settled.

    Attributes:
        key: Folded; what the tax table calls `seller`.
        label: Its key, as written.
        revision: Which of its revisions this is.
        address, bank: As they are to be read, with their line breaks.
        tax_ids: As the seller writes them.
    """

    key: str
    label: str
    revision: int
    name: str
    address: str = ""
    country: str | None = None
    tax_ids: tuple[str, ...] = ()
    bank: str = ""


@dataclass(frozen=True, slots=True)
class Contract:
    """An account, or some of its sites, on a plan.

    Attributes:
        number: Unique; as written.
        account: Folded key.
        sites: Folded keys; empty is the whole account.
        class_: Folded name of the contract class.
        start, end: `[start, end)`; `FOREVER` where it has no expiry.
        bill_from: Boundaries before this day are not billed by us, nor is work before the first one that is.
        zone: Its boundaries are midnight there.
        seller: Who sells, as written; rows compare it folded.
        entity: That seller, where it is on record.
        purchase_order, reference: The customer's own, which documents repeat.
        conversion: Of prices, where a ruleset says none in its currency.
        brought_over: Opens the first cycle that is billed here.
        handed_over: What is left of the contract that it renews opens its first cycle, too; numbers are those of its
            own cycles, so that all of it was granted before cycle 0.
        hands_over: What its plan carries at its end goes to the contract that renews it; else it lapses (D5.3).
    """

    number: str
    account: str
    sites: frozenset[str]
    class_: str
    start: date
    currency: Currency
    zone: str
    terms: tuple[Terms, ...]
    end: date = FOREVER
    bill_from: date = date.min

    @property
    def pays_as_it_goes(self) -> bool:
        """Whether it is what an account's work without a contract is billed on (D4.12)."""
        return self.terms[0].plan == NO_PLAN

    brought_over: tuple[BroughtOver, ...] = ()
    seller: str | None = None
    entity: Entity | None = None
    purchase_order: str | None = None
    reference: str | None = None
    conversion: Conversion | None = None
    handed_over: tuple[Bucket, ...] = ()
    hands_over: bool = False


@dataclass(frozen=True, slots=True)
class TopUp:
    """Extra allowance bought: the folded name of its plan, and the instant."""

    id: str
    top_up: str
    at: int


@dataclass(frozen=True, slots=True)
class Facts:
    """All that one contract is settled from.

    Attributes:
        work, top_ups: In any order.
        zones: By IANA name: of the sites, and the contract's.
        quantities: All changes up to now, oldest first for equal days.
        known_work: Ids of work that was billed, or waited for a person, before; late work among the rest waits beyond
            the late window. None: nothing is late, as in a bill from files.
        released, waived: Ids of work that a person decided on: what of it is beyond the allowance of a plan that says
            `hold` is charged by the bill rules, or never.
        paid: By the number of a cycle, the day on which the document that billed it ahead was paid in full; a cycle of
            which it was not is missing. Asked only where an allowance opens when it is paid.
    """

    account: Account
    contract: Contract
    work: tuple[Work, ...]
    zones: Mapping[str, tzinfo]
    top_ups: tuple[TopUp, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    known_work: frozenset[str] | None = None
    released: frozenset[str] = frozenset()
    waived: frozenset[str] = frozenset()
    paid: Mapping[int, date] = field(default_factory=dict)
