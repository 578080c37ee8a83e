"""`.ci/setup` says what is missing, and how to get it, before it makes anything."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gates.sources import ROOT


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what the set-up reads; nothing is installed in it."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "setup", tmp_path / ".ci" / "setup")
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def set_up(clone: Path, python: str) -> subprocess.CompletedProcess[str]:
    """Run it with an interpreter that is a shell script."""
    fake = clone / "python"
    fake.write_text(f"#!/bin/sh\n{python}\n")
    fake.chmod(0o755)
    environ = {**os.environ, "PYTHON": str(fake)}
    return subprocess.run([clone / ".ci" / "setup"], env=environ, capture_output=True, text=True, check=False)


def test_a_python_that_is_too_old_is_named_with_its_version(clone: Path) -> None:
    done = set_up(clone, 'case "$*" in --version) echo Python 3.9.2;; *) exit 1;; esac')

    assert done.returncode == 1
    assert f"Python 3.11 or later is needed; {clone / 'python'} here: Python 3.9.2." in done.stderr
    assert "apt install python3 python3-venv" in done.stderr
    assert not (clone / ".venv").exists()


def test_something_that_is_no_python_is_named_in_one_line(clone: Path) -> None:
    done = set_up(clone, "echo licence; echo terms; exit 1")

    assert done.returncode == 1
    assert done.stderr.startswith(
        f"tarifa: Python 3.11 or later is needed; {clone / 'python'} here: no Python that runs.\n"
    )


def test_the_interpreter_may_lie_in_a_folder_with_blanks(clone: Path) -> None:
    beside = clone / "my tools"
    beside.mkdir()
    shutil.copytree(clone / ".ci", beside / ".ci")
    done = set_up(beside, f'case "$*" in *ensurepip*) exit 1;; *) exec {sys.executable} "$@";; esac')

    assert "lacks its venv module" in done.stderr


def test_a_missing_venv_module_is_named_with_the_package_that_brings_it(clone: Path) -> None:
    done = set_up(clone, f'case "$*" in *ensurepip*) exit 1;; *) exec {sys.executable} "$@";; esac')

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert done.returncode == 1
    assert f"Python {version} here lacks its venv module" in done.stderr
    assert f"apt install python{version}-venv" in done.stderr
    assert not (clone / ".venv").exists()


def test_an_environment_that_cannot_be_made_leaves_no_mark_of_success(clone: Path) -> None:
    done = set_up(clone, f'case "$*" in *"-m venv"*) exit 1;; *) exec {sys.executable} "$@";; esac')

    assert done.returncode == 1
    assert "could not be made" in done.stderr
    assert list(clone.glob(".venv/.installed*")) == []
