"""`tarifa restore`: a database from a backup, which bills nothing until its numbers are confirmed."""

from __future__ import annotations

from pathlib import Path

import click

from tarifa.cli.database import author, chosen_settings, database_option, now
from tarifa.cli.failures import CommandError
from tarifa.storage import UnusableDatabaseError
from tarifa.storage.audit import acting_as
from tarifa.storage.backups import restore
from tarifa.storage.mapping import to_seconds


@click.command("restore")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@database_option
def command(file: Path, database: str | None) -> None:
    """Make the database from a backup, where there is none yet.

    Nothing is billed from it until `tarifa confirm-numbers` has said which numbers were given out last: documents that
    were issued after the backup are not in it, and their numbers must not be given out again.

    Exit codes: 0 restored, 1 not restored, 2 usage.
    """
    settings = chosen_settings(database)
    try:
        with acting_as(f"command line ({author()})"):
            restore(settings, file, at=to_seconds(now()))
    except UnusableDatabaseError as error:
        raise CommandError(str(error)) from error
    click.echo(f"Restored to {settings.database_path}; nothing is billed until: tarifa confirm-numbers INV-... CN-...")
