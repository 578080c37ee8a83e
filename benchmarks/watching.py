"""Watch a process's write transactions from outside: how long each held the write lock, and its statements.

The product knows nothing of it: the methods of `Transaction` and `Database` are wrapped. A prepared statement that is run
for many rows, and a COPY, count as one. BEGIN, COMMIT and the wait for the lock are neither counted nor timed, the COMMIT's
time is.
"""

from __future__ import annotations

import json
import re
import resource
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter, process_time
from typing import TypeVar

from tarifa.storage import Database, Row, Transaction
from tarifa.storage.database import Value

T = TypeVar("T")

_TABLE = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) ([a-z_]+)")


@dataclass(slots=True)
class Seen:
    """One write transaction."""

    seconds: float = 0.0
    processor: float = 0.0
    statements: int = 0
    tables: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Watch:
    """What a process did."""

    transactions: list[Seen] = field(default_factory=list)
    reads: int = 0
    seconds: float = 0.0
    processor: float = 0.0
    megabytes: int = 0

    def of(self, table: str) -> list[Seen]:
        """The transactions that wrote a table."""
        return [one for one in self.transactions if table in one.tables]

    def end(self, since: float) -> None:
        """Note what the process took as a whole."""
        self.seconds, self.processor = perf_counter() - since, process_time()
        self.megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

    def save(self, path: Path) -> None:
        """Write it where another process reads it."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> Watch:
        """Read `save` back."""
        shape = json.loads(path.read_text())
        return cls(**{**shape, "transactions": [Seen(**one) for one in shape["transactions"]]})


def watch() -> Watch:
    """Wrap the methods of this process; what they do is noted from now on."""
    seen = Watch()
    open_now: dict[int, Seen] = {}
    writing, rows = Database.writing, Database.rows

    @asynccontextmanager
    async def timed(self: Database) -> AsyncIterator[Transaction]:
        async with writing(self) as transaction:
            one = open_now[id(transaction.client)] = Seen()
            since, worked = perf_counter(), process_time()
            yield transaction
        one.seconds, one.processor = perf_counter() - since, process_time() - worked
        seen.transactions.append(one)
        open_now.pop(id(transaction.client), None)

    async def read(self: Database, sql: str, values: Sequence[Value] = ()) -> Sequence[Row]:
        seen.reads += 1
        return await rows(self, sql, values)

    for name in ("rows", "run", "run_many"):
        setattr(Transaction, name, _noted(getattr(Transaction, name), open_now))
    Transaction.insert = _noted(Transaction.insert, open_now)  # type: ignore[method-assign]  # that is the point
    Database.writing = timed  # type: ignore[assignment,method-assign]  # the same
    Database.rows = read  # type: ignore[method-assign]  # the same
    return seen


def _noted(method: Callable[..., Awaitable[T]], open_now: Mapping[int, Seen]) -> Callable[..., Awaitable[T]]:
    """A method of `Transaction` whose first argument is a statement, or the table that is inserted into."""

    async def wrapped(self: Transaction, sql: str, *more: Sequence[Value]) -> T:
        one = open_now.get(id(self.client))
        is_run = more[-1] if method.__name__ in ("insert", "run_many") else True  # of no rows, none is
        if one is not None and is_run:
            one.statements += 1
            one.tables += _TABLE.findall(sql) if " " in sql else [sql]
        return await method(self, sql, *more)

    return wrapped
