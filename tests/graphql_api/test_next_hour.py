"""What the next hour would cost, in figures and in words; and, for admins, why not another row."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql_api.conftest import Api

NEXT_HOUR = """
query ($work: WorkQuestion!) {
  nextHour(work: $work) {
    ... on NextHour {
      amount { amount currency } minutes coveredMinutes overageMinutes wouldWait sentences rows { hook table row }
    }
    ... on Refused { code message remedy }
  }
}
"""
WAITS = "query ($work: WorkQuestion!) { nextHour(work: $work) { ... on NextHour { waits { code message } } } }"
WHY_NOT = """
query ($work: WorkQuestion!, $table: String!, $row: String!) {
  whyNot(work: $work, table: $table, row: $row) {
    ... on WhyNot { fits input value sentence }
    ... on Refused { code message remedy }
  }
}
"""


def work(category: str = "Network", priority: str = "High", **others: object) -> dict[str, object]:
    fields = [{"name": "category", "value": category}, {"name": "priority", "value": priority}]
    return {"contract": "C-1", "start": "2026-02-10T10:00", "site": "HQ", "fields": fields, **others}


def next_hour(api: Api, key: str = "reader", **changes: Any) -> dict[str, Any]:
    answer: dict[str, Any] = api.data(NEXT_HOUR, key, work=work(**changes))["nextHour"]
    return answer


def test_an_hour_within_the_allowance_costs_nothing_and_one_beyond_it_what_the_row_says(api: Api) -> None:
    assert next_hour(api)["amount"] == {"amount": "0.00", "currency": "USD"}
    beyond = next_hour(api, minutes=180)
    assert (beyond["coveredMinutes"], beyond["overageMinutes"], beyond["amount"]["amount"]) == (120, 60, "120.00")
    assert {"hook": "rate", "table": "Hourly rate", "row": "A10"} in beyond["rows"]
    assert beyond["sentences"][1:] == [
        "Work next hour on 2026-02-10: 180 min in the band operational.",
        "The allowance covers 120 of 180 min; 60 min are beyond it.",
        "An hour costs 120.00 USD. [plans / Gold Care, rates.rules:28] [Hourly rate / A10, rates.rules:7]",
        "60 min at 120.00 USD/h: 60 / 60 x 120.00 = 120.00 USD.",
    ]


def test_nothing_of_a_question_is_kept(api: Api) -> None:
    before = api.data("{ worklogs { nodes { id } } documents { nodes { number } } }")
    assert next_hour(api, minutes=180) == next_hour(api, minutes=180)
    assert api.data("{ worklogs { nodes { id } } documents { nodes { number } } }") == before


def test_a_question_about_a_billed_cycle_tells_the_difference_to_what_was_billed(api: Api) -> None:
    assert next_hour(api, start="2026-01-20T10:00")["amount"]["amount"] == "120.00"  # its allowance is used up


def test_a_customer_asks_about_its_own_contract_alone_and_sees_no_other_row(api: Api) -> None:
    assert next_hour(api, "acme")["amount"]["amount"] == "0.00"
    assert next_hour(api, "globex")["code"] == "unknown-contract"
    assert api.error(WAITS, "acme", work=work())["extensions"]["code"] == "forbidden"
    error = api.error(WHY_NOT, "acme", work=work(), table="Hourly rate", row="S1")
    assert error["extensions"]["code"] == "forbidden"


def test_work_that_would_wait_has_no_price_and_says_why(api: Api) -> None:
    waiting = next_hour(api, category="Printer")
    assert (waiting["wouldWait"], waiting["amount"]) == (True, None)
    answer = api.data(WAITS, "reader", work=work("Printer"))["nextHour"]["waits"]
    assert answer["code"] == "unknown-value"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"contract": "C-404"}, "unknown-contract"),
        ({"site": "Attic"}, "unknown-site"),
        ({"minutes": 0}, "bad-minutes"),
        ({"minutes": 1441}, "bad-minutes"),
        ({"start": "2025-12-31T10:00"}, "no-contract"),
        ({"start": "2026-03-08T02:30"}, "skipped-time"),
        ({"fields": [{"name": "prioritty", "value": "High"}]}, "unknown-input"),
    ],
)
def test_a_question_without_an_answer_says_what_is_wrong_with_it(
    api: Api, changes: dict[str, object], code: str
) -> None:
    assert next_hour(api, **changes)["code"] == code


def why_not(api: Api, row: str, table: str = "Hourly rate") -> dict[str, Any]:
    answer: dict[str, Any] = api.data(WHY_NOT, work=work(), table=table, row=row)["whyNot"]
    return answer


def test_an_admin_is_told_the_first_cell_that_keeps_a_row_from_fitting(api: Api) -> None:
    server = why_not(api, "H10")
    assert (server["fits"], server["input"], server["value"]) == (False, "category", "Network")
    assert server["sentence"] == (
        "The row Hourly rate / H10, rates.rules:8 does not fit: its cell for `category` does not take `Network`."
    )
    assert why_not(api, "S1")["input"] == "account"
    assert why_not(api, "A10")["fits"] is True


def test_a_row_or_table_that_there_is_not_is_named(api: Api) -> None:
    assert why_not(api, "H11")["code"] == "unknown-row"
    assert why_not(api, "A10", table="Hourly rates")["remedy"] == "Did you mean `Hourly rate`?"
