"""Publishing tells of accounts that a ruleset names and the database does not have."""

from __future__ import annotations

from pathlib import PurePath, PurePosixPath

from dsl import Diagnostic
from tarifa.services import rulesets
from tarifa.services.rulesets import Published
from tests.services.installation import BY, Installation, at, book


def naming(account: str, *, version: str) -> dict[PurePath, bytes]:
    """The price book with a row for one customer."""
    text = book(version=version)[PurePosixPath("book.rules")].decode()
    rows = f"  | W1  | {account} || 10.00 EUR |\n  | W9  | otherwise || - |\n"
    way = f"\ntable Way\n  | row | account || charge |\n  |-----|---------||--------|\n{rows}"
    return {PurePosixPath("book.rules"): (text + way).encode()}


async def told(here: Installation, account: str, *, version: str) -> list[Diagnostic]:
    """The warnings of publishing about accounts."""
    done = await rulesets.publish(here.database, naming(account, version=version), by=BY, now=at("2026-05-10"))
    assert isinstance(done, Published), done
    return [one for one in done.diagnostics if one.code == "unknown-account"]


async def test_an_account_that_the_database_does_not_have_is_a_warning_with_the_nearest(here: Installation) -> None:
    await here.contract(plan="Open")
    assert await told(here, "Acme Corp", version="8") == []
    (found,) = await told(here, "Acme Crop", version="9")
    assert found.primary is not None
    assert found.primary.text == "did you mean `Acme Corp`?"
