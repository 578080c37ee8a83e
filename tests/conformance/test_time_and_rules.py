"""Worked cases of time, rounding and rules, from ruleset text to documents. One test a case, named by id and title."""

from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.money import decimal_text, split
from tarifa.cli import cli
from tests.conformance.harness import (
    BAND_RATES,
    CALENDAR,
    CASES,
    NO_TAX,
    OPEN_PLAN,
    bill,
    pricing,
    rounding,
    ruleset,
)

BY_BAND = ruleset(CALENDAR, BAND_RATES, OPEN_PLAN, NO_TAX, pricing(rate="Hourly.rate"))
LATE_FRIDAY = {"id": "W1", "start": "2026-03-06T17:30", "end": "2026-03-06T19:05"}
NEW_YORK = {"account": "ACME", "key": "NY", "zone": "America/New_York"}


def test_t01_after_hours_split_no_rounding(tmp_path: Path) -> None:
    expected = CASES["T01"]["expected"]
    billed = bill(tmp_path, BY_BAND, [LATE_FRIDAY])
    assert billed.by_band() == {
        "operational": (expected["min_op"], expected["amt_op"]),
        "non-operational": (expected["min_nonop"], expected["amt_nonop"]),
    }
    assert [document["net"] for document in billed.documents] == [expected["total"]]


def test_t02_same_worklog_round_up_to_15_min_per_worklog(tmp_path: Path) -> None:
    expected = CASES["T02"]["expected"]
    rules = ruleset(
        CALENDAR, BAND_RATES, rounding("-", "15 min"), OPEN_PLAN, NO_TAX,
        pricing(rate="Hourly.rate", round_up_to="Rounding.round up to"),
    )  # fmt: skip
    billed = bill(tmp_path, rules, [LATE_FRIDAY])
    names = {"op": "operational", "nonop": "non-operational"}
    assert [[line["band"], line["rounded"]] for line in billed.labour] == [
        [names[band], minutes] for band, minutes in expected["segments"]
    ]
    assert billed.documents[0]["total"] == expected["total"]


def test_t05_holiday_that_falls_on_a_saturday_holiday_wins(tmp_path: Path) -> None:
    expected = CASES["T05"]["expected"]
    billed = bill(tmp_path, BY_BAND, [{"id": "W1", "start": "2026-08-15T10:00", "end": "2026-08-15T12:00"}])
    assert billed.by_band() == {"holiday": (expected["min_holiday"], expected["amt_holiday"])}
    assert billed.documents[0]["total"] == expected["total"]


def test_t08_band_follows_the_customer_sites_zone_not_the_technicians(tmp_path: Path) -> None:
    expected = CASES["T08"]["expected"]
    in_lisbon = {"id": "W1", "site": "NY", "start": "2026-01-16T19:00+00:00", "end": "2026-01-16T20:00+00:00"}
    billed = bill(tmp_path, BY_BAND, [in_lisbon], sites=[NEW_YORK])
    assert billed.by_band() == {"operational": (expected["min_op"], expected["amt_op"])}
    assert billed.documents[0]["total"] == expected["total"]


def test_t09_dst_spring_forward(tmp_path: Path) -> None:
    expected = CASES["T09"]["expected"]
    over_the_jump = {"id": "W1", "site": "NY", "start": "2026-03-08T01:30", "end": "2026-03-08T03:30"}
    billed = bill(tmp_path, BY_BAND, [over_the_jump], sites=[NEW_YORK])
    assert billed.by_band() == {"weekend": (expected["min_weekend"], expected["amt_weekend"])}
    assert billed.documents[0]["total"] == expected["total"]


