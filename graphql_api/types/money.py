"""Money as an object: the decimal for people, the minor units for machines, and its currency."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import strawberry

from engine.money import Currency, decimal_text
from graphql_api.scalars import MinorUnits


@strawberry.type(description="An amount of money, exact.")
class Money:
    """Built from whole minor units."""

    amount: Decimal = strawberry.field(
        description='In major units, with all decimals of the currency: "1800.00"; "9500" for JPY.'
    )
    currency: str = strawberry.field(description="ISO 4217 code, such as `USD`.")
    minor: MinorUnits = strawberry.field(description="The same in minor units: 180000 cents.")

    @staticmethod
    def of(minor: int, currency: Currency) -> Money:
        """`minor` units of `currency`."""
        return Money(
            amount=Decimal(decimal_text(minor, currency.digits)), currency=currency.code, minor=MinorUnits(minor)
        )


RATE_PLACES = 6


def decimal_of(value: Fraction, *, least_places: int = 0) -> Decimal:
    """`value` as a decimal: exact where it ends within 6 places, else rounded there, half to even.

    Args:
        value: Of any size.
        least_places: How many decimals to show at least.
    """
    scaled = round(value * 10**RATE_PLACES)
    whole, places = scaled, RATE_PLACES
    while places > least_places and whole % 10 == 0:
        whole, places = whole // 10, places - 1
    return Decimal(whole).scaleb(-places)


@strawberry.type(description="The price of an hour of work, or of one of a thing.")
class Rate:
    """A price before it is multiplied."""

    amount: Decimal = strawberry.field(
        description="In major units; rounded to six places where the exact price has no end (a third of a dollar)."
    )
    currency: str = strawberry.field(description="ISO 4217 code, such as `USD`.")
    per: str = strawberry.field(description="What it is the price of: `hour` or `one`.")

    @staticmethod
    def of(rate: Fraction, currency: Currency, *, per: str) -> Rate:
        """`rate` major units of `currency` for each `per`."""
        return Rate(amount=decimal_of(rate, least_places=currency.digits), currency=currency.code, per=per)


def percent_of(share: Fraction) -> Decimal:
    """1/20 as `5`."""
    return decimal_of(share * 100)
