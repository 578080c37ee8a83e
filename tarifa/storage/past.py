"""The database as it stood when a settlement was computed, for the same readers that ask it as it stands now.

A settlement pins the counters of its account and of policy, and has its number among those of its contract: together they
say which rows were there (docs/adr/0018). A table is one of three: nothing in it ever changes what a settlement sees, what
it held follows from the pins, or it is not there for who replays. So nothing of today gets in unseen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tarifa.storage.database import Row, Rows, Value

UNCHANGING = frozenset(
    {
        "rulesets",
        "ruleset_versions",
        "worklogs",
        "requests",
        "sites",
        "contract_sites",
        "entities",
        "bill_groups",
        "group_documents",
    }
)
"""Tables whose rows are only read by way of others that are pinned, and are never changed."""

_ACCOUNT, _ACCOUNT_SEQ = "(SELECT account_id FROM pins)", "(SELECT account_seq FROM pins)"
_CONTRACT, _N = "(SELECT contract_id FROM pins)", "(SELECT n FROM pins)"
_POLICY_SEQ = "(SELECT policy_seq FROM pins)"
_BY_THEN = f"t.seq <= {_ACCOUNT_SEQ}"
_SETTLED = (
    "EXISTS (SELECT 1 FROM settlements s JOIN contracts c ON c.id = s.contract_id WHERE s.id = {of}"
    f" AND c.account_id = {_ACCOUNT} AND CASE WHEN c.id = {_CONTRACT} THEN s.n < {_N}"
    f" ELSE s.account_seq <= {_ACCOUNT_SEQ} AND s.policy_seq <= {_POLICY_SEQ} END)"
)
_BEFORE = f"(SELECT s.{{column}} FROM settlements s WHERE s.contract_id = {_CONTRACT} AND s.n < {_N})"
_ISSUED = (  # and credit given by hand, which is a fact of its account
    f"(SELECT s.document_id FROM settlements s WHERE s.contract_id = {_CONTRACT} AND s.n < {_N} UNION ALL"
    " SELECT o.document_id FROM group_documents o JOIN pins p ON p.group_key = o.group_key AND o.n < p.group_n UNION ALL"
    " SELECT g.document_id FROM pins p JOIN documents d ON d.account_id = p.billed_id JOIN credit_notes g"
    " ON g.document_id = d.id AND g.seq <= p.billed_seq)"
)

_ROWS = {
    "account_revs": f"t.account_id = {_ACCOUNT} AND {_BY_THEN}",
    "site_revs": _BY_THEN,
    "request_revs": _BY_THEN,
    "contracts": f"t.account_id <> {_ACCOUNT} OR {_BY_THEN}",  # another account's are asked for by those who know them
    "memberships": _BY_THEN,
    "bill_group_revs": f"t.policy_seq <= {_POLICY_SEQ}",
    "amendments": _BY_THEN,
    "top_ups": _BY_THEN,
    "openings": _BY_THEN,
    "quantities": _BY_THEN,
    "cycle_payments": _BY_THEN,
    "decisions": f"t.account_id = {_ACCOUNT} AND {_BY_THEN}",
    "entity_revs": f"t.policy_seq <= {_POLICY_SEQ}",
    "activations": f"t.policy_seq <= {_POLICY_SEQ}",
    # Work may have been another account's before: what it has been since it left is not seen.
    "worklog_revs": "t.rev <= (SELECT max(o.rev) FROM worklog_revs o WHERE o.worklog_id = t.worklog_id"
    f" AND o.account_id = {_ACCOUNT} AND o.seq <= {_ACCOUNT_SEQ})",
    # Of the account's other contracts, those settled at no later counters: a settlement starts anew when they move.
    "settlements": _SETTLED.format(of="t.id"),
    "items": f"{_SETTLED.format(of='t.settlement_id')} OR (SELECT c.account_id FROM contracts c"
    f" WHERE c.id = t.contract_id) <> {_ACCOUNT}",  # of work that was another account's before
    "closings": _SETTLED.format(of="t.settlement_id"),
    "obligations": f"t.settlement_id IN {_BEFORE.format(column='id')}",
    "lines": f"t.document_id IN {_ISSUED}",
    "documents": f"t.id IN {_ISSUED}",
    "tax_pools": f"t.document_id IN {_ISSUED}",
    "credit_notes": f"t.document_id IN {_ISSUED}",
}
"""By table, the condition on its rows `t` that were there."""

_TABLES = {
    **{table: f"SELECT t.* FROM {table} t WHERE {condition}" for table, condition in _ROWS.items()},
    "policy_clock": "SELECT 1 AS id, p.policy_seq AS seq FROM pins p",
    "accounts": "SELECT t.id, t.key, t.label, COALESCE(p.account_seq, 0) AS seq FROM accounts t"
    " LEFT JOIN pins p ON p.account_id = t.id",
    "bill_group_heads": "SELECT t.group_key, p.group_n - 1 AS n FROM bill_group_heads t CROSS JOIN pins p",
    # How far a contract was settled, and what stopped it, say which boundary is billed; that is not asked any more.
    "problems": "SELECT t.* FROM problems t WHERE 1 = 0",
    "heads": "SELECT t.contract_id, 0 AS settlement_n, 0 AS account_seq, 0 AS policy_seq, -1 AS billed_through,"
    " 0 AS opened_by, t.next_on FROM heads t",
    "exceptions": "SELECT p.account_id, w.subject_id, w.worklog_id, w.reason, 'work' AS subject_kind, 'open' AS state"
    " FROM waiting w CROSS JOIN pins p",
}
PINNED = frozenset(_TABLES)
"""Tables that hold for a settlement what they held then."""

_READ = re.compile(r"\b(FROM|JOIN) ([a-z_]+)")
_DEFINED = re.compile(r"\b([a-z_]+) (?:\([a-z_, ]*\) )?AS \(")


class UnpinnedTableError(Exception):
    """A reader of billing asks a table of which nobody knows what it held: say so in `tarifa.storage.past`."""

    def __init__(self, table: str) -> None:
        super().__init__(f"what the table {table} held when a settlement was computed is not known")


class Waiting(NamedTuple):
    """Work on the list of exceptions (`source:id`), and why."""

    work: str
    worklog_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Pins:
    """What a settlement is pinned by: its number and its contract's id, the counters, and what of its work waited.

    `billed` is the account that its document bills, with the counter of that one's facts; None is its own. `group` is the
    bill group that it was billed with, and which of the group's documents it is on.
    """

    contract_id: str
    n: int
    account_id: str
    account_seq: int
    policy_seq: int
    waiting: tuple[Waiting, ...] = ()
    billed: tuple[str, int] | None = None
    group: tuple[str, int] = ("", 0)


@dataclass(frozen=True, slots=True)
class Past:
    """Reads what was there when a settlement was computed; see `database.Rows`."""

    database: Rows
    pins: Pins

    async def rows(self, sql: str, values: Sequence[Value] = ()) -> Sequence[Row]:
        """All rows that a query gave then.

        Raises:
            UnpinnedTableError: it reads what is not known of then.
        """
        return await self.database.rows(*self._as_it_stood(sql, values))

    async def row(self, sql: str, values: Sequence[Value] = ()) -> Row | None:
        """The first row that a query gave then."""
        found = await self.rows(sql, values)
        return found[0] if found else None

    def _as_it_stood(self, sql: str, values: Sequence[Value]) -> tuple[str, list[Value]]:
        """The query, of tables that hold only what was there."""
        own = {*_DEFINED.findall(sql)}
        read = {name for _, name in _READ.findall(sql)} - own - UNCHANGING
        for name in sorted(read - PINNED):
            raise UnpinnedTableError(name)
        pins = self.pins
        billed = pins.billed or (pins.account_id, pins.account_seq)
        bound: list[Value] = [
            pins.contract_id, pins.n, pins.account_id, pins.account_seq, pins.policy_seq, *billed, *pins.group,
        ]  # fmt: skip
        rows = ", ".join(["(?, ?, ?)"] * len(pins.waiting))
        waiting = f"VALUES {rows}" if rows else "SELECT '', '', '' WHERE 1 = 0"
        tables = [
            "pins (contract_id, n, account_id, account_seq, policy_seq, billed_id, billed_seq, group_key, group_n) AS"
            " (VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?))",
            f"waiting (subject_id, worklog_id, reason) AS ({waiting})",
            *(f"past_{name} AS NOT MATERIALIZED ({_TABLES[name]})" for name in sorted(read)),
        ]
        rest = _READ.sub(lambda found: f"{found[1]} {'past_' if found[2] in read else ''}{found[2]}", sql)
        rest = f", {rest.removeprefix('WITH ')}" if sql.startswith("WITH ") else f" {rest}"
        return f"WITH {', '.join(tables)}{rest}", [*bound, *(part for one in pins.waiting for part in one), *values]
