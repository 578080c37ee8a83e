"""Check the books: that what is on record about money agrees with itself, and that nothing of it was changed.

A rule is one query, and so sees one moment, however many workers bill meanwhile. What only the bodies of documents and
the buckets of closings say is read page by page; both never change. Nothing is written, and no more is held than a page and
the faults that are told.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from engine.money import decimal_text
from engine.names import fold
from tarifa.services.billing_contracts import grouped
from tarifa.services.book_checks import Checked, Fault, checked
from tarifa.services.book_rule import MOST_FAULTS, Rule
from tarifa.services.book_rules import RULES
from tarifa.services.verify_audit import AUDITED, check_chain
from tarifa.storage import Database, Row, marks
from tarifa.storage.audit import Head
from tarifa.storage.mapping import buckets

PAGE = 200


async def verify(database: Database, *, anchor: Head | None = None) -> AsyncIterator[Checked]:
    """Check rule after rule; `anchor` is a row of the audit as it was known before."""
    for rule in (*RULES, AUDITED):
        yield await _keeps(database, rule)
    yield await _bodies(database)
    yield await _buckets(database)
    yield await check_chain(database, anchor=anchor)
    if database.backend.broken_references:
        yield await _references(database)


async def _keeps(database: Database, rule: Rule) -> Checked:
    counted = await database.row(rule.counted)
    wrong = await database.rows(rule.wrong)
    faults = [Fault(rule.table, row["key"], str(row["stored"]), str(row["expected"])) for row in wrong]
    return checked(rule.code, rule.name, counted["rows"] if counted is not None else 0, faults)


async def _references(database: Database) -> Checked:
    """Rows that refer to others that are not there; where the database sees to it by itself, it is not asked."""
    broken = await database.rows(database.backend.broken_references)
    faults = [Fault(row["table"], f"row {row['rowid']}", "a reference to nothing", row["parent"]) for row in broken]
    tables = await database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    return checked("reference", "what a row refers to is there", len(tables), faults)


async def _bodies(database: Database) -> Checked:
    """The issued bytes of documents: that they are those that were issued, and say what the tables say."""
    rows, faults = 0, list[Fault]()
    async for page in _pages(
        database,
        "SELECT t.*, s.prefix, a.key AS account_key FROM documents t JOIN series s ON s.id = t.series_id"
        " JOIN accounts a ON a.id = t.account_id",
        "id",
    ):
        rows += len(page)
        ids = [row["id"] for row in page]
        lines = await _parts(database, "lines", ids)
        groups = await _parts(database, "tax_groups", ids)
        for row in page:
            if len(faults) <= MOST_FAULTS:
                faults += _unlike_body(row, lines[row["id"]], groups[row["id"]])
    return checked("document-body", "a document's body is what was issued, and says what the tables say", rows, faults)


async def _parts(database: Database, table: str, ids: Sequence[str]) -> Mapping[str, Sequence[Row]]:
    rows = await database.rows(
        f"SELECT * FROM {table} WHERE document_id IN ({marks(len(ids))}) ORDER BY document_id, pos", ids
    )
    return grouped(rows, "document_id", lambda row: row)


def _unlike_body(row: Row, lines: Sequence[Row], groups: Sequence[Row]) -> Iterator[Fault]:
    content = bytes(row["body"])
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != row["sha256"]:
        yield Fault("documents", f"{row['number']} body", f"bytes with the digest {sha256}", row["sha256"])
        return
    try:
        body = json.loads(content)
    except ValueError:
        yield Fault("documents", f"{row['number']} body", "no JSON", "a document as JSON")
        return
    billed = _said(body, ("account", "key"))
    if row["account_key"] != fold(str(billed)):
        yield Fault("documents", f"{row['number']} account.key", row["account_key"], str(billed))
    for (table, place), stored in _told(row, lines, groups).items():
        said = _said(body, place)
        if stored != said:
            path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
            yield Fault(table, f"{row['number']} {path.removeprefix('.')}", str(stored), str(said))


def _told(row: Row, lines: Sequence[Row], groups: Sequence[Row]) -> dict[tuple[str, tuple[str | int, ...]], object]:
    """What the tables say of a document, by table and place in its body."""

    def amount(minor: int) -> str:
        return decimal_text(minor, row["digits"])

    told: dict[tuple[str, tuple[str | int, ...]], object] = {
        ("documents", ("number",)): row["number"],
        ("documents", ("kind",)): row["kind"],
        ("documents", ("currency",)): row["currency"],
        ("documents", ("issued_on",)): row["issue_date"],
        ("documents", ("due_on",)): row["due_date"],
        ("documents", ("boundary", "on")): row["boundary_on"],
        **{("documents", (name,)): amount(row[name]) for name in ("net", "tax", "total", "rounding")},
        ("lines", ("lines",)): len(lines),
        ("tax_groups", ("taxes",)): len(groups),
    }
    if row["seller"] is not None:  # documents from before sellers were on record have none in their row
        told["documents", ("seller",)] = row["seller"]
    for n, line in enumerate(lines):
        place = ("lines", n)
        told["lines", (*place, "position")] = line["pos"]
        told["lines", (*place, "item")] = line["item_key"]
        told |= {("lines", (*place, name)): amount(line[name]) for name in ("amount", "discount", "net")}
    for n, group in enumerate(groups):
        told["tax_groups", ("taxes", n, "code")] = group["code"]
        told |= {("tax_groups", ("taxes", n, name)): amount(group[name]) for name in ("base", "tax")}
    return told


def _said(body: Any, place: Sequence[str | int]) -> object:  # noqa: ANN401  # any JSON
    """What a body says at a place: of a list, how long it is; None where there is no such place."""
    for part in place:
        try:
            body = body[part]
        except (LookupError, TypeError):
            return None
    return len(body) if isinstance(body, list) else body


async def _buckets(database: Database) -> Checked:
    """What closings hand on: nothing below zero, and together what was carried out."""
    rows, faults = 0, list[Fault]()
    sql = "SELECT t.*, c.number FROM closings t JOIN contracts c ON c.id = t.contract_id"
    async for page in _pages(database, sql, "contract_id", "cycle_no", "settlement_id"):
        rows += len(page)
        for row in page:
            left = [bucket.left for bucket in buckets(row["buckets"])]
            is_right = min(left, default=0) >= 0 and sum(left) == row["carried_out"]
            if not is_right and len(faults) <= MOST_FAULTS:
                key = f"{row['number']} cycle {row['cycle_no']} settlement {row['settlement_n']}"
                faults.append(
                    Fault("closings", key, f"buckets of {left}", f"together {row['carried_out']}, none below 0")
                )
    return checked(
        "closing-buckets", "a closing's buckets are zero or more, and together what it carries out", rows, faults
    )


async def _pages(database: Database, sql: str, *key: str) -> AsyncIterator[Sequence[Row]]:
    """Rows of a query of a table `t`, page by page in order of its key, so that none is read twice."""
    names = ", ".join(f"t.{name}" for name in key)
    after = ""
    values: tuple[str | int, ...] = ()
    while True:
        page = await database.rows(f"{sql}{after} ORDER BY {names} LIMIT {PAGE}", values)
        if page:
            yield page
        if len(page) < PAGE:
            return
        after, values = f" WHERE ({names}) > ({marks(len(key))})", tuple(page[-1][name] for name in key)
