"""Find the notices that are due, each once: usage that has reached a percentage, and expiries near or past (D8.7).

A notice is written with its event in one transaction, and never again: not by a second run, and not where work is
corrected so that usage falls and rises again. Sending it is for whoever reads the events.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction

from engine.calendars import local_day, midnight
from engine.facts import NoticeTerms
from engine.periods import FOREVER
from engine.settlement import settle
from engine.thresholds import reached_by, used
from tarifa.services.billing_settle import Failed
from tarifa.services.outlook import Outlook, outlooks
from tarifa.services.results import Problem
from tarifa.services.timelines import load_versions
from tarifa.storage import Database, Row, Rows, Transaction, marks
from tarifa.storage.mapping import notice_terms, to_seconds
from tarifa.storage.outbox import Event, append_events
from tarifa.zones import zone

BATCH = 100
LATE_DAYS = 30
"""A notice of an expiry that is longer past is of no use to anybody."""
MOST = 10
USAGE, BEFORE, AFTER = "usage", "before expiry", "after expiry"

Known = Set[tuple[str, str, str, int]]
"""Notices on record: contract id, kind, what it is about, threshold."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that is due.

    Attributes:
        about: First day of the cycle, or last day of the contract.
        threshold: Percent, or days.
        due_on: The day from which it was due.
        worklog: Id of the work that reached the threshold.
    """

    contract: str
    kind: str
    about: date
    threshold: int
    due_on: date
    worklog: str | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A contract to look at: its row, what it wants to be told of, and the day on its clock."""

    row: Row
    wanted: NoticeTerms
    today: date

    @property
    def end(self) -> date:
        return date.fromisoformat(self.row["end_date"])


def bad_notices(notices: NoticeTerms, number: str) -> Problem | None:
    """Why notices cannot be given like this."""
    days = (*notices.before_expiry, *notices.after_expiry)
    many = max(len(notices.usage), len(notices.before_expiry), len(notices.after_expiry)) > MOST
    if many or not all(1 <= percent <= 100 for percent in notices.usage) or not all(0 <= n <= 366 for n in days):
        message = (
            f"notices are given at 1 to 100 percent, 0 to 366 days before or after the expiry, {MOST} of each at most"
        )
        return Problem("bad-notices", message, "correct the numbers", number, "notices")
    return None


async def find_notices(database: Database, *, now: datetime) -> tuple[Notice, ...]:
    """Write all notices that are due by `now`, and say which are new.

    A contract is looked at again once its account's facts or the versions in force have changed, and on every new day.
    """
    await load_versions(database)
    candidates = [one for row in await _rows(database) if (one := _candidate(row, now)) is not None]
    found: list[Notice] = []
    for start in range(0, len(candidates), BATCH):
        found += await _look_at(database, candidates[start : start + BATCH], now=now)
    return tuple(found)


async def _rows(database: Database) -> Sequence[Row]:
    return await database.rows(
        "SELECT c.id, c.number, c.zone, c.start, m.notices, m.end_date, a.seq, p.seq AS policy, h.account_seq,"
        " h.policy_seq, h.looked_on FROM contracts c JOIN amendments m ON m.contract_id = c.id AND m.notices <> '{}'"
        " JOIN accounts a ON a.id = c.account_id JOIN policy_clock p ON p.id = 1"
        " LEFT JOIN notice_heads h ON h.contract_id = c.id"
        " WHERE NOT EXISTS (SELECT 1 FROM amendments n WHERE n.contract_id = m.contract_id AND n.n > m.n)"
        " ORDER BY c.number"
    )


def _candidate(row: Row, now: datetime) -> _Candidate | None:
    clock = zone(row["zone"])
    today = local_day(to_seconds(now), clock) if clock is not None else now.date()
    seen = (row["account_seq"], row["policy_seq"], row["looked_on"])
    if seen == (row["seq"], row["policy"], today.isoformat()):
        return None
    return _Candidate(row, notice_terms(row["notices"]), today)


async def _look_at(database: Database, candidates: Sequence[_Candidate], *, now: datetime) -> list[Notice]:
    known = await _known(database, candidates)
    due = [notice for one in candidates for notice in _of_expiry(one)]
    instants = {one.row["number"]: at for one in candidates if (at := _instant(one, now)) is not None}
    standing = await outlooks(database, instants)
    for one in candidates:
        outlook = standing.get(one.row["number"])
        if isinstance(outlook, Outlook):
            due += _of_usage_or_none(one, outlook, known, now)
        elif isinstance(outlook, Failed):
            _log.info("contract %s has no usage to tell of: %s", outlook.contract, outlook.reason)
    async with database.writing() as transaction:
        return await _write(transaction, candidates, due, at=to_seconds(now))


