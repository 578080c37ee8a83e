"""`tarifa preview`: a contract's next document, before it is issued."""

from __future__ import annotations

import json

import click

from tarifa.cli.console import output
from tarifa.cli.database import chosen_settings, database_option, now, on_database, refused
from tarifa.cli.documents import document
from tarifa.cli.listed import format_option
from tarifa.services.previews import Preview, preview
from tarifa.services.results import Problem, Refused


@click.command("preview")
@click.argument("contract")
@format_option
@database_option
def command(*, contract: str, form: str, database: str | None) -> None:
    """Show the next document of CONTRACT as a run would issue it now, but for number and dates. Nothing is written.

    Its digest is what `tarifa approve` names. JSON is one object.

    Exit codes: 0 shown, 1 there is nothing to bill, or it cannot be billed, 2 usage.
    """
    found = on_database(chosen_settings(database), lambda db: preview(db, contract, now=now()))
    if isinstance(found, Problem):
        raise refused(Refused((found,)))
    body = json.loads(found.body)
    if form == "json":
        shape = {
            "contract": found.contract,
            "boundary_on": found.boundary_on.isoformat(),
            "is_due": found.is_due,
            "needs_approval": found.needs_approval,
            "digest": found.digest,
            "approved_by": found.approval.by if found.approval is not None else None,
            "document": body,
        }
        click.echo(json.dumps(shape, ensure_ascii=False))
        return
    output().print(document({**body, "number": "(preview)", "issued_on": "-", "due_on": "-"}))
    click.echo(f"{_state(found)}; digest {found.digest}")


def _state(found: Preview) -> str:
    due = "due" if found.is_due else "not due yet"
    if found.approval is not None:
        return f"{due}; approved by {found.approval.by}"
    return f"{due}; {'waits for an approval' if found.needs_approval else 'needs no approval'}"
