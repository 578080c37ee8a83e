"""A small ruleset built by hand, so that the engine is tested without the language."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

from engine.facts import Account, Contract, Discount, Facts, Terms, TopUp, Work
from engine.formulas import NOTHING, Formula, HookName, Literal, OutcomeName, Prices, Unit
from engine.hooks import Level
from engine.model import (
    ALWAYS,
    ANY,
    Binding,
    Calendar,
    CalendarRow,
    Condition,
    Hit,
    Input,
    InputType,
    Measure,
    Mode,
    Origin,
    Outcome,
    Plan,
    Row,
    Ruleset,
    Span,
    Table,
    Taxes,
    TaxRow,
    TopUpPlan,
)
from engine.money import Currency, Rounding
from engine.periods import FOREVER, Every, Period
from engine.timeline import Activation, Timeline, Version

EUR = Currency("EUR", 2)
LISBON = ZoneInfo("Europe/Lisbon")
HERE = Origin("all.rules", 1)


def eur(unit: Unit, amount: str) -> Prices:
    return Prices(unit, (("EUR", Fraction(amount)),))


def hourly(amount: str) -> Prices:
    return eur(Unit.HOURLY, amount)


AN_HOUR = hourly("130")


def minutes(count: int) -> Literal:
    return Literal(Unit.DURATION, Fraction(count))


def _row(name: str, *conditions: Condition, outcomes: tuple[tuple[Formula, ...], ...], catch_all: bool = False) -> Row:
    return Row(name, conditions, outcomes, catch_all, HERE)


OFFICE = Calendar(
    "office",
    "office",
    (
        CalendarRow(frozenset({5, 6}), frozenset(), False, (), "weekend", False, HERE),
        CalendarRow(frozenset(range(5)), frozenset(), False, ((540, 1080),), "operational", False, HERE),
        CalendarRow(frozenset(), frozenset(), False, (), "non-operational", True, HERE),
    ),
    {},
)
HOURLY = Table(
    "hourly",
    "Hourly",
    Hit.FIRST,
    ("priority",),
    (Outcome("rate", "rate", Unit.HOURLY),),
    (
        _row("H1", Condition(values=frozenset({"high"})), outcomes=((hourly("180"), hourly("180")),)),
        _row("H9", ANY, outcomes=((hourly("100"), hourly("150")),), catch_all=True),
    ),
    across="band",
    across_values=("operational",),
    across_otherwise=True,
)
ROUNDING = Table(
    "rounding",
    "Rounding",
    Hit.FIRST,
    ("priority",),
    (Outcome("step", "step", Unit.DURATION),),
    (_row("R1", ANY, outcomes=((minutes(15),),)),),
)
PRIORITY = Input(
    "priority",
    "priority",
    Level.REQUEST,
    InputType.CHOICE,
    ("low", "high"),
    ordered=True,
    spellings={"low": "Low", "high": "High"},
)


def plan(
    *,
    fee: str | None = "1000",
    allowance: int | None = 600,
    carry: int | None = 240,
    mode: Mode = Mode.PREPAID,
    measure: Measure = Measure.HOURS,
    every: Every = Every.MONTH,
    beyond: Formula | None = AN_HOUR,
) -> Plan:
    return Plan(
        name="care",
        label="Care",
        mode=mode,
        measure=measure,
        every=every,
        by_calendar=False,
        fee=eur(Unit.MONEY, fee) if fee is not None else NOTHING,
        allowance=minutes(allowance) if allowance is not None else NOTHING,
        carry_over=minutes(carry) if carry is not None else NOTHING,
        carry_all=False,
        beyond=beyond,
        top_ups=frozenset({"extra 5"}),
        origin=HERE,
    )


EXTRA = TopUpPlan("extra 5", "Extra 5", eur(Unit.MONEY, "450"), minutes(300), HERE)
VAT = Taxes(("country",), (TaxRow("T1", (ANY,), "iva", Literal(Unit.NUMBER, Fraction(23, 100)), "S", "", True, HERE),))
RATE = Binding("rate", OutcomeName("hourly", "rate"), HERE)
STEP = Binding("round up to", OutcomeName("rounding", "step"), HERE)
BILL_RATE = HookName("rate")


def ruleset(
    of: Plan, *, version: str = "1", rounds: bool = False, taxes: Taxes | None = VAT, calendars: bool = True
) -> Ruleset:
    return Ruleset(
        name="fixture",
        label="Fixture",
        version=version,
        valid=ALWAYS,
        currencies=(EUR,),
        timezone="Europe/Lisbon",
        rounding=Rounding.HALF_UP,
        inputs={"priority": PRIORITY},
        constants={},
        calendars={"office": OFFICE} if calendars else {},
        tables={"hourly": HOURLY, "rounding": ROUNDING},
        pricing={"rate": RATE, **({"round up to": STEP} if rounds else {})},
        plans={of.name: of},
        top_ups={EXTRA.name: EXTRA},
        taxes=taxes,
        source_digest=f"digest-{version}",
        meaning_digest=f"meaning-{version}",
    )


def timeline(*rulesets: Ruleset) -> Timeline:
    return Timeline(tuple(Activation(Period(date.min, FOREVER), Version(r.source_digest, r)) for r in rulesets))


def contract(
    start: date, *, end: date = FOREVER, bill_from: date = date.min, discounts: tuple[Discount, ...] = ()
) -> Contract:
    terms = Terms(1, start, "care", discounts=discounts)
    return Contract("C1", "acme", frozenset(), "main", start, EUR, "Europe/Lisbon", (terms,), end, bill_from)


def facts(of: Contract, work: tuple[Work, ...] = (), top_ups: tuple[TopUp, ...] = ()) -> Facts:
    return Facts(Account("acme", "ACME", "Acme Corp", "pt"), of, work, {"Europe/Lisbon": LISBON}, top_ups)


def work(name: str, start: int, length: int, *, revision: int = 1, priority: str | None = "low") -> Work:
    """`start` in UTC seconds, `length` in minutes."""
    inputs = {"priority": priority} if priority is not None else {}
    spellings = {"priority": priority.title()} if priority is not None else {}
    return Work(name, revision, start, length * 60, "Europe/Lisbon", None, None, f"R-{name}", 1, inputs, spellings)


BY_TIERS = OutcomeName("tiers", "price")


def with_tiers(of: Ruleset, hit: Hit = Hit.GRADUATED) -> Ruleset:
    """The ruleset with tiers of overage: the first ten hours at 120, what is over at 90."""

    def row(name: str, low: int | None, high: int | None, price: str) -> Row:
        ends = [Fraction(end) if end else None for end in (low, high)]
        span = Span(*ends, low_counts=False, high_counts=True)
        return _row(name, Condition(spans=(span,)), outcomes=((hourly(price),),))

    rows = (row("T1", None, 600, "120"), row("T2", 600, None, "90"))
    table = Table("tiers", "Tiers", hit, ("overage",), (Outcome("price", "price", Unit.HOURLY),), rows)
    overage = Input("overage", "overage", Level.SEGMENT, InputType.DURATION)
    return replace(of, tables={**of.tables, "tiers": table}, inputs={**of.inputs, "overage": overage})
