"""Record worklogs, many at a time, each under its sender's id.

The same payload is a no-op, another one is refused or a revision, as the caller asks (D9). A bad row is a problem and
stops no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tarifa.services.inputs import OnChange, WorklogInput
from tarifa.services.naming import bad_source
from tarifa.services.results import Batch, Problem, Recorded
from tarifa.services.timelines import load_versions
from tarifa.services.worklog_rows import Chunk, Sender, read_context
from tarifa.storage import Database, Rows
from tarifa.storage.mapping import to_seconds

CHUNK = 1000
"""Worklogs written in one transaction: a few tens of milliseconds of write lock."""


async def record_worklogs(
    database: Database,
    worklogs: Sequence[WorklogInput],
    *,
    by: str,
    now: datetime,
    source: str = "main",
    on_change: OnChange = OnChange.REJECT,
) -> Batch:
    """Record worklogs with the requests that they belong to.

    Args:
        database: Where.
        worklogs: Any number; written in chunks, each whole or not at all.
        by: Who records them.
        now: When they do.
        source: Whose ids these are; `source:id` names a worklog.
        on_change: What to do with one that is on record with another payload.
    """
    wrong = bad_source(source)
    if wrong is not None:
        return Batch((), (wrong,))
    await load_versions(database)
    recorded: list[Recorded] = []
    problems: list[Problem] = []
    sender = Sender(source, on_change, by, to_seconds(now))
    for start in range(0, len(worklogs), CHUNK):
        rows = worklogs[start : start + CHUNK]
        computed = await _compute(database, rows, sender)
        async with database.writing() as transaction:
            if not await computed.chunk.holds(transaction):
                computed = await _compute(transaction, rows, sender)
            await computed.chunk.write(transaction)
        recorded += computed.recorded
        problems += (replace(one, index=start + (one.index or 0)) for one in computed.problems)
    return Batch(tuple(recorded), tuple(problems))


@dataclass(frozen=True, slots=True)
class _Computed:
    chunk: Chunk
    recorded: tuple[Recorded, ...]
    problems: tuple[Problem, ...]  # by their index in the chunk


async def _compute(rows: Rows, worklogs: Sequence[WorklogInput], sender: Sender) -> _Computed:
    chunk = Chunk(await read_context(rows, worklogs, sender.source), sender)
    done = [chunk.add(worklog) for worklog in worklogs]
    chunk.close()
    return _Computed(
        chunk,
        tuple(one for one in done if isinstance(one, Recorded)),
        tuple(replace(one, index=index) for index, one in enumerate(done) if isinstance(one, Problem)),
    )
