"""Invoices and credit notes with their lines and taxes: what was issued, never computed again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from engine.documents import Line, LineOwner, uncounted
from engine.items import LineRef, OffDocument
from engine.money import Currency
from engine.names import fold
from tarifa.reading.listing import Listing, read_cursor, write_cursor
from tarifa.reading.pages import Edge, Page, PageRequest
from tarifa.reading.scope import Scope
from tarifa.reading.views import BilledOn, DocumentView, LineView, PricedBy, TaxView
from tarifa.storage import Database, Row, marks
from tarifa.storage.balances import OPEN_DOCUMENT
from tarifa.storage.database import Value
from tarifa.storage.mapping import from_seconds, item, taxes


def _document(row: Row) -> DocumentView:
    return DocumentView(
        id=row["id"],
        kind=row["kind"],
        number=row["number"],
        account=row["account"],
        contract=row["contract"],
        bill_group=row["bill_group"],
        currency=Currency(row["currency"], row["digits"]),
        issue_date=date.fromisoformat(row["issue_date"]),
        boundary_on=date.fromisoformat(row["boundary_on"]),
        due_date=date.fromisoformat(row["due_date"]),
        net=row["net"],
        tax=row["tax"],
        total=row["total"],
        rounding=row["rounding"],
        open=row["open"],
        cancelled_by=row["cancelled_by"],
        seller=row["seller"],
        purchase_order=row["purchase_order"],
        reference=row["reference"],
        sha256=row["sha256"],
        issued_at=from_seconds(row["issued_at"]),
    )


_SELECT = (
    "SELECT d.id, d.kind, d.number, d.currency, d.digits, d.issue_date, d.boundary_on, d.due_date, d.net, d.tax,"
    f" d.total, d.rounding, d.sha256, d.issued_at, {OPEN_DOCUMENT} AS open, a.key AS account,"
    " (SELECT g.number FROM credit_notes k JOIN documents g ON g.id = k.document_id WHERE k.cancels_document_id = d.id)"
    " AS cancelled_by,"
    " c.number AS contract, COALESCE(d.seller, c.seller) AS seller, b.label AS bill_group,"
    " CASE WHEN o.document_id IS NULL THEN c.purchase_order ELSE o.purchase_order END AS purchase_order,"
    " CASE WHEN o.document_id IS NULL THEN c.reference ELSE o.reference END AS reference FROM documents d"
    " JOIN accounts a ON a.id = d.account_id JOIN contracts c ON c.id = d.contract_id"
    " LEFT JOIN group_documents o ON o.document_id = d.id LEFT JOIN bill_groups b ON b.key = o.group_key"
)
_DOCUMENTS = Listing("documents", _SELECT, ("d.id",), ("id",), _document)
_OVERDUE = Listing(
    "overdue",
    _SELECT,
    ("d.due_date", "d.id"),
    ("due_date", "id"),
    _document,
    ("d.total + d.rounding > 0", f"{OPEN_DOCUMENT} > 0"),
)

_BILLS = (
    "(SELECT k.id FROM contracts k WHERE k.number = ?) IN (SELECT d.contract_id UNION ALL"
    " SELECT s.contract_id FROM lines x JOIN settlements s ON s.id = x.settlement_id"
    " WHERE x.document_id = d.id AND o.document_id IS NOT NULL)"
)
"""Whether a contract is on a document."""

LINES = (
    "SELECT d.number, d.currency, d.digits, l.*, i.body, c.number AS contract, w.label AS account, w.key AS account_key,"
    " g.group_key, f.number AS corrected, v.label AS version_label, r.label AS ruleset FROM lines l"
    " JOIN documents d ON d.id = l.document_id JOIN accounts a ON a.id = d.account_id"
    " JOIN items i ON i.settlement_id = l.settlement_id AND i.item_key = l.item_key"
    " JOIN contracts c ON c.id = i.contract_id JOIN rulesets r ON r.id = c.ruleset_id"
    " LEFT JOIN ruleset_versions v ON v.ruleset_id = r.id AND v.source_digest = i.version"
    " JOIN accounts w ON w.id = c.account_id LEFT JOIN group_documents g ON g.document_id = d.id"
    " LEFT JOIN documents f ON f.id = l.corrects_document_id"
)
"""The lines of documents, with what `line_view` and `stored_line` read; without a WHERE."""


def line_view(row: Row) -> LineView:
    """A row of `lines` with its item."""
    line = stored_line(row)
    priced, title = line.item, version_title(row)
    return LineView(
        document=row["number"],
        account=row["account_key"],
        contract=row["contract"],
        position=line.position,
        item_key=priced.key,
        kind=priced.kind.value,
        label=priced.label,
        product=priced.product,
        service_from=priced.service.start,
        service_to=priced.service.last,
        work=priced.work,
        band=priced.band,
        minutes=priced.minutes,
        rounded=priced.rounded,
        covered=priced.covered,
        overage=priced.overage,
        rate=priced.rate,
        amount=line.amount,
        discount=line.discount,
        document_discount=line.off.total,
        tax_included=line.tax_included,
        net=line.net,
        tax_codes=tuple(tax.code for tax in line.taxes),
        reason=line.reason,
        rows=tuple(
            PricedBy(hook, title, by.table, by.row, by.origin.file, by.origin.line)
            for hook, rows in priced.rows
            for by in rows
        ),
        corrects=BilledOn(line.corrects.document, line.corrects.position) if line.corrects is not None else None,
    )


def stored_line(row: Row) -> Line:
    """The engine's line, as it was issued."""
    corrects = LineRef(row["corrected"], row["corrects_pos"]) if row["corrected"] is not None else None
    return Line(
        position=row["pos"],
        item=uncounted(item(row["body"])) if row["manual_reason"] is not None else item(row["body"]),
        amount=row["amount"],
        discount=row["discount"],
        taxes=taxes(row["taxes"]),
        tax_date=date.fromisoformat(row["tax_date"]),
        corrects=corrects,
        off=OffDocument(Fraction(row["off_share"]), row["off_by_share"], row["off_fixed"]),
        tax_included=row["tax_included"],
        reason=row["manual_reason"],
        owner=LineOwner(row["account"], row["contract"]) if row["group_key"] is not None else None,
    )


