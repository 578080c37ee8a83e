"""Check the audit: that no row of it was changed, left out or put in, and that every document is in it.

The chain shows what was changed inside of it. What was cut off at its end shows in documents that it lacks, and against a
hash that was kept outside (`tarifa audit --head`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from tarifa.services.book_checks import Checked, Fault, checked
from tarifa.services.book_rule import MOST_FAULTS, holds
from tarifa.storage import Database, Row, marks
from tarifa.storage.audit import COLUMNS, Head, hash_of

PAGE = 1000
_HASHED = tuple(name.strip() for name in COLUMNS.split(","))[:-1]

AUDITED = holds(
    "audit-document",
    "every document is in the audit, but for those from before there was one",
    "documents",
    "t.number",
    condition="EXISTS (SELECT 1 FROM audit a WHERE a.subject = t.id AND a.action = 'document.issued')"
    " OR EXISTS (SELECT 1 FROM unaudited u WHERE u.document_id = t.id)",
    otherwise="not there",
    expected="in the audit",
)


async def check_chain(database: Database, *, anchor: Head | None = None) -> Checked:
    """Walk the chain from its first row; `anchor` is a row of it as it was known before."""
    rows, faults, head = 0, list[Fault](), Head()
    while True:
        page = await database.rows(f"SELECT {COLUMNS} FROM audit WHERE n > ? ORDER BY n LIMIT {PAGE}", (head.n,))
        issued = await _digests(database, page)
        for row in page:
            rows += 1
            if len(faults) <= MOST_FAULTS:
                faults += _faults(row, head, issued, anchor)
            head = Head(row["n"], row["hash"])
        if len(page) < PAGE:
            break
    if anchor is not None and anchor.n > head.n:
        faults.append(Fault("audit", f"row {anchor.n}", "not there", anchor.hash))
    return checked("audit-chain", "each row of the audit is chained to the one before, as it was written", rows, faults)


async def _digests(database: Database, page: Sequence[Row]) -> Mapping[str, str]:
    """By id, the digests of the documents whose issue a page tells."""
    ids = [row["subject"] for row in page if row["action"] == "document.issued"]
    rows = await database.rows(f"SELECT id, sha256 FROM documents WHERE id IN ({marks(len(ids))})", ids)
    return {row["id"]: row["sha256"] for row in rows}


def _faults(row: Row, before: Head, issued: Mapping[str, str], anchor: Head | None) -> Iterator[Fault]:
    key = f"row {row['n']}"
    if row["n"] != before.n + 1:
        yield Fault("audit", key, f"follows row {before.n}", f"row {before.n + 1} between them")
    elif row["prev_hash"] != before.hash:
        yield Fault("audit", key, f"chained to {row['prev_hash']}", before.hash)
    should_be = hash_of([row[name] for name in _HASHED])
    if row["hash"] != should_be:
        yield Fault("audit", key, row["hash"], should_be)
    elif anchor is not None and anchor.n == row["n"] and anchor.hash != row["hash"]:
        yield Fault("audit", key, row["hash"], anchor.hash)
    if row["action"] == "document.issued":
        said = json.loads(row["payload"]).get("sha256")
        if said != issued.get(row["subject"]):
            stored = issued.get(row["subject"], "no such document")
            yield Fault("documents", f"{row['subject']} of audit {key}", stored, str(said))
