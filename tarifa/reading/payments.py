"""Payments, refunds and write-offs, and what is allocated to what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from engine.money import Currency
from engine.names import as_id, fold
from tarifa.reading.listing import Listing
from tarifa.reading.pages import Page, PageRequest
from tarifa.reading.scope import Scope
from tarifa.reading.views import AllocationView, PaymentView
from tarifa.storage import Database, Row, marks
from tarifa.storage.balances import NEWEST_PAYMENT, OPEN_PAYMENT
from tarifa.storage.mapping import from_seconds

_NAME = "p.source || ':' || p.external_id"


def _payment(row: Row) -> PaymentView:
    return PaymentView(
        id=row["name"],
        account=row["account"],
        kind=row["kind"],
        currency=Currency(row["currency"], row["digits"]),
        amount=row["amount"],
        open=row["open"],
        received_on=date.fromisoformat(row["received_on"]),
        note=row["note"],
        revision=row["rev"],
        recorded_by=row["recorded_by"],
        recorded_at=from_seconds(row["recorded_at"]),
    )


_PAYMENTS = Listing(
    "payments",
    f"SELECT p.id, {_NAME} AS name, p.kind, p.currency, p.digits, r.*, {OPEN_PAYMENT} AS open, a.key AS account"
    f" FROM {NEWEST_PAYMENT} JOIN accounts a ON a.id = p.account_id",
    ("p.id",),
    ("id",),
    _payment,
)


async def payments(
    database: Database, scope: Scope, page: PageRequest, *, account: str | None = None
) -> Page[PaymentView]:
    """Payments in the order in which they were first recorded."""
    of = fold(account) if account is not None else None
    return await _PAYMENTS.page(database, [("a.key = ?", scope.account), ("a.key = ?", of)], page)


async def payments_by_id(database: Database, scope: Scope, ids: Sequence[str]) -> dict[str, PaymentView]:
    """Payments by `source:externalId`."""
    found = await _PAYMENTS.of_keys(database, [("a.key = ?", scope.account)], _NAME, [as_id(one) for one in ids])
    return {view.id: view for view in found}


_ALLOCATIONS = (
    "SELECT x.*, a.key AS account, s.number AS credit_note, d.number AS document, COALESCE(s.currency, p.currency) AS currency,"
    " COALESCE(s.digits, p.digits) AS digits,"
    " p.source || ':' || p.external_id AS payment, b.source || ':' || b.external_id AS refund FROM allocations x"
    " LEFT JOIN payments p ON p.id = x.from_payment_id LEFT JOIN documents s ON s.id = x.from_document_id"
    " LEFT JOIN documents d ON d.id = x.to_document_id LEFT JOIN payments b ON b.id = x.to_refund_id"
    " JOIN accounts a ON a.id = COALESCE(p.account_id, s.account_id)"
)


def _allocation(row: Row) -> AllocationView:
    return AllocationView(
        payment=row["payment"],
        credit_note=row["credit_note"],
        document=row["document"],
        refund=row["refund"],
        currency=Currency(row["currency"], row["digits"]),
        amount=row["amount"],
        recorded_by=row["recorded_by"],
        recorded_at=from_seconds(row["recorded_at"]),
    )


async def allocations_by_document(
    database: Database, scope: Scope, numbers: Sequence[str]
) -> dict[str, tuple[AllocationView, ...]]:
    """What was allocated to documents and, of credit notes, from them: by number, in the order it was recorded."""
    ends = (("d.number", "document"), ("s.number", "credit_note"))
    return await _allocations(database, scope, ends, numbers)


async def allocations_by_payment(
    database: Database, scope: Scope, ids: Sequence[str]
) -> dict[str, tuple[AllocationView, ...]]:
    """What was allocated from payments and, of refunds, to them: by `source:externalId`."""
    ends = ((_NAME, "payment"), ("b.source || ':' || b.external_id", "refund"))
    return await _allocations(database, scope, ends, ids)


async def _allocations(
    database: Database, scope: Scope, ends: Sequence[tuple[str, str]], names: Sequence[str]
) -> dict[str, tuple[AllocationView, ...]]:
    found: defaultdict[str, list[AllocationView]] = defaultdict(list)
    for column, end in ends:
        rows = await database.rows(
            f"{_ALLOCATIONS} WHERE {column} IN ({marks(len(names))}) AND a.key = COALESCE(?, a.key)"
            " ORDER BY x.recorded_at, x.request_key, x.n",
            (*names, scope.account),
        )
        for row in rows:
            found[row[end]].append(_allocation(row))
    return {name: tuple(views) for name, views in found.items()}


async def allocations_of_key(database: Database, scope: Scope, request_key: str) -> tuple[AllocationView, ...]:
    """What one request allocated."""
    rows = await database.rows(
        f"{_ALLOCATIONS} WHERE x.request_key = ? AND a.key = COALESCE(?, a.key) ORDER BY x.n",
        (request_key, scope.account),
    )
    return tuple(_allocation(row) for row in rows)
