"""Billing runs that somebody asks for: each once under its key, with what it billed and how that compares.

What a run billed is read from the settlements that name it, so that a run that was broken off, and is asked for again,
goes on and counts everything once.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from fractions import Fraction

from engine.names import as_id
from tarifa.services.approvals import STOPPED, WAITS_FOR_APPROVAL, Run
from tarifa.services.billing import BillingResult, bill_due
from tarifa.services.inputs import RunInput
from tarifa.services.naming import bad_name
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.storage import Database
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import digest, to_json, to_seconds
from tarifa.storage.outbox import Event, append_events

MOST_CHANGE = 100_000
MOST = 10**15


async def start_run(database: Database, run: RunInput, *, by: str, now: datetime) -> Recorded | Refused:
    """Bill what is due as a run of its own; the same run again is a no-op, or ends what was broken off.

    Returns:
        The request key. Refused where the key is of another run, or a limit is none.
    """
    bad = _bad_fields(run)
    if bad:
        return Refused(bad)
    key, payload = as_id(run.request_key), digest(_payload(run))
    id_ = new_id()
    async with database.writing() as transaction:
        known = await transaction.row("SELECT id, payload_hash, state FROM runs WHERE request_key = ?", (key,))
        if known is None:
            await transaction.insert(
                "runs",
                "id, request_key, payload_hash, through, limits, state, counts, totals, recorded_by, recorded_at",
                [(id_, key, payload, run.through.isoformat() if run.through else None,
                  to_json([_text(run.most), run.most_change]), "running", "[]", "[]", by, to_seconds(now))],
            )  # fmt: skip
            begun = Event("run.started", id_, "", {"run": key}, {"digest": payload})
            await append_events(transaction, [begun], at=to_seconds(now))
    if known is not None and known["payload_hash"] != payload:
        message = f"the key `{key}` is of another run"
        remedy = "give another run another key"
        return Refused((Problem("key-used", message, remedy, key, "requestKey"),))
    if known is not None and known["state"] == "done":
        return Recorded(key, Change.UNCHANGED)
    running = Run(id_ if known is None else known["id"], run.most, run.most_change)
    result = await bill_due(database, now=now, through=run.through, run=running)
    await _end(database, running.id, result, now=now)
    return Recorded(key, Change.NEW)


def _payload(run: RunInput) -> tuple[object, ...]:
    return (run.through.isoformat() if run.through else None, _text(run.most), run.most_change)


def _text(amount: Fraction | None) -> str | None:
    return str(amount) if amount is not None else None


def _bad_fields(run: RunInput) -> tuple[Problem, ...]:
    found = [bad_name(run.request_key, "requestKey")]
    if run.most is not None and not 0 < run.most < MOST:
        message = f"a limit of {run.most} is none"
        found.append(Problem("bad-limit", message, "give an amount above 0, or none", "", "most"))
    if run.most_change is not None and not 0 <= run.most_change <= MOST_CHANGE:
        message = f"a limit of {run.most_change} % is none"
        found.append(Problem("bad-limit", message, f"give 0 to {MOST_CHANGE} percent, or none", "", "mostChange"))
    return tuple(problem for problem in found if problem is not None)


async def _end(database: Database, run_id: str, result: BillingResult, *, now: datetime) -> None:
    """Write down what the run came to."""
    boundaries = await database.row("SELECT count(*) AS n FROM settlements WHERE run_id = ?", (run_id,))
    documents = await database.rows(
        "SELECT d.currency, d.digits, d.total, (SELECT CAST(sum(p.total) AS BIGINT) FROM documents p WHERE p.id IN"
        " (SELECT q.document_id FROM settlements s JOIN settlements q ON q.contract_id = s.contract_id AND q.n < s.n"
        " WHERE s.document_id = d.id AND NOT EXISTS (SELECT 1 FROM settlements n WHERE n.contract_id = q.contract_id"
        " AND n.n > q.n AND n.n < s.n AND n.document_id IS NOT NULL))) AS last_total"
        " FROM documents d WHERE d.id IN (SELECT x.document_id FROM settlements x WHERE x.run_id = ?)",
        (run_id,),
    )
    totals: defaultdict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for row in documents:
        sums = totals[row["currency"], row["digits"]]
        sums[0] += row["total"]
        sums[1] += row["last_total"] or 0
    stopped = sum(one.reason in STOPPED or one.reason == WAITS_FOR_APPROVAL for one in result.parked)
    counts = [boundaries["n"] if boundaries is not None else 0, len(documents), stopped, len(result.parked) - stopped]
    async with database.writing() as transaction:
        await transaction.run(
            "UPDATE runs SET state = 'done', counts = ?, totals = ?, done_at = ? WHERE id = ?",
            (to_json(counts), to_json([[*money, *sums] for money, sums in sorted(totals.items())]),
             to_seconds(now), run_id),
        )  # fmt: skip
        ended = Event("run.done", run_id, "", {"documents": len(documents)})
        await append_events(transaction, [ended], at=to_seconds(now))
