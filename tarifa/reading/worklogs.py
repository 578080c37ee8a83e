"""Worklogs as their newest revisions say, and where each stands: open, billed on a line, or held with its reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from engine.names import as_id, fold
from tarifa.reading.listing import Listing
from tarifa.reading.pages import Edge, Page, PageRequest
from tarifa.reading.scope import Scope
from tarifa.reading.views import BilledOn, HeldView, WorklogState, WorklogView
from tarifa.storage import Database, Row, marks
from tarifa.storage.database import Value
from tarifa.storage.mapping import extras, from_seconds, texts_from_json, to_seconds

_STATE = (
    "CASE WHEN r.voided = 1 THEN 'voided'"
    " WHEN EXISTS (SELECT 1 FROM exceptions e WHERE e.subject_kind = 'work' AND e.state = 'open'"
    " AND e.subject_id = k.source || ':' || k.external_id) THEN 'held'"
    " WHEN EXISTS (SELECT 1 FROM items i WHERE i.worklog_id = r.worklog_id AND (i.minutes > 0 OR i.amount <> 0)"
    " AND NOT EXISTS (SELECT 1 FROM items n WHERE n.contract_id = i.contract_id AND n.item_key = i.item_key"
    " AND n.settlement_n > i.settlement_n)) THEN 'billed'"
    " WHEN EXISTS (SELECT 1 FROM decisions d WHERE d.worklog_id = r.worklog_id AND d.rev = r.rev"
    " AND d.action = 'waive') THEN 'waived'"
    " WHEN r.billable = 0 THEN 'not billable' ELSE 'open' END"
)


def _worklog(row: Row) -> WorklogView:
    request = f"{row['request_source']}:{row['request']}" if row["request"] is not None else None
    facts = texts_from_json(row["request_facts"]) if row["request_facts"] is not None else {}
    return WorklogView(
        id=f"{row['source']}:{row['external_id']}",
        source=row["source"],
        external_id=row["external_id"],
        revision=row["rev"],
        account=row["account"],
        site=row["site"],
        request=request,
        request_kind=row["request_kind"],
        start=from_seconds(row["start_utc"]),
        seconds=row["seconds"],
        zone=row["site_zone"] or row["zone"],
        fields={**texts_from_json(row["facts"]), **facts},
        billable=bool(row["billable"]),
        approved=bool(row["approved"]),
        operational_only=bool(row["operational_only"]),
        extras=extras(row["extras"]),
        note=row["note"],
        recorded_at=from_seconds(row["recorded_at"]),
        recorded_by=row["recorded_by"],
        state=WorklogState(row["state"]),
        billed_on=(),
        held=(),
    )


_WORKLOGS = Listing(
    "worklogs",
    f"SELECT r.*, k.source, k.external_id, a.key AS account, s.key AS site, v.zone AS site_zone, t.source AS"
    " request_source, t.external_id AS request, q.kind AS request_kind, q.facts AS request_facts,"
    f" {_STATE} AS state FROM worklog_revs r JOIN worklogs k ON k.id = r.worklog_id"
    " JOIN accounts a ON a.id = r.account_id LEFT JOIN sites s ON s.id = r.site_id"
    " LEFT JOIN site_revs v ON v.site_id = s.id AND v.seq = (SELECT max(n.seq) FROM site_revs n WHERE n.site_id = s.id)"
    " LEFT JOIN requests t ON t.id = r.request_id LEFT JOIN request_revs q ON q.request_id = t.id"
    " AND q.rev = (SELECT max(n.rev) FROM request_revs n WHERE n.request_id = t.id)",
    ("r.start_utc", "r.worklog_id"),
    ("start_utc", "worklog_id"),
    _worklog,
    ("NOT EXISTS (SELECT 1 FROM worklog_revs n WHERE n.worklog_id = r.worklog_id AND n.rev > r.rev)",),
)


async def worklogs(
    database: Database,
    scope: Scope,
    page: PageRequest,
    *,
    account: str | None = None,
    state: WorklogState | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Page[WorklogView]:
    """Worklogs by start, those that start at `since` or later and before `until`."""
    where: list[tuple[str, Value]] = [
        ("a.key = ?", scope.account),
        ("a.key = ?", fold(account) if account is not None else None),
        (f"{_STATE} = ?", state.value if state is not None else None),
        ("r.start_utc >= ?", to_seconds(since) if since is not None else None),
        ("r.start_utc < ?", to_seconds(until) if until is not None else None),
    ]
    found = await _WORKLOGS.page(database, where, page)
    views = await _with_outcome(database, scope, found.nodes)
    return Page(tuple(Edge(edge.cursor, view) for edge, view in zip(found.edges, views, strict=True)), found.has_more)


async def worklogs_by_id(database: Database, scope: Scope, ids: Sequence[str]) -> dict[str, WorklogView]:
    """Worklogs by id (`source:external id`), under the ids as they are asked for."""
    keys = sorted({tuple(as_id(id_).partition(":")[::2]) for id_ in ids})
    rows = (
        await database.rows(
            f"SELECT id FROM worklogs WHERE (source, external_id) IN (VALUES {', '.join(['(?, ?)'] * len(keys))})",
            [value for key in keys for value in key],
        )
        if keys
        else ()
    )
    where = [("a.key = ?", scope.account)]
    found = await _WORKLOGS.of_keys(database, where, "r.worklog_id", [row["id"] for row in rows])
    views = {view.id: view for view in await _with_outcome(database, scope, found)}
    return {id_: views[as_id(id_)] for id_ in ids if as_id(id_) in views}


async def _with_outcome(database: Database, scope: Scope, views: Sequence[WorklogView]) -> list[WorklogView]:
    billed, held = await _billed_on(database, scope, views), await _held(database, [view.id for view in views])
    return [replace(view, billed_on=tuple(billed[view.id]), held=tuple(held[view.id])) for view in views]


async def _billed_on(database: Database, scope: Scope, views: Sequence[WorklogView]) -> Mapping[str, list[BilledOn]]:
    """Every line that carries a worklog, corrections among them, as issued; but for documents that others are billed by."""
    found: defaultdict[str, list[BilledOn]] = defaultdict(list)
    if not views:
        return found
    own = [scope.account] if scope.account is not None else []
    billed = " JOIN accounts b ON b.id = d.account_id AND b.key = ?" if own else ""
    rows = await database.rows(
        "SELECT k.source, k.external_id, d.number, l.pos FROM worklogs k JOIN items i ON i.worklog_id = k.id"
        " JOIN lines l ON l.settlement_id = i.settlement_id AND l.item_key = i.item_key"
        f" JOIN documents d ON d.id = l.document_id{billed} WHERE (k.source, k.external_id) IN"
        f" (VALUES {', '.join(['(?, ?)'] * len(views))}) ORDER BY d.issued_at, d.id, l.pos",
        [*own, *(value for view in views for value in (view.source, view.external_id))],
    )
    for row in rows:
        found[f"{row['source']}:{row['external_id']}"].append(BilledOn(row["number"], row["pos"]))
    return found


async def _held(database: Database, ids: Sequence[str]) -> Mapping[str, list[HeldView]]:
    rows = await database.rows(
        "SELECT subject_id, reason, detail, since FROM exceptions WHERE subject_kind = 'work' AND state = 'open'"
        f" AND subject_id IN ({marks(len(ids))}) ORDER BY since, id",
        ids,
    )
    found: defaultdict[str, list[HeldView]] = defaultdict(list)
    for row in rows:
        view = HeldView(row["reason"], texts_from_json(row["detail"]), from_seconds(row["since"]))
        found[row["subject_id"]].append(view)
    return found
