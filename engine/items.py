"""What a settlement is made of: items, buckets, closings, and work that is held.

An item carries its operands (minutes, rate, rows), so that every amount can be explained without rating it again.
Money is in minor units of the contract's currency from here on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from engine.model import LineKind, PricesHold, RowName
from engine.money import Rounding
from engine.periods import Period


class Reason(StrEnum):
    """Why work, or a whole contract, waits for a person. Stable codes; sentences are made in `tarifa.words`."""

    NO_RULE = "no-rule"  # no row of the tables gives a rate
    NO_PRICE_BEYOND = "no-price-beyond"  # the plan's price beyond the allowance has no value here
    UNKNOWN_VALUE = "unknown-value"  # an input has a value that the ruleset does not declare
    OUT_OF_RANGE = "out-of-range"  # an input counts more or less than the ruleset declares
    NEGATIVE = "negative"  # a price or a duration comes out below zero
    MISSING_VALUE = "missing-value"  # an input that must be known is not
    NOT_APPROVED = "not-approved"
    NO_TIME = "no-time"  # zero or negative duration
    TOO_LONG = "too-long"  # over 24 h
    IN_FUTURE = "in-future"  # its start has not come yet
    TOO_LATE = "too-late"  # older than the contract's late window
    SUSPENDED = "suspended"  # the contract was suspended that day
    NO_VERSION = "no-version"  # no ruleset is in force on that day
    NO_PLAN = "no-plan"  # the version in force lacks the contract's plan
    PLAN_NOT_SOLD = "plan-not-sold"  # it has the plan, on other days
    NO_EXPIRY = "no-expiry"  # the plan counts by the whole contract, which has no end
    NOT_CLOSED = "not-closed"  # the contract that it renews, and that hands over, is not billed to its end yet
    NO_TOP_UP = "no-top-up"  # the plan does not sell it, or the version in force lacks it
    NO_ITEM = "no-item"  # a recurring item is counted that the version in force lacks, or has no price for
    NO_CALENDAR = "no-calendar"  # the site names none, or one that the version in force lacks
    NO_CURRENCY = "no-currency"  # the version in force has no prices in the contract's currency
    NO_CONTRACT = "no-contract"
    NO_TAX = "no-tax"  # no row of the tax table fits a line
    BEFORE_BILL_FROM = "before-bill-from"
    ALLOWANCE_USED_UP = "allowance-used-up"  # the plan says `hold`
    UNKNOWN_ACCOUNT = "unknown-account"
    UNKNOWN_SITE = "unknown-site"
    AMBIGUOUS_TIME = "ambiguous-time"  # the clock shows it twice that night, and no offset was given
    SKIPPED_TIME = "skipped-time"  # the clock never shows it
    BAD_ROW = "bad-row"  # a cell of a file that cannot be read
    DIVISION_BY_ZERO = "division-by-zero"


@dataclass(frozen=True, slots=True)
class Held:
    """Something that cannot be billed as it is: never charged in silence, never lost.

    `detail` names what a person must know to mend it: `input`, `value`, `day`, `table`, `band`, `minutes`, ...
    """

    kind: str  # work | contract | top-up
    subject: str
    reason: Reason
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Converted:
    """That an item's price was said in another currency, and the rate that made it what it is."""

    currency: str
    rate: Fraction
    on: date
    source: str


class BucketKind(StrEnum):
    """Where an allowance came from."""

    OPENING = "opening"  # brought over from where the contract was billed before
    CYCLE = "cycle"
    CARRIED = "carried"
    TOP_UP = "top-up"


class Drawn(NamedTuple):
    """What was taken out of a bucket of allowance; units as `Bucket.left`."""

    kind: BucketKind
    source: str
    units: int


class Item(NamedTuple):
    """One priced thing, under a key that no edit of anything else can change.

    A named tuple, for there are several for every worklog, and a frozen dataclass of so many members takes twice as
    long to make.

    Attributes:
        key: `work/{worklog}/{band}`, `surcharge/{worklog}/{row}`, `travel/{worklog}`, `extra/{worklog}/{id}`,
            `request/{request}/{row}`, `fee/{amendment}/{cycle}`, `recurring/{item}/{change}/{cycle}`, `topup/{id}`,
            `tier/{cycle}/{row}`, `commit/{cycle}`, `cap/{cycle}`.
        cycle: The cycle it belongs to.
        due: The boundary whose document carries it first: the cycle's own for what is paid in advance, else the next.
        service: The days that it pays for: its cycle.
        on: The local day of the work or the purchase, in the contract's zone.
        version: Id of the ruleset version that priced it (`timeline.Version.id`).
        rows: Hook (or `plan`) to the rows that decided, in order of evaluation.
        work, work_revision, request, request_revision, band: Of a worklog's or a request's item.
        quantity: Pieces, of a recurring item.
        minutes: Real whole minutes; `rounded`, after time rounding; `covered` by the allowance; `overage` beyond it.
        rate: Price of an hour (labour), of one (fee, top-up); None where only covered time is shown.
        bill_rate: What the bill rules (the hook `rate`) say an hour costs, where `rate` may be the plan's own price.
        amount: Minor units, before discount. `discount`: minor units taken off, with the sign of the amount.
        discount_share: The percentage that `discount` is.
        product: Folded name of what is sold: a plan, a top-up, an item, an extra.
        label: What is sold, or what the request was about, as people spell it.
        share: Of a whole cycle that a fee is for; of the whole contract with `of_contract`.
        converted: From which currency its price is; None where it is said in the contract's.
        released: Its overage was held, and a person let it be charged.
        drawn: Out of which buckets its covered time came, or its request.
        unpaid: There was allowance that could not be drawn for it, since its document was not paid by then.
    """

    key: str
    kind: LineKind
    cycle: int
    due: int
    service: Period
    version: str
    amount: int
    discount: int = 0
    discount_share: Fraction = Fraction(0)
    rate: Fraction | None = None
    bill_rate: Fraction | None = None
    rows: tuple[tuple[str, tuple[RowName, ...]], ...] = ()
    product: str | None = None
    label: str = ""
    on: date | None = None
    share: Fraction = Fraction(1)
    work: str | None = None
    work_revision: int = 0
    request: str | None = None
    quantity: int = 0
    request_revision: int = 0
    band: str | None = None
    minutes: int = 0
    rounded: int = 0
    covered: int = 0
    overage: int = 0
    released: bool = False
    converted: Converted | None = None
    drawn: tuple[Drawn, ...] = ()
    unpaid: bool = False
    of_contract: bool = False

    @property
    def net(self) -> int:
        """Amount less line discount."""
        return self.amount - self.discount


