"""`tarifa payments`: money that moved, or that is given up."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import click

from engine.money import decimal_text
from tarifa.cli.amounts import AMOUNT
from tarifa.cli.database import author, chosen_settings, database_option, now, on_database, refused
from tarifa.cli.days import DAY
from tarifa.cli.listed import Shape, every, format_option, tell
from tarifa.reading import payments
from tarifa.reading.scope import EVERYTHING
from tarifa.reading.views import PaymentView
from tarifa.services.inputs import OnChange, PaymentInput, PaymentKind
from tarifa.services.payments import record_payment
from tarifa.services.results import Refused
from tarifa.storage import Database


@click.group("payments")
def command() -> None:
    """Record payments, refunds and write-offs, and list them.

    Exit codes: 0 done, 1 refused, 2 usage.
    """


@command.command("record")
@click.argument("id_", metavar="ID")
@click.option("--account", required=True, metavar="KEY", help="Whose money it is.")
@click.option(
    "--amount", required=True, type=AMOUNT, help="With a point, such as 1234.50; 0 takes it back, with --revise."
)
@click.option("--currency", required=True, metavar="CODE", help="Of ISO 4217, such as EUR.")
@click.option("--on", "received_on", required=True, type=DAY, metavar="DATE", help="The day on which it moved.")
@click.option(
    "--kind",
    type=click.Choice([one.value for one in PaymentKind]),
    default=PaymentKind.PAYMENT.value,
    show_default=True,
)
@click.option("--source", default="main", show_default=True, help="The system that the ID is of.")
@click.option("--note", default="", help="What to remember of it; a write-off needs one.")
@click.option("--revise", is_flag=True, help="It is on record with other facts: these count from now on.")
@click.option("--ahead", is_flag=True, help="The day is still to come, and that is meant.")
@database_option
def record(
    *,
    id_: str,
    account: str,
    amount: Fraction,
    currency: str,
    received_on: date,
    kind: str,
    source: str,
    note: str,
    revise: bool,
    ahead: bool,
    database: str | None,
) -> None:
    """Record the payment ID; the same again changes nothing."""
    wanted = PaymentInput(account, PaymentKind(kind), amount, currency, received_on, id_, source, note, ahead)
    on_change = OnChange.REVISE if revise else OnChange.REJECT
    answer = on_database(
        chosen_settings(database),
        lambda db: record_payment(db, wanted, by=author(), now=now(), on_change=on_change),
    )
    if isinstance(answer, Refused):
        raise refused(answer)
    click.echo(f"{answer.key}: {answer.change.value}, revision {answer.revision}")


@command.command("list")
@click.option("--account", metavar="KEY", help="Only of this account.")
@format_option
@database_option
def list_(*, account: str | None, form: str, database: str | None) -> None:
    """List payments, refunds and write-offs in the order in which they were recorded."""

    async def work(opened: Database) -> list[PaymentView]:
        return await every(lambda page: payments.payments(opened, EVERYTHING, page, account=account))

    columns = ("id", "account", "kind", "received_on", "amount", "open", "currency", "revision", "note")
    tell(columns, map(_shape, on_database(chosen_settings(database), work)), form=form, right=("amount", "open"))


def _shape(view: PaymentView) -> Shape:
    return {
        "id": view.id,
        "account": view.account,
        "kind": view.kind,
        "received_on": view.received_on.isoformat(),
        "amount": decimal_text(view.amount, view.currency.digits),
        "open": decimal_text(view.open, view.currency.digits),
        "currency": view.currency.code,
        "revision": view.revision,
        "note": view.note,
        "recorded_by": view.recorded_by,
    }
