"""Worked cases of documents' money: taxes, discounts, cash rounding, zero documents, corrections."""

from pathlib import Path, PurePosixPath

import pytest

from engine.money import decimal_text
from tarifa.storage import opened
from tests.conformance.harness import CASES, NO_TAX, OPEN_PLAN, TAX, bill, pricing, ruleset
from tests.services.installation import Installation, settings_for, work

BY_KIND = """
table Hourly
  | row | request         || rate    |
  |-----|-----------------||---------|
  | H1  | incident        || {first} |
  | H2  | service request || {other} |
"""
TWO_HOURS = [
    {"id": "A", "start": "2026-01-05T09:00", "minutes": 60, "request": "R1", "kind": "incident"},
    {"id": "B", "start": "2026-01-06T09:00", "minutes": 60, "request": "R2", "kind": "service request"},
]
WITH_A_FEE = """
plans
  | plan | mode     | measure | every | fee   | beyond |
  |------|----------|---------|-------|-------|--------|
  | Open | postpaid | hours   | month | {fee} | rate   |
"""
RATE = {"rate": "Hourly.rate"}


def taxes(*rows: str, settings: str = "") -> str:
    """A tax table by line."""
    said = "".join(f"  {one}\n" for one in settings.splitlines())
    return f"\ntaxes\n{said}  | row | line || code | rate |\n  |--|--||--|--|\n" + "".join(f"  | {r} |\n" for r in rows)


@pytest.mark.parametrize(("per", "figure"), [("group", "per_group_tax"), ("line", "per_line_tax")])
def test_x01_tax_rounding_per_tax_group_or_per_line(tmp_path: Path, per: str, figure: str) -> None:
    expected = CASES["X01"]["expected"]
    vat = taxes("T1 | - || vat | 23%", settings=f"per {per}")
    rules = ruleset(BY_KIND.format(first="€55.55/h", other="€11.11/h"), OPEN_PLAN, vat, pricing(**RATE))
    [document] = bill(tmp_path, rules, TWO_HOURS, through="2026-02-01").documents
    assert (document["net"], document["tax"]) == (expected["net"], expected[figure])
    if per == "group":
        assert document["total"] == expected["total_per_group"]


@pytest.mark.parametrize(
    ("gross", "rate", "prices", "figure"),
    [
        ("2.99", "4%", "with tax", "round_net"),
        ("2.99", "4%", "with rounded tax", "round_tax"),
        ("119.00", "19%", "with tax", "clean"),
        ("119.00", "19%", "with rounded tax", "clean"),
    ],
)
def test_x04_tax_inclusive_prices(tmp_path: Path, gross: str, rate: str, prices: str, figure: str) -> None:
    expected = CASES["X04"]["expected"][figure]
    fee = WITH_A_FEE.format(fee=f"€{gross}")
    hooks = pricing(rate="€1.00/h")
    rules = ruleset(fee, taxes(f"T1 | - || vat | {rate}", settings=f"prices {prices}"), hooks)
    [document] = bill(
        tmp_path, rules, [{"id": "W", "start": "2026-02-05", "minutes": 1}], through="2026-02-01"
    ).documents
    assert (document["net"], document["tax"], document["total"]) == (expected["net"], expected["tax"], gross)
    [line] = document["lines"]
    assert (line["amount"], line["tax_included"], line["net"]) == (gross, expected["tax"], expected["net"])


def test_x06_line_discount_then_invoice_discount_then_tax(tmp_path: Path) -> None:
    expected = CASES["X06"]["expected"]
    by_line = taxes("T1 | labour || high | 20%", "T2 | fee || low | 5%", "T9 | otherwise || none | 0%")
    rules = ruleset(WITH_A_FEE.format(fee="€300.00"), by_line, pricing(rate="€480.00/h"))
    terms = {"discount": "10% labour; 50.00 document"}
    works = [{"id": "A", "start": "2026-01-05T09:00", "minutes": 60}]
    [document] = bill(tmp_path, rules, works, contract=terms, through="2026-02-01").documents
    nets = {line["kind"]: line["net"] for line in document["lines"]}
    assert (nets["labour"], nets["fee"]) == (expected["net_A"], expected["net_B"])
    sums = {tax["code"]: tax["tax"] for tax in document["taxes"]}
    assert (sums["high"], sums["low"]) == (expected["tax_A"], expected["tax_B"])
    assert (document["document_discount"], document["total"]) == ("50.00", expected["total"])


