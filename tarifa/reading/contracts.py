"""Contracts, what they bought, and those whose billing was set apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from engine.facts import AllowanceOpens, Difference
from engine.money import Currency
from engine.names import as_id, fold
from engine.periods import FOREVER
from tarifa.reading.listing import Listing
from tarifa.reading.pages import Edge, Page, PageRequest
from tarifa.reading.scope import Scope
from tarifa.reading.views import AmendmentView, ContractView, OpeningView, ParkedView, QuantityView, TopUpView
from tarifa.storage import Database, Row, marks
from tarifa.storage.mapping import NOT_UNTIL_ASKED, conversion, discounts, from_seconds, notice_terms, texts_from_json


def _contract(row: Row) -> ContractView:
    return ContractView(
        number=row["number"],
        account=row["account"],
        class_=row["class"],
        is_agreed=row["origin"] == "agreed",
        sites=(),
        ruleset=row["ruleset"],
        currency=Currency(row["currency"], row["digits"]),
        zone=row["zone"],
        start=date.fromisoformat(row["start"]),
        expiry=_expiry(row["end_date"]),
        bill_from=_day(row["bill_from"]),
        due_days=row["due_days"],
        wait_days=row["wait_days"],
        seller=row["seller"],
        bill_group=row["bill_group"],
        purchase_order=row["purchase_order"],
        reference=row["reference"],
        conversion=conversion(row),
        renewed_from=row["renewed_number"],
        carries_over=bool(row["carries_over"]),
        plan=row["plan"],
        overrides=texts_from_json(row["overrides"]),
        inputs=texts_from_json(row["inputs"]),
        discounts=discounts(row["discounts"]),
        notices=notice_terms(row["notices"]),
        needs_approval=bool(row["needs_approval"]),
        billed_through=_day(row["billed_on"]),
        next_boundary=_day(row["next_on"]) if row["next_on"] != FOREVER.isoformat() else None,
        created_at=from_seconds(row["recorded_at"]),
        created_by=row["recorded_by"],
    )


def _expiry(end: str) -> date | None:
    day = date.fromisoformat(end)
    return None if day == FOREVER else day - timedelta(days=1)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text is not None else None


_CONTRACTS = Listing(
    "contracts",
    "SELECT c.*, a.key AS account, r.label AS ruleset, m.plan, m.overrides, m.inputs, m.discounts, m.notices, m.needs_approval,"
    " m.end_date, h.next_on, (SELECT b.label FROM memberships j JOIN bill_groups b ON b.key = j.group_key WHERE j.contract_id = c.id"
    " AND j.has_left = 0 AND NOT EXISTS (SELECT 1 FROM memberships y WHERE y.contract_id = j.contract_id AND y.n > j.n)) AS bill_group, (SELECT o.number FROM contracts o WHERE o.id = c.renewed_from) AS renewed_number,"
    " CASE WHEN h.billed_through < 0 OR (c.origin = 'without contract' AND h.settlement_n = 0) THEN NULL"
    " ELSE COALESCE((SELECT max(l.end_date) FROM closings l"
    " WHERE l.contract_id = c.id), max(c.start, COALESCE(c.bill_from, c.start))) END AS billed_on"
    " FROM contracts c JOIN accounts a ON a.id = c.account_id JOIN rulesets r ON r.id = c.ruleset_id"
    " JOIN amendments m ON m.contract_id = c.id JOIN heads h ON h.contract_id = c.id",
    ("c.number",),
    ("number",),
    _contract,
    ("NOT EXISTS (SELECT 1 FROM amendments n WHERE n.contract_id = m.contract_id AND n.n > m.n)",),
)


def _amendment(row: Row) -> AmendmentView:
    return AmendmentView(
        contract=row["contract"],
        number=row["n"],
        effective_from=date.fromisoformat(row["effective_from"]),
        plan=row["plan"],
        overrides=texts_from_json(row["overrides"]),
        inputs=texts_from_json(row["inputs"]),
        discounts=discounts(row["discounts"]),
        suspended=bool(row["suspended"]),
        lock_prices=bool(row["lock_prices"]),
        late_window=row["late_window"],
        difference=Difference(row["difference"]),
        allowance_opens=AllowanceOpens(row["allowance_opens"]),
        expiry=_expiry(row["end_date"]),
        notices=notice_terms(row["notices"]),
        needs_approval=bool(row["needs_approval"]),
        recorded_at=from_seconds(row["recorded_at"]),
        recorded_by=row["recorded_by"],
    )


_AMENDMENTS = Listing(
    "amendments",
    "SELECT m.*, c.number AS contract FROM amendments m JOIN contracts c ON c.id = m.contract_id"
    " JOIN accounts a ON a.id = c.account_id",
    ("c.number", "m.n"),
    ("contract", "n"),
    _amendment,
)


def _opening(row: Row) -> OpeningView:
    return OpeningView(
        contract=row["contract"],
        measure=row["measure"],
        units=row["units"],
        expires=date.fromisoformat(row["expires"]),
        note=row["note"],
        recorded_at=from_seconds(row["recorded_at"]),
        recorded_by=row["recorded_by"],
    )


_OPENINGS = Listing(
    "openings",
    "SELECT o.*, c.number AS contract FROM openings o JOIN contracts c ON c.id = o.contract_id"
    " JOIN accounts a ON a.id = c.account_id",
    ("c.number", "o.n"),
    ("contract", "n"),
    _opening,
)


def _top_up(row: Row) -> TopUpView:
    return TopUpView(
        id=row["request_key"],
        contract=row["contract"],
        top_up=row["top_up"],
        at=from_seconds(row["at"]),
        bought_by=row["recorded_by"],
    )


_TOP_UPS = Listing(
    "top-ups",
    "SELECT t.*, c.number AS contract FROM top_ups t JOIN contracts c ON c.id = t.contract_id"
    " JOIN accounts a ON a.id = c.account_id",
    ("t.at", "t.request_key"),
    ("at", "request_key"),
    _top_up,
)


def _quantity(row: Row) -> QuantityView:
    return QuantityView(
        contract=row["contract"],
        item=row["item"],
        effective_from=date.fromisoformat(row["effective_from"]),
        quantity=row["quantity"],
        source=row["source"],
        external_id=row["external_id"],
        revision=row["rev"],
        evidence=texts_from_json(row["evidence"]),
        recorded_at=from_seconds(row["recorded_at"]),
        recorded_by=row["recorded_by"],
    )


_QUANTITIES = Listing(
    "quantities",
    "SELECT q.*, c.number AS contract FROM quantities q JOIN contracts c ON c.id = q.contract_id"
    " JOIN accounts a ON a.id = c.account_id",
    ("c.number", "q.item", "q.effective_from", "q.seq"),
    ("contract", "item", "effective_from", "seq"),
    _quantity,
    (
        "NOT EXISTS (SELECT 1 FROM quantities n WHERE n.contract_id = q.contract_id AND n.item = q.item"
        " AND n.source = q.source AND n.external_id = q.external_id AND n.rev > q.rev)",
    ),
)


def _parked(row: Row) -> ParkedView:
    return ParkedView(
        contract=row["contract"],
        account=row["account"],
        since=from_seconds(row["since"]),
        attempts=row["attempts"],
        next_try=from_seconds(row["next_try"]) if row["next_try"] < NOT_UNTIL_ASKED else None,
        reason=row["reason"],
        detail=texts_from_json(row["detail"]),
    )


_PARKED = Listing(
    "parked",
    "SELECT p.*, c.number AS contract, a.key AS account FROM problems p JOIN contracts c ON c.id = p.contract_id"
    " JOIN accounts a ON a.id = c.account_id",
    ("c.number",),
    ("contract",),
    _parked,
)


async def contracts(
    database: Database, scope: Scope, page: PageRequest, *, account: str | None = None
) -> Page[ContractView]:
    """Contracts by number."""
    where = [("a.key = ?", scope.account), ("a.key = ?", fold(account) if account is not None else None)]
    found = await _CONTRACTS.page(database, where, page)
    views = await _with_sites(database, found.nodes)
    return Page(tuple(Edge(edge.cursor, view) for edge, view in zip(found.edges, views, strict=True)), found.has_more)


async def contract(database: Database, scope: Scope, number: str) -> ContractView | None:
    """One contract by its number."""
    return (await contracts_by_number(database, scope, [as_id(number)])).get(as_id(number))


async def contracts_by_number(database: Database, scope: Scope, numbers: Sequence[str]) -> dict[str, ContractView]:
    """Contracts by number."""
    found = await _CONTRACTS.of_keys(database, [("a.key = ?", scope.account)], "c.number", numbers)
    return {view.number: view for view in await _with_sites(database, found)}


async def contracts_by_account(
    database: Database, scope: Scope, keys: Sequence[str]
) -> dict[str, tuple[ContractView, ...]]:
    """The contracts of accounts, by folded account key."""
    folded = [fold(key) for key in keys]
    found = await _CONTRACTS.of_keys(database, [("a.key = ?", scope.account)], "a.key", folded)
    by_account: defaultdict[str, list[ContractView]] = defaultdict(list)
    for view in await _with_sites(database, found):
        by_account[view.account].append(view)
    return {key: tuple(views) for key, views in by_account.items()}


async def _with_sites(database: Database, views: Sequence[ContractView]) -> list[ContractView]:
    rows = await database.rows(
        "SELECT c.number, s.key FROM contract_sites o JOIN contracts c ON c.id = o.contract_id"
        f" JOIN sites s ON s.id = o.site_id WHERE c.number IN ({marks(len(views))}) ORDER BY s.key",
        [view.number for view in views],
    )
    sites: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        sites[row["number"]].append(row["key"])
    return [replace(view, sites=tuple(sites[view.number])) for view in views]


async def amendments_by_contract(
    database: Database, scope: Scope, numbers: Sequence[str]
) -> dict[str, tuple[AmendmentView, ...]]:
    """How contracts were amended, by contract number, as recorded; the first is what they began with."""
    found = await _AMENDMENTS.of_keys(database, [("a.key = ?", scope.account)], "c.number", numbers)
    by_contract: defaultdict[str, list[AmendmentView]] = defaultdict(list)
    for view in found:
        by_contract[view.contract].append(view)
    return {number: tuple(views) for number, views in by_contract.items()}


async def openings_by_contract(
    database: Database, scope: Scope, numbers: Sequence[str]
) -> dict[str, tuple[OpeningView, ...]]:
    """What contracts brought over from where they were billed before, by contract number, as recorded."""
    found = await _OPENINGS.of_keys(database, [("a.key = ?", scope.account)], "c.number", numbers)
    by_contract: defaultdict[str, list[OpeningView]] = defaultdict(list)
    for view in found:
        by_contract[view.contract].append(view)
    return {number: tuple(views) for number, views in by_contract.items()}


async def quantities_by_contract(
    database: Database, scope: Scope, numbers: Sequence[str]
) -> dict[str, tuple[QuantityView, ...]]:
    """How many of each recurring item, by contract number; by item, then by day."""
    found = await _QUANTITIES.of_keys(database, [("a.key = ?", scope.account)], "c.number", numbers)
    by_contract: defaultdict[str, list[QuantityView]] = defaultdict(list)
    for view in found:
        by_contract[view.contract].append(view)
    return {number: tuple(views) for number, views in by_contract.items()}


async def top_ups_by_contract(
    database: Database, scope: Scope, numbers: Sequence[str]
) -> dict[str, tuple[TopUpView, ...]]:
    """What contracts bought, by contract number, in order of time."""
    found = await _TOP_UPS.of_keys(database, [("a.key = ?", scope.account)], "c.number", numbers)
    by_contract: defaultdict[str, list[TopUpView]] = defaultdict(list)
    for view in found:
        by_contract[view.contract].append(view)
    return {number: tuple(views) for number, views in by_contract.items()}


async def parked(database: Database, scope: Scope, page: PageRequest) -> Page[ParkedView]:
    """Contracts that could not be billed, by number."""
    return await _PARKED.page(database, [("a.key = ?", scope.account)], page)


async def parked_by_contract(database: Database, scope: Scope, numbers: Sequence[str]) -> dict[str, ParkedView]:
    """Why contracts could not be billed, by contract number."""
    found = await _PARKED.of_keys(database, [("a.key = ?", scope.account)], "c.number", numbers)
    return {view.contract: view for view in found}
