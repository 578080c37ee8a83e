"""Pages keep their order and their place, whatever is written between them; a scope hides all else."""

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tarifa.reading import accounts, closings, contracts, documents, exceptions, explaining, rulesets, worklogs
from tarifa.reading.pages import MAX_LIMIT, BadCursorError, BadLimitError, Page, PageRequest
from tarifa.reading.scope import EVERYTHING, Scope
from tarifa.reading.views import BilledOn, WorklogState
from tarifa.services.inputs import SiteInput, WorklogInput
from tests.services.installation import Installation, at, book, installed, work

Listing = Callable[..., Awaitable[Page[Any]]]


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Installation]:
    """Two customers, each with documents, closings, worklogs, exceptions and a parked contract."""
    async with installed(tmp_path / "tarifa.sqlite3") as made:
        await made.publish(book(name="Other"))
        await made.activate("2026-01-01", "Other", until=date(2026, 4, 1))
        for n, account in enumerate(("Acme Corp", "Globex")):
            await made.account(account, SiteInput("HQ"), SiteInput("Plant"))
            await made.contract(f"C-{n}", account=account, ruleset="Book")
            await made.contract(f"D-{n}", "Open", account=account, sites=("Plant",), ruleset="Other")
            await made.buy(f"t{n}", f"C-{n}", at("2026-03-02"))
            await made.record(
                work(f"a{n}", "2026-03-03 09:00", 540, account=account),
                work(f"b{n}", "2026-03-04 09:00", 60, account=account, category="Oddity"),
                work(f"c{n}", "2026-03-04 09:00", 180, account=account),
                work(f"d{n}", "2026-04-01 08:30", 60, account=account),
                work(f"e{n}", "2026-03-05 09:00", 60, account=account, billable=False),
                work(f"f{n}", "2026-03-06 09:00", 60, account=account, voided=True),
                work(f"g{n}", "2026-02-06 09:00", 60, account=account),
            )
        await made.bill("2026-04-01")
        yield made


SCOPED: tuple[tuple[str, Listing], ...] = (
    ("accounts", accounts.accounts),
    ("contracts", contracts.contracts),
    ("parked", contracts.parked),
    ("worklogs", worklogs.worklogs),
    ("documents", documents.documents),
    ("closings", closings.closings),
    ("exceptions", exceptions.exceptions),
)


async def _all(here: Installation, listing: Listing, scope: Scope, limit: int) -> list[Any]:
    found: list[Any] = []
    after = None
    while True:
        page = await listing(here.database, scope, PageRequest(limit, after))
        assert len(page.edges) <= limit
        found += page.nodes
        if not page.has_more:
            return found
        after = page.edges[-1].cursor


@pytest.mark.parametrize(("name", "listing"), SCOPED)
async def test_small_pages_add_up_to_the_whole_list(here: Installation, name: str, listing: Listing) -> None:
    whole = await _all(here, listing, EVERYTHING, MAX_LIMIT)
    assert len(whole) >= 2, name
    assert await _all(here, listing, EVERYTHING, 1) == whole


@pytest.mark.parametrize(("name", "listing"), SCOPED)
async def test_a_scope_sees_its_own_account_and_no_other(here: Installation, name: str, listing: Listing) -> None:
    def owner(view: Any) -> str:
        return str(view.key if name == "accounts" else view.account)

    whole = await _all(here, listing, EVERYTHING, MAX_LIMIT)
    mine = await _all(here, listing, Scope("globex"), 2)
    assert {owner(view) for view in whole} == {"acme corp", "globex"}
    assert mine == [view for view in whole if owner(view) == "globex"]
    assert await _all(here, listing, Scope("nobody"), 2) == []


async def test_a_row_that_is_added_between_pages_moves_no_other(here: Installation) -> None:
    first = await worklogs.worklogs(here.database, EVERYTHING, PageRequest(2))
    rest = await worklogs.worklogs(here.database, EVERYTHING, PageRequest(500, first.edges[-1].cursor))
    await here.record(work("0", "2026-01-04 09:00", 60))
    again = await worklogs.worklogs(here.database, EVERYTHING, PageRequest(500, first.edges[-1].cursor))
    assert again == rest


