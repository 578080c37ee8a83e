"""Billing runs that somebody asked for, in the order in which they began."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from engine.money import Currency
from engine.names import as_id
from tarifa.reading.listing import Listing
from tarifa.reading.pages import Page, PageRequest
from tarifa.storage import Database, Row
from tarifa.storage.mapping import from_seconds


@dataclass(frozen=True, slots=True)
class RunTotal:
    """What a run's documents in one currency come to, and what the documents before them came to; minor units."""

    currency: Currency
    total: int
    last_total: int


@dataclass(frozen=True, slots=True)
class RunView:
    """A run; the figures are known when it is done.

    Attributes:
        most, most_change: Its limits; see `tarifa.services.inputs.RunInput`.
        stopped: Contracts whose document waits for an approval.
        parked: Contracts that could not be billed for another reason.
    """

    request_key: str
    through: date | None
    most: Fraction | None
    most_change: int | None
    is_done: bool
    boundaries: int
    documents: int
    stopped: int
    parked: int
    totals: tuple[RunTotal, ...]
    started_by: str
    started_at: datetime
    done_at: datetime | None


def _run(row: Row) -> RunView:
    most, most_change = json.loads(row["limits"])
    boundaries, documents, stopped, parked = json.loads(row["counts"]) or (0, 0, 0, 0)
    return RunView(
        request_key=row["request_key"],
        through=date.fromisoformat(row["through"]) if row["through"] is not None else None,
        most=Fraction(most) if most is not None else None,
        most_change=most_change,
        is_done=row["state"] == "done",
        boundaries=boundaries,
        documents=documents,
        stopped=stopped,
        parked=parked,
        totals=tuple(
            RunTotal(Currency(code, digits), total, last) for code, digits, total, last in json.loads(row["totals"])
        ),
        started_by=row["recorded_by"],
        started_at=from_seconds(row["recorded_at"]),
        done_at=from_seconds(row["done_at"]) if row["done_at"] is not None else None,
    )


_RUNS = Listing("runs", "SELECT r.* FROM runs r", ("r.recorded_at", "r.id"), ("recorded_at", "id"), _run)


async def runs(database: Database, page: PageRequest) -> Page[RunView]:
    """Runs, oldest first."""
    return await _RUNS.page(database, [], page)


async def run(database: Database, request_key: str) -> RunView | None:
    """One run by its key."""
    found = await _RUNS.of_keys(database, [], "r.request_key", [as_id(request_key)])
    return found[0] if found else None
