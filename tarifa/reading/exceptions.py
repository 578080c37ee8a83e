"""The exception list: what cannot be billed as it is, and why."""

from __future__ import annotations

from engine.names import fold
from tarifa.reading.listing import Listing
from tarifa.reading.pages import Page, PageRequest
from tarifa.reading.scope import Scope
from tarifa.reading.views import ExceptionView
from tarifa.storage import Database, Row
from tarifa.storage.database import Value
from tarifa.storage.mapping import from_seconds, texts_from_json


def _exception(row: Row) -> ExceptionView:
    return ExceptionView(
        id=row["id"],
        account=row["account"],
        contract=row["contract"],
        subject_kind=row["subject_kind"],
        subject=row["subject_id"],
        reason=row["reason"],
        detail=texts_from_json(row["detail"]),
        state=row["state"],
        since=from_seconds(row["since"]),
        note=row["note"],
        decided_by=row["decided_by"],
        decided_at=from_seconds(row["decided_at"]) if row["decided_at"] is not None else None,
    )


_EXCEPTIONS = Listing(
    "exceptions",
    "SELECT e.*, a.key AS account, c.number AS contract, d.note, d.recorded_by AS decided_by,"
    " d.recorded_at AS decided_at FROM exceptions e JOIN accounts a ON a.id = e.account_id"
    " LEFT JOIN contracts c ON c.id = e.contract_id LEFT JOIN decisions d ON d.worklog_id = e.worklog_id"
    " AND d.rev = e.subject_rev AND d.reason = e.reason",
    ("e.since", "e.id"),
    ("since", "id"),
    _exception,
)


async def exception(database: Database, scope: Scope, id_: str) -> ExceptionView | None:
    """One exception by its id."""
    found = await _EXCEPTIONS.of_keys(database, [("a.key = ?", scope.account)], "e.id", [id_])
    return found[0] if found else None


async def exceptions(
    database: Database,
    scope: Scope,
    page: PageRequest,
    *,
    account: str | None = None,
    contract: str | None = None,
    state: str | None = "open",
) -> Page[ExceptionView]:
    """Exceptions, those that wait longest first; `state` None lists those that are decided or gone, too."""
    where: list[tuple[str, Value]] = [
        ("a.key = ?", scope.account),
        ("a.key = ?", fold(account) if account is not None else None),
        ("c.number = ?", contract),
        ("e.state = ?", state),
    ]
    return await _EXCEPTIONS.page(database, where, page)
