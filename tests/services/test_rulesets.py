from datetime import date
from pathlib import PurePosixPath
from typing import Any

import pytest

from dsl import UnknownHolidaysError
from tarifa.bundles import MAX_FILES
from tarifa.reading import rulesets as reading
from tarifa.reading.pages import PageRequest
from tarifa.services import rulesets, timelines
from tarifa.services.inputs import ActivationInput, ActivationKind, SiteInput
from tarifa.services.results import Change, Problem, Refused
from tarifa.services.rulesets import NotPublished, Published
from tarifa.services.timelines import _loaded, read_timeline
from tests.services.installation import BY, RECORDED, Installation, at, book, work


async def _refused(here: Installation, day: str, **others: Any) -> tuple[Problem, ...]:
    wanted = ActivationInput(**{"ruleset": "book", "from_date": date.fromisoformat(day), **others})
    refused = await rulesets.activate(here.database, wanted, by=BY, now=RECORDED)
    assert isinstance(refused, Refused), refused
    return refused.problems


async def test_a_ruleset_that_does_not_check_is_not_stored(here: Installation) -> None:
    text = book(version="2")[PurePosixPath("book.rules")].replace(b"Rates.rate", b"Rates.rat")
    refused = await rulesets.publish(here.database, {PurePosixPath("book.rules"): text}, by=BY, now=RECORDED)
    assert isinstance(refused, NotPublished)
    assert refused.diagnostics
    assert await here.values("SELECT count(*) FROM ruleset_versions") == [1]


async def test_the_same_files_are_published_once(here: Installation) -> None:
    again = await here.publish()
    assert (again.change, again.version.number) == (Change.UNCHANGED, 1)
    other = await here.publish(book(rate="120.00"))
    assert (other.change, other.version.number) == (Change.NEW, 2)
    assert [one.number for one in (await reading.versions(here.database, PageRequest())).nodes] == [1, 2]


async def test_too_many_files_are_refused_before_they_are_read(here: Installation) -> None:
    files = {PurePosixPath(f"{n}.rules"): b"" for n in range(MAX_FILES + 1)}
    refused = await rulesets.publish(here.database, files, by=BY, now=RECORDED)
    assert isinstance(refused, NotPublished)
    assert [one.code for one in refused.problems] == ["too-large"]


async def test_a_version_keeps_the_files_that_it_imports(here: Installation) -> None:
    text = book(name="Sharing")[PurePosixPath("book.rules")].decode()
    at = text.index("calendar office")
    end = text.index("\n\n", at)
    main = (text[:at] + text[end:]).replace("  currency", "  import  ../shared/office.rules\n  currency", 1)
    shared = text[at:end] + "\n"
    files = {PurePosixPath("book.rules"): main.encode(), PurePosixPath("../shared/office.rules"): shared.encode()}

    published = await rulesets.publish(here.database, files, by=BY, now=RECORDED)
    assert isinstance(published, Published), published
    await here.activate("2026-01-01", "Sharing")
    _loaded.clear()  # as in another process, which reads the version from the database
    await here.contract(plan="Open", ruleset="Sharing")

    files[PurePosixPath("../shared/office.rules")] = shared.replace("18:00", "17:00").encode()
    changed = await rulesets.publish(here.database, files, by=BY, now=RECORDED)
    assert isinstance(changed, Published)
    assert (changed.change, changed.version.number) == (Change.NEW, 2)


async def test_a_version_keeps_the_holidays_it_was_checked_with(here: Installation) -> None:
    text = book(name="Feasts")[PurePosixPath("book.rules")].decode()
    text = text.replace("calendar office\n", "calendar office\n  holidays  XX\n")
    text = text.replace("  | Mon..Fri  |", "  | holiday   | -            | non-operational |\n  | Mon..Fri  |")

    def feasts(code: str, year: int) -> dict[date, str]:
        if code != "XX":
            raise UnknownHolidaysError(code)
        return {date(year, 3, 3): "Feast"}

    files = {PurePosixPath("feasts.rules"): text.encode()}
    published = await rulesets.publish(here.database, files, by=BY, now=RECORDED, holidays=feasts)
    assert isinstance(published, Published), published
    await here.activate("2026-01-01", "Feasts")
    _loaded.clear()  # as in another process, which has other holidays or none
    await here.contract(plan="Open", ruleset="Feasts")
    await here.record(work("w1", "2026-03-03 09:00", 60), work("w2", "2026-03-04 09:00", 60))
    await here.bill("2026-04-01")
    lines = await here.lines((await here.documents())[-1].number)
    assert [line.band for line in lines] == ["non-operational", "operational"]


