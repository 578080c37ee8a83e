"""`docs/language.md` is the language as it is: every example is read, every table is compared with the code."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path, PurePath
from types import ModuleType
from typing import Any

import pytest

from dsl import load
from dsl.build import NAMED
from dsl.build.names import WORDS as LANGUAGE_WORDS
from dsl.build.sheet import FREE
from dsl.build.sheet import Columns as SheetColumns
from dsl.format import formatted
from dsl.inputs import DECLARED_AT, known_inputs
from dsl.parser import WORDS
from dsl.syntax import Block, Cell
from engine.hooks import HOOK_BY_NAME
from engine.model import InputType
from engine.names import fold
from engine.periods import Every
from tarifa.cli import main
from tests.dsl.language_page import (
    DOLLAR,
    PAGE,
    PLAN,
    TAX,
    Example,
    block,
    codes,
    examples,
    grid,
    grids,
    headings,
    meaning,
    page,
    plain,
    quoted,
    read,
    said,
    told,
    with_setting,
)

RULES = [one for one in examples() if one.kind == "rules"]
NEEDED = "needed"


def of_line(example: Example) -> str:
    return f"line-{example.line}"


# examples


@pytest.mark.parametrize("example", [one for one in RULES if one.file], ids=of_line)
def test_a_complete_example_has_no_problem(example: Example) -> None:
    loaded = load({PurePath(example.file): example.text.encode()})

    assert loaded.diagnostics == ()


@pytest.mark.parametrize("example", [one for one in RULES if not one.file and one.message is None], ids=of_line)
def test_an_example_has_no_problem_within_the_first_ruleset(example: Example) -> None:
    assert said(example.text) == ""


@pytest.mark.parametrize("example", [one for one in RULES if one.message is not None], ids=of_line)
def test_an_example_of_a_mistake_gives_the_message_that_the_page_shows(example: Example) -> None:
    assert said(example.text) == example.message


@pytest.mark.parametrize("example", RULES, ids=of_line)
def test_an_example_is_in_its_canonical_form(example: Example) -> None:
    assert formatted(example.text) == example.text


def test_commands_on_the_page_print_what_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for one in examples():
        if one.file:
            (tmp_path / one.file).parent.mkdir(exist_ok=True)
            (tmp_path / one.file).write_text(one.text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    shown = [one for one in examples() if one.kind == "console"]

    for console in shown:
        _, *runs = re.split(r"^\$ ", console.text, flags=re.MULTILINE)
        for run in runs:
            command, _, expected = run.partition("\n")
            monkeypatch.setattr(sys, "argv", shlex.split(command))
            with pytest.raises(SystemExit):
                main()
            assert _right_ends_trimmed(capsys.readouterr().out) == _right_ends_trimmed(expected)
    assert shown


def test_links_of_the_page_lead_somewhere() -> None:
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings()}
    links = set(re.findall(r"\]\(([^)]+)\)", page()))
    lost = [link for link in links if link.startswith("#") and link[1:] not in anchors]
    lost += [link for link in links if not link.startswith("#") and not (PAGE.parent / link).is_file()]

    assert lost == []


# blocks


class Asked:
    """What the language asks of each block while it reads one: its settings and its columns."""

    def __init__(self) -> None:
        self.settings: dict[str, tuple[str, ...]] = {}
        self.columns: dict[str, SheetColumns] = {}


@cache
def asked() -> Asked:
    """Read a ruleset with a block of every word and look over the language's shoulder."""
    found = Asked()

    def settings(of: Block, known: Sequence[str], report: Any) -> Mapping[str, Cell]:
        word = fold(of.word.text)
        found.settings[word] = (*found.settings.get(word, ()), *known)
        return original["read_settings"](of, known, report)  # type: ignore[no-any-return]  # the originals are kept by name

    def rows(of: Block, columns: SheetColumns, report: Any) -> Sequence[Any]:
        word = fold(of.word.text)
        found.columns[word] = columns
        return original["read_rows"](of, columns, report)  # type: ignore[no-any-return]  # the originals are kept by name

    spies = {"read_settings": settings, "read_rows": rows}
    original: dict[str, Any] = {name: vars(sys.modules["dsl.build.sheet"])[name] for name in spies}
    text = "\n".join(
        f"{word}{' x' if word in NAMED else ''}\n  | a || b |\n  |---||---|\n  | - || - |\n" for word in WORDS
    )
    with pytest.MonkeyPatch.context() as patch:
        for module in _language():
            for name, spy in spies.items():
                if vars(module).get(name) is original[name]:
                    patch.setattr(module, name, spy)
        load({PurePath("every.rules"): text.encode()})
    return found


