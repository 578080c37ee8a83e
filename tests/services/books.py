"""What must hold of every database, whatever was done to it."""

from __future__ import annotations

from contextlib import closing

from tarifa.services.book_checks import Fault
from tarifa.services.replay import Outcome, replay_all
from tarifa.services.verify import verify
from tarifa.settings import Settings
from tarifa.storage import Database
from tarifa.storage.database import backend


async def faults(database: Database) -> list[Fault]:
    """All that breaks a rule of the books."""
    return [fault async for checked in verify(database) for fault in checked.faults]


async def assert_sound(database: Database) -> list[str]:
    """The books agree, and every document replays equal; the documents' numbers."""
    found = await faults(database)
    assert found == [], "\n".join(map(str, found))
    replays = [one async for one in replay_all(database)]
    assert [one for one in replays if one.outcome is not Outcome.EQUAL] == []
    return [one.number for one in replays]


def tamper(settings: Settings, *statements: str) -> None:
    """Change a database behind the back of its triggers and references, as no release of ours does."""
    with closing(backend(settings).connect()) as connection:
        if settings.is_postgresql:
            connection.run("SET session_replication_role = replica")
        else:
            for (name,) in connection.run("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
                connection.run(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.run(statement)
