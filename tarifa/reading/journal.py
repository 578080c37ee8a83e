"""The journal: documents and payments as balanced postings for bookkeeping.

A document is one entry on its day of issue: what is to be paid against revenue by kind of line and tax code, tax by code, and
rounding. Each revision of a payment is an entry on the day (UTC) on which it was recorded, of what it changed: so the
journal of days that are over never changes. The sum over all days of what is posted to receivables of a customer is the
balance of its statement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from engine.money import Currency
from tarifa.reading.chart import Chart, LedgerAccount, Posting, Topic
from tarifa.storage import Database, Row, marks
from tarifa.storage.mapping import from_seconds, taxes

PAGE = 200
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Post:
    """An amount in minor units on an account: above zero a debit, below zero a credit."""

    topic: Topic
    account: LedgerAccount
    amount: int


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A document, or a revision of a payment; its posts come to nothing together.

    Attributes:
        kind: `invoice`, `credit note`, `payment`, `refund` or `write-off`.
        name: Number of the document, or `source:externalId` of the payment.
        revision: Of the payment; 1 of a document.
        day: On which it is posted.
        value_day: When money moved, or is due.
    """

    kind: str
    name: str
    revision: int
    day: date
    value_day: date
    customer: str
    contract: str
    seller: str
    currency: Currency
    posts: tuple[Post, ...]


class UnbalancedError(Exception):
    """A document's postings do not come to nothing: its rows were changed; `tarifa verify` says which."""

    def __init__(self, name: str, rest: int) -> None:
        super().__init__(
            f"the postings of {name} come to {rest} and not to nothing: its rows were changed, see `tarifa verify`"
        )


async def missing_topics(database: Database, chart: Chart, *, start: date, last: date) -> tuple[Topic, ...]:
    """What is posted in those days, and has no account."""
    days = (start.isoformat(), last.isoformat())
    lines = await database.rows(
        "SELECT DISTINCT l.kind, l.taxes FROM lines l JOIN documents d ON d.id = l.document_id"
        " WHERE d.issue_date >= ? AND d.issue_date <= ?",
        days,
    )
    codes = await database.rows(
        "SELECT DISTINCT t.code FROM tax_groups t JOIN documents d ON d.id = t.document_id"
        " WHERE d.issue_date >= ? AND d.issue_date <= ?",
        days,
    )
    rounded = await database.row(
        "SELECT count(*) AS n FROM documents WHERE issue_date >= ? AND issue_date <= ? AND rounding <> 0", days
    )
    kinds = await database.rows(
        "SELECT DISTINCT p.kind FROM payments p JOIN payment_revs r ON r.payment_id = p.id"
        " WHERE r.recorded_at >= ? AND r.recorded_at < ?",
        _instants(start, last),
    )
    topics = {Topic(Posting.RECEIVABLE)}
    topics |= {Topic(Posting.REVENUE, row["kind"], _codes(row["taxes"])) for row in lines}
    topics |= {Topic(Posting.TAX, tax=row["code"]) for row in codes}
    topics |= {Topic(Posting.ROUNDING)} if rounded is not None and rounded["n"] else set()
    topics |= {Topic(Posting(row["kind"])) for row in kinds}
    return tuple(sorted((topic for topic in topics if chart.account(topic) is None), key=str))


async def journal(database: Database, chart: Chart, *, start: date, last: date) -> AsyncIterator[JournalEntry]:
    """The entries from `start` to `last`, itself included: documents by day and number, then payments as recorded.

    Raises:
        UnbalancedError: a document's rows do not agree.
        LookupError: a posting has no account; ask `missing_topics` before.
    """
    async for documents in _pages(
        database, _DOCUMENTS, ("issue_date", "number"), (start.isoformat(), last.isoformat())
    ):
        ids = [row["id"] for row in documents]
        revenue = await _revenue(database, ids)
        taxed = await _taxed(database, ids)
        for row in documents:
            yield _document(row, revenue[row["id"]], taxed[row["id"]], chart)
    async for payments in _pages(database, _PAYMENTS, ("recorded_at", "payment_id", "rev"), _instants(start, last)):
        for row in payments:
            if row["amount"] != row["before"]:
                yield _payment(row, chart)


def _instants(start: date, last: date) -> tuple[int, int]:
    """The UTC seconds from the beginning of a day to the end of another."""
    first, after = (datetime.combine(day, time(), UTC) for day in (start, last + _A_DAY))
    return int(first.timestamp()), int(after.timestamp())


