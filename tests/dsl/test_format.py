"""`dsl.format`: one canonical form, and not a word of it different from what was written."""

from __future__ import annotations

import importlib
import pkgutil
import re
from pathlib import Path, PurePath

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

import dsl.build
from dsl import load
from dsl.diagnostics import Report
from dsl.format import KEYS_OF_TWO_WORDS, formatted
from dsl.parser import MAX_LINE, parse_page
from dsl.source import read_source
from engine.names import fold
from tarifa.bundles import holiday_source, read_bundle

ROOT = Path(__file__).parents[2]
RULESETS = sorted(path for path in (ROOT / "rulesets").iterdir() if path.is_dir())
LINE_OF_DASHES = re.compile(r"\s*\|(?:[-|:+]*-[-|:+]*|[-|:+\s]*--[-|:+\s]*)")
DASHES = re.compile(r"\s*\|[-|:+\s]*-[-|:+\s]*")

# Pages: what the generator below makes, and how two of them are compared.

BLANK = st.text(st.sampled_from(" \t\u3000\u00a0"), max_size=4)
SOME_BLANK = st.text(st.sampled_from("  \t\u2003"), min_size=1, max_size=4)
EMPTY_LINES = st.lists(BLANK.map(lambda blank: blank + "\n"), max_size=3).map("".join)
LETTERS = "abzÉéß日本語한글ｱקяЖ\u0301\u0308👩🇧🇷-'&%$€.…"
WORD = st.text(st.sampled_from(LETTERS), min_size=1, max_size=8).filter(lambda word: not word.isspace())
WORDS = st.builds(lambda words, gap: gap.join(words), st.lists(WORD, min_size=1, max_size=3), SOME_BLANK)
QUOTED = st.text(st.sampled_from('ab |,".日'), max_size=6).map(lambda text: '"' + text.replace('"', '""') + '"')
AMOUNT = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "$", "R$", "€", "¥"]),
    st.sampled_from(["0", "7", "95", "1,800", "12,345,678"]),
    st.sampled_from(["", ".5", ".00", ".975"]),
    st.sampled_from(["", "/h", " EUR/h", "%", " min", " requests"]),
)
CELL = st.one_of(
    st.sampled_from(["", "-", "otherwise", "none", "> 4 h", "1 h..4 h", "$95.00/h, 88.00 EUR/h", "a * 150%"]),
    AMOUNT,
    WORDS,
    QUOTED,
    st.integers(95, 130).map(lambda length: "x" * length),
)
DASH_LINE = st.one_of(
    st.builds("|{}-|".format, st.text(st.sampled_from("-|:+"), max_size=5)),
    st.sampled_from(["| --- | :--- |", "|\t---|", "|----+----|"]),
)
KEY = st.one_of(
    st.sampled_from(["hit", "across", "version", "timezone", "valid", *sorted(KEYS_OF_TWO_WORDS)]),
    WORD,
)


@st.composite
def comment(draw: st.DrawFn) -> str:
    return draw(BLANK) + "#" + draw(st.sampled_from(["", " why", "# allow gap: 日本", "| a | b |", "  x "])) + "\n"


@st.composite
def between(draw: st.DrawFn) -> str:
    """Blank lines and comments, in any order."""
    return "".join(draw(st.lists(st.one_of(EMPTY_LINES, comment()), max_size=3)))


@st.composite
def row(draw: st.DrawFn, columns: int, divider: int | None, *, header: bool = False) -> str:
    cells = [draw(CELL) for _ in range(columns)]
    # An empty name would draw two pipes together, and so move the header's `||`.
    cells = [cell or "x" if header else cell for cell in cells]
    parts = [draw(BLANK), "|"]
    for index in range(columns + 1):
        if index == divider:
            parts.append("|" if header else draw(st.sampled_from(["|", " |", "\t |"])))
        if index < columns:
            parts += [draw(BLANK), cells[index], draw(BLANK), "|"]
    assume(not LINE_OF_DASHES.fullmatch("".join(parts)))  # cells of nothing but dashes make no row
    return "".join(parts) + draw(BLANK) + "\n"