async def test_only_a_cursor_of_the_same_list_is_taken(here: Installation) -> None:
    page = await worklogs.worklogs(here.database, EVERYTHING, PageRequest(1))

    def cursor(shape: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(shape).encode()).decode()

    wrong = (
        page.edges[0].cursor,
        "",
        "?",
        "é",
        "[" * 5000,
        cursor([]),
        cursor(["documents"]),
        cursor(["documents", None]),
        cursor(["documents", True]),
        cursor(["documents", 2**70]),
        cursor({"documents": 1}),
    )
    for one in wrong:
        with pytest.raises(BadCursorError):
            await documents.documents(here.database, EVERYTHING, PageRequest(1, one))


@pytest.mark.parametrize("limit", [0, -1, MAX_LIMIT + 1])
def test_a_page_has_a_size_that_is_served(limit: int) -> None:
    with pytest.raises(BadLimitError):
        PageRequest(limit)


async def test_a_worklog_says_where_it_stands(here: Installation) -> None:
    listed = await worklogs.worklogs(here.database, Scope("acme corp"), PageRequest(500))
    assert {view.external_id: view.state for view in listed.nodes} == {
        "a0": WorklogState.BILLED,
        "b0": WorklogState.HELD,
        "c0": WorklogState.BILLED,
        "d0": WorklogState.OPEN,
        "e0": WorklogState.NOT_BILLABLE,
        "f0": WorklogState.VOIDED,
        "g0": WorklogState.HELD,
    }
    by_id = {view.external_id: view for view in listed.nodes}
    (billed_on,) = by_id["a0"].billed_on
    assert [held.reason for held in by_id["b0"].held] == ["no-rule"]
    assert [held.reason for held in by_id["g0"].held] == ["no-contract"]
    lines = await here.lines(billed_on.document)
    assert lines[billed_on.position - 1].work == "main:a0"
    for state in WorklogState:
        page = await worklogs.worklogs(here.database, Scope("acme corp"), PageRequest(500), state=state)
        assert {view.external_id for view in page.nodes} == {
            view.external_id for view in listed.nodes if view.state is state
        }


async def test_work_taken_back_is_on_both_lines_that_carry_it(here: Installation) -> None:
    await here.record(work("a0", "2026-03-03 09:00", 540, voided=True))
    await here.bill("2026-05-01")
    view = (await worklogs.worklogs_by_id(here.database, EVERYTHING, ["main:a0"]))["main:a0"]
    assert view.state is WorklogState.VOIDED
    assert len(view.billed_on) == 2
    (correction,) = [line for line in await here.lines(view.billed_on[1].document) if line.work == "main:a0"]
    assert correction.corrects == BilledOn(view.billed_on[0].document, view.billed_on[0].position)


async def test_worklogs_are_listed_of_a_time_and_an_account(here: Installation) -> None:
    page = await worklogs.worklogs(
        here.database,
        EVERYTHING,
        PageRequest(),
        account="GLOBEX",
        since=at("2026-03-04", "00:00"),
        until=at("2026-03-05", "09:00"),
    )
    assert [view.external_id for view in page.nodes] == ["b1", "c1"]


async def test_accounts_are_searched_by_key_and_name(here: Installation) -> None:
    page = await accounts.accounts(here.database, EVERYTHING, PageRequest(), search="GLOB")
    assert [view.key for view in page.nodes] == ["globex"]


async def test_a_contract_says_how_far_it_is_billed(here: Installation) -> None:
    view = await contracts.contract(here.database, EVERYTHING, "C-0")
    assert view is not None
    assert (view.plan, view.billed_through, view.next_boundary) == ("care", date(2026, 4, 1), date(2026, 5, 1))
    assert await contracts.contract(here.database, Scope("globex"), "C-0") is None
    of_accounts = await contracts.contracts_by_account(here.database, EVERYTHING, ["acme corp", "globex"])
    assert {key: [(view.number, view.sites) for view in views] for key, views in of_accounts.items()} == {
        "acme corp": [("C-0", ()), ("D-0", ("plant",))],
        "globex": [("C-1", ()), ("D-1", ("plant",))],
    }


