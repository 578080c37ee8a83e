"""From text to the engine's facts: one reading of worklogs, for files, the API and the database alike.

An `Entry` is a worklog whose facts are still text. `read_work` reads them by the inputs that the ruleset version in
force declares; what cannot be read becomes a `Held` value, never an exception, so that one bad worklog stops nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from fractions import Fraction

from dsl import BadValue, read_value
from dsl.inputs import DECLARED_AT
from engine.facts import Extra, Work
from engine.formulas import Value
from engine.hooks import Level
from engine.items import Held, Reason
from engine.model import DAY, Input
from engine.names import fold
from engine.timeline import Timeline
from tarifa.zones import zone

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_LAST = (datetime(2999, 1, 1, tzinfo=UTC) - _EPOCH) // _SECOND
"""No work is that late; beyond it, dates run out."""
_MINUTES = re.compile(r"[+-]?\d{1,15}([.,]\d{1,6})?", re.ASCII)

ENGINE_INPUTS = frozenset(
    {
        "account",
        "band",
        "class",
        "country",
        "currency",
        DAY,
        "exempt",
        "hours",
        "plan",
        "region",
        "seller",
        "site",
        "start band",
    }
)
"""What the engine puts among a worklog's values itself; a field of that name is no fact about the work."""

_OF_WORK = frozenset({Level.REQUEST, Level.WORKLOG})


