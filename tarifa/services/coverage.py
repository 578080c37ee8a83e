"""Find billable work that no contract covers: it would be on no document and no list otherwise (D4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine.items import Held
from tarifa.services.billing_contracts import read_contracts, read_sisters
from tarifa.services.billing_facts import AccountWork, read_work
from tarifa.services.billing_settle import uncovered
from tarifa.services.billing_write import UPSERT_EXCEPTION
from tarifa.storage import Database, Row, Transaction, marks
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import to_json, to_seconds

ACCOUNTS_AT_ONCE = 50
DAY = 86_400
"""Seconds: no zone's midnight is further from that of UTC."""


async def list_uncovered(database: Database, *, now: datetime) -> None:
    """Bring the exceptions `no-contract` up to date for every account with facts that were not looked at yet."""
    while True:
        accounts = await database.rows(
            "SELECT a.id, a.seq FROM accounts a LEFT JOIN coverage_heads h ON h.account_id = a.id"
            f" WHERE a.seq > COALESCE(h.account_seq, 0) ORDER BY a.id LIMIT {ACCOUNTS_AT_ONCE}"
        )
        if not accounts:
            return
        await _look_at(database, accounts, at=to_seconds(now))


async def _look_at(database: Database, accounts: Sequence[Row], *, at: int) -> None:
    ids = [row["id"] for row in accounts]
    contracts = await read_contracts(database, await read_sisters(database, ids))
    work = await read_work(database, await _since(database, ids))
    async with database.writing() as transaction:
        for row in accounts:
            mine = [one.contract for one in contracts.values() if one.head.account_id == row["id"]]
            held = uncovered(work.work.get(row["id"], ()), mine)
            await _write(transaction, row["id"], held, work, at=at)
        await transaction.run_many(
            "INSERT INTO coverage_heads (account_id, account_seq) VALUES (?, ?)"
            " ON CONFLICT (account_id) DO UPDATE SET account_seq = max(coverage_heads.account_seq, excluded.account_seq)",
            [(row["id"], row["seq"]) for row in accounts],
        )


async def _since(database: Database, ids: Sequence[str]) -> dict[str, int]:
    """By account, the earliest start of work that is new, was not covered so far, or lies after an amended end.

    Accounts without such are left out.
    """
    rows = await database.rows(
        "SELECT r.account_id, min(r.start_utc) AS since FROM worklog_revs r"
        " LEFT JOIN coverage_heads h ON h.account_id = r.account_id"
        f" WHERE r.account_id IN ({marks(len(ids))}) AND (r.seq > COALESCE(h.account_seq, 0)"
        " OR r.worklog_id IN (SELECT e.worklog_id FROM exceptions e WHERE e.account_id = r.account_id"
        " AND e.state = 'open' AND e.contract_id IS NULL) OR EXISTS (SELECT 1 FROM contracts c JOIN amendments m"
        " ON m.contract_id = c.id AND m.n > 1 AND m.seq > COALESCE(h.account_seq, 0) WHERE c.account_id = r.account_id"
        f" AND r.start_utc >= unixepoch(m.end_date) - {DAY})) GROUP BY r.account_id",
        ids,
    )
    return {row["account_id"]: row["since"] for row in rows}


async def _write(
    transaction: Transaction, account_id: str, held: Sequence[Held], work: AccountWork, *, at: int
) -> None:
    stored = {one.key: one for one in work.work.get(account_id, ())}
    waiting = {(one.subject, stored[one.subject].revision) for one in held}
    await transaction.run_many(
        UPSERT_EXCEPTION,
        [
            (new_id(), account_id, None, stored[one.subject].worklog_id, one.kind, one.subject,
             stored[one.subject].revision, one.reason.value, to_json(dict(one.detail)), at)
            for one in held
        ],
    )  # fmt: skip
    was_open = await transaction.rows(
        "SELECT id, subject_id, subject_rev FROM exceptions WHERE account_id = ? AND state = 'open'"
        " AND contract_id IS NULL AND reason = 'no-contract'",
        (account_id,),
    )
    gone = [row["id"] for row in was_open if (row["subject_id"], row["subject_rev"]) not in waiting]
    await transaction.run(f"UPDATE exceptions SET state = 'gone' WHERE id IN ({marks(len(gone))})", gone)