def test_x06_a_fixed_discount_is_spent_once_and_a_percentage_comes_off_every_document(tmp_path: Path) -> None:
    rules = ruleset(WITH_A_FEE.format(fee="€30.00"), NO_TAX, pricing(rate="€480.00/h"))
    terms = {"discount": "10% document; 50.00 document"}
    works = [{"id": "A", "start": "2026-06-05T09:00", "minutes": 60}]
    documents = bill(tmp_path, rules, works, contract=terms, through="2026-04-01").documents
    assert [one["document_discount"] for one in documents] == ["30.00", "26.00", "3.00"]
    assert [one["net"] for one in documents] == ["0.00", "4.00", "27.00"]


@pytest.mark.parametrize(
    ("currency", "rate", "cash", "tax", "figures"),
    [
        ("CHF", "47.77 CHF/h", "0.05 CHF", "8.1%", ("47.77", "3.87", "51.64", "0.01", "51.65")),
        ("JPY", "¥9,503/h", "¥10", "10%", ("9503", "950", "10453", "-3", "10450")),
        ("KWD", "12.344 KWD/h", "0.005 KWD", "5%", ("12.344", "0.617", "12.961", "-0.001", "12.960")),
    ],
)
def test_x11_cash_rounding_is_an_amount_of_its_own(
    tmp_path: Path, currency: str, rate: str, cash: str, tax: str, figures: tuple[str, ...]
) -> None:
    expected = CASES["X11"]["expected"]
    if currency == "CHF":
        assert figures[1:] == (expected["tax"], expected["gross"], expected["rounding"], expected["payable"])
    rules = ruleset(OPEN_PLAN, taxes(f"T1 | - || vat | {tax}"), pricing(rate=rate), currency=currency)
    rules = rules.replace("  timezone", f"  cash rounding {cash}\n  timezone")
    works = [{"id": "A", "start": "2026-01-05T09:00", "minutes": 60}]
    [document] = bill(tmp_path, rules, works, through="2026-02-01").documents
    assert tuple(document[name] for name in ("net", "tax", "total", "rounding", "payable")) == figures


COVERED = """
plans
  | plan | mode     | measure | every | allowance | carry over | beyond |
  |------|----------|---------|-------|-----------|------------|--------|
  | Open | postpaid | hours   | month | 10 h      | 4 h        | rate   |
"""


@pytest.mark.parametrize(("policy", "documents"), [("issue", 1), ("suppress", 0)])
def test_l06_a_cycle_that_is_all_covered_is_issued_or_suppressed(tmp_path: Path, policy: str, documents: int) -> None:
    expected = CASES["L06"]["expected"]
    rules = ruleset(COVERED, TAX, pricing(rate="€100.00/h"))
    rules = rules.replace("  timezone", f"  zero invoices {policy}\n  timezone")
    works = [{"id": "A", "start": "2026-01-05T09:00", "minutes": 480}]
    billed = bill(tmp_path, rules, works, through="2026-02-01")
    assert len(billed.documents) == documents
    assert [closing["carried_out"] for closing in billed.out["closings"]] == [str(expected["carry_min"])]
    assert billed.out["uncharged"] == ([] if documents else ["A"])
    for document in billed.documents:
        [line] = document["lines"]
        assert (line["covered"], document["total"]) == (expected["covered_min"], expected["amount"])


@pytest.mark.parametrize(("policy", "documents"), [("issue", 1), ("suppress", 0)])
async def test_l06_closes_the_cycle_exactly_once_and_late_work_is_billed_after_it(
    tmp_path: Path, policy: str, documents: int
) -> None:
    rules = ruleset(COVERED, TAX, pricing(rate="€100.00/h"))
    rules = rules.replace("  timezone", f"  zero invoices {policy}\n  timezone")
    async with opened(settings_for(tmp_path / "tarifa.sqlite3"), create=True) as database:
        here = Installation(database)
        await here.publish({PurePosixPath("all.rules"): rules.encode()})
        await here.activate("2026-01-01", "fixture")
        await here.account("Acme Corp")
        await here.contract("C1", "Open", "2026-01-01")
        await here.record(work("w1", "2026-01-05 09:00", 480))
        for _ in range(2):
            await here.bill("2026-02-01")
        assert len(await here.documents()) == documents
        assert await here.values("SELECT count(*) FROM obligations WHERE boundary_no = 1 AND part = 'arrears'") == [1]
        await here.record(work("w2", "2026-01-06 09:00", 180))
        await here.bill("2026-03-01")
        [line] = await here.lines((await here.documents())[-1].number)
    assert (line.item_key.split("/")[1], line.amount, line.overage) == ("main:w2", 10_000, 60)