async def test_the_newest_statement_that_holds_a_day_wins_and_none_is_taken_back(here: Installation) -> None:
    await here.publish(book(version="2", rate="120.00"))
    await here.activate("2026-04-01")
    await here.activate("2026-05-01", until=date(2026, 6, 1), version=1)
    ruleset_id = (await here.values("SELECT id FROM rulesets"))[0]
    timeline = await read_timeline(here.database, ruleset_id)
    days = [date(2026, month, 1) for month in (3, 4, 5, 6)]
    found = [timeline.version(day) for day in days]
    assert [one.ruleset.version for one in found if one is not None] == ["1", "2", "1", "2"]
    assert [one.version for one in (await reading.activations(here.database, PageRequest())).nodes] == [1, 2, 1]


async def test_a_version_that_lacks_what_is_in_use_is_refused_and_the_contracts_are_named(here: Installation) -> None:
    await here.account("Acme Corp", SiteInput("HQ", calendar="office"))
    await here.contract()
    await here.buy("t1", "C-1", at("2026-03-02"))
    text = book(version="2")[PurePosixPath("book.rules")].decode()
    text = (
        text.replace("Care  |", "Gold  |")
        .replace("calendar office", "calendar desk")
        .replace("| Extra  |", "| Bonus  |")
    )
    text = text.replace("| Extra   |", "| Bonus   |").replace("Extra ", "Bonus ")
    await here.publish({PurePosixPath("book.rules"): text.encode()})
    problems = await _refused(here, "2026-04-01")
    assert [(one.code, one.subject) for one in problems] == [
        ("no-plan", "C-1"),
        ("no-calendar", "Acme Corp"),
        ("no-top-up", "C-1"),
    ]
    assert len((await reading.activations(here.database, PageRequest())).nodes) == 1


async def test_a_version_whose_plan_no_longer_sells_a_bought_top_up_is_refused(here: Installation) -> None:
    await here.contract()
    await here.buy("t1", "C-1", at("2026-04-10"))
    text = book(version="2")[PurePosixPath("book.rules")].decode()
    await here.publish({PurePosixPath("book.rules"): text.replace("| rate   | Extra ", "| rate   | -     ").encode()})
    assert [(one.code, one.subject) for one in await _refused(here, "2026-04-10")] == [("top-up-not-sold", "C-1")]
    await here.activate("2026-04-11")


async def test_an_activation_may_not_reach_into_billed_time_unless_it_is_a_repair(here: Installation) -> None:
    await here.contract(plan="Open")
    await here.bill("2026-04-01")
    await here.publish(book(version="2", rate="120.00"))
    (problem,) = await _refused(here, "2026-03-31")
    assert (problem.code, problem.subject) == ("billed-time", "C-1")
    assert "C-1" in problem.message
    await here.activate("2026-04-01")  # an open book is not billed in advance
    await here.activate("2026-03-31", kind=ActivationKind.REPAIR, version=2)


async def test_a_fee_billed_in_advance_is_billed_time_too(here: Installation) -> None:
    await here.contract()
    await here.bill("2026-04-01")
    await here.publish(book(version="2", rate="120.00"))
    assert [one.code for one in await _refused(here, "2026-04-01")] == ["billed-time"]
    await here.activate("2026-04-02")


async def test_unknown_names_and_versions_are_refused_with_what_was_meant(here: Installation) -> None:
    (problem,) = await _refused(here, "2026-04-01", ruleset="bok")
    assert (problem.code, problem.remedy) == ("unknown-ruleset", "did you mean `Book`?")
    (problem,) = await _refused(here, "2026-04-01", version=7)
    assert (problem.code, problem.remedy) == ("unknown-version", "its versions are 1 to 1")
    (problem,) = await _refused(here, "2026-04-01", until=date(2026, 4, 1))
    assert problem.code == "empty-period"


async def test_an_activation_lies_inside_the_days_that_the_text_says(here: Installation) -> None:
    text = book(version="2")[PurePosixPath("book.rules")].replace(
        b"  version   2\n", b"  version   2\n  valid     2026-04-01..2026-12-31\n"
    )
    await here.publish({PurePosixPath("book.rules"): text})
    (problem,) = await _refused(here, "2026-03-31")
    assert problem.code == "outside-valid"
    assert "2026-04-01..2026-12-31" in problem.message
    made = await here.activate("2026-04-01")
    assert made.until == date(2027, 1, 1)


async def test_versions_that_were_not_used_for_longest_are_let_go(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = sum(map(len, book().values()))
    monkeypatch.setattr(timelines, "MOST_BYTES", 2 * size + 100)
    for rate in ("111.00", "112.00"):
        await here.publish(book(rate=rate, version=rate))
    versions = await here.database.rows("SELECT id, source_digest FROM ruleset_versions ORDER BY number")
    _loaded.clear()
    for n in (0, 1, 0, 2):
        await timelines.stored_version(here.database, versions[n]["id"], versions[n]["source_digest"])
    assert list(_loaded) == [versions[0]["source_digest"], versions[2]["source_digest"]]
    again = await timelines.stored_version(here.database, versions[1]["id"], versions[1]["source_digest"])
    assert again.ruleset.version == "111.00"
