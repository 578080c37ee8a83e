"""Rulesets as they are stored, and the timelines that activations make of them.

A version is loaded from its own bytes and its own holidays, and kept by this process while it is among those that were
used last: it is known by its source digest, so a cached one can never be stale.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import PurePath, PurePosixPath

from dsl import HolidaySource, UnknownHolidaysError, load
from engine.periods import Period
from engine.timeline import Activation, Timeline, Version
from tarifa.storage import Row, Rows
from tarifa.storage.mapping import holidays

MOST_BYTES = 64 * 2**20
"""Of the texts of versions that are kept loaded, the newest always. Loaded, a text takes some ten times its bytes."""


_loaded: dict[str, Version] = {}
"""By source digest, in the order of their last use."""
_sizes: dict[str, int] = {}


def _kept(source_digest: str) -> Version | None:
    """A version that is loaded, which counts as used now."""
    found = _loaded.pop(source_digest, None)
    if found is not None:
        _loaded[source_digest] = found
    return found


def _keep(source_digest: str, version: Version, size: int) -> None:
    """Keep a version, and let those go that were not used for longest where all are too many."""
    _loaded[source_digest], _sizes[source_digest] = version, size
    kept = sum(_sizes.get(digest, 0) for digest in _loaded)
    while kept > MOST_BYTES and len(_loaded) > 1:
        oldest = next(iter(_loaded))
        del _loaded[oldest]
        kept -= _sizes.pop(oldest, 0)


class BrokenVersionError(Exception):
    """A stored version no longer checks: this release reads the language otherwise than the one that published it."""

    def __init__(self, title: str, messages: Sequence[str]) -> None:
        super().__init__(f"the stored version {title} does not check any more: {'; '.join(messages[:3])}")


async def read_timeline(rows: Rows, ruleset_id: str) -> Timeline:
    """The timeline of a ruleset, as of now."""
    return Timeline(tuple([await _activation(rows, row) for row in await _activation_rows(rows, ruleset_id)]))


async def load_versions(rows: Rows) -> None:
    """Load every activated version into this process's cache, before a transaction that needs them is opened."""
    for row in await rows.rows(
        "SELECT id, source_digest FROM ruleset_versions WHERE id IN (SELECT version_id FROM activations)"
    ):
        await stored_version(rows, row["id"], row["source_digest"])


async def _activation_rows(rows: Rows, ruleset_id: str) -> Sequence[Row]:
    return await rows.rows(
        "SELECT a.from_date, a.until_date, v.id, v.source_digest FROM activations a"
        " JOIN ruleset_versions v ON v.id = a.version_id WHERE a.ruleset_id = ? ORDER BY a.policy_seq",
        (ruleset_id,),
    )


async def _activation(rows: Rows, row: Row) -> Activation:
    period = Period(date.fromisoformat(row["from_date"]), date.fromisoformat(row["until_date"]))
    return Activation(period, await stored_version(rows, row["id"], row["source_digest"]))


async def stored_version(rows: Rows, version_id: str, source_digest: str) -> Version:
    """A stored version, from this process's cache or from its bytes.

    Raises:
        BrokenVersionError: it does not check any more.
    """
    known = _kept(source_digest)
    if known is None:
        row = await rows.row("SELECT files, holidays, label FROM ruleset_versions WHERE id = ?", (version_id,))
        if row is None:
            raise BrokenVersionError(version_id, ["it is not there"])
        files = unpacked(row["files"])
        loaded = load(files, holidays=replayed(row["holidays"]))
        if loaded.ruleset is None:
            raise BrokenVersionError(row["label"], [str(diagnostic) for diagnostic in loaded.diagnostics])
        known = Version(source_digest, loaded.ruleset)
        _keep(source_digest, known, sum(map(len, files.values())))
    return known


def packed(files: Mapping[PurePath, bytes]) -> bytes:
    """A bundle as a zip archive: the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            archive.writestr(zipfile.ZipInfo(path.as_posix()), files[path], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unpacked(archive: bytes) -> dict[PurePath, bytes]:
    """Read `packed` back."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {PurePosixPath(name): opened.read(name) for name in opened.namelist()}


def replayed(stored: str) -> HolidaySource:
    """The holidays that a version was checked with."""
    taken = holidays(stored)

    def source(code: str, year: int) -> Mapping[date, str]:
        if (code, year) not in taken:
            raise UnknownHolidaysError(code)
        return taken[code, year]

    return source
