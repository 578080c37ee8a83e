"""Rulesets, their versions, and which was in force when. Policy: it has no scope, so a caller checks the role."""

from __future__ import annotations

from datetime import date

from engine.names import fold
from engine.periods import FOREVER
from tarifa.reading.listing import Listing
from tarifa.reading.pages import Page, PageRequest
from tarifa.reading.views import ActivationView, RulesetView, VersionView
from tarifa.storage import Database, Row
from tarifa.storage.mapping import from_seconds
from tarifa.storage.models import ActivationRecord, RulesetVersionRecord


def _ruleset(row: Row) -> RulesetView:
    return RulesetView(name=row["name"], label=row["label"], newest_version=row["newest"])


_RULESETS = Listing(
    "rulesets",
    "SELECT r.*, (SELECT max(v.number) FROM ruleset_versions v WHERE v.ruleset_id = r.id) AS newest FROM rulesets r",
    ("r.name",),
    ("name",),
    _ruleset,
)


def _version(row: Row) -> VersionView:
    return VersionView(
        ruleset=row["ruleset"],
        number=row["number"],
        label=row["label"],
        source_digest=row["source_digest"],
        meaning_digest=row["meaning_digest"],
        published_at=from_seconds(row["published_at"]),
        published_by=row["published_by"],
        note=row["note"],
    )


_VERSIONS = Listing(
    "versions",
    "SELECT v.id, v.number, v.label, v.source_digest, v.meaning_digest, v.published_at, v.published_by, v.note,"
    " r.name, r.label AS ruleset FROM ruleset_versions v JOIN rulesets r ON r.id = v.ruleset_id",
    ("r.name", "v.number"),
    ("name", "number"),
    _version,
)


def _activation(row: Row) -> ActivationView:
    return ActivationView(
        policy_seq=row["policy_seq"],
        ruleset=row["ruleset"],
        version=row["number"],
        version_label=row["version_label"],
        from_date=date.fromisoformat(row["from_date"]),
        until=_until(row["until_date"]),
        kind=row["kind"],
        reason=row["reason"],
        at=from_seconds(row["recorded_at"]),
        by=row["recorded_by"],
    )


_ACTIVATIONS = Listing(
    "activations",
    "SELECT a.*, r.name, r.label AS ruleset, v.number, v.label AS version_label FROM activations a"
    " JOIN ruleset_versions v ON v.id = a.version_id JOIN rulesets r ON r.id = a.ruleset_id",
    ("a.policy_seq",),
    ("policy_seq",),
    _activation,
)


def _until(text: str) -> date | None:
    day = date.fromisoformat(text)
    return None if day == FOREVER else day


async def rulesets(database: Database, page: PageRequest) -> Page[RulesetView]:
    """All rulesets, by name."""
    return await _RULESETS.page(database, (), page)


async def ruleset(database: Database, name: str) -> RulesetView | None:
    """One ruleset by its name."""
    found = await _RULESETS.page(database, [("r.name = ?", fold(name))], PageRequest(1))
    return next(iter(found.nodes), None)


async def versions(database: Database, page: PageRequest, *, ruleset: str | None = None) -> Page[VersionView]:
    """All versions, by ruleset and number."""
    return await _VERSIONS.page(database, [("r.name = ?", fold(ruleset) if ruleset is not None else None)], page)


async def activations(database: Database, page: PageRequest, *, ruleset: str | None = None) -> Page[ActivationView]:
    """All activations, the oldest first: of those that hold a day, the newest is in force."""
    return await _ACTIVATIONS.page(database, [("r.name = ?", fold(ruleset) if ruleset is not None else None)], page)


def version_view(record: RulesetVersionRecord, ruleset_label: str) -> VersionView:
    """A version just stored."""
    return VersionView(
        ruleset=ruleset_label,
        number=record.number,
        label=record.label,
        source_digest=record.source_digest,
        meaning_digest=record.meaning_digest,
        published_at=from_seconds(record.published_at),
        published_by=record.published_by,
        note=record.note,
    )


def activation_view(
    record: ActivationRecord, ruleset_label: str, version_number: int, version_label: str
) -> ActivationView:
    """An activation just made."""
    return ActivationView(
        policy_seq=record.policy_seq,
        ruleset=ruleset_label,
        version=version_number,
        version_label=version_label,
        from_date=date.fromisoformat(record.from_date),
        until=_until(record.until_date),
        kind=record.kind,
        reason=record.reason,
        at=from_seconds(record.recorded_at),
        by=record.recorded_by,
    )
