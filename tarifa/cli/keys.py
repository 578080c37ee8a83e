"""`tarifa keys`: API keys, which are shown once."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import click

from tarifa.cli.database import author, chosen_settings, database_option, now, on_database, refused
from tarifa.cli.days import DAY
from tarifa.services.keys import Role, create_key, list_keys, revoke_key
from tarifa.services.results import Refused


@click.group("keys")
def command() -> None:
    """Create, list and revoke the keys of the API."""


@command.command("create")
@click.option("--label", required=True, help="Whose key it is, or what for.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.READER.value,
    show_default=True,
    help="admin: all; billing: record, contracts, top-ups, bill; recorder: record worklogs; reader: read.",
)
@click.option("--account", help="The only account that the key sees; its role is then reader.")
@click.option("--expires", type=DAY, metavar="DATE", help="First day on which it no longer works (UTC).")
@database_option
def create(label: str, role: str, account: str | None, expires: date | None, database: str | None) -> None:
    """Create a key and print it; it is kept nowhere, so it cannot be shown again."""
    answer = on_database(
        chosen_settings(database),
        lambda db: create_key(
            db,
            label=label,
            role=Role(role),
            account=account,
            expires=datetime.combine(expires, time.min, UTC) if expires is not None else None,
            by=author(),
            now=now(),
        ),
    )
    if isinstance(answer, Refused):
        raise refused(answer)
    click.echo(answer.secret)
    click.echo(f"Key {answer.principal.prefix} ({answer.principal.role.value}). It is not shown again.", err=True)


@command.command("list")
@database_option
def list_(database: str | None) -> None:
    """List all keys by prefix; the keys themselves are not kept."""
    for key in on_database(chosen_settings(database), list_keys):
        ended = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else ""
        until = f"until {key.expires_at:%Y-%m-%d}" if key.expires_at else ""
        account = f"account {key.account}" if key.account else ""
        parts = (key.prefix, key.role.value, key.label, account, until, ended)
        click.echo("  ".join(part for part in parts if part))


@command.command("revoke")
@click.argument("prefix")
@database_option
def revoke(prefix: str, database: str | None) -> None:
    """End a key, by its PREFIX."""
    answer = on_database(chosen_settings(database), lambda db: revoke_key(db, prefix, by=author(), now=now()))
    if isinstance(answer, Refused):
        raise refused(answer)
    click.echo(f"Key {answer.key} is revoked.")
