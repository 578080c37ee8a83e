"""The number series of sellers: gap-free, taken last in the transaction that issues (D8.3).

Of a seller and kind, the series opened last gives the numbers. A seller that has none of its own numbers in those of
the installation, which are there from the start.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.names import fold
from tarifa.services.inputs import SeriesInput
from tarifa.services.naming import meant
from tarifa.services.numbers import following
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.storage import Database, Row, Rows, Transaction
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import to_seconds
from tarifa.storage.outbox import Event, append_events, raise_policy

LONGEST_PREFIX = 30
MOST_DIGITS = 12
Owner = tuple[str | None, str]
"""Folded key of the seller, or None of the installation's own, and the kind of document."""


async def current_series(rows: Rows) -> dict[Owner, str]:
    """The series that give numbers now, by their ids; another one is opened under the counter of policy alone."""
    found = await rows.rows("SELECT id, entity_key, kind FROM series ORDER BY opened_seq")
    return {(row["entity_key"], row["kind"]): row["id"] for row in found}


@dataclass(slots=True)
class Numbers:
    """Numbers that a transaction has taken: series are the only hot rows, held as briefly as the transaction."""

    current: Mapping[Owner, str]
    taken: Mapping[str, Row]  # by id
    next: dict[str, int]

    @classmethod
    async def take(cls, transaction: Transaction, current: Mapping[Owner, str], owners: Sequence[Owner]) -> Numbers:
        """Take a number for each of `owners`; `current` was read under the counter of policy, which has not moved."""
        counts = Counter(_of(current, owner) for owner in owners)
        if not counts:
            return cls(current, {}, {})
        rows = await transaction.rows(
            f"WITH taken (id, n) AS (VALUES {', '.join(['(?, ?)'] * len(counts))}) UPDATE series"
            " SET next = series.next + taken.n FROM taken WHERE series.id = taken.id"
            " RETURNING series.id, series.prefix, series.digits, series.next",
            [part for series_id in sorted(counts) for part in (series_id, counts[series_id])],
        )
        return cls(
            current, {row["id"]: row for row in rows}, {row["id"]: row["next"] - counts[row["id"]] for row in rows}
        )

    def give(self, owner: Owner) -> tuple[str, int, str]:
        """The id of an owner's series, the next ordinal in it, and the number that it makes."""
        series_id = _of(self.current, owner)
        ordinal = self.next[series_id]
        self.next[series_id] = ordinal + 1
        return series_id, ordinal, following(self.taken[series_id], ordinal)


def _of(current: Mapping[Owner, str], owner: Owner) -> str:
    return current.get(owner) or current[None, owner[1]]


async def open_series(database: Database, series: SeriesInput, *, by: str, now: datetime) -> Recorded | Refused:
    """Open a series: its seller's next documents of the kind are numbered in it. The same again is a no-op.

    One that has given out no number yet may be set forward, so that numbering goes on that was begun elsewhere; never
    back. One that another has followed is not taken up again.
    """
    bad = _bad_fields(series)
    if bad:
        return Refused(bad)
    owner = fold(series.entity) if series.entity is not None else None
    at = to_seconds(now)
    async with database.writing() as transaction:
        problem = await _unknown_entity(transaction, series)
        rows = await transaction.rows("SELECT * FROM series ORDER BY opened_seq")
        same = next((row for row in rows if row["prefix"] == series.prefix), None)
        problem = problem or _clash(series, rows)
        if problem is None and same is not None:
            answer = _known(series, owner, same, rows)
            if isinstance(answer, Recorded):
                return answer
            problem = answer
        if problem is not None:
            return Refused((problem,))
        seq = await raise_policy(transaction)
        if same is None:
            columns = "id, entity_key, kind, prefix, next, first, digits, opened_seq"
            row = (new_id(), owner, series.kind, series.prefix, series.next, series.next, series.digits, seq)
            await transaction.insert("series", columns, [row])
        else:
            await transaction.run(
                "UPDATE series SET next = ?, first = ?, digits = ? WHERE id = ?",
                (series.next, series.next, series.digits, same["id"]),
            )
        told = {"entity": owner, "kind": series.kind, "prefix": series.prefix, "next": series.next, "by": by}
        await append_events(transaction, [Event("series.opened", series.prefix, str(seq), told)], at=at)
    return Recorded(series.prefix, Change.NEW if same is None else Change.REVISED)


