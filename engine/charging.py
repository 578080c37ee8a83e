"""Make items of what is to be charged: one place where amounts are rounded and line discounts taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from engine.facts import Terms, Work
from engine.items import Item
from engine.model import LineKind
from engine.money import Currency, Rounding, for_minutes, rounded, to_minor
from engine.periods import Period
from engine.pricing import Rows

_REQUEST_WORDS = ("category", "subcategory", "item", "priority")


def charged(
    key: str,
    kind: LineKind,
    price: Fraction,
    *,
    cycle: int,
    due: int,
    service: Period,
    version: str,
    currency: Currency,
    rounding: Rounding,
    terms: Terms,
    rows: Rows = (),
    share: Fraction = Fraction(1),
    quantity: int = 1,
    label: str = "",
    product: str | None = None,
    on: date | None = None,
    of: Work | None = None,
) -> Item:
    """An item for a price in major units, times `quantity`, times the `share` of a whole cycle."""
    item = Item(
        key=key,
        kind=kind,
        cycle=cycle,
        due=due,
        service=service,
        version=version,
        amount=to_minor(price * quantity * share, currency, rounding),
        rate=price,
        rows=rows,
        product=product,
        label=label,
        on=on,
        share=share,
        quantity=quantity,
        work=of.id if of is not None else None,
        work_revision=of.revision if of is not None else 0,
        request=of.request if of is not None else None,
        request_revision=of.request_revision if of is not None else 0,
    )
    return discounted(item, terms, rounding)


def labour(
    key: str,
    work: Work,
    band: str,
    *,
    minutes: int,
    rounded_to: int,
    covered: int,
    overage: int,
    rate: Fraction | None,
    cycle: int,
    service: Period,
    on: date,
    version: str,
    currency: Currency,
    rounding: Rounding,
    terms: Terms,
    rows: Rows,
) -> Item:
    """The item of a segment: `overage` minutes at `rate` an hour; covered time stands on it and costs nothing."""
    item = Item(
        key=key,
        kind=LineKind.LABOUR,
        cycle=cycle,
        due=cycle + 1,
        service=service,
        version=version,
        amount=for_minutes(rate, overage, currency, rounding) if rate is not None and overage else 0,
        rate=rate,
        rows=rows,
        label=what(work),
        on=on,
        work=work.id,
        work_revision=work.revision,
        request=work.request,
        request_revision=work.request_revision,
        band=band,
        minutes=minutes,
        rounded=rounded_to,
        covered=covered,
        overage=overage,
    )
    return discounted(item, terms, rounding)


def discounted(item: Item, terms: Terms, rounding: Rounding) -> Item:
    """Take the contract's percentage off a line: the one for its kind, else the one for all."""
    if not terms.discounts:
        return item
    shares = {discount.kind: discount.share for discount in terms.discounts}
    share = shares.get(item.kind, shares.get(None, Fraction(0)))
    if not share:
        return item
    return replace(item, discount=rounded(item.amount * share, rounding), discount_share=share)


def what(work: Work) -> str:
    """What a line says of a worklog, in the request's own words."""
    spelled = work.spellings
    return " / ".join([spelled[name] for name in _REQUEST_WORDS if name in spelled])
