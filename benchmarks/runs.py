"""A month of many contracts through the real path: recorded, billed by worker processes, and the floor beside it.

    python -m benchmarks.runs [--contracts 10000] [--worklogs 1000000] [--processes 4] [--postgresql URL] [--only sqlite]

The floor inserts the very rows that were written into the very tables, all constraints and triggers in force, in one
transaction, by `executemany` (SQLite, synchronous FULL) or COPY (PostgreSQL). It runs right after what it is compared
with. Time is the clock's, for processes wait for each other and for the disk: on a busy machine look at the processor's,
which is told beside it for SQLite; of a run on several processes it is that of all of them, shared out evenly.
`URL` is the address of a database by which others may be made. Statements and locks: `benchmarks.watching`.

What is above is the full size and the default, which has not been run yet. By estimate from smaller ones it takes an hour
or more of a quiet machine, and 12 GB of disk for three copies of the database, in the temporary folder (TMPDIR) and on the
server. A tenth says nearly as much:

    python -m benchmarks.runs --contracts 1000 --worklogs 100000 --only sqlite
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from time import perf_counter

from benchmarks.floors import Floor, Stopwatch, Taken, copy_of, databases
from benchmarks.watching import Seen, Watch, watch
from tarifa.cli import collect_seldom
from tarifa.services import accounts, contracts, worklogs
from tarifa.services.inputs import AccountInput, ContractInput, RequestInput, WorklogInput
from tarifa.settings import Settings
from tarifa.storage import Database, opened
from tests.services.installation import BY, RECORDED, Installation

START, THROUGH = date(2026, 3, 1), date(2026, 4, 1)
SENT_AT_ONCE = 10_000
TRAIL = ("events", "audit")
RECORDED_IN = ("worklogs", "requests", "request_revs", "worklog_revs", *TRAIL)
BILLED_IN = ("documents", "settlements", "obligations", "items", "closings", "lines", "tax_groups", "tax_pools", *TRAIL)


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    contracts: int
    worklogs: int
    processes: int


def month(size: Size) -> Iterator[WorklogInput]:
    """Work of March up to the day when clocks change, at any hour, two worklogs for each request, in the order of time."""
    chance = random.Random(5)
    minutes = sorted(chance.randrange(28 * 1440) for _ in range(size.worklogs))
    for n, minute in enumerate(minutes):
        (day, hour), customer = divmod(minute, 1440), n % size.contracts
        visit = n // size.contracts // 2
        request = RequestInput(f"r{customer}-{visit}", "incident", {"category": ("Network", "Desktop")[visit % 2]})
        start = f"2026-03-{day + 1:02d} {hour // 60:02d}:{hour % 60:02d}"
        minutes_ = chance.randrange(5, 120)
        yield WorklogInput(f"w{n}", f"Customer {customer}", start, minutes=minutes_, request=request)


async def prepare(settings: Settings, size: Size) -> None:
    """A price book, customers, a contract for each, and the fees of March billed in advance."""
    async with opened(settings, create=True) as database:
        here = Installation(database)
        await here.publish()
        await here.activate()
        made = [AccountInput(f"Customer {n}", country="PT") for n in range(size.contracts)]
        assert not (await accounts.record_accounts(database, made, by=BY, now=RECORDED)).problems
        for n in range(size.contracts):
            wanted = ContractInput(f"C-{n:06d}", f"Customer {n}", "Care" if n % 3 else "Open", START)
            await contracts.create_contract(database, wanted, by=BY, now=RECORDED)
        await here.bill(START.isoformat())


async def record(settings: Settings, size: Size) -> Taken:
    """Record the month, as an import does that sends ten thousand at a time; in a process of its own.

    Returns:
        What that took, without thinking up the worklogs.
    """
    watch, coming = Stopwatch(), month(size)
    async with opened(settings) as database:
        while sent := list(islice(coming, SENT_AT_ONCE)):
            with watch:
                await _send(database, sent)
    return watch.taken


async def _send(database: Database, sent: list[WorklogInput]) -> None:
    batch = await worklogs.record_worklogs(database, sent, by=BY, now=RECORDED)
    assert not batch.problems, batch.problems[:3]


def worker(settings: Settings, size: Size) -> None:  # noqa: ARG001  # as `record`
    """A worker process that drains what is due; as `tarifa worker --once` is."""
    from jobs.worker import run

    report = run(settings, once=True, through=THROUGH, clock=lambda: datetime(2026, 4, 1, 8, tzinfo=UTC))
    assert report.failed == 0, report


def in_processes(what: str, settings: Settings, size: Size, *, processes: int = 1) -> tuple[float, list[Watch]]:
    """Let processes of this module do something at once; how long the last one took, and what each did."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / str(n) for n in range(processes)]
        since = perf_counter()
        started = [
            subprocess.Popen(  # noqa: S603  # this very module
                [sys.executable, "-m", "benchmarks.runs", "--contracts", str(size.contracts), "--worklogs",
                 str(size.worklogs), "--do", what, "--note", str(file)],
                env={**os.environ, "BENCHMARK_DATABASE": settings.database_url},
            )
            for file in files
        ]  # fmt: skip
        assert [one.wait() for one in started] == [0] * processes
        return perf_counter() - since, [Watch.read(file) for file in files]


