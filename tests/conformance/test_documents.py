"""Worked cases of whole documents."""

import json
from functools import partial
from pathlib import Path

import pytest

from tests.conformance.harness import (
    BAND_RATES,
    CALENDAR,
    CASES,
    HERE,
    OPEN_PLAN,
    TAX,
    bill,
    pricing,
    rounding,
    ruleset,
)

ONLY_OPERATIONAL = """
table Coverage
  across band
  | row | account || covered / operational | covered / otherwise |
  |-----|---------||-----------------------|---------------------|
  | C1  | -       || yes                   | no                  |
"""
CARE = """
plans
  | plan | mode     | measure | every | fee       | allowance | beyond |
  |------|----------|---------|-------|-----------|-----------|--------|
  | Care | postpaid | hours   | month | €1,000.00 | 10 h      | rate   |
"""


def test_f01_a_whole_invoice(tmp_path: Path) -> None:
    expected = CASES["F01"]["expected"]
    hooks = pricing(rate="Hourly.rate", covered="Coverage.covered", round_up_to="Rounding.round up to")
    rules = ruleset(CALENDAR, BAND_RATES, ONLY_OPERATIONAL, rounding("-", "15 min"), CARE, TAX, hooks)
    worklogs = [
        {"id": "W1", "start": "2026-03-03T09:00", "end": "2026-03-03T15:00"},
        {"id": "W2", "start": "2026-03-06T17:30", "end": "2026-03-06T19:05"},
        {"id": "W3", "start": "2026-03-10T10:00", "end": "2026-03-10T14:10"},
    ]
    terms = {"plan": "Care", "start": "2026-03-01", "discount": "5% labour"}
    billed = bill(tmp_path, rules, worklogs, contract=terms, through="2026-04-01")
    names = {"operational": "op", "non-operational": "nonop"}
    detail = [[names[line["band"]], line["rounded"], line["covered"], line["amount"]] for line in billed.labour]
    assert detail == expected["detail[band,min,covered,amount]"]
    cents = [round_cents(line["amount"]) for line in billed.labour]
    assert sum(cents) == round_cents(expected["labour"])
    assert -sum(round_cents(line["discount"]) for line in billed.labour) == round_cents(expected["discount"])
    [document] = billed.documents
    assert (document["net"], document["tax"], document["total"]) == (
        expected["net"],
        expected["tax"],
        expected["total"],
    )
    assert [closing["left"] for closing in document["closings"]] == [str(expected["allowance_left"])]


def taxed(folder: Path, currency: str, *, rate: str, tax: str, minutes: int, rounded: str = "") -> tuple[str, str, str]:
    """Net, tax and total of one piece of work."""
    folder.mkdir()
    taxes = f"""
taxes
{rounded}  | row | country || code | rate |
  |-----|---------||------|------|
  | T1  | -       || tax  | {tax} |
"""
    rules = ruleset(OPEN_PLAN, taxes, pricing(rate=rate), currency=currency)
    billed = bill(folder, rules, [{"id": "W1", "start": "2026-01-05T09:00", "minutes": minutes}], through="2026-02-01")
    [document] = billed.documents
    return document["net"], document["tax"], document["total"]


def test_x08_jpy_no_minor_unit(tmp_path: Path) -> None:
    expected = CASES["X08"]["expected"]
    work = partial(taxed, currency="JPY", rate="¥9,500/h", tax="10%", minutes=50)
    usual, floor = work(tmp_path / "half-up"), work(tmp_path / "floor", rounded="  rounding down\n")
    assert usual == (expected["net"], expected["tax"], expected["total"])
    assert floor[1] == expected["tax_floor_option"]


def test_x09_kwd_three_decimals(tmp_path: Path) -> None:
    expected = CASES["X09"]["expected"]
    work = partial(taxed, currency="KWD", rate="12.345 KWD/h", tax="5%", minutes=35)
    assert work(tmp_path / "half-up") == (expected["net"], expected["tax"], expected["total"])
    assert work(tmp_path / "up", rounded="  rounding up\n") == ("7.201", "0.361", "7.562")


def round_cents(text: str) -> int:
    return int(text.replace(".", ""))


def test_the_copied_cases_are_those_of_the_shared_collection() -> None:
    shared = HERE.parents[2] / "shared" / "conformance" / "scenarios.json"
    if not shared.exists():
        pytest.skip("the shared collection of worked cases is not here; the copies in cases.json are tested alone")
    theirs = {case["id"]: case for case in json.loads(shared.read_text("utf-8"))["scenarios"]}
    for name, case in CASES.items():
        assert {key: theirs[name][key] for key in case} == case
