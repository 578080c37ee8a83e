"""Numbers that were given out: after a restore, a person says which ones were the last before billing goes on (D8.3).

Documents that were issued after the backup was made are with customers, and not in the database. Their numbers are
skipped, and what was said is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tarifa.services.results import Problem, Refused
from tarifa.storage import Database, Row, Rows, Transaction, UnusableDatabaseError
from tarifa.storage.mapping import to_seconds
from tarifa.storage.outbox import Event, append_events


class FencedError(UnusableDatabaseError):
    """The database was restored, and nobody has said yet which numbers were given out last."""

    def __init__(self, examples: Sequence[str]) -> None:
        named = " ".join(examples)
        super().__init__(
            "nothing is billed: the database was restored from a backup, and documents may have been issued since; "
            f"say which numbers were given out last: tarifa confirm-numbers {named}"
        )


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A series with the number that it goes on with; `lost` numbers before it are of documents that are not on record."""

    following: str
    lost: int


async def refuse_if_fenced(rows: Rows) -> None:
    """Let nobody bill from a restored database before its numbers are confirmed.

    Raises:
        FencedError: they are not.
    """
    fenced = await rows.rows("SELECT prefix, digits FROM series WHERE is_fenced = 1 ORDER BY kind DESC, prefix")
    if fenced:
        raise FencedError([following(row, 123) for row in fenced])


def following(row: Row, ordinal: int) -> str:
    """The number that an ordinal makes in a series."""
    return f"{row['prefix']}{ordinal:0{row['digits']}d}"


async def confirm_numbers(
    database: Database, last: Sequence[str], *, by: str, now: datetime
) -> tuple[Confirmed, ...] | Refused:
    """Say which number each series gave out last (`INV-000000`: none); it goes on after that.

    Nothing is changed unless every series that waits is named once, with a number that is not before its last on record.
    """
    async with database.writing() as transaction:
        rows = await transaction.rows("SELECT * FROM series ORDER BY kind DESC, prefix")
        said: dict[str, int] = {}
        problems = [wrong for number in last if (wrong := _read(number, rows, said)) is not None]
        problems += [_missing(row) for row in rows if row["is_fenced"] and row["id"] not in said and not problems]
        if problems:
            return Refused(tuple(problems))
        named = [row for row in rows if row["id"] in said]
        return tuple([await _confirm(transaction, row, said[row["id"]], by=by, at=to_seconds(now)) for row in named])


def _read(number: str, rows: Sequence[Row], said: dict[str, int]) -> Problem | None:
    text = number.strip()
    prefix = text.rstrip("0123456789")  # no prefix ends in a digit
    row = next((row for row in rows if row["prefix"] == prefix), None)
    ordinal = text.removeprefix(prefix)
    if row is None or not 0 < len(ordinal) <= 15:
        examples = ", ".join(following(row, 123) for row in rows)
        return Problem("unknown-number", f"`{number}` is no document's number", f"they look like {examples}", number)
    if row["id"] in said:
        return Problem("named-twice", f"two numbers of the series {row['prefix']} were given", "give its last", number)
    if int(ordinal) < row["next"] - 1:
        on_record = following(row, row["next"] - 1)
        message = f"{on_record} is on record, so {text} was not the last"
        return Problem("number-on-record", message, f"give {on_record}, or a later one", number)
    said[row["id"]] = int(ordinal)
    return None


def _missing(row: Row) -> Problem:
    remedy = f"give its last number, too; {following(row, row['next'] - 1)} if none was given out since the backup"
    return Problem("series-missing", f"the series {row['prefix']} waits, too", remedy, row["prefix"])


async def _confirm(transaction: Transaction, row: Row, last: int, *, by: str, at: int) -> Confirmed:
    known = await transaction.row("SELECT count(*) AS n FROM confirmed_numbers WHERE series_id = ?", (row["id"],))
    n = known["n"] + 1 if known is not None else 1
    lost = last + 1 - row["next"]
    if lost or row["is_fenced"]:
        columns = "series_id, n, was_next, last, recorded_by, recorded_at"
        await transaction.insert("confirmed_numbers", columns, [(row["id"], n, row["next"], last, by, at)])
        payload = {"prefix": row["prefix"], "last": last}
        await append_events(transaction, [Event("numbers.confirmed", row["id"], str(n), payload)], at=at)
    await transaction.run("UPDATE series SET next = ?, is_fenced = 0 WHERE id = ?", (last + 1, row["id"]))
    return Confirmed(following(row, last + 1), lost)
