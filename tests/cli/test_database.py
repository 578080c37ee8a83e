"""The commands on a database: what they do, and what they say when they cannot."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Facts, Run, Tarifa


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the database is to be; there is none yet."""
    path = tmp_path / "tarifa.sqlite3"
    monkeypatch.setenv("TARIFA_DATABASE_URL", str(path))
    return path


@pytest.fixture
def published(facts: Facts, database: Path) -> Path:
    """A database with the small ruleset in force."""
    assert facts.tarifa("publish", facts.ruleset).exit_code == 0
    assert facts.tarifa("activate", "Small", "--from", "2026-01-01").exit_code == 0
    return database


def test_a_ruleset_is_published_once_and_then_known(facts: Facts, database: Path) -> None:
    first, again = facts.tarifa("publish", facts.ruleset), facts.tarifa("publish", facts.ruleset)

    assert first.out.startswith("Published Small 1 as version 1 (source digest ")
    assert again.out.startswith("Already published: Small 1 as version 1 ")
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert database.exists()


def test_a_ruleset_with_errors_is_not_published_and_makes_no_database(facts: Facts, database: Path) -> None:
    rules = facts.ruleset / "small.rules"
    rules.write_text(rules.read_text().replace("| R1  | Network ", "| R1  | Netwrok "))

    run = facts.tarifa("publish", facts.ruleset)

    assert run.exit_code == 1
    assert "error[unknown-value]" in run.out
    assert "is not published" in run.err
    assert not database.exists()


@pytest.mark.usefixtures("database")
def test_activating_says_what_is_in_force_and_from_when(facts: Facts) -> None:
    facts.tarifa("publish", facts.ruleset)

    run = facts.tarifa("activate", "small", "--from", "2026-02-01", "--until", "2026-07-01")

    assert (run.exit_code, run.err) == (0, "")
    assert run.out == "Small 1 (version 1) in force from 2026-02-01 until 2026-07-01\n"


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("Smal", "--from", "2026-01-01"), 1, "there is no ruleset `Smal`: did you mean `Small`?"),
        (("Small", "--from", "2025-01-01"), 1, "valid 2026-01-01.."),
        (("Small", "--from", "2026-01-01", "--version", "7"), 1, "no version 7: its versions are 1 to 1"),
        (("Small", "--from", "1 January"), 2, "1 January"),
        (("Small",), 2, "--from"),
    ],
)
def test_an_activation_that_cannot_be_is_refused(
    facts: Facts, arguments: tuple[str, ...], code: int, says: str
) -> None:
    facts.tarifa("publish", facts.ruleset)

    run = facts.tarifa("activate", *arguments)

    assert (run.exit_code, run.out) == (code, "")
    assert says in run.err


def test_a_key_is_printed_once_and_listed_by_its_prefix(published: Path, tarifa: Tarifa) -> None:
    made = tarifa("keys", "create", "--label", "till", "--role", "recorder")

    secret = made.out.strip()
    prefix = secret.split("_")[1]
    assert made.exit_code == 0
    assert secret.startswith("tarifa_")
    listed = tarifa("keys", "list").out
    assert listed == f"{prefix}  recorder  till\n"
    assert secret.encode() not in published.read_bytes()


@pytest.mark.usefixtures("published")
def test_a_revoked_key_is_shown_as_such_and_an_unknown_one_is_refused(tarifa: Tarifa) -> None:
    prefix = tarifa("keys", "create", "--label", "till").out.split("_")[1]

    assert tarifa("keys", "revoke", prefix).exit_code == 0
    assert "revoked" in tarifa("keys", "list").out
    unknown = tarifa("keys", "revoke", "ffffffffff")
    assert (unknown.exit_code, "ffffffffff" in unknown.err) == (1, True)


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--label", "x", "--role", "reader", "--account", "Nobody"), "`Nobody`"),
        (("--label", " "), "label"),
    ],
)
def test_a_key_that_cannot_be_made_is_refused(tarifa: Tarifa, arguments: tuple[str, ...], says: str) -> None:
    run = tarifa("keys", "create", *arguments)

    assert (run.exit_code, run.out) == (1, "")
    assert says in run.err
    assert tarifa("keys", "list").out == ""


@pytest.mark.usefixtures("published")
def test_a_worker_with_nothing_to_bill_ends_at_once(tarifa: Tarifa) -> None:
    run = tarifa("worker", "--once")

    assert run.exit_code == 0
    assert run.out.endswith(" 0 failed\n")


@pytest.mark.parametrize(
    "command",
    [
        ("keys", "list"),
        ("keys", "create", "--label", "x"),
        ("activate", "Small", "--from", "2026-01-01"),
        ("worker", "--once"),
    ],
    ids=" ".join,
)
def test_without_a_database_a_command_says_where_it_looked(
    database: Path, tarifa: Tarifa, command: tuple[str, ...]
) -> None:
    run = tarifa(*command)

    assert (run.exit_code, run.out) == (1, "")
    assert f"there is no database at {database}" in run.err
    assert not database.exists()


def test_a_locked_database_is_waited_for_and_then_named(
    facts: Facts, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARIFA_BUSY_SECONDS", "1")
    before = facts.tarifa("keys", "list").out
    holder = sqlite3.connect(published, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        run = facts.tarifa("keys", "create", "--label", "x")
    finally:
        holder.execute("ROLLBACK")
        holder.close()

    assert (run.exit_code, run.out) == (1, "")
    assert "locked by another process" in run.err
    assert facts.tarifa("keys", "list").out == before


def test_a_file_of_another_kind_is_left_as_it_is(facts: Facts, database: Path) -> None:
    database.write_text("my diary\n" * 100)

    run = facts.tarifa("publish", facts.ruleset)

    assert run.exit_code == 1
    assert "not a Tarifa database" in run.err
    assert database.read_text() == "my diary\n" * 100


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("TARIFA_DATABASE_URL", "postgresql://user:secret@host", "name the database"),
        ("TARIFA_PORT", "http", "TARIFA_PORT is `http`"),
    ],
)
def test_a_setting_that_cannot_be_used_is_wrong_usage_and_shows_no_password(
    tarifa: Tarifa, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    monkeypatch.setenv(variable, value)

    run: Run = tarifa("keys", "list")

    assert (run.exit_code, run.out) == (2, "")
    assert says in run.err
    assert "secret" not in run.err
