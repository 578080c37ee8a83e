"""A ruleset once it has been checked and lowered: what the engine evaluates.

Plain values, no text and no parser. Every name is folded (`names.fold`) where it is a key; `label` is the spelling that
people see. Built by `dsl.lower`, compiled by `program`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Any, Self

from engine.formulas import NOTHING, Formula, Unit, Value
from engine.hooks import Level
from engine.money import Currency, Rounding
from engine.periods import FOREVER, Every, Period

ALWAYS = Period(date.min, FOREVER)
DEFAULT_BAND = "operational"
"""The band of all time where a ruleset has no calendar."""
DAY = "day"
"""The input that the column `valid` asks for: the day that decides (D3)."""
NO_PLAN = "none"
"""The plan of work that has no contract in force."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a thing stands in the ruleset's text: file below the ruleset's folder, line from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class RowName:
    """A row, as explanations, tests, coverage and documents point at it. Labels, not folded."""

    table: str
    row: str
    origin: Origin


OVERRIDE = "contract"
"""In the place of a table's name: a contract's own formula, for a constant or for a column of its plan."""


def override_name(label: str) -> RowName:
    """How an override is pointed at: it stands in no file."""
    return RowName(OVERRIDE, label, Origin("", 0))


class InputType(StrEnum):
    """How values of an input are read."""

    CHOICE = "choice"
    TEXT = "text"
    NUMBER = "number"
    DURATION = "duration"
    MONEY = "money"
    DATE = "date"
    YES_NO = "yes/no"
    REQUESTS = "requests"  # only of `overage`, where a plan counts tickets

    @property
    def is_ordered(self) -> bool:
        """Whether spans of it are continuous: a start that counts and an end that does not."""
        return self not in (InputType.CHOICE, InputType.TEXT, InputType.YES_NO)


@dataclass(frozen=True, slots=True)
class Span:
    """`[low, high)` of an ordered input, or `[low, high]` where a bound counts; None is open."""

    low: Fraction | date | None
    high: Fraction | date | None
    low_counts: bool = True
    high_counts: bool = False

    def holds(self, value: Any) -> bool:  # noqa: ANN401 - of the bounds' type, which only the input knows
        """Whether `value` lies in it."""
        if self.low is not None and (value < self.low or (value == self.low and not self.low_counts)):
            return False
        return self.high is None or bool(value < self.high or (value == self.high and self.high_counts))


@dataclass(frozen=True, slots=True)
class Input:
    """Something that rows may look at.

    Attributes:
        name: Folded.
        label: As declared.
        level: When it is known.
        values: For a choice: folded values in declared order; the bands for `band`.
        ordered: The order of `values` means something (`Low < Normal`).
        may_be_missing: `none` is declared, or the type allows it (text, number, date).
        domain: Of an ordered input: the values that it can have, where they are declared (`0 h..24 h`).
        spellings: Folded value to its label.
    """

    name: str
    label: str
    level: Level
    type: InputType
    values: tuple[str, ...] = ()
    ordered: bool = False
    may_be_missing: bool = False
    domain: Span | None = None
    spellings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Condition:
    """One cell of a row: holds for listed values, prefixes or spans, or, negated, for all others.

    `-` is `ANY` (fits a missing value too); `not X` does not fit a missing value; `none` is `Condition(missing=True)`;
    `not none` is `Condition(negated=True)`.
    """

    values: frozenset[str | bool | Fraction | date] = frozenset()
    prefixes: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    missing: bool = False
    negated: bool = False

    def holds(self, value: Value) -> bool:
        """Whether it holds for `value`; the definition that the index in `matching` is tested against."""
        if value is None:
            return self.missing
        listed = (
            value in self.values
            or any(isinstance(value, str) and value.startswith(prefix) for prefix in self.prefixes)
            or any(isinstance(value, int | Fraction | date) and span.holds(value) for span in self.spans)
        )
        return listed != self.negated


ANY = Condition(missing=True, negated=True)


