"""`tarifa exceptions`: what cannot be billed as it is, and what a person decides about it."""

from __future__ import annotations

import click

from engine.items import Held, Reason
from tarifa.cli.database import author, chosen_settings, database_option, now, on_database, refused
from tarifa.cli.listed import Shape, every, format_option, tell
from tarifa.reading import contracts, exceptions
from tarifa.reading.pages import Page, PageRequest
from tarifa.reading.scope import EVERYTHING
from tarifa.reading.views import ExceptionView, ParkedView
from tarifa.services.decisions import decide
from tarifa.services.inputs import DecisionAction, DecisionInput
from tarifa.services.results import Refused
from tarifa.storage import Database
from tarifa.words import english


@click.group("exceptions")
def command() -> None:
    """List what waits for a person, and decide about it.

    Exit codes: 0 done, 1 refused, 2 usage.
    """


@command.command("list")
@click.option("--account", metavar="KEY", help="Only of this account.")
@click.option("--contract", metavar="NUMBER", help="Only of this contract.")
@click.option("--all", "everything", is_flag=True, help="Those that are decided or gone, too.")
@format_option
@database_option
def list_(*, account: str | None, contract: str | None, everything: bool, form: str, database: str | None) -> None:
    """List work, top-ups and contracts that cannot be billed as they are, those that wait longest first."""

    async def page(opened: Database, request: PageRequest) -> Page[ExceptionView]:
        state = None if everything else "open"
        return await exceptions.exceptions(opened, EVERYTHING, request, account=account, contract=contract, state=state)

    rows = on_database(chosen_settings(database), lambda db: every(lambda request: page(db, request)))
    tell(("id", "subject", "contract", "reason", "says", "state"), map(_exception, rows), form=form)


@command.command("parked")
@format_option
@database_option
def parked(*, form: str, database: str | None) -> None:
    """List contracts that were set apart: what stopped them, and when they are tried again."""

    async def page(opened: Database, request: PageRequest) -> Page[ParkedView]:
        return await contracts.parked(opened, EVERYTHING, request)

    rows = on_database(chosen_settings(database), lambda db: every(lambda request: page(db, request)))
    tell(("contract", "account", "reason", "says", "attempts", "next_try"), map(_parked, rows), form=form)


@command.command("decide")
@click.argument("exception", metavar="ID")
@click.argument("action", type=click.Choice([one.value for one in DecisionAction]))
@click.option("--note", required=True, help="Who wants it so, and why.")
@database_option
def decide_(*, exception: str, action: str, note: str, database: str | None) -> None:
    """Release the work of exception ID, so that it is billed, or waive it, so that it never is."""
    wanted = DecisionInput(exception, DecisionAction(action), note)
    answer = on_database(chosen_settings(database), lambda db: decide(db, wanted, by=author(), now=now()))
    if isinstance(answer, Refused):
        raise refused(answer)
    click.echo(f"{answer.key}: {action}d." if action.endswith("e") else f"{answer.key}: {action}.")


def _exception(view: ExceptionView) -> Shape:
    if view.subject_kind == "contract":
        says = english.why_apart(view.subject, view.reason, view.detail)
    else:
        says = english.reason(Held(view.subject_kind, view.subject, Reason(view.reason), view.detail))
    return {
        "id": view.id,
        "account": view.account,
        "contract": view.contract,
        "kind": view.subject_kind,
        "subject": view.subject,
        "reason": view.reason,
        "says": says,
        "state": view.state,
        "since": f"{view.since:%Y-%m-%dT%H:%M:%SZ}",
        "note": view.note,
        "decided_by": view.decided_by,
    }


def _parked(view: ParkedView) -> Shape:
    return {
        "contract": view.contract,
        "account": view.account,
        "reason": view.reason,
        "says": english.why_apart(view.contract, view.reason, view.detail),
        "detail": dict(view.detail),
        "attempts": view.attempts,
        "next_try": f"{view.next_try:%Y-%m-%dT%H:%M:%SZ}" if view.next_try is not None else "when it is asked for",
    }
