"""What waits of the contracts that are billed: opened when it begins to wait, closed when it waits no longer.

What is open is read with no transaction open. Nothing but a contract's own billing opens an exception under it, and that
moves its head, which is compared before anything is written; whatever else may have happened to one leaves it as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from engine.calendars import local_day
from engine.items import Held, Reason
from tarifa.services.billing_settle import Prepared
from tarifa.storage import Row, Rows, Transaction, marks
from tarifa.storage.database import Value
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import to_json
from tarifa.zones import zone


@dataclass(frozen=True, slots=True)
class Changed:
    """Rows of `_CLOSE` and of `UPSERT_EXCEPTION`."""

    gone: Sequence[tuple[Value, ...]]
    opened: Sequence[tuple[Value, ...]]

    async def write(self, transaction: Transaction) -> None:
        """What is gone first: work that moved to another contract in this batch waits under the same row again."""
        await transaction.run_many(_CLOSE, self.gone)
        await transaction.run_many(UPSERT_EXCEPTION, self.opened)


_CLOSE = "UPDATE exceptions SET state = 'gone' WHERE id = ? AND contract_id = ? AND state = 'open'"


async def read_open(rows: Rows, prepared: Sequence[Prepared]) -> dict[str, list[Row]]:
    """What waits on record, by contract id."""
    found = await rows.rows(
        "SELECT e.id, e.contract_id, e.subject_kind, e.subject_id, e.reason, e.subject_rev,"
        " (SELECT max(r.rev) FROM worklog_revs r WHERE r.worklog_id = e.worklog_id) AS newest_rev FROM exceptions e"
        f" WHERE e.state = 'open' AND e.contract_id IN ({marks(len(prepared))})",
        [one.facts.head.contract_id for one in prepared],
    )
    was_open: defaultdict[str, list[Row]] = defaultdict(list)
    for row in found:
        was_open[row["contract_id"]].append(row)
    return was_open


def changed(was_open: dict[str, list[Row]], prepared: Sequence[Prepared], *, at: int) -> Changed:
    """What is to be opened, and what to be closed."""
    opened: list[tuple[Value, ...]] = []
    gone: list[tuple[Value, ...]] = []
    for one in prepared:
        contract_id = one.facts.head.contract_id
        waiting = {(held.kind, held.subject, _revision(one, held), held.reason.value) for held in one.held}
        opened += [_exception(one, held, at) for held in one.held]
        for row in was_open.get(contract_id, ()):
            key = (row["subject_kind"], row["subject_id"], row["subject_rev"], row["reason"])
            if key not in waiting and not _is_out_of_sight(one, row):
                gone.append((row["id"], contract_id))
    return Changed(gone, opened)


def _is_out_of_sight(one: Prepared, row: Row) -> bool:
    """What is too old is not looked at again in every run: work waits until it is revised, a top-up for good."""
    if row["subject_kind"] == "top-up":
        clock = zone(one.facts.contract.zone)
        bought = [
            local_day(top_up.at, clock) for top_up in one.facts.top_ups if clock and top_up.id == row["subject_id"]
        ]
        return any(one.due.cycles.number(day) < one.from_cycle for day in bought)
    is_old = row["reason"] in (Reason.BEFORE_BILL_FROM, Reason.TOO_LATE)
    return is_old and row["subject_id"] not in one.works and row["newest_rev"] == row["subject_rev"]


UPSERT_EXCEPTION = (
    "INSERT INTO exceptions (id, account_id, contract_id, worklog_id, subject_kind, subject_id, subject_rev, reason, detail, state,"
    " since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?) ON CONFLICT (subject_kind, subject_id, subject_rev, reason)"
    " DO UPDATE SET contract_id = excluded.contract_id, detail = excluded.detail,"
    " since = CASE WHEN exceptions.state = 'open' THEN exceptions.since ELSE excluded.since END, state = 'open'"
)


def _exception(one: Prepared, held: Held, at: int) -> tuple[Value, ...]:
    head = one.facts.head
    ref = one.works.get(held.subject)
    worklog_id = ref.worklog_id if ref is not None else None
    return (
        new_id(), head.account_id, head.contract_id, worklog_id, held.kind, held.subject, _revision(one, held),
        held.reason.value, to_json(dict(held.detail)), at,
    )  # fmt: skip


def _revision(one: Prepared, held: Held) -> int:
    ref = one.works.get(held.subject)
    return ref.revision if ref is not None else 0
