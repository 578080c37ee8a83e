"""What the daily looks at the books came to, in order of days."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime

from tarifa.reading.listing import Listing
from tarifa.reading.pages import Page, PageRequest
from tarifa.storage import Database, Row
from tarifa.storage.mapping import from_seconds


@dataclass(frozen=True, slots=True)
class FaultView:
    """A row that breaks a rule, as `tarifa verify` tells it."""

    code: str
    rule: str
    table: str
    key: str
    stored: str
    expected: str


@dataclass(frozen=True, slots=True)
class VerificationView:
    """The look of a day, in UTC; `has_more` faults were found than are told."""

    day: date
    rules: int
    rows: int
    faults: tuple[FaultView, ...]
    has_more: bool
    at: datetime


def _verification(row: Row) -> VerificationView:
    return VerificationView(
        day=date.fromisoformat(row["day"]),
        rules=row["rules"],
        rows=row["rows_seen"],
        faults=tuple(FaultView(*fault) for fault in json.loads(row["faults"])),
        has_more=bool(row["has_more"]),
        at=from_seconds(row["recorded_at"]),
    )


_VERIFICATIONS = Listing("verifications", "SELECT v.* FROM verifications v", ("v.day",), ("day",), _verification)
_FAULTY = Listing(
    "faulty", "SELECT v.* FROM verifications v", ("v.day",), ("day",), _verification, ("v.faults <> '[]'",)
)


async def verifications(database: Database, page: PageRequest) -> Page[VerificationView]:
    """The looks at the books, oldest first."""
    return await _VERIFICATIONS.page(database, [], page)


async def faulty(database: Database, page: PageRequest) -> Page[VerificationView]:
    """Those that found faults."""
    return await _FAULTY.page(database, [], page)
