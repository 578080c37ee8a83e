"""`tarifa backup`: a consistent copy of the database, while it is used."""

from __future__ import annotations

from pathlib import Path

import click

from tarifa.cli.database import chosen_settings, database_option
from tarifa.cli.failures import CommandError
from tarifa.storage import UnusableDatabaseError
from tarifa.storage.backups import back_up


@click.command("backup")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@database_option
def command(file: Path, database: str | None) -> None:
    """Copy the SQLite database to a new file, as it is at one moment. Server and workers may go on meanwhile.

    Exit codes: 0 copied, 1 not copied, 2 usage.
    """
    try:
        back_up(chosen_settings(database), file)
    except UnusableDatabaseError as error:
        raise CommandError(str(error)) from error
    click.echo(f"Backed up to {file}; bring it back with: tarifa restore {file} --database NEWFILE")
