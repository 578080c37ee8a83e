"""Between the engine's values and the database's columns.

Instants are UTC seconds, days ISO text, fractions `n/d` text, mappings canonical JSON. What is written here is read
back equal: a test holds every type to it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from engine.facts import AnyDiscount, Conversion, Discount, DocumentDiscount, Extra, NoticeTerms
from engine.items import Bucket, BucketKind, Closing, Converted, Drawn, Item, Taxed, TaxKey, TaxMethod
from engine.model import LineKind, Origin, PricesHold, RowName
from engine.money import Rounding
from engine.periods import Period
from engine.taxation import Pool

NOT_UNTIL_ASKED = 2**40
"""An instant in `problems.next_try` that never comes: the contract waits until somebody asks for it."""


def to_seconds(at: datetime) -> int:
    """An aware datetime as whole UTC seconds."""
    return int(at.timestamp())


def from_seconds(seconds: int) -> datetime:
    """UTC seconds as an aware datetime."""
    return datetime.fromtimestamp(seconds, UTC)


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
"""Made once: `json.dumps` makes an encoder for every value."""


def to_json(value: object) -> str:
    """Canonical JSON: keys sorted, no blanks."""
    return _encode(value)


def digest(value: object) -> str:
    """SHA-256 of the canonical JSON: equal payloads have equal digests."""
    return hashlib.sha256(to_json(value).encode()).hexdigest()


def texts_from_json(text: str) -> dict[str, str]:
    """A JSON object whose values are all text."""
    if text == "{}":  # of most worklogs
        return {}
    return {str(name): str(value) for name, value in json.loads(text).items()}


def row_name_json(row: RowName) -> list[str | int]:
    """`[table, row, file, line]`."""
    return [row.table, row.row, row.origin.file, row.origin.line]


def row_name(shape: Sequence[Any]) -> RowName:
    """Read `row_name_json` back."""
    table, row, file, line = shape
    return RowName(table, row, Origin(file, line))


def item_json(item: Item) -> str:
    """All of an item, field by field; those that JSON lacks a type for are spelt out."""
    spelt = {
        "kind": item.kind.value,
        "service": [item.service.start.isoformat(), item.service.end.isoformat()],
        "discount_share": str(item.discount_share),
        "rate": str(item.rate) if item.rate is not None else None,
        "bill_rate": str(item.bill_rate) if item.bill_rate is not None else None,
        "rows": [[hook, [row_name_json(row) for row in rows]] for hook, rows in item.rows],
        "on": item.on.isoformat() if item.on is not None else None,
        "share": str(item.share),
        "converted": _converted_json(item.converted) if item.converted is not None else None,
        "drawn": [[one.kind.value, one.source, one.units] for one in item.drawn],
    }
    return to_json(item._asdict() | spelt)


def item(text: str) -> Item:
    """Read `item_json` back."""
    shape = json.loads(text)
    start, end = shape["service"]
    spelt = {
        "kind": LineKind(shape["kind"]),
        "service": Period(date.fromisoformat(start), date.fromisoformat(end)),
        "discount_share": Fraction(shape["discount_share"]),
        "rate": Fraction(shape["rate"]) if shape["rate"] is not None else None,
        "bill_rate": Fraction(shape["bill_rate"]) if shape["bill_rate"] is not None else None,
        "rows": tuple((hook, tuple(row_name(row) for row in rows)) for hook, rows in shape["rows"]),
        "on": date.fromisoformat(shape["on"]) if shape["on"] is not None else None,
        "share": Fraction(shape["share"]),
        "converted": _converted(*shape["converted"]) if shape.get("converted") is not None else None,
        "drawn": tuple(Drawn(BucketKind(kind), *of) for kind, *of in shape.get("drawn", ())),
    }
    return Item(**(shape | spelt))


def _converted_json(converted: Converted) -> list[str]:
    return [converted.currency, str(converted.rate), converted.on.isoformat(), converted.source]


def _converted(currency: str, rate: str, on: str, source: str) -> Converted:
    return Converted(currency, Fraction(rate), date.fromisoformat(on), source)


def conversion(row: Any) -> Conversion | None:  # noqa: ANN401  # a row of the driver
    """Of a row of `contracts`."""
    if row["conversion_rate"] is None:
        return None
    on = date.fromisoformat(row["conversion_on"])
    return Conversion(Fraction(row["conversion_rate"]), on, row["conversion_source"])


def taxes_json(taxes: Sequence[Taxed]) -> str:
    """The taxes of a line."""
    return to_json(
        [
            [t.code, str(t.rate), t.category, t.text, row_name_json(t.row), t.compound, _method_json(t.method)]
            for t in taxes
        ]
    )


def taxes(text: str) -> tuple[Taxed, ...]:
    """Read `taxes_json` back; the first ones do not say how they were reckoned, for there was one way."""
    return tuple(
        Taxed(code, Fraction(rate), category, words, row_name(row), *(_how(*how) if how else ()))
        for code, rate, category, words, row, *how in json.loads(text)
    )


def _how(compound: bool, method: Sequence[Any]) -> tuple[bool, TaxMethod]:  # noqa: FBT001  # a column, not a choice
    return compound, _method(method)


def _method_json(method: TaxMethod) -> list[str | bool]:
    return [method.prices.value, method.per_line, method.rounding.value]


def _method(shape: Sequence[Any]) -> TaxMethod:
    prices, per_line, rounding = shape
    return TaxMethod(PricesHold(prices), per_line, Rounding(rounding))


def pool_json(pool: Pool) -> str:
    """The taxes of a pool and how they are reckoned; not whose it is."""
    return to_json([[[k.code, str(k.rate), k.compound] for k in pool.taxes], _method_json(pool.method)])


def pool(text: str, *, document: str, position: int) -> Pool:
    """Read `pool_json` back."""
    keys, method = json.loads(text)
    taxes = tuple(TaxKey(code, Fraction(rate), compound) for code, rate, compound in keys)
    return Pool(document, position, taxes, _method(method))


def buckets_json(buckets: Sequence[Bucket]) -> str:
    """The buckets that open the next cycle."""
    return to_json([[b.kind.value, b.source, b.granted_in, b.last_cycle, b.left, *_opens(b)] for b in buckets])


def _opens(bucket: Bucket) -> list[str]:
    return [] if bucket.opens == date.min else [bucket.opens.isoformat()]


def buckets(text: str) -> tuple[Bucket, ...]:
    """Read `buckets_json` back."""
    return tuple(
        Bucket(BucketKind(kind), *rest[:4], *map(date.fromisoformat, rest[4:])) for kind, *rest in json.loads(text)
    )


def closing(row: Any) -> Closing:  # noqa: ANN401  # a row of the driver
    """A row of `closings`."""
    return Closing(
        cycle=row["cycle_no"],
        period=Period(date.fromisoformat(row["start"]), date.fromisoformat(row["end_date"])),
        measure=row["measure"],
        carried_in=row["carried_in"],
        granted=row["granted"],
        topped_up=row["topped_up"],
        drawn=row["drawn"],
        overage=row["overage"],
        left=row["remaining"],
        carried_out=row["carried_out"],
        buckets=buckets(row["buckets"]),
        brought_over=row["brought_over"],
    )


def discounts_json(discounts: Sequence[AnyDiscount]) -> str:
    """A contract's discounts: `[share, kind]` off lines, `[share, null, amount]` off documents."""
    return to_json([_discount_json(discount) for discount in discounts])


