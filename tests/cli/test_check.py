"""`tarifa check`: every problem, where it stands and how to mend it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Facts, Tarifa
from tests.gates.sources import ROOT

RULESETS = sorted(path for path in (ROOT / "rulesets").iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", RULESETS, ids=lambda path: path.name)
def test_a_ruleset_of_the_project_has_no_problems(tarifa: Tarifa, folder: Path) -> None:
    run = tarifa("check", folder)

    assert (run.exit_code, run.err) == (0, "")
    assert run.out.endswith(": no problems\n")


def test_a_wrong_name_is_shown_with_its_place_and_what_was_meant(facts: Facts) -> None:
    rules = facts.ruleset / "small.rules"
    rules.write_text(rules.read_text().replace("| R1  | Network ", "| R1  | Netwrok "))
    line = next(n for n, text in enumerate(rules.read_text().splitlines(), 1) if "Netwrok" in text)

    run = facts.tarifa("check", facts.ruleset)

    assert run.exit_code == 1
    assert "error[unknown-value]: there is no category called `Netwrok`" in run.out
    assert f"--> {facts.ruleset}/small.rules:{line}:11" in run.out
    assert "did you mean `Network`?" in run.out
    assert run.out.splitlines()[-1] == f"{facts.ruleset}: 1 file: 1 error"


def test_a_file_that_is_wrong_from_end_to_end_is_shown_up_to_a_point_and_counted_whole(facts: Facts) -> None:
    rules = facts.ruleset / "small.rules"
    rows = "\n".join(f"  | X{n} | {n} | {n} |" for n in range(300))
    rules.write_text(rules.read_text() + "\nconstants\n  | name | value |\n  |--|--|\n" + rows + "\n")

    run = facts.tarifa("check", facts.ruleset)

    found = int(run.out.splitlines()[-1].rpartition(": ")[2].split()[0])
    assert found >= 300
    assert run.out.count("error[syntax]:") == 20
    assert f"... and {found - 20:,} more error[syntax] in" in run.out


def test_all_folders_are_checked_and_one_with_errors_fails_the_run(facts: Facts) -> None:
    broken = facts.folder / "broken"
    broken.mkdir()
    (broken / "a.rules").write_text("ruleset Broken\n  version 1\n")

    run = facts.tarifa("check", broken, facts.ruleset)

    assert run.exit_code == 1
    assert run.out.splitlines()[-1] == f"{facts.ruleset}: Small@1, 1 table, 3 rows, 3 plans: no problems"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda _: None, "does not exist"),
        (lambda path: path.mkdir(), "no file that ends in .rules"),
        (lambda path: path.write_text(""), "is a file, not a folder"),
    ],
)
def test_a_folder_that_is_none_is_wrong_usage(tarifa: Tarifa, tmp_path: Path, make: object, says: str) -> None:
    folder = tmp_path / "rules"
    assert callable(make)
    make(folder)

    run = tarifa("check", folder)

    assert (run.exit_code, run.out) == (2, "")
    assert says in run.err
    assert "Traceback" not in run.err


def test_no_folder_at_all_is_wrong_usage(tarifa: Tarifa) -> None:
    assert tarifa("check").exit_code == 2


@pytest.mark.parametrize("command", [(), ("check",), ("bill",), ("publish",), ("activate",), ("serve",), ("worker",)])
def test_every_command_explains_itself(tarifa: Tarifa, command: tuple[str, ...]) -> None:
    run = tarifa(*command, "--help")

    assert run.exit_code == 0
    assert "Usage: tarifa" in run.out
    assert "Exit codes:" in run.out


def test_a_full_disk_is_a_message_and_not_a_traceback(facts: Facts) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tarifa", "check", facts.ruleset],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert (done.returncode, done.stderr) == (1, "tarifa: the output: No space left on device\n")


def test_a_reader_that_has_gone_is_no_matter(facts: Facts) -> None:
    command = [sys.executable, "-m", "tarifa", "check", facts.ruleset]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()

    assert said == ""


@pytest.fixture
def with_a_dead_row(facts: Facts) -> Path:
    """A file with a row that is never used."""
    rules = facts.ruleset / "small.rules"
    first = next(line for line in rules.read_text().splitlines() if line.startswith("  | R1 "))
    rules.write_text(rules.read_text().replace(first, f"{first}\n{first.replace('R1', 'R8', 1)}"))
    return rules


def test_mends_are_shown_and_not_written_with_diff(facts: Facts, with_a_dead_row: Path) -> None:
    before = with_a_dead_row.read_bytes()

    run = facts.tarifa("check", "--fix", "--diff", facts.ruleset)

    assert (run.exit_code, run.err) == (0, f"{facts.ruleset}: 1 mend\n")
    assert [line[:8] for line in run.out.splitlines() if line.startswith("-  ")] == ["-  | R8 "]
    assert with_a_dead_row.read_bytes() == before


def test_mends_are_written_in_one_step_through_links_and_with_the_same_permissions(
    facts: Facts, with_a_dead_row: Path
) -> None:
    elsewhere = facts.ruleset / "kept.txt"
    with_a_dead_row.rename(elsewhere)
    elsewhere.chmod(0o640)
    with_a_dead_row.symlink_to(elsewhere)

    run = facts.tarifa("check", "--fix", facts.ruleset)

    assert "| R8 " in run.err
    assert "| R8 " not in elsewhere.read_text()
    assert with_a_dead_row.is_symlink()
    assert elsewhere.stat().st_mode & 0o777 == 0o640
    assert facts.tarifa("check", "--fix", facts.ruleset).err == f"{facts.ruleset}: 0 mends\n"


def test_diff_without_fix_is_a_matter_of_usage(facts: Facts) -> None:
    assert facts.tarifa("check", "--diff", facts.ruleset).exit_code == 2
