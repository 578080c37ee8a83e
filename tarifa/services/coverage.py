"""Find work that no contract pays for: it would be on no document and no list otherwise (D4.1).

Where the ruleset lets it pay as it goes, its account gets a contract for that. What else no contract covers, or of which
no class can be told, waits on the list of exceptions; so does work that is still to come, until its time has come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from engine.calendars import local_day
from engine.coverage import MAIN, asks_for_classes
from engine.items import Held, Reason
from engine.periods import FOREVER
from tarifa.services.assigning import assigned
from tarifa.services.billing_contracts import ContractFacts, read_contracts, read_sisters
from tarifa.services.billing_exceptions import UPSERT_EXCEPTION
from tarifa.services.billing_facts import AccountWork, StoredWork, read_work
from tarifa.services.without_contract import Making, make_contract, paying
from tarifa.storage import Database, Row, Transaction, marks
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import from_seconds, to_json, to_seconds
from tarifa.zones import zone

ACCOUNTS_AT_ONCE = 50
DAY = 86_400
"""Seconds: no zone's midnight is further from that of UTC."""


async def list_uncovered(database: Database, *, now: datetime) -> None:
    """Bring the exceptions of work without a contract up to date, for every account that was not looked at yet.

    An account is looked at again once its facts or the versions in force have changed, or the time of work has come.
    """
    at = to_seconds(now)
    await _list_future(database, at=at)
    after, is_first = "", True  # the account looked at last in this pass, and whether the pass has found none so far
    while True:
        clock = await database.row("SELECT seq FROM policy_clock WHERE id = 1")
        policy_seq = clock["seq"] if clock is not None else 0
        accounts = await database.rows(
            "SELECT a.id, a.seq FROM accounts a LEFT JOIN coverage_heads h ON h.account_id = a.id"
            " WHERE a.id > ? AND (a.seq > COALESCE(h.account_seq, 0) OR h.policy_seq < ? OR EXISTS"
            " (SELECT 1 FROM worklog_revs r"
            " WHERE r.account_id = a.id AND r.start_utc > h.looked_through AND r.start_utc <= ?))"
            f" ORDER BY a.id LIMIT {ACCOUNTS_AT_ONCE}",
            (after, policy_seq, at),
        )
        if not accounts and is_first:
            return
        if accounts:
            await _look_at(database, accounts, policy_seq=policy_seq, at=at)
        after, is_first = (accounts[-1]["id"], False) if accounts else ("", True)


async def _look_at(database: Database, accounts: Sequence[Row], *, policy_seq: int, at: int) -> None:
    since = await _since(database, [row["id"] for row in accounts])
    contracts = await read_contracts(database, await read_sisters(database, list(since)))
    sisters: defaultdict[str, list[ContractFacts]] = defaultdict(list)
    for one in contracts.values():
        sisters[one.head.account_id].append(one)
    in_doubt = {id_: first for id_, first in since.items() if not any(_covers(one, first) for one in sisters[id_])}
    work = await read_work(database, in_doubt)
    found: dict[str, tuple[Held, ...]] = {row["id"]: () for row in accounts}
    making: dict[str, Making] = {}
    for account_id in in_doubt:
        mine = sisters[account_id]
        here = [one for one in work.work.get(account_id, ()) if one.is_charged and one.start <= at]
        found[account_id] = assigned(here, work, mine).held
        uncovered = {one.subject for one in found[account_id] if one.reason is Reason.NO_CONTRACT}
        made = await paying(database, mine, [one for one in here if one.key in uncovered])
        if made is not None:
            making[account_id] = made
    looked = [row for row in accounts if row["id"] not in making]  # the others once more, with their new contract
    async with database.writing() as transaction:
        for account_id, made in making.items():
            await make_contract(transaction, account_id, made, at=at)
        await _write(transaction, {row["id"]: found[row["id"]] for row in looked}, work, at=at)
        await transaction.run_many(
            "INSERT INTO coverage_heads (account_id, account_seq, policy_seq, looked_through) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (account_id) DO UPDATE SET account_seq = max(coverage_heads.account_seq, excluded.account_seq),"
            " policy_seq = max(coverage_heads.policy_seq, excluded.policy_seq),"
            " looked_through = max(coverage_heads.looked_through, excluded.looked_through)",
            [(row["id"], row["seq"], policy_seq, at) for row in looked],
        )


def _covers(facts: ContractFacts, since: int) -> bool:
    """Whether a contract is sure to cover all of its account's work from an instant on, so that none needs to be read."""
    contract, clock = facts.contract, zone(facts.contract.zone)
    return (
        clock is not None
        and not (contract.sites or contract.pays_as_it_goes or asks_for_classes(facts.timeline))
        and contract.class_ == MAIN
        and contract.end == FOREVER
        and contract.start <= local_day(since, clock)
    )


