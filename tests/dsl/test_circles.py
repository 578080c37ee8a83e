"""What names one another is put in order, circles are found, and both in one pass."""

from __future__ import annotations

import pytest

from dsl.build.circles import in_order
from tests.dsl.texts import book, constants, problems


@pytest.mark.parametrize(
    ("graph", "names", "circles"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, "cba", []),
        ({"a": {"b"}, "b": {"b"}, "c": {"b"}}, "ac", ["b"]),
        ({"a": {"b"}, "b": {"c", "d"}, "c": {"b"}, "d": set()}, "ad", ["bc"]),
        ({"a": {"b", "c"}, "b": {"a"}, "c": {"a"}}, "c", ["ab"]),
        ({"a": {"b"}, "b": {"a"}, "c": {"d"}, "d": {"c"}}, "", ["ab", "cd"]),
    ],
)
def test_a_name_stands_behind_all_that_it_names(graph: dict[str, set[str]], names: str, circles: list[str]) -> None:
    order = in_order(graph)

    assert sorted("".join(sorted(circle)) for circle in order.circles) == circles
    assert sorted(order.names) == sorted(names)
    for at, name in enumerate(order.names):
        assert graph[name].isdisjoint(order.names[at:])


def test_each_of_many_circles_is_told_once() -> None:
    rows = [f"{pair[0]}{at} | {pair[1]}{at}" for at in range(400) for pair in ("ab", "ba")]

    assert [code for code, _ in problems(book(constants(*rows)))] == ["circular-name"] * 400
