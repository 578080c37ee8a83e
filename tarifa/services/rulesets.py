"""Publish and activate rulesets: what does not check is never stored, and what is in use is never taken away (D3)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.metadata import version
from pathlib import PurePath

from tortoise.backends.base.client import BaseDBAsyncClient

from dsl import Cache, Diagnostic, HolidaySource, load
from dsl.keys import Keys, with_keys
from dsl.load import Loaded
from engine.model import Ruleset
from engine.names import fold
from engine.periods import FOREVER
from engine.timeline import Version
from tarifa.apart import Limits, NotDecidedError, load_apart
from tarifa.bundles import MAX_BYTES, MAX_FILES, holiday_source
from tarifa.reading.rulesets import activation_view, version_view
from tarifa.reading.views import ActivationView, VersionView
from tarifa.services.in_use import in_use_problems
from tarifa.services.inputs import ActivationInput, ActivationKind
from tarifa.services.naming import meant
from tarifa.services.results import Change, Problem, Refused
from tarifa.services.timelines import packed, stored_version
from tarifa.services.touching import counted
from tarifa.storage import Database, Transaction
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import holidays_json, to_seconds
from tarifa.storage.models import AccountRecord, ActivationRecord, RulesetRecord, RulesetVersionRecord
from tarifa.storage.outbox import Event, append_events, raise_policy


@dataclass(frozen=True, slots=True)
class Published:
    """A version that is stored, now or before. `diagnostics` are warnings."""

    version: VersionView
    change: Change
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class NotPublished:
    """Nothing was stored: `diagnostics` say what the checker found, `problems` what else is wrong."""

    diagnostics: tuple[Diagnostic, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Recorder:
    """A holiday source that remembers what it was asked, so that the version can be checked again without it."""

    source: HolidaySource
    taken: dict[tuple[str, int], Mapping[date, str]] = field(default_factory=dict)

    def __call__(self, code: str, year: int) -> Mapping[date, str]:
        days = self.source(code, year)
        self.taken[code, year] = days
        return days


async def publish(
    database: Database,
    files: Mapping[PurePath, bytes],
    *,
    by: str,
    now: datetime,
    note: str | None = None,
    holidays: HolidaySource | None = None,
    cache: Cache | None = None,
    limits: Limits | None = None,
    months: int = 0,
) -> Published | NotPublished:
    """Check a ruleset's files and store them as its next version; the same files again are a no-op.

    Args:
        database: Where versions are kept.
        files: All of the ruleset.
        by: Who publishes.
        now: When.
        note: What they say of it.
        holidays: Where public holidays come from; with limits, always the installation's own.
        cache: What was loaded before.
        limits: Of the check, where the files come from outside: it runs in a process of its own then.
        months: How far the work goes back that the findings are counted on.
    """
    too_large = _too_large(files)
    if too_large is not None:
        return NotPublished(problems=(too_large,))
    recorder = _Recorder(holidays if holidays is not None else holiday_source())
    try:
        loaded = await _loaded(files, recorder, cache if cache is not None else Cache(), limits)
    except NotDecidedError as error:
        return NotPublished(problems=(_undecided(error),))
    found = loaded.diagnostics
    accounts = {record.label: record.label for record in await AccountRecord.all().using_db(database.reader)}
    if accounts:  # before the first of them is recorded, all that a ruleset names would be unknown
        found, _ = with_keys(found, files, Keys(accounts))
    if loaded.on_trial is not None:
        found = await counted(database, loaded.on_trial, found, months=months, now=now)
    if loaded.ruleset is None:
        return NotPublished(found)
    async with database.writing() as transaction:
        stored, change = await _store(
            transaction, loaded.ruleset, files, recorder, by=by, note=note, at=to_seconds(now)
        )
    return Published(version_view(stored, loaded.ruleset.label), change, found)


async def _loaded(
    files: Mapping[PurePath, bytes], holidays: HolidaySource, cache: Cache, limits: Limits | None
) -> Loaded:
    if limits is None:
        return await asyncio.to_thread(load, files, holidays=holidays, cache=cache)
    return await load_apart(files, limits=limits, holidays=holidays, cache=cache)


def _undecided(error: NotDecidedError) -> Problem:
    message = f"whether this ruleset is right was not decided within the limits: its check needs {error.what}"
    remedy = "make it smaller, or part its largest table; whoever runs the server can raise TARIFA_CHECK_SECONDS and TARIFA_CHECK_MEGABYTES"
    return Problem("not-decided", message, remedy, "", "files")


def _too_large(files: Mapping[PurePath, bytes]) -> Problem | None:
    if len(files) > MAX_FILES:
        message = f"{len(files)} files are more than the {MAX_FILES} that a ruleset may have"
    elif sum(map(len, files.values())) > MAX_BYTES:
        message = f"the files are larger than {MAX_BYTES // 1024**2} MiB together"
    else:
        return None
    return Problem("too-large", message, "send the files of one ruleset alone", "", "files")


async def _store(
    transaction: Transaction,
    ruleset: Ruleset,
    files: Mapping[PurePath, bytes],
    recorder: _Recorder,
    *,
    by: str,
    note: str | None,
    at: int,
) -> tuple[RulesetVersionRecord, Change]:
    client = transaction.client
    owner = await RulesetRecord.get_or_none(name=ruleset.name, using_db=client)
    if owner is None:
        owner = await RulesetRecord.create(using_db=client, id=new_id(), name=ruleset.name, label=ruleset.label)
    same = await RulesetVersionRecord.get_or_none(
        ruleset_id=owner.id, source_digest=ruleset.source_digest, using_db=client
    )
    if same is not None:
        return same, Change.UNCHANGED
    count = await RulesetVersionRecord.filter(ruleset_id=owner.id).using_db(client).count()
    made = await RulesetVersionRecord.create(
        using_db=client,
        id=new_id(),
        ruleset_id=owner.id,
        number=count + 1,
        label=ruleset.version,
        source_digest=ruleset.source_digest,
        meaning_digest=ruleset.meaning_digest,
        files=packed(files),
        holidays=holidays_json(recorder.taken),
        dsl_version=version("tarifa"),
        note=note,
        published_by=by,
        published_at=at,
    )
    await append_events(
        transaction,
        [
            Event(
                "ruleset.published",
                made.id,
                "",
                {"ruleset": ruleset.name, "number": made.number},
                {"sha256": ruleset.source_digest},
            )
        ],
        at=at,
    )
    return made, Change.NEW


async def activate(
    database: Database, activation: ActivationInput, *, by: str, now: datetime
) -> ActivationView | Refused:
    """State that a version is in force from a day on. The newest statement wins; none is ever taken back.

    Refused where the version lacks what contracts in use need, or where it reaches into billed time and is no repair.
    """
    candidate = await _wanted(database.reader, activation)
    if not isinstance(candidate, Problem):  # loaded before the transaction, so that it is short
        await stored_version(database, candidate[1].id, candidate[1].source_digest)
    async with database.writing() as transaction:
        found = await _wanted(transaction.client, activation)
        if isinstance(found, Problem):
            return Refused((found,))
        owner, record = found
        chosen = await stored_version(transaction, record.id, record.source_digest)
        problems = (
            *_outside_valid(activation, chosen),
            *await in_use_problems(transaction, owner.id, chosen, activation),
        )
        if problems:
            return Refused(problems)
        made = await _activate(transaction, owner, record, activation, by=by, at=to_seconds(now))
    return activation_view(made, owner.label, record.number, record.label)


async def _wanted(
    client: BaseDBAsyncClient, activation: ActivationInput
) -> tuple[RulesetRecord, RulesetVersionRecord] | Problem:
    owner = await RulesetRecord.get_or_none(name=fold(activation.ruleset), using_db=client)
    if owner is None:
        known = [record.label for record in await RulesetRecord.all().using_db(client)]
        message = f"there is no ruleset `{activation.ruleset}`"
        remedy = meant(activation.ruleset, known) or "publish it first"
        return Problem("unknown-ruleset", message, remedy, activation.ruleset, "ruleset")
    versions = RulesetVersionRecord.filter(ruleset_id=owner.id).using_db(client)
    wanted = versions if activation.version is None else versions.filter(number=activation.version)
    record = await wanted.order_by("-number").first()
    if record is None:
        message = f"`{owner.label}` has no version {activation.version}"
        remedy = f"its versions are 1 to {await versions.count()}"
        return Problem("unknown-version", message, remedy, owner.label, "version")
    return owner, record


def _outside_valid(activation: ActivationInput, chosen: Version) -> tuple[Problem, ...]:
    """`valid` in the text is a guard: an activation lies inside it."""
    until = activation.until or FOREVER
    if activation.from_date >= until:
        message = f"{activation.from_date} to {until} is no period"
        return (Problem("empty-period", message, "let it end after its first day", chosen.title, "until"),)
    valid = chosen.ruleset.valid
    if valid.start <= activation.from_date and (until <= valid.end or activation.until is None):
        return ()
    message = f"{chosen.title} says that it is valid {_days(valid.start, valid.end)}, not from {activation.from_date}"
    remedy = "activate it inside those days, or publish a version that is valid on the others"
    return (Problem("outside-valid", message, remedy, chosen.title, "fromDate"),)


def _days(start: date, end: date) -> str:
    first = "" if start == date.min else start.isoformat()
    return f"{first}..{'' if end == FOREVER else (date.fromordinal(end.toordinal() - 1)).isoformat()}"


async def _activate(
    transaction: Transaction,
    owner: RulesetRecord,
    record: RulesetVersionRecord,
    activation: ActivationInput,
    *,
    by: str,
    at: int,
) -> ActivationRecord:
    """Append the statement; contracts that were set apart for want of it are tried again at once."""
    ends = activation.until or (await stored_version(transaction, record.id, record.source_digest)).ruleset.valid.end
    seq = await raise_policy(transaction)
    made = await ActivationRecord.create(
        using_db=transaction.client,
        policy_seq=seq,
        ruleset_id=owner.id,
        version_id=record.id,
        from_date=activation.from_date.isoformat(),
        until_date=ends.isoformat(),
        kind=activation.kind.value,
        reason=activation.reason,
        recorded_by=by,
        recorded_at=at,
    )
    await transaction.run(
        "UPDATE problems SET next_try = min(next_try, ?) WHERE reason <> 'many-boundaries' AND contract_id IN (SELECT id FROM contracts WHERE ruleset_id = ?)",
        (at, owner.id),
    )
    payload = {"ruleset": owner.name, "version": record.number, "from": made.from_date, "kind": made.kind}
    await append_events(transaction, [Event("ruleset.activated", record.id, str(seq), payload)], at=at)
    return made


__all__ = ["ActivationKind", "NotPublished", "Published", "activate", "publish"]