class Hit(StrEnum):
    """Which row of a table decides, or how several do."""

    FIRST = "first"
    UNIQUE = "unique"  # the checker sees that no two fit
    ANY = "any"  # the checker sees that all that fit say the same
    MERGE = "merge"  # each outcome from the first row that fits and does not say `inherit`
    SUM = "collect sum"
    COUNT = "collect count"
    MIN = "collect min"
    MAX = "collect max"
    LIST = "collect list"  # a line each
    GRADUATED = "graduated"  # tiers, each part of the time at its own price
    VOLUME = "volume"  # tiers, all time at the price of the tier that its total reaches

    @property
    def collects(self) -> bool:
        """Whether all rows that fit count, so that no case need be decided."""
        return self in (Hit.SUM, Hit.COUNT, Hit.MIN, Hit.MAX, Hit.LIST)

    @property
    def is_tiered(self) -> bool:
        """Whether its rows are spans of `overage`."""
        return self in (Hit.GRADUATED, Hit.VOLUME)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A column of outcomes: its folded name, label and unit."""

    name: str
    label: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a decision table.

    Attributes:
        name: Label of the row, stable over versions.
        conditions: One for each input of the table.
        outcomes: `outcomes[o][a]` is outcome o for value a of the `across` input (only a=0 without one).
        catch_all: It says `otherwise`: fits when no other does.
        origin: Where it stands.
    """

    name: str
    conditions: tuple[Condition, ...]
    outcomes: tuple[tuple[Formula, ...], ...]
    catch_all: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table: ordered rows of conditions on `inputs` (folded names) and outcomes."""

    name: str
    label: str
    hit: Hit
    inputs: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    rows: tuple[Row, ...]
    across: str | None = None
    across_values: tuple[str, ...] = ()
    """Folded values of `across` that have a column of their own; the last column is for all others (`otherwise`)
    where `across_otherwise`."""
    across_otherwise: bool = False
    origin: Origin = Origin("", 0)


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """Some days and some hours of them, and the band that they are.

    Attributes:
        weekdays: 0 is Monday.
        dates: Days by date.
        holidays: Also the calendar's holidays.
        hours: Half-open `(from, to)` in minutes after midnight; `to` may pass 1440: into the next day.
            Empty means all day.
        catch_all: It says `otherwise`.
    """

    weekdays: frozenset[int]
    dates: frozenset[date]
    holidays: bool
    hours: tuple[tuple[int, int], ...]
    band: str
    catch_all: bool
    origin: Origin


@dataclass(frozen=True, slots=True)
class Calendar:
    """When which band is, by wall clock: the first row that fits. Holidays are listed days, materialised."""

    name: str
    label: str
    rows: tuple[CalendarRow, ...]
    holidays: Mapping[date, str]  # day -> its name


class LineKind(StrEnum):
    """What a line charges for; the input `line` of the tax table."""

    LABOUR = "labour"
    REQUEST = "request"
    SURCHARGE = "surcharge"
    TRAVEL = "travel"
    OTHER = "other"
    FEE = "fee"
    TOP_UP = "top-up"
    ITEM = "item"
    COMMITMENT = "commitment"


class Dated:
    """Something whose name may return for other days: `valid` are those of this row, `others` the rows for other days."""

    __slots__ = ()
    valid: Period
    others: tuple[Self, ...]

    def on(self, day: date) -> Self | None:
        """The row that holds on a day."""
        return next((one for one in (self, *self.others) if day in one.valid), None)


class Mode(StrEnum):
    """Whether a plan's fee is due at a cycle's start or at its end (D2.2)."""

    PREPAID = "prepaid"
    POSTPAID = "postpaid"


class Measure(StrEnum):
    """What a plan counts."""

    HOURS = "hours"
    REQUESTS = "requests"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Plan(Dated):
    """A service plan.

    Attributes:
        fee: Money for a cycle; `NOTHING` where there is none.
        allowance: `DURATION` (minutes) or `REQUESTS`; `NOTHING` where there is none.
        carry_over: Cap in the allowance's unit; `NOTHING` none.
        carry_all: `all`: carried without a cap.
        beyond: Price of an hour (or request) not covered; None means `hold`.
        top_ups: Folded names.
        at_least, at_most: Money; commitment and cap of a cycle's labour, request, surcharge and travel lines.
        carry_for: Cycles that carried allowance lives.
        shared_over: The allowances of so many months (or of the whole contract) are one pot from its first day.
        spread: The allowance is for the whole contract, spread evenly over its cycles.
        spreads_fee: So is the fee.
    """

    name: str
    label: str
    mode: Mode
    measure: Measure
    every: Every
    by_calendar: bool
    fee: Formula
    allowance: Formula
    carry_over: Formula
    carry_all: bool
    beyond: Formula | None
    top_ups: frozenset[str]
    origin: Origin
    at_least: Formula = NOTHING
    at_most: Formula = NOTHING
    carry_for: int = 1
    shared_over: Every | None = None
    spread: bool = False
    spreads_fee: bool = False
    valid: Period = ALWAYS
    others: tuple[Plan, ...] = ()

    @property
    def needs_an_end(self) -> bool:
        """Whether it counts by the whole contract, so that one without an expiry could never be billed by it."""
        return self.spread or self.spreads_fee or self.every is Every.CONTRACT

    @property
    def carries(self) -> bool:
        """Whether anything of its allowance may go on to the next cycle."""
        return self.every is not Every.CONTRACT and (self.carry_all or self.carry_over != NOTHING)


@dataclass(frozen=True, slots=True)
class TopUpPlan(Dated):
    """A price that buys extra allowance, in `DURATION` or `REQUESTS`, for so many cycles."""

    name: str
    label: str
    price: Formula
    adds: Formula
    origin: Origin
    lasts: int = 1
    valid: Period = ALWAYS
    others: tuple[TopUpPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class RecurringItem(Dated):
    """Something sold by the piece and cycle, such as seats; by the day, or by the cycle's highest count."""

    name: str
    label: str
    price: Formula
    peak: bool
    origin: Origin
    valid: Period = ALWAYS
    others: tuple[RecurringItem, ...] = ()