async def _since(database: Database, ids: Sequence[str]) -> dict[str, int]:
    """By account, the earliest start of work that was not looked at since its contract may be another one.

    It is new, or its request is; it had no contract so far; its time has come; it lies after an amended end, or in the
    days of a version that came into force. Accounts without such are left out.
    """
    rows = await database.rows(
        "SELECT r.account_id, min(r.start_utc) AS since FROM worklog_revs r"
        " LEFT JOIN coverage_heads h ON h.account_id = r.account_id"
        f" WHERE r.account_id IN ({marks(len(ids))}) AND (r.seq > COALESCE(h.account_seq, 0)"
        " OR r.start_utc > h.looked_through"
        " OR r.request_id IN (SELECT t.id FROM requests t JOIN request_revs q ON q.request_id = t.id"
        " WHERE t.account_id = r.account_id AND q.seq > h.account_seq)"
        " OR r.worklog_id IN (SELECT e.worklog_id FROM exceptions e WHERE e.account_id = r.account_id"
        " AND e.state = 'open' AND e.contract_id IS NULL) OR EXISTS (SELECT 1 FROM contracts c JOIN amendments m"
        " ON m.contract_id = c.id AND m.n > 1 AND m.seq > COALESCE(h.account_seq, 0) WHERE c.account_id = r.account_id"
        f" AND r.start_utc >= unixepoch(m.end_date) - {DAY})"
        f" OR r.start_utc >= (SELECT unixepoch(min(v.from_date)) - {DAY} FROM activations v"
        " WHERE v.policy_seq > h.policy_seq)) GROUP BY r.account_id",
        ids,
    )
    return {row["account_id"]: row["since"] for row in rows}


async def _write(transaction: Transaction, held: Mapping[str, Sequence[Held]], work: AccountWork, *, at: int) -> None:
    """Open what waits now of some accounts, and close what waits no longer."""
    stored = {id_: {one.key: one for one in work.work.get(id_, ())} for id_ in held}
    waiting = {
        (id_, one.subject, stored[id_][one.subject].revision, one.reason.value)
        for id_, those in held.items()
        for one in those
    }
    was_open = await transaction.rows(
        "SELECT id, account_id, subject_id, subject_rev, reason FROM exceptions WHERE state = 'open'"
        f" AND contract_id IS NULL AND reason <> ? AND account_id IN ({marks(len(held))})",
        (Reason.IN_FUTURE.value, *held),
    )
    gone = [
        row["id"]
        for row in was_open
        if (row["account_id"], row["subject_id"], row["subject_rev"], row["reason"]) not in waiting
    ]
    await transaction.run(f"UPDATE exceptions SET state = 'gone' WHERE id IN ({marks(len(gone))})", gone)
    opened = [_exception(id_, one, stored[id_][one.subject], at) for id_, those in held.items() for one in those]
    await transaction.run_many(UPSERT_EXCEPTION, opened)


def _exception(account_id: str, held: Held, stored: StoredWork, at: int) -> tuple[str | int | None, ...]:
    return (
        new_id(), account_id, None, stored.worklog_id, held.kind, held.subject, stored.revision, held.reason.value,
        to_json(dict(held.detail)), at,
    )  # fmt: skip


async def _list_future(database: Database, *, at: int) -> None:
    """Work that starts after `at` waits until then; what has begun since, or was revised, waits no longer."""
    accounts = await database.rows("SELECT DISTINCT account_id FROM worklog_revs WHERE start_utc > ?", (at,))
    work = await read_work(database, {row["account_id"]: at + 1 for row in accounts})
    coming = {
        (one.key, one.revision): (account_id, one)
        for account_id, those in work.work.items()
        for one in those
        if one.is_charged
    }
    rows = await database.rows(
        "SELECT id, subject_id, subject_rev FROM exceptions WHERE state = 'open' AND reason = ?",
        (Reason.IN_FUTURE.value,),
    )
    known = {(row["subject_id"], row["subject_rev"]): row["id"] for row in rows}
    gone = [known[key] for key in known.keys() - coming.keys()]
    new = [_exception(coming[key][0], _future(coming[key][1]), coming[key][1], at) for key in coming.keys() - known]
    if gone or new:
        async with database.writing() as transaction:
            await transaction.run(f"UPDATE exceptions SET state = 'gone' WHERE id IN ({marks(len(gone))})", gone)
            await transaction.run_many(UPSERT_EXCEPTION, new)


def _future(stored: StoredWork) -> Held:
    return Held("work", stored.key, Reason.IN_FUTURE, {"start": f"{from_seconds(stored.start):%Y-%m-%d %H:%M} UTC"})