def test_r01_minimum_15_and_15_minute_increments_exact_boundary_stays(tmp_path: Path) -> None:
    expected = CASES["R01"]["expected"]
    flat = """
table Hourly
  | row | account || rate      |
  |-----|---------||-----------|
  | H1  | -       || €120.00/h |
"""
    hooks = pricing(rate="Hourly.rate", minimum="Rounding.minimum", round_up_to="Rounding.round up to")
    rules = ruleset(flat, rounding("15 min", "15 min"), OPEN_PLAN, NO_TAX, hooks)
    worklogs = [{"id": name, "start": "2026-03-02T10:00", "minutes": name.removesuffix("min")} for name in expected]
    billed = bill(tmp_path, rules, worklogs)
    assert {line["work"]: [line["rounded"], line["amount"]] for line in billed.labour} == expected


@pytest.mark.parametrize("scope", ["worklog", "request"])
def test_r04_aggregation_scope_per_worklog_or_per_request(scope: str, tmp_path: Path) -> None:
    minutes, amount = CASES["R04"]["expected"][f"per_{scope}"]
    flat = f"""
table Hourly
  | row | account || rate      | scope   |
  |-----|---------||-----------|---------|
  | H1  | -       || €100.00/h | {scope} |
"""
    hooks = pricing(
        rate="Hourly.rate", scope="Hourly.scope", minimum="Rounding.minimum", round_up_to="Rounding.round up to"
    )
    rules = ruleset(flat, rounding("60 min", "60 min"), OPEN_PLAN, NO_TAX, hooks)
    worklogs = [
        {"id": f"W{n}", "request": "R1", "start": f"2026-03-0{n}T10:00", "minutes": real}
        for n, real in enumerate((45, 45, 5), start=2)
    ]
    billed = bill(tmp_path, rules, worklogs)
    assert sum(line["rounded"] for line in billed.labour) == minutes
    assert [document["net"] for document in billed.documents] == [amount]


ALWAYS_OPEN = """
inputs
  | name     | of      | type   | values     |
  |----------|---------|--------|------------|
  | priority | request | choice | Low < High |

calendar always
  | days | hours | band        |
  |------|-------|-------------|
  | -    | -     | operational |

table Clock
  | row | priority || calendar |
  |-----|----------||----------|
  | C1  | High     || always   |
  | C2  | Low      || office   |
"""


@pytest.mark.parametrize(
    ("priority", "bands"), [("High", {"operational"}), ("Low", {"operational", "non-operational"})]
)
def test_the_hook_calendar_says_whose_hours_count(priority: str, bands: set[str], tmp_path: Path) -> None:
    hooks = pricing(rate="Hourly.rate", calendar="Clock.calendar")
    rules = ruleset(CALENDAR, ALWAYS_OPEN, BAND_RATES, OPEN_PLAN, NO_TAX, hooks)
    billed = bill(tmp_path, rules, [{**LATE_FRIDAY, "priority": priority}])
    assert set(billed.by_band()) == bands


THREE_RULES = """
inputs
  | name     | of      | type   | values                    |
  |----------|---------|--------|---------------------------|
  | category | request | choice | Network, Desktop          |
  | priority | request | choice | Low < Normal < High       |

table Hourly
  hit {hit}
  | row | account | category | priority || rate      |
  |-----|---------|----------|----------||-----------|
  | 10  | ACME    | -        | High     || €180.00/h |
  | 20  | -       | Network  | -        || €120.00/h |
  | 30  | -       | -        | -        || €90.00/h  |
"""


def three_rules(hit: str) -> str:
    return ruleset(THREE_RULES.format(hit=hit), OPEN_PLAN, NO_TAX, pricing(rate="Hourly.rate"))


def test_b01_a_request_matches_three_rules_first(tmp_path: Path) -> None:
    expected = CASES["B01"]["expected"]
    work = {"id": "W1", "start": "2026-03-02T10:00", "minutes": 90, "category": "Network", "priority": "High"}
    billed = bill(tmp_path, three_rules("first"), [work])
    assert [(line["row"], line["amount"]) for line in billed.labour] == [("10", expected["first"])]