def _discount_json(discount: AnyDiscount) -> list[str | None]:
    if isinstance(discount, DocumentDiscount):
        return [str(discount.share), None, str(discount.amount)]
    return [str(discount.share), discount.kind.value if discount.kind is not None else None]


def discounts(text: str) -> tuple[AnyDiscount, ...]:
    """Read `discounts_json` back."""
    return tuple(_discount(*shape) for shape in json.loads(text))


def _discount(share: str, kind: str | None, amount: str | None = None) -> AnyDiscount:
    if amount is not None:
        return DocumentDiscount(Fraction(share), Fraction(amount))
    return Discount(Fraction(share), LineKind(kind) if kind is not None else None)


def notice_terms_json(notices: NoticeTerms) -> str:
    """When a customer is to be told."""
    shape = {"usage": notices.usage, "before": notices.before_expiry, "after": notices.after_expiry}
    return to_json({name: sorted(set(figures)) for name, figures in shape.items() if figures})


def notice_terms(text: str) -> NoticeTerms:
    """Read `notice_terms_json` back, in order."""
    shape = {name: tuple(figures) for name, figures in json.loads(text).items()}
    return NoticeTerms(shape.get("usage", ()), shape.get("before", ()), shape.get("after", ()))


def extras_json(extras: Sequence[Extra]) -> str:
    """What a worklog costs beside its time."""
    return to_json([[e.id, e.label, str(e.amount), e.billable] for e in extras]) if extras else "[]"


def extras(text: str) -> tuple[Extra, ...]:
    """Read `extras_json` back."""
    if text == "[]":  # of most worklogs
        return ()
    return tuple(Extra(id_, label, Fraction(amount), billable) for id_, label, amount, billable in json.loads(text))


def holidays_json(taken: Mapping[tuple[str, int], Mapping[date, str]]) -> str:
    """Public holidays as they were when a version was checked: code and year to days and names."""
    return to_json(
        [
            [code, year, {day.isoformat(): name for day, name in sorted(days.items())}]
            for (code, year), days in sorted(taken.items())
        ]
    )


def holidays(text: str) -> dict[tuple[str, int], dict[date, str]]:
    """Read `holidays_json` back."""
    return {
        (code, year): {date.fromisoformat(day): name for day, name in days.items()}
        for code, year, days in json.loads(text)
    }
