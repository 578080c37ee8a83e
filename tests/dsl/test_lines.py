"""Rows of a pipe table: every cell's place is where its text stands, whichever way it is asked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dsl.diagnostics import Report
from dsl.parser import parse_page
from dsl.source import read_source
from dsl.syntax import Line

CELLS = st.sampled_from(
    ["", "-", "a", "a b", '"a | b"', '"5"" disk"', "日本", "$95.00/h, 88.00 EUR/h", "ö\u0308", '"']
).flatmap(
    lambda text: st.builds(
        lambda before, after: before + text + after, st.sampled_from(["", " ", "   "]), st.sampled_from(["", " "])
    )
)
ROWS = st.lists(st.lists(CELLS, min_size=4, max_size=4), max_size=4)


def rows(written: str) -> tuple[str, tuple[Line, ...]]:
    source = read_source("a.rules", written.encode())
    (block,) = parse_page(source, Report())
    return source.text, block.rows


def check(text: str, line: Line) -> None:
    assert line.cells == tuple(line.cell(index) for index in range(len(line.texts)))
    for cell, own in zip(line.cells, line.texts, strict=True):
        assert cell.text == own
        assert text[cell.start : cell.start + len(own)] == own
        assert line.start <= cell.start <= line.start + len(line.written)


@given(ROWS)
def test_every_cell_is_where_its_place_says(cells: list[list[str]]) -> None:
    text, lines = rows(
        "constants\n  | a | b | c | d |\n  |--|--|--|--|\n" + "".join(f"  |{'|'.join(row)}|\n" for row in cells)
    )
    for line in lines:
        check(text, line)


@given(ROWS)
def test_every_cell_beside_a_divider_is_where_its_place_says(cells: list[list[str]]) -> None:
    written = "".join(f"\t|{row[0]}|{row[1]}||{row[2]}|{row[3]}|\n" for row in cells)
    text, lines = rows("table t\n  | a | b || c | d |\n  |--|--||--|--|\n" + written)
    for line in lines:
        check(text, line)


def test_cells_before_and_behind_a_divider_are_told_apart() -> None:
    text, (line,) = rows("table t\n  | row | a || rate |\n  |--|--||--|\n  | R1 |  || $1.00/h |\n")
    assert line.texts == ("R1", "", "$1.00/h")
    assert text[line.cell(2).start :].startswith("$1.00/h")
    assert text[line.cell(1).start - 1 : line.cell(1).start + 2] == "  |"
