"""Things that are named by one another: in which order they can be read, and which of them go round in a circle."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import NamedTuple


class Order(NamedTuple):
    """`names` lie on no circle, each behind all that it names; a name is in one of `circles` at most."""

    names: tuple[str, ...]
    circles: tuple[tuple[str, ...], ...]


def in_order(graph: Mapping[str, Set[str]]) -> Order:
    """Order what names one another, in one pass however many circles there are.

    Where circles share a name, the one that is found first is told: breaking it may break the others.

    Args:
        graph: All names, and which of them each names.
    """
    names: list[str] = []
    circles: list[tuple[str, ...]] = []
    done: set[str] = set()
    for root in graph:
        path: dict[str, list[str]] = {}  # names that are being ordered, and what each names that was not looked at
        _enter(root, path, graph, done)
        while path:
            last = next(reversed(path))
            if not path[last]:
                path.popitem()
                done.add(last)
                names.append(last)
                continue
            name = path[last].pop()
            if name in path:
                circle: list[str] = []
                while name in path:
                    circle.append(path.popitem()[0])
                circles.append(tuple(circle))
                done.update(circle)
            else:
                _enter(name, path, graph, done)
    return Order(tuple(names), tuple(circles))


def _enter(name: str, path: dict[str, list[str]], graph: Mapping[str, Set[str]], done: Set[str]) -> None:
    if name not in done:
        path[name] = sorted(graph[name], reverse=True)
