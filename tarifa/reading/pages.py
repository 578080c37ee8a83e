"""Keyset pages: a stable order, and a cursor that survives inserts and deletes before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

DEFAULT_LIMIT = 50
MAX_LIMIT = 500


class BadCursorError(ValueError):
    """A cursor that this listing never gave out."""

    def __init__(self, cursor: str) -> None:
        super().__init__(f"`{cursor}` is not a cursor of this list: pass back the cursor of the last row you have")


class BadLimitError(ValueError):
    """A page size that is not served."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a page of {limit} rows cannot be had: ask for 1 to {MAX_LIMIT}")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which rows: at most `limit`, those after the row that had the cursor `after`; None is from the start."""

    limit: int = DEFAULT_LIMIT
    after: str | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= MAX_LIMIT:
            raise BadLimitError(self.limit)


@dataclass(frozen=True, slots=True)
class Edge(Generic[T]):
    """A row and its cursor."""

    cursor: str
    node: T


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list, in its order, and whether there are more after them."""

    edges: tuple[Edge[T], ...]
    has_more: bool

    @property
    def nodes(self) -> tuple[T, ...]:
        """The rows without their cursors."""
        return tuple(edge.node for edge in self.edges)
