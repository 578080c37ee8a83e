"""What arrives while a contract is being settled counts, and what goes wrong with one contract stays with it (D8.4)."""

import logging
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from tarifa.services import billing, timelines
from tarifa.services.billing_settle import prepare
from tarifa.services.inputs import ActivationKind
from tarifa.settings import Settings
from tarifa.storage import Transaction
from tests.services.books import faults
from tests.services.installation import Installation, amounts, book, installed, work


def _after_the_first_settling(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Awaitable[object]]) -> None:
    settle, acted = billing.prepare_all, []

    async def settle_then_act(*args: Any, **others: Any) -> Any:
        result = await settle(*args, **others)
        if not acted:
            acted.append(True)
            await act()
        return result

    monkeypatch.setattr(billing, "prepare_all", settle_then_act)


async def test_work_that_arrives_between_settling_and_writing_is_on_the_document(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.contract(plan="Open")
    await here.record(work("w1", "2026-03-03 09:00", 60))
    await here.bill("2026-03-01")
    _after_the_first_settling(monkeypatch, lambda: here.record(work("w2", "2026-03-04 09:00", 60)))
    await here.bill("2026-04-01")
    (document,) = await here.documents()
    assert amounts(await here.lines(document.number)) == [
        ("work/main:w1/operational", 11_000),
        ("work/main:w2/operational", 11_000),
    ]


async def test_a_version_that_is_activated_between_settling_and_writing_counts(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.contract(plan="Open")
    await here.record(work("w1", "2026-03-03 09:00", 60))
    await here.bill("2026-03-01")
    await here.publish(book(version="2", rate="120.00"))
    _after_the_first_settling(monkeypatch, lambda: here.activate("2026-03-01", kind=ActivationKind.NORMAL))
    await here.bill("2026-04-01")
    (document,) = await here.documents()
    assert document.net == 12_000


async def test_another_run_in_between_leaves_nothing_to_write(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.contract()
    _after_the_first_settling(monkeypatch, lambda: here.bill("2026-03-01"))
    await here.bill("2026-03-01")
    assert [one.number for one in await here.documents()] == ["INV-000001"]
    assert await here.values("SELECT next FROM series WHERE kind = 'invoice'") == [2]


async def test_a_failure_that_another_run_has_overtaken_sets_nothing_apart(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.contract()

    def fail(*_: Any) -> Any:
        raise ZeroDivisionError("a defect")

    async def bill_elsewhere() -> None:
        monkeypatch.setattr(billing, "prepare", prepare)
        await here.bill("2026-03-01")

    monkeypatch.setattr(billing, "prepare", fail)
    _after_the_first_settling(monkeypatch, bill_elsewhere)
    result = await here.bill("2026-03-01")
    assert [one.reason for one in result.parked] == ["unexpected"]
    assert len(await here.documents()) == 1
    assert await here.values("SELECT count(*) FROM problems") == [0]


async def test_a_defect_in_one_contract_is_logged_and_parks_it_alone(
    here: Installation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await here.account("Globex")
    await here.contract()
    await here.contract("C-2", account="Globex")

    def fail_for_one(facts: Any, *others: Any) -> Any:
        if facts.contract.number == "C-1":
            raise ZeroDivisionError("a defect")
        return prepare(facts, *others)

    monkeypatch.setattr(billing, "prepare", fail_for_one)
    with caplog.at_level(logging.ERROR):
        result = await here.bill("2026-03-01")
    assert [one.contract for one in result.billed] == ["C-2"]
    assert [(one.contract, one.reason, one.detail["message"]) for one in result.parked] == [
        ("C-1", "unexpected", "a defect")
    ]
    assert "contract C-1 could not be billed" in caplog.text


async def test_a_boundary_that_was_billed_by_other_hands_is_never_billed_twice(database_settings: Settings) -> None:
    """The unique keys are the backstop: here somebody set the pointer back."""
    async with installed(database_settings) as here:
        await here.account("Globex")
        await here.contract()
        await here.contract("C-2", account="Globex")
        await here.bill("2026-03-01")
        before = await here.documents()
        async with here.database.writing() as transaction:
            await transaction.run(
                "UPDATE heads SET billed_through = -1, settlement_n = 0, next_on = '2026-03-01'"
                " WHERE contract_id = (SELECT id FROM contracts WHERE number = 'C-2')"
            )
        await here.account("Initech")
        await here.contract("C-3", account="Initech")
        result = await here.bill("2026-03-01")
        assert [one.contract for one in result.billed] == ["C-3"]
        assert [(one.contract, one.reason) for one in result.parked] == [("C-2", "unexpected")]
        assert [one.number for one in await here.documents()] == [*(one.number for one in before), "INV-000003"]
        assert {(fault.table, fault.key) for fault in await faults(here.database)} == {("heads", "C-2")}


async def test_a_stored_version_that_no_longer_checks_stops_its_own_contracts_alone(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.publish(book(name="Other"))
    await here.activate("2026-01-01", "Other")
    await here.account("Globex")
    await here.contract("C-2", account="Globex", ruleset="Other")
    await here.contract(ruleset="Book")
    timelines._loaded.clear()
    load = timelines.load

    def stricter(files: Any, **others: Any) -> Any:
        name, content = next(iter(files.items()))
        return load({name: content.replace(b"ruleset Other", b"rule Other")}, **others)

    monkeypatch.setattr(timelines, "load", stricter)
    result = await here.bill("2026-03-01")
    assert [one.contract for one in result.billed] == ["C-1"]
    (parked,) = result.parked
    assert (parked.contract, parked.reason) == ("C-2", "unusable-terms")
    assert "does not check any more" in parked.detail["message"]


async def test_work_that_waits_because_it_is_too_late_goes_on_waiting_until_it_is_revised(here: Installation) -> None:
    await here.contract(plan="Open")
    await here.bill("2026-08-01", through=date(2026, 8, 1))
    await here.record(work("old", "2026-03-20 09:00", 60))
    await here.bill("2026-09-01")
    await here.record(work("w2", "2026-09-02 09:00", 60))
    await here.bill("2026-10-01")
    assert await here.open_exceptions() == [("main:old", "too-late")]
    await here.record(work("old", "2026-09-20 09:00", 60))
    await here.bill("2026-11-01")
    assert await here.open_exceptions() == []
    assert [one.net for one in await here.documents()] == [11_000, 11_000]


async def test_a_total_that_no_database_can_hold_parks_its_contract(here: Installation) -> None:
    await here.account("Globex")
    await here.contract(plan="Open")
    await here.contract("C-2", "Open", account="Globex", overrides={"standard": "999999999999999.00 EUR/h"})
    much = [work(f"m{day}", f"2026-03-{day:02d} 00:00", 1380, account="Globex") for day in range(1, 9)]
    await here.record(work("w1", "2026-03-03 09:00", 600), *much)
    result = await here.bill("2026-04-01")
    assert [one.contract for one in result.billed if one.document] == ["C-1"]
    assert [(one.contract, one.reason) for one in result.parked] == [("C-2", "unexpected")]
    assert await here.values("SELECT count(*) FROM lines") == [2]  # in and out of the hours


async def test_what_has_moved_of_a_batch_stops_nothing_else_of_it(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.account("Globex")
    await here.contract(plan="Open")
    await here.contract("C-2", "Open", account="Globex")
    await here.record(work("w1", "2026-03-03 09:00", 60), work("w2", "2026-03-03 09:00", 60, account="Globex"))
    await here.bill("2026-03-01")
    _after_the_first_settling(monkeypatch, lambda: here.record(work("w3", "2026-03-04 09:00", 60)))
    result = await here.bill("2026-04-01")
    assert [(one.contract, one.document) for one in result.billed] == [("C-2", "INV-000001"), ("C-1", "INV-000002")]
    assert [one.net for one in await here.documents()] == [11_000, 22_000]
    assert await faults(here.database) == []


async def test_a_batch_takes_twelve_statements_whatever_its_contracts(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(7):
        await here.account(f"Account {n}")
        await here.contract(f"C-1{n}", "Care" if n % 2 else "Open", account=f"Account {n}")
        await here.record(work(f"w{n}", "2026-03-03 09:00", 600, account=f"Account {n}"))
    await here.bill("2026-03-01")
    count: list[str] = []
    for name in ("rows", "run", "run_many", "insert"):
        monkeypatch.setattr(Transaction, name, _counted(getattr(Transaction, name), count))
    monkeypatch.setattr(billing, "list_uncovered", _nothing)
    await here.bill("2026-04-01")
    assert len(await here.documents()) == 3 + 7
    assert len(count) == 12, count


def _counted(method: Any, count: list[str]) -> Any:
    async def counted(self: Transaction, sql: str, *values: Any) -> Any:
        if values and (values[-1] or method.__name__ not in ("insert", "run_many")):
            count.append(sql)
        return await method(self, sql, *values)

    return counted


async def _nothing(*_: Any, **__: Any) -> None:
    """In place of what is another transaction's."""
