"""What the commands on a database share: which one, who asks, and errors as messages."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from getpass import getuser
from typing import Any, TypeVar

import click

from tarifa.cli.failures import USAGE, CommandError
from tarifa.services.results import Refused
from tarifa.settings import BadSettingError, Settings, read_settings, setting_remarks
from tarifa.storage import Database, UnusableDatabaseError, opened
from tarifa.storage.audit import acting_as

T = TypeVar("T")

database_option = click.option(
    "--database",
    metavar="FILE",
    help="SQLite file, or sqlite:// or postgresql:// address; else TARIFA_DATABASE_URL, else tarifa.sqlite3 in this folder.",
)


def chosen_settings(database: str | None = None, **others: Any) -> Settings:  # noqa: ANN401 - fields of Settings
    """The settings of the environment, with what the command line says instead.

    Raises:
        CommandError: one cannot be used; a matter of usage.
    """
    environ = dict(os.environ)
    if database is not None:
        environ["TARIFA_DATABASE_URL"] = database
    try:
        settings = read_settings(environ)
    except BadSettingError as error:
        raise CommandError(str(error), exit_code=USAGE) from error
    for remark in setting_remarks(os.environ):
        click.echo(f"tarifa: {remark}", err=True)
    return replace(settings, **{name: value for name, value in others.items() if value is not None})


def on_database(settings: Settings, work: Callable[[Database], Awaitable[T]], *, create: bool = False) -> T:
    """Open the database, do the work, close it.

    Raises:
        CommandError: the database cannot be opened, written or waited for.
    """

    async def run() -> T:
        async with opened(settings, create=create) as database:
            with acting_as(f"command line ({author()})"):
                return await work(database)

    try:
        return asyncio.run(run())
    except UnusableDatabaseError as error:
        raise CommandError(str(error)) from error


def now() -> datetime:
    """This moment: the command line is where the clock is read."""
    return datetime.now(UTC)


def author() -> str:
    """Who runs the command, for the records."""
    try:
        return getuser()
    except (KeyError, OSError):
        return "command line"


def refused(answer: Refused) -> CommandError:
    """What the services would not write, as the message of the command."""
    said = (f"{one.message}: {one.remedy}" if one.remedy else one.message for one in answer.problems)
    return CommandError("; ".join(said))
