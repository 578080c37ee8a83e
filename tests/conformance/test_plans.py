"""Worked cases of plans, allowances and cycles, from ruleset text to documents."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.conformance.harness import (
    BAND_RATES,
    CALENDAR,
    CASES,
    NO_TAX,
    OPEN_PLAN,
    Billed,
    bill,
    pricing,
    rounding,
    ruleset,
)

FLAT_RATE = """
table Hourly
  | row | account || rate     |
  |-----|---------||----------|
  | H1  | -       || {rate}/h |
"""
CARE = """
plans
  | plan | mode   | measure | every | fee   | allowance   | carry over | beyond   | top-ups |
  |------|--------|---------|-------|-------|-------------|------------|----------|---------|
  | Care | {mode} | hours   | month | {fee} | {allowance} | {carry}    | {beyond} | Extra 5 |

top-ups
  | top-up  | price   | adds |
  |---------|---------|------|
  | Extra 5 | €450.00 | 5 h  |
"""


def flat(rate: str, *parts: str, **hooks: str) -> str:
    return ruleset(FLAT_RATE.format(rate=rate), *parts, NO_TAX, pricing(rate="Hourly.rate", **hooks))


def care(
    *,
    mode: str = "prepaid",
    fee: str = "€1,000.00",
    allowance: str = "10 h",
    carry: str = "4 h",
    beyond: str = "€130.00/h",
) -> str:
    text = CARE.format(mode=mode, fee=fee, allowance=allowance, carry=carry, beyond=beyond)
    # Only a prepaid plan sells top-ups.
    return text if mode == "prepaid" else text.partition("\ntop-ups")[0].replace("| Extra 5 |", "| -       |") + "\n"


def used(hours: Mapping[str, int]) -> list[dict[str, object]]:
    """Work of at most six hours a day, from each given day on."""
    found: list[dict[str, object]] = []
    for day, total in hours.items():
        left, at = total, date.fromisoformat(day)
        while left:
            length = min(left, 6)
            found.append({"id": f"{day}-{left}", "start": f"{at}T09:00", "minutes": length * 60})
            left, at = left - length, at + timedelta(days=1)
    return found


def by_cycle(billed: Billed) -> list[list[object]]:
    """carry in, available, used, overage, left, carried out, and what the cycle's lines come to."""
    charged: dict[str, Decimal] = {}
    for document in billed.documents:
        for line in document["lines"]:
            start = line["service"]["from"]
            charged[start] = charged.get(start, Decimal(0)) + Decimal(line["amount"])
    found: list[list[object]] = []
    for closing in billed.out["closings"]:
        carried, drawn, over = int(closing["carried_in"]), int(closing["drawn"]), int(closing["overage"])
        available = carried + int(closing["granted"]) + int(closing["topped_up"])
        found.append(
            [carried, available, drawn + over, over, int(closing["left"]), int(closing["carried_out"]),
             str(charged[closing["from"]])]
        )  # fmt: skip
    return found


FROM_JANUARY = {"plan": "Care", "start": "2026-01-01"}


def amounts(billed: Billed, kinds: Iterable[str] = ("labour",)) -> list[str]:
    return [line["amount"] for document in billed.documents for line in document["lines"] if line["kind"] in kinds]


def test_t04_friday_night_into_saturday(tmp_path: Path) -> None:
    expected = CASES["T04"]["expected"]
    rules = ruleset(CALENDAR, BAND_RATES, OPEN_PLAN, NO_TAX, pricing(rate="Hourly.rate"))
    billed = bill(tmp_path, rules, [{"id": "W1", "start": "2026-03-06T23:30", "end": "2026-03-07T00:45"}])
    assert billed.by_band() == {
        "non-operational": (expected["min_nonop"], expected["amt_nonop"]),
        "weekend": (expected["min_weekend"], expected["amt_weekend"]),
    }
    assert billed.documents[0]["total"] == expected["total"]


def test_t12_eu_dst_night_shift(tmp_path: Path) -> None:
    expected = CASES["T12"]["expected"]
    rules = ruleset(CALENDAR, BAND_RATES, OPEN_PLAN, NO_TAX, pricing(rate="Hourly.rate"))
    billed = bill(tmp_path, rules, [{"id": "W1", "start": "2026-03-29T00:30", "end": "2026-03-29T03:30"}])
    assert billed.by_band() == {"weekend": (expected["min_weekend"], expected["amt_weekend"])}