async def test_l03_worklog_corrected_downwards_after_invoicing(tmp_path: Path) -> None:
    expected = CASES["L03"]["expected"]
    async with opened(settings_for(tmp_path / "tarifa.sqlite3"), create=True) as database:
        here = Installation(database)
        rules = ruleset(OPEN_PLAN, TAX, pricing(rate="€110.00/h"))
        await here.publish({PurePosixPath("all.rules"): rules.encode()})
        await here.activate("2026-01-01", "fixture")
        await here.account("Acme Corp")
        await here.contract("C1", "Open", "2026-01-01")
        await here.record(work("w1", "2026-01-05 09:00", 180))
        await here.bill("2026-02-01")
        [original] = await here.documents()
        as_issued = await here.body(original.number)
        await here.record(work("w1", "2026-01-05 09:00", 90))
        await here.bill("2026-03-01")
        credit = (await here.documents())[-1]
        assert await here.body(original.number) == as_issued
    assert credit.kind == "credit note"
    figures = tuple(decimal_text(amount, 2) for amount in (credit.net, credit.tax, credit.total))
    assert figures == (expected["net"], expected["tax"], expected["gross"])


def test_files_convert_prices_to_a_currency_that_the_ruleset_does_not_list(tmp_path: Path) -> None:
    rules = ruleset(OPEN_PLAN, TAX, pricing(rate="€95.00/h"))
    terms = {"currency": "PLN", "conversion_rate": "4.2531", "conversion_on": "2025-12-31", "conversion_source": "NBP"}
    works = [{"id": "A", "start": "2026-01-05T09:00", "minutes": 50, "extras": "Cable 12.50"}]
    [document] = bill(tmp_path, rules, works, contract=terms, through="2026-02-01").documents
    labour, cable = document["lines"]
    assert (document["currency"], labour["rate"], labour["amount"]) == ("PLN", "404.0445", "336.70")
    assert (cable["amount"], cable["conversion"]) == ("12.50", None)


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (
            {"currency": "PLN", "conversion_rate": "4.25", "conversion_on": "2025-12-31"},
            "a rate, its day and its source",
        ),
        (
            {"conversion_rate": "4", "conversion_on": "2025-12-31", "conversion_source": "NBP"},
            "leave the conversion out",
        ),
        ({"currency": "PLN"}, "no prices in PLN"),
        (
            {"currency": "PLN", "conversion_rate": "-1", "conversion_on": "2025-12-31", "conversion_source": "N"},
            "above 0",
        ),
    ],
)
def test_a_conversion_of_the_files_that_cannot_be_keeps_its_contract_waiting(
    tmp_path: Path, terms: dict[str, str], words: str
) -> None:
    works = [{"id": "A", "start": "2026-01-05T09:00", "minutes": 50}]
    rules = ruleset(OPEN_PLAN, TAX, pricing(rate="€95.00/h"))
    billed = bill(tmp_path, rules, works, contract=terms, through="2026-02-01")
    assert billed.documents == []
    assert any(words in one["message"] for one in billed.exceptions)


def test_an_extra_has_the_tax_of_what_it_is_called(tmp_path: Path) -> None:
    by_product = """
taxes
  | row | product   || code    | rate |
  |-----|-----------||---------|------|
  | T1  | taxi      || reduced | 6%   |
  | T2  | otherwise || iva     | 23%  |
"""
    rules = ruleset(OPEN_PLAN, by_product, pricing(rate="€100.00/h"))
    works = [{"id": "A", "start": "2026-01-05T09:00", "minutes": 60, "extras": "Taxi 50.00; Cable 10.00"}]
    [document] = bill(tmp_path, rules, works, through="2026-02-01").documents
    assert {tax["code"]: tax["base"] for tax in document["taxes"]} == {"reduced": "50.00", "iva": "110.00"}


def test_taxes_may_ask_who_sells(tmp_path: Path) -> None:
    by_seller = """
taxes
  | row | seller    || code | rate |
  |-----|-----------||------|------|
  | T1  | Acme BV   || btw  | 21%  |
  | T2  | otherwise || iva  | 23%  |
"""
    rules = ruleset(OPEN_PLAN, by_seller, pricing(rate="€100.00/h"))
    works = [{"id": "A", "start": "2026-01-05T09:00", "minutes": 60}]
    terms = {"seller": "acme  bv", "purchase_order": "PO-7"}
    [document] = bill(tmp_path, rules, works, contract=terms, through="2026-02-01").documents
    assert (document["tax"], document["seller"], document["purchase_order"]) == ("21.00", "acme  bv", "PO-7")
