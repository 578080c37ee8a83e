"""Record worklogs, many at a time, each under its sender's id.

The same payload is a no-op, another one is refused or a revision, as the caller asks (D9). A bad row is a problem and
stops no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tarifa.services.inputs import OnChange, WorklogInput
from tarifa.services.naming import bad_source
from tarifa.services.results import Batch, Problem, Recorded
from tarifa.services.timelines import load_versions
from tarifa.services.worklog_rows import Chunk, read_context
from tarifa.storage import Database
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
    for start in range(0, len(worklogs), CHUNK):
        rows = worklogs[start : start + CHUNK]
        async with database.writing() as transaction:
            chunk = Chunk(await read_context(transaction, rows, source), source, on_change, by, to_seconds(now))
            for index, worklog in enumerate(rows):
                done = chunk.add(worklog)
                if isinstance(done, Problem):
                    problems.append(replace(done, index=start + index))
                else:
                    recorded.append(done)
            await chunk.write(transaction)
    return Batch(tuple(recorded), tuple(problems))
