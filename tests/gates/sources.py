"""The project's own source files, parsed: what the gates look at."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("engine", "dsl", "tarifa", "jobs", "graphql_api")


def modules(*below: str) -> Iterator[tuple[str, ast.Module]]:
    """Every module at or below the paths (`engine`, `tarifa/services`), as its path from the root and its tree."""
    for name in below:
        top = ROOT / name
        paths = [top.with_suffix(".py")] if top.with_suffix(".py").is_file() else sorted(top.rglob("*.py"))
        for path in paths:
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def dotted(node: ast.expr) -> str:
    """`datetime.now` of such an expression; blank where it is no chain of names."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            head = dotted(value)
            return f"{head}.{attr}" if head else attr
    return ""
