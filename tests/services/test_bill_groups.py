"""Contracts that are billed together: one document for each group and day, whoever works and whatever fails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from engine.issuing import canonical
from tarifa.reading import bill_groups as reading_groups
from tarifa.reading import contracts as reading_contracts
from tarifa.reading import documents as reading_documents
from tarifa.reading import statements
from tarifa.reading import worklogs as reading_worklogs
from tarifa.reading.pages import PageRequest
from tarifa.reading.scope import EVERYTHING, Scope
from tarifa.services import bill_groups, billing, contracts, credit_notes, previews, replay, runs
from tarifa.services.approvals import OVER_LIMIT, WAITS_FOR_APPROVAL
from tarifa.services.consolidating import Group
from tarifa.services.inputs import (
    ApprovalInput,
    BillGroupInput,
    ContractInput,
    CreditInput,
    LineCreditInput,
    RunInput,
)
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.storage import Rows
from tests.services.books import faults
from tests.services.installation import BY, RECORDED, Installation, at, work

HOLDING = BillGroupInput("Holding", "Umbrella", "EUR", due_days=30, purchase_order="PO-9", reference="Cost centre 7")


async def record(here: Installation, group: BillGroupInput = HOLDING) -> Recorded | Refused:
    return await bill_groups.record_group(here.database, group, by=BY, now=RECORDED)


async def holding(here: Installation) -> None:
    """Umbrella pays for Acme Corp, Beta (in Spain) and itself."""
    await here.account("Umbrella")
    await here.account("Beta", country="ES")
    assert isinstance(await record(here), Recorded)


async def three(here: Installation) -> None:
    await holding(here)
    await here.contract("C-1", plan="Open", bill_group="Holding")
    await here.contract("C-2", plan="Block", account="Beta", bill_group="holding")
    await here.contract("C-3", plan="Care", account="Umbrella", bill_group="Holding")


async def equal_again(here: Installation) -> None:
    """The books agree, and every document can be computed once more."""
    assert await faults(here.database) == []
    for one in await here.documents():
        again = await replay.replay(here.database, one.number)
        assert again is not None
        assert (again.outcome, again.difference, again.problem) == (replay.Outcome.EQUAL, None, None), one.number


def of(body: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(line["account"], line["contract"], line["amount"]) for line in body["lines"]]


async def test_contracts_of_a_group_are_billed_on_one_document(here: Installation) -> None:
    await three(here)
    await here.record(work("w1", "2026-03-03 09:00", 60), work("w2", "2026-03-04 09:00", 90, account="Beta"))
    billed = (await here.bill("2026-03-01")).billed
    assert [(one.contract, one.document) for one in billed if one.document] == [
        ("C-2", "INV-000001"),
        ("C-3", "INV-000001"),
    ]
    await here.bill("2026-04-01")
    [first, second] = await here.documents()
    body = await here.body(second.number)
    assert of(body) == [
        ("Acme Corp", "C-1", "110.00"),
        ("Beta", "C-2", "100.00"),
        ("Beta", "C-2", "0.00"),
        ("Umbrella", "C-3", "1000.00"),
    ]
    assert body["key"] == "group/Holding/2026-04-01"
    assert (body["account"]["key"], body["contract"], body["bill_group"]) == ("Umbrella", None, "Holding")
    assert [(one["contract"], one["boundary"]["number"]) for one in body["contracts"]] == [
        ("C-1", 1),
        ("C-2", 1),
        ("C-3", 1),
    ]
    assert (body["purchase_order"], body["reference"], body["due_on"]) == ("PO-9", "Cost centre 7", "2026-05-01")
    # Each line has the tax of its own account, and the sum of a code is taxed once.
    assert [(tax["code"], tax["base"], tax["tax"]) for tax in body["taxes"]] == [
        ("IVA", "1110.00", "255.30"),
        ("none", "100.00", "0.00"),
    ]
    assert (second.account, second.bill_group, second.purchase_order, second.total) == (
        "umbrella",
        "Holding",
        "PO-9",
        146530,
    )
    assert first.boundary_on == date(2026, 3, 1)
    await equal_again(here)


async def test_the_order_in_which_contracts_are_billed_does_not_matter(here: Installation) -> None:
    await three(here)
    await billing.bill_contracts(here.database, ["C-3"], now=at("2026-03-01"))
    assert [one.number for one in await here.documents()] == ["INV-000001"]
    assert {line["contract"] for line in (await here.body("INV-000001"))["lines"]} == {"C-2", "C-3"}
    assert (await billing.bill_contracts(here.database, ["C-2", "C-1"], now=at("2026-03-01"))).billed == ()
    await equal_again(here)


async def test_a_correction_names_the_line_of_the_group_and_goes_on_its_next_document(here: Installation) -> None:
    await three(here)
    await here.record(work("w1", "2026-03-03 09:00", 60), work("w2", "2026-03-04 09:00", 90))
    await here.bill("2026-03-01")
    await here.bill("2026-04-01")
    position = next(
        line["position"] for line in (await here.body("INV-000002"))["lines"] if (line["work"] or "").endswith("w1")
    )
    await here.record(work("w1", "2026-03-03 09:00", 15))
    await here.bill("2026-05-01")
    body = await here.body("INV-000003")
    [corrected] = [line for line in body["lines"] if line["corrects"] is not None]
    assert corrected["corrects"] == {"document": "INV-000002", "position": position}
    assert (corrected["contract"], corrected["amount"]) == ("C-1", "-82.50")
    await equal_again(here)


async def test_a_contract_that_cannot_be_billed_is_left_out_and_follows(here: Installation) -> None:
    await three(here)
    async with here.database.writing() as transaction:
        await transaction.run(
            "INSERT INTO problems (contract_id, since, attempts, next_try, reason, detail)"
            " SELECT id, 0, 1, ?, 'unexpected', '{}' FROM contracts WHERE number = 'C-2'",
            (int(at("2026-03-02").timestamp()),),
        )
    await here.bill("2026-03-01")
    first = await here.body("INV-000001")
    assert ({line["contract"] for line in first["lines"]}, first["left_out"]) == ({"C-3"}, ["C-2"])
    await here.bill("2026-03-03")
    second = await here.body("INV-000002")
    assert ({line["contract"] for line in second["lines"]}, second["left_out"]) == ({"C-2"}, [])
    assert (second["key"], second["boundary"]["on"]) == ("group/Holding/2026-03-01", "2026-03-01")
    await equal_again(here)
    await here.bill("2026-04-01")
    assert {line["contract"] for line in (await here.body("INV-000003"))["lines"]} == {"C-2", "C-3"}


async def test_a_group_waits_until_a_day_has_come_for_all_its_contracts(here: Installation) -> None:
    await holding(here)
    await here.contract("C-1", plan="Block", bill_group="Holding", wait_days=3)
    await here.contract("C-2", plan="Block", account="Beta", bill_group="Holding")
    for day in ("2026-03-01", "2026-03-03"):
        assert (await here.bill(day)).billed == ()
    await here.bill("2026-03-04")
    assert {line["contract"] for line in (await here.body("INV-000001"))["lines"]} == {"C-1", "C-2"}
    await equal_again(here)


async def test_a_contract_that_joins_while_it_is_billed_is_billed_with_its_group(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await holding(here)
    await here.contract("C-1", plan="Block")
    read = billing.groups_of

    async def joined_meanwhile(rows: Rows, numbers: Sequence[str]) -> dict[str, Group]:
        found = await read(rows, numbers)
        await bill_groups.join_group(here.database, "C-1", "Holding", by=BY, now=RECORDED)
        return found

    monkeypatch.setattr(billing, "groups_of", joined_meanwhile)
    await here.bill("2026-03-01")
    [document] = await here.documents()
    assert (document.account, document.bill_group) == ("umbrella", "Holding")
    await equal_again(here)


async def test_nobody_waits_for_a_contract_that_has_no_cycles(here: Installation) -> None:
    await holding(here)
    await here.contract("C-1", plan="Block", bill_group="Holding")
    await here.contract("C-2", plan="Block", account="Beta", bill_group="Holding")
    async with here.database.writing() as transaction:
        ids = await transaction.rows("SELECT id FROM rulesets")
        await transaction.run("INSERT INTO rulesets VALUES ('other', 'other', 'Other')")
        assert len(ids) == 1
        row = await transaction.row("SELECT * FROM contracts WHERE number = 'C-2'")
        assert row is not None
        columns = [name for name in dict(row) if name not in ("id", "number", "ruleset_id")]  # type: ignore[call-overload]  # the driver's rows
        names = ", ".join(columns)
        await transaction.run(
            f"INSERT INTO contracts (id, number, ruleset_id, {names}) SELECT 'x', 'C-3', 'other', {names}"  # noqa: S608  # the columns of our own table
            " FROM contracts WHERE number = 'C-2'"
        )
        for table in ("amendments", "heads", "memberships"):
            one = await transaction.row(f"SELECT * FROM {table} LIMIT 1")  # noqa: S608  # our own names
            assert one is not None
            names = ", ".join(name for name in dict(one) if name != "contract_id")  # type: ignore[call-overload]  # the driver's rows
            await transaction.run(
                f"INSERT INTO {table} (contract_id, {names}) SELECT 'x', {names} FROM {table} t"  # noqa: S608  # our own names
                " WHERE t.contract_id = (SELECT id FROM contracts WHERE number = 'C-2')"
            )
    result = await here.bill("2026-03-01")
    assert [one.contract for one in result.parked] == ["C-3"]
    body = await here.body("INV-000001")
    assert ({line["contract"] for line in body["lines"]}, body["left_out"]) == ({"C-1", "C-2"}, ["C-3"])


async def test_days_of_a_group_are_billed_one_after_the_other(here: Installation) -> None:
    await holding(here)
    await here.contract("C-1", plan="Block", bill_group="Holding")
    await here.contract("C-2", plan="Block", start="2026-03-15", account="Beta", bill_group="Holding")
    await here.bill("2026-04-20", through=date(2026, 4, 20))
    said = [
        (one.boundary_on.isoformat(), {x["contract"] for x in (await here.body(one.number))["lines"]})
        for one in await here.documents()
    ]
    assert said == [
        ("2026-03-01", {"C-1"}),
        ("2026-03-15", {"C-2"}),
        ("2026-04-01", {"C-1"}),
        ("2026-04-15", {"C-2"}),
    ]
    await equal_again(here)


async def test_an_approval_is_of_the_whole_document_of_a_group(here: Installation) -> None:
    await here.account("Umbrella")
    await here.account("Beta")
    await record(here, BillGroupInput("Holding", "Umbrella", "EUR", needs_approval=True))
    await here.contract("C-1", plan="Block", bill_group="Holding")
    await here.contract("C-2", plan="Block", account="Beta", bill_group="Holding")
    parked = (await here.bill("2026-03-01")).parked
    assert [(one.contract, one.reason) for one in parked] == [
        ("C-1", WAITS_FOR_APPROVAL),
        ("C-2", WAITS_FOR_APPROVAL),
    ]
    seen = await previews.preview(here.database, "C-2", now=at("2026-03-01"))
    assert not isinstance(seen, Problem)
    assert seen.together == ("C-1", "C-2")
    assert seen.digest == parked[0].detail["digest"]
    approval = ApprovalInput("C-2", seen.digest, "")
    for change in (Change.NEW, Change.UNCHANGED):
        done = await previews.approve(here.database, approval, by=BY, now=at("2026-03-01"))
        assert isinstance(done, Recorded)
        assert done.change is change
    await here.bill("2026-03-01", "09:00")
    [issued] = await here.documents()
    body = await here.body(issued.number)
    assert {line["contract"] for line in body["lines"]} == {"C-1", "C-2"}
    shown = {name: value for name, value in body.items() if name not in ("number", "issued_on", "due_on")}
    assert seen.body == canonical(shown)
    done = await previews.approve(here.database, approval, by=BY, now=at("2026-03-02"))
    assert isinstance(done, Recorded)
    await equal_again(here)


async def test_a_limit_stops_the_document_of_a_group_as_a_whole(here: Installation) -> None:
    await three(here)
    run = RunInput("march", through=date(2026, 3, 1), most=Fraction(1100))
    assert isinstance(await runs.start_run(here.database, run, by=BY, now=at("2026-03-01")), Recorded)
    rows = await here.database.rows(
        "SELECT c.number, p.reason FROM problems p JOIN contracts c ON c.id = p.contract_id"
    )
    assert sorted((row["number"], row["reason"]) for row in rows) == [("C-2", OVER_LIMIT), ("C-3", OVER_LIMIT)]
    assert await here.documents() == ()
    seen = await previews.preview(here.database, "C-3", now=at("2026-03-01"))
    assert not isinstance(seen, Problem)
    assert seen.needs_approval
    await previews.approve(here.database, ApprovalInput("C-3", seen.digest, "known"), by=BY, now=at("2026-03-01"))
    again = RunInput("march-2", through=date(2026, 3, 1))
    await runs.start_run(here.database, again, by=BY, now=at("2026-03-01"))
    [counts] = await here.values("SELECT counts FROM runs WHERE request_key = 'march-2'")
    assert counts == "[2,1,0,0]"  # one document of two contracts; the third had nothing to show, and was billed before
    await equal_again(here)


async def test_the_document_belongs_to_who_is_billed_and_to_nobody_else(here: Installation) -> None:
    await three(here)
    await here.bill("2026-03-01")
    everybody = {key: Scope(key) for key in ("umbrella", "beta", "acme corp")}
    seen = {
        key: [one.number for one in (await reading_documents.documents(here.database, scope, PageRequest(10))).nodes]
        for key, scope in everybody.items()
    }
    assert seen == {"umbrella": ["INV-000001"], "beta": [], "acme corp": []}
    assert await reading_documents.body(here.database, Scope("beta"), "INV-000001") is None
    lines = await reading_documents.lines(here.database, Scope("umbrella"), "INV-000001", PageRequest(10))
    assert [(line.account, line.contract) for line in lines.nodes] == [("beta", "C-2"), ("umbrella", "C-3")]
    assert (await reading_documents.lines(here.database, Scope("beta"), "INV-000001", PageRequest(10))).nodes == ()
    for key, count in (("umbrella", 1), ("beta", 0)):
        days = {"start": date(2026, 3, 1), "last": date(2026, 3, 31)}
        assert len(await statements.statements(here.database, everybody[key], key, **days)) == count
    for contract in ("C-2", "C-3"):
        assert [one.number for one in await here.documents(contract)] == ["INV-000001"]
    await here.record(work("w1", "2026-03-03 09:00", 60, account="Beta"))
    await here.bill("2026-04-01")
    billed_on = {
        key: [
            len(one.billed_on) for one in (await reading_worklogs.worklogs(here.database, scope, PageRequest(9))).nodes
        ]
        for key, scope in {"beta": Scope("beta"), "": EVERYTHING}.items()
    }
    assert billed_on == {"beta": [0], "": [1]}
    found = await reading_documents.contracts_by_document(here.database, Scope("umbrella"), ["INV-000001"])
    assert found == {"INV-000001": ("C-2", "C-3")}


@pytest.mark.parametrize("whole", ["whole", "a line"])
async def test_credit_for_a_line_of_another_account_goes_to_who_was_billed(here: Installation, whole: str) -> None:
    await three(here)
    await here.record(work("w1", "2026-03-03 09:00", 60))
    await here.bill("2026-03-01")
    await here.bill("2026-04-01")
    lines = () if whole == "whole" else (LineCreditInput(1, Fraction(50)),)
    credit = CreditInput("k", "INV-000002", "goodwill", lines)
    answer = await credit_notes.issue_credit_note(here.database, credit, by=BY, now=at("2026-04-02"))
    assert isinstance(answer, Recorded), answer
    note = await here.body(answer.key)
    assert (note["account"]["key"], note["bill_group"]) == ("Umbrella", "Holding")
    assert of(note)[0] == ("Acme Corp", "C-1", "-50.00" if lines else "-110.00")
    # The work turns out to be none: no more is given back than was billed.
    await here.record(work("w1", "2026-03-03 09:00", 60, billable=False))
    await here.bill("2026-05-01")
    left = await here.values("SELECT CAST(sum(net) AS BIGINT) FROM lines WHERE item_key LIKE 'work/%w1%'")
    assert left == [0]
    await equal_again(here)


async def test_a_contract_joins_a_group_later_and_its_corrections_follow_it(here: Installation) -> None:
    await here.record(work("w1", "2026-03-03 09:00", 60))
    await here.contract("C-1", plan="Open")
    await here.bill("2026-03-01")
    await here.bill("2026-04-01")
    own = await bill_groups.record_group(here.database, BillGroupInput("Own", "Acme Corp", "EUR"), by=BY, now=RECORDED)
    assert isinstance(own, Recorded)
    for change in (Change.NEW, Change.UNCHANGED):
        joined = await bill_groups.join_group(here.database, "C-1", "own", by=BY, now=RECORDED)
        assert isinstance(joined, Recorded)
        assert joined.change is change
    await here.record(work("w1", "2026-03-03 09:00", 120), work("w2", "2026-04-03 09:00", 60))
    await here.bill("2026-05-01")
    [before, after] = await here.documents()
    body = await here.body(after.number)
    assert (before.bill_group, after.bill_group) == (None, "Own")
    assert [line["corrects"] and line["corrects"]["document"] for line in body["lines"]] == [None, before.number]
    await equal_again(here)


async def test_a_renewal_starts_on_the_document_that_ends_what_it_renews(here: Installation) -> None:
    await holding(here)
    await here.contract("C-1", expiry=date(2026, 3, 31), bill_group="Holding")
    await here.contract("C-2", start="2026-04-01", renewed_from="C-1", carries_over=True, bill_group="Holding")
    await here.record(work("w1", "2026-03-03 09:00", 60))
    await here.bill("2026-03-01")
    await here.bill("2026-04-01")
    assert len(await here.documents()) == 2
    body = await here.body("INV-000002")
    assert [one["contract"] for one in body["contracts"]] == ["C-1", "C-2"]
    await here.bill("2026-05-01")
    await equal_again(here)


@pytest.mark.parametrize(
    ("group", "code"),
    [
        (BillGroupInput(" ", "Umbrella", "EUR"), "blank-name"),
        (BillGroupInput("G", "Umbrela", "EUR"), "unknown-account"),
        (BillGroupInput("G", "Umbrella", "EUX"), "unknown-currency"),
        (BillGroupInput("G", "Umbrella", "EUR", due_days=-1), "bad-days"),
        (BillGroupInput("Holding", "Beta", "EUR"), "group-exists"),
        (BillGroupInput("Holding", "Umbrella", "USD"), "group-exists"),
    ],
)
async def test_a_group_that_cannot_be_is_refused(here: Installation, group: BillGroupInput, code: str) -> None:
    await holding(here)
    refused = await record(here, group)
    assert isinstance(refused, Refused)
    assert refused.problems[0].code == code


async def test_contracts_that_a_document_cannot_take_together_are_refused(here: Installation) -> None:
    await three(here)
    await record(here, BillGroupInput("Dollars", "Umbrella", "USD"))
    await record(here, BillGroupInput("Sold", "Umbrella", "EUR", seller="Somebody"))
    await here.account("Gamma")
    await here.contract("C-9", plan="Block", account="Gamma")

    async def joins(contract: str, group: str) -> str:
        answer = await bill_groups.join_group(here.database, contract, group, by=BY, now=RECORDED)
        return answer.problems[0].code if isinstance(answer, Refused) else answer.change

    assert await joins("C-9", "Hoding") == "unknown-group"
    assert await joins("C-8", "Holding") == "unknown-contract"
    assert await joins("C-9", "Dollars") == "other-currency"
    assert await joins("C-9", "Sold") == "other-seller"
    await here.bill("2026-03-01")
    assert await joins("C-9", "Holding") == "billed-otherwise"
    await record(here, BillGroupInput("Other", "Umbrella", "EUR"))
    assert await joins("C-2", "Other") == "billed-otherwise"
    contract = ContractInput("C-10", "Gamma", "Block", date(2027, 3, 1), bill_group="Dollars")
    refused = await contracts.create_contract(here.database, contract, by=BY, now=RECORDED)
    assert isinstance(refused, Refused)
    assert await here.values("SELECT count(*) FROM contracts WHERE number = 'C-10'") == [0]


async def test_new_terms_count_from_the_next_document_on(here: Installation) -> None:
    await three(here)
    await here.bill("2026-03-01")
    changed = await record(here, BillGroupInput("Holding", "Umbrella", "EUR", due_days=10))
    assert isinstance(changed, Recorded)
    assert changed.change is Change.REVISED
    await here.bill("2026-04-01")
    bodies = [await here.body(one.number) for one in await here.documents()]
    assert [(body["due_on"], body["purchase_order"]) for body in bodies] == [
        ("2026-03-31", "PO-9"),
        ("2026-04-11", None),
    ]
    await equal_again(here)


async def test_a_renewal_is_billed_with_the_group_of_what_it_renews_unless_it_says_otherwise(
    here: Installation,
) -> None:
    await holding(here)
    await here.contract("C-1", expiry=date(2026, 3, 31), bill_group="Holding")
    await here.contract("C-2", start="2026-04-01", renewed_from="C-1", expiry=date(2026, 4, 30))
    await here.contract("C-3", start="2026-05-01", renewed_from="C-2", bill_group=" ")
    await here.bill("2026-06-01", through=date(2026, 6, 1))
    said = {one.contract: (one.bill_group, one.account) for one in await here.documents()}
    assert said["C-2"] == ("Holding", "umbrella")
    assert said["C-3"] == (None, "acme corp")
    with_group = ContractInput("C-3", "Acme Corp", "Care", date(2026, 5, 1), renewed_from="C-2")
    refused = await contracts.create_contract(here.database, with_group, by=BY, now=RECORDED)
    assert isinstance(refused, Refused)  # it would be another contract: billed with the group
    await equal_again(here)


async def test_a_contract_leaves_its_group_while_it_is_not_billed_with_it(here: Installation) -> None:
    await three(here)
    for change in (Change.REVISED, Change.UNCHANGED):
        left = await bill_groups.leave_group(here.database, "C-2", by=BY, now=RECORDED)
        assert isinstance(left, Recorded)
        assert left.change is change
    [group] = await reading_groups.bill_groups(here.database)
    assert group.contracts == ("C-1", "C-3")
    found = await reading_contracts.contract(here.database, EVERYTHING, "C-2")
    assert found is not None
    assert found.bill_group is None
    await here.bill("2026-03-01")
    said = {one.contract: (one.bill_group, one.account) for one in await here.documents()}
    assert said == {"C-2": (None, "beta"), "C-3": ("Holding", "umbrella")}
    refused = await bill_groups.leave_group(here.database, "C-3", by=BY, now=RECORDED)
    assert isinstance(refused, Refused)
    assert refused.problems[0].code == "billed-otherwise"
    unknown = await bill_groups.leave_group(here.database, "C-9", by=BY, now=RECORDED)
    assert isinstance(unknown, Refused)
    assert unknown.problems[0].code == "unknown-contract"
    await equal_again(here)


async def test_a_contract_that_left_joins_again(here: Installation) -> None:
    await three(here)
    await bill_groups.leave_group(here.database, "C-2", by=BY, now=RECORDED)
    joined = await bill_groups.join_group(here.database, "C-2", "Holding", by=BY, now=RECORDED)
    assert isinstance(joined, Recorded)
    await here.bill("2026-03-01")
    assert {line["contract"] for line in (await here.body("INV-000001"))["lines"]} == {"C-2", "C-3"}
    await equal_again(here)


async def test_a_contract_that_joins_while_its_group_is_billed_is_on_the_document_of_that_day(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await holding(here)
    await here.contract("C-1", plan="Block", bill_group="Holding")
    put_together = billing.into_bills
    asked = 0

    async def joined_meanwhile(*arguments: Any) -> Any:
        nonlocal asked
        found = await put_together(*arguments)
        asked += 1
        if asked == 1:
            await here.contract("C-2", plan="Block", account="Beta", bill_group="Holding")
        return found

    monkeypatch.setattr(billing, "into_bills", joined_meanwhile)
    await here.bill("2026-03-01")
    [document] = await here.documents()
    assert {line["contract"] for line in (await here.body(document.number))["lines"]} == {"C-1", "C-2"}
    await equal_again(here)


async def test_the_document_of_a_group_is_compared_with_its_last_one(here: Installation) -> None:
    await holding(here)
    await here.contract("C-0", plan="Block", account="Umbrella", start="2026-04-01", bill_group="Holding")
    await here.contract("C-1", plan="Block", bill_group="Holding")
    await here.contract("C-2", plan="Block", account="Beta", bill_group="Holding")
    await here.bill("2026-03-01")
    await here.account("Aaa")
    await here.contract("C-9", plan="Block", account="Aaa", start="2026-04-01", bill_group="Holding")
    last, before = (await here.documents())[0].total, RunInput("april", through=date(2026, 4, 1), most_change=20)
    assert isinstance(await runs.start_run(here.database, before, by=BY, now=at("2026-04-01")), Recorded)
    # The first contract on it is a new one; the group's document has grown by two all the same.
    details = await here.values("SELECT detail FROM problems")
    assert len(details) == 4
    assert all(f'"last":"{last // 100}.{last % 100:02} EUR"' in one for one in details)
    seen = await previews.preview(here.database, "C-1", now=at("2026-04-01"))
    assert not isinstance(seen, Problem)
    await previews.approve(here.database, ApprovalInput("C-1", seen.digest, ""), by=BY, now=at("2026-04-01"))
    again = RunInput("april-2", through=date(2026, 4, 1))
    assert isinstance(await runs.start_run(here.database, again, by=BY, now=at("2026-04-01")), Recorded)
    [issued] = [one for one in await here.documents() if one.boundary_on == date(2026, 4, 1)]
    [totals] = await here.values("SELECT totals FROM runs WHERE request_key = 'april-2'")
    assert totals == f'[["EUR",2,{issued.total},{last}]]'


async def test_an_approval_of_late_work_holds_on_later_days(here: Installation) -> None:
    await here.account("Umbrella")
    await record(here, BillGroupInput("Holding", "Umbrella", "EUR", needs_approval=True))
    await here.contract("C-1", plan="Open", expiry=date(2026, 3, 31), bill_group="Holding")
    await here.record(work("w1", "2026-03-03 09:00", 60))
    for day in ("2026-03-01", "2026-04-01", "2026-04-02"):
        parked = (await here.bill(day)).parked
        for one in parked:
            given = ApprovalInput(one.contract, one.detail["digest"], "")
            await previews.approve(here.database, given, by=BY, now=at(day))
    assert len(await here.documents()) == 1
    await here.record(work("w2", "2026-03-04 09:00", 60))
    seen = await previews.preview(here.database, "C-1", now=at("2026-04-10"))
    assert not isinstance(seen, Problem)
    done = await previews.approve(here.database, ApprovalInput("C-1", seen.digest, ""), by=BY, now=at("2026-04-10"))
    assert isinstance(done, Recorded)
    assert (await here.bill("2026-04-15")).parked == ()
    assert len(await here.documents()) == 2
    await equal_again(here)