@dataclass(frozen=True, slots=True)
class Entry:
    """One worklog, all its facts as text, from a file or the database.

    Attributes:
        account, site, calendar: Folded keys and name.
        start: UTC seconds; `seconds`: how long.
        zone: IANA name of the site's zone.
        fields: Raw text by folded input name (`request` is its kind); blanks are absent.
    """

    id: str
    revision: int
    account: str
    site: str | None
    request: str
    request_revision: int
    start: int
    seconds: int
    zone: str
    calendar: str | None
    fields: Mapping[str, str] = field(default_factory=dict)
    billable: bool = True
    approved: bool = True
    operational_only: bool = False
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell that is no instant and no duration: why, and what a person must know to mend it."""

    reason: Reason
    detail: Mapping[str, str]


def local_date(instant_: int, clock: tzinfo) -> date:
    """The day that the clock shows at a UTC second."""
    return (_EPOCH + timedelta(seconds=instant_)).astimezone(clock).date()


def instant(when: str | datetime, zone_name: str) -> int | Unreadable:
    """Read a time as whole UTC seconds: ISO 8601, with an offset or as the clock of `zone_name` showed it (D4.4).

    A local time that the zone's clock shows twice, or never, is refused: only an offset can say which is meant.
    """
    if isinstance(when, str):
        parsed = _datetime(when)
        if parsed is None:
            return Unreadable(Reason.BAD_ROW, {"value": when.strip(), "expected": "a time such as 2026-03-09 14:30"})
    else:
        parsed = when
    if parsed.tzinfo is None:
        clock = zone(zone_name)
        if clock is None:
            return Unreadable(Reason.BAD_ROW, {"value": zone_name, "expected": "a time zone such as America/Chicago"})
        refused = _refused_local_time(parsed, clock, zone_name)
        if refused is not None:
            return refused
        parsed = parsed.replace(tzinfo=clock)
    seconds = (parsed - _EPOCH) // _SECOND
    if not 0 <= seconds < _LAST:
        return Unreadable(Reason.BAD_ROW, {"value": str(when).strip(), "expected": "a time from 1970 to 2998"})
    return seconds


def _datetime(text: str) -> datetime | None:
    """A date alone says no time, so it is not taken for midnight."""
    cleaned = text.strip()
    if ":" not in cleaned:
        return None
    try:
        return datetime.fromisoformat(cleaned)
    except ValueError:
        return None


def _refused_local_time(naive: datetime, clock: tzinfo, zone_name: str) -> Unreadable | None:
    early, late = naive.replace(tzinfo=clock, fold=0), naive.replace(tzinfo=clock, fold=1)
    if early.utcoffset() == late.utcoffset():
        return None
    shown_again = early.astimezone(UTC).astimezone(clock).replace(tzinfo=None)
    detail = {"value": naive.isoformat(" ", "minutes"), "zone": zone_name}
    return Unreadable(Reason.AMBIGUOUS_TIME if shown_again == naive else Reason.SKIPPED_TIME, detail)


def seconds_of_minutes(text: str) -> int | Unreadable:
    """Read given minutes (`90`, `7.5`) as seconds. A negative number is read, and held later for its value."""
    cleaned = text.strip()
    if _MINUTES.fullmatch(cleaned) is None:
        return Unreadable(Reason.BAD_ROW, {"value": cleaned, "expected": "minutes such as 90"})
    if cleaned.isdecimal():  # as most are, and in a tenth of the time
        return int(cleaned) * 60
    seconds = Fraction(cleaned.replace(",", ".")) * 60
    return int(seconds) if seconds.denominator == 1 else -(-seconds.numerator // seconds.denominator)


def laid(
    start: str | datetime,
    zone_name: str,
    *,
    end: str | datetime | None = None,
    minutes: str | int | None = None,
) -> tuple[int, int] | Unreadable:
    """The UTC second of the start, and the seconds of work: the given minutes, else those to the end (D4.4).

    Zero, negative and overlong durations are read; the engine holds the work for them.
    """
    first = instant(start, zone_name)
    if isinstance(first, Unreadable):
        return first
    if minutes is not None:
        seconds = seconds_of_minutes(str(minutes))
        return seconds if isinstance(seconds, Unreadable) else (first, seconds)
    if end is None:
        return Unreadable(Reason.BAD_ROW, {"value": "", "expected": "an end, or minutes"})
    last = instant(end, zone_name)
    return last if isinstance(last, Unreadable) else (first, last - first)


def read_work(entry: Entry, timeline: Timeline) -> Work | Held:
    """Read an entry's facts by the inputs of the version in force on the local day of its start (D3).

    Values of a choice that the ruleset does not declare are left as they are: the engine holds the work for them.
    """
    clock = zone(entry.zone)
    if clock is None:
        return Held("work", entry.id, Reason.BAD_ROW, {"value": entry.zone, "expected": "a time zone"})
    day = local_date(entry.start, clock)
    version = timeline.version(day)
    if version is None:
        return Held("work", entry.id, Reason.NO_VERSION, {"day": day.isoformat()})
    inputs: dict[str, Value] = {}
    for name, text in entry.fields.items():
        declared = version.ruleset.inputs.get(name)
        if not is_told_by_work(name, declared):
            continue
        value = _value(declared, text)
        if isinstance(value, BadValue):
            return Held("work", entry.id, Reason.BAD_ROW, {"input": name, "value": text, "expected": value.expected})
        if value is not None:
            inputs[name] = value
    return Work(
        id=entry.id,
        revision=entry.revision,
        start=entry.start,
        seconds=entry.seconds,
        zone=entry.zone,
        site=entry.site,
        calendar=entry.calendar,
        request=entry.request,
        request_revision=entry.request_revision,
        inputs=inputs,
        spellings=dict(entry.fields),
        billable=entry.billable,
        approved=entry.approved,
        operational_only=entry.operational_only,
        extras=entry.extras,
    )


def is_told_by_work(name: str, declared: Input | None) -> bool:
    """Whether a worklog or its request says what this input is: not the engine, nor the contract."""
    return name not in ENGINE_INPUTS and (declared is None or declared.level in _OF_WORK)


def facts_of_work(timelines: Iterable[Timeline]) -> dict[str, str]:
    """What worklogs and their requests may tell, folded name to label: the usual, and what a version declares."""
    versions = {one.version.id: one.version for timeline in timelines for one in timeline.activations}
    return {name: name for name in DECLARED_AT} | {
        name: declared.label
        for version in versions.values()
        for name, declared in version.ruleset.inputs.items()
        if is_told_by_work(name, declared)
    }


def _value(declared: Input | None, text: str) -> Value | BadValue:
    if declared is None:
        return fold(text) or None
    return read_value(declared, text)
