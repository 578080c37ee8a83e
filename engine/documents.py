"""Documents: what is owed, with discount and tax, as lines that name what they are for (D7, D8).

`compose` makes the draft from deltas; `issuing` gives it a number and its bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.discounts import off_lines
from engine.facts import Account, Contract, Entity
from engine.items import NOTHING_OFF, Closing, Delta, Held, Item, LineRef, OffDocument, Reason, Taxed
from engine.model import LineKind, Ruleset
from engine.money import Currency, Rounding, rounded, to_minor
from engine.pricing import contract_values
from engine.taxation import Pool, PoolSum, Taxable, TaxGroup, tax
from engine.terms import terms_on
from engine.timeline import Timeline, Version

if TYPE_CHECKING:
    from engine.consolidating import GroupTerms


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
        cancels: Number of the document that this one takes back whole.
    """

    account: Account
    contract: Contract
    boundary: int
    boundary_on: date
    due_days: int = 0
    waiting: int = 0
    closings: tuple[Closing, ...] = ()
    cancels: str | None = None

    @property
    def key(self) -> str:
        """Names the document before it has a number: contract and boundary."""
        return f"{self.contract.number}/{self.boundary_on.isoformat()}"

    @property
    def currency(self) -> Currency:
        """The contract's; a document has one currency."""
        return self.contract.currency

    @property
    def zone(self) -> str:
        """Says on which day it is issued."""
        return self.contract.zone

    @property
    def seller(self) -> str | None:
        """Who sells, as written."""
        return self.contract.seller

    @property
    def entity(self) -> Entity | None:
        """That seller, where it is on record."""
        return self.contract.entity

    @property
    def purchase_order(self) -> str | None:
        """The customer's own."""
        return self.contract.purchase_order

    @property
    def reference(self) -> str | None:
        """The customer's own."""
        return self.contract.reference


@dataclass(frozen=True, slots=True)
class LineOwner:
    """Whose a line is on the document of a bill group: the account's key as written, and the contract's number."""

    account: str
    contract: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line: an item with what it adds (`amount`, `discount`, minor units), and its taxes.

    Attributes:
        tax_date: The day whose taxes apply.
        corrects: The issued line that a difference is against.
        off: What discounts of the whole document take off it.
        tax_included: What of it is tax, where prices hold tax.
        reason: Why a person wanted it, of credit by hand and of what takes such credit back; None of all else.
        owner: Whose it is, on the document of a bill group; None on that of a contract.
    """

    position: int
    item: Item
    amount: int
    discount: int
    taxes: tuple[Taxed, ...]
    tax_date: date
    corrects: LineRef | None = None
    off: OffDocument = NOTHING_OFF
    tax_included: int = 0
    reason: str | None = None
    owner: LineOwner | None = None

    @property
    def discounted(self) -> int:
        """Amount less line discount."""
        return self.amount - self.discount

    @property
    def billed(self) -> int:
        """What is left without any discount, as the ruleset's prices say it: with tax where they hold tax."""
        return self.discounted - self.off.total

    @property
    def net(self) -> int:
        """What is left without any discount and without tax."""
        return self.billed - self.tax_included


@dataclass(frozen=True, slots=True)
class Credited:
    """A line that a person gave credit for, in minor units, as its prices say it.

    Attributes:
        left: What is left of it with its corrections and all credit; never below zero.
        by_hand: What the credit came to that still counts.
    """

    left: int
    by_hand: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier documents of the contract leave to this one.

    Attributes:
        pools: What lies in the tax pools of the documents that it corrects.
        spent: What they took of the fixed discount, in minor units.
        credited: The lines among those that it may correct for which credit was given by hand.
    """

    pools: Mapping[Pool, PoolSum] = field(default_factory=dict)
    spent: int = 0
    credited: Mapping[LineRef, Credited] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """A document but for its number and its dates. Minor units of `terms.currency`.

    `rounding` is what rounding to amounts that can be paid in cash adds to the total; `added`, what the document adds
    to tax pools, its own and those of the documents that it corrects.
    """

    kind: DocumentKind
    terms: DocumentTerms | GroupTerms
    lines: tuple[Line, ...]
    tax_groups: tuple[TaxGroup, ...]
    net: int
    tax: int
    total: int
    versions: tuple[Version, ...]
    rounding: int = 0
    added: tuple[tuple[Pool, PoolSum], ...] = ()

    @property
    def payable(self) -> int:
        """What is to be paid."""
        return self.total + self.rounding

    @property
    def discount(self) -> int:
        """What discounts of the whole document took off its lines."""
        return sum(line.off.total for line in self.lines)

    @property
    def fixed_discount(self) -> int:
        """What of that was the contract's fixed discount, which is spent once."""
        return sum(line.off.fixed for line in self.lines)


@dataclass(frozen=True, slots=True)
class Document:
    """An issued document: immutable. `body` is its canonical JSON, `sha256` the digest of those bytes."""

    draft: Draft
    number: str
    issued_on: date
    due_on: date
    body: bytes
    sha256: str


