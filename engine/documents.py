"""Documents: what is owed, with discount and tax, as lines that name what they are for (D7, D8).

`compose` makes the draft from deltas; `numbered` is the only step that needs a number and a day, and gives the
canonical bytes. `to_json` is the one shape of a document: of the command line, the database and the API.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from engine.allowances import UNITS_A_MINUTE
from engine.facts import Account, Contract
from engine.items import Closing, Delta, Held, Item, LineRef, Reason, Taxed
from engine.model import OVERRIDE, LineKind, Measure, RowName
from engine.money import Currency, Rounding, decimal_text, rounded
from engine.pricing import contract_values
from engine.terms import terms_on
from engine.timeline import Timeline, Version


class DocumentKind(StrEnum):
    """A document whose total is below zero is a credit note, in a series of its own."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit note"


@dataclass(frozen=True, slots=True)
class DocumentTerms:
    """Who is billed, for which boundary, and what the document says besides its lines.

    Attributes:
        boundary, boundary_on: The boundary's number and its local date.
        due_days: Days from issue to payment.
        waiting: How much of the contract's work waits on the exception list.
        closings: The allowance statements to show.
    """

    account: Account
    contract: Contract
    boundary: int
    boundary_on: date
    due_days: int = 0
    waiting: int = 0
    closings: tuple[Closing, ...] = ()

    @property
    def key(self) -> str:
        """Names the document before it has a number: contract and boundary."""
        return f"{self.contract.number}/{self.boundary_on.isoformat()}"

    @property
    def currency(self) -> Currency:
        """The contract's; a document has one currency."""
        return self.contract.currency