@st.composite
def table(draw: st.DrawFn) -> str:
    columns = draw(st.integers(1, 5))
    divider = draw(st.none() | st.integers(0, columns))
    text = draw(row(columns, divider, header=True)) + draw(between())
    text += draw(BLANK) + draw(DASH_LINE) + draw(BLANK) + "\n"
    for _ in range(draw(st.integers(0, 4))):
        text += draw(between()) + draw(row(columns, divider))
    return text


@st.composite
def block(draw: st.DrawFn) -> str:
    word = draw(st.sampled_from(["table", "Table", "ruleset", "taxes", "calendar", "blók"]))
    text = word + draw(st.one_of(st.just(""), st.builds("{}{}".format, SOME_BLANK, WORDS))) + draw(BLANK) + "\n"
    for _ in range(draw(st.integers(0, 3))):
        value = draw(st.one_of(st.just(""), st.builds("{}{}".format, SOME_BLANK, CELL)))
        text += draw(between()) + draw(SOME_BLANK) + draw(KEY) + value + draw(BLANK) + "\n"
    return text + draw(between()) + draw(st.one_of(st.just(""), table()))


@st.composite
def page(draw: st.DrawFn) -> str:
    blocks = draw(st.lists(block(), max_size=4))
    text = draw(between()) + "".join(one + draw(between()) for one in blocks)
    text = draw(st.sampled_from([text, text.rstrip("\n")]))
    return draw(st.sampled_from(["", "\ufeff"])) + text.replace("\n", draw(st.sampled_from(["\n", "\r\n", "\r"])))


def _content(text: str) -> list[object]:
    """What a page says: names, settings by key and value, cells; without places."""
    report = Report()
    blocks = parse_page(read_source("page.rules", text.encode()), report)
    assert report.diagnostics() == ()
    return [
        (
            one.word.text,
            one.name.text,
            tuple(_setting(setting.line.text) for setting in one.settings),
            one.divider,
            tuple(tuple(cell.text for cell in line.cells) for line in ((one.header, *one.rows) if one.header else ())),
        )
        for one in blocks
    ]


def _setting(line: str) -> tuple[str, ...]:
    for key in KEYS_OF_TWO_WORDS:
        first, second = key.split()
        found = re.match(rf"({first})\s+({second})(?:\s+(.*))?$", line, re.IGNORECASE)
        if found:
            return tuple(part or "" for part in found.groups())
    return tuple(line.split(maxsplit=1))


