"""Record customers and their sites. The same payload again is a no-op, another one is a new revision (D9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from engine.names import fold
from tarifa.services.inputs import AccountInput, SiteInput
from tarifa.services.naming import bad_name, bad_zone
from tarifa.services.results import Batch, Change, Problem, Recorded
from tarifa.storage import Database, Transaction
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import digest, to_seconds
from tarifa.storage.outbox import Event, append_events, raise_account

CHUNK = 200


async def record_accounts(database: Database, accounts: Sequence[AccountInput], *, by: str, now: datetime) -> Batch:
    """Record accounts with their sites; a bad one is a problem and stops no other."""
    recorded: list[Recorded] = []
    problems: list[Problem] = []
    for start in range(0, len(accounts), CHUNK):
        async with database.writing() as transaction:
            for index, account in enumerate(accounts[start : start + CHUNK], start):
                bad = _problems(account, index)
                if bad:
                    problems.extend(bad)
                else:
                    recorded.append(await _record(transaction, account, by=by, at=to_seconds(now)))
    return Batch(tuple(recorded), tuple(problems))


def _problems(account: AccountInput, index: int) -> list[Problem]:
    found = [bad_name(account.key, "key", index=index)]
    for site in account.sites:
        found.append(bad_name(site.key, "site", index=index))
        found.append(bad_zone(site.zone, subject=site.key, index=index))
    keys = [fold(site.key) for site in account.sites]
    twice = next((site.key for site in account.sites if keys.count(fold(site.key)) > 1), None)
    if twice is not None:
        message = f"the site `{twice}` of the account `{account.key}` is given twice"
        found.append(Problem("duplicate-site", message, "leave one out", account.key, "sites", index))
    return [problem for problem in found if problem is not None]


async def _record(transaction: Transaction, account: AccountInput, *, by: str, at: int) -> Recorded:
    key = fold(account.key)
    account_id, is_new = await _account_id(transaction, key, account.key.strip())
    changed = await _record_account(transaction, account_id, account, by=by, at=at)
    for site in account.sites:
        changed |= await _record_site(transaction, account_id, site, by=by, at=at)
    row = await transaction.row("SELECT seq FROM accounts WHERE id = ?", (account_id,))
    seq = int(row["seq"]) if row is not None else 0
    if changed:
        await append_events(transaction, [Event("account.recorded", account_id, str(seq), {"key": key})], at=at)
    change = Change.NEW if is_new else Change.REVISED if changed else Change.UNCHANGED
    return Recorded(key, change, seq)


async def _account_id(transaction: Transaction, key: str, label: str) -> tuple[str, bool]:
    row = await transaction.row("SELECT id FROM accounts WHERE key = ?", (key,))
    if row is not None:
        return row["id"], False
    account_id = new_id()
    await transaction.insert("accounts", "id, key, label, seq", [(account_id, key, label, 0)])
    return account_id, True


async def _record_account(
    transaction: Transaction, account_id: str, account: AccountInput, *, by: str, at: int
) -> bool:
    facts = replace(account, name=account.name or account.key.strip())
    payload = (facts.name, facts.country, facts.region, facts.tax_id, facts.exempt)
    newest = await transaction.row(
        "SELECT payload_hash FROM account_revs WHERE account_id = ? ORDER BY seq DESC LIMIT 1", (account_id,)
    )
    if newest is not None and newest["payload_hash"] == digest(payload):
        return False
    seq = await raise_account(transaction, account_id)
    await transaction.insert(
        "account_revs",
        "account_id, seq, name, country, region, tax_id, exempt, payload_hash, recorded_by, recorded_at",
        [
            (
                account_id,
                seq,
                facts.name,
                facts.country,
                facts.region,
                facts.tax_id,
                int(facts.exempt),
                digest(payload),
                by,
                at,
            )
        ],
    )
    return True


async def _record_site(transaction: Transaction, account_id: str, site: SiteInput, *, by: str, at: int) -> bool:
    key = fold(site.key)
    row = await transaction.row("SELECT id FROM sites WHERE account_id = ? AND key = ?", (account_id, key))
    site_id = row["id"] if row is not None else new_id()
    if row is None:
        await transaction.insert("sites", "id, account_id, key, label", [(site_id, account_id, key, site.key.strip())])
    payload = (site.zone, site.calendar, site.country, site.region)
    newest = await transaction.row(
        "SELECT payload_hash FROM site_revs WHERE site_id = ? ORDER BY seq DESC LIMIT 1", (site_id,)
    )
    if newest is not None and newest["payload_hash"] == digest(payload):
        return False
    seq = await raise_account(transaction, account_id)
    await transaction.insert(
        "site_revs",
        "site_id, seq, zone, calendar, country, region, payload_hash, recorded_by, recorded_at",
        [(site_id, seq, *payload, digest(payload), by, at)],
    )
    return True
