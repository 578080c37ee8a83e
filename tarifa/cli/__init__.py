"""The command line. Each command is a module, imported when it is asked for: translate in, one call, translate out."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from importlib import import_module

import click

from tarifa.cli.failures import PROBLEMS, CommandError

_COMMANDS = {
    "check": "tarifa.cli.check",
    "fmt": "tarifa.cli.fmt",
    "test": "tarifa.cli.test",
    "explain": "tarifa.cli.explain",
    "bill": "tarifa.cli.bill",
    "demo": "tarifa.cli.demo",
    "publish": "tarifa.cli.publish",
    "activate": "tarifa.cli.activate",
    "serve": "tarifa.cli.serve",
    "worker": "tarifa.cli.worker",
    "keys": "tarifa.cli.keys",
    "preview": "tarifa.cli.preview",
    "approve": "tarifa.cli.approve",
    "run": "tarifa.cli.run",
    "exceptions": "tarifa.cli.exceptions",
    "payments": "tarifa.cli.payments",
    "backup": "tarifa.cli.backup",
    "restore": "tarifa.cli.restore",
    "confirm-numbers": "tarifa.cli.confirm_numbers",
    "verify": "tarifa.cli.verify",
    "replay": "tarifa.cli.replay",
    "audit": "tarifa.cli.audit",
    "journal": "tarifa.cli.journal",
}


class _Commands(click.Group):
    """Commands in the order in which one meets them; their modules are imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(_COMMANDS[cmd_name]).command
        return command


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="tarifa", message="%(package)s %(version)s")
def cli() -> None:
    """Billing for managed service providers: rulesets checked before deploy, invoices that explain themselves.

    \b
    Without a database:   check, fmt, test, explain, bill
    With one:             publish, activate, serve, worker, keys
    The office:           preview, approve, run, exceptions, payments
    Safekeeping:          backup, restore, confirm-numbers, verify, replay, audit
    For bookkeeping:      journal
    Everything at once:   demo

    Exit codes: 0 clean, 1 problems, 2 usage.
    """  # noqa: D301 - click wants the control character, which keeps lines as they are


def collect_seldom() -> None:
    """Let the collector of cycles look at what is new every 50,000 objects, not every 700.

    Loading and settling make much that is kept and hardly a cycle: a third of the time to load 10,000 rows went into
    looking at them again and again.
    """
    gc.set_threshold(50_000, 20, 20)


def main() -> None:
    """Run the command line; what can be expected to go wrong ends in a message, not in a traceback."""
    collect_seldom()
    try:
        cli(prog_name="tarifa")
    except CommandError as failed:
        click.echo(f"tarifa: {failed}", err=True)
        sys.exit(failed.exit_code)
    except OSError as error:
        # Most often our own output: a full disk, or a reader that has gone (who then wants no message).
        if not isinstance(error, BrokenPipeError):
            what = error.filename if error.filename is not None else "the output"
            click.echo(f"tarifa: {what}: {error.strerror or error}", err=True)
        with suppress(OSError, ValueError):
            # What is still buffered can be written nowhere; Python must not complain of that when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(PROBLEMS)
