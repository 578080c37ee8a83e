"""Read what contracts are settled from: what changed, what was billed, and the work.

Everything is read by the set, whatever the number of contracts. Nothing is locked: the counters are read first, and
compared again when the result is written (D8.4), so a fact that arrives in between is never lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from engine.facts import Extra
from engine.items import Billed, Closing, LineRef, OffDocument, Reason
from engine.names import fold
from tarifa.intake import Entry
from tarifa.services.billing_contracts import ContractFacts, grouped
from tarifa.storage import Row, Rows, Waiting, marks
from tarifa.storage.database import Value
from tarifa.storage.mapping import closing, extras, item, taxes, texts_from_json


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed for a contract since it was settled last, as instants and days that lie in dirtied cycles.

    Attributes:
        starts: UTC seconds at which changed work starts now, and those of open exceptions and new top-ups.
        cycles: Cycles in which changed work was billed, that were paid or are so no more, and the last one where a renewal
            takes over from it now.
        days: First days of sister contracts that may take work away, ends of theirs that have moved, or after which
            top-ups were bought.
        amended: First days of amendments and of counts of recurring items, also as they were before; the contract's own where its end has moved, since what is shared or spread
            over all of it changes with it.
        repairs: First days of repairs.
    """

    starts: tuple[int, ...] = ()
    cycles: tuple[int, ...] = ()
    days: tuple[date, ...] = ()
    amended: tuple[date, ...] = ()
    repairs: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class BilledItem:
    """What was billed under a key, for which worklog."""

    billed: Billed
    worklog: str | None


@dataclass(frozen=True, slots=True)
class Frozen:
    """The facts of request and site that a worklog was billed with last, on whichever contract (D4.13).

    `seen` is the account's counter when its newest revision was settled first, where that names another request or
    site, at the same price: then nothing was owed, and no item tells with which facts. None: not settled yet, or it
    waits.
    """

    request_id: str | None
    request_rev: int
    site_id: str | None
    site_seq: int
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class StoredWork:
    """The newest revision of a worklog, with the ids that its request and site are known by."""

    worklog_id: str
    key: str
    revision: int
    account: str
    request_id: str | None
    request: str | None
    site_id: str | None
    site: str | None
    zone: str
    start: int
    seconds: int
    billable: bool
    approved: bool
    operational_only: bool
    fields: Mapping[str, str]
    extras: tuple[Extra, ...]

    @property
    def is_charged(self) -> bool:
        """Whether its time is, or the way, or anything beside it (D4.9)."""
        return self.billable or "distance" in self.fields or any(extra.billable for extra in self.extras)


@dataclass(frozen=True, slots=True)
class RequestRevision:
    """A revision of a request."""

    rev: int
    seq: int
    kind: str | None
    fields: Mapping[str, str]
    is_correction: bool


@dataclass(frozen=True, slots=True)
class SiteRevision:
    """A revision of a site."""

    seq: int
    zone: str | None
    calendar: str | None


