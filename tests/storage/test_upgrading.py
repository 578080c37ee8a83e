"""A database of an earlier release is brought to this one with everything that it holds."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tarifa.storage import migrating
from tarifa.storage.database import backend
from tests.databases import KINDS, a_database

BEFORE_DECISIONS = 3


@pytest.mark.parametrize("kind", KINDS)
def test_exceptions_are_kept_when_they_get_more_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    everything = migrating.migrations
    with a_database(kind, tmp_path, empty=True) as settings:
        monkeypatch.setattr(migrating, "migrations", lambda dialect: everything(dialect)[:BEFORE_DECISIONS])
        backend(settings).migrate(create=True)
        with closing(backend(settings).connect()) as connection:
            connection.run("INSERT INTO accounts (id, key, label, seq) VALUES ('a', 'acme', 'Acme', 1)")
            connection.run(
                "INSERT INTO exceptions (id, account_id, subject_kind, subject_id, subject_rev, reason, detail, state,"
                " since) VALUES ('e', 'a', 'work', 'main:w', 1, 'no-contract', '{}', 'open', 7)"
            )
        monkeypatch.setattr(migrating, "migrations", everything)
        backend(settings).migrate(create=False)
        with closing(backend(settings).connect()) as connection:
            connection.run("UPDATE exceptions SET state = 'waived' WHERE id = 'e'")
            [row] = connection.run("SELECT account_id, subject_id, reason, state, since FROM exceptions")
    assert tuple(row) == ("a", "main:w", "no-contract", "waived", 7)
