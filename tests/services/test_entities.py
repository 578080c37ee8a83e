"""Who sells: legal sellers, their number series, and what documents say of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tarifa.reading import entities as reading
from tarifa.services import contracts, credit_notes, entities, numbers, replay, series
from tarifa.services.inputs import ContractInput, CreditInput, EntityInput, SeriesInput
from tarifa.services.results import Change, Recorded, Refused
from tests.services.books import faults
from tests.services.installation import BY, RECORDED, Installation, at

LISBON = EntityInput(
    "Lisbon", "Tarifa Lda", "Rua do Ouro 1\nLisbon", "pt", ("VAT PT500000000",), "IBAN PT50 0000", is_default=True
)
MADRID = EntityInput("Madrid", "Tarifa SL", country="ES")


async def record(here: Installation, entity: EntityInput) -> Recorded | Refused:
    return await entities.record_entity(here.database, entity, by=BY, now=RECORDED)


async def opens(here: Installation, kind: str, prefix: str, entity: str | None = "Madrid", **others: int) -> Any:
    wanted = SeriesInput(kind, prefix, entity, **others)
    answer = await series.open_series(here.database, wanted, by=BY, now=RECORDED)
    return answer.change if isinstance(answer, Recorded) else answer.problems[0].code


async def two_sellers(here: Installation) -> None:
    """Lisbon numbers in the installation's series; Madrid, whose numbering was begun elsewhere, in its own."""
    for account in ("Beta", "Gamma", "Delta"):
        await here.account(account)
    await record(here, LISBON)
    await record(here, MADRID)
    assert await opens(here, "invoice", "ES/", next=4711, digits=4) is Change.NEW
    assert await opens(here, "credit note", "ES-C/") is Change.NEW


async def test_each_seller_numbers_in_series_of_its_own(here: Installation) -> None:
    await two_sellers(here)
    await here.contract("C-1", plan="Open")
    await here.contract("C-2", plan="Block", account="Beta", seller="madrid")
    await here.contract("C-3", plan="Block", account="Gamma", seller="MADRID")
    await here.contract("C-4", plan="Block", account="Delta")
    billed = (await here.bill("2026-03-01")).billed
    assert sorted(one.document for one in billed if one.document) == ["ES/4711", "ES/4712", "INV-000001"]
    assert await faults(here.database) == []
    views = await reading.series(here.database)
    assert [(one.entity, one.next) for one in views] == [
        (None, "INV-000002"),
        (None, "CN-000001"),
        ("madrid", "ES/4713"),
        ("madrid", "ES-C/000001"),
    ]


async def test_a_document_keeps_its_seller_as_it_stood(here: Installation) -> None:
    await record(here, LISBON)
    await here.contract("C-1", plan="Block")
    await here.bill("2026-03-01")
    moved = await record(here, replace(LISBON, address="Rua da Prata 2"))
    assert isinstance(moved, Recorded)
    assert moved.change is Change.REVISED
    await here.bill("2026-04-01")
    bodies = [await here.body(number) for number in ("INV-000001", "INV-000002")]
    assert [body["entity"]["address"] for body in bodies] == ["Rua do Ouro 1\nLisbon", "Rua da Prata 2"]
    assert bodies[0]["seller"] == "Lisbon"
    assert bodies[0]["entity"]["tax_ids"] == ["VAT PT500000000"]
    for number in ("INV-000001", "INV-000002"):
        again = await replay.replay(here.database, number)
        assert again is not None
        assert (again.outcome, again.difference) == (replay.Outcome.EQUAL, None)


async def test_taxes_know_the_seller_by_its_key_whether_the_contract_names_it_or_not(here: Installation) -> None:
    files = await _book_with_seller_tax(here)
    assert files
    await two_sellers(here)
    await here.contract("C-1", plan="Block")
    await here.contract("C-2", plan="Block", account="Beta", seller="Madrid")
    await here.bill("2026-03-01")
    taxes = {
        body["seller"]: body["taxes"][0]["percent"]
        for body in [await here.body("INV-000001"), await here.body("ES/4711")]
    }
    assert taxes == {"Lisbon": "23", "Madrid": "21"}


async def _book_with_seller_tax(here: Installation) -> Any:
    from tests.services.installation import book

    [(path, content)] = book(version="2").items()
    text = content.decode()
    head = text[: text.index("taxes\n")]
    taxes = """taxes
  | row | seller    || code | rate |
  |-----|-----------||------|------|
  | T1  | Madrid    || IVA  | 21%  |
  | T2  | otherwise || IVA  | 23%  |
"""
    files = {path: (head + taxes).encode()}
    await here.publish(files)
    await here.activate(version="2")
    return files


