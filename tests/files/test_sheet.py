"""CSV as spreadsheets write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tarifa.files.problems import BrokenCsvError, ColumnsError, LongLineError, NotUtf8Error, UnreadableFileError
from tarifa.files.sheet import Columns, Sheet, read_sheet

COLUMNS = Columns("thing", "key", ("key",), ("name", "work type"))


def sheet(folder: Path, content: str | bytes) -> Sheet:
    path = folder / "things.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_sheet(path, COLUMNS)


@pytest.mark.parametrize(
    "content",
    [
        "key,name\nA,b\n",
        "key;name\nA;b\n",
        "key\tname\nA\tb\n",
        "key,name\r\nA,b\r\n",
        b"\xef\xbb\xbfkey,name\nA,b\n",
        '"key","name"\n"A","b"\n',
        "KEY , Name\nA , b",
        "\n\nkey,name\n\nA,b\n\n",
    ],
    ids=["comma", "semicolon", "tab", "CRLF", "byte order mark", "quotes", "case and blanks", "blank lines"],
)
def test_what_spreadsheets_write_is_read_alike(tmp_path: Path, content: str | bytes) -> None:
    (row,) = sheet(tmp_path, content).rows

    assert dict(row.cells) == {"key": "A", "name": "b"}


def test_a_column_may_be_written_with_blanks_or_underscores(tmp_path: Path) -> None:
    (row,) = sheet(tmp_path, "key,Work_Type\nA,Remote\n").rows

    assert row["work type"] == "Remote"


def test_blank_cells_are_absent(tmp_path: Path) -> None:
    (row,) = sheet(tmp_path, "key,name\nA,  \n").rows

    assert row.get("name") is None


def test_a_quoted_cell_may_hold_delimiters_quotes_and_line_feeds(tmp_path: Path) -> None:
    first, second = sheet(tmp_path, 'key,name\nA,"a, ""b""\nc"\nB,d\n').rows

    assert (first["name"], first.place.line) == ('a, "b"\nc', 2)
    assert (second["key"], second.place.line) == ("B", 4)


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    read = sheet(tmp_path, "key,name\n\nA,b\n,c\nD,e,f\n")

    assert [row.place.line for row in read.rows] == [3]
    assert [(problem.place.line, problem.subject) for problem in read.problems] == [(4, "line 4"), (5, "line 5")]


def test_all_that_is_wrong_with_a_header_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(ColumnsError) as refused:
        sheet(tmp_path, "nmae,name,name\n")

    assert "unknown column `nmae`" in str(refused.value)
    assert "did you mean `name`?" in str(refused.value)
    assert "column `name` is there twice" in str(refused.value)
    assert "column `key` is missing" in str(refused.value)


def test_an_open_quote_names_the_line_it_begins_on(tmp_path: Path) -> None:
    with pytest.raises(BrokenCsvError, match=r"things\.csv:3: not CSV"):
        sheet(tmp_path, 'key,name\nA,b\nB,"c\nD,e\n')


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="directory"):
        read_sheet(tmp_path, COLUMNS)


def test_a_line_that_no_table_has_is_refused_before_it_is_split(tmp_path: Path) -> None:
    with pytest.raises(LongLineError, match=r"things\.csv:2: this line has more than 1,000,000 characters"):
        sheet(tmp_path, "key,name\n" + "," * 1_000_001)


def test_the_line_of_a_byte_that_is_not_utf_8_is_named_however_far_down(tmp_path: Path) -> None:
    with pytest.raises(NotUtf8Error, match=r"things\.csv:50001: not UTF-8 \(byte 0xE9\)"):
        sheet(tmp_path, b"key,name\n" + b"A,b\n" * 49_999 + b"caf\xe9,b\n")


def test_cells_are_kept_in_one_unicode_form(tmp_path: Path) -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"

    (row,) = sheet(tmp_path, f"key,name\n{decomposed},x\n").rows

    assert row["key"] == composed
