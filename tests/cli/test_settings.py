"""What somebody who sets a variable is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tarifa.settings import KNOWN, Settings, read_settings, setting_remarks
from tests.cli.conftest import Tarifa


def test_a_misspelt_variable_is_told_with_the_one_that_was_meant() -> None:
    assert setting_remarks({"TARIFA_DATABASE_ULR": "x", "PATH": ""}) == (
        "nothing reads TARIFA_DATABASE_ULR: did you mean TARIFA_DATABASE_URL?",
    )
    assert setting_remarks({"TARIFA_COLOUR_OF_EVERYTHING": "x"}) == ("nothing reads TARIFA_COLOUR_OF_EVERYTHING",)


def test_an_empty_variable_counts_as_not_set_and_is_told() -> None:
    assert read_settings({"TARIFA_PORT": " "}) == Settings()
    assert setting_remarks({"TARIFA_PORT": " "}) == ("TARIFA_PORT is empty, and counts as not set",)


def test_every_variable_that_is_read_is_known() -> None:
    read: set[str] = set()

    class Spy(dict[str, str]):
        def get(self, name: str, default: str = "") -> str:  # type: ignore[override]  # of text alone
            read.add(name)
            return default

    read_settings(Spy())
    assert read
    assert read <= KNOWN


def test_a_command_warns_and_goes_on(tarifa: Tarifa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARIFA_DATABSE_URL", "x")
    run = tarifa("verify", "--database", str(tmp_path / "none.sqlite3"))
    assert "nothing reads TARIFA_DATABSE_URL: did you mean TARIFA_DATABASE_URL?" in run.err
