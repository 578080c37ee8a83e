"""The days on which the documents that billed cycles ahead were paid: facts, where an allowance opens with them (D5.7).

What is open of a document is told by allocations, and by the newest revisions of payments. What a bill may depend on must
be known for any counter of its account, so the day is written down whenever it changes, under that counter
(docs/adr/0021). A document is paid on the day on which the money that it got last, to be paid in full, was received.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from engine.facts import AllowanceOpens
from tarifa.storage import Row, Rows, Transaction, marks
from tarifa.storage.database import Value
from tarifa.storage.outbox import raise_account

_OPENED = (
    "SELECT s.contract_id, s.boundary_no, s.document_id, c.account_id FROM settlements s"
    " JOIN obligations o ON o.settlement_id = s.id AND o.part = 'advance' JOIN contracts c ON c.id = s.contract_id"
    " JOIN documents d ON d.id = s.document_id WHERE EXISTS (SELECT 1 FROM amendments m WHERE m.contract_id = c.id"
    f" AND m.allowance_opens = '{AllowanceOpens.WHEN_PAID.value}')"
)
"""The documents that billed a cycle ahead, of contracts that ask whether it was paid."""


async def note_paid(transaction: Transaction, document_ids: Sequence[str]) -> None:
    """Write down which of some documents, that got money or lost some, are paid now, and since when."""
    opened = await transaction.rows(f"{_OPENED} AND s.document_id IN ({marks(len(document_ids))})", document_ids)
    await _note(transaction, opened)


async def note_paid_since(transaction: Transaction, contract_id: str, day: date) -> None:
    """Write down what was paid of a contract's documents from a day on: nobody has asked for it so far."""
    values = (contract_id, day.isoformat())
    await _note(transaction, await transaction.rows(f"{_OPENED} AND c.id = ? AND d.boundary_on >= ?", values))


async def _note(transaction: Transaction, opened: Sequence[Row]) -> None:
    if not opened:
        return
    days = await _paid_on(transaction, sorted({row["document_id"] for row in opened}))
    known = await _newest(transaction, sorted({row["contract_id"] for row in opened}))
    changed: defaultdict[str, list[tuple[str, int, str | None]]] = defaultdict(list)
    for row in opened:
        place, day = (row["contract_id"], row["boundary_no"]), days.get(row["document_id"])
        if known.get(place) != day:
            changed[row["account_id"]].append((*place, day))
    for account_id, those in sorted(changed.items()):
        seq = await raise_account(transaction, account_id)
        rows: list[tuple[Value, ...]] = [(contract, boundary, seq, day) for contract, boundary, day in those]
        await transaction.insert("cycle_payments", "contract_id, boundary_no, seq, paid_on", rows)


async def _paid_on(rows_: Rows, document_ids: Sequence[str]) -> dict[str, str]:
    """By id, the days on which documents were paid in full; those that are not are left out."""
    rows = await rows_.rows(
        "SELECT d.id, d.total + d.rounding AS owed, COALESCE(r.received_on, c.issue_date) AS day,"
        " CAST(sum(x.amount) AS BIGINT) AS amount FROM documents d JOIN allocations x ON x.to_document_id = d.id"
        " LEFT JOIN payment_revs r ON r.payment_id = x.from_payment_id AND NOT EXISTS (SELECT 1 FROM payment_revs n"
        " WHERE n.payment_id = r.payment_id AND n.rev > r.rev) LEFT JOIN documents c ON c.id = x.from_document_id"
        f" WHERE d.id IN ({marks(len(document_ids))}) GROUP BY 1, 2, 3 ORDER BY 3",
        document_ids,
    )
    got: defaultdict[str, int] = defaultdict(int)
    paid: dict[str, str] = {}
    for row in rows:
        got[row["id"]] += row["amount"]
        if got[row["id"]] >= row["owed"]:
            paid.setdefault(row["id"], row["day"])
    return paid


async def _newest(rows_: Rows, contract_ids: Sequence[str]) -> dict[tuple[str, int], str | None]:
    rows = await rows_.rows(
        f"SELECT p.* FROM cycle_payments p WHERE p.contract_id IN ({marks(len(contract_ids))})"
        " AND NOT EXISTS (SELECT 1 FROM cycle_payments n WHERE n.contract_id = p.contract_id"
        " AND n.boundary_no = p.boundary_no AND n.seq > p.seq)",
        contract_ids,
    )
    return {(row["contract_id"], row["boundary_no"]): row["paid_on"] for row in rows}


async def read_paid(rows_: Rows, amendments: Mapping[str, Sequence[Row]]) -> dict[str, dict[int, date]]:
    """By contract id and number of the cycle, since when it is paid; for contracts of which some amendment asks.

    Where nothing was to be paid, or nothing was issued, it is so from the start.
    """
    ids = [
        contract_id
        for contract_id, those in amendments.items()
        if any(one["allowance_opens"] == AllowanceOpens.WHEN_PAID for one in those)
    ]
    if not ids:
        return {}
    free = await rows_.rows(
        "SELECT s.contract_id, s.boundary_no FROM settlements s JOIN obligations o ON o.settlement_id = s.id"
        " AND o.part = 'advance' LEFT JOIN documents d ON d.id = s.document_id"
        f" WHERE s.contract_id IN ({marks(len(ids))}) AND (s.document_id IS NULL OR d.total + d.rounding <= 0)",
        ids,
    )
    found: defaultdict[str, dict[int, date]] = defaultdict(dict)
    for row in free:
        found[row["contract_id"]][row["boundary_no"]] = date.min
    for (contract_id, boundary), day in (await _newest(rows_, ids)).items():
        if day is not None:
            found[contract_id][boundary] = date.fromisoformat(day)
    return found
