"""Documents that are set apart until a person approves exactly what they say (D8.1).

Because their contract wants that for all of them, or because a run was given a limit that they pass. An approval is of a
digest: of everything in a document but its number and its dates. It counts for the contract's very next document, so
facts that change what that says make it wait again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from engine.consolidating import GroupTerms
from engine.documents import Draft
from engine.issuing import unnumbered
from engine.money import decimal_text
from tarifa.services.billing_settle import Bill, Failed, Prepared
from tarifa.storage import Rows, marks

WAITS_FOR_APPROVAL = "waiting-for-approval"
OVER_LIMIT = "over-limit"
CHANGED_TOO_MUCH = "changed-too-much"
STOPPED = frozenset({OVER_LIMIT, CHANGED_TOO_MUCH})
"""Why a limit stopped a document; it waits for an approval from then on, whoever bills."""
AWAITED = STOPPED | {WAITS_FOR_APPROVAL}
"""Why a document waits for a person, and for no time."""
_DATED = frozenset({"key", "boundary"})
"""What dates a document beside its number: late work after a contract's end is billed on whatever day it is approved."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run that somebody asked for, and its limits; see `inputs.RunInput`."""

    id: str
    most: Fraction | None = None
    most_change: int | None = None


def digest_of(draft: Draft) -> str:
    """SHA-256, in hex, of all that a document says but its number and dates."""
    members = unnumbered(undated(draft))
    said = "\n".join(f"{name}:{members[name]}" for name in sorted(members) if name not in _DATED)
    return hashlib.sha256(said.encode()).hexdigest()


def undated(draft: Draft) -> Draft:
    """Without the boundaries of a group's contracts: of one that has ended, that is the day of asking."""
    terms = draft.terms
    if not isinstance(terms, GroupTerms):
        return draft
    parts = tuple(replace(part, boundary=0, boundary_on=date.min) for part in terms.parts)
    return replace(draft, terms=replace(terms, parts=parts))


async def approved(rows: Rows, bills: Sequence[Bill], run: Run | None = None) -> tuple[list[Bill], list[Failed]]:
    """Part what may be written from what waits for an approval; a boundary with nothing to show needs none."""
    stopped = await _stopped(rows, bills, run) if run is not None else {}
    asked = {
        one.first.facts.head.contract_id: digest_of(one.draft)
        for one in bills
        if one.draft is not None and (needs_approval(one) or one.first.facts.contract.number in stopped)
    }
    known = await _approvals(rows, list(asked)) if asked else frozenset()
    allowed: list[Bill] = []
    waiting: list[Failed] = []
    for one in bills:
        head, digest = one.first.facts.head, asked.get(one.first.facts.head.contract_id)
        if one.draft is None or digest is None or (head.contract_id, head.settlement_n, digest) in known:
            parts = tuple(replace(part, run_id=run.id) for part in one.parts) if run is not None else one.parts
            allowed.append(replace(one, parts=parts))
        else:
            reason, more = stopped.get(one.first.facts.contract.number, (WAITS_FOR_APPROVAL, {}))
            waiting += [_waiting(part, one.draft, reason, {**more, "digest": digest}) for part in one.parts]
    return allowed, waiting


def needs_approval(bill: Bill) -> bool:
    """Whether a person has to approve its document: for its group, or for one of its contracts."""
    return bill.needs_approval or any(part.facts.needs_approval for part in bill.parts)


async def _approvals(rows: Rows, contract_ids: Sequence[str]) -> frozenset[tuple[str, int, str]]:
    found = await rows.rows(
        f"SELECT contract_id, settlement_n, digest FROM approvals WHERE contract_id IN ({marks(len(contract_ids))})",
        contract_ids,
    )
    return frozenset((row["contract_id"], row["settlement_n"], row["digest"]) for row in found)


async def _stopped(rows: Rows, bills: Sequence[Bill], run: Run) -> dict[str, tuple[str, dict[str, str]]]:
    """Which limit a contract's document passes, by contract number, and what that limit is."""
    last = await _last_totals(rows, bills) if run.most_change is not None else {}
    found = {}
    for bill in bills:
        if bill.draft is None:
            continue
        one = bill.first
        number, total, digits = one.facts.contract.number, bill.draft.total, one.facts.contract.currency.digits
        before = _before(bill, last)
        if run.most is not None and abs(total) > run.most * 10**digits:
            found[number] = OVER_LIMIT, {"limit": _amount(one, round(run.most * 10**digits))}
        elif (
            run.most_change is not None
            and before is not None
            and abs(total - before) * 100 > abs(before) * run.most_change
        ):
            found[number] = CHANGED_TOO_MUCH, {"last": _amount(one, before), "percent": str(run.most_change)}
    return found


async def _last_totals(rows: Rows, bills: Sequence[Bill]) -> dict[str, tuple[str, int]]:
    """By contract id, the last document that it was on, and its total in minor units."""
    ids = [part.facts.head.contract_id for one in bills for part in one.parts]
    found = await rows.rows(
        "SELECT s.contract_id, d.id, d.total FROM settlements s JOIN documents d ON d.id = s.document_id"
        f" WHERE s.contract_id IN ({marks(len(ids))}) AND NOT EXISTS (SELECT 1 FROM settlements n"
        " WHERE n.contract_id = s.contract_id AND n.n > s.n AND n.document_id IS NOT NULL)",
        ids,
    )
    return {row["contract_id"]: (row["id"], row["total"]) for row in found}


def _before(bill: Bill, last: Mapping[str, tuple[str, int]]) -> int | None:
    """What the last documents of a bill's contracts came to, each document once; None where none of them has any."""
    ids = [part.facts.head.contract_id for part in bill.parts]
    documents = dict(last[one] for one in ids if one in last)
    return sum(documents.values()) if documents else None


def _waiting(one: Prepared, draft: Draft, reason: str, more: dict[str, str]) -> Failed:
    detail = {"boundary": one.due.on.isoformat(), "total": _amount(one, draft.total), **more}
    return Failed(one.facts.contract.number, reason, detail, one.facts.head)


def _amount(one: Prepared, minor: int) -> str:
    currency = one.facts.contract.currency
    return f"{decimal_text(minor, currency.digits)} {currency.code}"