async def test_a_credit_note_is_of_the_seller_of_its_invoice(here: Installation) -> None:
    await two_sellers(here)
    await here.contract("C-1", plan="Block")
    await here.bill("2026-03-01")
    await record(here, replace(MADRID, is_default=True))
    credit = CreditInput("k", "INV-000001", "goodwill")
    answer = await credit_notes.issue_credit_note(here.database, credit, by=BY, now=at("2026-03-02"))
    assert isinstance(answer, Recorded)
    assert answer.key == "CN-000001"
    assert (await here.body("CN-000001"))["seller"] == "Lisbon"
    again = await replay.replay(here.database, "CN-000001")
    assert again is not None
    assert again.outcome is replay.Outcome.EQUAL
    await here.bill("2026-04-01")
    assert (await here.body("ES/4711"))["seller"] == "Madrid"


async def test_the_same_seller_again_is_no_revision(here: Installation) -> None:
    await record(here, LISBON)
    again = await record(here, replace(LISBON, key=" LISBON ", country=" PT "))
    assert isinstance(again, Recorded)
    assert again.change is Change.UNCHANGED
    await record(here, replace(MADRID, is_default=True))
    back = await record(here, LISBON)  # said once more, now that another one is the default
    assert isinstance(back, Recorded)
    assert back.change is Change.REVISED
    assert [one.is_default for one in await reading.entities(here.database)] == [True, False]


@pytest.mark.parametrize(
    ("entity", "code"),
    [
        (EntityInput(" "), "blank-name"),
        (EntityInput("X", country="Portugal"), "bad-country"),
        (EntityInput("X", currency="EUX"), "unknown-currency"),
        (EntityInput("X", bank="\x00"), "bad-note"),
        (EntityInput("X", tax_ids=("1",) * 21), "too-many"),
    ],
)
async def test_a_seller_that_cannot_be_is_refused(here: Installation, entity: EntityInput, code: str) -> None:
    refused = await record(here, entity)
    assert isinstance(refused, Refused)
    assert refused.problems[0].code == code
    assert await reading.entities(here.database) == ()


async def test_a_series_is_set_forward_before_its_first_number_and_never_after(here: Installation) -> None:
    await two_sellers(here)
    house = {"entity": None}
    assert await opens(here, "invoice", "INV-", **house, next=900) is Change.REVISED  # type: ignore[arg-type]  # no seller
    assert await opens(here, "invoice", "INV-", **house, next=900) is Change.UNCHANGED  # type: ignore[arg-type]  # no seller
    assert await opens(here, "invoice", "INV-", **house, next=899) == "number-set-back"  # type: ignore[arg-type]  # no seller
    await here.contract("C-1", plan="Block")
    await here.bill("2026-03-01")
    assert await opens(here, "invoice", "INV-", **house, next=900) is Change.UNCHANGED  # type: ignore[arg-type]  # no seller
    assert await opens(here, "invoice", "INV-", **house, next=1000) == "series-in-use"  # type: ignore[arg-type]  # no seller
    assert [one.number for one in await here.documents()] == ["INV-000900"]
    assert await faults(here.database) == []


async def test_a_new_series_follows_on_the_one_before(here: Installation) -> None:
    await two_sellers(here)
    await here.contract("C-2", plan="Block", seller="Madrid")
    await here.bill("2026-03-01")
    assert await opens(here, "invoice", "ES-26/") is Change.NEW
    assert await opens(here, "invoice", "ES/", next=4711, digits=4) == "series-ended"
    await here.bill("2026-04-01")
    assert [one.number for one in await here.documents()] == ["ES/4711", "ES-26/000001"]
    assert await faults(here.database) == []


@pytest.mark.parametrize(
    ("kind", "prefix", "entity", "next_", "code"),
    [
        ("invoice", "INV-", "Madrid", 1, "prefix-used"),
        ("credit note", "ES/", "Madrid", 1, "prefix-used"),
        ("invoice", "inv-", None, 1, "prefix-used"),
        ("invoice", "2026", None, 1, "bad-prefix"),
        ("invoice", "", None, 1, "bad-prefix"),
        ("invoice", "A\nB-", None, 1, "bad-prefix"),
        ("invoice", "B-", None, 0, "bad-number"),
        ("invoice", "B-", "Madird", 1, "unknown-seller"),
    ],
)
async def test_a_series_that_would_be_mistaken_is_refused(
    here: Installation, kind: str, prefix: str, entity: str | None, next_: int, code: str
) -> None:
    await two_sellers(here)
    assert await opens(here, kind, prefix, entity, next=next_) == code


