"""The audit: who caused what, one row for each event, each row chained to the one before it by its hash.

A row is written in the transaction of its cause, by the one writer that there is at a time (docs/adr/0009), so that the
chain needs no lock of its own. Who acts, and on which request, is said once where a call comes in (`acting_as`), and is
the same for all that the call writes. Rows are never changed; the last hash stands for all of them, and can be kept
outside.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import NamedTuple

from tarifa.storage.database import Row, Transaction, Value
from tarifa.storage.mapping import to_json

FIRST_HASH = "0" * 64
"""What the first row is chained to."""
COLUMNS = "n, at, actor, request_id, action, subject, revision, payload, prev_hash, hash"


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts: `key 1a2b3c (office)`, `command line (jane)`, `scheduler`; and the id of the caller's request."""

    actor: str
    request_id: str | None = None


_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)
UNNAMED = Acting("program")
"""Who calls the services without saying who: a program of one's own."""


@contextmanager
def acting_as(actor: str, *, request_id: str | None = None) -> Iterator[None]:
    """Say who causes what is written inside of the block."""
    token = _acting.set(Acting(actor, request_id))
    try:
        yield
    finally:
        _acting.reset(token)


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done, and to what: `revision` tells which state of the subject it made."""

    action: str
    subject: str
    revision: str = ""
    payload: Mapping[str, object] = field(default_factory=dict)


class Head(NamedTuple):
    """The last row of a chain; all of it stands behind its hash."""

    n: int = 0
    hash: str = FIRST_HASH


NEWEST = "(SELECT n FROM audit ORDER BY n DESC LIMIT 1) AS audit_n, (SELECT hash FROM audit ORDER BY n DESC LIMIT 1) AS audit_hash"
"""Columns that a statement may give along with its own: the newest row, as `newest_in` reads it."""


def newest_in(row: Row) -> Head:
    """The newest row, of a row with the columns of `NEWEST`."""
    return Head(row["audit_n"], row["audit_hash"]) if row["audit_n"] is not None else Head()


def hash_of(values: Sequence[Value]) -> str:
    """The hash of a row: of its values in order of `COLUMNS`, without the hash itself."""
    return hashlib.sha256(to_json(list(values)).encode()).hexdigest()


def chained(head: Head, deeds: Sequence[Deed], *, at: int) -> list[tuple[Value, ...]]:
    """The rows that follow `head`."""
    acting = _acting.get() or UNNAMED
    rows: list[tuple[Value, ...]] = []
    for deed in deeds:
        said = (acting.actor, acting.request_id, deed.action, deed.subject, deed.revision, to_json(deed.payload))
        values = (head.n + 1, at, *said, head.hash)
        head = Head(head.n + 1, hash_of(values))
        rows.append((*values, head.hash))
    return rows


async def append_deeds(transaction: Transaction, deeds: Sequence[Deed], *, at: int, newest: Head | None = None) -> None:
    """Write rows with their cause; `newest` is the newest one, where this transaction has read it."""
    if deeds:
        if newest is None:
            last = await transaction.row(f"SELECT {NEWEST}")
            newest = newest_in(last) if last is not None else Head()
        await transaction.insert("audit", COLUMNS, chained(newest, deeds, at=at))
