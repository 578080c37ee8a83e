"""Documents that are set apart until a person approves exactly what they say (D8.1).

An approval is of a digest: of everything in a document but its number and its dates. It counts for the contract's very
next document, so facts that change what that says make it wait again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from engine.documents import Draft
from engine.issuing import unnumbered
from engine.money import decimal_text
from tarifa.services.billing_settle import Failed, Prepared
from tarifa.storage import Rows, marks

WAITS_FOR_APPROVAL = "waiting-for-approval"
_DATED = frozenset({"key", "boundary"})
"""What dates a document beside its number: late work after a contract's end is billed on whatever day it is approved."""


def digest_of(draft: Draft) -> str:
    """SHA-256, in hex, of all that a document says but its number and dates."""
    members = unnumbered(draft)
    return hashlib.sha256(
        "\n".join(f"{n}:{members[n]}" for n in sorted(members) if n not in _DATED).encode()
    ).hexdigest()


async def approved(rows: Rows, prepared: Sequence[Prepared]) -> tuple[list[Prepared], list[Failed]]:
    """Part what may be written from what waits for an approval; a boundary with nothing to show needs none."""
    asked = {one.facts.head.contract_id: one.draft for one in prepared if one.facts.needs_approval}
    digests = {contract_id: digest_of(draft) for contract_id, draft in asked.items() if draft is not None}
    given = await rows.rows(
        f"SELECT contract_id, settlement_n, digest FROM approvals WHERE contract_id IN ({marks(len(digests))})",
        list(digests),
    )
    known = {(row["contract_id"], row["settlement_n"], row["digest"]) for row in given}
    allowed: list[Prepared] = []
    waiting: list[Failed] = []
    for one in prepared:
        head, digest = one.facts.head, digests.get(one.facts.head.contract_id)
        if one.draft is None or digest is None or (head.contract_id, head.settlement_n, digest) in known:
            allowed.append(one)
        else:
            waiting.append(_waiting(one, one.draft, digest))
    return allowed, waiting


def _waiting(one: Prepared, draft: Draft, digest: str) -> Failed:
    currency = one.facts.contract.currency
    detail = {
        "boundary": one.due.on.isoformat(),
        "total": f"{decimal_text(draft.total, currency.digits)} {currency.code}",
        "digest": digest,
    }
    return Failed(one.facts.contract.number, WAITS_FOR_APPROVAL, detail, one.facts.head)