def test_b01_a_request_matches_three_rules_unique_is_refused_and_names_all_three(tmp_path: Path) -> None:
    (tmp_path / "all.rules").write_text(three_rules("unique"), "utf-8")
    result = CliRunner().invoke(cli, ["check", str(tmp_path)])
    assert result.exit_code == 1
    assert "error[overlap]" in result.stdout
    for row in ("10", "20", "30"):
        assert f"`{row}`" in result.stdout


def test_b01_a_request_matches_three_rules_collect_sum(tmp_path: Path) -> None:
    expected = CASES["B01"]["expected"]
    work = {"id": "W1", "start": "2026-03-02T10:00", "minutes": 90, "category": "Network", "priority": "High"}
    billed = bill(tmp_path, three_rules("collect sum"), [work])
    assert [line["amount"] for line in billed.labour] == [expected["collect_sum"]]


ALL_AND_ANY = """
inputs
  | name     | of      | type   | values     |
  |----------|---------|--------|------------|
  | priority | request | choice | Low < High |

table Hourly
  | row | account || rate    |
  |-----|---------||---------|
  | H1  | -       || €0.00/h |

table Match all
  hit collect max
  | row | account | priority || price  |
  |-----|---------|----------||--------|
  | 10  | ACME    | High     || €30.00 |

table Match any
  hit collect max
  | row | account | priority || price  |
  |-----|---------|----------||--------|
  | 10  | ACME    | -        || €30.00 |
  | 20  | -       | High     || €30.00 |
"""


@pytest.mark.parametrize("match", ["all", "any"])
def test_b02_match_all_and_match_any(match: str, tmp_path: Path) -> None:
    requests = [
        {"account": "ACME", "priority": "Low"},
        {"account": "ACME", "priority": "High"},
        {"account": "BETA", "priority": "High"},
    ]
    rules = ruleset(ALL_AND_ANY, OPEN_PLAN, NO_TAX, pricing(rate="Hourly.rate", per_request=f"Match {match}.price"))
    worklogs = [
        {"id": f"W{n}", "request": f"R{n}", "start": "2026-03-02T10:00", "minutes": 60, **request}
        for n, request in enumerate(requests)
    ]
    billed = bill(tmp_path, rules, worklogs, others=["BETA"])
    charged = [
        line["amount"] for document in billed.documents for line in document["lines"] if line["kind"] == "request"
    ]
    assert set(charged) == {"30.00"}
    assert f"{sum(map(Decimal, charged))}" == CASES["B02"]["expected"][f"match_{match}"]


SERVED = """
inputs
  | name     | of      | type   | values            |
  |----------|---------|--------|-------------------|
  | category | request | choice | Network, Desktop  |
  | priority | request | choice | Low < High        |

table Hourly
  hit merge
  | row | category | priority || rate      | round up to |
  |-----|----------|----------||-----------|-------------|
  | 10  | -        | High     || inherit   | 30 min      |
  | 20  | Network  | -        || €120.00/h | inherit     |
  | 30  | -        | -        || €90.00/h  | 15 min      |

table Free
  hit any
  | row | category | priority || covered |
  |-----|----------|----------||---------|
  | F1  | Network  | -        || no      |
  | F2  | -        | High     || no      |
  | F3  | Desktop  | Low      || yes     |
"""


@pytest.mark.parametrize(
    ("category", "priority", "minutes", "amount", "row"),
    [
        ("Network", "High", 60, "120.00", "20"),
        ("Network", "Low", 45, "90.00", "20"),
        ("Desktop", "High", 60, "90.00", "30"),
    ],
)
def test_each_outcome_is_said_by_the_first_row_that_does_not_inherit_it(
    category: str, priority: str, minutes: int, amount: str, row: str, tmp_path: Path
) -> None:
    hooks = pricing(rate="Hourly.rate", round_up_to="Hourly.round up to", covered="Free.covered")
    work = {"id": "W1", "start": "2026-03-02T10:00", "minutes": 40, "category": category, "priority": priority}
    billed = bill(tmp_path, ruleset(SERVED, OPEN_PLAN, NO_TAX, hooks), [work])
    assert [(line["rounded"], line["amount"], line["row"]) for line in billed.labour] == [(minutes, amount, row)]


