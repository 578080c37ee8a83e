"""Look at the books once a day and keep what was found, so that faults are seen by who did not look for them."""

from __future__ import annotations

from datetime import datetime

from tarifa.services.book_checks import Checked
from tarifa.services.book_rule import MOST_FAULTS
from tarifa.services.verify import verify
from tarifa.storage import Database
from tarifa.storage.mapping import to_json, to_seconds
from tarifa.storage.outbox import Event, append_events


async def verify_day(database: Database, *, now: datetime) -> int | None:
    """Check the books, unless that was done on this day (UTC) already.

    Returns:
        How many faults were found and kept, at most some hundred; None where the day had been looked at.
    """
    day = now.date().isoformat()
    if await database.row("SELECT day FROM verifications WHERE day = ?", (day,)) is not None:
        return None
    rules, rows, more, faults = 0, 0, False, list[list[str]]()
    async for checked in verify(database):
        rules += 1
        rows += checked.rows
        told = _told(checked)
        more |= checked.more or len(faults) + len(told) > MOST_FAULTS
        faults = [*faults, *told][:MOST_FAULTS]
    async with database.writing() as transaction:
        known = await transaction.row("SELECT day FROM verifications WHERE day = ?", (day,))
        if known is not None:  # another worker, whose lease on the job had run out, was faster
            return None
        await transaction.insert(
            "verifications",
            "day, rules, rows_seen, faults, has_more, recorded_at",
            [(day, rules, rows, to_json(faults), int(more), to_seconds(now))],
        )
        if faults:
            payload = {"day": day, "faults": len(faults), "codes": sorted({code for code, *_ in faults})}
            await append_events(transaction, [Event("books.faulty", day, "", payload)], at=to_seconds(now))
    return len(faults)


def _told(checked: Checked) -> list[list[str]]:
    return [[checked.code, checked.rule, one.table, one.key, one.stored, one.expected] for one in checked.faults]