async def test_a_parked_contract_says_why_and_when_it_is_tried_again(here: Installation) -> None:
    parked = await contracts.parked_by_contract(here.database, EVERYTHING, ["D-0", "C-0"])
    assert list(parked) == ["D-0"]
    assert (parked["D-0"].reason, parked["D-0"].attempts) == ("no-version", 1)
    assert parked["D-0"].next_try == at("2026-04-01", "08:01")


async def test_lines_are_paged_for_several_documents_at_once(here: Installation) -> None:
    numbers = [view.number for view in await here.documents()]
    first = await documents.lines_by_document(here.database, EVERYTHING, numbers, PageRequest(1))
    assert sum(len(page.edges) for page in first.values()) == len(numbers)
    long = next(number for number, page in first.items() if page.has_more)
    second = await documents.lines(here.database, EVERYTHING, long, PageRequest(1, first[long].edges[0].cursor))
    assert [line.position for line in second.nodes] == [2]
    hidden = await documents.lines_by_document(here.database, Scope("nobody"), numbers, PageRequest())
    assert hidden == {}


async def test_a_document_adds_up_and_its_bytes_are_its_own(here: Installation) -> None:
    import hashlib

    for view in await here.documents():
        lines = await here.lines(view.number)
        taxes = await documents.taxes_by_document(here.database, EVERYTHING, [view.number])
        assert view.net == sum(line.net for line in lines)
        assert view.tax == sum(tax.tax for tax in taxes[view.number])
        assert view.total == view.net + view.tax
        body = await documents.body(here.database, Scope(view.account), view.number)
        assert body is not None
        assert hashlib.sha256(body).hexdigest() == view.sha256
        assert await documents.body(here.database, Scope("nobody"), view.number) is None


async def test_lines_are_explained_by_what_is_stored_in_them(here: Installation) -> None:
    (view,) = [one for one in await here.documents("C-0") if one.boundary_on == date(2026, 4, 1)]
    refs = [(view.number, line.position) for line in await here.lines(view.number)]
    found = await explaining.explain_lines(here.database, EVERYTHING, refs)
    assert list(found) == refs
    work_line = next(one for one in found.values() if one.line.work == "main:c0")
    assert work_line.version == "Book@1"
    assert [step.kind.value for step in work_line.explanation.steps][:2] == ["version", "time"]
    assert any(row.row == "R1" for step in work_line.explanation.steps for row in step.rows)
    assert await explaining.explain_line(here.database, Scope("globex"), *refs[0]) is None
    assert await explaining.explain_line(here.database, EVERYTHING, view.number, 99) is None


async def test_closings_say_what_is_left(here: Installation) -> None:
    of_contracts = await closings.closings_by_contract(here.database, EVERYTHING, ["C-0", "C-1"])
    (closing,) = of_contracts["C-0"]
    assert (closing.granted, closing.topped_up, closing.drawn, closing.left) == (60_000, 6_000, 66_000, 0)
    top_ups = await contracts.top_ups_by_contract(here.database, EVERYTHING, ["C-0"])
    assert [(one.id, one.top_up) for one in top_ups["C-0"]] == [("t0", "extra")]


async def test_exceptions_that_are_gone_are_shown_when_asked_for(here: Installation) -> None:
    await here.record(WorklogInput("b0", "Acme Corp", "2026-03-04 09:00", minutes=60, billable=False))
    await here.bill("2026-05-01")
    waiting = await exceptions.exceptions(here.database, Scope("acme corp"), PageRequest())
    assert [view.subject for view in waiting.nodes] == ["main:g0"]
    everything = await exceptions.exceptions(here.database, Scope("acme corp"), PageRequest(), state=None)
    assert {view.subject: view.state for view in everything.nodes} == {"main:g0": "open", "main:b0": "gone"}


async def test_rulesets_and_their_versions_are_listed(here: Installation) -> None:
    await here.publish(book(version="2"))
    assert [
        (one.name, one.newest_version) for one in (await rulesets.rulesets(here.database, PageRequest())).nodes
    ] == [
        ("book", 2),
        ("other", 1),
    ]
    only = await rulesets.versions(here.database, PageRequest(1), ruleset="BOOK")
    assert ([one.label for one in only.nodes], only.has_more) == (["1"], True)
    found = await rulesets.ruleset(here.database, "Other")
    assert found is not None
    assert found.label == "Other"
