"""`tarifa worker`: do the jobs, and look for what is due."""

from __future__ import annotations

import signal
import sys
import threading
from datetime import date

import click

from tarifa.cli.database import chosen_settings, database_option
from tarifa.cli.days import DAY
from tarifa.cli.documents import count
from tarifa.cli.failures import PROBLEMS, CommandError
from tarifa.storage import UnusableDatabaseError


@click.command("worker")
@click.option("--once", is_flag=True, help="Do all that is due, then end.")
@click.option("--through", type=DAY, metavar="DATE", help="Bill the boundaries up to this day, however many there are.")
@click.option("--with-parent", is_flag=True, hidden=True, help="End when stdin closes.")
@database_option
def command(*, once: bool, through: date | None, with_parent: bool, database: str | None) -> None:
    """Run jobs until stopped: the scheduler finds what is due, actors bill it.

    Any number of workers may run; each boundary of a contract is billed exactly once.

    Exit codes: 0 done, 1 a job failed for good, 2 usage.
    """
    from jobs.worker import run  # after the options are read: Dramatiq takes a while to load

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if with_parent:
        threading.Thread(target=_stop_with_stdin, args=(stop,), daemon=True).start()
    settings = chosen_settings(database)
    try:
        report = run(settings, once=once, through=through, stop=stop)
    except UnusableDatabaseError as error:
        raise CommandError(str(error)) from error
    if once:
        click.echo(f"{count(report.done, 'job')} done, {report.failed} failed")
    if report.failed:
        sys.exit(PROBLEMS)


def _stop_with_stdin(stop: threading.Event) -> None:
    """A pipe from the parent closes when the parent ends, however it ends: no worker is left behind."""
    sys.stdin.buffer.read()
    stop.set()