_DOCUMENTS = (
    "SELECT * FROM (SELECT d.id, d.number, d.kind, d.issue_date, d.due_date, d.currency, d.digits, d.total, d.rounding,"
    " a.label AS customer, CASE WHEN o.document_id IS NULL THEN c.number ELSE '' END AS contract,"
    " COALESCE(d.seller, c.seller, '') AS seller FROM documents d JOIN accounts a ON a.id = d.account_id"
    " JOIN contracts c ON c.id = d.contract_id LEFT JOIN group_documents o ON o.document_id = d.id) AS t"
    " WHERE t.issue_date >= ? AND t.issue_date <= ?"
)
_PAYMENTS = (
    "SELECT * FROM (SELECT r.payment_id, r.rev, r.amount, r.received_on, r.recorded_at, p.kind, p.currency, p.digits,"
    " p.source || ':' || p.external_id AS name, a.label AS customer, COALESCE((SELECT b.amount FROM payment_revs b"
    " WHERE b.payment_id = r.payment_id AND b.rev = r.rev - 1), 0) AS before FROM payment_revs r"
    " JOIN payments p ON p.id = r.payment_id JOIN accounts a ON a.id = p.account_id) AS t"
    " WHERE t.recorded_at >= ? AND t.recorded_at < ?"
)


async def _pages(
    database: Database, sql: str, key: Sequence[str], bounds: Sequence[str | int]
) -> AsyncIterator[Sequence[Row]]:
    """The rows of a query of `t`, page by page in order of a key."""
    names = ", ".join(f"t.{name}" for name in key)
    after, values = "", tuple(bounds)
    while True:
        page = await database.rows(f"{sql}{after} ORDER BY {names} LIMIT {PAGE}", values)
        if page:
            yield page
        if len(page) < PAGE:
            return
        after, values = f" AND ({names}) > ({marks(len(key))})", (*bounds, *(page[-1][name] for name in key))


async def _revenue(database: Database, ids: Sequence[str]) -> Mapping[str, Mapping[Topic, int]]:
    """By document, the nets of its lines by kind and tax code."""
    rows = await database.rows(
        "SELECT document_id, kind, taxes, CAST(sum(net) AS BIGINT) AS net FROM lines"
        f" WHERE document_id IN ({marks(len(ids))}) GROUP BY document_id, kind, taxes",
        ids,
    )
    found: defaultdict[str, defaultdict[Topic, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        found[row["document_id"]][Topic(Posting.REVENUE, row["kind"], _codes(row["taxes"]))] += row["net"]
    return found


async def _taxed(database: Database, ids: Sequence[str]) -> Mapping[str, Mapping[Topic, int]]:
    """By document, its tax by code."""
    rows = await database.rows(
        "SELECT document_id, code, CAST(sum(tax) AS BIGINT) AS tax FROM tax_groups"
        f" WHERE document_id IN ({marks(len(ids))}) GROUP BY document_id, code",
        ids,
    )
    found: defaultdict[str, dict[Topic, int]] = defaultdict(dict)
    for row in rows:
        found[row["document_id"]][Topic(Posting.TAX, tax=row["code"])] = row["tax"]
    return found


def _codes(stored: str) -> str:
    """The codes of a line's taxes."""
    return "+".join(one.code for one in taxes(stored))


def _document(row: Row, revenue: Mapping[Topic, int], taxed: Mapping[Topic, int], chart: Chart) -> JournalEntry:
    credits_ = {**revenue, **taxed, Topic(Posting.ROUNDING): row["rounding"]}
    posts = [_post(Topic(Posting.RECEIVABLE), row["total"] + row["rounding"], chart)]
    posts += [_post(topic, -amount, chart) for topic, amount in sorted(credits_.items(), key=_in_order) if amount]
    rest = sum(post.amount for post in posts)
    if rest:
        raise UnbalancedError(row["number"], rest)
    day, due = date.fromisoformat(row["issue_date"]), date.fromisoformat(row["due_date"])
    named = (row["customer"], row["contract"], row["seller"], Currency(row["currency"], row["digits"]))
    return JournalEntry(row["kind"], row["number"], 1, day, due, *named, tuple(posts))


_ORDER = {posting: n for n, posting in enumerate(Posting)}


def _in_order(one: tuple[Topic, int]) -> tuple[int, str, str]:
    topic, _ = one
    return _ORDER[topic.posting], topic.of, topic.tax


def _payment(row: Row, chart: Chart) -> JournalEntry:
    moved = row["amount"] - row["before"]
    came = -moved if row["kind"] == Posting.REFUND else moved
    posts = (_post(Topic(Posting(row["kind"])), came, chart), _post(Topic(Posting.RECEIVABLE), -came, chart))
    day, received = from_seconds(row["recorded_at"]).date(), date.fromisoformat(row["received_on"])
    named = (row["customer"], "", "", Currency(row["currency"], row["digits"]))
    return JournalEntry(row["kind"], row["name"], row["rev"], day, received, *named, posts)


def _post(topic: Topic, amount: int, chart: Chart) -> Post:
    account = chart.account(topic)
    if account is None:
        raise LookupError(str(topic))
    return Post(topic, account, amount)