def version_title(row: Row) -> str:
    """`Zylker@2026.1`: the version that priced a line."""
    return f"{row['ruleset']}@{row['version_label']}"


async def documents(
    database: Database,
    scope: Scope,
    page: PageRequest,
    *,
    account: str | None = None,
    contract: str | None = None,
    kind: str | None = None,
) -> Page[DocumentView]:
    """Documents in the order that they were issued."""
    where: list[tuple[str, Value]] = [
        ("a.key = ?", scope.account),
        ("a.key = ?", fold(account) if account is not None else None),
        (_BILLS, contract),
        ("d.kind = ?", kind),
    ]
    return await _DOCUMENTS.page(database, where, page)


async def overdue(
    database: Database, scope: Scope, page: PageRequest, *, on: date, account: str | None = None
) -> Page[DocumentView]:
    """What should have been paid before a day and is open, the longest overdue first."""
    where: list[tuple[str, Value]] = [
        ("a.key = ?", scope.account),
        ("a.key = ?", fold(account) if account is not None else None),
        ("d.due_date < ?", on.isoformat()),
    ]
    return await _OVERDUE.page(database, where, page)


async def document(database: Database, scope: Scope, number: str) -> DocumentView | None:
    """One document by its number."""
    return (await documents_by_number(database, scope, [number])).get(number)


async def documents_by_number(database: Database, scope: Scope, numbers: Sequence[str]) -> dict[str, DocumentView]:
    """Documents by number."""
    found = await _DOCUMENTS.of_keys(database, [("a.key = ?", scope.account)], "d.number", numbers)
    return {view.number: view for view in found}