def test_r02_30_minute_blocks_with_a_10_minute_grace(tmp_path: Path) -> None:
    expected = CASES["R02"]["expected"]
    hooks = {"minimum": "Rounding.minimum", "round_up_to": "Rounding.round up to", "grace": "10 min"}
    rules = flat("€100.00", rounding("30 min", "30 min"), OPEN_PLAN, **hooks)
    worklogs = [{"id": name, "start": "2026-03-02T10:00", "minutes": name.removesuffix("min")} for name in expected]
    billed = bill(tmp_path, rules, worklogs)
    assert {line["work"]: [line["rounded"], line["amount"]] for line in billed.labour} == expected


def test_b03_plan_type_per_request_with_allowance(tmp_path: Path) -> None:
    expected = CASES["B03"]["expected"]
    plan = """
plans
  | plan | mode     | measure  | every | fee     | allowance  | beyond         |
  |------|----------|----------|-------|---------|------------|----------------|
  | Desk | postpaid | requests | month | €150.00 | 5 requests | €40.00/request |
"""
    worklogs = [
        {"id": f"W{n}", "request": f"R{n}", "start": f"2026-03-{n + 2:02}T10:00", "minutes": 60} for n in range(7)
    ]
    terms = {"plan": "Desk", "start": "2026-03-01"}
    billed = bill(tmp_path, flat("€100.00", plan), worklogs, contract=terms, through="2026-04-01")
    [document] = billed.documents
    assert (amounts(billed, ["fee"]), document["total"]) == ([expected["base"]], expected["total"])
    assert document["closings"][0]["overage"] == str(expected["overage_requests"])


@pytest.mark.parametrize("billable", ["yes", "no"])
def test_b05_travel_and_other_charges_beside_the_time(billable: str, tmp_path: Path) -> None:
    expected = CASES["B05"]["expected"]
    rules = flat("€120.00", OPEN_PLAN, travel="distance * €0.36")
    work = {
        "id": "W1", "start": "2026-03-02T10:00", "minutes": 60, "billable": billable,
        "distance": 42, "extras": "Taxi 35.00",
    }  # fmt: skip
    [document] = bill(tmp_path, rules, [work], through="2026-04-01").documents
    charged = {line["kind"]: line["amount"] for line in document["lines"]}
    beside = {"travel": expected["travel"], "other": expected["other"]}
    time = {"labour": expected["labour"]} if billable == "yes" else {}
    assert charged == time | beside
    assert document["net"] == expected["total" if billable == "yes" else "nonbillable_variant"]


def test_b06_rate_precedence_role_contract_override_work_type_multiplier(tmp_path: Path) -> None:
    expected = CASES["B06"]["expected"]
    rules = ruleset(
        """
inputs
  | name      | of      | type   | values            |
  |-----------|---------|--------|-------------------|
  | role      | worklog | choice | Engineer, Analyst |
  | work type | worklog | choice | Remote, On-site   |

constants
  | name     | value     |
  |----------|-----------|
  | engineer | €120.00/h |

table Hourly
  | row | role      | work type || rate            |
  |-----|-----------|-----------||-----------------|
  | H1  | Engineer  | On-site   || engineer * 150% |
  | H2  | otherwise |           || engineer        |
""",
        OPEN_PLAN,
        NO_TAX,
        pricing(rate="Hourly.rate"),
    )
    work = {"id": "W1", "start": "2026-03-02T10:00", "minutes": 75, "role": "Engineer", "work_type": "On-site"}
    billed = bill(tmp_path, rules, [work], contract={"overrides": "engineer = €110.00/h"})
    assert [(line["rate"], line["amount"]) for line in billed.labour] == [(expected["rate"], expected["total"])]