@dataclass(frozen=True, slots=True)
class AccountWork:
    """The work of some accounts, and all revisions of the requests and sites that it names.

    By account id, ids of work: `known` is what waited in time, or was released though it came too late; `released` and
    `waived` is what a person decided on beyond an allowance that is used up. What was waived for any other reason is
    not among the work. `waiting` is all that is on the list of exceptions, for any reason.
    """

    work: Mapping[str, Sequence[StoredWork]]  # by account id
    requests: Mapping[str, Sequence[RequestRevision]]  # by id, oldest first
    sites: Mapping[str, Sequence[SiteRevision]]
    frozen: Mapping[str, Frozen]  # by id of the worklogs that were billed
    known: Mapping[str, frozenset[str]] = field(default_factory=dict)
    released: Mapping[str, frozenset[str]] = field(default_factory=dict)
    waived: Mapping[str, frozenset[str]] = field(default_factory=dict)
    waiting: Mapping[str, Sequence[Waiting]] = field(default_factory=dict)

    def entry(self, stored: StoredWork) -> tuple[Entry, int]:
        """A worklog as it counts, and the number of the site's revision it counts with.

        Facts of request and site are those that it was first billed with, unless a correction came (D4.13).
        """
        frozen = self.frozen.get(stored.worklog_id)
        request = self._request(stored, frozen)
        site = self._site(stored, frozen)
        fields = {**stored.fields, **(request.fields if request is not None else {})}
        if request is not None and request.kind is not None:
            fields["request"] = request.kind
        entry = Entry(
            id=stored.key,
            revision=stored.revision,
            account=stored.account,
            site=stored.site,
            request=stored.request or stored.key,
            request_revision=request.rev if request is not None else 1,
            start=stored.start,
            seconds=stored.seconds,
            zone=(site.zone if site is not None else None) or stored.zone,
            calendar=fold(site.calendar) if site is not None and site.calendar else None,
            fields=fields,
            billable=stored.billable,
            approved=stored.approved,
            operational_only=stored.operational_only,
            extras=stored.extras,
        )
        return entry, site.seq if site is not None else 0

    def _request(self, stored: StoredWork, frozen: Frozen | None) -> RequestRevision | None:
        revisions = self.requests.get(stored.request_id or "", ())
        if not revisions:
            return None
        if frozen is None:
            return revisions[-1]
        if frozen.request_id == stored.request_id:
            held_to = [r for r in revisions if r.rev == frozen.request_rev]
        elif frozen.seen is not None:
            held_to = [r for r in revisions if r.seq <= frozen.seen][-1:]
        else:
            return revisions[-1]
        corrected = [r for r in revisions if held_to and r.rev > held_to[0].rev and r.is_correction]
        return (held_to + corrected or [revisions[-1]])[-1]

    def _site(self, stored: StoredWork, frozen: Frozen | None) -> SiteRevision | None:
        revisions = self.sites.get(stored.site_id or "", ())
        if not revisions:
            return None
        if frozen is None:
            return revisions[-1]
        if frozen.site_id == stored.site_id:
            return next((r for r in revisions if r.seq == frozen.site_seq), revisions[-1])
        held_to = [r for r in revisions if frozen.seen is not None and r.seq <= frozen.seen]
        return (held_to or revisions)[-1]


def _table(rows: Iterable[tuple[Value, ...]]) -> tuple[str, list[Value]]:
    """A `VALUES` list with placeholders, and its values: a table of parameters to join with."""
    listed = list(rows)
    return ", ".join(f"({marks(len(row))})" for row in listed), [value for row in listed for value in row]


