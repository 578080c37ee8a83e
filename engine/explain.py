"""Why an item costs what it costs: its stored operands as steps, each with the rows that decided (D4, D8).

Nothing is rated again. The steps are data; `tarifa.words` makes sentences of them in people's languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from engine.allowances import UNITS_A_MINUTE
from engine.documents import Line
from engine.items import BucketKind, Converted, Item, Taxed
from engine.model import LineKind, PricesHold, RowName
from engine.money import Currency, decimal, decimal_text


class StepKind(StrEnum):
    """What a step of the arithmetic does."""

    VERSION = "version"
    CONVERSION = "conversion"
    TIME = "time"
    ROUNDING = "rounding"
    COVERED = "covered"
    DRAWN = "drawn"
    REQUEST_DRAWN = "request drawn"
    NOT_COVERED = "not covered"
    NOT_PAID = "not paid"
    RELEASED = "released"
    BEYOND = "beyond"
    RATE = "rate"
    FEE = "fee"
    CONTRACT_FEE = "contract fee"
    CONTRACT_SHARE = "contract share"
    TOP_UP = "top-up"
    SURCHARGE = "surcharge"
    TRAVEL = "travel"
    OTHER = "other"
    REQUEST = "request"
    ITEM = "item"
    TIER = "tier"
    IN_TIERS = "in-tiers"
    COMMITMENT = "commitment"
    CAP = "cap"
    SHARE = "share"
    AMOUNT = "amount"
    DISCOUNT = "discount"
    DOCUMENT_DISCOUNT = "document discount"
    CORRECTION = "correction"
    BY_HAND = "by hand"
    TAX = "tax"
    TAX_ON_TAX = "tax on tax"
    TAX_INCLUDED = "tax included"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its figures as text (minutes whole, money with the currency's decimals), and the rows behind it."""

    kind: StepKind
    values: Mapping[str, str]
    rows: tuple[RowName, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The steps from the work (or the plan) to the line's net, in order."""

    steps: tuple[Step, ...]


def explain(line: Line, *, ruleset: str, currency: Currency) -> Explanation:
    """Explain an issued or drafted line from what is stored in it.

    Args:
        line: With its item.
        ruleset: Title of the version that priced it, as people name it.
        currency: Of the document.
    """
    item = line.item
    if line.reason is not None:
        by_hand = Step(StepKind.BY_HAND, _by_hand(line, line.reason, currency))
        return Explanation((by_hand, *(_tax(tax, line, currency) for tax in line.taxes)))
    steps = [Step(StepKind.VERSION, {"ruleset": ruleset, **_day(item)})]
    if item.converted is not None and item.rate is not None:
        steps.append(Step(StepKind.CONVERSION, _conversion(item.converted, item.rate, currency)))
    if item.key.startswith("tier/"):
        steps += _tier(item, currency)
    else:
        steps += _labour(item, currency) if item.kind is LineKind.LABOUR else _charge(item, currency)
    if item.discount_share:
        values = {"percent": decimal(item.discount_share * 100), "discount": _money(item.discount, currency)}
        steps.append(Step(StepKind.DISCOUNT, {**values, "net": _money(item.net, currency), **_currency(currency)}))
    if line.corrects is not None:
        steps.append(Step(StepKind.CORRECTION, _correction(line, currency)))
    if line.off.total:
        left = line.discounted - line.off.total
        values = {"discount": _money(line.off.total, currency), "net": _money(left, currency), **_currency(currency)}
        steps.append(Step(StepKind.DOCUMENT_DISCOUNT, values))
    steps += [_tax(tax, line, currency) for tax in line.taxes]
    return Explanation(tuple(steps))


def _tax(tax: Taxed, line: Line, currency: Currency) -> Step:
    values = {"code": tax.code, "percent": decimal(tax.rate * 100)}
    if tax.method.prices is not PricesHold.NO_TAX:
        held = {"included": _money(line.tax_included, currency), "net": _money(line.net, currency)}
        return Step(StepKind.TAX_INCLUDED, values | held | _currency(currency), (tax.row,))
    return Step(StepKind.TAX_ON_TAX if tax.compound else StepKind.TAX, values, (tax.row,))


def _conversion(converted: Converted, rate: Fraction, currency: Currency) -> dict[str, str]:
    return {
        "from": converted.currency,
        "price": decimal(rate / converted.rate, currency.digits),
        "by": decimal(converted.rate),
        "rate": decimal(rate, currency.digits),
        "on": converted.on.isoformat(),
        "source": converted.source,
        **_currency(currency),
    }


def _labour(item: Item, currency: Currency) -> list[Step]:
    rows = dict(item.rows)
    time = {"work": item.work or "", "band": item.band or "", "minutes": str(item.minutes), **_day(item)}
    steps = [Step(StepKind.TIME, time)]
    if item.rounded != item.minutes:
        values = {
            "minutes": str(item.minutes),
            "rounded": str(item.rounded),
            "surplus": str(item.rounded - item.minutes),
        }
        deciding = (row for hook in ("minimum", "round up to", "grace", "scope") for row in rows.get(hook, ()))
        steps.append(Step(StepKind.ROUNDING, values, tuple(dict.fromkeys(deciding))))
    if item.covered:
        values = {"covered": str(item.covered), "rounded": str(item.rounded), "overage": str(item.overage)}
        steps.append(Step(StepKind.COVERED, values, rows.get("covered", ())))
        steps += _drawn(item)
    elif item.overage and "beyond" not in rows and not item.released:
        steps.append(Step(StepKind.NOT_COVERED, {"band": item.band or ""}, rows.get("covered", ())))
    if item.unpaid:
        steps.append(Step(StepKind.NOT_PAID, _day(item)))
    if item.overage and item.rate is None:
        steps.append(Step(StepKind.IN_TIERS, {"overage": str(item.overage)}, rows.get("beyond", ())))
    if item.released:
        steps.append(Step(StepKind.RELEASED, {"overage": str(item.overage)}))
    if item.overage and item.rate is not None:
        rate = decimal(item.rate, currency.digits)
        if "beyond" in rows and item.bill_rate is not None and item.bill_rate != item.rate:
            usual = decimal(item.bill_rate, currency.digits)
            steps.append(Step(StepKind.RATE, {"rate": usual, **_currency(currency)}, rows.get("rate", ())))
            steps.append(Step(StepKind.BEYOND, {"rate": rate, **_currency(currency)}, rows["beyond"][:1]))
        else:
            named = rows.get("beyond", rows.get("rate", ()))
            steps.append(Step(StepKind.RATE, {"rate": rate, **_currency(currency)}, named))
        values = {"minutes": str(item.overage), "rate": rate, "amount": _money(item.amount, currency)}
        steps.append(Step(StepKind.AMOUNT, {**values, **_currency(currency)}))
    return steps


def _drawn(item: Item) -> list[Step]:
    """The buckets that covered time came from, unless it is the cycle's own alone, minute for minute."""
    plain = (BucketKind.CYCLE, item.covered * UNITS_A_MINUTE)
    if [(one.kind, one.units) for one in item.drawn] == [plain]:
        return []
    return [
        Step(
            StepKind.DRAWN,
            {"bucket": one.kind.value, "source": one.source, "minutes": decimal(Fraction(one.units, UNITS_A_MINUTE))},
        )
        for one in item.drawn
    ]


_CHARGES = {
    LineKind.FEE: StepKind.FEE,
    LineKind.TOP_UP: StepKind.TOP_UP,
    LineKind.SURCHARGE: StepKind.SURCHARGE,
    LineKind.TRAVEL: StepKind.TRAVEL,
    LineKind.OTHER: StepKind.OTHER,
    LineKind.REQUEST: StepKind.REQUEST,
    LineKind.ITEM: StepKind.ITEM,
    LineKind.COMMITMENT: StepKind.COMMITMENT,
}


def _charge(item: Item, currency: Currency) -> list[Step]:
    price = decimal(item.rate, currency.digits) if item.rate is not None else _money(item.amount, currency)
    values = {
        "label": item.label,
        "price": price,
        "work": item.work or "",
        "request": item.request or "",
        "quantity": str(item.quantity),
        **_currency(currency),
        **_service(item),
    }
    if item.of_contract:
        part = {**values, "share": str(item.share), "amount": _money(item.amount, currency)}
        rows = tuple(row for _, rows in item.rows for row in rows)
        return [Step(StepKind.CONTRACT_FEE, values, rows), Step(StepKind.CONTRACT_SHARE, part)]
    kind = StepKind.CAP if item.kind is LineKind.COMMITMENT and item.amount < 0 else _CHARGES[item.kind]
    steps = [Step(kind, values, tuple(row for _, rows in item.rows for row in rows))]
    steps += [Step(StepKind.NOT_PAID, _day(item))] if item.unpaid else []
    steps += [Step(StepKind.REQUEST_DRAWN, {"bucket": one.kind.value, "source": one.source}) for one in item.drawn]
    if item.share != Fraction(1):
        shared = {"share": str(item.share), "price": price, "amount": _money(item.amount, currency)}
        steps.append(Step(StepKind.SHARE, {**shared, "quantity": str(item.quantity), **_currency(currency)}))
    return steps


def _tier(item: Item, currency: Currency) -> list[Step]:
    """A line for a tier of what is beyond the allowance: its share of hours, or of requests, at its price."""
    rate = decimal(item.rate, currency.digits) if item.rate is not None else ""
    values = {"much": decimal(item.share), "rate": rate, "amount": _money(item.amount, currency), **_currency(currency)}
    return [Step(StepKind.TIER, values, dict(item.rows).get("beyond", ()))]


def _correction(line: Line, currency: Currency) -> dict[str, str]:
    before, now = line.item.net - line.discounted, line.item.net
    return {
        "document": line.corrects.document if line.corrects is not None else "",
        "position": str(line.corrects.position) if line.corrects is not None else "",
        "before": _money(before, currency),
        "now": _money(now, currency),
        "difference": _money(line.discounted, currency),
        **_currency(currency),
    }


def _by_hand(line: Line, reason: str, currency: Currency) -> dict[str, str]:
    return {
        "document": line.corrects.document if line.corrects is not None else "",
        "position": str(line.corrects.position) if line.corrects is not None else "",
        "amount": _money(line.amount, currency),
        "reason": reason,
        **_currency(currency),
    }


def _day(item: Item) -> dict[str, str]:
    return {"day": (item.on or item.service.start).isoformat()}


def _service(item: Item) -> dict[str, str]:
    return {"from": item.service.start.isoformat(), "to": item.service.last.isoformat()}


def _currency(currency: Currency) -> dict[str, str]:
    return {"currency": currency.code}


def _money(minor: int, currency: Currency) -> str:
    return decimal_text(minor, currency.digits)
