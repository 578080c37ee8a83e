"""Diagnostics as text: places right under wide characters, tabs and long lines; several files; colour."""

from __future__ import annotations

import re
from pathlib import PurePath

from dsl import Diagnostic, Label, Severity, Span, load, render
from tests.dsl.texts import TAXES, book, heading


def said(line: str, start: int, end: int, *, help_: tuple[str, ...] = ()) -> list[str]:
    found = Diagnostic("syntax", Severity.ERROR, "it is wrong", Label(Span("a.rules", start, end), "here"), help=help_)
    return render([found], {PurePath("a.rules"): line.encode()}).splitlines()


def test_carets_stand_under_what_they_mean() -> None:
    assert said("constants\n  abc def", 16, 19) == [
        "error[syntax]: it is wrong",
        " --> a.rules:2:7",
        "  |",
        "2 |   abc def",
        "  |       ^^^ here",
    ]


def test_wide_characters_take_two_columns_and_combining_ones_none() -> None:
    *_, line, under = said("東京 x", 3, 4)
    assert under.index("^") - under.index("|") == 7
    *_, line, under = said("हि x", 3, 4)
    assert line.endswith("x")
    assert under.count("^") == 1


def test_tabs_are_shown_as_blanks() -> None:
    *_, line, under = said("\ta\tb", 3, 4)
    assert "\t" not in line
    assert line.index("b") == under.index("^")


def test_a_long_line_is_shown_around_its_place() -> None:
    *_, line, under = said("x" * 5_000 + "HERE" + "y" * 5_000, 5_000, 5_004)
    assert len(line) < 130
    assert line[under.index("^") : under.index("^") + 4] == "HERE"


def test_what_cannot_be_seen_is_shown_as_such() -> None:
    *_, line, _under = said("a\x1b[31mb", 1, 2)
    assert "\x1b" not in line


def test_a_place_at_the_end_of_the_file_has_its_caret() -> None:
    assert said("abc", 3, 4)[-1] == "  |    ^ here"


def test_help_and_a_case_follow_the_place() -> None:
    assert said("abc", 0, 3, help_=("do this", "or that"))[-3:] == ["  |", "  = help: do this", "  = help: or that"]


def test_a_diagnostic_without_a_place_is_a_sentence_with_help() -> None:
    found = load({}, holidays=None)
    text = render(found.diagnostics, {})
    assert text.startswith("error[missing-block]: there is no block `ruleset`\n")
    assert "= help: begin one file with `ruleset NAME`" in text


def test_places_in_other_files_are_shown_with_their_paths() -> None:
    files = {
        PurePath("a.rules"): (heading() + TAXES).encode(),
        PurePath("prices/b.rules"): b"constants\n  | name | value |\n  |--|--|\n  | a | $1.00 |\n",
        PurePath("prices/c.rules"): b"constants\n  | name | value |\n  |--|--|\n  | A | $2.00 |\n",
    }
    text = render(load(files).diagnostics, files, folder="rulesets/mine")
    assert " --> rulesets/mine/prices/c.rules:4:5" in text
    assert " ::: rulesets/mine/prices/b.rules:4:5" in text


def test_colour_changes_nothing_but_colour() -> None:
    text = book("constnats\n  | name | value |\n  |--|--|\n  | a | b |\n")
    files = {PurePath("a.rules"): text.encode()}
    found = load(files).diagnostics
    coloured = render(found, files, colour=True)
    assert "\x1b[1;31m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render(found, files)


def test_nothing_wrong_is_nothing_said() -> None:
    assert render((), {}) == ""