def compared(name: str, taken: Taken, floor: Taken, settings: Settings) -> None:
    """Print what something took beside its floor; the processor's time says little where a server does the work."""
    processor = f"; of the processor {taken.processor:.1f}, floor {floor.processor:.1f}: {taken.processor / floor.processor:.2f} x"
    print(f"{name} {taken.clock:.1f} s, floor {floor.clock:.1f} s: {taken.clock / floor.clock:.2f} x"
          f"{'' if settings.is_postgresql else processor}")  # fmt: skip


def told(name: str, transactions: list[Seen]) -> None:
    """Print locks and statements of transactions."""
    seconds, statements = [one.seconds for one in transactions], [one.statements for one in transactions]
    print(
        f"  {name}: {len(transactions):,} transactions; write lock {1000 * statistics.median(seconds):.0f} ms in the"
        f" median, {1000 * max(seconds):.0f} at most; statements {statistics.median(statements):.0f} in the median,"
        f" {max(statements)} at most"
    )


def measure(kind: str, address: str | None, size: Size) -> None:
    """Run everything on one kind of database, and print it."""
    print(f"\n{kind}: {size.contracts:,} contracts, {size.worklogs:,} worklogs, load {os.getloadavg()[0]:.1f}")
    with databases(kind, address) as made:
        settings = made.new()
        asyncio.run(prepare(settings, size))
        with copy_of(made, settings) as empty:
            taken, [one] = in_processes("record", settings, size)
            floor = Floor(settings, empty).insert(RECORDED_IN, before=("UPDATE accounts SET seq = seq + 1",))
            compared("recording", Taken(one.seconds, one.processor), floor, settings)
            print(f"  {size.worklogs / one.seconds:,.0f} worklogs a second, {one.megabytes} MB")
            told("chunks", one.of("worklog_revs"))
        with copy_of(made, settings) as unbilled:
            taken, watched = in_processes("work", settings, size, processes=size.processes)
            floor = Floor(settings, unbilled).insert(
                BILLED_IN, before=("UPDATE heads SET settlement_n = settlement_n + 1",)
            )
        batches = [one for each in watched for one in each.of("settlements")]
        processor = sum(one.processor for one in watched)
        writing = Taken(sum(one.seconds for one in batches), sum(one.processor for one in batches))
        compared("writing", writing, floor, settings)
        compared(f"the run on {size.processes} processes", Taken(taken, processor / size.processes), floor, settings)
        print(f"  {size.contracts / taken * 3600:,.0f} invoices an hour, {size.contracts / processor * 3600:,.0f} an hour"
              f" and core; at most {max(one.megabytes for one in watched)} MB;"
              f" {sum(one.reads for one in watched):,} reads")  # fmt: skip
        told("batches", batches)
        told("all writes", [one for each in watched for one in each.transactions])


def main() -> None:
    """Measure on the kinds that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contracts", type=int, default=10_000)
    parser.add_argument("--worklogs", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--postgresql", default="postgresql://postgres@127.0.0.1:5432/postgres", metavar="URL")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--do", choices=("record", "work"), help=argparse.SUPPRESS)
    parser.add_argument("--note", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    size = Size(arguments.contracts, arguments.worklogs, arguments.processes)
    collect_seldom()
    if arguments.do is None:
        for kind in ("sqlite", "postgresql"):
            if arguments.only in (None, kind):
                measure(kind, arguments.postgresql, size)
        return
    settings = Settings(database_url=os.environ["BENCHMARK_DATABASE"], worker_threads=1, busy_seconds=600)
    seen, since = watch(), perf_counter()
    if arguments.do == "record":
        taken = asyncio.run(record(settings, size))
        seen.end(since)
        seen.seconds, seen.processor = taken.clock, taken.processor
    else:
        worker(settings, size)
        seen.end(since)
    seen.save(arguments.note)


if __name__ == "__main__":
    main()
