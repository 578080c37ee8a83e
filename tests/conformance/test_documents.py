"""Worked cases of whole documents."""

import json
from pathlib import Path

import pytest

from tests.conformance.harness import BAND_RATES, CALENDAR, CASES, HERE, TAX, bill, pricing, rounding, ruleset

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


def round_cents(text: str) -> int:
    return int(text.replace(".", ""))


def test_the_copied_cases_are_those_of_the_shared_collection() -> None:
    shared = HERE.parents[2] / "shared" / "conformance" / "scenarios.json"
    if not shared.exists():
        pytest.skip("the shared collection of worked cases is not here; the copies in cases.json are tested alone")
    theirs = {case["id"]: case for case in json.loads(shared.read_text("utf-8"))["scenarios"]}
    for name, case in CASES.items():
        assert {key: theirs[name][key] for key in case} == case
