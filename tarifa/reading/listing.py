"""One keyset listing: a query in a stable order, a cursor that is the order's key of a row, and a page of views.

A cursor is the JSON of the key's values in URL-safe base64; it says nothing that its row does not.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from tarifa.reading.pages import BadCursorError, Edge, Page, PageRequest
from tarifa.storage import Row, Rows
from tarifa.storage.database import Value

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A list that can be paged.

    Attributes:
        select: `SELECT ... FROM ... JOIN ...`, without a WHERE.
        key: The columns that order it, unique together; each also selected under its `key_names` name.
        view: From a row to what people see.
    """

    select: str
    key: tuple[str, ...]
    key_names: tuple[str, ...]
    view: Callable[[Row], T]

    async def page(self, rows: Rows, where: Mapping[str, Value | None], page: PageRequest) -> Page[T]:
        """The rows that fit every condition of `where` (SQL with one `?` to its value; None leaves it out)."""
        conditions = [sql for sql, value in where.items() if value is not None]
        values: list[Value] = [value for value in where.values() if value is not None]
        if page.after is not None:
            conditions.append(f"({', '.join(self.key)}) > ({', '.join('?' * len(self.key))})")
            values.extend(self._read(page.after))
        clause = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        sql = f"{self.select}{clause} ORDER BY {', '.join(self.key)} LIMIT {page.limit + 1}"
        found = await rows.rows(sql, values)
        edges = tuple(Edge(self._cursor(row), self.view(row)) for row in found[: page.limit])
        return Page(edges, len(found) > page.limit)

    def _cursor(self, row: Row) -> str:
        key = json.dumps([row[name] for name in self.key_names], separators=(",", ":"))
        return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")

    def _read(self, cursor: str) -> Sequence[str | int]:
        try:
            key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        except (binascii.Error, ValueError) as error:
            raise BadCursorError(cursor) from error
        if not isinstance(key, list) or len(key) != len(self.key) or not all(isinstance(k, str | int) for k in key):
            raise BadCursorError(cursor)
        return key


EVERY_ROW: Mapping[str, Value | None] = {}


async def by_key(rows: Rows, select: str, column: str, keys: Sequence[str], more: str = "") -> Sequence[Row]:
    """The rows whose `column` is one of `keys`; `more` goes after the WHERE clause."""
    if not keys:
        return ()
    return await rows.rows(f"{select} WHERE {column} IN ({', '.join('?' * len(keys))}){more}", tuple(keys))
