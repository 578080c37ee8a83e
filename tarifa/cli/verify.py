"""`tarifa verify`: check that the books agree with themselves."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from tarifa.cli.database import chosen_settings, database_option, on_database
from tarifa.cli.documents import count
from tarifa.cli.failures import PROBLEMS
from tarifa.services.verify import Checked, verify
from tarifa.storage import Database


@click.command("verify")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="Default: text.")
@database_option
def command(*, format_: str, database: str | None) -> None:
    """Check the books: sums, numbers, digests, obligations, allowances and references. Nothing is written.

    Run it after a restore, and now and then. Workers may go on billing meanwhile. JSON is one object a line, a rule each.

    Exit codes: 0 all is right, 1 something is not, 2 usage.
    """

    async def work(opened: Database) -> int:
        rules = faulty = 0
        async for checked in verify(opened):
            rules += 1
            faulty += bool(checked.faults)
            click.echo(json.dumps(asdict(checked), ensure_ascii=False) if format_ == "json" else _words(checked))
        if format_ == "text":
            click.echo(f"{count(rules, 'rule')} checked, {f'{faulty} broken' if faulty else 'all kept'}")
        return faulty

    if on_database(chosen_settings(database), work):
        sys.exit(PROBLEMS)


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
