"""`tarifa confirm-numbers`: say which numbers were given out last, so that a restored database may bill again."""

from __future__ import annotations

import click

from tarifa.cli.database import author, chosen_settings, database_option, now, on_database, refused
from tarifa.cli.documents import count
from tarifa.services.numbers import confirm_numbers
from tarifa.services.results import Refused


@click.command("confirm-numbers")
@click.argument("last", metavar="NUMBER...", nargs=-1, required=True)
@database_option
def command(last: tuple[str, ...], database: str | None) -> None:
    """Say the last number of each series, such as INV-000123 CN-000004: of all documents that anybody has received.

    A series goes on after its number; one that has given none out is INV-000000. Billing goes on when all are said.

    Exit codes: 0 confirmed, 1 refused, 2 usage.
    """
    answer = on_database(chosen_settings(database), lambda db: confirm_numbers(db, last, by=author(), now=now()))
    if isinstance(answer, Refused):
        raise refused(answer)
    for one in answer:
        lost = f"; {count(one.lost, 'number')} before it not on record" if one.lost else ""
        click.echo(f"Goes on with {one.following}{lost}")
