"""The rows of bills, made before the transaction that writes them: all but what hangs on a document's number.

Others wait for that transaction, so nothing is computed in it that can be known before. Rows lie table by table, as they
are written (`billing_write`); a document waits as a `Paper` until it gets its number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib.metadata import version

from engine.calendars import local_day
from engine.documents import Document, DocumentTerms, Draft, Line
from engine.issuing import numbered, unnumbered
from engine.items import Delta
from tarifa.services.billing_settle import Bill, GroupHead, Prepared
from tarifa.services.series import Numbers, Owner
from tarifa.storage.database import Value
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import buckets_json, item_json, pool_json, taxes_json, to_json, to_seconds
from tarifa.storage.outbox import Event
from tarifa.zones import zone

NEVER = date.max.isoformat()


@dataclass(frozen=True, slots=True)
class Paper:
    """A draft that is about to become a document, and the ids of what it belongs to.

    `members` are those of `unnumbered(draft)`, which are slow to write down.
    """

    draft: Draft
    members: Mapping[str, str]
    document_id: str
    account_id: str
    contract_id: str
    request_key: str
    group: GroupHead | None = None
    left_out: tuple[str, ...] = ()
    policy_seq: int = 0

    @property
    def owner(self) -> Owner:
        """Whose series it is numbered in."""
        seller = self.draft.terms.entity
        return seller.key if seller is not None else None, self.draft.kind.value


@dataclass(slots=True)
class Pages:
    """The rows of one transaction, table by table, and the documents that wait for their numbers.

    `heads` are how far contracts are settled then: the values of `billing_write.ADVANCE`, in its order.
    """

    now: datetime
    heads: list[tuple[Value, ...]] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    documents: list[tuple[Value, ...]] = field(default_factory=list)
    of_groups: list[tuple[Value, ...]] = field(default_factory=list)
    settlements: list[tuple[Value, ...]] = field(default_factory=list)
    obligations: list[tuple[Value, ...]] = field(default_factory=list)
    items: list[tuple[Value, ...]] = field(default_factory=list)
    closings: list[tuple[Value, ...]] = field(default_factory=list)
    lines: list[tuple[Value, ...]] = field(default_factory=list)
    taxes: list[tuple[Value, ...]] = field(default_factory=list)
    pools: list[tuple[Value, ...]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def number(self, numbers: Numbers) -> dict[str, Document]:
        """Make documents of the papers, in their order; by id."""
        made: dict[str, Document] = {}
        for paper in self.papers:
            draft, terms = paper.draft, paper.draft.terms
            series_id, ordinal, number = numbers.give(paper.owner)
            clock = zone(terms.zone)
            issued = local_day(to_seconds(self.now), clock) if clock is not None else self.now.date()
            document = numbered(draft, number=number, issued_on=issued, members=paper.members)
            seller = (terms.entity.key, terms.entity.revision) if terms.entity is not None else (None, None)
            self.documents.append(
                (paper.document_id, series_id, ordinal, number, draft.kind.value, paper.account_id, paper.contract_id,
                 terms.currency.code, terms.currency.digits, terms.boundary_on.isoformat(), issued.isoformat(),
                 document.due_on.isoformat(), draft.net, draft.tax, draft.total, draft.rounding, paper.request_key,
                 document.body, document.sha256, to_seconds(self.now), terms.seller, *seller)
            )  # fmt: skip
            of = (
                {"contract": terms.contract.number} if isinstance(terms, DocumentTerms) else {"bill_group": terms.group}
            )
            payload = {"number": number, **of, "total": draft.total}
            self.events.append(Event("document.issued", paper.document_id, "", payload, {"sha256": document.sha256}))
            made[paper.document_id] = document
        return made


def pages_of(bills: Iterable[Bill], corrected: Mapping[str, str], *, now: datetime) -> tuple[Pages, list[str | None]]:
    """The rows of bills, and of each bill the id of its document.

    Args:
        bills: What is written together.
        corrected: Ids by number of the documents whose lines are corrected.
        now: When it is written.
    """
    pages = Pages(now)
    return pages, [_add(pages, one, corrected) for one in bills]


def _add(pages: Pages, bill: Bill, corrected: Mapping[str, str]) -> str | None:
    """Add a bill's rows: its contracts', and one document for all of them."""
    draft = bill.draft
    document_id = new_id() if draft is not None else None
    settlements = {
        one.facts.contract.number: settlement_id
        for one in bill.parts
        if (settlement_id := _add_part(pages, one, document_id)) is not None
    }
    if draft is None or document_id is None:
        return None
    policy_seq = bill.first.facts.head.policy_seq
    whose = (*_of_whom(bill), _request_key(draft, bill), bill.group, bill.left_out, policy_seq)
    add_paper(pages, Paper(draft, unnumbered(draft), document_id, *whose), corrected)
    for line in draft.lines:
        of = settlements[line.owner.contract if line.owner is not None else bill.first.facts.contract.number]
        source_key = f"{of}/{line.item.key}{'/credit' if line.reason is not None else ''}"
        pages.lines.append(line_row(line, (source_key, of), document_id, corrected))
    return document_id


def add_paper(pages: Pages, paper: Paper, corrected: Mapping[str, str]) -> None:
    """Add a document that waits for its number, and its rows but for its lines; `corrected` as of `pages_of`."""
    draft, document_id = paper.draft, paper.document_id
    pages.papers.append(paper)
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


def _of_whom(bill: Bill) -> tuple[str, str]:
    """The account that is billed, and the contract that the document is known by."""
    head = bill.first.facts.head
    return (bill.group.account_id if bill.group is not None else head.account_id), head.contract_id


def _request_key(draft: Draft, bill: Bill) -> str:
    if bill.group is not None:
        return f"{draft.terms.key}/{bill.group.n + 1}"  # a contract that was left out comes on another one
    one = bill.first
    is_again = one.due.number <= one.facts.head.billed_through  # late work, or an end that has moved
    return f"{draft.terms.key}/{one.due.parts[0]}" if is_again else draft.terms.key


def _add_part(pages: Pages, one: Prepared, document_id: str | None) -> str | None:
    """Add a contract's rows, and give its settlement's id; nothing but its counters where late work came to nothing."""
    head, due = one.facts.head, one.due
    settlement_n = head.settlement_n if one.is_idle else head.settlement_n + 1
    next_on = due.following.isoformat() if due.following is not None else NEVER
    through = max(due.number, head.billed_through)  # a contract may have come to end before what is billed
    settled = head.account_seq, head.policy_seq, one.facts.opened_by
    if due.is_at_once:  # of all that has changed only a part is settled
        settled = head.settled_account_seq, head.settled_policy_seq, head.opened_by
    read = head.settlement_n, head.account_seq, head.policy_seq
    pages.heads.append((head.contract_id, *read, settlement_n, *settled[:2], through, next_on, settled[2]))
    if one.is_idle:
        return None
    settlement_id = new_id()
    pages.settlements.append(
        (settlement_id, head.contract_id, settlement_n, due.number, head.account_seq, head.policy_seq, one.from_cycle,
         *releases(), to_json(one.waiting), document_id, to_seconds(pages.now), one.run_id, int(due.is_at_once))
    )  # fmt: skip
    pages.obligations += [(head.contract_id, due.number, part, settlement_id) for part in due.parts]
    pages.items += [_item(one, delta, settlement_id, settlement_n) for delta in one.deltas]
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


def line_row(line: Line, key: tuple[str, str], document_id: str, corrected: Mapping[str, str]) -> tuple[Value, ...]:
    """A row of `lines`; `key` is its own and the settlement that its item is of, `corrected` as of `pages_of`."""
    source_key, settlement_id = key
    before = (corrected[line.corrects.document], line.corrects.position) if line.corrects is not None else (None, None)
    return (
        document_id, line.position, source_key, settlement_id, line.item.key, line.item.kind.value, line.amount,
        line.discount, line.net, taxes_json(line.taxes), line.tax_date.isoformat(), *before, str(line.off.share), line.off.by_share,
        line.off.fixed, line.tax_included, line.reason,
    )  # fmt: skip


def _item(one: Prepared, delta: Delta, settlement_id: str, settlement_n: int) -> tuple[Value, ...]:
    item = delta.item
    ref = one.works.get(item.work) if item.work is not None else None
    worklog_id = ref.worklog_id if ref is not None else one.billed_work.get(item.key)
    return (
        settlement_id, settlement_n, item.key, one.facts.head.contract_id, item.cycle, item.due, item.kind.value,
        item.service.start.isoformat(), item.service.end.isoformat(), item.version, worklog_id, item.work_revision,
        item.request_revision, ref.site_seq if ref is not None else 0, item.band, item.minutes, item.rounded,
        item.covered, item.overage, item.amount, item.discount, delta.amount, delta.discount, item_json(item),
    )  # fmt: skip