def test_every_block_is_listed_and_has_a_section() -> None:
    listed = grid("Blocks", "block").column("block")

    assert {quoted(cell)[0] for cell in listed} == set(WORDS)
    assert {quoted(cell)[0] for cell in listed if cell.endswith("NAME")} == set(NAMED)
    assert set(WORDS) <= set(headings())


@pytest.mark.parametrize("word", WORDS)
def test_every_setting_of_a_block_is_listed(word: str) -> None:
    known = asked().settings.get(word, ())
    shown = [one for one in grids() if one.heading == word and one.header[0] == "setting"]

    assert [plain(cell) for table in shown for cell in table.column("setting")] == list(known)


@pytest.mark.parametrize("word", [word for word in WORDS if word not in ("ruleset", "table", "taxes", "tests")])
def test_every_column_of_a_block_is_listed_with_those_that_it_needs(word: str) -> None:
    columns = asked().columns[word]
    shown = grid(word, "column").by("column")

    assert set(shown) == {*columns.required, *columns.optional}
    needed = {name for name, row in shown.items() if row["default"] == NEEDED}
    assert needed == set(columns.required)


@pytest.mark.parametrize("word", [word for word in WORDS if word not in ("ruleset", "table", "taxes", "tests")])
def test_why_may_stand_in_every_table(word: str) -> None:
    columns = [*asked().columns[word].required, FREE]
    text = block(f"{word} x" if word in NAMED else word, {}, [dict.fromkeys(columns, "")])

    found = [one.message for one in read(text).diagnostics if one.code == "unknown-column"]

    assert found == []


def _defaults(heading: str) -> Iterator[tuple[str, str]]:
    for name, row in grid(heading, "column").by("column").items():
        if row["default"].startswith("`"):
            yield name, plain(row["default"])


@pytest.mark.parametrize(("column", "default"), list(_defaults("plans")))
def test_a_column_of_plans_that_is_left_out_says_its_default(column: str, default: str) -> None:
    assert meaning(block("plans", {}, [{**PLAN, column: default}])) == meaning(block("plans", {}, [PLAN]))


@pytest.mark.parametrize(("column", "default"), list(_defaults("inputs")))
def test_a_column_of_inputs_that_is_left_out_says_its_default(column: str, default: str) -> None:
    row = (
        {"name": "asset", "of": "request", "type": "text"}
        if column == "values"
        else {"name": "asset", "of": "request", "values": "A, B"}
    )

    assert meaning(block("inputs", {}, [{**row, column: default}])) == meaning(block("inputs", {}, [row]))


@pytest.mark.parametrize(("column", "default"), list(_defaults("taxes")))
def test_a_column_of_taxes_that_is_left_out_says_its_default(column: str, default: str) -> None:
    written = block("taxes", {}, [{**TAX, column: default}], divider="code")

    assert meaning(written) == meaning(block("taxes", {}, [TAX], divider="code"))


def _settings_with_defaults() -> Iterator[tuple[str, str, str]]:
    for word in WORDS:
        for one in grids():
            if one.heading == word and one.header[0] == "setting":
                for name, row in one.by("setting").items():
                    if row["default"].startswith("`"):
                        yield word, name, plain(row["default"])


@pytest.mark.parametrize(("word", "setting", "default"), list(_settings_with_defaults()))
def test_a_setting_that_is_left_out_says_its_default(word: str, setting: str, default: str) -> None:
    assert meaning(with_setting(word, {setting: default})) == meaning(with_setting(word, {}))


def test_settings_that_a_ruleset_needs_are_those_that_the_page_says() -> None:
    shown = grid("ruleset", "setting").by("setting")
    missing = [one.message for one in read("ruleset First\n").diagnostics if one.code == "missing-block"]

    assert {name for name, row in shown.items() if row["default"] == NEEDED} == {
        plain(m.split("`")[1]) for m in missing
    }