@dataclass(frozen=True, slots=True)
class Line:
    """A line: an item with what it adds (`amount`, `discount`, minor units), and its taxes.

    `corrects` names the issued line that a difference is against; `tax_date` is the day whose taxes apply.
    """

    position: int
    item: Item
    amount: int
    discount: int
    taxes: tuple[Taxed, ...]
    tax_date: date
    corrects: LineRef | None = None

    @property
    def net(self) -> int:
        """Amount less line discount."""
        return self.amount - self.discount


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """All lines of one code and rate: their net, and the tax on it, rounded once."""

    code: str
    rate: Fraction
    category: str
    text: str
    base: int
    tax: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A document but for its number and its dates. Minor units of `terms.currency`."""

    kind: DocumentKind
    terms: DocumentTerms
    lines: tuple[Line, ...]
    tax_groups: tuple[TaxGroup, ...]
    net: int
    tax: int
    total: int
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """An issued document: immutable. `body` is its canonical JSON, `sha256` the digest of those bytes."""

    draft: Draft
    number: str
    issued_on: date
    due_on: date
    body: bytes
    sha256: str


def compose(deltas: Iterable[Delta], *, terms: DocumentTerms, timeline: Timeline) -> Draft | Held:
    """Make the draft of what is owed; Held where no row of the tax table fits a line (D7.3)."""
    lines: list[Line] = []
    for delta in sorted(deltas, key=lambda d: _place(d, terms.boundary)):
        tax_date = delta.item.service.start if delta.item.due == delta.item.cycle else delta.item.service.last
        taxes = _taxes(delta, tax_date, terms, timeline)
        if isinstance(taxes, Held):
            return taxes
        corrects = delta.before.line if delta.before is not None else None
        lines.append(Line(len(lines) + 1, delta.item, delta.amount, delta.discount, taxes, tax_date, corrects))
    versions = _versions(lines, timeline)
    groups = _tax_groups(lines, versions)
    net = sum(line.net for line in lines)
    tax = sum(group.tax for group in groups)
    kind = DocumentKind.CREDIT_NOTE if net + tax < 0 else DocumentKind.INVOICE
    return Draft(kind, terms, tuple(lines), groups, net, tax, net + tax, versions)


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


def _canonical_text(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


_PLACES = {LineKind.FEE: 0, LineKind.ITEM: 1, LineKind.COMMITMENT: 2, LineKind.TOP_UP: 3}


def _place(delta: Delta, boundary: int) -> tuple[bool, int, int]:
    """Fees first, then what was bought, then work in order of time; what earlier documents left out comes last."""
    usual = boundary if delta.item.due == delta.item.cycle else boundary - 1
    return delta.item.cycle < usual, _PLACES.get(delta.item.kind, len(_PLACES)), delta.item.cycle


def _taxes(delta: Delta, tax_date: date, terms: DocumentTerms, timeline: Timeline) -> tuple[Taxed, ...] | Held:
    """A correction takes the taxes of the line it corrects; all else what the tax table of its tax date says."""
    if delta.before is not None and delta.before.line is not None:
        return delta.before.taxes
    version = timeline.version(tax_date) or timeline.by_id(delta.item.version)
    if version is None:
        return Held("contract", terms.contract.number, Reason.NO_VERSION, {"day": tax_date.isoformat()})
    agreed = terms_on(terms.contract, tax_date)
    values = {
        **contract_values(terms.account, terms.contract, agreed, tax_date),
        "line": delta.item.kind.value,
        "product": delta.item.product,
    }
    taxes = version.program(terms.currency, agreed).taxes(values)
    if taxes is None:
        detail = {"line": delta.item.kind.value, "country": terms.account.country or "", "ruleset": version.title}
        return Held("contract", terms.contract.number, Reason.NO_TAX, detail)
    return taxes


def _tax_groups(lines: Sequence[Line], versions: Sequence[Version]) -> tuple[TaxGroup, ...]:
    """Sum nets by code and rate; tax the sum, or, where the ruleset says `per line`, sum the taxes of the lines."""
    settings = versions[-1].ruleset if versions else None
    rounding = settings.rounding if settings is not None else Rounding.HALF_UP
    table = settings.taxes if settings is not None else None
    per_line = table is not None and table.per_line
    if table is not None and table.rounding is not None:
        rounding = table.rounding
    nets: dict[tuple[str, Fraction], list[int]] = {}
    first: dict[tuple[str, Fraction], Taxed] = {}
    for line in lines:
        for tax in line.taxes:
            nets.setdefault((tax.code, tax.rate), []).append(line.net)
            first.setdefault((tax.code, tax.rate), tax)
    groups = []
    for (code, rate), of in nets.items():
        amount = sum(rounded(net * rate, rounding) for net in of) if per_line else rounded(sum(of) * rate, rounding)
        named = first[code, rate]
        groups.append(TaxGroup(code, rate, named.category, named.text, sum(of), amount))
    return tuple(groups)


def _versions(lines: Iterable[Line], timeline: Timeline) -> tuple[Version, ...]:
    """The versions that priced the lines, each once, the one in force last at the end."""
    ids = {line.item.version for line in lines}
    named = [a.version for a in timeline.activations if a.version.id in ids]
    return tuple(dict.fromkeys(named))


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
        "contract": terms.contract.number,
        "boundary": {"number": terms.boundary, "on": terms.boundary_on.isoformat()},
        "currency": terms.currency.code,
        "lines": [_line_json(line, digits, titles) for line in draft.lines],
        "taxes": [_tax_json(group, digits) for group in draft.tax_groups],
        "net": decimal_text(draft.net, digits),
        "tax": decimal_text(draft.tax, digits),
        "total": decimal_text(draft.total, digits),
        "closings": [closing_json(closing) for closing in terms.closings],
        "waiting": terms.waiting,
        "rulesets": [{"title": v.title, "digest": v.ruleset.source_digest} for v in draft.versions],
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
        "rate": decimal(item.rate, digits) if item.rate is not None else None,
        "rate_exact": str(item.rate) if item.rate is not None else None,
        "share": str(item.share),
        "amount": decimal_text(line.amount, digits),
        "discount": decimal_text(line.discount, digits),
        "discount_percent": decimal(item.discount_share * 100),
        "net": decimal_text(line.net, digits),
        "taxes": [{"code": t.code, "percent": decimal(t.rate * 100), "category": t.category} for t in line.taxes],
        "tax_date": line.tax_date.isoformat(),
        "corrects": {"document": line.corrects.document, "position": line.corrects.position} if line.corrects else None,
        "ruleset": titles.get(item.version, item.version),
        **_row_json(by),
        "rows": [{"hook": hook, **_row_json(row)} for hook, rows in item.rows for row in rows],
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


MOST_DECIMALS = 6


def decimal(value: Fraction, digits: int = 0) -> str:
    """A number as a decimal with at least `digits` decimals, as many as it has, and at most six."""
    needed = next((d for d in range(digits, MOST_DECIMALS) if (value * 10**d).denominator == 1), MOST_DECIMALS)
    return decimal_text(rounded(value * 10**needed), needed)
