"""`tarifa verify`: check that the books agree with themselves."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict

import click

from tarifa.cli.database import chosen_settings, database_option, on_database
from tarifa.cli.documents import count
from tarifa.cli.failures import PROBLEMS, USAGE, CommandError
from tarifa.reading import audit
from tarifa.services.book_checks import Checked
from tarifa.services.verify import verify
from tarifa.storage import Database
from tarifa.storage.audit import Head


@click.command("verify")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="Default: text.")
@click.option("--anchor", metavar="N:HASH", help="A row of the audit, as `tarifa audit --head` told it before.")
@database_option
def command(*, format_: str, anchor: str | None, database: str | None) -> None:
    """Check the books: sums, numbers, digests, obligations, allowances, payments, references, and the audit's chain.

    Nothing is written.

    Run it after a restore, and now and then. Workers may go on billing meanwhile. JSON is one object a line, a rule each.

    Exit codes: 0 all is right, 1 something is not, 2 usage.
    """
    known = _anchor(anchor) if anchor is not None else None

    async def work(opened: Database) -> int:
        rules = faulty = 0
        async for checked in verify(opened, anchor=known):
            rules += 1
            faulty += bool(checked.faults)
            click.echo(json.dumps(asdict(checked), ensure_ascii=False) if format_ == "json" else _words(checked))
        if format_ == "text":
            last = await audit.head(opened)
            click.echo(f"the audit ends with {last.n}:{last.hash}")
            click.echo(f"{count(rules, 'rule')} checked, {f'{faulty} broken' if faulty else 'all kept'}")
        return faulty

    if on_database(chosen_settings(database), work):
        sys.exit(PROBLEMS)


def _anchor(text: str) -> Head:
    n, _, hash_ = text.strip().partition(":")
    if not (n.isascii() and n.isdigit() and len(n) < 16 and re.fullmatch("[0-9a-f]{64}", hash_)):
        message = f"{text} is no row of the audit: give its number and its hash, as `tarifa audit --head` tells them"
        raise CommandError(message, exit_code=USAGE)
    return Head(int(n), hash_)


def _words(checked: Checked) -> str:
    lines = [f"{'FAULT' if checked.faults else 'ok   '} {checked.rows:>9,}  {checked.rule}"]
    lines += [
        f"      {fault.table}, {fault.key}: is {fault.stored}, should be {fault.expected}" for fault in checked.faults
    ]
    if checked.more:
        lines.append("      ... and more")
    if checked.faults:
        lines.append(f"      {checked.code}: {checked.remedy}")
    return "\n".join(lines)
