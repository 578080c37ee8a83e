"""Issue a document: its number and dates, and its one shape, of the command line, the database and the API (D8).

`numbered` is the only step that needs a number and a day, and gives the canonical bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction

from engine.allowances import UNITS_A_MINUTE
from engine.consolidating import GroupTerms
from engine.documents import Document, DocumentTerms, Draft, Line
from engine.facts import Entity
from engine.items import Closing, Converted, Drawn, Item
from engine.model import OVERRIDE, LineKind, Measure, RowName
from engine.money import decimal, decimal_text
from engine.taxation import TaxGroup


def numbered(draft: Draft, *, number: str, issued_on: date, members: Mapping[str, str] | None = None) -> Document:
    """Give a draft its number and its dates, and with them its bytes.

    Args:
        draft: What is issued.
        number: Its number in its series.
        issued_on: The day.
        members: Of `unnumbered(draft)`, where they were made before: then this takes no time.
    """
    due_on = issued_on + timedelta(days=draft.terms.due_days)
    named = {"number": number, "issued_on": issued_on.isoformat(), "due_on": due_on.isoformat()}
    texts = {**(members if members is not None else unnumbered(draft)), **_members(named)}
    body = ("{" + ",".join(f"{json.dumps(name)}:{texts[name]}" for name in sorted(texts)) + "}").encode()
    return Document(draft, number, issued_on, due_on, body, hashlib.sha256(body).hexdigest())


def unnumbered(draft: Draft) -> Mapping[str, str]:
    """All of a document that needs no number: its members by name, each as canonical JSON."""
    return _members(to_json(draft))


def _members(shape: Mapping[str, object]) -> dict[str, str]:
    return {name: _canonical_text(value) for name, value in shape.items()}


def canonical(shape: Mapping[str, object]) -> bytes:
    """The one byte form of a JSON object: keys sorted, no blanks, UTF-8."""
    return _canonical_text(shape).encode()


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def _canonical_text(value: object) -> str:
    return _encode(value)


def to_json(draft: Draft) -> dict[str, object]:
    """A draft as JSON: decimals as strings, dates as ISO 8601, periods with both ends included (docs/files.md)."""
    terms, digits = draft.terms, draft.terms.currency.digits
    titles = {version.id: version.title for version in draft.versions}
    return {
        "key": terms.key,
        "kind": draft.kind.value,
        "account": {
            "key": terms.account.label,
            "name": terms.account.name,
            "country": (terms.account.country or "").upper() or None,
            "region": terms.account.region,
            "tax_id": terms.account.tax_id,
        },
        "contract": terms.contract.number if isinstance(terms, DocumentTerms) else None,
        "seller": terms.seller,
        **({"entity": _entity_json(terms.entity)} if terms.entity is not None else {}),
        "purchase_order": terms.purchase_order,
        "reference": terms.reference,
        **_boundary_json(terms),
        "currency": terms.currency.code,
        "lines": [_line_json(line, digits, titles) for line in draft.lines],
        "taxes": [_tax_json(group, digits) for group in draft.tax_groups],
        "document_discount": decimal_text(draft.discount, digits),
        "net": decimal_text(draft.net, digits),
        "tax": decimal_text(draft.tax, digits),
        "total": decimal_text(draft.total, digits),
        "rounding": decimal_text(draft.rounding, digits),
        "payable": decimal_text(draft.payable, digits),
        **({"cancels": terms.cancels} if terms.cancels is not None else {}),
        "rulesets": [{"title": v.title, "digest": v.ruleset.source_digest} for v in draft.versions],
    }


def _entity_json(entity: Entity) -> dict[str, object]:
    return {
        "key": entity.label,
        "name": entity.name,
        "address": entity.address,
        "country": entity.country,
        "tax_ids": list(entity.tax_ids),
        "bank": entity.bank,
    }


def _boundary_json(terms: DocumentTerms | GroupTerms) -> dict[str, object]:
    """What is billed, and what the documents tell of it: of a group's document, contract by contract."""
    if isinstance(terms, DocumentTerms):
        return {
            "boundary": {"number": terms.boundary, "on": terms.boundary_on.isoformat()},
            "closings": [closing_json(closing) for closing in terms.closings],
            "waiting": terms.waiting,
        }
    return {
        "boundary": {"number": None, "on": terms.boundary_on.isoformat()},
        "bill_group": terms.group,
        "contracts": [
            {"contract": part.contract.number, "account": part.account.label, **_boundary_json(part)}
            for part in terms.parts
        ],
        "left_out": list(terms.left_out),
        "closings": [],
        "waiting": sum(part.waiting for part in terms.parts),
    }


