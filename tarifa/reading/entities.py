"""Legal sellers as the newest revision of each says, and their number series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.facts import Entity
from tarifa.reading.scope import Scope
from tarifa.services.numbers import following
from tarifa.services.sellers import NEWEST_ENTITY, entity
from tarifa.storage import Database, Row, marks
from tarifa.storage.mapping import from_seconds


@dataclass(frozen=True, slots=True)
class SeriesView:
    """A number series; `next` is the number that its next document gets, `is_current` whether it gets any."""

    entity: str | None
    kind: str
    prefix: str
    next: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class EntityView:
    """A seller; `is_default` says whether it sells on contracts that name none."""

    entity: Entity
    currency: str | None
    is_default: bool
    recorded_by: str
    recorded_at: datetime


async def entities(database: Database) -> tuple[EntityView, ...]:
    """All sellers, by key."""
    rows = await database.rows(f"SELECT e.label, r.* FROM {NEWEST_ENTITY} ORDER BY e.key")
    default = max((row["policy_seq"] for row in rows if row["is_default"]), default=-1)
    return tuple(
        EntityView(
            entity(row),
            row["currency"],
            row["policy_seq"] == default,
            row["recorded_by"],
            from_seconds(row["recorded_at"]),
        )
        for row in rows
    )


async def series(database: Database) -> tuple[SeriesView, ...]:
    """All series: the installation's own first, then by seller; of a kind, the newest first."""
    rows = await database.rows("SELECT * FROM series ORDER BY opened_seq DESC")
    newest: dict[tuple[str | None, str], Row] = {}
    for row in rows:
        newest.setdefault((row["entity_key"], row["kind"]), row)
    current = {row["id"] for row in newest.values()}
    ordered = sorted(rows, key=lambda row: (row["entity_key"] or "", row["kind"] == "credit note", -row["opened_seq"]))
    return tuple(
        SeriesView(row["entity_key"], row["kind"], row["prefix"], following(row, row["next"]), row["id"] in current)
        for row in ordered
    )


async def sellers_of_documents(database: Database, scope: Scope, numbers: Sequence[str]) -> dict[str, Entity]:
    """By document number, the seller as it stood when the document was issued; of those issued with one on record."""
    rows = await database.rows(
        "SELECT d.number, e.label, r.* FROM documents d JOIN entities e ON e.key = d.entity_key JOIN entity_revs r"
        " ON r.entity_key = d.entity_key AND r.policy_seq = d.entity_seq"
        f" JOIN accounts a ON a.id = d.account_id WHERE d.number IN ({marks(len(numbers))}) AND a.key = COALESCE(?, a.key)",
        (*numbers, scope.account),
    )
    return {row["number"]: entity(row) for row in rows}
