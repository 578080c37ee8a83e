"""Whole rulesets in files: good ones load clean, bad ones give exactly the text beside them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePath

import pytest

from dsl import Diagnostic, load, render
from dsl.codes import CODES
from dsl.format import formatted
from dsl.keys import with_keys
from tarifa.bundles import holiday_source
from tarifa.cli.rows import read_keys
from tests.dsl.texts import GOLDEN

GOOD = sorted(GOLDEN.glob("good/**/*.rules"))
BAD = sorted(GOLDEN.glob("bad/*/*.rules"))


def short(path: Path) -> str:
    return path.relative_to(GOLDEN).as_posix()


def told(path: Path) -> Sequence[Diagnostic]:
    """What is said of a ruleset; where lists of accounts and sites stand beside it, also by them."""
    files = {PurePath(path.name): path.read_bytes()}
    found = load(files, holidays=holiday_source()).diagnostics
    listed = path.with_name("accounts.csv")
    return with_keys(found, files, read_keys(listed, path.with_name("sites.csv")))[0] if listed.exists() else found


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
    assert render(told(path), files) == path.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", BAD, ids=short)
def test_a_bad_ruleset_shows_the_code_of_its_folder_and_no_other(path: Path) -> None:
    assert {diagnostic.code for diagnostic in told(path)} == {path.parent.name}


def test_every_code_has_a_bad_example_and_a_mended_one() -> None:
    codes = {code.code for code in CODES}
    assert {path.parent.name for path in BAD if path.stem == "example"} == codes
    assert {path.stem for path in GOOD if path.parent.name == "mended"} == codes
