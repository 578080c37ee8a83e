"""The setting `import`: files beside a ruleset's folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl import Diagnostic, Loaded, load, render
from dsl.imports import imported_by, path_in_bundle
from dsl.source import shown_path
from tests.dsl.texts import CALENDAR, INPUTS, book, pricing, table

MAIN = book(
    table("category | band || rate", "Network | operational || $95.00/h", "otherwise | || $80.00/h"),
    pricing("rate | Rates.rate"),
    more="import ../shared/bands.rules, ../shared/inputs.rules\n",
)
SHARED = {"main.rules": MAIN, "../shared/bands.rules": CALENDAR, "../shared/inputs.rules": INPUTS}


def read(files: Mapping[str, str]) -> Loaded:
    return load({PurePath(name): text.encode() for name, text in files.items()})


def only(files: Mapping[str, str]) -> Diagnostic:
    (found,) = read(files).diagnostics
    return found


def test_what_is_imported_belongs_to_the_ruleset() -> None:
    loaded = read(SHARED)

    assert loaded.diagnostics == ()
    assert loaded.ruleset is not None
    assert set(loaded.ruleset.calendars) == {"office"}


def test_imported_text_means_what_it_means_in_the_folder_itself() -> None:
    at_home = {"main.rules": MAIN.replace("../shared/", ""), "bands.rules": CALENDAR, "inputs.rules": INPUTS}
    shared, own = read(SHARED).ruleset, read(at_home).ruleset

    assert shared is not None
    assert own is not None
    assert shared.meaning_digest == own.meaning_digest


def test_both_digests_cover_what_is_imported() -> None:
    before = read(SHARED).ruleset
    after = read({**SHARED, "../shared/bands.rules": CALENDAR.replace("18:00", "17:00")}).ruleset

    assert before is not None
    assert after is not None
    assert before.source_digest != after.source_digest
    assert before.meaning_digest != after.meaning_digest


def test_a_shared_file_may_import_others_by_their_path_from_it() -> None:
    chained = {
        **SHARED,
        "main.rules": MAIN.replace(", ../shared/inputs.rules", ""),
        "../shared/bands.rules": f"ruleset Bands\n  import more/inputs.rules\n{CALENDAR}",
        "../shared/more/inputs.rules": INPUTS,
    }
    del chained["../shared/inputs.rules"]

    assert read(chained).diagnostics == ()


def test_an_error_in_a_shared_file_is_shown_where_that_file_lies() -> None:
    files = {**SHARED, "../shared/inputs.rules": INPUTS.replace("choice", "chioce", 1)}
    content = {PurePath(name): text.encode() for name, text in files.items()}

    text = render(load(content).diagnostics, content, folder="prices/zylker")

    assert "--> prices/shared/inputs.rules:5:" in text


@pytest.mark.parametrize(
    ("files", "code", "part"),
    [
        ({"../shared/bands.rules": None}, "unknown-file", "there is no file `../shared/bands.rules`"),
        ({"../shared/more.rules": CALENDAR.replace("office", "more")}, "unknown-file", "no file imports"),
        (
            {"../shared/bands.rules": None, "../shared/Bands.rules": CALENDAR},
            "unknown-file",
            "there is no file `../shared/bands.rules`",
        ),
        (
            {"../shared/bands.rules": f"ruleset Bands\n  import bands.rules\n{CALENDAR}"},
            "circular-import",
            "`../shared/bands.rules` imports itself",
        ),
        (
            {"../shared/bands.rules": f"ruleset Bands\n  version 1\n  import more.rules\n{CALENDAR}"},
            "unknown-file",
            "there is no file `more.rules`",
        ),
        ({"main.rules": MAIN.replace("bands.rules", "bands.rules, ../shared/bands.rules")}, "duplicate-name", "twice"),
        ({"Main.rules": "# nothing\n"}, "duplicate-name", "there are two files called"),
        ({"main.rules": MAIN.replace("../shared/bands", "../../shared/bands")}, "outside-bundle", "is no rules file"),
        ({"main.rules": MAIN.replace("../shared/bands", "/shared/bands")}, "outside-bundle", "is no rules file"),
        ({"main.rules": MAIN.replace("../shared/bands", r"..\shared\bands")}, "outside-bundle", "is no rules file"),
        ({"main.rules": MAIN.replace("bands.rules", "bands.txt")}, "outside-bundle", "is no rules file"),
    ],
)
def test_an_import_that_goes_wrong_is_told(files: Mapping[str, str | None], code: str, part: str) -> None:
    changed = {name: text for name, text in {**SHARED, **files}.items() if text is not None}

    found = read(changed).diagnostics

    assert (code, True) in [(one.code, part in one.message) for one in found], found


def test_a_circle_over_several_files_is_told_once() -> None:
    files = {
        **SHARED,
        "../shared/bands.rules": f"ruleset Bands\n  import inputs.rules\n{CALENDAR}",
        "../shared/inputs.rules": f"ruleset Inputs\n  import bands.rules\n{INPUTS}",
    }

    found = only(files)

    assert found.code == "circular-import"
    assert found.message == "`../shared/bands.rules` imports itself, by way of `../shared/inputs.rules`"


def test_a_whole_ruleset_is_no_shared_file() -> None:
    found = only({**SHARED, "../shared/bands.rules": f"ruleset Other\n  version 2\n{CALENDAR}"})

    assert (found.code, found.message) == ("duplicate-name", "a ruleset has one block `ruleset`")


def test_quotes_stand_around_a_path_with_a_comma() -> None:
    files = {
        "main.rules": MAIN.replace("../shared/bands.rules", '"../shared/a, b.rules"'),
        "../shared/a, b.rules": CALENDAR,
        "../shared/inputs.rules": INPUTS,
    }

    assert read(files).diagnostics == ()


parts = st.sampled_from(["..", ".", "shared", "a b", "é", "", "x.rules", "con", "~"])


@given(st.lists(parts, max_size=6), st.lists(parts, max_size=4), st.booleans())
def test_no_path_leads_out_of_the_bundle(path: list[str], by: list[str], absolute: bool) -> None:  # noqa: FBT001 - drawn
    said = ("/" if absolute else "") + "/".join([*path, "x.rules"])
    first = path_in_bundle("/".join([*by, "y.rules"]))

    found = path_in_bundle(said, first or "")

    if found is not None:
        assert not found.startswith("/")
        assert ".." not in found.removeprefix("../").split("/")
        assert path_in_bundle(found) == found
        assert shown_path("bundle/own", found).startswith("bundle/")


@given(st.text(max_size=80))
def test_any_text_can_be_asked_for_its_imports(text: str) -> None:
    imported_by("main.rules", f"ruleset X\n  import {text}\n".encode("utf-8", errors="surrogatepass"))
