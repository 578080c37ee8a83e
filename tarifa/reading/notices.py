"""Notices that were found, oldest first."""

from __future__ import annotations

from datetime import date

from engine.names import as_id, fold
from tarifa.reading.listing import Listing
from tarifa.reading.pages import Page, PageRequest
from tarifa.reading.scope import Scope
from tarifa.reading.views import NoticeView
from tarifa.storage import Database, Row
from tarifa.storage.database import Value
from tarifa.storage.mapping import from_seconds


def _notice(row: Row) -> NoticeView:
    return NoticeView(
        contract=row["contract"],
        account=row["account"],
        kind=row["kind"],
        about=date.fromisoformat(row["about"]),
        threshold=row["threshold"],
        due_on=date.fromisoformat(row["due_on"]),
        worklog=f"{row['source']}:{row['external_id']}" if row["source"] is not None else None,
        found_at=from_seconds(row["found_at"]),
    )


_NOTICES = Listing(
    "notices",
    "SELECT n.*, c.number AS contract, a.key AS account, k.source, k.external_id FROM notices n"
    " JOIN contracts c ON c.id = n.contract_id JOIN accounts a ON a.id = c.account_id"
    " LEFT JOIN worklogs k ON k.id = n.worklog_id",
    ("n.found_at", "c.number", "n.kind", "n.about", "n.threshold"),
    ("found_at", "contract", "kind", "about", "threshold"),
    _notice,
)


async def notices(
    database: Database,
    scope: Scope,
    page: PageRequest,
    *,
    account: str | None = None,
    contract: str | None = None,
) -> Page[NoticeView]:
    """Notices in the order in which they were found."""
    where: list[tuple[str, Value]] = [
        ("a.key = ?", scope.account),
        ("a.key = ?", fold(account) if account is not None else None),
        ("c.number = ?", as_id(contract) if contract is not None else None),
    ]
    return await _NOTICES.page(database, where, page)
