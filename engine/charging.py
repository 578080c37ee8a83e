"""Make items of what is to be charged: one place where amounts are rounded and line discounts taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from engine.facts import Contract, Discount, Terms, Work
from engine.items import Drawn, Item
from engine.model import LineKind
from engine.money import Currency, Rounding, for_minutes, rounded, to_minor
from engine.periods import Period
from engine.pricing import Rows
from engine.timeline import Version

_OWN_MONEY = (LineKind.OTHER, LineKind.COMMITMENT)
"""Lines whose amount is no price of the ruleset, but one in the contract's currency, or what is left to one."""
_REQUEST_WORDS = ("category", "subcategory", "item", "priority")


@dataclass(frozen=True, slots=True)
class Under:
    """What an item is charged under: its cycle, the boundary it is due at, and the version and terms that priced it."""

    cycle: int
    due: int
    service: Period
    contract: Contract
    version: Version
    terms: Terms

    @property
    def currency(self) -> Currency:
        """The contract's."""
        return self.contract.currency

    @property
    def rounding(self) -> Rounding:
        """The version's."""
        return self.version.ruleset.rounding


def charged(
    key: str,
    kind: LineKind,
    price: Fraction,
    under: Under,
    *,
    rows: Rows = (),
    share: Fraction = Fraction(1),
    quantity: int = 1,
    label: str = "",
    product: str | None = None,
    on: date | None = None,
    of: Work | None = None,
    amount: int | None = None,
    of_contract: bool = False,
) -> Item:
    """An item for a price in major units, times `quantity`, times the `share` of a whole cycle (or of the contract).

    `amount`, in minor units, is given where a share is not rounded by itself.
    """
    item = Item(
        key=key,
        kind=kind,
        cycle=under.cycle,
        due=under.due,
        service=under.service,
        version=under.version.id,
        amount=to_minor(price * quantity * share, under.currency, under.rounding) if amount is None else amount,
        rate=price,
        rows=rows,
        product=product,
        label=label,
        on=on,
        share=share,
        quantity=quantity,
        of_contract=of_contract,
        work=of.id if of is not None else None,
        work_revision=of.revision if of is not None else 0,
        request=of.request if of is not None else None,
        request_revision=of.request_revision if of is not None else 0,
        converted=under.version.converted(under.contract) if kind not in _OWN_MONEY else None,
    )
    return discounted(item, under)


def labour(
    key: str,
    work: Work,
    band: str,
    under: Under,
    *,
    minutes: int,
    rounded_to: int,
    covered: int,
    overage: int,
    rate: Fraction | None,
    bill_rate: Fraction | None,
    on: date,
    rows: Rows,
    released: bool = False,
    drawn: tuple[Drawn, ...] = (),
    unpaid: bool = False,
) -> Item:
    """The item of a segment: `overage` minutes at `rate` an hour; covered time stands on it and costs nothing."""
    item = Item(
        key=key,
        kind=LineKind.LABOUR,
        cycle=under.cycle,
        due=under.due,
        service=under.service,
        version=under.version.id,
        amount=for_minutes(rate, overage, under.currency, under.rounding) if rate is not None and overage else 0,
        rate=rate,
        bill_rate=bill_rate,
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
        released=released,
        drawn=drawn,
        unpaid=unpaid,
        converted=None
        if rate is None or under.contract.conversion is None  # as mostly: there is an item for every segment
        else under.version.converted(under.contract),
    )
    return discounted(item, under) if under.terms.discounts else item


def discounted(item: Item, under: Under) -> Item:
    """Take the contract's percentage off a line: the one for its kind, else the one for all.

    What makes up a commitment, or caps, was reckoned from nets already.
    """
    if not under.terms.discounts or item.kind is LineKind.COMMITMENT:
        return item
    share = discount_share(under.terms, item.kind)
    if not share:
        return item
    return item._replace(discount=rounded(item.amount * share, under.rounding), discount_share=share)


def discount_share(terms: Terms, kind: LineKind) -> Fraction:
    """The part of a line of a kind that is taken off it: what is agreed for its kind, else for all."""
    shares = {one.kind: one.share for one in terms.discounts if isinstance(one, Discount)}
    return shares.get(kind, shares.get(None, Fraction(0)))


def what(work: Work) -> str:
    """What a line says of a worklog, in the request's own words."""
    spelled = work.spellings
    return " / ".join([spelled[name] for name in _REQUEST_WORDS if name in spelled])
