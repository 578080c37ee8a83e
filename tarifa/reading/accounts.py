"""Customers and their sites."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from engine.names import fold
from tarifa.reading.listing import Listing
from tarifa.reading.pages import Page, PageRequest
from tarifa.reading.scope import Scope
from tarifa.reading.views import AccountView, SiteView
from tarifa.storage import Database, Row
from tarifa.storage.mapping import from_seconds


def _account(row: Row) -> AccountView:
    return AccountView(
        key=row["key"],
        label=row["label"],
        name=row["name"],
        country=row["country"],
        region=row["region"],
        tax_id=row["tax_id"],
        exempt=bool(row["exempt"]),
        revision_seq=row["seq"],
        recorded_at=from_seconds(row["recorded_at"]),
        recorded_by=row["recorded_by"],
    )


_ACCOUNTS = Listing(
    "accounts",
    "SELECT a.key, a.label, r.* FROM accounts a JOIN account_revs r ON r.account_id = a.id",
    ("a.key",),
    ("key",),
    _account,
    ("NOT EXISTS (SELECT 1 FROM account_revs n WHERE n.account_id = r.account_id AND n.seq > r.seq)",),
)


def _site(row: Row) -> SiteView:
    return SiteView(
        account=row["account"],
        key=row["key"],
        label=row["label"],
        zone=row["zone"],
        calendar=row["calendar"],
        country=row["country"],
        region=row["region"],
    )


_SITES = Listing(
    "sites",
    "SELECT a.key AS account, s.key, s.label, v.zone, v.calendar, v.country, v.region FROM sites s"
    " JOIN accounts a ON a.id = s.account_id JOIN site_revs v ON v.site_id = s.id",
    ("a.key", "s.key"),
    ("account", "key"),
    _site,
    ("NOT EXISTS (SELECT 1 FROM site_revs n WHERE n.site_id = v.site_id AND n.seq > v.seq)",),
)


async def accounts(
    database: Database, scope: Scope, page: PageRequest, *, search: str | None = None
) -> Page[AccountView]:
    """Accounts by key; `search` is looked for in key and name, whatever the case."""
    where = [("a.key = ?", scope.account)]
    if search is not None:
        where.append(("instr(a.key || '\n' || lower(r.name), ?) > 0", fold(search)))
    return await _ACCOUNTS.page(database, where, page)


async def account(database: Database, scope: Scope, key: str) -> AccountView | None:
    """One account by its key, in any spelling."""
    return (await accounts_by_key(database, scope, [key])).get(fold(key))


async def accounts_by_key(database: Database, scope: Scope, keys: Sequence[str]) -> dict[str, AccountView]:
    """Accounts by folded key."""
    found = await _ACCOUNTS.of_keys(database, [("a.key = ?", scope.account)], "a.key", [fold(key) for key in keys])
    return {view.key: view for view in found}


async def sites_by_account(database: Database, scope: Scope, keys: Sequence[str]) -> dict[str, tuple[SiteView, ...]]:
    """The sites of accounts, by folded account key."""
    found = await _SITES.of_keys(database, [("a.key = ?", scope.account)], "a.key", [fold(key) for key in keys])
    by_account: defaultdict[str, list[SiteView]] = defaultdict(list)
    for view in found:
        by_account[view.account].append(view)
    return {key: tuple(views) for key, views in by_account.items()}
