"""API keys: 256 random bits each, kept as a prefix to find them by and a digest to know them by, never in clear."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.names import fold
from tarifa.reading.scope import Scope
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.storage import Database
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import from_seconds, to_seconds
from tarifa.storage.models import AccountRecord, ApiKeyRecord
from tarifa.storage.outbox import Event, append_events

PREFIX_BYTES = 5
SECRET_BYTES = 32


class Role(StrEnum):
    """What a key may do."""

    ADMIN = "admin"  # all
    BILLING = "billing"  # record, contracts, top-ups, billing; no rulesets, no keys
    RECORDER = "recorder"  # record worklogs, and read
    READER = "reader"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, and what they may see."""

    prefix: str
    label: str
    role: Role
    scope: Scope


@dataclass(frozen=True, slots=True)
class KeyRefused:
    """A key that opens nothing: `unknown`, `expired` or `revoked`, the latter two with when."""

    reason: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """A new key. `secret` is shown once and kept nowhere."""

    secret: str
    principal: Principal


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key as it is kept; `account` is the folded key of the only account it sees."""

    prefix: str
    label: str
    role: Role
    account: str | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None


async def create_key(
    database: Database,
    *,
    label: str,
    role: Role,
    account: str | None = None,
    expires: datetime | None = None,
    by: str,
    now: datetime,
) -> CreatedKey | Refused:
    """Make a key; one that sees a single account can only read."""
    if not label.strip():
        return Refused((Problem("blank-label", "a key needs a label", "say who or what will use it", "", "label"),))
    if account is not None and role is not Role.READER:
        message = f"a key for one account can only be a {Role.READER} key, not {role}"
        return Refused(
            (Problem("scoped-role", message, "leave the account out, or make it a reader", account, "role"),)
        )
    if expires is not None and expires <= now:
        return Refused((Problem("expired", "the key would have expired already", "choose a later day", "", "expires"),))
    owner = None
    if account is not None:
        owner = await AccountRecord.get_or_none(key=fold(account), using_db=database.reader)
        if owner is None:
            return Refused((Problem("unknown-account", f"there is no account `{account}`", "", account, "account"),))
    prefix, random = secrets.token_hex(PREFIX_BYTES), secrets.token_urlsafe(SECRET_BYTES)
    secret = f"tarifa_{prefix}_{random}"
    async with database.writing() as transaction:
        await ApiKeyRecord.create(
            using_db=transaction.client,
            id=new_id(),
            prefix=prefix,
            hash=_hashed(secret),
            label=label.strip(),
            role=role.value,
            account_id=owner.id if owner is not None else None,
            recorded_by=by,
            recorded_at=to_seconds(now),
            expires_at=to_seconds(expires) if expires is not None else None,
        )
        await append_events(
            transaction,
            [Event("key.created", prefix, "", {"role": role.value}, {"label": label.strip()})],
            at=to_seconds(now),
        )
    return CreatedKey(secret, Principal(prefix, label.strip(), role, Scope(owner.key if owner is not None else None)))


async def authenticate(database: Database, secret: str, *, now: datetime) -> Principal | KeyRefused:
    """Who a key belongs to, or why it opens nothing."""
    parts = secret.split("_", 2)
    if len(parts) != 3 or parts[0] != "tarifa":
        return KeyRefused("unknown")
    record = await ApiKeyRecord.get_or_none(prefix=parts[1], using_db=database.reader)
    if record is None or not hmac.compare_digest(record.hash, _hashed(secret)):
        return KeyRefused("unknown")
    if record.revoked_at is not None:
        return KeyRefused("revoked", from_seconds(record.revoked_at))
    if record.expires_at is not None and record.expires_at <= to_seconds(now):
        return KeyRefused("expired", from_seconds(record.expires_at))
    account = await _account_key(database, record.account_id)
    return Principal(record.prefix, record.label, Role(record.role), Scope(account))


async def revoke_key(database: Database, prefix: str, *, by: str, now: datetime) -> Recorded | Refused:
    """Make a key open nothing from now on; revoking it again changes nothing."""
    async with database.writing() as transaction:
        record = await ApiKeyRecord.get_or_none(prefix=prefix, using_db=transaction.client)
        if record is None:
            message = f"there is no key with the prefix `{prefix}`"
            return Refused((Problem("unknown-key", message, "list the keys to see their prefixes", prefix, "prefix"),))
        if record.revoked_at is not None:
            return Recorded(prefix, Change.UNCHANGED)
        await transaction.run("UPDATE api_keys SET revoked_at = ? WHERE prefix = ?", (to_seconds(now), prefix))
        await append_events(transaction, [Event("key.revoked", prefix, "", {"by": by})], at=to_seconds(now))
    return Recorded(prefix, Change.REVISED)


async def list_keys(database: Database) -> tuple[KeyView, ...]:
    """All keys, the oldest first."""
    rows = await database.rows(
        "SELECT k.*, a.key AS account FROM api_keys k LEFT JOIN accounts a ON a.id = k.account_id ORDER BY k.id"
    )
    return tuple(
        KeyView(
            prefix=row["prefix"],
            label=row["label"],
            role=Role(row["role"]),
            account=row["account"],
            created_at=from_seconds(row["recorded_at"]),
            created_by=row["recorded_by"],
            expires_at=from_seconds(row["expires_at"]) if row["expires_at"] is not None else None,
            revoked_at=from_seconds(row["revoked_at"]) if row["revoked_at"] is not None else None,
        )
        for row in rows
    )


async def _account_key(database: Database, account_id: str | None) -> str | None:
    if account_id is None:
        return None
    return (await AccountRecord.get(id=account_id, using_db=database.reader)).key


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