async def read_changes(database: Rows, contracts: Sequence[ContractFacts]) -> dict[str, Changes]:
    """By contract id, what changed since each was settled last; for those that were settled before."""
    settled = [c for c in contracts if c.head.billed_through >= 0]
    if not settled:
        return {}
    wanted, values = _table((c.head.contract_id, c.head.account_id, c.head.settled_account_seq) for c in settled)
    want = f"WITH want (contract_id, account_id, seq) AS (VALUES {wanted}) "
    starts = grouped(await _changed_starts(database, want, values), "contract_id", lambda row: row["start_utc"])
    cycles = grouped(await _changed_cycles(database, want, values), "contract_id", lambda row: row["cycle_no"])
    sisters = await database.rows(
        want + "SELECT w.contract_id, c.start FROM want w JOIN contracts c ON c.account_id = w.account_id"
        " AND c.seq > w.seq AND c.id <> w.contract_id AND c.origin = 'agreed'"
        " UNION ALL SELECT w.contract_id, min(m.end_date, p.end_date) FROM want w JOIN contracts c"
        " ON c.account_id = w.account_id AND c.id <> w.contract_id JOIN amendments m ON m.contract_id = c.id"
        " AND m.seq > w.seq JOIN amendments p ON p.contract_id = m.contract_id AND p.n = m.n - 1"
        " AND p.end_date <> m.end_date"
        " UNION ALL SELECT w.contract_id, m.end_date FROM want w JOIN contracts c ON c.account_id = w.account_id"
        " AND c.id <> w.contract_id JOIN top_ups t ON t.contract_id = c.id AND t.seq > w.seq"
        " JOIN amendments m ON m.contract_id = c.id AND m.end_date < '9999-12-31' AND NOT EXISTS"
        " (SELECT 1 FROM amendments n WHERE n.contract_id = m.contract_id AND n.n > m.n)",
        values,
    )
    days = grouped(sisters, "contract_id", lambda row: date.fromisoformat(row["start"]))
    amendments = await database.rows(
        want + "SELECT w.contract_id, CASE WHEN p.end_date = m.end_date THEN m.effective_from ELSE c.start END AS day"
        " FROM want w JOIN contracts c ON c.id = w.contract_id JOIN amendments m ON m.contract_id = c.id"
        " AND m.seq > w.seq JOIN amendments p ON p.contract_id = m.contract_id AND p.n = m.n - 1"
        " UNION ALL SELECT w.contract_id, p.effective_from FROM want w JOIN quantities q"
        " ON q.contract_id = w.contract_id AND q.seq > w.seq JOIN quantities p ON p.contract_id = q.contract_id"
        " AND p.item = q.item AND p.source = q.source AND p.external_id = q.external_id",
        values,
    )
    amended = grouped(amendments, "contract_id", lambda row: date.fromisoformat(row["day"]))
    repairs = await database.rows("SELECT ruleset_id, policy_seq, from_date FROM activations WHERE kind = 'repair'")
    return {
        c.head.contract_id: Changes(
            tuple(starts[c.head.contract_id]),
            tuple(cycles[c.head.contract_id]),
            tuple(days[c.head.contract_id]),
            tuple(amended[c.head.contract_id]),
            tuple(
                date.fromisoformat(row["from_date"])
                for row in repairs
                if row["ruleset_id"] == c.head.ruleset_id and row["policy_seq"] > c.head.settled_policy_seq
            ),
        )
        for c in settled
    }


_CHANGED = (
    "changed (contract_id, worklog_id) AS ("
    "SELECT w.contract_id, r.worklog_id FROM want w JOIN worklog_revs r"
    " ON r.account_id = w.account_id AND r.seq > w.seq"
    " UNION SELECT w.contract_id, r.worklog_id FROM want w JOIN requests t ON t.account_id = w.account_id"
    " JOIN request_revs q ON q.request_id = t.id AND q.seq > w.seq JOIN worklog_revs r ON r.request_id = t.id"
    " AND (q.is_correction = 1 OR NOT EXISTS (SELECT 1 FROM items i WHERE i.worklog_id = r.worklog_id))"
    " UNION SELECT w.contract_id, d.worklog_id FROM want w JOIN decisions d ON d.account_id = w.account_id"
    " AND d.seq > w.seq"
    " UNION SELECT w.contract_id, e.worklog_id FROM want w JOIN exceptions e ON e.contract_id = w.contract_id"
    " AND e.state = 'open' AND e.worklog_id IS NOT NULL AND e.reason NOT IN ('before-bill-from', 'too-late'))"
)
"""Work with a new revision, of a request that was corrected or of a new one before it is billed, decided on, or that
waits: what waits is looked at again in every run, unless it
is too old."""


async def _changed_starts(database: Rows, want: str, values: Sequence[Value]) -> Sequence[Row]:
    return await database.rows(
        f"{want}, {_CHANGED} SELECT c.contract_id, r.start_utc FROM changed c"
        " JOIN worklog_revs r ON r.worklog_id = c.worklog_id AND r.voided = 0"
        " WHERE NOT EXISTS (SELECT 1 FROM worklog_revs n WHERE n.worklog_id = r.worklog_id AND n.rev > r.rev)"
        " UNION ALL SELECT w.contract_id, t.at FROM want w JOIN top_ups t"
        " ON t.contract_id = w.contract_id AND t.seq > w.seq",
        values,
    )