def _visible(text: str) -> list[str]:
    """Every line that is not blank, without its white space; a line of dashes as one dash."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = ["".join(line.split()) for line in plain if line.strip()]
    return ["-" if DASHES.fullmatch(line) else line for line in lines]


@settings(deadline=None, max_examples=300)
@given(page())
def test_a_formatted_page_says_the_same_and_is_formatted_once_and_for_all(text: str) -> None:
    once = formatted(text)

    assert _content(once) == _content(text)
    assert _visible(once) == _visible(text)
    assert formatted(once) == once
    assert not once.startswith("\ufeff")
    assert all(line == line.rstrip() for line in once.replace("\r\n", "\n").split("\n"))


@settings(deadline=None, max_examples=200)
@given(st.text(st.sampled_from('ab#|-"\n\r\t \ufeff\x00\u2028 日') | st.characters(), max_size=60))
def test_any_text_is_formatted_or_left_as_it_is(text: str) -> None:
    once = formatted(text)

    assert formatted(once) == once
    if once != text:
        assert _visible(once) == _visible(text)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_however_a_ruleset_is_spaced_it_has_one_form_and_one_meaning(data: st.DataObject) -> None:
    folder = data.draw(st.sampled_from(RULESETS))
    files = {path: content.decode() for path, content in read_bundle(folder).items()}
    gaps = data.draw(st.lists(st.sampled_from(["", " ", "   ", "\t", " \t "]), min_size=1, max_size=7))

    spaced = {path: _spaced_otherwise(text, gaps) for path, text in files.items()}

    assert {path: formatted(text) for path, text in spaced.items()} == {p: formatted(t) for p, t in files.items()}
    assert _meaning(spaced) == _meaning(files)


def _spaced_otherwise(text: str, gaps: list[str]) -> str:
    """The same page, with other blanks around the cells and at the ends of lines."""
    turns = 0

    def gap() -> str:
        nonlocal turns
        turns += 1
        return gaps[turns % len(gaps)]

    lines = []
    for line in text.split("\n"):
        if DASHES.fullmatch(line) or not line.lstrip().startswith("|"):
            lines.append(line + gap())
            continue
        cells = re.split(r"\|", line.strip()[1:-1])
        lines.append(gap() + "|" + "".join((cell and gap() + cell.strip() + gap() + "|") or "|" for cell in cells))
    return "\n".join(lines)


def _meaning(files: dict[PurePath, str]) -> str:
    loaded = load({path: text.encode() for path, text in files.items()}, holidays=holiday_source())
    assert loaded.ruleset is not None
    return loaded.ruleset.meaning_digest


@pytest.mark.parametrize("folder", RULESETS, ids=lambda path: path.name)
def test_a_pass_of_the_formatter_changes_the_source_digest_and_not_the_meaning(folder: Path) -> None:
    loose = {path: content.replace(b" | ", b"  |  ") for path, content in read_bundle(folder).items()}
    tidy = {path: formatted(content.decode()).encode() for path, content in loose.items()}

    before, after = load(loose, holidays=holiday_source()).ruleset, load(tidy, holidays=holiday_source()).ruleset

    assert before is not None
    assert after is not None
    assert before.source_digest != after.source_digest
    assert before.meaning_digest == after.meaning_digest


# One canonical form.


def test_settings_and_columns_are_aligned_and_amounts_meet_at_their_decimal_point() -> None:
    loose = """
# The price list.
ruleset   Small
 version 1
 without contract   month

plans
| plan|fee |  carry over| why |
|-|-|-|-|
|Gold|$1,800.00|10 h| a|
|Block|$90.5| -|b, c|
|Open|rate * 90%|  2 h||
"""

    assert (
        formatted(loose)
        == """\
# The price list.
ruleset Small
  version           1
  without contract  month

plans
  | plan  | fee        | carry over | why  |
  |-------|------------|------------|------|
  | Gold  | $1,800.00  | 10 h       | a    |
  | Block |    $90.5   | -          | b, c |
  | Open  | rate * 90% |  2 h       |      |
"""
    )


def test_two_pipes_stay_together_and_a_tables_settings_read_as_phrases() -> None:
    loose = """\
table   Rounding
\thit   unique
    across band

  | row | request | priority||minimum|
  |---|---|
  | M1 | incident |- | | 30 min|
  | M2 | -| >= High|| 5 min |
"""

    assert (
        formatted(loose)
        == """\
table Rounding
  hit unique
  across band
  | row | request  | priority || minimum |
  |-----|----------|----------||---------|
  | M1  | incident | -        || 30 min  |
  | M2  | -        | >= High  ||  5 min  |
"""
    )


def test_prices_in_several_currencies_meet_at_the_first_point() -> None:
    assert (
        formatted(
            "constants\n  | name | value |\n  |--|\n  | a | $95.00/h, 88.00 EUR/h |\n  | b | $120.00/h, 1 EUR/h |\n"
        )
        == """\
constants
  | name | value                  |
  |------|------------------------|
  | a    |  $95.00/h, 88.00 EUR/h |
  | b    | $120.00/h, 1 EUR/h     |
