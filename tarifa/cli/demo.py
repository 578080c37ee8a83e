"""`tarifa demo`: a month of a fictional company, from ruleset text to invoices on an API."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

import tarifa
from engine.items import Held, Reason
from tarifa.bundles import BundleError
from tarifa.cli.console import output
from tarifa.cli.database import chosen_settings, on_database
from tarifa.cli.documents import count, document, exceptions
from tarifa.cli.failures import CommandError
from tarifa.cli.serve import address, listening, serve
from tarifa.demo.story import (
    DemoError,
    Month,
    Recorded,
    billed_month,
    explained,
    key,
    let_the_jobs_bill,
    prepare,
)
from tarifa.files.problems import FileError
from tarifa.reading.views import ExceptionView, LineExplanation
from tarifa.words.english import reason, sentences

CLONE = Path(tarifa.__file__).resolve().parents[1]
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
SHOWN_LINES = 8
DATABASE = "demo.sqlite3"
REPLACED = f"Made anew each time where it is called {DATABASE}; a file of another name must not exist."


@click.command("demo")
@click.option("--database", default=DATABASE, show_default=True, metavar="FILE", help=REPLACED)
@click.option("--ruleset", type=FOLDER, default=CLONE / "rulesets" / "zylker", help="The price book.")
@click.option("--facts", type=FOLDER, default=CLONE / "examples" / "zylker", help="Accounts to worklogs, as CSV files.")
@click.option("--all-lines", is_flag=True, help=f"Show all lines of an invoice, not the first {SHOWN_LINES}.")
@click.option("--serve/--no-serve", "serving", default=True, help="Serve GraphQL afterwards, until stopped.")
@click.option("--port", type=click.IntRange(1, 65535), default=8700, show_default=True, help="On 127.0.0.1.")
def command(*, database: str, ruleset: Path, facts: Path, all_lines: bool, serving: bool, port: int) -> None:
    """Bill March 2026 for the customers of Zylker, a fictional service provider, and serve what came of it.

    Publishes and activates a ruleset, records accounts, contracts and worklogs, lets the jobs bill what is due, prints
    the invoices and what waits for a person, and serves it all as GraphQL with a random key.
    """
    settings = chosen_settings(database, host="127.0.0.1", port=port)
    console = output()
    if not serving:
        _tell(console, settings.database_path, ruleset, facts, all_lines=all_lines)
        return
    with listening(settings) as listener:
        secret = _tell(console, settings.database_path, ruleset, facts, all_lines=all_lines)
        _invite(console, address(settings), secret)
        serve(settings, listener, with_worker=False)


def _tell(console: Console, path: Path, ruleset: Path, facts: Path, *, all_lines: bool) -> str:
    """Play the month and print it; the API key that was made."""
    settings = chosen_settings(str(path))
    _remove(path)
    try:
        recorded = on_database(settings, lambda database: prepare(database, ruleset, facts), create=True)
        report = let_the_jobs_bill(settings)
        month = on_database(settings, billed_month)
    except (DemoError, BundleError, FileError) as error:
        raise CommandError(str(error)) from error
    _print_recorded(console, recorded)
    console.print(
        f"Billed through the jobs: {count(report.done, 'job')} done, {report.failed} failed.\n", soft_wrap=True
    )
    for one in month.documents:
        console.print(document(one, most_lines=None if all_lines else SHOWN_LINES))
    _print_waiting(console, month, recorded)
    told = _line_worth_telling(month)
    if told is not None:
        found = on_database(settings, lambda database: explained(database, *told))
        if found is not None:
            _print_explanation(console, found)
    return on_database(settings, key)


def _remove(path: Path) -> None:
    """Take away the database of an earlier demo, with what SQLite keeps beside it; never anybody else's file.

    Raises:
        CommandError: there is a file of another name, or it cannot be removed.
    """
    if path.name != DATABASE and path.exists():
        raise CommandError(f"{path} is there already: a demo replaces only files called {DATABASE}; name a new one")
    for name in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))):
        try:
            name.unlink(missing_ok=True)
        except OSError as error:
            raise CommandError(f"{name}: cannot be replaced: {error.strerror}; name another with --database") from error


def _print_recorded(console: Console, recorded: Recorded) -> None:
    what = [
        count(recorded.accounts, "account"),
        count(recorded.contracts, "contract"),
        count(recorded.top_ups, "top-up"),
        count(recorded.worklogs, "worklog"),
    ]
    console.print(f"Recorded {', '.join(what)}; {len(recorded.problems)} refused, see below.", soft_wrap=True)


def _print_waiting(console: Console, month: Month, recorded: Recorded) -> None:
    console.print(Text(f"WAITING FOR A PERSON ({len(month.exceptions)})", style="bold"))
    console.print(exceptions([_waiting(one, month.accounts) for one in month.exceptions]))
    console.print()
    if recorded.problems:
        console.print(Text(f"REFUSED WHEN IT CAME IN ({len(recorded.problems)})", style="bold"))
        for problem in recorded.problems:
            remedy = f": {problem.remedy}" if problem.remedy else ""
            console.print(f"  {problem.subject}: {problem.message}{remedy}", soft_wrap=True)
        console.print()


def _waiting(view: ExceptionView, accounts: Mapping[str, str]) -> Mapping[str, Any]:
    held = Held(view.subject_kind, view.subject, Reason(view.reason), view.detail)
    return {
        "kind": view.subject_kind,
        "subject": view.subject,
        "account": accounts.get(view.account, view.account),
        "message": reason(held),
        "works": (),
        "file": None,
    }


def _line_worth_telling(month: Month) -> tuple[str, int] | None:
    """The line with the longest story: partly covered work, else the dearest line."""
    lines = [(document, line) for document in month.documents for line in document["lines"]]
    split = [(d, line) for d, line in lines if line["covered"] and line["overage"]]
    document, line = next(iter(split or lines), (None, None))
    return (document["number"], line["position"]) if document is not None and line is not None else None


def _print_explanation(console: Console, found: LineExplanation) -> None:
    console.print(Text(f"WHY LINE {found.line.position} OF {found.line.document}?", style="bold"))
    for sentence in sentences(found.explanation):
        console.print(f"  {sentence}", soft_wrap=True)
    console.print()


def _invite(console: Console, url: str, secret: str) -> None:
    query = "{ documents(first: 3) { edges { node { number accountKey total { amount currency } } } } }"
    body = json.dumps({"query": query})
    console.print(Text("GRAPHQL", style="bold"))
    console.print(f"  {url}/graphql, with the key {secret}", soft_wrap=True)
    console.print(
        f"  curl -s {url}/graphql -H 'Authorization: Bearer {secret}' -H 'Content-Type: application/json' -d '{body}'",
        soft_wrap=True,
    )
    console.print("  No worker runs here: the mutation billDue bills what has become due since. Stop with Ctrl+C.")