def test_p01_prepaid_10_h_roll_over_cap_4_h_top_up_in_cycle_2_overage(tmp_path: Path) -> None:
    expected = CASES["P01"]["expected"]
    work = used({"2026-01-12": 4, "2026-02-09": 21, "2026-03-09": 12})
    top_up = {"id": "T1", "top_up": "Extra 5", "at": "2026-02-10T12:00"}
    rules = flat("€100.00", care())
    billed = bill(tmp_path, rules, work, contract=FROM_JANUARY, top_ups=[top_up], through="2026-04-01")
    assert by_cycle(billed) == expected["cycles[carry_in,avail,used,overage,left,carry_out,charge]"]


def test_p02_unused_top_up_is_carried_by_the_plans_carry_forward(tmp_path: Path) -> None:
    expected = CASES["P02"]["expected"]
    work = used({"2026-01-12": 4, "2026-02-09": 16, "2026-03-09": 12})
    top_up = {"id": "T1", "top_up": "Extra 5", "at": "2026-02-10T12:00"}
    rules = flat("€100.00", care())
    billed = bill(tmp_path, rules, work, contract=FROM_JANUARY, top_ups=[top_up], through="2026-04-01")
    assert by_cycle(billed) == expected["cycles"]


def test_p04_deduct_only_operational_hours_from_the_allowance(tmp_path: Path) -> None:
    expected = CASES["P04"]["expected"]
    coverage = """
table Coverage
  across band
  | row | account || covered / operational | covered / otherwise |
  |-----|---------||-----------------------|---------------------|
  | C1  | -       || yes                   | no                  |
"""
    worklogs = [
        {"id": "Fri", "start": "2026-03-06T17:30", "end": "2026-03-06T19:05"},
        {"id": "Mon", "start": "2026-03-09T10:00", "end": "2026-03-09T12:00"},
    ]
    plan = care(mode="postpaid", fee="-", allowance="2 h", carry="-", beyond="rate")
    totals = {}
    for name, hooks in (("on", {"covered": "Coverage.covered"}), ("off", {})):
        folder = tmp_path / name
        folder.mkdir()
        table = coverage if hooks else ""
        rules = ruleset(CALENDAR, BAND_RATES, table, plan, NO_TAX, pricing(rate="Hourly.rate", **hooks))
        billed = bill(folder, rules, worklogs, contract=FROM_JANUARY, through="2026-04-01")
        totals[name] = billed.documents[-1]["total"]
        if hooks:
            by_work = {line["work"]: line["amount"] for line in billed.labour if line["amount"] != "0.00"}
            assert [by_work["Fri"], by_work["Mon"]] == expected["on"]
    assert totals == {"on": expected["on_total"], "off": expected["off_total"]}


def test_p05_block_instead_of_overage(tmp_path: Path) -> None:
    expected = CASES["P05"]["expected"]
    plan = care(mode="postpaid", fee="-", carry="-", beyond="hold")
    billed = bill(
        tmp_path, flat("€100.00", plan), used({"2026-01-12": 12}), contract=FROM_JANUARY, through="2026-02-01"
    )
    [closing] = billed.out["closings"]
    assert closing["drawn"] == str(expected["used"])
    assert [held["detail"]["minutes"] for held in billed.exceptions] == [str(expected["blocked_min"])]
    assert [document["total"] for document in billed.documents] == [expected["charge"]]


def test_c01_monthly_anchor_31(tmp_path: Path) -> None:
    expected = CASES["C01"]["expected"]
    plan = care(mode="prepaid", fee="€100.00", allowance="-", carry="-")
    terms = {"plan": "Care", "start": "2026-01-31", "expiry": "2026-06-29"}
    billed = bill(tmp_path, flat("€100.00", plan), used({"2026-02-02": 1}), contract=terms, through="2026-06-30")
    fees = [line for document in billed.documents for line in document["lines"] if line["kind"] == "fee"]
    ends = [(date.fromisoformat(line["service"]["to"]) + timedelta(days=1)).isoformat() for line in fees]
    assert [fees[0]["service"]["from"], *ends] == expected["boundaries"]
    assert sum(Decimal(line["amount"]) for line in fees) == Decimal(expected["total"])


