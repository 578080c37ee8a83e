"""Plans that count by tiers, by the whole contract, by its own amounts and by what is told of it; from text to documents."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.conformance.harness import (
    bill,
    pricing,
    ruleset,
)
from tests.conformance.test_plans import FROM_JANUARY, care, flat, used

TIERS = """
table More hours
  hit {hit}
  | row | overage    || price     |
  |-----|------------||-----------|
  | T1  | ..10 h     || €120.00/h |
  | T2  | 10 h..20 h || €90.00/h  |
  | T3  | 20 h..     || €70.00/h  |

plans
  | plan | allowance | beyond           |
  |------|-----------|------------------|
  | Care | 5 h       | More hours.price |
"""


@pytest.mark.parametrize(
    ("hit", "months"),
    [
        # 10 h beyond end the first tier; 23 h reach the third: 10 x 120 + 10 x 90 + 3 x 70.
        ("graduated", [{"T1": "1200.00"}, {"T1": "1200.00", "T2": "900.00", "T3": "210.00"}]),
        # All at the price of the tier that the total ends in: 10 x 120, then 23 x 70.
        ("volume", [{"T1": "1200.00"}, {"T3": "1610.00"}]),
    ],
)
def test_what_is_beyond_costs_by_how_much_of_it_there_is(
    hit: str, months: list[dict[str, str]], tmp_path: Path
) -> None:
    work = used({"2026-01-12": 15, "2026-02-09": 28})
    rules = flat("€100.00", TIERS.format(hit=hit))
    billed = bill(tmp_path, rules, work, contract=FROM_JANUARY, through="2026-03-01")
    lines = [
        {line["row"]: line["amount"] for line in document["lines"] if line["item"].startswith("tier/")}
        for document in billed.documents
    ]
    assert [one for one in lines if one] == months
    assert [document["total"] for document in billed.documents] == [
        str(sum(map(Decimal, month.values()))) for month in months
    ]


NO_WORK = [{"id": "free", "start": "2026-01-20T09:00", "minutes": 60, "billable": "no"}]


def test_an_allowance_for_the_contract_is_spread_and_not_the_hundredth_of_a_minute_is_lost(tmp_path: Path) -> None:
    plan = """
plans
  | plan | every          | allowance      | beyond |
  |------|----------------|----------------|--------|
  | Care | calendar month | 100 h/contract | rate   |
"""
    terms = {"plan": "Care", "start": "2026-01-16", "expiry": "2026-04-30"}
    billed = bill(tmp_path, flat("€100.00", plan), NO_WORK, contract=terms, through="2026-05-01")
    granted = [Decimal(closing["granted"]) for closing in billed.out["closings"]]
    # 16/31 of January and three whole months share 6,000 minutes: 109 parts of 31sts.
    assert granted == [Decimal("880.73"), Decimal("1706.42"), Decimal("1706.42"), Decimal("1706.43")]
    assert sum(granted) == 6000


def test_a_fee_for_the_contract_is_spread_and_not_a_cent_is_lost(tmp_path: Path) -> None:
    """16/31 of January and three whole months share 1,000.00: 109 parts of 31sts."""
    plan = """
plans
  | plan | every          | fee                | beyond |
  |------|----------------|--------------------|--------|
  | Care | calendar month | €1,000.00/contract | rate   |
"""
    terms = {"plan": "Care", "start": "2026-01-16", "expiry": "2026-04-30"}
    billed = bill(tmp_path, flat("€100.00", plan), NO_WORK, contract=terms, through="2026-05-01")
    fees = [
        (line["amount"], line["share"], line["rate"]) for document in billed.documents for line in document["lines"]
    ]
    assert fees == [
        ("146.78", "16/109", "1000.00"),
        ("284.41", "31/109", "1000.00"),
        ("284.40", "31/109", "1000.00"),
        ("284.41", "31/109", "1000.00"),
    ]
    assert sum(Decimal(amount) for amount, _, _ in fees) == 1000


@pytest.mark.parametrize(
    ("override", "lines", "message"),
    [
        ("fee = €600.00/contract", ["200.00", "200.00", "200.00"], ""),
        ("fee = -", [], ""),
        ("fee = €600.00", [], "says what the whole contract costs: write `€600.00/contract`"),
    ],
)
def test_a_contract_overrides_a_fee_for_the_contract_with_one(
    tmp_path: Path, override: str, lines: list[str], message: str
) -> None:
    plan = """
