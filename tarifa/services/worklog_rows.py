"""One chunk of worklogs: what is on record for them, and the rows to add, read and written by the set.

The rows are computed with no transaction open, so that others do not wait for it. Counters are read first and compared when
the rows are written, as billing does (D8.4): where anything has moved, the chunk is computed once more inside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from engine.facts import Extra
from engine.items import Held
from engine.names import as_id, fold
from engine.timeline import Timeline
from tarifa.extras import read_extras
from tarifa.intake import Unreadable, facts_of_work, laid
from tarifa.services.inputs import OnChange, RequestInput, WorklogInput
from tarifa.services.naming import bad_instant, bad_name, meant, unknown_fact
from tarifa.services.results import Change, Problem, Recorded
from tarifa.services.timelines import read_timeline
from tarifa.storage import Row, Rows, Transaction, marks
from tarifa.storage.database import Value
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import digest, extras_json, to_json
from tarifa.storage.outbox import Event, append_events, raise_accounts
from tarifa.words import english


@dataclass(slots=True)
class KnownWorklog:
    """A worklog on record: its newest revision."""

    id: str
    revision: int
    payload: str
    account_id: str


@dataclass(slots=True)
class KnownRequest:
    """A request on record: its newest revision."""

    id: str
    account_id: str
    revision: int
    payload: str
    is_correction: bool = False


@dataclass(frozen=True, slots=True)
class KnownSite:
    """A site on record, with the zone of its newest revision."""

    id: str
    label: str
    zone: str | None


@dataclass(frozen=True, slots=True)
class Context:
    """What is on record for a chunk. Accounts and sites by folded key, worklogs and requests by external id.

    `counters` are those of the accounts, by id, and `policy_seq` that of policy, read before anything else.
    """

    counters: Mapping[str, int]
    policy_seq: int
    accounts: Mapping[str, str]
    labels: Sequence[str]
    sites: Mapping[str, Mapping[str, KnownSite]]  # by account id, then key
    worklogs: dict[str, KnownWorklog]
    requests: dict[str, KnownRequest]
    timelines: Mapping[str, Timeline]  # by account id: for the clock of work at no particular site
    facts: Mapping[str, str]  # what work may tell; nothing where no ruleset is in force


async def read_context(transaction: Rows, rows: Sequence[WorklogInput], source: str) -> Context:
    """Read what is on record for `rows`: a handful of statements, however many rows."""
    keys = sorted({fold(row.account) for row in rows})
    policy = await transaction.row("SELECT seq FROM policy_clock WHERE id = 1")
    found = await transaction.rows(f"SELECT id, key, seq FROM accounts WHERE key IN ({marks(len(keys))})", keys)
    accounts = {row["key"]: row["id"] for row in found}
    labels = []
    if len(accounts) < len(keys):
        known = await transaction.rows("SELECT label FROM accounts ORDER BY key LIMIT 5000")
        labels = [row["label"] for row in known]
    requests = sorted({as_id(row.request.id) for row in rows if row.request is not None})
    known_rulesets = [row["id"] for row in await transaction.rows("SELECT id FROM rulesets")]
    rulesets = {ruleset: await read_timeline(transaction, ruleset) for ruleset in known_rulesets}
    return Context(
        {row["id"]: row["seq"] for row in found},
        policy["seq"] if policy is not None else 0,
        accounts,
        labels,
        await _sites(transaction, list(accounts.values())),
        await _worklogs(transaction, source, sorted({as_id(row.id) for row in rows})),
        await _requests(transaction, source, requests),
        await _timelines(transaction, rulesets, list(accounts.values())),
        facts_of_work(rulesets.values()) if any(one.activations for one in rulesets.values()) else {},
    )


async def _sites(transaction: Rows, account_ids: Sequence[str]) -> Mapping[str, Mapping[str, KnownSite]]:
    rows = await transaction.rows(
        "SELECT s.id, s.account_id, s.key, s.label, v.zone FROM sites s JOIN site_revs v ON v.site_id = s.id"
        f" WHERE s.account_id IN ({marks(len(account_ids))})"  # placeholders alone
        " AND NOT EXISTS (SELECT 1 FROM site_revs n WHERE n.site_id = v.site_id AND n.seq > v.seq)",
        account_ids,
    )
    found: defaultdict[str, dict[str, KnownSite]] = defaultdict(dict)
    for row in rows:
        found[row["account_id"]][row["key"]] = KnownSite(row["id"], row["label"], row["zone"])
    return found


async def _worklogs(transaction: Rows, source: str, ids: Sequence[str]) -> dict[str, KnownWorklog]:
    rows = await transaction.rows(
        "SELECT w.external_id, w.id, v.rev, v.payload_hash, v.account_id FROM worklogs w"
        " JOIN worklog_revs v ON v.worklog_id = w.id"
        f" WHERE w.source = ? AND w.external_id IN ({marks(len(ids))})"
        " AND NOT EXISTS (SELECT 1 FROM worklog_revs n WHERE n.worklog_id = v.worklog_id AND n.rev > v.rev)",
        (source, *ids),
    )
    return {r["external_id"]: KnownWorklog(r["id"], r["rev"], r["payload_hash"], r["account_id"]) for r in rows}


async def _requests(transaction: Rows, source: str, ids: Sequence[str]) -> dict[str, KnownRequest]:
    rows = await transaction.rows(
        "SELECT t.external_id, t.id, t.account_id, v.rev, v.payload_hash, v.is_correction FROM requests t"
        " JOIN request_revs v ON v.request_id = t.id"
        f" WHERE t.source = ? AND t.external_id IN ({marks(len(ids))})"
        " AND NOT EXISTS (SELECT 1 FROM request_revs n WHERE n.request_id = v.request_id AND n.rev > v.rev)",
        (source, *ids),
    )
    return {r["external_id"]: _known_request(r) for r in rows}


def _known_request(row: Row) -> KnownRequest:
    return KnownRequest(row["id"], row["account_id"], row["rev"], row["payload_hash"], bool(row["is_correction"]))


async def _timelines(
    transaction: Rows, timelines: Mapping[str, Timeline], account_ids: Sequence[str]
) -> Mapping[str, Timeline]:
    """By account: the timeline of the ruleset of its newest contract, else of the only ruleset there is."""
    rows = await transaction.rows(
        f"SELECT account_id, ruleset_id FROM contracts WHERE account_id IN ({marks(len(account_ids))}) ORDER BY start",
        account_ids,
    )
    only = dict.fromkeys(account_ids, *timelines.values()) if len(timelines) == 1 else {}
    return only | {row["account_id"]: timelines[row["ruleset_id"]] for row in rows}


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose ids the worklogs have, what is wanted of those on record with other facts, and who records them when."""

    source: str
    on_change: OnChange
    by: str
    at: int


