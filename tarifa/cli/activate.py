"""`tarifa activate`: say from which day a published version is in force."""

from __future__ import annotations

from datetime import date

import click

from tarifa.cli.database import author, chosen_settings, database_option, now, on_database, refused
from tarifa.cli.days import DAY
from tarifa.services.inputs import ActivationInput, ActivationKind
from tarifa.services.results import Refused
from tarifa.services.rulesets import activate


@click.command("activate")
@click.argument("ruleset")
@click.option("--from", "from_", required=True, type=DAY, metavar="DATE", help="First day it is in force.")
@click.option("--until", type=DAY, metavar="DATE", help="First day it no longer is; without, for good.")
@click.option("--version", type=click.IntRange(1), help="Its number, as publishing said; without, the newest.")
@click.option("--repair", is_flag=True, help="It may reach days that are billed: they are billed anew, the difference.")
@click.option("--reason", help="Why; kept with it.")
@database_option
def command(
    *,
    ruleset: str,
    from_: date,
    until: date | None,
    version: int | None,
    repair: bool,
    reason: str | None,
    database: str | None,
) -> None:
    """Put a published version of RULESET in force from a day on.

    The newest activation whose days hold the start of the work decides. To roll back, activate the old version again.

    Exit codes: 0 done, 1 refused, 2 usage.
    """
    wanted = ActivationInput(
        ruleset=ruleset,
        from_date=from_,
        until=until,
        version=version,
        kind=ActivationKind.REPAIR if repair else ActivationKind.NORMAL,
        reason=reason,
    )
    answer = on_database(chosen_settings(database), lambda db: activate(db, wanted, by=author(), now=now()))
    if isinstance(answer, Refused):
        raise refused(answer)
    end = f" until {answer.until}" if answer.until is not None else ""
    click.echo(
        f"{answer.ruleset} {answer.version_label} (version {answer.version}) in force from {answer.from_date}{end}"
    )
