"""What a contract's next document would say, and the approval of just that.

A preview is the run itself, up to the moment at which it would write: the same bytes but for number and dates (D1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from engine.calendars import local_day
from engine.documents import Draft
from engine.issuing import canonical, to_json
from engine.money import Currency
from engine.names import as_id
from engine.periods import FOREVER
from tarifa.services.approvals import digest_of, needs_approval
from tarifa.services.billing import prepare_all
from tarifa.services.billing_contracts import ContractFacts, Head, read_contracts
from tarifa.services.billing_settle import Bill, Prepared, next_boundary
from tarifa.services.consolidating import fellows, groups_of, into_bills
from tarifa.services.inputs import ApprovalInput
from tarifa.services.naming import bad_note
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.storage import Database, Row, marks
from tarifa.storage.mapping import from_seconds, to_seconds
from tarifa.storage.outbox import Event, append_events
from tarifa.words import english
from tarifa.zones import zone


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved a document, when, and what they said to it."""

    by: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A document that is not issued yet.

    Attributes:
        is_due: Whether its boundary has come, and its wait is over; if not, it is what would be billed if nothing happened until then.
        digest: Of the document without its number and dates: what an approval names.
        approval: Of this very digest; None where nobody has approved it.
        head: Of the contract that the document, and an approval of it, is known by.
        together: The contracts that it bills.
    """

    head: Head
    contract: str
    boundary: int
    boundary_on: date
    is_due: bool
    currency: Currency
    draft: Draft
    digest: str
    needs_approval: bool
    approval: Approval | None
    together: tuple[str, ...] = ()

    @property
    def body(self) -> bytes:
        """Its canonical JSON, without `number`, `issued_on` and `due_on`."""
        return canonical(to_json(self.draft))


async def preview(database: Database, contract: str, *, now: datetime) -> Preview | Problem:
    """Settle a contract to its next boundary, due or not, and compose its document; nothing is written.

    Returns:
        The document, or why there is none.
    """
    number = as_id(contract)
    facts = (await read_contracts(database, [number])).get(number)
    if facts is None:
        return Problem("unknown-contract", f"there is no contract {number}", "", number, "contract")
    following = next_boundary(facts) if facts.unusable is None else FOREVER
    together = await _together(database, facts, following, now=now)
    # A day more than the boundary's own: it has come in every time zone then.
    wait = timedelta(days=max(one.head.wait_days for one in together.values()) + 1)
    its_day = datetime.combine(following, now.timetz()) + wait if following < FOREVER else now
    groups = await groups_of(database, [number])
    prepared, failed, _ = await prepare_all(database, list(together), now=max(now, its_day), through=None)
    own = next((one for one in failed if one.contract == number), None)
    if own is not None:
        why = english.why_apart(number, own.reason, own.detail)
        return Problem(own.reason, f"contract {number} cannot be billed: {why}", "", number, "contract")
    for bill in await into_bills(database, prepared, groups, failed):
        mine = next((one for one in bill.parts if one.facts.contract.number == number), None)
        if mine is not None and bill.draft is not None:
            return await _shown(database, bill, mine, bill.draft, now=now)
    day = f" on {prepared[0].due.on}" if prepared else ""
    return Problem("nothing-to-bill", f"contract {number} has nothing to bill{day}", "", number, "contract")


async def _together(database: Database, facts: ContractFacts, on: date, *, now: datetime) -> dict[str, ContractFacts]:
    """The contract, and those of its bill group that are billed on the same day."""
    number = facts.contract.number
    if facts.group is None:
        return {number: facts}
    numbers = await fellows(database, [number], now=now, asked=False, without=())
    found = await read_contracts(database, numbers)
    return {
        one: its for one, its in found.items() if one == number or (its.unusable is None and next_boundary(its) == on)
    }


async def _shown(database: Database, bill: Bill, one: Prepared, draft: Draft, *, now: datetime) -> Preview:
    head, contract, digest = bill.first.facts.head, one.facts.contract, digest_of(draft)
    given = await database.row(
        "SELECT recorded_by, recorded_at, note FROM approvals WHERE contract_id = ? AND settlement_n = ? AND digest = ?",
        (head.contract_id, head.settlement_n, digest),
    )
    return Preview(
        head=head,
        contract=contract.number,
        boundary=one.due.number,
        boundary_on=one.due.on,
        is_due=all(_has_come(part, now) for part in bill.parts),
        currency=contract.currency,
        draft=draft,
        digest=digest,
        needs_approval=needs_approval(bill),
        approval=_approval(given) if given is not None else None,
        together=tuple(part.facts.contract.number for part in bill.parts),
    )


def _has_come(one: Prepared, now: datetime) -> bool:
    clock = zone(one.facts.contract.zone)
    today = local_day(to_seconds(now), clock) if clock is not None else now.date()
    wait = 0 if one.due.is_at_once else one.facts.head.wait_days
    return one.due.on + timedelta(days=wait) <= today


def _approval(row: Row) -> Approval:
    return Approval(row["recorded_by"], from_seconds(row["recorded_at"]), row["note"])


async def approve(database: Database, approval: ApprovalInput, *, by: str, now: datetime) -> Recorded | Refused:
    """Approve a contract's next document by its digest; the same approval again is a no-op.

    Returns:
        The contract's number. Refused where the document says something else by now.
    """
    number = as_id(approval.contract)
    wrong = bad_note(approval.note, number, "note")
    if wrong is not None:
        return Refused((wrong,))
    found = await preview(database, number, now=now)
    if isinstance(found, Problem) or found.digest != approval.digest:
        return await _issued_or_other(database, approval, found)
    if found.approval is not None:
        return Recorded(number, Change.UNCHANGED)
    head, at = found.head, to_seconds(now)
    async with database.writing() as transaction:
        await transaction.run(
            "INSERT INTO approvals (contract_id, settlement_n, digest, boundary_no, note, recorded_by, recorded_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (contract_id, settlement_n, digest) DO NOTHING",
            (head.contract_id, head.settlement_n, found.digest, found.boundary, approval.note.strip(), by, at),
        )
        await transaction.run(
            "UPDATE problems SET next_try = 0 WHERE contract_id IN"
            f" (SELECT c.id FROM contracts c WHERE c.number IN ({marks(len(found.together))}))",
            found.together,
        )
        payload = {"contract": number, "digest": found.digest}
        await append_events(transaction, [Event("document.approved", head.contract_id, found.digest, payload)], at=at)
    return Recorded(number, Change.NEW)


async def _issued_or_other(database: Database, approval: ApprovalInput, found: Preview | Problem) -> Recorded | Refused:
    """An approval sent again after its document was issued; any other one is refused."""
    number = as_id(approval.contract)
    known = await database.row(
        "SELECT 1 AS known FROM approvals p JOIN contracts c ON c.id = p.contract_id JOIN heads h ON h.contract_id = c.id"
        " WHERE p.digest = ? AND p.settlement_n < h.settlement_n AND (c.number = ? OR c.id IN (SELECT m.contract_id"
        " FROM memberships m JOIN memberships o ON o.group_key = m.group_key JOIN contracts k ON k.id = o.contract_id"
        " WHERE k.number = ?))",
        (approval.digest, number, number),
    )
    if known is not None:
        return Recorded(number, Change.UNCHANGED)
    if isinstance(found, Problem):
        return Refused((found,))
    message = f"the next document of contract {number} has another digest: it says something else by now"
    remedy = f"look at its preview again; its digest is {found.digest} now"
    return Refused((Problem("other-digest", message, remedy, number, "digest"),))
