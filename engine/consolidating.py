"""One document for the contracts of a bill group: their lines together, taxed together (D7.2, D8).

Each contract's lines are composed as they would be on a document of its own, with its own discounts and the taxes of its
own account; only what is reckoned over a whole document (tax on the sum of a code, rounding, total) is the group's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from engine.documents import DocumentTerms, Draft, Line, LineOwner, drafted
from engine.facts import Account, Entity
from engine.money import Currency
from engine.taxation import Pool, PoolSum


@dataclass(frozen=True, slots=True)
class GroupTerms:
    """Who is billed, for which contracts, and what the document says besides its lines.

    Attributes:
        group: Its key, as written.
        account: Who is billed; contracts may be of others.
        zone: Says on which day it is issued.
        parts: Of the contracts on it, in order.
        left_out: Contracts of the group that could not be billed; they follow on documents of their own.
        cancels: Number of the document that this one takes back whole.
    """

    group: str
    account: Account
    boundary_on: date
    currency: Currency
    zone: str
    seller: str | None = None
    entity: Entity | None = None
    due_days: int = 0
    purchase_order: str | None = None
    reference: str | None = None
    parts: tuple[DocumentTerms, ...] = ()
    left_out: tuple[str, ...] = ()
    cancels: str | None = None

    @property
    def key(self) -> str:
        """Names the document before it has a number: group and boundary."""
        return f"group/{self.group}/{self.boundary_on.isoformat()}"


def in_order(parts: Sequence[DocumentTerms]) -> tuple[DocumentTerms, ...]:
    """By account, then by contract: whatever order they were settled in."""
    return tuple(sorted(parts, key=lambda part: (part.account.key, part.contract.number)))


def consolidated(drafts: Sequence[Draft], terms: GroupTerms, pools: Mapping[Pool, PoolSum]) -> Draft:
    """One draft of the drafts of a group's contracts.

    Args:
        drafts: At least one; each of a contract of its own.
        terms: Of the group; its `parts` are taken from the drafts.
        pools: What lies in the tax pools of the documents that any of them corrects.
    """
    of_contract = {part.terms.contract.number: part for part in drafts if isinstance(part.terms, DocumentTerms)}
    parts = in_order([part.terms for part in drafts if isinstance(part.terms, DocumentTerms)])
    lines: list[Line] = []
    for part in parts:
        owner = LineOwner(part.account.label, part.contract.number)
        for line in of_contract[part.contract.number].lines:
            lines.append(replace(line, position=len(lines) + 1, owner=owner, tax_included=0))
    ordered = [of_contract[part.contract.number] for part in parts]
    versions = tuple(dict.fromkeys(version for draft in ordered for version in draft.versions))
    return drafted(lines, versions, replace(terms, parts=parts), pools)
