"""Who caused what, in the order in which it was written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tarifa.reading.listing import Listing
from tarifa.reading.pages import Page, PageRequest
from tarifa.storage import Database, Row
from tarifa.storage.audit import Head
from tarifa.storage.database import Value
from tarifa.storage.mapping import from_seconds


@dataclass(frozen=True, slots=True)
class AuditView:
    """A row of the audit; `subject` is what it is known by inside, `payload` says it in people's words."""

    n: int
    at: datetime
    actor: str
    request_id: str | None
    action: str
    subject: str
    revision: str
    payload: Mapping[str, object]
    prev_hash: str
    hash: str


def _entry(row: Row) -> AuditView:
    return AuditView(
        n=row["n"],
        at=from_seconds(row["at"]),
        actor=row["actor"],
        request_id=row["request_id"],
        action=row["action"],
        subject=row["subject"],
        revision=row["revision"],
        payload=json.loads(row["payload"]),
        prev_hash=row["prev_hash"],
        hash=row["hash"],
    )


_AUDIT = Listing("audit", "SELECT a.* FROM audit a", ("a.n",), ("n",), _entry)


async def entries(
    database: Database,
    page: PageRequest,
    *,
    action: str | None = None,
    actor: str | None = None,
    subject: str | None = None,
    since: int | None = None,
) -> Page[AuditView]:
    """Rows, oldest first; `since` in UTC seconds."""
    where: list[tuple[str, Value]] = [
        ("a.action = ?", action),
        ("a.actor = ?", actor),
        ("a.subject = ?", subject),
        ("a.at >= ?", since),
    ]
    return await _AUDIT.page(database, where, page)


async def head(database: Database) -> Head:
    """The last row, which stands for all before it."""
    row = await database.row("SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1")
    return Head(row["n"], row["hash"]) if row is not None else Head()
