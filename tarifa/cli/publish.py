"""`tarifa publish`: keep an immutable version of a ruleset in the database."""

from __future__ import annotations

from pathlib import Path

import click

from dsl import Cache
from tarifa.bundles import holiday_source
from tarifa.cli.console import output
from tarifa.cli.database import author, chosen_settings, database_option, now, on_database
from tarifa.cli.failures import CommandError
from tarifa.cli.rulesets import FOLDER, check_folder
from tarifa.services.results import Change
from tarifa.services.rulesets import NotPublished, Published, publish


@click.command("publish")
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--note", help="Why there is a new version; kept with it.")
@database_option
def command(folder: Path, note: str | None, database: str | None) -> None:
    """Publish a ruleset's folder as an immutable version. It is in force once it is activated.

    The same text published again is the same version. A ruleset with errors is not published. The database is created
    where there is none.

    Exit codes: 0 published, 1 not published, 2 usage.
    """
    cache = Cache()
    checked = check_folder(folder, cache=cache)
    if checked.text.strip():
        click.echo(checked.text.rstrip("\n") + "\n", color=output().is_terminal)
    if checked.ruleset is None:
        raise CommandError(f"{folder} is not published: mend the errors above")
    answer = on_database(
        chosen_settings(database),
        lambda db: publish(
            db, checked.files, by=author(), now=now(), note=note, holidays=holiday_source(), cache=cache
        ),
        create=True,
    )
    if isinstance(answer, NotPublished):
        raise CommandError("; ".join([f"{folder} is not published", *(one.message for one in answer.problems)]))
    click.echo(_published(answer))


def _published(answer: Published) -> str:
    version = answer.version
    name = f"{version.ruleset} {version.label} as version {version.number} (source digest {version.source_digest[:12]})"
    if answer.change is Change.UNCHANGED:
        return f"Already published: {name}"
    return f"Published {name}; put it in force with: tarifa activate '{version.ruleset}' --from DATE"
