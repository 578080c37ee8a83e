"""Every diagnostic has a page, and the page shows what is really said."""

from __future__ import annotations

import ast
from pathlib import Path

import dsl
from dsl.codes import CODE_BY_NAME, CODES
from tests.dsl.pages import FOLDER, pages


def test_the_pages_of_the_diagnostics_are_fresh() -> None:
    found = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert found == pages(), "write them anew: python -m tests.dsl.pages"


def test_the_catalogue_is_in_order_and_names_each_code_once() -> None:
    assert [code.code for code in CODES] == sorted(CODE_BY_NAME)


def test_every_code_that_is_reported_is_in_the_catalogue() -> None:
    reported: set[str] = set()
    for path in Path(dsl.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == "within_limit":
                codes = [one.value for one in node.keywords if one.arg == "code"]
                reported |= {str(one.value) for one in codes if isinstance(one, ast.Constant)}
            if not isinstance(node.args[0], ast.Constant):
                continue
            if name in ("error", "Problem", "Diagnostic", "_wrong", "_fail", "_remark"):
                reported.add(str(node.args[0].value))
    assert reported == set(CODE_BY_NAME)
