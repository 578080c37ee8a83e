"""`tarifa audit`: who caused what."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time

import click

from tarifa.cli.database import chosen_settings, database_option, on_database
from tarifa.cli.days import DAY
from tarifa.reading import audit
from tarifa.reading.audit import AuditView
from tarifa.reading.pages import PageRequest
from tarifa.storage import Database
from tarifa.storage.mapping import to_json

PAGE = 500


@click.command("audit")
@click.option("--since", type=DAY, metavar="DATE", help="Only what was done on that day (UTC) or later.")
@click.option("--action", metavar="NAME", help="Only of this kind, such as document.issued.")
@click.option("--actor", metavar="NAME", help="Only of this one, as the audit names it.")
@click.option("--subject", metavar="ID", help="Only of this subject, as the audit names it.")
@click.option("--head", is_flag=True, help="Only the number and the hash of the last row, to be kept outside.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", help="Default: text.")
@database_option
def command(
    *,
    since: date | None,
    action: str | None,
    actor: str | None,
    subject: str | None,
    head: bool,
    format_: str,
    database: str | None,
) -> None:
    """Tell who caused what, oldest first: every write from outside, and every document that was issued.

    Each row is chained to the one before it by its hash; `tarifa verify` walks the chain. Keep the last hash (--head)
    where nobody who writes to the database can change it, and give it to `tarifa verify --anchor`. JSON is one row a line.

    Exit codes: 0 told, 2 usage.
    """

    async def work(opened: Database) -> None:
        if head:
            last = await audit.head(opened)
            shape = {"n": last.n, "hash": last.hash}
            click.echo(json.dumps(shape) if format_ == "json" else f"{last.n}:{last.hash}")
            return
        start = int(datetime.combine(since, time(), UTC).timestamp()) if since is not None else None
        after: str | None = None
        while True:
            page = await audit.entries(
                opened, PageRequest(PAGE, after), action=action, actor=actor, subject=subject, since=start
            )
            for edge in page.edges:
                click.echo(_json(edge.node) if format_ == "json" else _words(edge.node))
            if not page.has_more:
                return
            after = page.edges[-1].cursor

    on_database(chosen_settings(database), work)


def _json(row: AuditView) -> str:
    shape = {
        "n": row.n,
        "at": row.at.isoformat(),
        "actor": row.actor,
        "request_id": row.request_id,
        "action": row.action,
        "subject": row.subject,
        "revision": row.revision,
        "payload": row.payload,
        "prev_hash": row.prev_hash,
        "hash": row.hash,
    }
    return json.dumps(shape, ensure_ascii=False)


def _words(row: AuditView) -> str:
    by = f"{row.actor}{f' [{row.request_id}]' if row.request_id is not None else ''}"
    return f"{row.n:>8}  {row.at:%Y-%m-%d %H:%M:%S}Z  {by:<32}  {row.action:<20}  {to_json(row.payload)}"
