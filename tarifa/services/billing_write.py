"""Number and write what some contracts came to, in one short transaction (D8.3, D8.4).

The counters are compared first: a contract whose account, policy or head has moved since it was read is left out and
computed again. Numbers are taken last but for the rows that carry them, so that none is lost; unique keys on
obligations and items are the backstop.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib.metadata import version

from engine.calendars import local_day
from engine.documents import Document, DocumentTerms, Draft, Line
from engine.issuing import numbered, unnumbered
from engine.items import Delta, Held, Reason
from engine.money import Currency
from tarifa.services.billing_settle import Bill, GroupHead, Prepared
from tarifa.services.failpoints import reach
from tarifa.services.series import Numbers
from tarifa.storage import Database, Row, Transaction, marks
from tarifa.storage.database import Value
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import buckets_json, item_json, pool_json, taxes_json, to_json, to_seconds
from tarifa.storage.outbox import Event, append_events
from tarifa.zones import zone

NEVER = date.max.isoformat()


@dataclass(frozen=True, slots=True)
class BilledBoundary:
    """A boundary that was billed; `document` is None where there was nothing to show. `total` in minor units."""

    contract: str
    boundary: int
    boundary_on: date
    document: str | None
    kind: str | None
    currency: Currency
    total: int


async def write(
    database: Database, bills: Sequence[Bill], *, now: datetime
) -> tuple[tuple[BilledBoundary, ...], tuple[str, ...]]:
    """Write bills of which nothing has moved since they were read.

    Returns:
        What was billed, and the numbers of the contracts that have moved, or are billed with some that have.
    """
    corrected = await _corrected(database, bills)
    texts = await asyncio.to_thread(_texts, bills)
    async with database.writing() as transaction:
        fresh, moved = await _compared(transaction, bills)
        pages = Pages(now=now)
        numbers = await Numbers.open(transaction)
        added = [boundary for one in fresh for boundary in _add(pages, one, texts, numbers, corrected)]
        await numbers.close(transaction)
        reach("after-number")
        await pages.write(transaction)
        parts = [part for one in fresh for part in one.parts if not part.due.is_at_once]
        await _exceptions(transaction, parts, at=to_seconds(now))
        reach("before-commit")
    reach("after-commit")
    return tuple(added), moved


@dataclass(frozen=True, slots=True)
class _Texts:
    """What is slow to write down, made before the transaction so that others do not wait for it."""

    members: Mapping[str, str]  # of the document, without its number
    items: Mapping[str, Sequence[str]]  # by contract, one for each delta
    taxes: Sequence[str]  # one for each line


def _texts(bills: Sequence[Bill]) -> dict[str, _Texts]:
    """By number of a bill's first contract."""
    return {
        one.first.facts.contract.number: _Texts(
            unnumbered(one.draft) if one.draft is not None else {},
            {part.facts.contract.number: [item_json(delta.item) for delta in part.deltas] for part in one.parts},
            [taxes_json(line.taxes) for line in one.draft.lines] if one.draft is not None else (),
        )
        for one in bills
    }


async def _compared(transaction: Transaction, bills: Sequence[Bill]) -> tuple[tuple[Bill, ...], tuple[str, ...]]:
    contracts = [part.facts.head.contract_id for one in bills for part in one.parts]
    rows = await transaction.rows(
        "SELECT h.contract_id, h.settlement_n, a.seq, p.seq AS policy_seq FROM heads h"
        " JOIN contracts c ON c.id = h.contract_id JOIN accounts a ON a.id = c.account_id"
        f" JOIN policy_clock p ON p.id = 1 WHERE h.contract_id IN ({marks(len(contracts))})",
        contracts,
    )
    now = {row["contract_id"]: (row["settlement_n"], row["seq"], row["policy_seq"]) for row in rows}
    groups = await _groups_now(transaction, [one.group.key for one in bills if one.group is not None])
    fresh: list[Bill] = []
    moved: list[str] = []
    for one in bills:
        heads = [part.facts.head for part in one.parts]
        is_fresh = all(now[of.contract_id] == (of.settlement_n, of.account_seq, of.policy_seq) for of in heads)
        if one.group is not None:
            is_fresh = is_fresh and groups[one.group.key] == (one.group.n, one.group.account_seq)
        if is_fresh:
            fresh.append(one)
        else:
            moved += [part.facts.contract.number for part in one.parts]
    return tuple(fresh), tuple(moved)


