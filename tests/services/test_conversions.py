"""Contracts in a currency that the ruleset does not list, and what else documents repeat of a contract."""

from datetime import date
from fractions import Fraction

import pytest

from engine.facts import Conversion
from tarifa.reading.explaining import explain_line
from tarifa.reading.scope import EVERYTHING
from tarifa.services import contracts
from tarifa.services.inputs import ContractInput
from tarifa.services.results import Refused
from tarifa.words.english import sentences
from tests.services.installation import BY, RECORDED, Installation, work

ECB = Conversion(Fraction("1.0825"), date(2026, 2, 27), "ECB")


async def test_prices_are_converted_at_the_item_and_the_explanation_says_so(here: Installation) -> None:
    await here.contract(plan="Open", currency="USD", conversion=ECB, overrides={"standard": "99.00 EUR/h"})
    await here.record(work("w1", "2026-03-03 09:00", 45))
    await here.bill("2026-04-01")
    [document] = await here.documents()
    [line] = await here.lines(document.number)
    assert (document.currency.code, line.rate, line.amount) == ("USD", Fraction("107.1675"), 8_038)
    said = await explain_line(here.database, EVERYTHING, document.number, 1)
    assert said is not None
    words = " ".join(sentences(said.explanation))
    assert "99.00 EUR, which is converted: 99.00 x 1.0825 = 107.1675 USD (rate of 2026-02-27, ECB)" in words
    shown = (await here.body(document.number))["lines"][0]["conversion"]
    assert shown == {"currency": "EUR", "rate": "1.0825", "on": "2026-02-27", "source": "ECB"}


async def test_a_converted_line_is_corrected_in_its_currency(here: Installation) -> None:
    await here.contract(currency="JPY", conversion=Conversion(Fraction(160), date(2026, 2, 27), "ECB"))
    await here.bill("2026-03-01")
    await here.record(work("w1", "2026-03-03 09:00", 660))
    await here.bill("2026-04-01")
    await here.record(work("w1", "2026-03-03 09:00", 660, voided=True))
    await here.bill("2026-05-01")
    fee, second, third = await here.documents()
    assert [one.net for one in (fee, second, third)] == [160_000, 177_600, 142_400]
    assert {one.currency.digits for one in (fee, second, third)} == {0}


async def test_documents_repeat_who_sells_and_what_the_customer_asks_for(here: Installation) -> None:
    await here.contract(seller="Tarifa GmbH", purchase_order="PO-7", reference=" Cost centre 9 ")
    await here.bill("2026-03-01")
    [document] = await here.documents()
    body = await here.body(document.number)
    said = ("Tarifa GmbH", "PO-7", "Cost centre 9")
    assert (document.seller, document.purchase_order, document.reference) == said
    assert (body["seller"], body["purchase_order"], body["reference"]) == said


@pytest.mark.parametrize(
    ("currency", "conversion", "code", "words"),
    [
        ("EUR", ECB, "bad-conversion", "says its prices in EUR"),
        ("EURO", ECB, "bad-conversion", "no currency"),
        ("USD", Conversion(Fraction(0), ECB.on, "ECB"), "bad-conversion", "a conversion at 0"),
        ("USD", Conversion(ECB.rate, ECB.on, " "), "bad-conversion", "where its rate is from"),
        ("USD", None, "no-currency", "no prices in USD"),
    ],
)
async def test_a_conversion_that_cannot_be_is_refused(
    here: Installation, currency: str, conversion: Conversion | None, code: str, words: str
) -> None:
    wanted = ContractInput("C-1", "Acme Corp", "Open", date(2026, 3, 1), currency=currency, conversion=conversion)
    refused = await contracts.create_contract(here.database, wanted, by=BY, now=RECORDED)
    assert isinstance(refused, Refused)
    [problem] = refused.problems
    assert problem.code == code
    assert words in problem.message
