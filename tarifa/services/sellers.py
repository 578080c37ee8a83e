"""The legal sellers on record, as the newest revision of each says; billing and its replay read them alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.documents import DocumentKind
from engine.facts import Entity
from engine.names import fold
from tarifa.storage import Row, Rows

NEWEST_ENTITY = (
    "entities e JOIN entity_revs r ON r.entity_key = e.key AND NOT EXISTS"
    " (SELECT 1 FROM entity_revs n WHERE n.entity_key = r.entity_key AND n.policy_seq > r.policy_seq)"
)
"""The sellers, each as its newest revision says."""


@dataclass(frozen=True, slots=True)
class Sellers:
    """Those on record, by folded key. `default` sells on contracts that name nobody: the one last said to."""

    by_key: Mapping[str, Entity] = field(default_factory=dict)
    default: Entity | None = None
    currencies: Mapping[str, str] = field(default_factory=dict)  # of contracts that name none

    def of(self, seller: str | None) -> Entity | None:
        """Who sells where a contract says `seller`; None of a name that is not on record."""
        return self.by_key.get(fold(seller)) if seller else self.default


async def read_sellers(rows: Rows) -> Sellers:
    """All that are on record."""
    found = await rows.rows(f"SELECT e.label, r.* FROM {NEWEST_ENTITY} ORDER BY r.policy_seq")
    by_key = {row["entity_key"]: entity(row) for row in found}
    named = [row["entity_key"] for row in found if row["is_default"]]
    currencies = {row["entity_key"]: row["currency"] for row in found if row["currency"]}
    return Sellers(by_key, by_key[named[-1]] if named else None, currencies)


def entity(row: Row) -> Entity:
    """A row of `entity_revs`, with the label of its seller."""
    return Entity(
        key=row["entity_key"],
        label=row["label"],
        revision=row["policy_seq"],
        name=row["name"],
        address=row["address"],
        country=row["country"],
        tax_ids=tuple(json.loads(row["tax_ids"])),
        bank=row["bank"],
    )


async def has_series(rows: Rows, key: str) -> bool:
    """Whether a seller numbers documents of each kind in a series of its own."""
    found = await rows.rows("SELECT DISTINCT kind FROM series WHERE entity_key = ?", (key,))
    return len(found) == len(DocumentKind)


async def shares_numbers(rows: Rows, key: str) -> str | None:
    """Another seller that would number with this one in the series of the installation, if this one were the default."""
    if await has_series(rows, key):
        return None
    issued = await rows.rows(
        "SELECT DISTINCT d.entity_key FROM documents d JOIN series s ON s.id = d.series_id"
        " WHERE s.entity_key IS NULL AND d.entity_key IS NOT NULL"
    )
    named = await rows.rows("SELECT DISTINCT seller FROM contracts WHERE seller IS NOT NULL")
    sellers = await read_sellers(rows)
    known = {fold(row["seller"]) for row in named} & set(sellers.by_key)
    for other in sorted(({row["entity_key"] for row in issued} | known) - {key}):
        if other in {row["entity_key"] for row in issued} or not await has_series(rows, other):
            return sellers.by_key[other].label
    return None
