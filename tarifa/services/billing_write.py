"""Number and write what some contracts came to, in one short transaction (D8.3, D8.4).

Everything is computed before it (`billing_rows`), from counters that were read before anything else. Its first statement
raises the heads of the contracts whose counters are still those: where an account, policy, a head or a bill group has
moved, the transaction is rolled back, that bill is left out, to be computed again, and the others are written. Numbers are
taken next, so that none is lost; unique keys on obligations and items are the backstop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from engine.documents import Document
from engine.money import Currency
from tarifa.services.bill_groups import MOVES
from tarifa.services.billing_exceptions import Changed, changed, read_open
from tarifa.services.billing_rows import Pages, pages_of
from tarifa.services.billing_settle import Bill, GroupHead
from tarifa.services.failpoints import reach
from tarifa.services.numbers import refuse_if_fenced
from tarifa.services.series import Numbers, Owner, current_series
from tarifa.storage import Database, Transaction, marks
from tarifa.storage.audit import NEWEST, Head, newest_in
from tarifa.storage.mapping import to_seconds
from tarifa.storage.outbox import append_events


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
    series = await current_series(database)
    was_open = await read_open(database, [part for one in bills for part in one.parts])
    moved: list[str] = []
    while bills:
        pages, papers = await asyncio.to_thread(pages_of, bills, corrected, now=now)
        parts = [part for one in bills for part in one.parts if not part.due.is_at_once]
        try:
            made = await _write(database, bills, pages, series, changed(was_open, parts, at=to_seconds(now)))
        except _MovedError as error:
            moved += [part.facts.contract.number for one in error.bills for part in one.parts]
            bills = [one for one in bills if not any(one is other for other in error.bills)]
        else:
            return _boundaries(bills, papers, made), tuple(moved)
    return (), tuple(moved)


class _MovedError(Exception):
    """What some bills were computed from is not so any more."""

    def __init__(self, bills: Sequence[Bill]) -> None:
        super().__init__(f"{len(bills)} bills have moved")
        self.bills = bills


async def _write(
    database: Database, bills: Sequence[Bill], pages: Pages, series: Mapping[Owner, str], exceptions: Changed
) -> Mapping[str, Document]:
    """Write all of it, or nothing; the documents by id.

    Raises:
        _MovedError: something has moved, and nothing is written.
    """
    async with database.writing() as transaction:
        newest = await _advance(transaction, bills, pages)
        reach("after-heads")
        made = pages.number(await Numbers.take(transaction, series, [paper.owner for paper in pages.papers]))
        reach("after-number")
        await write_pages(transaction, pages, newest=newest)
        await exceptions.write(transaction)
        reach("before-commit")
    reach("after-commit")
    return made


async def _advance(transaction: Transaction, bills: Sequence[Bill], pages: Pages) -> Head:
    """Raise the heads of contracts and groups, where all that was read still holds; the newest row of the audit.

    Raises:
        _MovedError: it does not of some bills.
    """
    rows = await transaction.rows(
        _ADVANCE.format(rows=", ".join([f"({marks(len(head))})" for head in pages.heads])),
        [value for head in pages.heads for value in head],
    )
    fresh = {row["contract_id"] for row in rows}
    groups = await raise_groups(transaction, [one.group for one in bills if one.group is not None])
    moved = [
        one
        for one in bills
        if not fresh.issuperset(part.facts.head.contract_id for part in one.parts)
        or (one.group is not None and not groups.pop(one.group.key, False))  # of one group's bills the first is written
    ]
    if moved:
        raise _MovedError(moved)
    if rows[0]["is_fenced"]:
        await refuse_if_fenced(transaction)
    apart = [row["contract_id"] for row in rows if row["is_apart"]]
    if apart:
        await transaction.run(f"DELETE FROM problems WHERE contract_id IN ({marks(len(apart))})", apart)
    return newest_in(rows[0])


_ADVANCE = (
    "WITH read (contract_id, n, account_seq, policy_seq, next_n, next_account_seq, next_policy_seq, through, next_on,"
    " opened_by) AS (VALUES {rows})"
    " UPDATE heads SET settlement_n = read.next_n, account_seq = read.next_account_seq, policy_seq = read.next_policy_seq,"
    " billed_through = read.through, next_on = read.next_on, opened_by = read.opened_by"
    " FROM read, contracts, accounts, policy_clock WHERE heads.contract_id = read.contract_id"
    " AND heads.settlement_n = read.n AND contracts.id = read.contract_id AND accounts.id = contracts.account_id"
    " AND accounts.seq = read.account_seq AND policy_clock.id = 1 AND policy_clock.seq = read.policy_seq"
    " RETURNING heads.contract_id,"
    " CASE WHEN EXISTS (SELECT 1 FROM problems p WHERE p.contract_id = heads.contract_id) THEN 1 ELSE 0 END AS is_apart,"
    " CASE WHEN EXISTS (SELECT 1 FROM series WHERE is_fenced = 1) THEN 1 ELSE 0 END AS is_fenced, " + NEWEST
)
"""In order of `Pages.heads`: a contract, what was read, and how far it is settled now."""


async def raise_groups(transaction: Transaction, groups: Sequence[GroupHead]) -> dict[str, bool]:
    """Count a document more of each group that has as many as were read, and whose payer is as was read; their keys."""
    if not groups:
        return {}
    read = {one.key: one for one in reversed(groups)}
    rows = await transaction.rows(
        f"WITH read (group_key, n, moves, account_seq) AS (VALUES {', '.join(['(?, ?, ?, ?)'] * len(read))})"
        " UPDATE bill_group_heads SET n = bill_group_heads.n + 1 FROM read, bill_groups, accounts"
        " WHERE bill_group_heads.group_key = read.group_key AND bill_group_heads.n = read.n"
        f" AND {MOVES.format(group='read.group_key')} = read.moves"
        " AND bill_groups.key = read.group_key AND accounts.id = bill_groups.account_id"
        " AND accounts.seq = read.account_seq RETURNING bill_group_heads.group_key",
        [value for one in read.values() for value in (one.key, one.n, one.moves, one.account_seq)],
    )
    return {row["group_key"]: True for row in rows}


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


def _boundaries(
    bills: Sequence[Bill], papers: Sequence[str | None], made: Mapping[str, Document]
) -> tuple[BilledBoundary, ...]:
    return tuple(
        BilledBoundary(
            contract=part.facts.contract.number,
            boundary=part.due.number,
            boundary_on=part.due.on,
            document=made[document_id].number if document_id is not None else None,
            kind=bill.draft.kind.value if bill.draft is not None else None,
            currency=part.facts.contract.currency,
            total=bill.draft.total if bill.draft is not None else 0,
        )
        for bill, document_id in zip(bills, papers, strict=True)
        for part in bill.parts
        if not part.is_idle
    )


async def write_pages(transaction: Transaction, pages: Pages, *, newest: Head | None = None) -> None:
    """Write rows in the order that foreign keys ask for; `newest` is the newest row of the audit, where it was read."""
    await transaction.insert(
        "documents",
        "id, series_id, ordinal, number, kind, account_id, contract_id, currency, digits, boundary_on, issue_date,"
        " due_date, net, tax, total, rounding, request_key, body, sha256, issued_at, seller, entity_key, entity_seq",
        pages.documents,
    )
    if pages.of_groups:
        columns = "document_id, group_key, n, account_seq, policy_seq, left_out, purchase_order, reference"
        await transaction.insert("group_documents", columns, pages.of_groups)
    reach("after-documents")
    await transaction.insert(
        "settlements",
        "id, contract_id, n, boundary_no, account_seq, policy_seq, from_cycle, engine, tzdata, waiting, document_id,"
        " settled_at, run_id, at_once",
        pages.settlements,
    )
    reach("after-settlements")
    await transaction.insert("obligations", "contract_id, boundary_no, part, settlement_id", pages.obligations)
    await transaction.insert(
        "items",
        "settlement_id, settlement_n, item_key, contract_id, cycle_no, due_no, kind, service_from, service_to,"
        " version, worklog_id, worklog_rev, request_rev, site_seq, band, minutes, rounded, covered, overage,"
        " amount, discount, delta_amount, delta_discount, body",
        pages.items,
    )
    reach("after-items")
    await transaction.insert(
        "closings",
        "contract_id, cycle_no, settlement_id, settlement_n, start, end_date, measure, carried_in, granted,"
        " topped_up, drawn, overage, remaining, carried_out, buckets, brought_over",
        pages.closings,
    )
    await transaction.insert(
        "lines",
        "document_id, pos, source_key, settlement_id, item_key, kind, amount, discount, net, taxes, tax_date,"
        " corrects_document_id, corrects_pos, off_share, off_by_share, off_fixed, tax_included,"
        " manual_reason",
        pages.lines,
    )
    reach("after-lines")
    await transaction.insert(
        "tax_groups", "document_id, pos, code, rate_num, rate_den, category, text, base, tax", pages.taxes
    )
    await transaction.insert("tax_pools", "document_id, of_document_id, of_pos, taxes, n, amount, tax", pages.pools)
    await append_events(transaction, pages.events, at=to_seconds(pages.now), newest=newest)
