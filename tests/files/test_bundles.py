"""A ruleset's folder as bytes, within limits."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path, PurePosixPath

import pytest

from dsl import UnknownHolidaysError
from dsl.holiday_source import ON_THEIR_DATES
from tarifa import bundles
from tarifa.bundles import BundleError, holiday_source, read_bundle


def test_all_rules_below_the_folder_are_read_by_their_path_within_it(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    for name in ("b.rules", "a.rules", "parts/c.rules", "notes.txt", ".hidden.rules"):
        (tmp_path / name).write_text(name)

    files = read_bundle(tmp_path)

    assert list(files) == [PurePosixPath("a.rules"), PurePosixPath("b.rules"), PurePosixPath("parts/c.rules")]
    assert files[PurePosixPath("parts/c.rules")] == b"parts/c.rules"


@pytest.mark.parametrize(
    ("limit", "value", "says"),
    [("MAX_FILES", 1, "2 .rules files"), ("MAX_FILE_BYTES", 3, "a file may have"), ("MAX_BYTES", 7, "together")],
)
def test_a_folder_larger_than_any_ruleset_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, says: str
) -> None:
    (tmp_path / "a.rules").write_text("aaaa")
    (tmp_path / "b.rules").write_text("bbbb")
    monkeypatch.setattr(bundles, limit, value)

    with pytest.raises(BundleError, match=says):
        read_bundle(tmp_path)


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.rules").write_text("x")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)

    with pytest.raises(BundleError, match=r"a\.rules: cannot be read: Permission denied"):
        read_bundle(tmp_path)


def test_holidays_are_those_of_the_country_and_its_part() -> None:
    days = holiday_source()

    assert date(2026, 7, 4) in days("US", 2026)
    assert date(2026, 3, 2) in days("us-il", 2026)
    assert date(2026, 3, 2) not in days("US", 2026)


def test_holidays_can_be_asked_for_on_their_own_dates() -> None:
    days = holiday_source()

    assert date(2026, 7, 3) in days("US", 2026)
    assert date(2026, 7, 3) not in days(f"US{ON_THEIR_DATES}", 2026)
    assert date(2026, 7, 4) in days(f"US{ON_THEIR_DATES}", 2026)


@pytest.mark.parametrize(
    ("code", "meant"), [("us_il", "US-IL"), ("US-ILL", "US-IL"), ("Brazil", "BR"), ("South Africa", "ZA"), ("UX", "US")]
)
def test_an_unknown_code_of_holidays_comes_with_those_that_may_be_meant(code: str, meant: str) -> None:
    with pytest.raises(UnknownHolidaysError) as error:
        holiday_source()(code, 2026)

    assert meant in error.value.known


@pytest.mark.parametrize("name", [b"a\xff.rules", b"a\x1b[31m.rules", b"a\nb.rules"])
def test_a_file_whose_name_cannot_be_printed_is_refused(tmp_path: Path, name: bytes) -> None:
    Path(os.fsdecode(bytes(tmp_path) + b"/" + name)).write_text("x")

    with pytest.raises(BundleError, match="cannot be printed"):
        read_bundle(tmp_path)


@pytest.mark.parametrize("code", ["XX", "US-XX", ""])
def test_an_unknown_code_of_holidays_is_an_error_of_its_own(code: str) -> None:
    with pytest.raises(UnknownHolidaysError):
        holiday_source()(code, 2026)


def test_a_link_that_leads_out_of_the_folder_is_refused_and_one_within_it_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "zylker"
    folder.mkdir()
    (tmp_path / "secret.rules").write_text("outside")
    (folder / "a.rules").write_text("inside")
    (folder / "b.rules").symlink_to("a.rules")

    assert set(read_bundle(folder).values()) == {b"inside"}

    (folder / "c.rules").symlink_to(tmp_path / "secret.rules")
    with pytest.raises(BundleError, match=r"c\.rules: leads out of the ruleset's folder, to .*secret\.rules"):
        read_bundle(folder)


def bundle(folder: Path, **files: str) -> Path:
    """A bundle with the ruleset `own`, whose main file says what `main` does, and files beside it."""
    for name, text in files.items():
        path = folder / f"{name.replace('_', '/')}.rules"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "own"


def test_files_beside_the_folder_are_read_where_they_are_imported(tmp_path: Path) -> None:
    own = bundle(
        tmp_path,
        own_main="ruleset Own\n  import ../shared/a.rules\n",
        shared_a="ruleset A\n  import b.rules\n",
        shared_b="# b",
        shared_c="# not imported",
    )

    files = read_bundle(own)

    assert {path.as_posix() for path in files} == {"main.rules", "../shared/a.rules", "../shared/b.rules"}


def test_the_folder_may_be_the_current_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(bundle(tmp_path, own_main="ruleset Own\n  import ../shared/a.rules\n", shared_a="# a"))

    assert PurePosixPath("../shared/a.rules") in read_bundle(Path())


@pytest.mark.parametrize(
    "path", ["../../out.rules", "../shared/out.rules", "../own/main.rules", "../.git/a.rules", "../no/a.rules"]
)
def test_nothing_is_read_from_outside_of_the_bundle(tmp_path: Path, path: str) -> None:
    (tmp_path / "out.rules").write_text("# out")
    own = bundle(tmp_path / "bundle", own_main=f"ruleset Own\n  import {path}\n", **{".git_a": "# hidden"})
    (tmp_path / "bundle" / "shared").mkdir()
    (tmp_path / "bundle" / "shared" / "out.rules").symlink_to(tmp_path / "out.rules")

    assert list(read_bundle(own)) == [PurePosixPath("main.rules")]


def test_a_shared_file_comes_under_the_name_that_it_has(tmp_path: Path) -> None:
    own = bundle(tmp_path, own_main="ruleset Own\n  import ../shared/bands.rules\n", shared_Bands="# b")

    assert PurePosixPath("../shared/Bands.rules") in read_bundle(own)


def test_files_that_import_each_other_are_read_once(tmp_path: Path) -> None:
    own = bundle(
        tmp_path,
        own_main="ruleset Own\n  import ../shared/a.rules\n",
        shared_a="ruleset A\n  import b.rules\n",
        shared_b="ruleset B\n  import a.rules\n",
    )

    assert len(read_bundle(own)) == 3


def test_imported_files_count_in_the_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = bundle(tmp_path, own_main="ruleset Own\n  import ../shared/a.rules\n", shared_a="# a")
    monkeypatch.setattr(bundles, "MAX_FILES", 1)

    with pytest.raises(BundleError, match="with what it imports"):
        read_bundle(own)


def test_a_link_that_leads_nowhere_is_refused_and_not_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.rules").write_text("here")
    (tmp_path / ".#a.rules").symlink_to("somebody@somewhere")  # how an editor says who has a file open

    assert len(read_bundle(tmp_path)) == 1

    (tmp_path / "b.rules").symlink_to("gone.rules")
    with pytest.raises(BundleError, match=r"b\.rules: is a link that leads nowhere"):
        read_bundle(tmp_path)
