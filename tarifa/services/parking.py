"""Contracts whose billing failed are set apart, with backoff, so that they stop nobody else (D8.4)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from tarifa.services.approvals import STOPPED, WAITS_FOR_APPROVAL
from tarifa.services.billing_contracts import Head
from tarifa.services.billing_settle import Failed
from tarifa.storage import Database, Row
from tarifa.storage.mapping import NOT_UNTIL_ASKED, to_json, to_seconds
from tarifa.storage.outbox import Event, append_events

FIRST_WAIT = 60
LONGEST_WAIT = 6 * 3600
MANY_BOUNDARIES = "many-boundaries"
"""Why a contract waits until somebody asks for it: it has more boundaries due than may be billed unasked."""


async def park(database: Database, failures: Sequence[Failed], *, now: datetime) -> None:
    """Set contracts apart until their next try: after a minute, then twice as long each time, at most six hours.

    A contract that another worker has billed since its failure was found is not set apart.
    """
    if not failures:
        return
    at = to_seconds(now)
    async with database.writing() as transaction:
        for failure in failures:
            known = await transaction.row(
                "SELECT c.id, p.attempts, p.since, p.is_stopped, p.reason, p.detail, h.settlement_n, h.account_seq, h.policy_seq, h.billed_through"
                " FROM contracts c JOIN heads h ON h.contract_id = c.id"
                " LEFT JOIN problems p ON p.contract_id = c.id WHERE c.number = ?",
                (failure.contract,),
            )
            if known is None or _has_moved(failure.head, known):
                continue
            attempts = (known["attempts"] or 0) + 1
            wait = min(FIRST_WAIT * 2 ** min(attempts - 1, 20), LONGEST_WAIT)
            next_try = NOT_UNTIL_ASKED if failure.reason == MANY_BOUNDARIES else at + wait
            since = known["since"] if known["since"] is not None else at
            await transaction.run(
                "INSERT INTO problems (contract_id, since, attempts, next_try, reason, detail, is_stopped)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (contract_id) DO UPDATE SET attempts = excluded.attempts, next_try = excluded.next_try,"
                " reason = excluded.reason, detail = excluded.detail,"
                " is_stopped = CASE WHEN excluded.is_stopped = 1 THEN 1 ELSE problems.is_stopped END",
                (
                    known["id"],
                    since,
                    attempts,
                    next_try,
                    *_why(failure, known),
                    int(failure.reason in STOPPED),
                ),
            )
            if known["attempts"] is None:
                payload = {"contract": failure.contract, "reason": failure.reason}
                await append_events(transaction, [Event("contract.parked", known["id"], str(since), payload)], at=at)


def _why(failure: Failed, known: Row) -> tuple[str, str]:
    """Reason and detail: what a run's limit stopped waits for that, also where another run finds it waiting."""
    if failure.reason == WAITS_FOR_APPROVAL and known["is_stopped"] and known["reason"] in STOPPED:
        return known["reason"], to_json({**json.loads(known["detail"]), **failure.detail})
    return failure.reason, to_json(dict(failure.detail))


def _has_moved(head: Head | None, now: Row) -> bool:
    """Whether the contract was settled by somebody else since `head` was read."""
    if head is None:
        return False
    then = (head.settlement_n, head.settled_account_seq, head.settled_policy_seq, head.billed_through)
    return then != (now["settlement_n"], now["account_seq"], now["policy_seq"], now["billed_through"])