def compose(
    deltas: Iterable[Delta], *, terms: DocumentTerms, timeline: Timeline, earlier: Earlier | None = None
) -> Draft | Held | None:
    """Make the draft of what is owed.

    Args:
        deltas: What is owed.
        terms: For whom and for which boundary.
        timeline: The versions in force.
        earlier: What came before; nothing where it is left out.

    Returns:
        The draft; Held where no row of the tax table fits a line (D7.3); None where there is nothing to show.
    """
    ordered = sorted(deltas, key=lambda delta: _place(delta, terms.boundary))
    versions = versions_of([delta.item for delta in ordered], timeline)
    settings = versions[-1].ruleset if versions else None
    if _is_suppressed(ordered, settings):
        return None
    earlier = earlier or Earlier()
    rounding = settings.rounding if settings is not None else Rounding.HALF_UP
    agreed = terms_on(terms.contract, terms.boundary_on)
    off = off_lines(ordered, agreed, currency=terms.currency, rounding=rounding, spent=earlier.spent)
    lines: list[Line] = []
    for position, (delta, taken) in enumerate(zip(ordered, off, strict=True), 1):
        line = _line(position, delta, taken, terms, timeline)
        if isinstance(line, Held):
            return line
        lines.append(line)
    lines += _taken_back(lines, earlier.credited)
    return drafted(lines, versions, terms, earlier.pools)


def drafted(
    lines: Sequence[Line],
    versions: tuple[Version, ...],
    terms: DocumentTerms | GroupTerms,
    pools: Mapping[Pool, PoolSum],
) -> Draft:
    """Tax lines and add them up; the last of the versions says how a total is rounded."""
    taxable = [Taxable(line.position, line.billed, line.taxes, line.corrects) for line in lines]
    taxation = tax(taxable, pools)
    shown = tuple(
        replace(line, tax_included=part) if part else line for line, part in zip(lines, taxation.included, strict=True)
    )
    net = sum(line.net for line in shown)
    total = net + taxation.tax
    kind = DocumentKind.CREDIT_NOTE if total < 0 else DocumentKind.INVOICE
    return Draft(
        kind,
        terms,
        shown,
        taxation.groups,
        net,
        taxation.tax,
        total,
        versions,
        _cash_rounding(total, terms.currency, versions[-1].ruleset if versions else None),
        taxation.added,
    )


TAKEN_BACK = "credit by hand that a correction has made needless"


def uncounted(item: Item) -> Item:
    """An item as a line by hand names it: what it is, without the time and the prices that made its amount."""
    return item._replace(
        minutes=0,
        rounded=0,
        covered=0,
        overage=0,
        drawn=(),
        rate=None,
        bill_rate=None,
        rows=(),
        discount_share=Fraction(0),
        share=Fraction(1),
        converted=None,
    )


def _taken_back(lines: Sequence[Line], credited: Mapping[LineRef, Credited]) -> list[Line]:
    """Lines that take credit by hand back where a correction would bring the line that it corrects below zero (D8.2).

    Who was given 50 of 100 for nothing gets 50 more, not 100, when the work turns out to be none.
    """
    corrections: dict[LineRef, list[Line]] = {}
    for line in lines:
        if line.corrects is not None and line.corrects in credited:
            corrections.setdefault(line.corrects, []).append(line)
    found: list[Line] = []
    for ref, of in corrections.items():
        below = -(credited[ref].left + sum(line.billed for line in of))
        amount = min(below, credited[ref].by_hand)
        if amount > 0:
            position, item = len(lines) + len(found) + 1, uncounted(of[0].item)
            found.append(Line(position, item, amount, 0, of[0].taxes, of[0].tax_date, ref, reason=TAKEN_BACK))
    return found


def _is_suppressed(deltas: Sequence[Delta], settings: Ruleset | None) -> bool:
    """Whether there is nothing to show: no line, or, where the ruleset wants it so, none that charges anything."""
    suppresses = settings is not None and settings.suppresses_zero_documents
    return not deltas or (suppresses and not any(delta.amount or delta.discount for delta in deltas))


def _cash_rounding(total: int, currency: Currency, settings: Ruleset | None) -> int:
    """What is added to a total so that it can be paid in cash; of a credit note, too, which is paid out."""
    unit = settings.cash_rounding.get(currency.code) if settings is not None else None
    if settings is None or unit is None:
        return 0
    smallest = to_minor(unit, currency)
    return rounded(Fraction(total, smallest), settings.rounding) * smallest - total


def _line(position: int, delta: Delta, off: OffDocument, terms: DocumentTerms, timeline: Timeline) -> Line | Held:
    tax_date = delta.item.service.start if delta.item.due == delta.item.cycle else delta.item.service.last
    taxes = _taxes(delta, tax_date, terms, timeline)
    if isinstance(taxes, Held):
        return taxes
    corrects = delta.before.line if delta.before is not None else None
    return Line(position, delta.item, delta.amount, delta.discount, taxes, tax_date, corrects, off)


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
    taxes = version.program(terms.contract, agreed).taxes(values)
    if taxes is None:
        detail = {"line": delta.item.kind.value, "country": terms.account.country or "", "ruleset": version.title}
        return Held("contract", terms.contract.number, Reason.NO_TAX, detail)
    priced = timeline.by_id(delta.item.version)
    holds = priced.ruleset.taxes.prices if priced is not None and priced.ruleset.taxes is not None else None
    if holds is None or all(one.method.prices is holds for one in taxes):
        return taxes
    return tuple(replace(one, method=replace(one.method, prices=holds)) for one in taxes)


def versions_of(items: Iterable[Item], timeline: Timeline) -> tuple[Version, ...]:
    """The versions that priced items, each once, the one in force last at the end."""
    ids = {item.version for item in items}
    named = [a.version for a in timeline.activations if a.version.id in ids]
    return tuple(dict.fromkeys(named))