async def _changed_cycles(database: Rows, want: str, values: Sequence[Value]) -> Sequence[Row]:
    return await database.rows(
        f"{want}, {_CHANGED} SELECT DISTINCT i.contract_id, i.cycle_no FROM changed c"
        " JOIN items i ON i.worklog_id = c.worklog_id AND i.contract_id = c.contract_id"
        " UNION SELECT w.contract_id, k.cycle_no FROM want w JOIN contracts n ON n.renewed_from = w.contract_id"
        " AND n.carries_over = 1 AND n.seq > w.seq JOIN closings k ON k.contract_id = w.contract_id"
        " AND k.end_date = n.start"
        " UNION SELECT w.contract_id, p.boundary_no FROM want w JOIN cycle_payments p"
        " ON p.contract_id = w.contract_id AND p.seq > w.seq",
        values,
    )


async def read_billed(database: Rows, since: Mapping[str, int]) -> dict[str, dict[str, BilledItem]]:
    """By contract id and item key, what was billed in the cycles from `since` on, with the line that first carried it."""
    if not since:
        return {}
    wanted, values = _table(since.items())
    rows = await database.rows(
        f"WITH want (contract_id, cycle_no) AS (VALUES {wanted})"
        " SELECT i.contract_id, i.item_key, i.body, i.worklog_id,"
        f" COALESCE(l.corrects_pos, l.pos) AS pos, l.taxes, l.off_share, {_OFF.format(column='off_by_share')} AS by_share,"
        f" {_OFF.format(column='off_fixed')} AS fixed, d.number FROM want w"
        " JOIN items i ON i.contract_id = w.contract_id AND i.cycle_no >= w.cycle_no"
        " LEFT JOIN lines l ON l.settlement_id = i.settlement_id AND l.item_key = i.item_key"
        " AND l.manual_reason IS NULL LEFT JOIN documents d ON d.id = COALESCE(l.corrects_document_id, l.document_id)"
        " WHERE NOT EXISTS (SELECT 1 FROM items n WHERE n.contract_id = i.contract_id"
        " AND n.item_key = i.item_key AND n.settlement_n > i.settlement_n)"
        " ORDER BY i.contract_id, i.item_key",  # the order of lines that take something back
        values,
    )
    found: defaultdict[str, dict[str, BilledItem]] = defaultdict(dict)
    for row in rows:
        billed = Billed(item(row["body"]))
        if row["number"] is not None:
            off = OffDocument(Fraction(row["off_share"]), row["by_share"], row["fixed"])
            billed = Billed(billed.item, LineRef(row["number"], row["pos"]), taxes(row["taxes"]), off)
        found[row["contract_id"]][row["item_key"]] = BilledItem(billed, row["worklog_id"])
    return found


_OFF = (
    "CASE WHEN l.corrects_document_id IS NULL THEN l.{column} ELSE (SELECT sum(x.{column}) FROM lines x"
    " WHERE (x.document_id = l.corrects_document_id AND x.pos = l.corrects_pos)"
    " OR (x.corrects_document_id = l.corrects_document_id AND x.corrects_pos = l.corrects_pos)) END"
)
"""What a discount took off a line and its corrections together."""


async def read_closings(database: Rows, since: Mapping[str, int]) -> dict[str, dict[int, Closing]]:
    """By contract id and cycle, the newest closings from the cycle before `since` on: its buckets are the opening."""
    if not since:
        return {}
    wanted, values = _table((contract, cycle - 1) for contract, cycle in since.items())
    rows = await database.rows(
        f"WITH want (contract_id, cycle_no) AS (VALUES {wanted}) SELECT c.* FROM want w"
        " JOIN closings c ON c.contract_id = w.contract_id AND c.cycle_no >= w.cycle_no"
        " WHERE NOT EXISTS (SELECT 1 FROM closings n WHERE n.contract_id = c.contract_id"
        " AND n.cycle_no = c.cycle_no AND n.settlement_n > c.settlement_n)",
        values,
    )
    found: defaultdict[str, dict[int, Closing]] = defaultdict(dict)
    for row in rows:
        found[row["contract_id"]][row["cycle_no"]] = closing(row)
    return found


