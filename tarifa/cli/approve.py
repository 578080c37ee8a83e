"""`tarifa approve`: let a contract's next document be issued just as it was looked at."""

from __future__ import annotations

import click

from tarifa.cli.database import author, chosen_settings, database_option, now, on_database, refused
from tarifa.services.inputs import ApprovalInput
from tarifa.services.previews import approve
from tarifa.services.results import Change, Refused


@click.command("approve")
@click.argument("contract")
@click.argument("digest")
@click.option("--note", default="", help="What to remember of it.")
@database_option
def command(*, contract: str, digest: str, note: str, database: str | None) -> None:
    """Approve the next document of CONTRACT, by the DIGEST that `tarifa preview` shows.

    It is billed at the next run; whatever changes what it says makes it wait again.

    Exit codes: 0 approved, 1 it says something else by now, or there is none, 2 usage.
    """
    wanted = ApprovalInput(contract, digest, note)
    answer = on_database(chosen_settings(database), lambda db: approve(db, wanted, by=author(), now=now()))
    if isinstance(answer, Refused):
        raise refused(answer)
    done = "was approved before" if answer.change is Change.UNCHANGED else "is approved"
    click.echo(f"The next document of {answer.key} {done}.")
