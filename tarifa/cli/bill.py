"""`tarifa bill`: what a ruleset charges for the facts of some files; no database, nothing kept."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from engine.model import Ruleset
from engine.timeline import offline_timeline
from tarifa.cli.console import output, progress
from tarifa.cli.csv_cells import harmless
from tarifa.cli.days import DAY
from tarifa.cli.documents import allowance, count, document, exceptions
from tarifa.cli.failures import PROBLEMS
from tarifa.cli.rows import FILE, Files, read_rows
from tarifa.cli.rulesets import FOLDER, MOST_SHOWN, load_all
from tarifa.offline.bill import bill, contracts_of, statements
from tarifa.offline.books import Rows, open_books
from tarifa.offline.shape import bill_json

LATEST = date(2199, 12, 31)
"""A slip in the year must not make thousands of documents for every contract without an end."""


@click.command("bill", short_help="Bill worklogs from CSV files, without a database.")
@click.argument("folders", metavar="RULESET_DIR...", nargs=-1, required=True, type=FOLDER)
@click.option("--accounts", required=True, type=FILE, help="Who is billed.")
@click.option("--sites", type=FILE, help="Their places, with zone and calendar.")
@click.option("--contracts", required=True, type=FILE, help="Who is on which plan, and since when.")
@click.option("--worklogs", required=True, type=FILE, help="The work.")
@click.option("--top-ups", "top_ups", type=FILE, help="Allowance bought.")
@click.option("--amendments", type=FILE, help="What changes of contracts, and from when.")
@click.option("--openings", type=FILE, help="Allowance that contracts bring over from elsewhere.")
@click.option("--quantities", type=FILE, help="How many of recurring items, and from when.")
@click.option("--payments", type=FILE, help="Which documents were paid, and when.")
@click.option(
    "--through",
    required=True,
    metavar="DATE",
    type=DAY,
    help="The last day whose boundaries are billed: 2026-04-01 bills the usage of March.",
)
@click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True, help="Output."
)
def command(
    folders: tuple[Path, ...],
    accounts: Path,
    sites: Path | None,
    contracts: Path,
    worklogs: Path,
    top_ups: Path | None,
    amendments: Path | None,
    openings: Path | None,
    quantities: Path | None,
    payments: Path | None,
    through: date,
    form: str,
) -> None:
    """Settle every contract from its start through DATE, and print its documents, allowances and exceptions.

    RULESET_DIR is a folder of .rules files; of several, the one whose `valid` starts last counts on each day. A
    contract is billed at its boundaries: the fee in advance or in arrears, as its plan says, and the work of the
    cycle that ends.

    The files are CSV. Only keys, `start` and one of `end` and `minutes` must be in them (docs/files.md has it all):

    \b
    accounts   key,name,country,region,tax_id,exempt
    sites      account,key,zone,calendar,country,region
    contracts  number,account,sites,class,plan,start,expiry,bill_from,currency,
               zone,discount,overrides,seller,purchase_order,reference,
               conversion_rate,conversion_on,conversion_source,renewed_from,
               carry_over,lock_prices,late_window,difference,allowance_opens,
               and every input declared of contract
    worklogs   id,account,site,request,kind,category,subcategory,item,priority,
               request_opened,start,end,minutes,technician,role,work_type,distance,
               extras,billable,approved,operational_only, and every declared input
    top-ups    id,contract,top_up,at
    amendments contract,from,plan,overrides,discount,suspended,expiry,lock_prices,
               late_window,difference,allowance_opens, and every input declared of
               contract
    openings   contract,amount,expires,note
    quantities id,contract,item,from,quantity
    payments   document,paid

    Exit codes: 0 all is billed or pending, 1 something waits (exceptions) or could not be read, 2 usage.
    """  # noqa: D301 - click wants the control character, which keeps lines as they are
    if through > LATEST:
        raise click.BadParameter(f"{through} is too far away; the latest day is {LATEST}", param_hint="--through")
    rulesets = load_all(folders)
    files = Files(accounts, contracts, worklogs, sites, top_ups, amendments, openings, quantities, payments)
    rows = read_rows(files, rulesets)
    shape = _billed(rows, rulesets, through)
    _WRITERS[form](shape)
    sys.exit(PROBLEMS if shape["exceptions"] else 0)


def _billed(rows: Rows, rulesets: Sequence[Ruleset], through: date) -> dict[str, Any]:
    timeline = offline_timeline(rulesets)
    books = open_books(rows, timeline, through=through)
    found = progress(statements(books, timeline, through=through), contracts_of(books), "Billing contracts")
    return bill_json(bill(books, found), rulesets, through=through)


def _print_tables(shape: Mapping[str, Any]) -> None:
    console = output()
    for one in shape["documents"]:
        console.print(document(one))
    _print_closings(console, shape)
    if shape["exceptions"]:
        console.print(Text(f"EXCEPTIONS ({len(shape['exceptions'])})", style="bold red"))
        console.print(exceptions(shape["exceptions"][:MOST_SHOWN]))
        more = len(shape["exceptions"]) - MOST_SHOWN
        if more > 0:
            console.print(f"... and {count(more, 'more exception')}; `--format json` or `csv` lists them all")
        console.print()
    _print_rest(console, shape)
    for currency, sums in shape["totals"].items():
        line = f"{count(sums['documents'], 'document')}: net {sums['net']}, tax {sums['tax']}, total {sums['total']}"
        console.print(Text(f"{line} {currency}", style="bold"), soft_wrap=True)
    if not shape["documents"]:
        console.print(f"No document: no boundary with anything to bill lies on or before {shape['through']}.")


def _print_closings(console: Console, shape: Mapping[str, Any]) -> None:
    """The newest allowance statement of each contract that has an allowance."""
    newest = {closing["contract"]: closing for closing in shape["closings"]}
    told = [c for c in newest.values() if any(c[name] != "0" for name in ("carried_in", "granted", "topped_up"))]
    for closing in told:
        console.print(f"{closing['contract']} ({closing['account']}): {allowance(closing)}", soft_wrap=True)
    if told:
        console.print()


def _print_rest(console: Console, shape: Mapping[str, Any]) -> None:
    if shape["pending"]:
        days = sorted(set(shape["next_boundaries"].values()))
        soonest = f"; the next boundary is {days[0]}" if days else ""
        console.print(f"Pending: {count(len(shape['pending']), 'worklog')} of cycles that are not over{soonest}.")
    for name, what in (("not_billable", "Not billable"), ("uncharged", "Nothing to charge, by the rules")):
        if shape[name]:
            shown = ", ".join(shape[name][:10]) + (", ..." if len(shape[name]) > 10 else "")
            console.print(f"{what}: {count(len(shape[name]), 'worklog')}: {shown}.", soft_wrap=True)


def _print_json(shape: Mapping[str, Any]) -> None:
    click.echo(json.dumps(shape, indent=2, ensure_ascii=False))


CSV_COLUMNS = (
    *("record", "account", "contract", "document", "kind", "boundary", "currency", "position", "line_kind", "item"),
    *("label", "work", "on", "service_from", "service_to", "band", "minutes", "rounded", "covered", "overage"),
    *(
        "rate",
        "amount",
        "discount",
        "document_discount",
        "tax_included",
        "net",
        "tax_codes",
        "table",
        "row",
        "file",
        "line",
    ),
    *("carried_in", "granted", "topped_up", "drawn", "left", "carried_out", "subject", "reason", "message"),
)


def _print_csv(shape: Mapping[str, Any]) -> None:
    writer = csv.DictWriter(sys.stdout, CSV_COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: harmless(cell) for name, cell in row.items()} for row in _csv_rows(shape))


def _csv_rows(shape: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One row per line, closing and exception, and one per worklog that is on none of them; `record` says which."""
    for one in shape["documents"]:
        for line in one["lines"]:
            yield _csv_line(one, line)
    for closing in shape["closings"]:
        period = {"record": "closing", "service_from": closing["from"], "service_to": closing["to"]}
        yield period | _known(closing)
    for waiting in shape["exceptions"]:
        yield {"record": "exception"} | _known(waiting)
    for name in ("not_billable", "uncharged", "pending"):
        for work in shape[name]:
            yield {"record": name.replace("_", " "), "work": work}


def _csv_line(of: Mapping[str, Any], line: Mapping[str, Any]) -> dict[str, Any]:
    return _known(line) | {
        "record": "line",
        "account": of["account"]["key"],
        "contract": of["contract"],
        "document": of["key"],
        "kind": of["kind"],
        "boundary": of["boundary"]["on"],
        "currency": of["currency"],
        "line_kind": line["kind"],
        "service_from": line["service"]["from"],
        "service_to": line["service"]["to"],
        "tax_codes": " ".join(tax["code"] for tax in line["taxes"]),
    }


def _known(shape: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shape.items() if name in CSV_COLUMNS and value is not None}


_WRITERS = {"table": _print_tables, "json": _print_json, "csv": _print_csv}