async def read_charged(database: Rows, since: Mapping[str, int]) -> dict[str, frozenset[str]]:
    """By contract id, the requests that were charged or counted in a cycle before `since`: once is enough (D4.8)."""
    if not since:
        return {}
    wanted, values = _table(since.items())
    rows = await database.rows(
        f"WITH want (contract_id, cycle_no) AS (VALUES {wanted}) SELECT i.contract_id, i.body FROM want w"
        " JOIN items i ON i.contract_id = w.contract_id AND i.cycle_no < w.cycle_no AND i.item_key LIKE 'request/%'"
        " WHERE NOT EXISTS (SELECT 1 FROM items n WHERE n.contract_id = i.contract_id"
        " AND n.item_key = i.item_key AND n.settlement_n > i.settlement_n)",
        values,
    )
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        charged = item(row["body"])
        if charged.request is not None and charged.rate is not None:  # without a rate, it was taken back
            found[row["contract_id"]].add(charged.request)
    return {contract: frozenset(requests) for contract, requests in found.items()}


async def read_work(database: Rows, since: Mapping[str, int]) -> AccountWork:
    """The work of accounts that starts at `since` (UTC seconds, by account id) or later, newest revisions."""
    if not since:
        return AccountWork({}, {}, {}, {})
    wanted, values = _table(since.items())
    want = f"WITH want (account_id, since) AS (VALUES {wanted}) "
    rows = await database.rows(
        want + "SELECT r.*, k.source, k.external_id, a.key AS account, s.key AS site,"
        " t.source AS request_source, t.external_id AS request FROM want w"
        " JOIN worklog_revs r ON r.account_id = w.account_id AND r.start_utc >= w.since AND r.voided = 0"
        " JOIN worklogs k ON k.id = r.worklog_id JOIN accounts a ON a.id = r.account_id"
        " LEFT JOIN sites s ON s.id = r.site_id LEFT JOIN requests t ON t.id = r.request_id"
        " WHERE NOT EXISTS (SELECT 1 FROM worklog_revs n WHERE n.worklog_id = r.worklog_id AND n.rev > r.rev)"
        " ORDER BY r.start_utc, k.source, k.external_id",
        values,
    )
    requests = await database.rows(
        want + "SELECT q.* FROM request_revs q WHERE q.request_id IN (SELECT r.request_id FROM want w"
        " JOIN worklog_revs r ON r.account_id = w.account_id AND r.start_utc >= w.since) ORDER BY q.rev",
        values,
    )
    sites = await database.rows(
        want + "SELECT v.* FROM want w JOIN sites s ON s.account_id = w.account_id"
        " JOIN site_revs v ON v.site_id = s.id ORDER BY v.seq",
        values,
    )
    waits = await database.rows(
        want + "SELECT DISTINCT e.account_id, e.subject_id, e.worklog_id, e.reason FROM want w"
        " JOIN exceptions e ON e.account_id = w.account_id AND e.subject_kind = 'work' AND e.state = 'open'"
        " ORDER BY e.subject_id, e.reason",
        values,
    )
    in_time = (row for row in waits if row["reason"] not in (Reason.TOO_LATE, Reason.BEFORE_BILL_FROM))
    known = grouped(in_time, "account_id", lambda row: row["subject_id"])
    frozen = await database.rows(
        want + f"SELECT DISTINCT i.worklog_id, i.worklog_rev, i.request_rev, i.site_seq, b.request_id, b.site_id,"
        f" {_SEEN} AS seen FROM want w JOIN worklog_revs r ON r.account_id = w.account_id AND r.start_utc >= w.since"
        " JOIN items i ON i.worklog_id = r.worklog_id"
        " JOIN worklog_revs b ON b.worklog_id = i.worklog_id AND b.rev = i.worklog_rev"
        " WHERE NOT EXISTS (SELECT 1 FROM worklog_revs n WHERE n.worklog_id = r.worklog_id AND n.rev > r.rev)"
        " ORDER BY i.worklog_rev, i.request_rev, i.site_seq",  # what was taken back knows no site
        values,
    )
    decided = _decided(
        await database.rows(
            want + "SELECT d.account_id, d.reason, d.action, k.source, k.external_id FROM want w"
            " JOIN decisions d ON d.account_id = w.account_id JOIN worklogs k ON k.id = d.worklog_id"
            " WHERE NOT EXISTS (SELECT 1 FROM worklog_revs n WHERE n.worklog_id = d.worklog_id AND n.rev > d.rev)",
            values,
        )
    )
    dropped = {key for those in decided["waive", False].values() for key in those}
    for account, ids in decided["release", False].items():
        known[account] += ids
    return AccountWork(
        grouped((row for row in rows if _key(row) not in dropped), "account_id", _stored_work),
        _requests(requests),
        _sites(sites),
        {row["worklog_id"]: _frozen(row) for row in frozen},  # the last one of each counts
        _ids(known),
        _ids(decided["release", True]),
        _ids(decided["waive", True]),
        grouped(waits, "account_id", lambda row: Waiting(row["subject_id"], row["worklog_id"], row["reason"])),
    )


