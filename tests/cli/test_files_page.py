"""`docs/files.md` says what the files and the JSON are: no column, field or reason is missing from it, none is made up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from engine.items import Reason
from tarifa.files.facts import ACCOUNTS, AMENDMENTS, CONTRACTS, OPENINGS, PAYMENTS, QUANTITIES, SITES, TOP_UPS, WORKLOGS
from tarifa.files.sheet import Columns, column_name
from tests.cli.conftest import Facts
from tests.gates.sources import ROOT

PAGE = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text below a heading, up to the next."""
    found = re.search(rf"^#+ {title}\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/files.md has no section `{title}`"
    return found.group(1)


def named(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


@pytest.mark.parametrize(
    ("title", "columns"),
    [
        ("Accounts", ACCOUNTS),
        ("Sites", SITES),
        ("Contracts", CONTRACTS),
        ("Worklogs", WORKLOGS),
        ("Top-ups", TOP_UPS),
        ("Amendments", AMENDMENTS),
        ("Openings", OPENINGS),
        ("Quantities", QUANTITIES),
        ("Payments", PAYMENTS),
    ],
)
def test_the_page_has_each_column_of_a_file_and_no_other(title: str, columns: Columns) -> None:
    cells = [line.split("|")[1:3] for line in section(title).splitlines() if line.startswith("| `")]

    documented = {column_name(name) for first, _ in cells for name in named(first)}
    needed = {column_name(name) for first, second in cells if "needed" in second for name in named(first)}
    assert documented == columns.known
    assert needed == set(columns.required)


def test_the_page_lists_each_reason() -> None:
    listed = named(section("An exception").partition("Reasons:")[2])

    assert listed == {reason.value for reason in Reason}


def test_the_page_has_each_field_of_the_json(facts: Facts) -> None:
    facts.write("top-ups.csv", "id,contract,top_up,at\nT-1,C-1,More,2026-03-20\n")
    facts.write("worklogs.csv", "id,account,start,minutes\nW-1,Acme,2026-03-02 09:00,90\nW-2,Acme,2026-03-02,1\n")

    shape = facts.bill().json

    for title, value in (
        ("JSON", [shape]),
        ("A document", shape["documents"]),
        ("A line", [line for document in shape["documents"] for line in document["lines"]]),
        ("A closing", [{k: v for k, v in c.items() if k not in ("account", "contract")} for c in shape["closings"]]),
        ("An exception", shape["exceptions"]),
    ):
        assert set(fields(value)) <= named(section(title)), title


def fields(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield from row
