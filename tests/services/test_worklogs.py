from datetime import UTC, datetime

from tarifa.reading import worklogs as reading
from tarifa.reading.scope import EVERYTHING
from tarifa.reading.views import WorklogView
from tarifa.services import worklogs
from tarifa.services.inputs import OnChange, RequestInput, SiteInput, WorklogInput
from tarifa.services.results import Change
from tests.services.installation import BY, RECORDED, Installation, work


async def _view(here: Installation, id_: str) -> WorklogView:
    return (await reading.worklogs_by_id(here.database, EVERYTHING, [id_]))[id_]


async def test_bad_rows_are_problems_with_their_place_and_the_others_are_recorded(here: Installation) -> None:
    await here.account("Acme Corp", SiteInput("HQ", "America/Chicago"))
    batch = await here.record(
        work("ok", "2026-03-03 09:00", 60),
        work("who", "2026-03-03 09:00", 60, account="Acme Crop"),
        work("where", "2026-03-03 09:00", 60, site="HQs"),
        work("twice", "2026-11-01 01:30", 60, site="HQ"),
        work("never", "2026-03-08 02:30", 60, site="HQ"),
        work("when", "yesterday", 60),
        WorklogInput("how long", "Acme Corp", "2026-03-03 09:00"),
        work("", "2026-03-03 09:00", 60),
        work("also ok", "2026-11-01T01:30-05:00", 60, site="HQ"),
    )
    assert [one.key for one in batch.recorded] == ["main:ok", "main:also ok"]
    assert [(one.index, one.subject, one.code) for one in batch.problems] == [
        (1, "who", "unknown-account"),
        (2, "where", "unknown-site"),
        (3, "twice", "ambiguous-time"),
        (4, "never", "skipped-time"),
        (5, "when", "bad-row"),
        (6, "how long", "bad-row"),
        (7, "", "blank-name"),
    ]
    assert all(one.message for one in batch.problems)
    assert await here.values("SELECT count(*) FROM worklogs") == [2]


async def test_a_local_time_is_read_by_the_sites_clock_or_else_the_rulesets(here: Installation) -> None:
    await here.account("Acme Corp", SiteInput("HQ", "America/Chicago"), SiteInput("Somewhere"))
    await here.record(
        work("chicago", "2026-07-03 09:00", 60, site="HQ"),
        work("lisbon", "2026-07-03 09:00", 60),
        work("unknown", "2026-07-03 09:00", 60, site="Somewhere"),
        work("offset", "2026-07-03T09:00+02:00", 60, site="HQ"),
    )
    starts = {id_: (await _view(here, f"main:{id_}")).start.hour for id_ in ("chicago", "lisbon", "unknown", "offset")}
    assert starts == {"chicago": 14, "lisbon": 8, "unknown": 8, "offset": 7}


async def test_an_end_and_an_aware_datetime_are_taken_too(here: Installation) -> None:
    start = datetime(2026, 3, 3, 9, tzinfo=UTC)
    given = WorklogInput("w1", "Acme Corp", start, end=datetime(2026, 3, 3, 10, 30, tzinfo=UTC))
    await here.record(given)
    view = await _view(here, "main:w1")
    assert (view.start, view.seconds, view.request) == (start, 5400, None)


async def test_an_id_is_the_same_in_either_unicode_form(here: Installation) -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    await here.record(work(composed, "2026-03-03 09:00", 60))
    (again,) = (await here.record(work(decomposed, "2026-03-03 09:00", 60))).recorded
    assert (again.key, again.change) == (f"main:{composed}", Change.UNCHANGED)
    assert (await _view(here, f"main:{decomposed}")).external_id == composed


async def test_two_sources_have_ids_of_their_own(here: Installation) -> None:
    for source in ("desk", "field"):
        batch = await worklogs.record_worklogs(
            here.database, [work("1", "2026-03-03 09:00", 60)], by=BY, now=RECORDED, source=source
        )
        assert [one.change for one in batch.recorded] == [Change.NEW]
    bad = await worklogs.record_worklogs(here.database, [], by=BY, now=RECORDED, source="Service Desk")
    assert [one.code for one in bad.problems] == ["bad-source"]


async def test_the_same_id_twice_in_one_batch_is_a_no_op_or_a_revision(here: Installation) -> None:
    first, second = work("w1", "2026-03-03 09:00", 60), work("w1", "2026-03-03 09:00", 90)
    batch = await here.record(first, first, second)
    assert [(one.change, one.revision) for one in batch.recorded] == [
        (Change.NEW, 1),
        (Change.UNCHANGED, 1),
        (Change.REVISED, 2),
    ]
    refused = await here.record(first, on_change=OnChange.REJECT)
    assert [one.code for one in refused.problems] == ["worklog-exists"]


async def test_a_request_of_another_account_is_refused(here: Installation) -> None:
    await here.account("Globex")
    await here.record(work("w1", "2026-03-03 09:00", 60))
    taken = RequestInput("r-w1", "incident")
    batch = await here.record(work("w2", "2026-03-03 09:00", 60, account="Globex", request=taken))
    assert [one.code for one in batch.problems] == ["request-of-other-account"]