_SEEN = (
    "CASE WHEN r.rev > b.rev AND b.account_id = r.account_id AND (COALESCE(r.request_id, '') <> COALESCE(b.request_id, '')"
    " OR COALESCE(r.site_id, '') <> COALESCE(b.site_id, '')) AND NOT EXISTS"
    " (SELECT 1 FROM exceptions e WHERE e.account_id = r.account_id AND e.state = 'open' AND e.worklog_id = r.worklog_id) THEN"
    " (SELECT min(s.account_seq) FROM settlements s WHERE s.contract_id = i.contract_id AND s.account_seq >= r.seq"
    " AND s.at_once = 0) END"
)
"""See `Frozen.seen`: for a newest revision `r` of work that its account was billed for with the revision `b`."""


def _frozen(row: Row) -> Frozen:
    return Frozen(row["request_id"], row["request_rev"], row["site_id"], row["site_seq"], row["seen"])


def _key(row: Row) -> str:
    return f"{row['source']}:{row['external_id']}"


def _decided(rows: Iterable[Row]) -> Mapping[tuple[str, bool], Mapping[str, list[str]]]:
    """By what was decided, and whether it is about what is beyond an allowance: ids of work by account."""
    found: dict[tuple[str, bool], defaultdict[str, list[str]]] = {
        (action, beyond): defaultdict(list) for action in ("release", "waive") for beyond in (True, False)
    }
    for row in rows:
        found[row["action"], row["reason"] == Reason.ALLOWANCE_USED_UP][row["account_id"]].append(_key(row))
    return found


def _ids(ids: Mapping[str, Iterable[str]]) -> Mapping[str, frozenset[str]]:
    return {account: frozenset(those) for account, those in ids.items()}


def _stored_work(row: Row) -> StoredWork:
    return StoredWork(
        worklog_id=row["worklog_id"],
        key=_key(row),
        revision=row["rev"],
        account=row["account"],
        request_id=row["request_id"],
        request=f"{row['request_source']}:{row['request']}" if row["request"] is not None else None,
        site_id=row["site_id"],
        site=row["site"],
        zone=row["zone"],
        start=row["start_utc"],
        seconds=row["seconds"],
        billable=bool(row["billable"]),
        approved=bool(row["approved"]),
        operational_only=bool(row["operational_only"]),
        fields=texts_from_json(row["facts"]),
        extras=extras(row["extras"]),
    )


def _requests(rows: Iterable[Row]) -> Mapping[str, Sequence[RequestRevision]]:
    def revision(row: Row) -> RequestRevision:
        return RequestRevision(
            row["rev"], row["seq"], row["kind"], texts_from_json(row["facts"]), bool(row["is_correction"])
        )

    return grouped(rows, "request_id", revision)


def _sites(rows: Iterable[Row]) -> Mapping[str, Sequence[SiteRevision]]:
    return grouped(rows, "site_id", lambda row: SiteRevision(row["seq"], row["zone"], row["calendar"]))
