"""`tarifa publish`: keep an immutable version of a ruleset in the database."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path, PurePath

import click

from dsl import Diagnostic, render
from tarifa.bundles import BundleError, holiday_source, read_bundle
from tarifa.cli.console import output
from tarifa.cli.database import author, chosen_settings, database_option, now, on_database
from tarifa.cli.failures import PROBLEMS, USAGE, CommandError
from tarifa.cli.rulesets import FOLDER
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
    try:
        files = read_bundle(folder)
    except BundleError as error:
        raise CommandError(str(error), exit_code=USAGE) from error
    answer = on_database(
        chosen_settings(database),
        lambda db: publish(db, files, by=author(), now=now(), note=note, holidays=holiday_source()),
        create=True,
    )
    _show(answer.diagnostics, files, folder)
    if isinstance(answer, NotPublished):
        for problem in answer.problems:
            click.echo(f"{problem.message}: {problem.remedy}", err=True)
        click.echo(f"{folder}: not published", err=True)
        sys.exit(PROBLEMS)
    click.echo(_published(answer))


def _show(diagnostics: tuple[Diagnostic, ...], files: Mapping[PurePath, bytes], folder: Path) -> None:
    if diagnostics:
        colour = output().is_terminal
        text = render(diagnostics, files, colour=colour, folder=folder.as_posix())
        click.echo(text.rstrip("\n") + "\n", color=colour)


def _published(answer: Published) -> str:
    version = answer.version
    name = f"{version.ruleset} {version.label} as version {version.number} (source digest {version.source_digest[:12]})"
    if answer.change is Change.UNCHANGED:
        return f"Already published: {name}"
    return f"Published {name}; put it in force with: tarifa activate '{version.ruleset}' --from DATE"