async def test_a_contract_names_a_seller_on_record_with_numbers_of_its_own(here: Installation) -> None:
    await record(here, LISBON)
    await record(here, MADRID)

    async def sold_by(seller: str) -> str:
        contract = ContractInput("C-1", "Acme Corp", "Block", date(2026, 3, 1), seller=seller)
        answer = await contracts.create_contract(here.database, contract, by=BY, now=RECORDED)
        return answer.problems[0].code if isinstance(answer, Refused) else answer.change

    assert await sold_by("Madird") == "unknown-seller"
    assert await sold_by("Madrid") == "no-series"
    assert await sold_by("Lisbon") == Change.NEW


async def test_a_seller_that_is_not_on_record_is_known_by_its_name_until_it_is(here: Installation) -> None:
    """As databases of earlier releases have it: their documents stay as they are, and the next ones say more."""
    await here.contract("C-1", plan="Block", seller="Tarifa  GmbH")
    await here.bill("2026-03-01")
    await record(here, EntityInput("tarifa gmbh", "Tarifa Gesellschaft", country="DE"))
    await here.bill("2026-04-01")
    first, second = await here.body("INV-000001"), await here.body("INV-000002")
    assert "entity" not in first
    assert (first["seller"], second["seller"]) == ("Tarifa  GmbH", "Tarifa  GmbH")
    assert second["entity"]["name"] == "Tarifa Gesellschaft"
    for number in ("INV-000001", "INV-000002"):
        again = await replay.replay(here.database, number)
        assert again is not None
        assert again.outcome is replay.Outcome.EQUAL


async def test_after_a_restore_the_numbers_of_every_series_are_confirmed(here: Installation) -> None:
    await two_sellers(here)
    async with here.database.writing() as transaction:
        await transaction.run("UPDATE series SET is_fenced = 1")
    with pytest.raises(numbers.FencedError, match=r"ES/0123 .*INV-000123"):
        await here.bill("2026-03-01")
    last = ["INV-000000", "CN-000000", "ES/4720", "ES-C/000000"]
    done = await numbers.confirm_numbers(here.database, last, by=BY, now=RECORDED)
    assert not isinstance(done, Refused)
    assert numbers.Confirmed("ES/4721", 10) in done
    await here.contract("C-2", plan="Block", seller="Madrid")
    await here.bill("2026-03-01")
    assert [one.number for one in await here.documents()] == ["ES/4721"]
    assert await faults(here.database) == []


async def test_the_currency_of_a_contract_that_names_none_is_its_sellers(here: Installation) -> None:
    await record(here, replace(LISBON, currency="usd"))
    contract = ContractInput("C-1", "Acme Corp", "Block", date(2026, 3, 1))
    refused = await contracts.create_contract(here.database, contract, by=BY, now=RECORDED)
    assert isinstance(refused, Refused)  # the price book has no dollars
    assert "USD" in refused.problems[0].message
    await here.contract("C-1", plan="Block", currency="EUR")


async def test_sellers_without_a_default_do_not_share_numbers(here: Installation) -> None:
    await here.account("Beta")
    await record(here, replace(LISBON, is_default=False))
    await here.contract("C-1", plan="Block", seller="Lisbon")  # the only seller: the numbers are its own
    await record(here, MADRID)
    contract = ContractInput("C-2", "Beta", "Block", date(2026, 3, 1), seller="Madrid")
    refused = await contracts.create_contract(here.database, contract, by=BY, now=RECORDED)
    assert isinstance(refused, Refused)
    assert refused.problems[0].code == "no-series"
    await opens(here, "invoice", "ES/")
    await opens(here, "credit note", "ES-C/")
    assert isinstance(await contracts.create_contract(here.database, contract, by=BY, now=RECORDED), Recorded)
    billed = (await here.bill("2026-03-01")).billed
    assert sorted(one.document or "" for one in billed) == ["ES/000001", "INV-000001"]


@pytest.mark.parametrize("billed", ["billed", "agreed"])
async def test_a_seller_is_no_default_while_another_uses_the_numbers_of_the_installation(
    here: Installation, billed: str
) -> None:
    await record(here, replace(LISBON, is_default=billed == "billed"))
    await here.contract("C-1", plan="Block", seller="Lisbon" if billed == "agreed" else None)
    if billed == "billed":
        await here.bill("2026-03-01")
    refused = await record(here, replace(MADRID, is_default=True))
    assert isinstance(refused, Refused)
    assert (refused.problems[0].code, refused.problems[0].field) == ("no-series", "isDefault")
    await record(here, MADRID)
    await opens(here, "invoice", "ES/")
    await opens(here, "credit note", "ES-C/")
    assert isinstance(await record(here, replace(MADRID, is_default=True)), Recorded)