LISTED = """
inputs
  | name     | of      | type   | values                     |
  |----------|---------|--------|----------------------------|
  | category | request | choice | Network, Desktop, Printing |

table Hourly
  | row | account || rate      |
  |-----|---------||-----------|
  | H1  | -       || €100.00/h |

table Extras
  hit collect list
  | row      | account | category || price  |
  |----------|---------|----------||--------|
  | Call-out | -       | -        || €25.00 |
  | Cabling  | -       | Network  || €40.00 |
  | Printer  | -       | Printing || €10.00 |
"""


def test_a_list_makes_a_line_for_every_row_that_fits(tmp_path: Path) -> None:
    rules = ruleset(LISTED, OPEN_PLAN, NO_TAX, pricing(rate="Hourly.rate", per_worklog="Extras.price"))
    work = {"id": "W1", "start": "2026-03-02T10:00", "minutes": 60, "category": "Network"}
    billed = bill(tmp_path, rules, [work])
    lines = [(line["kind"], line["amount"]) for line in billed.documents[0]["lines"]]
    assert sorted(lines) == [("labour", "100.00"), ("surcharge", "25.00"), ("surcharge", "40.00")]


def test_b04_ruleset_changes_in_mid_cycle(tmp_path: Path) -> None:
    expected = CASES["B04"]["expected"]

    def priced(version: str, valid: str, rate: str) -> str:
        table = f"\ntable Hourly\n  | row | account || rate |\n  |--|--||--|\n  | {version} | - || €{rate}/h |\n"
        return ruleset(table, OPEN_PLAN, NO_TAX, pricing(rate="Hourly.rate"), version=version, valid=valid)

    rules = [priced("r1", "2026-01-01..2026-04-14", "100.00"), priced("r2", "2026-04-15..", "115.00")]
    worklogs = [
        {"id": "W1", "start": "2026-04-10T10:00", "minutes": 120},
        {"id": "W2", "start": "2026-04-20T10:00", "minutes": 120},
    ]
    billed = bill(tmp_path, rules, worklogs, through="2026-05-01")
    assert [[line["row"], line["amount"]] for line in billed.labour] == expected["lines"]
    assert [document["total"] for document in billed.documents] == [expected["total"]]
    assert billed.documents[0]["boundary"]["on"] == "2026-05-01"


def test_l09_no_rule_and_no_plan_rate_matches(tmp_path: Path) -> None:
    expected = CASES["L09"]["expected"]
    undecided = """
table Hourly
  | row | account   || rate      |
  |-----|-----------||-----------|
  | H1  | Globex    || €120.00/h |
  | H9  | otherwise || -         |
"""
    rules = ruleset(undecided, OPEN_PLAN, NO_TAX, pricing(rate="Hourly.rate"))
    billed = bill(tmp_path, rules, [{"id": "W1", "start": "2026-03-02T10:00", "minutes": 60}])
    assert billed.exit_code == 1
    assert [(held["subject"], held["reason"]) for held in billed.exceptions] == [("W1", "no-rule")]
    assert "no rule" in billed.exceptions[0]["message"]
    totals = [document["total"] for document in billed.documents]
    assert all(total == expected["invoice_total_without_it"] for total in totals)
    assert billed.labour == []


def test_x07_splitting_one_amount_without_losing_a_cent() -> None:
    expected = CASES["X07"]["expected"]
    assert [decimal_text(share, 2) for share in split(10000, [1, 1, 1])] == expected["eur"]
    assert [decimal_text(share, 0) for share in split(1000, [1, 1, 1])] == expected["jpy"]
    assert [decimal_text(share, 2) for share in split(5, [1, 2, 4])] == expected["w"]
