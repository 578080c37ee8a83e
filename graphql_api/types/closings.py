"""Allowance statements."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction

import strawberry

from engine.items import Bucket as EngineBucket
from engine.model import Measure
from graphql_api.types.declare import choice
from graphql_api.types.money import decimal_of
from tarifa.reading.views import ClosingView


@strawberry.enum(description="What an allowance is counted in.")
class AllowanceUnit(Enum):
    """The units of `Quantity`."""

    MINUTES = choice("minutes", "Minutes, with two decimals at most.")
    REQUESTS = choice("requests", "Whole requests.")


@strawberry.type(description="An amount of allowance.")
class Quantity:
    """Time or requests."""

    amount: Decimal = strawberry.field(description="How much: `1200` minutes are 20 h.")
    unit: AllowanceUnit = strawberry.field(description="Of what.")

    @staticmethod
    def held(amount: int, measure: str) -> Quantity:
        """Allowance as the engine holds it: 1/100 minute, or whole requests."""
        if measure == Measure.REQUESTS:
            return Quantity(amount=Decimal(amount), unit=AllowanceUnit.REQUESTS)
        return Quantity(amount=decimal_of(Fraction(amount, 100)), unit=AllowanceUnit.MINUTES)

    @staticmethod
    def whole(amount: int, measure: str) -> Quantity:
        """Whole minutes, or whole requests."""
        unit = AllowanceUnit.REQUESTS if measure == Measure.REQUESTS else AllowanceUnit.MINUTES
        return Quantity(amount=Decimal(amount), unit=unit)


@strawberry.type(description="Allowance given and not yet used.")
class Bucket:
    """A bucket at a cycle's end."""

    kind: str = strawberry.field(description="Where it came from: `cycle`, `carried`, `top-up` or `opening`.")
    source: str = strawberry.field(description="The cycle's number, the top-up's id, or the number of the opening.")
    granted_in: int = strawberry.field(
        description="The cycle in which it was given, from 0; below, of the contract that it renews."
    )
    last_cycle: int = strawberry.field(description="The last cycle in which it can be used.")
    left: Quantity = strawberry.field(description="What is left of it.")

    @staticmethod
    def of(bucket: EngineBucket, measure: str) -> Bucket:
        """Translate the engine's bucket."""
        return Bucket(
            kind=bucket.kind.value,
            source=bucket.source,
            granted_in=bucket.granted_in,
            last_cycle=bucket.last_cycle,
            left=Quantity.held(bucket.left, measure),
        )


@strawberry.type(
    description="What became of a cycle's allowance: carriedIn + granted + toppedUp = drawn + left; "
    "carriedOut of what is left goes on to the next cycle, the rest lapses."
)
class Closing:
    """The newest statement of one cycle."""

    contract_number: str = strawberry.field(description="The contract.")
    account_key: str = strawberry.field(description="Its account.")
    cycle: int = strawberry.field(description="The cycle, counted from 0.")
    start: date = strawberry.field(description="Its first day.")
    end: date = strawberry.field(description="Its last day, itself included.")
    carried_in: Quantity = strawberry.field(description="Brought over from earlier cycles.")
    brought_over: Quantity = strawberry.field(
        description="What of it comes from elsewhere, or from the contract that it renews; none but in its first cycle."
    )
    granted: Quantity = strawberry.field(description="Given by the plan.")
    topped_up: Quantity = strawberry.field(description="Bought.")
    drawn: Quantity = strawberry.field(description="Used.")
    overage: Quantity = strawberry.field(description="Work beyond the allowance.")
    left: Quantity = strawberry.field(description="Not used.")
    carried_out: Quantity = strawberry.field(description="What of it goes on.")
    buckets: list[Bucket] = strawberry.field(description="What the next cycle opens with.")

    @staticmethod
    def of(view: ClosingView) -> Closing:
        """Translate a read model."""

        def held(amount: int) -> Quantity:
            return Quantity.held(amount, view.measure)

        return Closing(
            contract_number=view.contract,
            account_key=view.account,
            cycle=view.cycle,
            start=view.start,
            end=view.end,
            carried_in=held(view.carried_in),
            brought_over=held(view.brought_over),
            granted=held(view.granted),
            topped_up=held(view.topped_up),
            drawn=held(view.drawn),
            overage=Quantity.whole(view.overage, view.measure),
            left=held(view.left),
            carried_out=held(view.carried_out),
            buckets=[Bucket.of(bucket, view.measure) for bucket in view.buckets],
        )
