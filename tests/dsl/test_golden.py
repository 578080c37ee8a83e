"""Whole rulesets in files: good ones load clean, bad ones give exactly the text beside them."""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest

from dsl import load, render
from dsl.codes import CODES
from dsl.format import formatted
from tarifa.bundles import holiday_source
from tests.dsl.texts import GOLDEN

GOOD = sorted(GOLDEN.glob("good/**/*.rules"))
BAD = sorted(GOLDEN.glob("bad/*/*.rules"))


def short(path: Path) -> str:
    return path.relative_to(GOLDEN).as_posix()


@pytest.mark.parametrize("path", GOOD, ids=short)
def test_a_good_ruleset_loads_without_a_word(path: Path) -> None:
    files = {PurePath(path.name): path.read_bytes()}
    loaded = load(files, holidays=holiday_source())
    assert render(loaded.diagnostics, files) == ""
    assert loaded.ruleset is not None


@pytest.mark.parametrize("path", GOOD, ids=short)
def test_a_good_ruleset_is_in_its_canonical_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert formatted(text) == text


@pytest.mark.parametrize("path", BAD, ids=short)
def test_a_bad_ruleset_is_told_exactly_so(path: Path) -> None:
    files = {PurePath(path.name): path.read_bytes()}
    loaded = load(files, holidays=holiday_source())
    assert render(loaded.diagnostics, files) == path.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", BAD, ids=short)
def test_a_bad_ruleset_shows_the_code_of_its_folder_and_no_other(path: Path) -> None:
    loaded = load({PurePath(path.name): path.read_bytes()}, holidays=holiday_source())
    assert {diagnostic.code for diagnostic in loaded.diagnostics} == {path.parent.name}


def test_every_code_has_a_bad_example_and_a_mended_one() -> None:
    codes = {code.code for code in CODES}
    assert {path.parent.name for path in BAD if path.stem == "example"} == codes
    assert {path.stem for path in GOOD if path.parent.name == "mended"} == codes