class PricesHold(StrEnum):
    """What a ruleset's prices hold besides the net, and which of net and tax is rounded; the other is the rest."""

    NO_TAX = "without tax"
    TAX = "with tax"  # the net is rounded
    ROUNDED_TAX = "with rounded tax"


@dataclass(frozen=True, slots=True)
class TaxRow:
    """A row of `taxes`. `rate` is a number; `category` an EN 16931 code or blank; `compound`: on taxes above, too."""

    name: str
    conditions: tuple[Condition, ...]
    code: str
    rate: Formula
    category: str
    text: str
    catch_all: bool
    origin: Origin
    compound: bool = False


@dataclass(frozen=True, slots=True)
class Taxes:
    """The tax table: every row that fits applies, and one must (D7.3). `rounding` None is the ruleset's."""

    inputs: tuple[str, ...]
    rows: tuple[TaxRow, ...]
    per_line: bool = False
    rounding: Rounding | None = None
    prices: PricesHold = PricesHold.NO_TAX


@dataclass(frozen=True, slots=True)
class Constant(Dated):
    """A named formula; `fixed` where a condition names it, so that no contract may override it."""

    name: str
    label: str
    unit: Unit
    formula: Formula
    fixed: bool
    origin: Origin
    valid: Period = ALWAYS
    others: tuple[Constant, ...] = ()


@dataclass(frozen=True, slots=True)
class Binding:
    """A hook of `pricing` and the formula bound to it."""

    hook: str
    formula: Formula
    origin: Origin


@dataclass(frozen=True, slots=True)
class Ruleset:
    """A checked, lowered ruleset. Equal text gives equal digests; `meaning` ignores spans and comments (D3)."""

    name: str
    label: str
    version: str
    valid: Period
    currencies: tuple[Currency, ...]
    timezone: str
    rounding: Rounding
    inputs: Mapping[str, Input]
    constants: Mapping[str, Constant]
    calendars: Mapping[str, Calendar]
    tables: Mapping[str, Table]
    pricing: Mapping[str, Binding]
    plans: Mapping[str, Plan]
    top_ups: Mapping[str, TopUpPlan]
    taxes: Taxes | None
    source_digest: str
    meaning_digest: str
    items: Mapping[str, RecurringItem] = field(default_factory=dict)
    cash_rounding: Mapping[str, Fraction] = field(default_factory=dict)
    """By currency code, the smallest amount that is paid, in major units."""
    suppresses_zero_documents: bool = False
    split_at_cycle_edge: bool = False
    without_contract: Every | None = None
    """The cycle of work without a contract, which is paid as it goes; None holds it."""

    def prices_in(self, currency: Currency) -> bool:
        """Whether its prices are said in a currency; else they are converted from its first (D7.5)."""
        return currency in self.currencies

    def said_in(self, code: str) -> str:
        """The code of the currency in which prices for a contract in `code` are said: its own, or the first."""
        return code if any(one.code == code for one in self.currencies) else self.currencies[0].code

    @property
    def counts_money(self) -> bool:
        """Whether it looks at amounts of work's own, which are in the contract's currency and cannot be converted."""
        return any(of.type is InputType.MONEY for of in self.inputs.values())

    @property
    def title(self) -> str:
        """`Zylker@2026.1`: how documents name it."""
        return f"{self.label}@{self.version}"
