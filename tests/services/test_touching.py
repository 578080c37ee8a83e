"""Findings counted on what a database has billed: money as it was billed, whatever the version on trial says."""

import random
from datetime import date
from pathlib import PurePath, PurePosixPath

from benchmarks.analysis import text
from dsl import Diagnostic, load
from engine.touched import Touched
from tarifa.apart import Limits
from tarifa.services import rulesets, worklogs
from tarifa.services.inputs import OnChange
from tarifa.services.rulesets import NotPublished, Published
from tarifa.services.touching import counted
from tests.services.installation import BY, Installation, at, book, work

NOW = at("2026-05-10")


def dead_row_book() -> dict[PurePath, bytes]:
    """The price book with an exception below what it is an exception to."""
    text = book(version="2")[PurePosixPath("book.rules")].decode()
    row = "  | R1  | Network          || standard        |\n"
    assert row in text
    return {
        PurePosixPath("book.rules"): text.replace(
            row, f"{row}  | R1b | Network | 1.00 EUR/h |\n".replace("| 1", "|| 1")
        ).encode()
    }


async def billed(here: Installation) -> None:
    await here.contract(plan="Open")
    await here.record(
        work("1", "2026-03-02T10:00", 60),
        work("2", "2026-04-02T10:00", 30),
        work("3", "2026-04-03T10:00", 30, category="Desktop"),
    )
    await here.record(work("5", "2026-04-05T10:00", 30, category="Oddity"))
    await here.bill("2026-05-01", through=date(2026, 5, 1))
    await worklogs.record_worklogs(
        here.database, [work("4", "2026-05-04T10:00", 30)], by=BY, now=NOW, on_change=OnChange.REJECT
    )


def touched(diagnostics: tuple[Diagnostic, ...], code: str) -> Touched:
    found = next(one.touched for one in diagnostics if one.code == code)
    assert found is not None
    return found


async def on_trial(here: Installation, *, months: int) -> Touched:
    loaded = load(dead_row_book())
    assert loaded.on_trial is not None
    return touched(
        await counted(here.database, loaded.on_trial, loaded.diagnostics, months=months, now=NOW), "dead-row"
    )


async def test_billed_work_counts_with_its_money_and_other_work_without(here: Installation) -> None:
    await billed(here)

    found = await on_trial(here, months=3)

    assert (found.worklogs, found.minutes, found.waiting) == (3, 120, 0)
    assert [(currency.code, net) for currency, net in found.amounts] == [("EUR", 16_500)]


async def test_work_before_those_months_does_not_count(here: Installation) -> None:
    await billed(here)

    found = await on_trial(here, months=1)

    assert (found.worklogs, found.minutes) == (1, 30)  # 10 April to 10 May: work 4, which is not billed yet
    assert found.amounts == ()


async def test_work_that_waits_is_told_apart(here: Installation) -> None:
    await billed(here)
    rules = dead_row_book()[PurePosixPath("book.rules")].replace(
        b"  | R9  | otherwise        || -               |\n", b""
    )
    loaded = load({PurePosixPath("book.rules"): rules})
    assert loaded.ruleset is None
    assert loaded.on_trial is not None

    found = touched(await counted(here.database, loaded.on_trial, loaded.diagnostics, months=3, now=NOW), "gap")

    assert (found.worklogs, found.waiting) == (1, 1)


async def test_the_work_of_other_rulesets_does_not_count(here: Installation) -> None:
    await billed(here)
    rules = dead_row_book()[PurePosixPath("book.rules")].replace(b"ruleset Book", b"ruleset Other")
    loaded = load({PurePosixPath("book.rules"): rules})
    assert loaded.on_trial is not None

    found = touched(await counted(here.database, loaded.on_trial, loaded.diagnostics, months=3, now=NOW), "dead-row")

    assert found == Touched()


async def test_publishing_says_what_its_warnings_touch(here: Installation) -> None:
    await billed(here)

    published = await rulesets.publish(here.database, dead_row_book(), by=BY, now=NOW, limits=Limits(), months=3)

    assert isinstance(published, Published)
    assert touched(published.diagnostics, "dead-row").worklogs == 3


async def test_a_ruleset_whose_check_takes_too_much_is_not_published(here: Installation) -> None:
    files: dict[PurePath, bytes] = {PurePosixPath("large.rules"): text(20_000, random.Random(1)).encode()}  # noqa: S311 - no secret

    refused = await rulesets.publish(here.database, files, by=BY, now=NOW, limits=Limits(1, 1024))

    assert isinstance(refused, NotPublished)
    assert [one.code for one in refused.problems] == ["not-decided"]
    assert await here.values("SELECT count(*) FROM ruleset_versions") == [1]
