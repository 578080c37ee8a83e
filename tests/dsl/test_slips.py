"""One slip, one message: whatever rests on what could not be read is not told again."""

from __future__ import annotations

import re

import pytest

from dsl.diagnostics import Diagnostic
from tests.dsl.texts import (
    GOLDEN,
    INPUTS,
    TAXES,
    book,
    constants,
    heading,
    loaded,
    plans,
    pricing,
    problems,
    table,
)

GOOD = (GOLDEN / "good" / "zylker.rules").read_text(encoding="utf-8").replace("US-IL", "PT")
LINES = GOOD.split("\n")
NAMES_AND_VALUES = {
    *("category", "priority", "work type", "standard", "expert", "operational"),
    *("Network, Server, Desktop, Security", "Low < Normal < High < Urgent", "Remote, On-site"),
}
"""Cells that other cells name: turned into another name, they leave each of those unknown."""


def cells() -> list[tuple[int, int, int]]:
    """Line number and columns of every cell, setting and heading but those that other cells name."""
    return [
        (number, match.start(), match.end())
        for number, line in enumerate(LINES)
        for match in re.finditer(r"[^|\s][^|]*?(?=\s*(?:\||$))", line)
        if not line.startswith("#") and "--" not in match.group() and match.group() not in NAMES_AND_VALUES
    ]


def told(place: tuple[int, int, int], scrap: str) -> tuple[Diagnostic, ...]:
    number, start, end = place
    line = LINES[number][:start] + scrap + LINES[number][end:]
    return loaded("\n".join([*LINES[:number], line, *LINES[number + 1 :]])).diagnostics


def name(place: tuple[int, int, int]) -> str:
    number, start, end = place
    return f"{number + 1}:{LINES[number][start:end]}"


@pytest.mark.parametrize("place", cells(), ids=name)
def test_a_cell_of_nonsense_is_told_at_most_once(place: tuple[int, int, int]) -> None:
    assert [one.message for one in told(place, "zzqx")][1:] == []


@pytest.mark.parametrize("number", [n for n, line in enumerate(LINES) if line and line[0].isalpha()])
def test_a_lost_heading_is_told_once(number: int) -> None:
    found = loaded("\n".join([*LINES[:number], *LINES[number + 1 :]])).diagnostics
    assert len(found) == 1, [one.message for one in found]


@pytest.mark.parametrize(
    "line",
    [
        "| standard | $95.00/h        ",
        "| standard  $95.00/h        |",
        "| standard | $95.00/h | 1 |",
        '| standard | "$95.00/h |',
    ],
    ids=["no last pipe", "no inner pipe", "a pipe too many", "an open quote"],
)
def test_a_broken_row_is_told_once(line: str) -> None:
    text = GOOD.replace("| standard | $95.00/h        |", line)
    assert text != GOOD
    assert [code for code, _ in problems(text)] == ["syntax"]


def test_dashes_may_have_blanks_between_them_as_spreadsheets_write_them() -> None:
    assert problems(book("constants\n| name | value |\n| --- | --- |\n| a | $1.00 |\n")) == []
    assert problems(book("constants\n  | name | value |\n  |------+-------|\n  | a | $1.00 |\n")) == []


def test_a_remark_behind_a_row_is_told_once() -> None:
    assert problems(book(constants("a | $1.00 | # agreed"))) == [("syntax", "this row has 3 cells, its header has 2")]
    text = book(constants("a | $1.00")).replace("| a | $1.00 |", "| a | $1.00 | # agreed")
    assert problems(text) == [("syntax", "nothing stands behind the last `|` of a row")]


def test_prices_are_not_judged_where_the_currency_is_not_known() -> None:
    text = "\n".join([heading("EURO"), constants("a | $1.00", "b | 5.00 XYZ", "c | a + 1"), TAXES])
    assert [code for code, _ in problems(text)] == ["unknown-value"]


def test_bands_are_not_judged_where_the_calendar_could_not_be_read() -> None:
    rows = "| Mon..Fri | 9-17 |\n  | otherwise | | rest |"
    calendar = f"calendar office\n  | days | hours | band |\n  |---|---|---|\n  {rows}\n"
    text = book(calendar, table("band || rate", "work || $1.00/h", "otherwise || $2.00/h"))
    assert [code for code, _ in problems(text)] == ["syntax"]


def test_all_slips_of_a_run_are_told_together() -> None:
    text = GOOD.replace("Chicago", "Chicagoo").replace("standard * 140%", "standrd * 140%").replace("6.25%", "6.25")
    text = text.replace("| A10 | Acme Corp | -    | Network, Security", "| A10 | Acme Corp | -    | Netwrok, Security")
    assert [code for code, _ in problems(text)] == ["unknown-value", "unknown-name", "unknown-value", "wrong-type"]


def test_an_unknown_name_is_told_once_with_the_places_that_use_it() -> None:
    text = book(constants(*(f"{letter} | security * 2" for letter in "abcdef")))
    (found,) = loaded(text).diagnostics
    assert (found.code, len(found.secondary)) == ("unknown-name", 3)
    assert "the same stands in 2 more places" in found.help


def test_the_same_message_in_other_words_is_told_beside_it() -> None:
    text = book(constants("a | security * 2", "b | cecurity * 2"))
    assert [code for code, _ in problems(text)] == ["unknown-name", "unknown-name"]


@pytest.mark.parametrize(("rate", "help_"), [("5.5", "write `5.5%`"), ("2 * 60%", "write a percentage such as `20%`")])
def test_a_tax_of_more_than_a_hundred_percent_lacks_its_sign(rate: str, help_: str) -> None:
    (found,) = loaded(book(taxes=TAXES.replace("0%", rate))).diagnostics
    assert (found.code, found.help) == ("wrong-type", (help_,))
    assert problems(book(taxes=TAXES.replace("0%", "100%"))) == []


def test_a_file_that_is_not_text_is_the_only_thing_told_of_what_it_declared() -> None:
    text = book(INPUTS, table("category || rate", "Network || $1.00/h", "otherwise || $2.00/h")).encode()
    assert [code for code, _ in problems(text.replace(b"Desktop", b"Desk\xfftop"))] == ["bad-text"]
    assert [code for code, _ in problems(text.replace(b"Server", b"Ser\0ver"))] == ["bad-text"]


def test_a_second_block_of_a_kind_that_stands_once_is_one_message() -> None:
    assert [code for code, _ in problems(heading() + heading() + TAXES)] == ["duplicate-name"]
    twice = book(pricing("rate | $95.00/h"), pricing("rate | $96.00/h"))
    assert [code for code, _ in problems(twice)] == ["duplicate-name"]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (book(pricing("rate | $95.00/h"), plans("plan | beyond", "A | hodl")), "did you mean `hold`?"),
        (
            book(INPUTS, table("category || rate", "nto Network || $1.00/h", "otherwise || $2.00/h")),
            "did you mean `not Network`?",
        ),
        (
            book(INPUTS, table("category || rate", "Network || $1.00/h", "otherwise || $2.00/h", settings="hti first")),
            "did you mean `hit`?",
        ),
    ],
    ids=["hodl", "nto", "hti"],
)
def test_letters_turned_round_are_recognised(text: str, label: str) -> None:
    (found,) = loaded(text).diagnostics
    assert found.primary is not None
    assert found.primary.text == label


def test_a_number_without_its_unit_is_given_the_one_of_its_plan() -> None:
    (found,) = loaded(book(plans("plan | allowance | beyond", "A | 30 | hold"))).diagnostics
    assert found.help == ("write `30 h`", "write `30 min`")
