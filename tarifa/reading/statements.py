"""Statements of account: what a customer owed before, what came to it, and what it owed then, currency by currency.

What is owed is the sum of documents less payments and write-offs, and refunds; allocations move nothing of it.
"""

from __future__ import annotations

from datetime import date

from engine.money import Currency
from engine.names import fold
from tarifa.reading.listing import Listing
from tarifa.reading.pages import Page, PageRequest
from tarifa.reading.scope import Scope
from tarifa.reading.views import StatementEntryView, StatementView
from tarifa.storage import Database, Row
from tarifa.storage.balances import NEWEST_PAYMENT

_ENTRIES = (
    "SELECT d.account_id, d.issue_date AS day, 0 AS place, d.number AS name, d.kind, d.currency, d.digits,"
    " d.total + d.rounding AS amount FROM documents d"
    " UNION ALL SELECT p.account_id, r.received_on, 1, p.source || ':' || p.external_id, p.kind, p.currency, p.digits,"
    f" CASE WHEN p.kind = 'refund' THEN r.amount ELSE -r.amount END FROM {NEWEST_PAYMENT} WHERE r.amount > 0"
)
_BALANCED = (
    "SELECT e.*, a.key AS account, CAST(sum(e.amount) OVER (PARTITION BY e.account_id, e.currency"
    " ORDER BY e.day, e.place, e.name ROWS UNBOUNDED PRECEDING) AS BIGINT) AS balance"
    f" FROM ({_ENTRIES}) AS e JOIN accounts a ON a.id = e.account_id"
)


def _entry(row: Row) -> StatementEntryView:
    return StatementEntryView(
        day=date.fromisoformat(row["day"]),
        kind=row["kind"],
        name=row["name"],
        currency=Currency(row["currency"], row["digits"]),
        amount=row["amount"],
        balance=row["balance"],
    )


async def statements(
    database: Database, scope: Scope, account: str, *, start: date, last: date
) -> tuple[StatementView, ...]:
    """The sums of an account, from `start` to `last`, itself included, by currency; only of an account in the scope."""
    rows = await database.rows(
        "SELECT e.currency, e.digits, CAST(COALESCE(sum(CASE WHEN e.day < ? THEN e.amount END), 0) AS BIGINT) AS opening,"
        f" CAST(sum(e.amount) AS BIGINT) AS closing FROM ({_ENTRIES}) AS e JOIN accounts a ON a.id = e.account_id"
        " WHERE a.key = ? AND a.key = COALESCE(?, a.key) AND e.day <= ?"
        " GROUP BY e.currency, e.digits ORDER BY e.currency",
        (start.isoformat(), fold(account), scope.account, last.isoformat()),
    )
    return tuple(
        StatementView(Currency(row["currency"], row["digits"]), row["opening"], row["closing"]) for row in rows
    )


async def entries(
    database: Database, scope: Scope, account: str, page: PageRequest, *, currency: str, start: date, last: date
) -> Page[StatementEntryView]:
    """The documents and payments of those days in a currency, by day, each with what is owed after it."""
    # The balance is over all days: the inner query sees the account alone, the outer one cuts the days.
    listing = Listing(
        "statement",
        f"SELECT * FROM ({_BALANCED}) AS b",
        ("b.day", "b.place", "b.name"),
        ("day", "place", "name"),
        _entry,
    )
    where = [
        ("b.account = ?", fold(account)),
        ("b.account = ?", scope.account),
        ("b.currency = ?", currency),
        ("b.day >= ?", start.isoformat()),
        ("b.day <= ?", last.isoformat()),
    ]
    return await listing.page(database, where, page)
