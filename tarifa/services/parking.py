"""Contracts whose billing failed are set apart, with backoff, so that they stop nobody else (D8.4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tarifa.services.billing_settle import Failed
from tarifa.storage import Database
from tarifa.storage.mapping import NOT_UNTIL_ASKED, to_json, to_seconds
from tarifa.storage.outbox import Event, append_events

FIRST_WAIT = 60
LONGEST_WAIT = 6 * 3600
MANY_BOUNDARIES = "many-boundaries"
"""Why a contract waits until somebody asks for it: it has more boundaries due than may be billed unasked."""


async def park(database: Database, failures: Sequence[Failed], *, now: datetime) -> None:
    """Set contracts apart until their next try: after a minute, then twice as long each time, at most six hours."""
    if not failures:
        return
    at = to_seconds(now)
    async with database.writing() as transaction:
        for failure in failures:
            known = await transaction.row(
                "SELECT c.id, c.account_id, p.attempts, p.since FROM contracts c"
                " LEFT JOIN problems p ON p.contract_id = c.id WHERE c.number = ?",
                (failure.contract,),
            )
            if known is None:
                continue
            attempts = (known["attempts"] or 0) + 1
            wait = min(FIRST_WAIT * 2 ** min(attempts - 1, 20), LONGEST_WAIT)
            next_try = NOT_UNTIL_ASKED if failure.reason == MANY_BOUNDARIES else at + wait
            since = known["since"] if known["since"] is not None else at
            await transaction.run(
                "INSERT INTO problems (contract_id, since, attempts, next_try, reason, detail) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (contract_id) DO UPDATE SET attempts = excluded.attempts, next_try = excluded.next_try,"
                " reason = excluded.reason, detail = excluded.detail",
                (known["id"], since, attempts, next_try, failure.reason, to_json(dict(failure.detail))),
            )
            if known["attempts"] is None:
                payload = {"contract": failure.contract, "reason": failure.reason}
                await append_events(transaction, [Event("contract.parked", known["id"], str(since), payload)], at=at)