@pytest.mark.parametrize("setting", ["rounding"])
def test_every_value_of_a_setting_of_the_ruleset_is_listed(setting: str) -> None:
    cell = grid("ruleset", "setting").by("setting")[setting]["value"]

    assert set(quoted(cell)) == told(with_setting("ruleset", {setting: "Xyzzy"}))


@pytest.mark.parametrize("setting", ["prices", "per", "rounding"])
def test_every_value_of_a_setting_of_taxes_is_listed(setting: str) -> None:
    cell = grid("taxes", "setting").by("setting")[setting]["value"]

    assert set(quoted(cell)) == told(with_setting("taxes", {setting: "Xyzzy"}))


def test_every_column_of_taxes_is_listed() -> None:
    shown = grid("taxes", "column").by("column")
    names = told(block("taxes", {}, [{**TAX, "Xyzzy": "-"}], divider="code"))

    assert set(shown) == {"row", "an input, left of ||", "valid, left of ||", *names}
    for column in names:
        without = block(
            "taxes",
            {},
            [{name: cell for name, cell in TAX.items() if name != column}],
            divider="rate" if column == "code" else "code",
        )
        assert (shown[column]["default"] == NEEDED) == any(one.is_error for one in read(without).diagnostics), column


def test_every_tax_category_is_listed() -> None:
    cell = grid("taxes", "column").by("column")["category"]["cell"]
    row = {**TAX, "category": "Xyzzy"}

    assert set(quoted(cell)) == told(block("taxes", {}, [row], divider="code")) - {"-"}


@pytest.mark.parametrize("column", ["mode", "measure"])
def test_every_value_of_a_column_of_plans_is_listed(column: str) -> None:
    cell = grid("plans", "column").by("column")[column]["cell"]

    assert set(quoted(cell)) == told(block("plans", {}, [{**PLAN, column: "Xyzzy"}]))


def test_every_cycle_is_listed_and_can_be_written() -> None:
    shown = grid("plans", "cycle").by("cycle")

    assert set(shown) == {every.value for every in Every}
    for cycle, row in shown.items():
        for written in [cycle, *quoted(row["with `calendar`"])]:
            assert said(block("plans", {}, [{**PLAN, "allowance": "1 h", "every": written}])) == ""
    assert "unknown-value" in said(block("plans", {}, [{**PLAN, "every": "calendar contract"}]))


@pytest.mark.parametrize(("column", "values"), [("of", 3), ("type", len(InputType) - 1)])
def test_every_value_of_a_column_of_inputs_is_listed(column: str, values: int) -> None:
    cell = grid("inputs", "column").by("column")[column]["cell"]
    row = {"name": "asset", "of": "request", "type": "text"}

    assert set(quoted(cell)) == told(block("inputs", {}, [{**row, column: "Xyzzy"}]))
    assert len(quoted(cell)) == values


def test_usual_inputs_are_listed_with_what_they_are_of() -> None:
    shown = grid("inputs", "usual input").by("usual input")

    assert {name: row["of"] for name, row in shown.items()} == {name: of.label for name, of in DECLARED_AT.items()}


def test_names_that_a_constant_cannot_have_are_those_that_the_page_says() -> None:
    cell = grid("constants", "column").by("column")["name"]["cell"]
    inputs = {"priority", *known_inputs(DOLLAR, {}, {})}

    for name in {*quoted(cell), *HOOK_BY_NAME, *asked().columns["plans"].optional, *inputs}:
        found = codes(block("constants", {}, [{"name": name, "value": "$1.00/h"}]))
        assert ("duplicate-name" in found) == (name in quoted(cell) or name in inputs), name


def test_words_that_a_constant_cannot_have_for_a_name_are_those_that_the_page_says() -> None:
    sentence = re.search(r"like a word of cells: (.*?)\.", " ".join(page().split()))
    assert sentence is not None

    assert set(quoted(sentence[1])) == LANGUAGE_WORDS


# helpers


def _language() -> list[ModuleType]:
    return [module for name, module in sorted(sys.modules.items()) if name == "dsl" or name.startswith("dsl.")]


def _words(value: object) -> set[str]:
    match value:
        case str():
            return {value}
        case Mapping():
            return {word for one in value.values() for word in _words(one)}
        case _:
            return {word for one in value for word in _words(one)}  # type: ignore[attr-defined]  # of what can be walked through


def _right_ends_trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