def test_c04_mid_month_start_on_actual_days(tmp_path: Path) -> None:
    expected = CASES["C04"]["expected"]
    plan = care(fee="€1,250.00", carry="-").replace("| month |", "| calendar month |")
    terms = {"plan": "Care", "start": "2026-04-12"}
    billed = bill(tmp_path, flat("€100.00", plan), used({"2026-04-13": 1}), contract=terms, through="2026-05-01")
    first = billed.documents[0]["lines"][0]
    assert (first["amount"], first["share"]) == (expected["fee"], expected["days"])
    assert billed.out["closings"][0]["granted"] == str(expected["allowance_min"])


@pytest.mark.parametrize("edge", ["start", "split"])
def test_c09_cycle_edge_in_the_customers_zone(edge: str, tmp_path: Path) -> None:
    expected = CASES["C09"]["expected"][f"by_{edge}"]
    plan = care(mode="postpaid", fee="-", allowance="-", carry="-", beyond="rate")
    rules = flat("€120.00", plan.replace("| month |", "| calendar month |"))
    rules = rules.replace("  currency", f"  cycle edge {edge}\n  currency")
    late = {"id": "W1", "site": "SP", "start": "2026-04-30T23:30", "end": "2026-05-01T00:30"}
    sites = [{"account": "ACME", "key": "SP", "zone": "America/Sao_Paulo"}]
    terms = {"plan": "Care", "start": "2026-04-01", "zone": "America/Sao_Paulo"}
    billed = bill(tmp_path, rules, [late], contract=terms, sites=sites, through="2026-06-01")
    by_month = {document["lines"][0]["service"]["from"]: document["total"] for document in billed.documents}
    months = {"2026-04-01": expected["apr"], "2026-05-01": expected["may"]}
    assert by_month == {day: amount for day, amount in months.items() if amount != "0.00"}


def test_l06_all_time_is_covered_zero_invoice_with_evidence(tmp_path: Path) -> None:
    expected = CASES["L06"]["expected"]
    plan = care(mode="postpaid", fee="-")
    rules = flat("€100.00", plan)
    work = [{"id": "W1", "start": "2026-01-12T09:00", "minutes": expected["covered_min"]}]
    billed = bill(tmp_path, rules, work, contract=FROM_JANUARY, through="2026-02-01")
    [document] = billed.documents
    assert (document["total"], len(document["lines"])) == (expected["amount"], expected["lines"])
    assert document["lines"][0]["covered"] == expected["covered_min"]
    assert document["closings"][0]["carried_out"] == str(expected["carry_min"])


def test_a_commitment_and_a_cap_have_lines_of_their_own(tmp_path: Path) -> None:
    plan = """
plans
  | plan | mode     | fee    | at least | at most | beyond |
  |------|----------|--------|----------|---------|--------|
  | Care | postpaid | €50.00 | €300.00  | €800.00 | rate   |
"""
    work = used({"2026-01-12": 2, "2026-02-09": 4, "2026-03-09": 9})
    billed = bill(tmp_path, flat("€100.00", plan), work, contract=FROM_JANUARY, through="2026-04-01")
    limits = [
        (line["item"], line["amount"]) for d in billed.documents for line in d["lines"] if line["kind"] == "commitment"
    ]
    assert limits == [("commit/0", "100.00"), ("cap/2", "-100.00")]
    assert [document["total"] for document in billed.documents] == ["350.00", "450.00", "850.00"]


