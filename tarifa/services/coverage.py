"""Find billable work that no contract covers: it would be on no document and no list otherwise (D4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from engine.items import Held
from tarifa.services.billing_facts import AccountWork, read_contracts, read_sisters, read_work
from tarifa.services.billing_settle import uncovered
from tarifa.services.billing_write import UPSERT_EXCEPTION
from tarifa.storage import Database, Row, Transaction, marks
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import to_json, to_seconds

ACCOUNTS_AT_ONCE = 50


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
    work = await read_work(database, dict.fromkeys(ids, 0))
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


async def _write(
    transaction: Transaction, account_id: str, held: Sequence[Held], work: AccountWork, *, at: int
) -> None:
    revisions = {one.key: one.revision for one in work.work.get(account_id, ())}
    waiting = [(one.subject, revisions[one.subject]) for one in held]
    await transaction.run_many(
        UPSERT_EXCEPTION,
        [
            (
                new_id(),
                account_id,
                None,
                one.kind,
                one.subject,
                revision,
                one.reason.value,
                to_json(dict(one.detail)),
                at,
            )
            for one, (_, revision) in zip(held, waiting, strict=True)
        ],
    )
    was_open = await transaction.rows(
        "SELECT id, subject_id, subject_rev FROM exceptions WHERE account_id = ? AND state = 'open'"
        " AND contract_id IS NULL AND reason = 'no-contract'",
        (account_id,),
    )
    gone = [row["id"] for row in was_open if (row["subject_id"], row["subject_rev"]) not in set(waiting)]
    await transaction.run(f"UPDATE exceptions SET state = 'gone' WHERE id IN ({marks(len(gone))})", gone)