def _known(series: SeriesInput, owner: str | None, row: Row, rows: Sequence[Row]) -> Recorded | Problem | None:
    """What becomes of a series whose prefix is there; None: it is set forward."""
    prefix = series.prefix
    if (row["entity_key"], row["kind"]) != (owner, series.kind):
        whose = f"`{row['entity_key']}`" if row["entity_key"] is not None else "the installation"
        message = f"`{prefix}` numbers the {row['kind']}s of {whose}"
        return Problem("prefix-used", message, "give this series a prefix of its own", prefix, "prefix")
    newest = [one for one in rows if (one["entity_key"], one["kind"]) == (owner, series.kind)][-1]
    if newest["id"] != row["id"]:
        message = f"`{newest['prefix']}` has followed on `{prefix}`, which is not taken up again"
        return Problem("series-ended", message, "open one with a prefix of its own", prefix, "prefix")
    if (row["first"], row["digits"]) == (series.next, series.digits):
        return Recorded(prefix, Change.UNCHANGED)
    if row["next"] != row["first"]:
        message = f"the series `{prefix}` has given out numbers; {following(row, row['next'])} comes next"
        return Problem("series-in-use", message, "open one with a prefix of its own", prefix, "next")
    if series.next < row["next"]:
        message = f"the series `{prefix}` stands at {row['next']}, and is never set back"
        return Problem("number-set-back", message, "give a later number, or another prefix", prefix, "next")
    return None


async def _unknown_entity(transaction: Transaction, series: SeriesInput) -> Problem | None:
    if series.entity is None:
        return None
    labels = [row["label"] for row in await transaction.rows("SELECT label FROM entities ORDER BY key")]
    if fold(series.entity) in {fold(label) for label in labels}:
        return None
    remedy = meant(series.entity, labels) or "record the seller first"
    return Problem("unknown-seller", f"there is no seller `{series.entity}`", remedy, series.prefix, "entity")


def _clash(series: SeriesInput, rows: Sequence[Row]) -> Problem | None:
    """Another prefix that people cannot tell from this one."""
    for row in rows:
        if row["prefix"] != series.prefix and fold(row["prefix"]) == fold(series.prefix):
            message = f"`{series.prefix}` cannot be told from the prefix `{row['prefix']}`"
            return Problem("prefix-used", message, "choose another one", series.prefix, "prefix")
    return None


def _bad_fields(series: SeriesInput) -> tuple[Problem, ...]:
    prefix = series.prefix
    found = []
    if len(prefix) > LONGEST_PREFIX or prefix != prefix.strip() or not prefix.isprintable():
        message = f"a prefix has at most {LONGEST_PREFIX} characters, all of them visible"
        found.append(Problem("bad-prefix", message, "choose one such as `ACME-`", prefix, "prefix"))
    if not prefix or prefix[-1:].isdigit():
        message = "a prefix ends in something else than a digit, so that its numbers can be read"
        found.append(Problem("bad-prefix", message, "choose one such as `2026-`", prefix, "prefix"))
    if not 1 <= series.digits <= MOST_DIGITS:
        message = f"numbers have 1 to {MOST_DIGITS} digits"
        found.append(Problem("bad-digits", message, "six are usual", prefix, "digits"))
    if not 1 <= series.next < 10**MOST_DIGITS:
        message = f"{series.next} is no number to begin with"
        found.append(Problem("bad-number", message, "give the number of the next document", prefix, "next"))
    return tuple(found)