def test_allowance_carried_for_two_cycles_and_a_top_up_that_lasts_for_two(tmp_path: Path) -> None:
    plan = """
plans
  | plan | allowance | carry over | carry for | beyond | top-ups |
  |------|-----------|------------|-----------|--------|---------|
  | Care | 3 h       | all        | 2 cycles  | rate   | Extra 5 |

top-ups
  | top-up  | price   | adds | lasts    |
  |---------|---------|------|----------|
  | Extra 5 | €450.00 | 5 h  | 2 cycles |
"""
    top_up = {"id": "T1", "top_up": "Extra 5", "at": "2026-02-10T12:00"}
    work = used({"2026-05-11": 30})
    billed = bill(tmp_path, flat("€100.00", plan), work, contract=FROM_JANUARY, top_ups=[top_up], through="2026-06-01")
    minutes = [(one["carried_in"], one["topped_up"], one["carried_out"]) for one in billed.out["closings"]]
    assert [tuple(int(one) // 60 for one in closing) for closing in minutes] == [
        (0, 0, 3),
        (3, 5, 11),  # January's 3 h live on in February and March, and the top-up to the end of March
        (11, 0, 11),  # of the 14 h, January's lapse
        (11, 0, 11),  # and so on, with the top-up carried
        (11, 0, 0),
    ]


def test_p09_draw_down_order_soonest_expiry_first_then_oldest_grant(tmp_path: Path) -> None:
    expected = CASES["P09"]["expected"]
    plan = (
        care(carry="2 h", beyond="rate")
        .replace("| adds |", "| adds | lasts |")
        .replace("| 5 h  |", "| 5 h | 3 cycles |")
    )
    top_up = {"id": "T1", "top_up": "Extra 5", "at": "2026-04-02T12:00"}
    work = [*used({"2026-03-09": 8, "2026-04-06": 13}), {"id": "W", "start": "2026-04-20T09:00", "minutes": 20}]
    terms = {"plan": "Care", "start": "2026-03-01"}
    billed = bill(tmp_path, flat("€100.00", plan), work, contract=terms, top_ups=[top_up], through="2026-05-01")
    april = billed.out["closings"][1]
    assert [april[name] for name in ("carried_in", "granted", "drawn")] == [
        str(sum(expected[name] for name in names)) for names in (["carry"], ["cycle"], ["carry", "cycle", "topup"])
    ]
    assert (april["left"], april["carried_out"]) == (str(expected["left_topup"]), str(expected["left_topup"]))
    names = {"carried": "carry", "cycle": "cycle", "top-up": "topup"}
    drawn = [one for line in billed.documents[-1]["lines"] for one in line["drawn"]]
    by_bucket = {
        name: sum(int(one["amount"]) for one in drawn if names[one["bucket"]] == name) for name in names.values()
    }
    assert by_bucket == {name: expected[name] for name in names.values()}


def test_c08_seat_count_changes(tmp_path: Path) -> None:
    expected = CASES["C08"]["expected"]
    plan = """
plans
  | plan | mode     | every          | beyond |
  |------|----------|----------------|--------|
  | Care | postpaid | calendar month | rate   |

items
  | item      | price  | count |
  |-----------|--------|-------|
  | Seat      | €12.50 | daily |
  | Peak seat | €12.50 | peak  |
"""
    counts = {"2026-08-01": 40, "2026-08-11": 45, "2026-08-26": 42}
    found = {}
    for item in ("Seat", "Peak seat"):
        folder = tmp_path / item
        folder.mkdir()
        told = [{"id": day, "item": item, "from": day, "quantity": count} for day, count in counts.items()]
        terms = {"plan": "Care", "start": "2026-08-01"}
        billed = bill(
            folder,
            flat("€100.00", plan),
            used({"2026-08-03": 1}),
            contract=terms,
            quantities=told,
            through="2026-09-01",
        )
        found[item] = amounts(billed, ["item"])
    assert found["Seat"] == expected["lines"]
    assert sum(map(Decimal, found["Seat"])) == Decimal(expected["prorated"])
    assert found["Peak seat"] == [expected["high_water_mark"]]


def test_the_allowances_of_a_quarter_are_one_pot_from_its_first_day(tmp_path: Path) -> None:
    plan = """
plans
  | plan | mode     | allowance | shared over | carry over | beyond |
  |------|----------|-----------|-------------|------------|--------|
  | Care | postpaid | 3 h       | quarter     | 1 h        | rate   |
"""
    work = used({"2026-01-12": 5, "2026-03-09": 6, "2026-04-06": 7})
    billed = bill(tmp_path, flat("€100.00", plan), work, contract=FROM_JANUARY, through="2026-05-01")
    hours = [
        tuple(int(closing[name]) // 60 for name in ("granted", "drawn", "overage", "left"))
        for closing in billed.out["closings"]
    ]
    assert hours == [(9, 5, 0, 4), (0, 0, 0, 4), (0, 4, 2, 0), (9, 7, 0, 2)]
    assert sum(Decimal(amount) for amount in amounts(billed)) == Decimal("200.00")