async def test_a_request_is_revised_only_when_it_says_something_else(here: Installation) -> None:
    request = RequestInput("r1", "incident", {"Category": " Network ", "priority": ""})
    same = RequestInput("r1", "incident", {"category": "Network"})
    other = RequestInput("r1", "incident", {"category": "Desktop"})
    for n, given in enumerate((request, same, other, other)):
        await here.record(work(f"w{n}", "2026-03-03 09:00", 60, request=given))
    assert await here.values("SELECT rev FROM request_revs ORDER BY rev") == [1, 2]
    assert (await _view(here, "main:w0")).fields == {"category": "Desktop"}


async def test_every_fact_has_its_own_number_of_the_accounts_counter(here: Installation) -> None:
    await here.record(*(work(f"w{n}", "2026-03-03 09:00", 60) for n in range(5)))
    (top,) = await here.values("SELECT seq FROM accounts")
    numbers = await here.values(
        "SELECT seq FROM account_revs UNION ALL SELECT seq FROM worklog_revs UNION ALL SELECT seq FROM request_revs"
    )
    assert sorted(numbers) == list(range(1, top + 1))


async def test_more_than_a_chunk_is_recorded_in_order(here: Installation) -> None:
    rows = [work(f"w{n}", "2026-03-03 09:00", 1 + n % 600) for n in range(2300)]
    batch = await here.record(*rows)
    assert [one.key for one in batch.recorded] == [f"main:w{n}" for n in range(2300)]
    again = await here.record(*rows)
    assert {one.change for one in again.recorded} == {Change.UNCHANGED}


async def test_a_time_that_no_calendar_can_show_is_refused(here: Installation) -> None:
    batch = await here.record(
        work("old", "1969-12-31T23:59Z", 60),
        work("far", "9999-12-31T23:59-12:00", 60),
        work("first", "0001-01-01T00:00+14:00", 60),
        work("long", "2026-03-03 09:00", 999_999_999),
        work("day", "2026-03-03 09:00", 60 * 24 * 400),
    )
    assert [(one.subject, one.code) for one in batch.problems] == [
        ("old", "bad-row"),
        ("far", "bad-row"),
        ("first", "bad-row"),
        ("long", "bad-time"),
    ]
    await here.contract(plan="Open")
    await here.bill("2026-04-01")
    assert await here.open_exceptions() == [("main:day", "too-long")]


async def test_a_field_that_no_ruleset_knows_is_refused_with_what_was_meant(here: Installation) -> None:
    rows = [
        work("a", "2026-03-10 09:00", 60, fields={"tecnician": "Ana"}),
        work("b", "2026-03-10 09:00", 60, fields={"Technician": "Ana", "role": "senior"}),
    ]
    batch = await worklogs.record_worklogs(here.database, rows, by=BY, now=RECORDED)
    assert [(one.code, one.remedy) for one in batch.problems] == [("unknown-input", "did you mean `technician`?")]
    assert [one.key for one in batch.recorded] == ["main:b"]


def _ticket(category: str | None, **others: bool) -> RequestInput:
    return RequestInput("T-1", "incident" if category else None, {"category": category} if category else {}, **others)


async def test_a_request_that_is_told_otherwise_is_refused_or_revised_as_the_sender_asks(here: Installation) -> None:
    await here.record(work("a", "2026-03-03 09:00", 60, request=_ticket("Network")))
    again = work("a", "2026-03-03 09:00", 60, request=_ticket("Desktop"))
    new = work("b", "2026-03-04 09:00", 60, request=_ticket("Desktop"))
    refused = await here.record(again, new, on_change=OnChange.REJECT)
    assert (refused.recorded, [(one.code, one.subject) for one in refused.problems]) == (
        (),
        [("request-exists", "a"), ("request-exists", "b")],
    )
    assert await here.values("SELECT max(rev) FROM request_revs") == [1]
    revised = await here.record(again, new)
    assert [(one.key, one.change, one.revision) for one in revised.recorded] == [
        ("main:a", Change.REVISED, 1),  # the request that came with it
        ("main:b", Change.NEW, 1),
    ]
    assert await here.values("SELECT max(rev) FROM request_revs") == [2]
    assert [one.change for one in (await here.record(again)).recorded] == [Change.UNCHANGED]


async def test_a_request_that_is_only_named_stays_as_it_is(here: Installation) -> None:
    await here.record(work("a", "2026-03-03 09:00", 60, request=_ticket("Network")))
    batch = await here.record(work("b", "2026-03-04 09:00", 60, request=_ticket(None)), on_change=OnChange.REJECT)
    assert [one.change for one in batch.recorded] == [Change.NEW]
    assert await here.values("SELECT max(rev) FROM request_revs") == [1]
    assert (await _view(here, "main:b")).request == "main:T-1"
