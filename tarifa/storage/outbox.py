"""The outbox, the audit and the two counters: what every write does beside its own rows, in its own transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tarifa.storage.audit import Deed, Head, append_deeds
from tarifa.storage.database import Transaction
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import to_json


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened; unique by kind, subject and discriminator.

    `evidence` is for the audit alone: digests of what was written.
    """

    kind: str
    subject_id: str
    discriminator: str
    payload: Mapping[str, object] = field(default_factory=dict)
    evidence: Mapping[str, object] = field(default_factory=dict)


async def append_events(
    transaction: Transaction, events: Sequence[Event], *, at: int, newest: Head | None = None
) -> None:
    """Write events with their cause, and who caused them; one that is there already was written by the same cause.

    `newest` is the newest row of the audit, where this transaction has read it.
    """
    await transaction.run_many(
        "INSERT INTO events (id, kind, subject_id, discriminator, payload, at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (kind, subject_id, discriminator) DO NOTHING",
        [(new_id(), e.kind, e.subject_id, e.discriminator, to_json(e.payload), at) for e in events],
    )
    deeds = [Deed(e.kind, e.subject_id, e.discriminator, {**e.payload, **e.evidence}) for e in events]
    await append_deeds(transaction, deeds, at=at, newest=newest)


async def raise_account(transaction: Transaction, account_id: str, *, by: int = 1) -> int:
    """Raise the counter of an account's facts by `by`; the first of the new numbers."""
    row = await transaction.row("UPDATE accounts SET seq = seq + ? WHERE id = ? RETURNING seq", (by, account_id))
    if row is None:
        raise MissingCounterError(account_id)
    return int(row["seq"]) - by + 1


async def raise_accounts(transaction: Transaction, by: Mapping[str, int]) -> dict[str, int]:
    """Raise the counters of accounts, each by its own figure; the first of each one's new numbers."""
    if not by:
        return {}
    rows = await transaction.rows(
        f"WITH raised (account_id, n) AS (VALUES {', '.join(['(?, ?)'] * len(by))}) UPDATE accounts"
        " SET seq = seq + raised.n FROM raised WHERE accounts.id = raised.account_id RETURNING accounts.id, accounts.seq",
        [part for account_id in sorted(by) for part in (account_id, by[account_id])],
    )
    first = {row["id"]: int(row["seq"]) - by[row["id"]] + 1 for row in rows}
    for account_id in by.keys() - first.keys():
        raise MissingCounterError(account_id)
    return first


async def raise_policy(transaction: Transaction) -> int:
    """Raise the counter of policy; its new value."""
    row = await transaction.row("UPDATE policy_clock SET seq = seq + 1 WHERE id = 1 RETURNING seq")
    if row is None:
        raise MissingCounterError("policy")
    return int(row["seq"])


class MissingCounterError(Exception):
    """A counter was raised that is not there: a broken invariant of the caller."""

    def __init__(self, subject: str) -> None:
        super().__init__(f"there is no counter for {subject}")