async def _groups_now(transaction: Transaction, keys: Sequence[str]) -> dict[str, tuple[int, int]]:
    """By group, how many documents it has, and the counter of who is billed."""
    if not keys:
        return {}
    rows = await transaction.rows(
        "SELECT g.key, h.n, a.seq FROM bill_groups g JOIN bill_group_heads h ON h.group_key = g.key"
        f" JOIN accounts a ON a.id = g.account_id WHERE g.key IN ({marks(len(keys))})",
        keys,
    )
    return {row["key"]: (row["n"], row["seq"]) for row in rows}


async def _corrected(database: Database, bills: Sequence[Bill]) -> dict[str, str]:
    """Ids by number of the documents whose lines are corrected; both never change."""
    numbers = sorted(
        {line.corrects.document for one in bills if one.draft for line in one.draft.lines if line.corrects}
    )
    rows = await database.rows(
        f"SELECT id, number FROM documents WHERE number IN ({marks(len(numbers))})",
        numbers,
    )
    return {row["number"]: row["id"] for row in rows}


@dataclass(slots=True)
class Pages:
    """The rows of one transaction, table by table in the order that foreign keys ask for."""

    now: datetime
    documents: list[tuple[Value, ...]] = field(default_factory=list)
    settlements: list[tuple[Value, ...]] = field(default_factory=list)
    obligations: list[tuple[Value, ...]] = field(default_factory=list)
    items: list[tuple[Value, ...]] = field(default_factory=list)
    closings: list[tuple[Value, ...]] = field(default_factory=list)
    lines: list[tuple[Value, ...]] = field(default_factory=list)
    taxes: list[tuple[Value, ...]] = field(default_factory=list)
    pools: list[tuple[Value, ...]] = field(default_factory=list)
    heads: list[tuple[Value, ...]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    of_groups: list[tuple[Value, ...]] = field(default_factory=list)
    groups: list[tuple[Value, ...]] = field(default_factory=list)

    async def write(self, transaction: Transaction) -> None:
        """Write them."""
        await transaction.insert(
            "documents",
            "id, series_id, ordinal, number, kind, account_id, contract_id, currency, digits, boundary_on, issue_date,"
            " due_date, net, tax, total, rounding, request_key, body, sha256, issued_at, seller, entity_key, entity_seq",
            self.documents,
        )
        if self.of_groups:
            columns = "document_id, group_key, n, account_seq, policy_seq, left_out, purchase_order, reference"
            await transaction.insert("group_documents", columns, self.of_groups)
            await transaction.run_many("UPDATE bill_group_heads SET n = ? WHERE group_key = ?", self.groups)
        reach("after-documents")
        await transaction.insert(
            "settlements",
            "id, contract_id, n, boundary_no, account_seq, policy_seq, from_cycle, engine, tzdata, waiting, document_id,"
            " settled_at, run_id, at_once",
            self.settlements,
        )
        reach("after-settlements")
        await transaction.insert("obligations", "contract_id, boundary_no, part, settlement_id", self.obligations)
        await transaction.insert(
            "items",
            "settlement_id, settlement_n, item_key, contract_id, cycle_no, due_no, kind, service_from, service_to,"
            " version, worklog_id, worklog_rev, request_rev, site_seq, band, minutes, rounded, covered, overage,"
            " amount, discount, delta_amount, delta_discount, body",
            self.items,
        )
        reach("after-items")
        await transaction.insert(
            "closings",
            "contract_id, cycle_no, settlement_id, settlement_n, start, end_date, measure, carried_in, granted,"
            " topped_up, drawn, overage, remaining, carried_out, buckets, brought_over",
            self.closings,
        )
        await transaction.insert(
            "lines",
            "document_id, pos, source_key, settlement_id, item_key, kind, amount, discount, net, taxes, tax_date,"
            " corrects_document_id, corrects_pos, off_share, off_by_share, off_fixed, tax_included,"
            " manual_reason",
            self.lines,
        )
        reach("after-lines")
        await transaction.insert(
            "tax_groups", "document_id, pos, code, rate_num, rate_den, category, text, base, tax", self.taxes
        )
        await transaction.insert("tax_pools", "document_id, of_document_id, of_pos, taxes, n, amount, tax", self.pools)
        await transaction.run_many(
            "UPDATE heads SET settlement_n = ?, account_seq = ?, policy_seq = ?, billed_through = ?, next_on = ?,"
            " opened_by = ? WHERE contract_id = ?",
            self.heads,
        )
        reach("after-heads")
        await transaction.run_many("DELETE FROM problems WHERE contract_id = ?", [(row[-1],) for row in self.heads])
        await append_events(transaction, self.events, at=to_seconds(self.now))


def _add(
    pages: Pages, bill: Bill, all_texts: Mapping[str, _Texts], numbers: Numbers, corrected: dict[str, str]
) -> list[BilledBoundary]:
    """Add a bill's rows: its contracts', and one document for all of them."""
    texts = all_texts[bill.first.facts.contract.number]
    draft, number = bill.draft, None
    document_id = new_id() if draft is not None else None
    if draft is not None and document_id is not None:
        paper = Paper(
            draft,
            document_id,
            *_of_whom(bill),
            _request_key(draft, bill),
            bill.group,
            bill.left_out,
            bill.first.facts.head.policy_seq,
        )
        number = add_document(pages, paper, numbers, members=texts.members, corrected=corrected).number
    settlements: dict[str, str] = {}
    added: list[BilledBoundary] = []
    for one in bill.parts:
        settlement_id = _add_part(pages, one, texts.items[one.facts.contract.number], document_id)
        if settlement_id is None:
            continue
        settlements[one.facts.contract.number] = settlement_id
        added.append(
            BilledBoundary(
                contract=one.facts.contract.number,
                boundary=one.due.number,
                boundary_on=one.due.on,
                document=number,
                kind=draft.kind.value if draft is not None else None,
                currency=one.facts.contract.currency,
                total=draft.total if draft is not None else 0,
            )
        )
    if draft is not None and document_id is not None:
        for line, taxes in zip(draft.lines, texts.taxes, strict=True):
            of = settlements[line.owner.contract if line.owner is not None else bill.first.facts.contract.number]
            source_key = f"{of}/{line.item.key}{'/credit' if line.reason is not None else ''}"
            pages.lines.append(line_row(line, (source_key, of), taxes, document_id, corrected))
    return added


def _of_whom(bill: Bill) -> tuple[str, str]:
    """The account that is billed, and the contract that the document is known by."""
    head = bill.first.facts.head
    return (bill.group.account_id if bill.group is not None else head.account_id), head.contract_id


def _add_part(pages: Pages, one: Prepared, items: Sequence[str], document_id: str | None) -> str | None:
    """Add a contract's rows, and give its settlement's id; nothing but its counters where late work came to nothing."""
    head, due = one.facts.head, one.due
    is_idle = due.is_late and not one.deltas and not one.closings
    settlement_n = head.settlement_n if is_idle else head.settlement_n + 1
    next_on = due.following.isoformat() if due.following is not None else NEVER
    through = max(due.number, head.billed_through)  # a contract may have come to end before what is billed
    settled = head.account_seq, head.policy_seq, one.facts.opened_by
    if due.is_at_once:  # of all that has changed only a part is settled
        settled = head.settled_account_seq, head.settled_policy_seq, head.opened_by
    pages.heads.append((settlement_n, *settled[:2], through, next_on, settled[2], head.contract_id))
    if is_idle:
        return None
    settlement_id = new_id()
    pages.settlements.append(
        (settlement_id, head.contract_id, settlement_n, due.number, head.account_seq, head.policy_seq, one.from_cycle,
         *releases(), to_json(one.waiting), document_id, to_seconds(pages.now), one.run_id, int(due.is_at_once))
    )  # fmt: skip
    pages.obligations += [(head.contract_id, due.number, part, settlement_id) for part in due.parts]
    pages.items += [
        _item(one, delta, text, settlement_id, settlement_n) for delta, text in zip(one.deltas, items, strict=True)
    ]
    pages.closings += [
        (head.contract_id, c.cycle, settlement_id, settlement_n, c.period.start.isoformat(), c.period.end.isoformat(),
         c.measure, c.carried_in, c.granted, c.topped_up, c.drawn, c.overage, c.left, c.carried_out,
         buckets_json(c.buckets), c.brought_over)
        for c in one.closings
    ]  # fmt: skip
    return settlement_id


@cache
def releases() -> tuple[str, str]:
    """Of the engine and of tzdata: what a settlement was made with."""
    return version("tarifa"), version("tzdata")


@dataclass(frozen=True, slots=True)
class Paper:
    """A draft that is about to become a document, and the ids of what it belongs to."""

    draft: Draft
    document_id: str
    account_id: str
    contract_id: str
    request_key: str
    group: GroupHead | None = None
    left_out: tuple[str, ...] = ()
    policy_seq: int = 0


def _request_key(draft: Draft, bill: Bill) -> str:
    if bill.group is not None:
        return f"{draft.terms.key}/{bill.group.n + 1}"  # a contract that was left out comes on another one
    one = bill.first
    is_again = one.due.number <= one.facts.head.billed_through  # late work, or an end that has moved
    return f"{draft.terms.key}/{one.due.parts[0]}" if is_again else draft.terms.key


def add_document(
    pages: Pages, paper: Paper, numbers: Numbers, *, members: Mapping[str, str], corrected: Mapping[str, str]
) -> Document:
    """Number a document and add its rows, but for its lines.

    Args:
        pages: Where to.
        paper: What.
        numbers: The series.
        members: Of `unnumbered(paper.draft)`.
        corrected: Ids by number of the documents whose lines it corrects.
    """
    draft, document_id = paper.draft, paper.document_id
    clock = zone(draft.terms.zone)
    seller = draft.terms.entity
    series_id, ordinal, number = numbers.take(draft.kind, seller.key if seller is not None else None)
    issued = local_day(to_seconds(pages.now), clock) if clock is not None else pages.now.date()
    document = numbered(draft, number=number, issued_on=issued, members=members)
    pages.documents.append(
        (document_id, series_id, ordinal, number, draft.kind.value, paper.account_id, paper.contract_id,
         draft.terms.currency.code, draft.terms.currency.digits, draft.terms.boundary_on.isoformat(), issued.isoformat(),
         document.due_on.isoformat(), draft.net, draft.tax, draft.total, draft.rounding, paper.request_key,
         document.body, document.sha256, to_seconds(pages.now), draft.terms.seller,
         seller.key if seller is not None else None, seller.revision if seller is not None else None)
    )  # fmt: skip
    for position, group in enumerate(draft.tax_groups, 1):
        numerator, denominator = str(group.rate.numerator), str(group.rate.denominator)
        pages.taxes.append(
            (document_id, position, group.code, numerator, denominator, group.category, group.text, group.base,
             group.tax)
        )  # fmt: skip
    for pool, added in draft.added:
        of_document = corrected[pool.document] if pool.document is not None else document_id
        place = (document_id, of_document, pool.position, pool_json(pool))
        pages.pools += [(*place, n, added.amount, tax) for n, tax in enumerate(added.taxes)]
    if paper.group is not None:
        order, reference = draft.terms.purchase_order, draft.terms.reference
        n, seq, left_out = paper.group.n + 1, paper.group.account_seq, to_json(list(paper.left_out))
        pages.of_groups.append((document_id, paper.group.key, n, seq, paper.policy_seq, left_out, order, reference))
        pages.groups.append((n, paper.group.key))
    terms = draft.terms
    of = {"contract": terms.contract.number} if isinstance(terms, DocumentTerms) else {"bill_group": terms.group}
    payload = {"number": number, **of, "total": draft.total}
    pages.events.append(Event("document.issued", document_id, "", payload, {"sha256": document.sha256}))
    return document


def line_row(
    line: Line, key: tuple[str, str], taxes: str, document_id: str, corrected: Mapping[str, str]
) -> tuple[Value, ...]:
    """A row of `lines`; `key` is its own and the settlement that its item is of, `corrected` as of `add_document`."""
    source_key, settlement_id = key
    before = (corrected[line.corrects.document], line.corrects.position) if line.corrects is not None else (None, None)
    return (
        document_id, line.position, source_key, settlement_id, line.item.key, line.item.kind.value, line.amount,
        line.discount, line.net, taxes, line.tax_date.isoformat(), *before, str(line.off.share), line.off.by_share,
        line.off.fixed, line.tax_included, line.reason,
    )  # fmt: skip


def _item(one: Prepared, delta: Delta, text: str, settlement_id: str, settlement_n: int) -> tuple[Value, ...]:
    item = delta.item
    ref = one.works.get(item.work) if item.work is not None else None
    worklog_id = ref.worklog_id if ref is not None else one.billed_work.get(item.key)
    return (
        settlement_id, settlement_n, item.key, one.facts.head.contract_id, item.cycle, item.due, item.kind.value,
        item.service.start.isoformat(), item.service.end.isoformat(), item.version, worklog_id, item.work_revision,
        item.request_revision, ref.site_seq if ref is not None else 0, item.band, item.minutes, item.rounded,
        item.covered, item.overage, item.amount, item.discount, delta.amount, delta.discount, text,
    )  # fmt: skip


async def _exceptions(transaction: Transaction, prepared: Sequence[Prepared], *, at: int) -> None:
    """Open what waits now, and close what waits no longer."""
    rows = await transaction.rows(
        "SELECT e.id, e.contract_id, e.subject_kind, e.subject_id, e.reason, e.subject_rev,"
        " (SELECT max(r.rev) FROM worklog_revs r WHERE r.worklog_id = e.worklog_id) AS newest_rev FROM exceptions e"
        f" WHERE e.state = 'open' AND e.contract_id IN ({marks(len(prepared))})",
        [one.facts.head.contract_id for one in prepared],
    )
    was_open: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        was_open[row["contract_id"]].append(row)
    opened: list[tuple[Value, ...]] = []
    gone: list[tuple[Value, ...]] = []
    for one in prepared:
        waiting = {(held.kind, held.subject, _revision(one, held), held.reason.value) for held in one.held}
        opened += [_exception(one, held, at) for held in one.held]
        for row in was_open[one.facts.head.contract_id]:
            key = (row["subject_kind"], row["subject_id"], row["subject_rev"], row["reason"])
            if key not in waiting and not _is_out_of_sight(one, row):
                gone.append((row["id"],))
    # What is gone first: work that moved to another contract in this batch waits under the same row again.
    await transaction.run_many("UPDATE exceptions SET state = 'gone' WHERE id = ?", gone)
    await transaction.run_many(UPSERT_EXCEPTION, opened)


def _is_out_of_sight(one: Prepared, row: Row) -> bool:
    """What is too old is not looked at again in every run: work waits until it is revised, a top-up for good."""
    if row["subject_kind"] == "top-up":
        clock = zone(one.facts.contract.zone)
        bought = [
            local_day(top_up.at, clock) for top_up in one.facts.top_ups if clock and top_up.id == row["subject_id"]
        ]
        return any(one.due.cycles.number(day) < one.from_cycle for day in bought)
    is_old = row["reason"] in (Reason.BEFORE_BILL_FROM, Reason.TOO_LATE)
    return is_old and row["subject_id"] not in one.works and row["newest_rev"] == row["subject_rev"]


UPSERT_EXCEPTION = (
    "INSERT INTO exceptions (id, account_id, contract_id, worklog_id, subject_kind, subject_id, subject_rev, reason, detail, state,"
    " since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', ?) ON CONFLICT (subject_kind, subject_id, subject_rev, reason)"
    " DO UPDATE SET contract_id = excluded.contract_id, detail = excluded.detail,"
    " since = CASE WHEN exceptions.state = 'open' THEN exceptions.since ELSE excluded.since END, state = 'open'"
)


def _exception(one: Prepared, held: Held, at: int) -> tuple[Value, ...]:
    head = one.facts.head
    ref = one.works.get(held.subject)
    worklog_id = ref.worklog_id if ref is not None else None
    return (
        new_id(), head.account_id, head.contract_id, worklog_id, held.kind, held.subject, _revision(one, held),
        held.reason.value, to_json(dict(held.detail)), at,
    )  # fmt: skip


def _revision(one: Prepared, held: Held) -> int:
    ref = one.works.get(held.subject)
    return ref.revision if ref is not None else 0
