"""`tarifa journal`: documents and payments as balanced postings for bookkeeping."""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TextIO

import click

from engine.money import Currency, decimal_text
from tarifa.cli.csv_cells import harmless
from tarifa.cli.database import chosen_settings, database_option, now, on_database
from tarifa.cli.days import DAY
from tarifa.cli.documents import count
from tarifa.cli.failures import USAGE, CommandError
from tarifa.files.chart import read_chart
from tarifa.files.problems import FileError
from tarifa.reading.chart import STANDARD, Chart
from tarifa.reading.journal import JournalEntry, Post, UnbalancedError, journal, missing_topics
from tarifa.storage import Database

COLUMNS = (
    "date", "value_date", "kind", "number", "revision", "customer", "contract", "seller", "account", "account_name",
    "posting", "of", "tax", "currency", "debit", "credit",
)  # fmt: skip


@click.command("journal")
@click.option("--from", "start", type=DAY, metavar="DATE", required=True, help="First day.")
@click.option("--to", "last", type=DAY, metavar="DATE", required=True, help="Last day, itself included.")
@click.option(
    "--accounts",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="CSV with posting, of, tax, account and name; without it a small standard chart.",
)
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True, help="Output.")
@database_option
def command(*, start: date, last: date, accounts: Path | None, form: str, database: str | None) -> None:
    """Write documents and payments of some days as balanced postings, each once.

    A document is posted on its day of issue, a payment and each correction of it on the day (UTC) on which it was
    recorded: the journal of days that are over never changes. All that is posted must have an account: a chart that lacks
    one is refused, and nothing is written.

    Exit codes: 0 written, 1 refused, 2 usage.
    """
    if last < start:
        raise CommandError(f"--to {last} is before --from {start}", exit_code=USAGE)
    chart = _chart(accounts)

    async def work(opened: Database) -> _Totals:
        missing = await missing_topics(opened, chart, start=start, last=last)
        if missing:
            topics = ", ".join(map(str, missing))
            raise CommandError(f"the chart has no account for: {topics}; add a line for each, or for all of a posting")
        written = _Csv(sys.stdout) if form == "csv" else _Json(sys.stdout, start, last)
        totals = _Totals()
        async for entry in journal(opened, chart, start=start, last=last):
            totals.add(entry)
            written.write(entry)
        written.end(totals)
        return totals

    try:
        totals = on_database(chosen_settings(database), work)
    except UnbalancedError as error:
        raise CommandError(str(error)) from error
    click.echo(f"{count(totals.entries, 'entry', 'entries')}{totals.words()}", err=True)
    if last >= now().date() - timedelta(days=1):  # the day of issue is the contract's, and may lag behind
        click.echo(f"{last} may not be over everywhere: run it again once it is", err=True)


def _chart(path: Path | None) -> Chart:
    if path is None:
        return STANDARD
    try:
        found = read_chart(path)
    except FileError as error:
        raise CommandError(str(error)) from error
    if isinstance(found, tuple):
        raise CommandError("\n".join(map(str, found)))
    return found


@dataclass(slots=True)
class _Totals:
    """Debits and credits by currency, in minor units."""

    entries: int = 0
    debits: defaultdict[Currency, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, entry: JournalEntry) -> None:
        """Count an entry in."""
        self.entries += 1
        self.debits[entry.currency] += sum(post.amount for post in entry.posts if post.amount > 0)

    def shape(self) -> list[dict[str, str]]:
        """As JSON; credits are as much, as every entry is balanced."""
        return [
            {"currency": of.code, "debit": decimal_text(sum_, of.digits), "credit": decimal_text(sum_, of.digits)}
            for of, sum_ in sorted(self.debits.items(), key=lambda one: one[0].code)
        ]

    def words(self) -> str:
        """In words."""
        return "".join(f"; {one['currency']} {one['debit']} on each side" for one in self.shape())


def _sides(post: Post, currency: Currency) -> tuple[str, str]:
    """Debit and credit, one of them blank."""
    amount = decimal_text(abs(post.amount), currency.digits)
    return (amount, "") if post.amount >= 0 else ("", amount)


class _Csv:
    """A posting a line."""

    def __init__(self, out: TextIO) -> None:
        self._writer = csv.writer(out, lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def write(self, entry: JournalEntry) -> None:
        """Write the postings of an entry."""
        for post in entry.posts:
            row = (
                entry.day, entry.value_day, entry.kind, entry.name, entry.revision, entry.customer, entry.contract,
                entry.seller, post.account.code, post.account.name, post.topic.posting.value, post.topic.of,
                post.topic.tax, entry.currency.code, *_sides(post, entry.currency),
            )  # fmt: skip
            self._writer.writerow([harmless(cell) for cell in row])

    def end(self, totals: _Totals) -> None:
        """Nothing follows."""


class _Json:
    """One object, an entry a line."""

    def __init__(self, out: TextIO, start: date, last: date) -> None:
        self._out, self._between = out, ""
        out.write(f'{{"from":"{start}","to":"{last}","entries":[')

    def write(self, entry: JournalEntry) -> None:
        """Write an entry."""
        shape = {
            "date": entry.day.isoformat(),
            "value_date": entry.value_day.isoformat(),
            "kind": entry.kind,
            "number": entry.name,
            "revision": entry.revision,
            "customer": entry.customer,
            "contract": entry.contract or None,
            "seller": entry.seller or None,
            "currency": entry.currency.code,
            "postings": [_post_json(post, entry.currency) for post in entry.posts],
        }
        self._out.write(f"{self._between}\n{json.dumps(shape, ensure_ascii=False)}")
        self._between = ","

    def end(self, totals: _Totals) -> None:
        """Close the object."""
        self._out.write(f'\n],"totals":{json.dumps(totals.shape())}}}\n')


def _post_json(post: Post, currency: Currency) -> dict[str, str | None]:
    debit, credit = _sides(post, currency)
    return {
        "account": post.account.code,
        "account_name": post.account.name or None,
        "posting": post.topic.posting.value,
        "of": post.topic.of or None,
        "tax": post.topic.tax or None,
        "debit": debit or None,
        "credit": credit or None,
    }