@dataclass(slots=True)
class Chunk:
    """The rows that a chunk of worklogs adds. Sequence numbers are given when it is written."""

    context: Context
    sender: Sender
    _facts: defaultdict[str, list[tuple[str, tuple[Value, ...]]]] = field(default_factory=lambda: defaultdict(list))
    _digests: dict[str, str] = field(default_factory=dict)  # of `_facts`, by account id
    _worklogs: list[tuple[Value, ...]] = field(default_factory=list)
    _requests: list[tuple[Value, ...]] = field(default_factory=list)

    def add(self, worklog: WorklogInput) -> Recorded | Problem:
        """Take one worklog: what it will be on record as, or why it will not."""
        name = as_id(worklog.id)
        wrong = bad_name(worklog.id, "id") or (bad_name(worklog.request.id, "request") if worklog.request else None)
        if wrong is not None:
            return wrong
        account_id = self.context.accounts.get(fold(worklog.account))
        if account_id is None:
            remedy = meant(worklog.account, self.context.labels) or "record the account first"
            return Problem("unknown-account", f"there is no account `{worklog.account}`", remedy, name, "account")
        site = self._site(worklog, account_id)
        if isinstance(site, Problem):
            return site
        clock = (site.zone if site is not None else None) or self._zone_without_site(account_id, worklog.start)
        if clock is None:
            message = "no time zone is known for it: its site has none, and no ruleset is in force on its day"
            remedy = "give the site a time zone, or activate a ruleset first"
            return Problem("no-zone", message, remedy, name, "start")
        time = laid(worklog.start, clock, end=worklog.end, minutes=worklog.minutes)
        if isinstance(time, Unreadable):
            message = english.reason(Held("work", name, time.reason, time.detail))
            return Problem(time.reason.value, message, "", name, "start")
        extras = read_extras((extra.label, extra.amount, extra.billable) for extra in worklog.extras)
        if isinstance(extras, str):
            return Problem("bad-extra", extras, "", name, "extras")
        wrong = bad_instant(time[0], subject=name, field="start") or bad_instant(sum(time), subject=name, field="end")
        if wrong is not None:
            return wrong
        return self._add(worklog, name, account_id, site, clock, time, extras)

    def _site(self, worklog: WorklogInput, account_id: str) -> KnownSite | Problem | None:
        if worklog.site is None or not worklog.site.strip():
            return None
        sites = self.context.sites.get(account_id, {})
        site = sites.get(fold(worklog.site))
        if site is None:
            message = f"the account `{worklog.account}` has no site `{worklog.site}`"
            remedy = meant(worklog.site, (known.label for known in sites.values())) or "record the site first"
            return Problem("unknown-site", message, remedy, as_id(worklog.id), "site")
        return site

    def _zone_without_site(self, account_id: str, start: str | datetime) -> str | None:
        timeline = self.context.timelines.get(account_id)
        if timeline is None:
            return None
        try:
            version = timeline.version(date.fromisoformat(str(start).strip()[:10]))
        except ValueError:
            version = None
        if version is None and timeline.activations:
            version = timeline.activations[-1].version
        return version.ruleset.timezone if version is not None else None

    def _add(
        self,
        worklog: WorklogInput,
        name: str,
        account_id: str,
        site: KnownSite | None,
        clock: str,
        time: tuple[int, int],
        extras: tuple[Extra, ...],
    ) -> Recorded | Problem:
        request = worklog.request
        known_request = self.context.requests.get(as_id(request.id)) if request is not None else None
        if request is not None and known_request is not None and known_request.account_id != account_id:
            message = f"the request `{request.id}` belongs to another account than `{worklog.account}`"
            return Problem("request-of-other-account", message, "correct the account or the request", name, "request")
        payload = digest(
            (*_payload(worklog, account_id, site.id if site is not None else None, time), extras_json(extras))
        )
        key, known = f"{self.sender.source}:{name}", self.context.worklogs.get(name)
        is_same = known is not None and known.payload == payload
        if known is not None and not is_same and self.sender.on_change is OnChange.REJECT:
            message = f"the worklog `{name}` is on record with other facts"
            remedy = "send it as a revision if it was corrected, or give another worklog its own id"
            return Problem("worklog-exists", message, remedy, name, "id")
        told_of_request = _request_facts(request) if request is not None else None
        is_news = (
            request is not None and told_of_request is not None and _is_news(request, known_request, told_of_request)
        )
        if request is not None and is_news and known_request is not None and self.sender.on_change is OnChange.REJECT:
            message = f"the request `{request.id}` is on record with other facts"
            remedy = "send it as a revision if it has changed, or name it by its id alone, which leaves it as it is"
            return Problem("request-exists", message, remedy, name, "request")
        if not is_same or is_news:
            told = (*worklog.fields, *(request.fields if request is not None else ()))
            wrong = unknown_fact(told, self.context.facts, subject=name)
            if wrong is not None:
                return wrong
        request_id = None
        if request is not None and told_of_request is not None:
            request_id = self._request(request, known_request, account_id, told_of_request if is_news else None)
        if known is not None and is_same:
            return Recorded(key, Change.REVISED if is_news else Change.UNCHANGED, known.revision)
        if known is None:
            known = self.context.worklogs[name] = KnownWorklog(new_id(), 0, payload, account_id)
            self._worklogs.append((known.id, self.sender.source, name))
        elif known.account_id != account_id:
            # It moves: a voiding revision tells the account that it leaves.
            known.revision += 1
            gone = (
                known.id,
                known.revision,
                known.account_id,
                None,
                None,
                clock,
                *time,
                0,
                0,
                0,
                1,
                "{}",
                "[]",
                None,
                "",
            )
            self._facts[known.account_id].append(("worklog", (*gone, self.sender.by, self.sender.at)))
        known.revision, known.payload, known.account_id = known.revision + 1, payload, account_id
        facts = {fold(field_): text.strip() for field_, text in worklog.fields.items() if text.strip()}
        self._facts[account_id].append(
            ("worklog", (known.id, known.revision, account_id, request_id, site.id if site else None, clock, *time,
             int(worklog.billable), int(worklog.approved), int(worklog.operational_only), int(worklog.voided),
             to_json(facts) if facts else "{}", extras_json(extras), worklog.note, payload, self.sender.by, self.sender.at))
        )  # fmt: skip
        return Recorded(key, Change.NEW if known.revision == 1 else Change.REVISED, known.revision)

    def _request(
        self,
        request: RequestInput,
        known: KnownRequest | None,
        account_id: str,
        news: tuple[dict[str, str], str] | None,
    ) -> str:
        if known is None:
            name = as_id(request.id)
            known = self.context.requests[name] = KnownRequest(new_id(), account_id, 0, "")
            self._requests.append((known.id, account_id, self.sender.source, name))
        if news is not None:
            facts, payload = news
            known.revision, known.payload = known.revision + 1, payload
            known.is_correction = request.is_correction
            values = (known.id, known.revision, request.kind, to_json(facts), int(request.is_correction), payload)
            self._facts[account_id].append(("request", (*values, self.sender.by, self.sender.at)))
        return known.id

    def close(self) -> None:
        """Take the digests of what was added: nothing is computed any more when it is written."""
        self._digests = {
            account_id: digest([[kind, *values] for kind, values in facts]) for account_id, facts in self._facts.items()
        }

    async def holds(self, transaction: Transaction) -> bool:
        """Whether what the rows were computed from is still so: nothing of it moves without a counter, or a new name.

        What is on record for an account that none of the worklogs names is under no counter that was read first.
        """
        context = self.context
        of_worklogs = {one.account_id for one in context.worklogs.values()}
        of_others = of_worklogs | {one.account_id for one in context.requests.values()} | self._facts.keys()
        policy = await transaction.row("SELECT seq FROM policy_clock WHERE id = 1")
        if of_others - context.counters.keys() or policy is None or policy["seq"] != context.policy_seq:
            return False
        ids = sorted(context.counters)
        counters = await transaction.rows(f"SELECT id, seq FROM accounts WHERE id IN ({marks(len(ids))})", ids)
        if {row["id"]: row["seq"] for row in counters} != context.counters:
            return False
        worklogs = [name for _, _, name in self._worklogs]
        requests = [name for _, _, _, name in self._requests]
        taken = await transaction.row(
            f"SELECT id FROM worklogs WHERE source = ? AND external_id IN ({marks(len(worklogs))}) UNION ALL"
            f" SELECT id FROM requests WHERE source = ? AND external_id IN ({marks(len(requests))}) LIMIT 1",
            (self.sender.source, *worklogs, self.sender.source, *requests),
        )
        return taken is None

    async def write(self, transaction: Transaction) -> None:
        """Insert the rows, each fact under its own number of its account's counter."""
        await transaction.insert("worklogs", "id, source, external_id", self._worklogs)
        await transaction.insert("requests", "id, account_id, source, external_id", self._requests)
        rows: dict[str, list[tuple[Value, ...]]] = {"worklog": [], "request": []}
        events = []
        first = await raise_accounts(transaction, {account_id: len(facts) for account_id, facts in self._facts.items()})
        for account_id in sorted(self._facts):
            facts = self._facts[account_id]
            for seq, (kind, values) in enumerate(facts, first[account_id]):
                rows[kind].append((seq, *values))
            payload = {"source": self.sender.source, "facts": len(facts)}
            evidence = {"digest": self._digests[account_id]}
            last = first[account_id] + len(facts) - 1
            events.append(Event("worklogs.recorded", account_id, str(last), payload, evidence))
        await transaction.insert(
            "request_revs",
            "seq, request_id, rev, kind, facts, is_correction, payload_hash, recorded_by, recorded_at",
            rows["request"],
        )
        await transaction.insert(
            "worklog_revs",
            "seq, worklog_id, rev, account_id, request_id, site_id, zone, start_utc, seconds, billable, approved,"
            " operational_only, voided, facts, extras, note, payload_hash, recorded_by, recorded_at",
            rows["worklog"],
        )
        await append_events(transaction, events, at=self.sender.at)


def _request_facts(request: RequestInput) -> tuple[dict[str, str], str]:
    """What is told of a request, and its digest."""
    facts = {fold(name): text.strip() for name, text in request.fields.items() if text.strip()}
    return facts, digest((request.kind, facts))


def _is_news(request: RequestInput, known: KnownRequest | None, told: tuple[dict[str, str], str]) -> bool:
    """Whether a request is told otherwise than it is on record; one that is only named is not told at all.

    The same facts, once more as a correction, are news: only now they count for what is billed already.
    """
    if known is None:
        return True
    facts, payload = told
    if not facts and request.kind is None and not request.is_correction:
        return False
    return payload != known.payload or (request.is_correction and not known.is_correction)


def _payload(worklog: WorklogInput, account_id: str, site_id: str | None, time: Iterable[int]) -> tuple[object, ...]:
    return (
        account_id,
        site_id,
        as_id(worklog.request.id) if worklog.request is not None else None,
        *time,
        {fold(name): text.strip() for name, text in worklog.fields.items() if text.strip()},
        worklog.billable,
        worklog.approved,
        worklog.operational_only,
        worklog.voided,
        worklog.note,
    )
