"""A preview is the run without its write; an approval is of exactly what the preview says."""

import json
from datetime import date

import pytest

from tarifa.reading import contracts as reading_contracts
from tarifa.reading.pages import PageRequest
from tarifa.reading.scope import EVERYTHING
from tarifa.services.amendments import amend_contract
from tarifa.services.inputs import AmendmentInput, ApprovalInput
from tarifa.services.previews import Preview, approve, preview
from tarifa.services.results import Change, Problem, Recorded, Refused
from tests.services.installation import BY, RECORDED, Installation, at, work


async def _preview(here: Installation, day: str, contract: str = "C-1") -> Preview:
    found = await preview(here.database, contract, now=at(day))
    assert isinstance(found, Preview), found
    return found


async def _approve(here: Installation, digest: str, day: str, note: str = "") -> Recorded | Refused:
    return await approve(here.database, ApprovalInput("C-1", digest, note), by="boss", now=at(day))


async def _waiting(here: Installation) -> list[tuple[str, str | None]]:
    page = await reading_contracts.parked(here.database, EVERYTHING, PageRequest(10))
    return [(one.reason, one.detail.get("digest")) for one in page.nodes]


@pytest.mark.parametrize("plan", ["Care", "Open"])
@pytest.mark.parametrize("seen", ["2026-03-20", "2026-04-02"])
async def test_a_preview_is_the_document_of_the_run_but_for_number_and_dates(
    here: Installation, plan: str, seen: str
) -> None:
    await here.contract(plan=plan)
    await here.bill("2026-03-01")
    await here.record(work("a", "2026-03-10 09:00", 700))
    shown = await _preview(here, seen)
    assert (shown.boundary_on, shown.is_due) == (date(2026, 4, 1), seen > "2026-04-01")
    before = await here.values("SELECT count(*) FROM documents")
    [billed] = (await here.bill("2026-04-02")).billed
    assert (before, billed.total) == ([int(plan == "Care")], shown.draft.total)
    issued = await here.body(str(billed.document))
    for name in ("number", "issued_on", "due_on"):
        del issued[name]
    assert json.loads(shown.body) == issued
    assert shown.body == json.dumps(issued, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


async def test_a_contract_that_needs_approval_waits_with_digest_and_total_until_it_has_it(here: Installation) -> None:
    await here.contract(needs_approval=True)
    [parked] = (await here.bill("2026-03-01")).parked
    shown = await _preview(here, "2026-03-01")
    assert (parked.reason, parked.detail["total"], parked.detail["digest"]) == (
        "waiting-for-approval", "1230.00 EUR", shown.digest,
    )  # fmt: skip
    assert (await here.documents(), await _waiting(here)) == ((), [("waiting-for-approval", shown.digest)])
    assert await _approve(here, shown.digest, "2026-03-02", "fine") == Recorded("C-1", Change.NEW)
    given = (await _preview(here, "2026-03-02")).approval
    assert given is not None
    assert (given.by, given.note) == ("boss", "fine")
    [billed] = (await here.bill("2026-03-02")).billed
    assert (billed.document, await _waiting(here)) == ("INV-000001", [])
    assert await _approve(here, shown.digest, "2026-03-03") == Recorded("C-1", Change.UNCHANGED)


async def test_facts_that_come_after_the_approval_make_the_document_wait_again(here: Installation) -> None:
    await here.contract(plan="Open", needs_approval=True)
    await here.bill("2026-03-01")
    await here.record(work("a", "2026-03-10 09:00", 60))
    early = await _preview(here, "2026-03-31")
    await _approve(here, early.digest, "2026-03-31")
    await here.record(work("b", "2026-03-11 09:00", 60))
    [parked] = (await here.bill("2026-04-01")).parked
    assert parked.detail["digest"] not in ("", early.digest)
    refused = await _approve(here, "0" * 64, "2026-04-01")
    assert isinstance(refused, Refused)
    assert refused.problems[0].code == "other-digest"
    await _approve(here, parked.detail["digest"], "2026-04-01")
    [billed] = (await here.bill("2026-04-01", "09:00")).billed
    assert billed.total == 2 * 11_000 * 123 // 100


async def test_an_approval_is_of_the_next_document_only_however_alike_a_later_one_is(here: Installation) -> None:
    await here.contract(plan="Open", expiry=date(2026, 3, 31), needs_approval=True)
    await here.bill("2026-03-01")
    await here.record(work("a", "2026-03-10 09:00", 60))
    digests = []
    for month in ("04", "05", "06", "07"):
        shown = await _preview(here, f"2026-{month}-01")
        digests.append(shown.digest)
        assert shown.approval is None, month
        await _approve(here, shown.digest, f"2026-{month}-01")
        assert len((await here.bill(f"2026-{month}-02")).billed) == 1
        minutes = 120 if month in ("04", "06") else 60
        await here.record(work("a", "2026-03-10 09:00", minutes))
    assert len(set(digests)) > 1


async def test_an_amendment_asks_for_approvals_and_takes_them_back(here: Installation) -> None:
    await here.contract()
    for key, wanted in (("on", True), ("off", False)):
        amendment = AmendmentInput("C-1", date(2026, 3, 1), key, needs_approval=wanted)
        assert isinstance(await amend_contract(here.database, amendment, by=BY, now=RECORDED), Recorded)
        view = await reading_contracts.contract(here.database, EVERYTHING, "C-1")
        assert view is not None
        assert view.needs_approval is wanted
        assert bool((await here.bill("2026-03-01")).parked) is wanted
    assert len((await here.bill("2026-03-01", through=date(2026, 3, 1))).billed) == 1


async def test_why_there_is_no_preview(here: Installation) -> None:
    await here.contract(plan="Open", expiry=date(2026, 3, 31))
    await here.bill("2026-04-01")
    for contract, code in (("C-9", "unknown-contract"), ("C-1", "nothing-to-bill")):
        found = await preview(here.database, contract, now=at("2026-04-02"))
        assert isinstance(found, Problem)
        assert found.code == code