async def body(database: Database, scope: Scope, number: str) -> bytes | None:
    """The canonical JSON of a document, to the byte as it was issued."""
    row = await database.row(
        "SELECT d.body FROM documents d JOIN accounts a ON a.id = d.account_id"
        " WHERE d.number = ? AND a.key = COALESCE(?, a.key)",
        (number, scope.account),
    )
    return bytes(row["body"]) if row is not None else None


async def lines(database: Database, scope: Scope, number: str, page: PageRequest) -> Page[LineView]:
    """The lines of a document, by position."""
    return (await lines_by_document(database, scope, [number], page)).get(number, Page((), has_more=False))


async def lines_by_document(
    database: Database, scope: Scope, numbers: Sequence[str], page: PageRequest
) -> dict[str, Page[LineView]]:
    """The same page of the lines of each of several documents, by document number."""
    after = int(read_cursor("lines", page.after, 1)[0]) if page.after is not None else 0
    rows = await database.rows(
        f"{LINES} WHERE d.number IN ({marks(len(numbers))}) AND l.pos > ? AND l.pos <= ?"
        " AND a.key = COALESCE(?, a.key) ORDER BY d.number, l.pos",
        (*numbers, after, after + page.limit + 1, scope.account),
    )
    found: defaultdict[str, list[LineView]] = defaultdict(list)
    for row in rows:
        found[row["number"]].append(line_view(row))
    return {
        number: Page(
            tuple(Edge(write_cursor("lines", [view.position]), view) for view in views[: page.limit]),
            has_more=len(views) > page.limit,
        )
        for number, views in found.items()
    }


async def contracts_by_document(database: Database, scope: Scope, numbers: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The numbers of the contracts that documents bill, by document number."""
    rows = await database.rows(
        "SELECT DISTINCT d.number, COALESCE(k.number, c.number) AS contract FROM documents d"
        " JOIN accounts a ON a.id = d.account_id JOIN contracts c ON c.id = d.contract_id"
        " LEFT JOIN (lines l JOIN settlements s ON s.id = l.settlement_id JOIN contracts k ON k.id = s.contract_id)"
        " ON l.document_id = d.id"
        f" WHERE d.number IN ({marks(len(numbers))}) AND a.key = COALESCE(?, a.key) ORDER BY 1, 2",
        (*numbers, scope.account),
    )
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row["number"]].append(row["contract"])
    return {number: tuple(contracts) for number, contracts in found.items()}


async def line_rows(database: Database, scope: Scope, refs: Sequence[tuple[str, int]]) -> Sequence[Row]:
    """The rows of single lines, with what `line_view` and `stored_line` read."""
    if not refs:
        return ()
    wanted = ", ".join(["(?, ?)"] * len(refs))
    return await database.rows(
        f"{LINES} WHERE (d.number, l.pos) IN (VALUES {wanted}) AND a.key = COALESCE(?, a.key)",
        [*(value for ref in refs for value in ref), scope.account],
    )


async def taxes_by_document(database: Database, scope: Scope, numbers: Sequence[str]) -> dict[str, tuple[TaxView, ...]]:
    """The taxes of documents, by document number."""
    rows = await database.rows(
        "SELECT d.number, t.* FROM tax_groups t JOIN documents d ON d.id = t.document_id"
        f" JOIN accounts a ON a.id = d.account_id WHERE d.number IN ({marks(len(numbers))})"
        " AND a.key = COALESCE(?, a.key) ORDER BY d.number, t.pos",
        (*numbers, scope.account),
    )
    found: defaultdict[str, list[TaxView]] = defaultdict(list)
    for row in rows:
        rate = Fraction(int(row["rate_num"]), int(row["rate_den"]))
        found[row["number"]].append(TaxView(row["code"], rate, row["category"], row["text"], row["base"], row["tax"]))
    return {number: tuple(views) for number, views in found.items()}
