"""`tarifa bill`: prices that change within a version, each decided by its own day, and rulesets with shared files."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import Facts

RULES = """ruleset Small
  version   1
  valid     2026-01-01..2026-12-31
  currency  USD
  timezone  UTC
  import    ../shared/inputs.rules

constants
  | name     | value     | valid        |
  |----------|-----------|--------------|
  | standard |  $90.00/h | ..2026-06-30 |
  | standard | $100.00/h | 2026-07-01.. |

table Hourly rate
  | row | category  | valid        || rate            |
  |-----|-----------|--------------||-----------------|
  | R10 | Network   | ..2026-06-10 || standard * 200% |
  | R99 | otherwise |              || standard        |

pricing
  | name | formula          |
  |------|------------------|
  | rate | Hourly rate.rate |

plans
  | plan | every          | fee    | beyond     | top-ups | valid        |
  |------|----------------|--------|------------|---------|--------------|
  | Gold | calendar month | $10.00 | rate       | Extra   | ..2026-07-15 |
  | Gold | calendar month | $12.00 | rate * 50% | Extra   | 2026-07-16.. |
  | Late | calendar month | $10.00 | rate       | -       | 2026-07-01.. |

top-ups
  | top-up | price          | adds | valid                  |
  |--------|----------------|------|------------------------|
  | Extra  | $1.00          | 1 h  | 2026-06-15..2026-06-20 |
  | Extra  | standard * 1 h | 2 h  | 2026-07-20..           |

items
  | item | price | valid        |
  |------|-------|--------------|
  | Seat | $1.00 | ..2026-06-30 |
  | Seat | $2.00 | 2026-07-01.. |

taxes
  | row | country | valid        || code  | rate |
  |-----|---------|--------------||-------|------|
  | T1  | -       | ..2026-06-30 || sales | 5%   |
  | T2  | -       | 2026-07-01.. || sales | 6%   |
"""
SHARED = """inputs
  | name     | of      | values           |
  |----------|---------|------------------|
  | category | request | Network, Desktop |
"""


@pytest.fixture
def dated(facts: Facts) -> Facts:
    """A ruleset whose prices change in summer, its inputs in a shared file; one contract from June on."""
    (facts.ruleset / "small.rules").write_text(RULES)
    (facts.folder / "shared").mkdir()
    facts.write("shared/inputs.rules", SHARED)
    facts.write("accounts.csv", "key,name,country\nAcme,Acme Corp,US\n")
    facts.write("contracts.csv", "number,account,plan,start\nC-1,Acme,Gold,2026-06-01\n")
    facts.write("worklogs.csv", "id,account,category,start,minutes\n")
    return facts


def lines(facts: Facts, through: str) -> dict[str, Any]:
    shape = facts.bill(through=through).json
    assert shape["exceptions"] == []
    return {line["item"]: line for document in shape["documents"] for line in document["lines"]}


def test_work_is_priced_by_the_rows_of_its_day(dated: Facts) -> None:
    days = {"A": "2026-06-10", "B": "2026-06-11", "C": "2026-07-01", "D": "2026-07-15", "E": "2026-07-16"}
    rows = "".join(f"W-{name},Acme,Network,{day} 09:00,60\n" for name, day in days.items())
    dated.write("worklogs.csv", f"id,account,category,start,minutes\n{rows}")

    found = lines(dated, "2026-08-01")

    amounts = {name: found[f"work/W-{name}/operational"]["amount"] for name in days}
    assert amounts == {"A": "180.00", "B": "90.00", "C": "100.00", "D": "100.00", "E": "50.00"}


def test_fees_and_items_go_by_the_first_day_of_the_cycle(dated: Facts) -> None:
    dated.write("quantities.csv", "id,contract,item,from,quantity\nQ-1,C-1,Seat,2026-06-01,3\n")

    found = lines(dated, "2026-08-01")

    assert [found[f"fee/1/{n}"]["amount"] for n in range(3)] == ["10.00", "10.00", "12.00"]
    assert [found[f"recurring/seat/Q-1/{n}"]["amount"] for n in range(3)] == ["3.00", "6.00", "6.00"]


def test_a_line_names_the_row_that_held_and_where_it_stands(dated: Facts) -> None:
    fees = [lines(dated, "2026-08-01")[f"fee/1/{n}"] for n in (1, 2)]

    written = RULES.splitlines()
    assert ["$10.00" in written[fees[0]["line"] - 1], "$12.00" in written[fees[1]["line"] - 1]] == [True, True]


def test_a_tax_is_that_of_the_tax_date(dated: Facts) -> None:
    found = lines(dated, "2026-07-01")

    assert found["fee/1/0"]["taxes"][0]["percent"] == "5"
    assert found["fee/1/1"]["taxes"][0]["percent"] == "6"


def test_a_top_up_is_sold_on_its_days_at_the_price_of_the_day(dated: Facts) -> None:
    bought = {"U-1": "2026-06-18", "U-2": "2026-06-25", "U-3": "2026-07-20"}
    rows = "".join(f"{name},C-1,Extra,{day} 10:00\n" for name, day in bought.items())
    dated.write("top-ups.csv", f"id,contract,top_up,at\n{rows}")

    shape = dated.bill(through="2026-08-01").json

    found = {line["item"]: line["amount"] for document in shape["documents"] for line in document["lines"]}
    assert (found["topup/U-1"], found["topup/U-3"]) == ("1.00", "100.00")
    assert [(one["subject"], one["reason"]) for one in shape["exceptions"]] == [("U-2", "no-top-up")]


def test_a_contract_on_a_plan_that_is_not_sold_yet_waits(dated: Facts) -> None:
    dated.write("contracts.csv", "number,account,plan,start\nC-1,Acme,Late,2026-06-01\n")

    (waiting,) = dated.bill(through="2026-08-01").json["exceptions"]

    assert waiting["reason"] == "plan-not-sold"
    assert "does not sell the plan `Late` on 2026-06-01" in waiting["message"]


def test_a_shared_file_that_is_not_there_is_told(dated: Facts) -> None:
    (dated.folder / "shared" / "inputs.rules").unlink()

    ended = dated.bill(through="2026-08-01")

    assert ended.exit_code != 0
    assert "error[unknown-file]: there is no file `../shared/inputs.rules`" in ended.err
