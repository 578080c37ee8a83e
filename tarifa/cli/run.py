"""`tarifa run`: billing runs that somebody asks for."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import click

from engine.money import decimal, decimal_text
from tarifa.cli.amounts import AMOUNT
from tarifa.cli.database import author, chosen_settings, database_option, now, on_database, refused
from tarifa.cli.days import DAY
from tarifa.cli.failures import CommandError
from tarifa.cli.listed import Shape, every, format_option, tell
from tarifa.reading import runs
from tarifa.reading.runs import RunView
from tarifa.services.inputs import RunInput
from tarifa.services.results import Refused
from tarifa.services.runs import start_run
from tarifa.storage import Database

_COLUMNS = (
    "key",
    "state",
    "through",
    "boundaries",
    "documents",
    "stopped",
    "parked",
    "totals",
    "started_by",
    "started_at",
)


@click.group("run")
def command() -> None:
    """Bill what is due as a run of its own, under a key, with limits; list runs, and end one that was broken off.

    Exit codes: 0 done, 1 refused or unknown, 2 usage.
    """


@command.command("start")
@click.argument("key")
@click.option("--through", type=DAY, metavar="DATE", help="All boundaries up to that day; else as the scheduler would.")
@click.option("--most", type=AMOUNT, metavar="AMOUNT", help="Stop documents with a larger total, either side of zero.")
@click.option(
    "--most-change", type=int, metavar="PERCENT", help="Stop documents that differ from the last one by more percent."
)
@format_option
@database_option
def start(
    *, key: str, through: date | None, most: Fraction | None, most_change: int | None, form: str, database: str | None
) -> None:
    """Start a run under KEY; the same key again does nothing, or ends what was broken off."""
    _start(RunInput(key, through, most, most_change), form=form, database=database)


@command.command("resume")
@click.argument("key")
@format_option
@database_option
def resume(*, key: str, form: str, database: str | None) -> None:
    """End the run KEY, with its own limits, if it was broken off."""
    known = on_database(chosen_settings(database), lambda db: runs.run(db, key))
    if known is None:
        raise CommandError(f"there is no run {key}")
    _start(RunInput(known.request_key, known.through, known.most, known.most_change), form=form, database=database)


@command.command("show")
@click.argument("key")
@format_option
@database_option
def show(*, key: str, form: str, database: str | None) -> None:
    """Show the run KEY."""
    known = on_database(chosen_settings(database), lambda db: runs.run(db, key))
    if known is None:
        raise CommandError(f"there is no run {key}")
    tell(_COLUMNS, [_shape(known)], form=form)


@command.command("list")
@format_option
@database_option
def list_(*, form: str, database: str | None) -> None:
    """List all runs, oldest first."""

    async def work(opened: Database) -> list[RunView]:
        return await every(lambda page: runs.runs(opened, page))

    tell(_COLUMNS, map(_shape, on_database(chosen_settings(database), work)), form=form)


def _start(wanted: RunInput, *, form: str, database: str | None) -> None:
    async def work(opened: Database) -> Refused | RunView | None:
        answer = await start_run(opened, wanted, by=author(), now=now())
        return answer if isinstance(answer, Refused) else await runs.run(opened, answer.key)

    answer = on_database(chosen_settings(database), work)
    if isinstance(answer, Refused):
        raise refused(answer)
    tell(_COLUMNS, [_shape(answer)] if answer is not None else [], form=form)


def _shape(view: RunView) -> Shape:
    totals = [f"{decimal_text(one.total, one.currency.digits)} {one.currency.code}" for one in view.totals]
    return {
        "key": view.request_key,
        "state": "done" if view.is_done else "broken off, or running",
        "through": view.through.isoformat() if view.through is not None else None,
        "most": decimal(view.most) if view.most is not None else None,
        "most_change": view.most_change,
        "boundaries": view.boundaries,
        "documents": view.documents,
        "stopped": view.stopped,
        "parked": view.parked,
        "totals": ", ".join(totals),
        "started_by": view.started_by,
        "started_at": f"{view.started_at:%Y-%m-%dT%H:%M:%SZ}",
    }