async def _known(rows: Rows, candidates: Sequence[_Candidate]) -> Known:
    ids = [one.row["id"] for one in candidates]
    found = await rows.rows(
        f"SELECT contract_id, kind, about, threshold FROM notices WHERE contract_id IN ({marks(len(ids))})", ids
    )
    return {(row["contract_id"], row["kind"], row["about"], row["threshold"]) for row in found}


def _of_expiry(one: _Candidate) -> Iterator[Notice]:
    if one.end == FOREVER:
        return
    expiry, number = one.end - timedelta(days=1), one.row["number"]
    for days in one.wanted.before_expiry:
        day = expiry - timedelta(days=days)
        if day <= one.today <= expiry:
            yield Notice(number, BEFORE, expiry, days, day)
    for days in one.wanted.after_expiry:
        day = expiry + timedelta(days=days)
        if day <= one.today <= day + timedelta(days=LATE_DAYS):
            yield Notice(number, AFTER, expiry, days, day)


def _instant(one: _Candidate, now: datetime) -> int | None:
    """An instant of the cycle to look at: now, or the last one of a contract that has ended; None where there is none."""
    clock = zone(one.row["zone"])
    if not one.wanted.usage or clock is None or one.today.isoformat() < one.row["start"]:
        return None
    return to_seconds(now) if one.today < one.end else midnight(one.end, clock) - 1


def _of_usage_or_none(one: _Candidate, outlook: Outlook, known: Known, now: datetime) -> list[Notice]:
    """A defect of ours in one contract is logged, and stops no other."""
    try:
        return list(_of_usage(one, outlook, known, now))
    except Exception:
        _log.exception("the usage of contract %s could not be computed", one.row["number"])
        return []


def _of_usage(one: _Candidate, outlook: Outlook, known: Known, now: datetime) -> Iterator[Notice]:
    """The thresholds that are reached in cycles that are not billed yet, by work whose time has come."""
    gathered, timeline = outlook.gathered, outlook.contract.timeline
    facts = replace(gathered.facts, work=tuple(w for w in gathered.facts.work if w.start <= to_seconds(now)))
    settled = settle(gathered.opening, facts, timeline, through=outlook.due.number)
    for closing in settled.closings:
        share = used(closing)
        if share is None or closing.cycle < outlook.contract.head.billed_through:
            continue
        start = closing.period.start
        for percent in (percent for percent in one.wanted.usage if share >= Fraction(percent, 100)):
            if (one.row["id"], USAGE, start.isoformat(), percent) in known:
                continue
            work = reached_by(Fraction(percent, 100), closing.cycle, gathered.opening, facts, timeline)
            ref = gathered.refs.get(work.id) if work is not None else None
            worklog = ref.worklog_id if ref is not None else None
            yield Notice(one.row["number"], USAGE, start, percent, one.today, worklog)


async def _write(
    transaction: Transaction, candidates: Sequence[_Candidate], due: Sequence[Notice], *, at: int
) -> list[Notice]:
    """Write what is not on record, with its events, and up to where each contract was looked at."""
    ids = {one.row["number"]: one.row["id"] for one in candidates}
    known = await _known(transaction, candidates)  # another worker may have been here since
    new = [n for n in due if (ids[n.contract], n.kind, n.about.isoformat(), n.threshold) not in known]
    await transaction.insert(
        "notices",
        "contract_id, kind, about, threshold, due_on, worklog_id, found_at",
        [(ids[n.contract], n.kind, n.about.isoformat(), n.threshold, n.due_on.isoformat(), n.worklog, at) for n in new],
    )
    await append_events(transaction, [_event(notice, ids[notice.contract]) for notice in new], at=at)
    await transaction.run_many(
        "INSERT INTO notice_heads (contract_id, account_seq, policy_seq, looked_on) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (contract_id) DO UPDATE SET account_seq = excluded.account_seq,"
        " policy_seq = excluded.policy_seq, looked_on = excluded.looked_on",
        [(one.row["id"], one.row["seq"], one.row["policy"], one.today.isoformat()) for one in candidates],
    )
    return new


def _event(notice: Notice, contract_id: str) -> Event:
    about = notice.about.isoformat()
    payload = {"contract": notice.contract, "about": about, "threshold": notice.threshold}
    kind = f"notice.{notice.kind.replace(' ', '-')}"
    return Event(kind, contract_id, f"{about}/{notice.threshold}", payload)