plans
  | plan | fee              | beyond |
  |------|------------------|--------|
  | Care | €900.00/contract | rate   |
"""
    terms = {"plan": "Care", "start": "2026-01-01", "expiry": "2026-03-31", "overrides": override}
    billed = bill(tmp_path, flat("€100.00", plan), NO_WORK, contract=terms, through="2026-04-01")
    assert [line["amount"] for document in billed.documents for line in document["lines"]] == lines
    assert [message in one["message"] for one in billed.exceptions] == ([True] if message else [])


@pytest.mark.parametrize(("by_cycle", "by_contract"), [("10 h ", "100 h/contract "), ("month", "contract")])
def test_what_counts_by_the_whole_contract_wants_one_that_ends(tmp_path: Path, by_cycle: str, by_contract: str) -> None:
    plan = care(carry="-").replace(by_cycle, by_contract)
    billed = bill(tmp_path, flat("€100.00", plan), NO_WORK, contract=FROM_JANUARY, through="2026-02-01")
    assert [one["reason"] for one in billed.exceptions] == ["no-expiry"]


def test_a_contract_overrides_any_amount_of_its_plan_and_the_explanation_says_so(tmp_path: Path) -> None:
    plan = """
plans
  | plan | mode     | fee    | at least | at most | beyond |
  |------|----------|--------|----------|---------|--------|
  | Care | postpaid | €50.00 | €300.00  | €800.00 | hold   |
"""
    own = "at least = €500.00; at most = €600.00; beyond = rate * 50%"
    terms = {**FROM_JANUARY, "overrides": own}
    work = used({"2026-01-12": 8, "2026-02-09": 14})
    billed = bill(tmp_path, flat("€100.00", plan), work, contract=terms, through="2026-03-01")
    limits = [line for one in billed.documents for line in one["lines"] if line["kind"] == "commitment"]
    assert [(line["item"], line["amount"]) for line in limits] == [("commit/0", "100.00"), ("cap/1", "-100.00")]
    assert [row["row"] for row in limits[0]["rows"] if row["table"] == "contract"] == ["at least"]


def test_a_commitment_above_the_cap_is_refused_when_the_contract_says_so(tmp_path: Path) -> None:
    plan = """
plans
  | plan | mode     | at most | beyond |
  |------|----------|---------|--------|
  | Care | postpaid | €800.00 | rate   |
"""
    terms = {**FROM_JANUARY, "overrides": "at least = €900.00"}
    billed = bill(tmp_path, flat("€100.00", plan), NO_WORK, contract=terms, through="2026-03-01")
    assert "at least more than at most" in billed.exceptions[0]["message"]


OF_CONTRACT = """
inputs
  | name  | of       | type   | values       |
  |-------|----------|--------|--------------|
  | level | contract | choice | Gold, Silver |

table Levels
  | row | level  || fee     |
  |-----|--------||---------|
  | L1  | Gold   || €500.00 |
  | L2  | Silver || €300.00 |

plans
  | plan | fee        | beyond |
  |------|------------|--------|
  | Care | Levels.fee | rate   |

taxes
  | row | level     || code | rate |
  |-----|-----------||------|------|
  | T1  | Gold      || iva  | 20%  |
  | T9  | otherwise || iva  | 10%  |
"""


@pytest.mark.parametrize(("level", "net", "tax"), [("Gold", "500.00", "100.00"), ("silver", "300.00", "30.00")])
def test_plans_and_taxes_ask_for_what_is_told_of_the_contract(level: str, net: str, tax: str, tmp_path: Path) -> None:
    rules = ruleset(OF_CONTRACT, pricing(rate="€100.00/h"))
    billed = bill(tmp_path, rules, NO_WORK, contract={**FROM_JANUARY, "level": level}, through="2026-01-01")
    assert [(one["net"], one["tax"]) for one in billed.documents] == [(net, tax)]


@pytest.mark.parametrize(("level", "reason"), [("", "missing-value"), ("Bronze", "unknown-value")])
def test_a_contract_waits_whose_plan_asks_for_what_is_missing_or_unknown(
    level: str, reason: str, tmp_path: Path
) -> None:
    rules = ruleset(OF_CONTRACT, pricing(rate="€100.00/h"))
    billed = bill(tmp_path, rules, NO_WORK, contract={**FROM_JANUARY, "level": level}, through="2026-01-01")
    assert ([one["reason"] for one in billed.exceptions], billed.documents) == ([reason], [])
