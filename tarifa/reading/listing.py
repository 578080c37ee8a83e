"""One keyset listing: a query in a stable order, a cursor that is the order's key of a row, and a page of views.

A cursor is the JSON of the key's values in URL-safe base64; it says nothing that its row does not.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from tarifa.reading.pages import BadCursorError, Edge, Page, PageRequest
from tarifa.storage import Row, Rows, marks
from tarifa.storage.database import Value

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A list that can be paged.

    Attributes:
        name: Of the list; part of its cursors, so that another list's is refused.
        select: `SELECT ... FROM ... JOIN ...`, without a WHERE.
        key: The columns that order it, unique together; each also selected under its `key_names` name.
        view: From a row to what people see.
        fixed: Conditions that always hold.
    """

    name: str
    select: str
    key: tuple[str, ...]
    key_names: tuple[str, ...]
    view: Callable[[Row], T]
    fixed: tuple[str, ...] = ()

    async def page(self, rows: Rows, where: Sequence[tuple[str, Value]], page: PageRequest) -> Page[T]:
        """The rows that fit every condition of `where`: SQL with one `?`, and its value; None leaves it out."""
        conditions = [*self.fixed, *(sql for sql, value in where if value is not None)]
        values: list[Value] = [value for _, value in where if value is not None]
        if page.after is not None:
            conditions.append(f"({', '.join(self.key)}) > ({marks(len(self.key))})")
            values.extend(self._read(page.after))
        clause = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        sql = f"{self.select}{clause} ORDER BY {', '.join(self.key)} LIMIT {page.limit + 1}"
        found = await rows.rows(sql, values)
        edges = tuple(Edge(self._cursor(row), self.view(row)) for row in found[: page.limit])
        return Page(edges, len(found) > page.limit)

    async def of_keys(
        self, rows: Rows, where: Sequence[tuple[str, Value]], column: str, keys: Sequence[str]
    ) -> list[T]:
        """All rows whose `column` is one of `keys`, and that fit `where`, in the list's order."""
        if not keys:
            return []
        conditions = [*self.fixed, *(sql for sql, value in where if value is not None)]
        conditions.append(f"{column} IN ({marks(len(keys))})")
        values: list[Value] = [value for _, value in where if value is not None]
        sql = f"{self.select} WHERE {' AND '.join(conditions)} ORDER BY {', '.join(self.key)}"
        return [self.view(row) for row in await rows.rows(sql, [*values, *keys])]

    def _cursor(self, row: Row) -> str:
        return write_cursor(self.name, [row[name] for name in self.key_names])

    def _read(self, cursor: str) -> Sequence[str | int]:
        return read_cursor(self.name, cursor, len(self.key))


def write_cursor(name: str, key: Sequence[str | int]) -> str:
    """A cursor of the list `name`."""
    text = json.dumps([name, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(name: str, cursor: str, length: int) -> Sequence[str | int]:
    """Read a cursor of the list `name`, with `length` values, back.

    Raises:
        BadCursorError: that list never gave it out.
    """
    try:
        shape = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadCursorError(cursor) from error
    if not isinstance(shape, list) or len(shape) != length + 1 or shape[0] != name:
        raise BadCursorError(cursor)
    if not all(isinstance(value, str) or (type(value) is int and abs(value) < 2**63) for value in shape):
        raise BadCursorError(cursor)
    return shape[1:]
