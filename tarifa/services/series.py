"""The number series of sellers: gap-free, taken last in the transaction that issues (D8.3).

Of a seller and kind, the series opened last gives the numbers. A seller that has none of its own numbers in those of
the installation, which are there from the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from engine.documents import DocumentKind
from engine.names import fold
from tarifa.services.inputs import SeriesInput
from tarifa.services.naming import meant
from tarifa.services.numbers import following, refuse_if_fenced
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.storage import Database, Row, Transaction
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import to_seconds
from tarifa.storage.outbox import Event, append_events, raise_policy

LONGEST_PREFIX = 30
MOST_DIGITS = 12
Owner = tuple[str | None, str]
"""Key of the seller, or None of the installation's own, and the kind of document."""


@dataclass(slots=True)
class Numbers:
    """The series, open in this transaction: the only hot rows, held as briefly as the transaction."""

    current: dict[Owner, Row]
    taken: dict[str, int] = field(default_factory=dict)  # series id to its next ordinal

    @classmethod
    async def open(cls, transaction: Transaction) -> Numbers:
        """Read them, unless they wait for somebody to say which numbers were given out last."""
        await refuse_if_fenced(transaction)
        rows = await transaction.rows("SELECT * FROM series ORDER BY opened_seq")
        return cls({(row["entity_key"], row["kind"]): row for row in rows})

    def take(self, kind: DocumentKind, seller: str | None) -> tuple[str, int, str]:
        """The id of the series of a seller (its folded key), the next ordinal in it, and the number that it makes."""
        row = self.current.get((seller, kind.value)) or self.current[None, kind.value]
        ordinal = self.taken.get(row["id"], row["next"])
        self.taken[row["id"]] = ordinal + 1
        return row["id"], ordinal, following(row, ordinal)

    async def close(self, transaction: Transaction) -> None:
        """Write back what was taken."""
        for series_id, ordinal in sorted(self.taken.items()):
            await transaction.run("UPDATE series SET next = ? WHERE id = ?", (ordinal, series_id))


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
