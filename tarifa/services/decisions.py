"""Decide on work that waits: release it, so that it is billed, or waive it, so that it never is (D5.5).

A decision is a fact of the account, about one revision of the work: whatever it changes of cycles that are billed is on
the next document, and work that its sender corrects afterwards waits anew.
"""

from __future__ import annotations

from datetime import datetime

from engine.items import Reason
from tarifa.services.inputs import DecisionAction, DecisionInput
from tarifa.services.naming import bad_note
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.storage import Database, Row, Transaction
from tarifa.storage.mapping import to_seconds
from tarifa.storage.outbox import Event, append_events, raise_account

RELEASABLE = frozenset({Reason.ALLOWANCE_USED_UP, Reason.TOO_LATE})
"""What waits for a decision alone. All else lacks something: a price, a contract, an approval."""
_STATES = {DecisionAction.RELEASE: "released", DecisionAction.WAIVE: "waived"}


async def decide(database: Database, decision: DecisionInput, *, by: str, now: datetime) -> Recorded | Refused:
    """Record a decision about an exception; the same one again is a no-op, another one is refused.

    Returns:
        The id of the exception.
    """
    wrong = bad_note(decision.note, decision.exception, "note")
    if wrong is None and not decision.note.strip():
        remedy = "say in a sentence who wants it so, and why"
        wrong = Problem("blank-note", "a decision needs a note", remedy, decision.exception, "note")
    if wrong is not None:
        return Refused((wrong,))
    async with database.writing() as transaction:
        row = await transaction.row(
            "SELECT e.*, d.action, d.note, d.recorded_by AS decided_by FROM exceptions e LEFT JOIN decisions d"
            " ON d.worklog_id = e.worklog_id AND d.rev = e.subject_rev AND d.reason = e.reason WHERE e.id = ?",
            (decision.exception,),
        )
        if row is None:
            message = f"there is no exception `{decision.exception}`"
            return Refused((Problem("unknown-exception", message, "", decision.exception, "exception"),))
        if row["action"] is not None:
            return _known(row, decision)
        refused = _undecidable(row, decision.action)
        if refused is not None:
            return Refused((refused,))
        await _record(transaction, row, decision, by=by, at=to_seconds(now))
    return Recorded(decision.exception, Change.NEW)


def _known(row: Row, decision: DecisionInput) -> Recorded | Refused:
    if (row["action"], row["note"]) == (decision.action.value, decision.note.strip()):
        return Recorded(decision.exception, Change.UNCHANGED)
    message = f"it was decided already: {row['decided_by']} said `{row['action']}`, with the note `{row['note']}`"
    remedy = "what is decided stays; a correction of the work waits anew, and a credit is a document of its own"
    return Refused((Problem("already-decided", message, remedy, row["id"], "exception"),))


def _undecidable(row: Row, action: DecisionAction) -> Problem | None:
    if row["subject_kind"] != "work":
        message = f"this is about a {row['subject_kind']}, and only work can be released or waived"
        return Problem("not-supported", message, "mend what it waits for", row["id"], "exception")
    if row["state"] != "open":
        message = "it waits no longer: what was wrong is mended, or the work was corrected"
        return Problem("not-open", message, "", row["id"], "exception")
    if action is DecisionAction.WAIVE:
        return None
    if row["reason"] not in RELEASABLE:
        message = f"work that waits for the reason `{row['reason']}` has no price to release it at"
        return Problem("cannot-release", message, "mend what it waits for, or waive it", row["id"], "action")
    return None


async def _record(transaction: Transaction, row: Row, decision: DecisionInput, *, by: str, at: int) -> None:
    seq = await raise_account(transaction, row["account_id"])
    action, note = decision.action, decision.note.strip()
    await transaction.insert(
        "decisions",
        "worklog_id, rev, reason, account_id, seq, action, note, recorded_by, recorded_at",
        [(row["worklog_id"], row["subject_rev"], row["reason"], row["account_id"], seq, action.value, note, by, at)],
    )
    await transaction.run("UPDATE exceptions SET state = ? WHERE id = ?", (_STATES[action], row["id"]))
    payload = {"subject": row["subject_id"], "reason": row["reason"], "action": action.value}
    await append_events(transaction, [Event("exception.decided", row["id"], "", payload)], at=at)
