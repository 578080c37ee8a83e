"""Bill groups as the newest revision of each says, and the contracts that are billed with them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from tarifa.storage import Database
from tarifa.storage.mapping import from_seconds


@dataclass(frozen=True, slots=True)
class BillGroupView:
    """A bill group; `account` is the key of who is billed."""

    key: str
    account: str
    seller: str | None
    currency: str
    due_days: int
    purchase_order: str | None
    reference: str | None
    needs_approval: bool
    contracts: tuple[str, ...]
    recorded_by: str
    recorded_at: datetime


async def bill_groups(database: Database) -> tuple[BillGroupView, ...]:
    """All groups, by key."""
    rows = await database.rows(
        "SELECT g.label, a.key AS account, g.seller, g.currency, r.* FROM bill_groups g"
        " JOIN accounts a ON a.id = g.account_id JOIN bill_group_revs r ON r.group_key = g.key AND NOT EXISTS"
        " (SELECT 1 FROM bill_group_revs n WHERE n.group_key = r.group_key AND n.policy_seq > r.policy_seq) ORDER BY g.key"
    )
    members = await database.rows(
        "SELECT m.group_key, c.number FROM memberships m JOIN contracts c ON c.id = m.contract_id WHERE m.has_left = 0 AND NOT EXISTS"
        " (SELECT 1 FROM memberships n WHERE n.contract_id = m.contract_id AND n.n > m.n) ORDER BY c.number"
    )
    contracts: defaultdict[str, list[str]] = defaultdict(list)
    for row in members:
        contracts[row["group_key"]].append(row["number"])
    return tuple(
        BillGroupView(
            key=row["label"],
            account=row["account"],
            seller=row["seller"],
            currency=row["currency"],
            due_days=row["due_days"],
            purchase_order=row["purchase_order"],
            reference=row["reference"],
            needs_approval=bool(row["needs_approval"]),
            contracts=tuple(contracts[row["group_key"]]),
            recorded_by=row["recorded_by"],
            recorded_at=from_seconds(row["recorded_at"]),
        )
        for row in rows
    )