"""
    )


def test_names_of_rows_are_not_numbers() -> None:
    assert "| A10 |\n  | B1  |\n" in formatted("items\n  | row |\n  |--|\n  | A10 |\n  | B1 |\n")


@pytest.mark.parametrize("name", ["日本", "Cafe\u0301", "한글 ｱ", "👩‍🔧", "קול"])
def test_wide_and_combining_characters_line_up_on_a_terminal(name: str) -> None:
    lines = formatted(f"groups\n| name | of |\n|-|-|\n| {name} | a |\n| Acme | bb |\n").splitlines()[1:]

    assert len({cell_len(line) for line in lines}) == 1


def test_a_very_wide_cell_sticks_out_and_does_not_widen_the_others() -> None:
    long = ", ".join(f"Category {number}" for number in range(40))

    lines = formatted(
        f"inputs\n| name | values |\n|-|-|\n| category | {long} |\n| request | Low < High |\n"
    ).splitlines()

    assert lines[-1] == "  | request  | Low < High |"
    assert lines[-2] == f"  | category | {long} |"


# Comments and blank lines.


def test_comments_keep_their_places_and_blocks_are_a_blank_line_apart() -> None:
    loose = """\


# About the file.


  # More about it.
# About the constants.
constants

# Inside, at the left edge.
  | name | value |

  |------|-------|
      # Above a row.
  | a | 1 |


# Parts the rows.
  | b | 2 |
    # About the last row.
# About the table.
table T

  hit first
  # The header follows.

  | row || x |
  |-----||---|
# The end.

"""

    assert (
        formatted(loose)
        == """\
# About the file.

# More about it.
# About the constants.
constants
  # Inside, at the left edge.
  | name | value |
  |------|-------|
  # Above a row.
  | a    | 1     |

  # Parts the rows.
  | b    | 2     |
  # About the last row.

# About the table.
table T
  hit first
  # The header follows.
  | row || x |
  |-----||---|

# The end.
"""
    )


# What is not touched.


@pytest.mark.parametrize(
    "text",
    [
        "constants\n  | name|\n  | a|\n",  # no line of dashes
        "constants\n  | name| value|\n  |-|-|\n  | a|\n",  # a cell too few
        "  version 1\nconstants\n",  # belongs to no block
        "constants\n  |a|\n  |-|\n  |b\x07|\n",  # a control character
        "constants \ud800\n",  # no text at all
        "x" * (MAX_LINE + 1),
    ],
)
def test_what_is_no_page_is_left_as_it_is(text: str) -> None:
    assert formatted(text) == text


def test_a_table_that_would_grow_beyond_the_longest_line_is_left_as_it_is() -> None:
    columns = 250
    rows = "".join(
        "|" + "|".join("x" * 90 if n == wide else "y" for n in range(columns)) + "|\n" for wide in range(columns)
    )
    text = "groups\n|" + "n|" * columns + "\n|-|\n" + rows

    assert formatted(text) == text


@pytest.mark.parametrize(("end", "kept"), [("\n", "\n"), ("\r\n", "\r\n"), ("\r", "\n")])
def test_lines_end_as_the_first_one_did_and_a_byte_order_mark_goes(end: str, kept: str) -> None:
    text = "\ufeff" + end.join(["constants", " |a|", " |-|", " |b|"])

    assert formatted(text) == kept.join(["constants", "  | a |", "  |---|", "  | b |", ""])


def test_nothing_stays_nothing() -> None:
    assert [formatted(text) for text in ("", "\n\n", " \t\r\n", "\ufeff")] == ["", "", "", ""]


def test_every_setting_whose_key_has_a_blank_is_known_to_the_formatter() -> None:
    modules = [importlib.import_module(f"dsl.build.{one.name}") for one in pkgutil.iter_modules(dsl.build.__path__)]
    known = [key for module in modules for key in getattr(module, "SETTINGS", ())]

    assert "hit" in known
    assert {key for key in known if " " in key and fold(key) == key} <= KEYS_OF_TWO_WORDS
