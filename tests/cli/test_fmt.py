"""`tarifa fmt`: files in their canonical form, all of a file or nothing of it."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from tarifa.bundles import MAX_FILE_BYTES
from tests.cli.conftest import Tarifa
from tests.gates.sources import ROOT

LOOSE = "constants\n| name|value |\n|-|-|\n| a|$1.00 |\n| b| $10.00|\n"
TIDY = """\
constants
  | name | value  |
  |------|--------|
  | a    |  $1.00 |
  | b    | $10.00 |
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "prices"
    (folder / "more").mkdir(parents=True)
    (folder / "loose.rules").write_text(LOOSE)
    (folder / "more" / "tidy.rules").write_text(TIDY)
    (folder / "notes.txt").write_text(LOOSE)
    return folder


def _contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_all_rules_below_a_folder_are_written_in_their_form(tarifa: Tarifa, folder: Path) -> None:
    run = tarifa("fmt", folder)

    assert (run.exit_code, run.err) == (0, "")
    assert run.out == f"{folder}/loose.rules: changed\n1 file changed, 1 file was in form\n"
    assert _contents(folder) == {"loose.rules": TIDY, "tidy.rules": TIDY, "notes.txt": LOOSE}


def test_a_second_run_changes_nothing(tarifa: Tarifa, folder: Path) -> None:
    tarifa("fmt", folder)

    run = tarifa("fmt", "--check", folder)

    assert (run.exit_code, run.out) == (0, "2 files were in form\n")


def test_check_lists_what_would_change_and_writes_nothing(tarifa: Tarifa, folder: Path) -> None:
    before = _contents(folder)

    run = tarifa("fmt", "--check", folder)

    assert run.exit_code == 1
    assert run.out == f"{folder}/loose.rules: would change\n1 file would change, 1 file was in form\n"
    assert _contents(folder) == before


@pytest.mark.parametrize(("options", "exit_code"), [(["--diff"], 0), (["--diff", "--check"], 1)])
def test_diff_shows_what_would_change_and_writes_nothing(
    tarifa: Tarifa, folder: Path, options: list[str], exit_code: int
) -> None:
    before = _contents(folder)

    run = tarifa("fmt", *options, folder)

    assert run.exit_code == exit_code
    assert "-| a|$1.00 |\n" in run.out
    assert "+  | a    |  $1.00 |\n" in run.out
    assert _contents(folder) == before


def test_a_diff_says_where_the_last_line_does_not_end(tarifa: Tarifa, folder: Path) -> None:
    (folder / "loose.rules").write_text(TIDY.rstrip("\n"))

    run = tarifa("fmt", "--diff", folder / "loose.rules")

    assert "-  | b    | $10.00 |\n\\ No newline at end of file\n+  | b    | $10.00 |\n" in run.out


def test_a_file_that_is_no_page_is_left_as_it_is_and_the_others_are_formatted(tarifa: Tarifa, folder: Path) -> None:
    broken = folder / "broken.rules"
    broken.write_text("constants\n  | name |  value |\n  | a | $1.00 |\n")
    before = broken.read_bytes()

    run = tarifa("fmt", folder)

    assert run.exit_code == 1
    assert "error[syntax]: a line of dashes goes between a table's header and its rows" in run.err
    assert f"--> {broken}:3:3" in run.err
    assert f"{broken}: left as it is: mend the errors above" in run.err
    assert run.out.endswith("1 file changed, 1 file was in form, 1 file left as it was\n")
    assert broken.read_bytes() == before
    assert (folder / "loose.rules").read_text() == TIDY


def test_bytes_that_are_no_text_are_left_as_they_are(tarifa: Tarifa, tmp_path: Path) -> None:
    path = tmp_path / "a.rules"
    path.write_bytes(b"constants\n\xff\n")

    run = tarifa("fmt", path)

    assert run.exit_code == 1
    assert "error[bad-text]: byte FF is not UTF-8" in run.err
    assert path.read_bytes() == b"constants\n\xff\n"


def test_a_byte_order_mark_goes_and_windows_line_ends_stay(tarifa: Tarifa, tmp_path: Path) -> None:
    path = tmp_path / "a.rules"
    path.write_bytes(b"\xef\xbb\xbf" + LOOSE.replace("\n", "\r\n").encode())

    run = tarifa("fmt", path)

    assert run.exit_code == 0
    assert path.read_bytes() == TIDY.replace("\n", "\r\n").encode()


def test_a_file_keeps_its_mode_and_a_link_stays_a_link(tarifa: Tarifa, folder: Path) -> None:
    target = folder / "loose.rules"
    target.chmod(0o640)
    link = folder / "link.rules"
    link.symlink_to(target)

    run = tarifa("fmt", link)

    assert run.exit_code == 0
    assert link.is_symlink()
    assert target.read_text() == TIDY
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_file_named_twice_is_taken_once(tarifa: Tarifa, folder: Path) -> None:
    run = tarifa("fmt", folder / "loose.rules", folder)

    assert run.out.count("changed\n") == 1


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tarifa: Tarifa, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _contents(folder)

    def full(_: Path, __: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    run = tarifa("fmt", folder)

    assert run.exit_code == 1
    assert run.err == f"{folder}/loose.rules: cannot be written: No space left on device\n"
    assert _contents(folder) == before


def test_a_file_that_may_not_be_written_is_left_as_it_is(
    tarifa: Tarifa, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _contents(folder)

    monkeypatch.setattr(
        os, "access", lambda _, mode: mode != os.W_OK
    )  # a mode is no hindrance to root, who may run the tests
    run = tarifa("fmt", folder)

    assert run.exit_code == 1
    assert run.err == f"{folder}/loose.rules: cannot be written: Permission denied\n"
    assert run.out == "1 file was in form, 1 file left as it was\n"
    assert _contents(folder) == before


def test_a_file_larger_than_any_ruleset_is_refused(tarifa: Tarifa, tmp_path: Path) -> None:
    path = tmp_path / "a.rules"
    path.write_bytes(b"#\n" * (MAX_FILE_BYTES // 2 + 1))

    run = tarifa("fmt", path)

    assert (run.exit_code, run.out) == (2, "")
    assert "larger than the 8 MiB" in run.err


def test_a_file_that_cannot_be_read_is_wrong_usage(
    tarifa: Tarifa, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    run = tarifa("fmt", folder / "loose.rules")

    assert (run.exit_code, run.err) == (2, f"tarifa: {folder}/loose.rules: cannot be read: Permission denied\n")


def test_what_is_not_there_is_wrong_usage(tarifa: Tarifa, tmp_path: Path) -> None:
    missing = tarifa("fmt", tmp_path / "none.rules")
    empty = tarifa("fmt", tmp_path)

    assert (missing.exit_code, missing.err) == (2, f"tarifa: {tmp_path}/none.rules: does not exist\n")
    assert empty.exit_code == 2
    assert "no file that ends in .rules" in empty.err
    assert tarifa("fmt").exit_code == 2


def test_the_command_explains_itself(tarifa: Tarifa) -> None:
    run = tarifa("fmt", "--help")

    assert run.exit_code == 0
    assert "Usage: tarifa fmt" in run.out
    assert "Exit codes:" in run.out


def test_the_rulesets_of_the_project_are_in_their_form(tarifa: Tarifa) -> None:
    run = tarifa("fmt", "--check", ROOT / "rulesets")

    assert (run.exit_code, run.err) == (0, ""), f"run `tarifa fmt rulesets`:\n{run.out}"