def _line_json(line: Line, digits: int, titles: Mapping[str, str]) -> dict[str, object]:
    item = line.item
    by = priced_by(item)
    return {
        "position": line.position,
        "kind": item.kind.value,
        "item": item.key,
        "label": item.label,
        "service": {"from": item.service.start.isoformat(), "to": item.service.last.isoformat()},
        "on": item.on.isoformat() if item.on is not None else None,
        "work": item.work,
        "band": item.band,
        "minutes": item.minutes,
        "rounded": item.rounded,
        "covered": item.covered,
        "overage": item.overage,
        "drawn": [_drawn_json(drawn, item) for drawn in item.drawn],
        "rate": decimal(item.rate, digits) if item.rate is not None else None,
        "rate_exact": str(item.rate) if item.rate is not None else None,
        "conversion": _conversion_json(item.converted) if item.converted is not None else None,
        "share": str(item.share),
        "amount": decimal_text(line.amount, digits),
        "discount": decimal_text(line.discount, digits),
        "discount_percent": decimal(item.discount_share * 100),
        "document_discount": decimal_text(line.off.total, digits),
        "tax_included": decimal_text(line.tax_included, digits),
        "net": decimal_text(line.net, digits),
        "taxes": [{"code": t.code, "percent": decimal(t.rate * 100), "category": t.category} for t in line.taxes],
        "tax_date": line.tax_date.isoformat(),
        "corrects": {"document": line.corrects.document, "position": line.corrects.position} if line.corrects else None,
        **({"reason": line.reason} if line.reason is not None else {}),
        **({"account": line.owner.account, "contract": line.owner.contract} if line.owner is not None else {}),
        "ruleset": titles.get(item.version, item.version),
        **_row_json(by),
        "rows": [{"hook": hook, **_row_json(row)} for hook, rows in item.rows for row in rows],
    }


def _drawn_json(drawn: Drawn, item: Item) -> dict[str, object]:
    unit = 1 if item.kind is LineKind.REQUEST else UNITS_A_MINUTE
    return {"bucket": drawn.kind.value, "source": drawn.source, "amount": decimal(Fraction(drawn.units, unit))}


def _conversion_json(converted: Converted) -> dict[str, object]:
    return {
        "currency": converted.currency,
        "rate": decimal(converted.rate),
        "on": converted.on.isoformat(),
        "source": converted.source,
    }


def _row_json(row: RowName | None) -> dict[str, object]:
    if row is None:
        return {"table": None, "row": None, "file": None, "line": None}
    return {"table": row.table, "row": row.row, "file": row.origin.file, "line": row.origin.line}


def priced_by(item: Item) -> RowName | None:
    """The row that gave an item its price: of work, of the price beyond the allowance where some of it was beyond."""
    rows = dict(item.rows)
    order = ("beyond", "rate") if item.overage else ("rate", "beyond")
    for hook in (*order, "per worklog", "travel", "per request", "item", "plan", "top-up"):
        of_ruleset = [row for row in rows.get(hook, ()) if row.table != OVERRIDE or row.origin.file]
        if of_ruleset:
            return of_ruleset[-1]
    return None


def closing_json(closing: Closing) -> dict[str, object]:
    """An allowance statement as JSON: minutes, or requests where `measure` says so, as decimal strings."""
    unit = 1 if closing.measure == Measure.REQUESTS else UNITS_A_MINUTE

    def amount(units: int) -> str:
        return decimal(Fraction(units, unit))

    brought = {"brought_over": amount(closing.brought_over)} if closing.brought_over else {}
    return {
        "cycle": closing.cycle,
        "from": closing.period.start.isoformat(),
        "to": closing.period.last.isoformat(),
        "measure": closing.measure,
        "carried_in": amount(closing.carried_in),
        **brought,
        "granted": amount(closing.granted),
        "topped_up": amount(closing.topped_up),
        "drawn": amount(closing.drawn),
        "overage": str(closing.overage),
        "left": amount(closing.left),
        "carried_out": amount(closing.carried_out),
    }


def _tax_json(group: TaxGroup, digits: int) -> dict[str, object]:
    return {
        "code": group.code,
        "percent": decimal(group.rate * 100),
        "category": group.category,
        "text": group.text,
        "base": decimal_text(group.base, digits),
        "tax": decimal_text(group.tax, digits),
    }
