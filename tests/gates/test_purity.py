"""Nothing below the services reads the clock, and money is never a float (architecture, "Gates")."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

import pytest

from tests.gates.sources import PACKAGES, dotted, modules

CLOCKLESS = (
    "engine",
    "dsl",
    "tarifa/services",
    "tarifa/reading",
    "tarifa/storage",
    "tarifa/words",
    "tarifa/files",
    "tarifa/offline",
    "tarifa/intake",
    "tarifa/bundles",
    "tarifa/zones",
)
CLOCK_CALLS = frozenset({"now", "utcnow", "today", "localtime", "gmtime"})
CLOCK_MODULE = frozenset({"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"})


def clock_readings(tree: ast.Module) -> Iterator[int]:
    """Lines that ask what time it is: `datetime.now()`, `time.time()`, `from time import monotonic`."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=value, attr=attr) if attr in CLOCK_CALLS and _is_clock(dotted(value)):
                yield node.lineno
            case ast.Attribute(value=ast.Name(id="time"), attr=attr) if attr in CLOCK_MODULE:
                yield node.lineno
            case ast.ImportFrom(module="time", names=names) if any(n.name in CLOCK_MODULE for n in names):
                yield node.lineno


def _is_clock(name: str) -> bool:
    return name.rpartition(".")[2] in {"datetime", "date", "time", "arrow", "timezone"}


def floats(tree: ast.Module) -> Iterator[int]:
    """Lines with a float: a literal such as `0.1`, the name `float`, or a function of `math` that makes one.

    How alike two names are (`cutoff=0.7`) is no money, and difflib wants it so.
    """
    likeness = {
        id(keyword.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "cutoff"
    }
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=float()) if id(node) not in likeness:
                yield node.lineno
            case ast.Name(id="float", ctx=ast.Load()):
                yield node.lineno
            case ast.Call(func=func) if dotted(func).startswith("math.") and dotted(func) not in WHOLE:
                yield node.lineno


WHOLE = frozenset({"math.gcd", "math.lcm", "math.isqrt", "math.comb", "math.prod", "math.ceil", "math.floor"})


@pytest.mark.parametrize("place", CLOCKLESS)
def test_nothing_at_or_below_the_services_reads_the_clock(place: str) -> None:
    found = list(modules(place))

    assert found, f"{place} holds no modules: does it have another name now?"
    assert [f"{path}:{line}" for path, tree in found for line in clock_readings(tree)] == []


@pytest.mark.parametrize("place", ["engine", "dsl"])
def test_no_float_touches_a_price(place: str) -> None:
    assert [f"{path}:{line}" for path, tree in modules(place) for line in floats(tree)] == []


def test_the_engine_imports_only_itself_and_the_standard_library() -> None:
    allowed = sys.stdlib_module_names | {"engine"}
    foreign = [
        f"{path}: {name}"
        for path, tree in modules("engine")
        for name in _imported(tree)
        if name.partition(".")[0] not in allowed
    ]

    assert foreign == []


def test_all_imports_are_absolute() -> None:
    relative = [
        f"{path}:{node.lineno}"
        for path, tree in modules(*PACKAGES)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert relative == []


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize(
    "text",
    [
        "datetime.now()",
        "datetime.datetime.utcnow()",
        "date.today()",
        "time.time()",
        "from time import monotonic",
        "start = datetime.now",
    ],
)
def test_the_gate_sees_a_reading_of_the_clock(text: str) -> None:
    assert list(clock_readings(ast.parse(text))) == [1]


@pytest.mark.parametrize("text", ["x = 0.5", "float(amount)", "rate = 1e3", "math.sqrt(2)"])
def test_the_gate_sees_a_float(text: str) -> None:
    assert list(floats(ast.parse(text))) == [1]
