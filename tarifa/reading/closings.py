"""Allowance statements: of each cycle of a contract, the newest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from engine.names import fold
from tarifa.reading.listing import Listing
from tarifa.reading.pages import Page, PageRequest
from tarifa.reading.scope import Scope
from tarifa.reading.views import ClosingView
from tarifa.storage import Database, Row
from tarifa.storage.database import Value
from tarifa.storage.mapping import closing


def _closing(row: Row) -> ClosingView:
    stored = closing(row)
    return ClosingView(
        contract=row["contract"],
        account=row["account"],
        cycle=stored.cycle,
        start=stored.period.start,
        end=stored.period.last,
        measure=stored.measure,
        carried_in=stored.carried_in,
        granted=stored.granted,
        topped_up=stored.topped_up,
        drawn=stored.drawn,
        overage=stored.overage,
        left=stored.left,
        carried_out=stored.carried_out,
        buckets=stored.buckets,
        brought_over=stored.brought_over,
    )


_CLOSINGS = Listing(
    "closings",
    "SELECT l.*, c.number AS contract, a.key AS account FROM closings l JOIN contracts c ON c.id = l.contract_id"
    " JOIN accounts a ON a.id = c.account_id",
    ("c.number", "l.cycle_no"),
    ("contract", "cycle_no"),
    _closing,
    (
        "NOT EXISTS (SELECT 1 FROM closings n WHERE n.contract_id = l.contract_id AND n.cycle_no = l.cycle_no"
        " AND n.settlement_n > l.settlement_n)",
        "EXISTS (SELECT 1 FROM amendments m WHERE m.contract_id = l.contract_id AND m.end_date > l.start"  # not ended since
        " AND NOT EXISTS (SELECT 1 FROM amendments n WHERE n.contract_id = m.contract_id AND n.n > m.n))",
    ),
)


async def closings(
    database: Database,
    scope: Scope,
    page: PageRequest,
    *,
    account: str | None = None,
    contract: str | None = None,
) -> Page[ClosingView]:
    """Closings by contract and cycle."""
    where: list[tuple[str, Value]] = [
        ("a.key = ?", scope.account),
        ("a.key = ?", fold(account) if account is not None else None),
        ("c.number = ?", contract),
    ]
    return await _CLOSINGS.page(database, where, page)


async def closings_by_contract(
    database: Database, scope: Scope, numbers: Sequence[str]
) -> dict[str, tuple[ClosingView, ...]]:
    """All closings of contracts, by contract number."""
    found = await _CLOSINGS.of_keys(database, [("a.key = ?", scope.account)], "c.number", numbers)
    by_contract: defaultdict[str, list[ClosingView]] = defaultdict(list)
    for view in found:
        by_contract[view.contract].append(view)
    return {number: tuple(views) for number, views in by_contract.items()}
