"""Keyset pages in the shape that the Relay convention gives them.

A cursor names a row, not a distance, so that rows which arrive meanwhile move nothing. `tarifa.reading` makes and reads
cursors; here they only change their wrapping.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Generic, TypeVar

import strawberry

from graphql_api.errors import ClientError
from graphql_api.limits import MAX_PAGE_SIZE, PAGE_SIZE
from graphql_api.scalars import Cursor
from tarifa.reading.pages import BadCursorError, Page, PageRequest

Node = TypeVar("Node")
Row = TypeVar("Row")

First = Annotated[
    int, strawberry.argument(description=f"How many at most: 1 to {MAX_PAGE_SIZE}, {PAGE_SIZE} if left out.")
]
After = Annotated[
    Cursor | None, strawberry.argument(description="The `endCursor` of the page before; none for the first page.")
]


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """As the Relay convention has it."""

    start_cursor: Cursor | None = strawberry.field(description="Of the first row; none on an empty page.")
    end_cursor: Cursor | None = strawberry.field(description="Of the last row: `after` of the next page.")
    has_next_page: bool = strawberry.field(description="Whether rows follow.")
    has_previous_page: bool = strawberry.field(description="Whether this page was asked for `after` another row.")


@strawberry.type(description="A row of a page, with its cursor.")
class Edge(Generic[Node]):
    """One row."""

    cursor: Cursor = strawberry.field(description="Names this row in its list.")
    node: Node = strawberry.field(description="The row itself.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[Node]):
    """One page."""

    edges: list[Edge[Node]] = strawberry.field(description="The rows with their cursors.")
    nodes: list[Node] = strawberry.field(description="The rows without their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


def page_request(first: int, after: Cursor | None) -> PageRequest:
    """The page that a client asks for.

    Raises:
        ClientError: `first` is below 1 or above the cap.
    """
    if not 1 <= first <= MAX_PAGE_SIZE:
        raise ClientError(
            f"`first` is {first}; a page has 1 to {MAX_PAGE_SIZE} rows.",
            code="bad-page-size",
            remedy=f"Ask for at most {MAX_PAGE_SIZE}, and go on with `after`.",
        )
    return PageRequest(limit=first, after=after)


def bad_cursor(error: BadCursorError) -> ClientError:
    """What a client hears of a cursor that is damaged or of another list."""
    return ClientError(
        str(error),
        code="bad-cursor",
        remedy="Pass on an `endCursor` of the same list as it came, or leave `after` out for the first page.",
    )


def connection(page: Page[Row], of: Callable[[Row], Node], *, after: Cursor | None) -> Connection[Node]:
    """The page `page`, its rows translated by `of`."""
    edges = [Edge(cursor=Cursor(edge.cursor), node=of(edge.node)) for edge in page.edges]
    return Connection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
            has_next_page=page.has_more,
            has_previous_page=after is not None,
        ),
    )


async def paged(
    first: int,
    after: Cursor | None,
    read: Callable[[PageRequest], Awaitable[Page[Row]]],
    of: Callable[[Row], Node],
) -> Connection[Node]:
    """Read one page and translate its rows.

    Raises:
        ClientError: the page size or the cursor is none that can be served.
    """
    request = page_request(first, after)
    try:
        page = await read(request)
    except BadCursorError as error:
        raise bad_cursor(error) from None
    return connection(page, of, after=after)
