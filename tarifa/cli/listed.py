"""Lists as tables for people, or as an object a line for programs."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

import click
from rich import box
from rich.table import Table
from rich.text import Text

from tarifa.cli.console import output
from tarifa.reading.pages import Page, PageRequest

FORMATS = click.Choice(["text", "json"])
format_option = click.option("--format", "form", type=FORMATS, default="text", show_default=True, help="Output.")
Shape = dict[str, object]
T = TypeVar("T")
PAGE = 200


async def every(read: Callable[[PageRequest], Awaitable[Page[T]]]) -> list[T]:
    """All that a list has, page after page."""
    found: list[T] = []
    page = await read(PageRequest(PAGE))
    found += page.nodes
    while page.has_more:
        page = await read(PageRequest(PAGE, page.edges[-1].cursor))
        found += page.nodes
    return found


def tell(columns: Sequence[str], rows: Iterable[Shape], *, form: str, right: Sequence[str] = ()) -> None:
    """Print rows: those columns of them as a table, or all that they hold as JSON, an object a line.

    Args:
        columns: Members of the rows, which are the headings too.
        rows: The rows.
        form: `text` or `json`.
        right: Columns whose cells end at the right.
    """
    if form == "json":
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 1), show_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(row[column]) if row[column] is not None else "") for column in columns))
    if table.row_count:
        output().print(table)
