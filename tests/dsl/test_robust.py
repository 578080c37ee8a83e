"""Whatever bytes come in, diagnostics come out: never an exception, never a ruleset beside an error."""

from __future__ import annotations

import tracemalloc
from pathlib import PurePath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsl import load, render
from dsl.format import format_file
from tests.dsl.texts import GOLDEN, INPUTS, book, constants, loaded, problems, public_holidays, table

GOOD = (GOLDEN / "good" / "zylker.rules").read_text(encoding="utf-8").replace("US-IL", "PT")
FRAGMENTS = (
    "|", "||", "-", "--", "\n", "\t", " ", '"', "..", ",", "not ", "none", "otherwise", ">= ", "$", "95.00", "/h", "%", "*",
    "(", ")", "if(", "min(", "round up(", "standard", "Hourly rate.rate", "日本", "\u200d", "\r\n", "\r", "\0", "#", "= ",
    "table X\n", "  | a | b |\n", "  |---|---|\n", "1 h", "2026-01-01", "hit unique", "\ufeff", "inherit", "9" * 30, "\u202e",
)  # fmt: skip
LINES = GOOD.split("\n")


def check(content: bytes) -> None:
    files = {PurePath("rates.rules"): content}
    found = load(files, holidays=public_holidays)
    assert (found.ruleset is None) == any(diagnostic.is_error for diagnostic in found.diagnostics)
    text = render(found.diagnostics, files)
    assert text.count("[") >= len(found.diagnostics)
    assert render(found.diagnostics, files, colour=True).count("\x1b[0m") >= len(found.diagnostics)


@given(st.binary(max_size=400))
@settings(deadline=None)
def test_arbitrary_bytes_are_answered(content: bytes) -> None:
    check(content)


@given(st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(deadline=None)
def test_arbitrary_text_is_answered(content: bytes) -> None:
    check(content)


@given(
    st.lists(
        st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), st.sampled_from(FRAGMENTS)), min_size=1, max_size=8
    )
)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_a_good_ruleset_with_scraps_in_it_is_answered(edits: list[tuple[int, int, str]]) -> None:
    text = GOOD
    for start, length, scrap in edits:
        text = text[:start] + scrap + text[start + length :]
    check(text.encode("utf-8"))


@given(st.lists(st.integers(0, len(LINES) - 1), min_size=1, max_size=60))
@settings(deadline=None, max_examples=100)
def test_the_lines_of_a_good_ruleset_in_any_order_are_answered(order: list[int]) -> None:
    check("\n".join(LINES[number] for number in order).encode("utf-8"))


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("\n", "\r").encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace("  ", "\t").encode(),
        (GOOD + "   \n\n\n  # the end").encode(),
        GOOD.rstrip("\n").encode(),
    ],
    ids=["windows line ends", "old mac line ends", "byte order mark", "tabs", "trailing blanks", "no last line end"],
)
def test_how_an_editor_saves_does_not_matter(content: bytes) -> None:
    found = loaded(content)
    assert found.diagnostics == ()
    plain = loaded(GOOD)
    assert plain.ruleset is not None
    assert found.ruleset is not None
    assert found.ruleset.meaning_digest == plain.ruleset.meaning_digest


def test_a_line_of_a_megabyte_is_one_message() -> None:
    ((code, message),) = problems(GOOD + "\n  | " + "x" * 1_000_000 + " |\n")
    assert code == "too-large"
    assert "20,000" in message


def test_a_formula_of_a_thousand_terms_is_refused() -> None:
    text = GOOD.replace("| standard * 140% |", "| " + " + ".join(["standard"] * 500) + " |")
    assert [code for code, _ in problems(text)] == ["too-large"]


def test_constants_that_square_each_other_are_refused_before_they_grow() -> None:
    rows = "".join(f"  | c{n} | c{n - 1} * c{n - 1} |\n" for n in range(1, 40))
    text = GOOD.replace("  | standard | $95.00/h", f"  | c0 | 1.000000001 |\n{rows}  | standard | $95.00/h")
    assert [code for code, _ in problems(text)] == ["too-large"]


def test_a_chain_of_a_thousand_constants_is_refused_and_not_followed_blindly() -> None:
    rows = "".join(f"  | c{n} | c{n - 1} |\n" for n in range(1, 1000))
    text = GOOD.replace("  | standard | $95.00/h", f"  | c0 | 1 |\n{rows}  | standard | $95.00/h")
    assert [code for code, _ in problems(text)] == ["too-large"]


def test_a_header_without_columns_above_divided_rows_is_told() -> None:
    assert "syntax" in {code for code, _ in problems(GOOD + "\ntable Bare\n  |\n  |---|\n  ||\n")}


@pytest.mark.parametrize(
    "other",
    ["CAFÉ RATE", "cafe\u0301 rate", "café   rate", "ｃafé rate", "café\u00a0rate"],
    ids=["case", "decomposed", "blanks", "full width", "non-breaking blank"],
)
def test_names_that_differ_in_case_blanks_or_unicode_form_are_one_name(other: str) -> None:
    ((code, message),) = problems(book(constants("café rate | $1.00", f"{other} | $2.00")))

    assert (code, message) == ("duplicate-name", f"there are two constants called `{other}`")


def test_a_name_is_found_however_it_is_written() -> None:
    text = book(constants("Straße | $1.00", "b | STRASSE * 2", "c | stra\u00dfe + b"))

    assert problems(text) == []


@pytest.mark.parametrize("char", ["\u200b", "\u00ad", "\u2060", "\u202e", "\u2028"])
def test_a_character_that_nobody_sees_is_told_as_such_and_nothing_beside_it(char: str) -> None:
    text = book(INPUTS, table("category || rate", f"Net{char}work || $1.00/h", "otherwise || $2.00/h"))

    assert problems(text) == [("bad-text", f"the character U+{ord(char):04X} does not belong in a ruleset")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (book().encode("utf-16"), "this file is UTF-16, and not UTF-8"),
        (bytes(range(256)) * 4, "this file is no text"),
    ],
)
def test_a_file_that_is_no_text_is_told_once(content: bytes, said: str) -> None:
    assert problems(content) == [("bad-text", said)]
    assert not isinstance(format_file("rates.rules", content), bytes)


def test_memory_grows_with_the_text_and_no_faster() -> None:
    def per_byte(rows: int, first: int) -> float:
        lines = [f"Network, Server || ${first + number}.00/h" for number in range(rows)]  # none was read before
        text = book(INPUTS, table("category || rate", *lines, "otherwise || $2.00/h"))
        tracemalloc.start()
        try:
            loaded(text)
            return tracemalloc.get_traced_memory()[1] / len(text)
        finally:
            tracemalloc.stop()

    per_byte(10, 7_000_000)  # the grammars are made once
    assert per_byte(2_000, 8_000_000) < 1.5 * per_byte(500, 9_000_000)