@dataclass(frozen=True, slots=True)
class Bucket:
    """Allowance given and not yet used, in 1/100 minute or in whole requests.

    Attributes:
        kind: Where it came from.
        source: Cycle number, top-up id or number of the opening: tells buckets apart, and the oldest first.
        granted_in: Below 0 where it comes from the contract that was renewed.
        last_cycle: The last cycle in which it can be drawn.
        left: Never negative.
        opens: The first day on which it can be drawn; `date.max` where nothing says when (D5.7).
    """

    kind: BucketKind
    source: str
    granted_in: int
    last_cycle: int
    left: int
    opens: date = date.min


@dataclass(frozen=True, slots=True)
class Closing:
    """The allowance statement of one cycle, and the buckets that open the next. Units as `Bucket.left`.

    `carried_in + granted + topped_up = drawn + left`; `carried_out` of what is left goes on, the rest lapses.
    `overage` is in whole minutes (or requests). `brought_over` is the part of what was carried into the first billed
    cycle that comes from where the contract was billed before, or from the contract that it renews.
    """

    cycle: int
    period: Period
    measure: str
    carried_in: int
    granted: int
    topped_up: int
    drawn: int
    overage: int
    left: int
    carried_out: int
    buckets: tuple[Bucket, ...]
    brought_over: int = 0


@dataclass(frozen=True, slots=True)
class Opening:
    """Where a settlement starts.

    Attributes:
        cycle: The first to compute.
        buckets: Carried into it.
        charged_requests: Requests charged or counted in an earlier cycle: once per request and contract (D4.8).
    """

    cycle: int
    buckets: tuple[Bucket, ...] = ()
    charged_requests: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Settlement:
    """All items, closings and held work of the cycles computed.

    `stopped` names why the contract as a whole cannot be settled; then there are no items.
    """

    items: tuple[Item, ...]
    closings: tuple[Closing, ...]
    held: tuple[Held, ...]
    stopped: Held | None = None


@dataclass(frozen=True, slots=True)
class LineRef:
    """An issued line: the document's number (a draft's key offline) and the position on it."""

    document: str
    position: int


@dataclass(frozen=True, slots=True)
class TaxMethod:
    """How taxes are reckoned: what prices hold, whether line by line, and what happens between two cents."""

    prices: PricesHold = PricesHold.NO_TAX
    per_line: bool = False
    rounding: Rounding = Rounding.HALF_UP


@dataclass(frozen=True, slots=True)
class TaxKey:
    """What tells two taxes apart; `compound` where it is a tax on the taxes above it, too."""

    code: str
    rate: Fraction
    compound: bool = False


@dataclass(frozen=True, slots=True)
class Taxed:
    """One tax on a line, as the tax table said it, and how it was reckoned. `code` and `rate` make the group."""

    code: str
    rate: Fraction
    category: str
    text: str
    row: RowName
    compound: bool = False
    method: TaxMethod = TaxMethod()

    @property
    def key(self) -> TaxKey:
        """What makes it one with the same tax on other lines."""
        return TaxKey(self.code, self.rate, self.compound)


@dataclass(frozen=True, slots=True)
class OffDocument:
    """What the discounts of whole documents took off a line, in minor units; `share` is the percentage that holds."""

    share: Fraction = Fraction(0)
    by_share: int = 0
    fixed: int = 0

    @property
    def total(self) -> int:
        """Both together."""
        return self.by_share + self.fixed


NOTHING_OFF = OffDocument()


@dataclass(frozen=True, slots=True)
class Billed:
    """What was billed under a key so far.

    Attributes:
        item: The newest.
        line: The issued line that it was first billed on, which every correction corrects; None where its document
            was suppressed.
        taxes: Of that line.
        off: Of that line and its corrections together.
    """

    item: Item
    line: LineRef | None = None
    taxes: tuple[Taxed, ...] = ()
    off: OffDocument = NOTHING_OFF


@dataclass(frozen=True, slots=True)
class Delta:
    """What an item adds to what was billed before under its key: sum(new) - sum(old).

    Attributes:
        item: As computed now; for one that is no longer there, as billed, with nothing left in it.
        amount, discount: The difference, in minor units.
        before: What was billed; None the first time.
    """

    item: Item
    amount: int
    discount: int
    before: Billed | None = None

    @property
    def net(self) -> int:
        """Amount less line discount."""
        return self.amount - self.discount
