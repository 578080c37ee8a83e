"""The office decides on work that waits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.graphql_api.conftest import Api

DECIDE = """
mutation ($decision: DecisionInput!) {
  decideException(decision: $decision) {
    ... on ExceptionDecided { id change exception { state note decidedBy reason { code } } }
    ... on Refused { code message remedy }
  }
}
"""
WAITING = "query ($state: ExceptionState) { exceptions(state: $state) { nodes { id subject } } }"


def decide(api: Api, action: str, note: str = "a courtesy", key: str = "billing") -> dict[str, Any]:
    [one] = api.data(WAITING, state=None)["exceptions"]["nodes"]
    answer: dict[str, Any] = api.data(DECIDE, key, decision={"exception": one["id"], "action": action, "note": note})
    decided: dict[str, Any] = answer["decideException"]
    return decided


def test_waived_work_is_off_the_list_with_the_name_of_who_waived_it(api: Api) -> None:
    answer = decide(api, "WAIVE")
    assert (answer["change"], answer["exception"]["state"], answer["exception"]["note"]) == (
        "NEW", "WAIVED", "a courtesy",
    )  # fmt: skip
    assert "(billing)" in answer["exception"]["decidedBy"]
    assert api.data(WAITING, state="OPEN")["exceptions"]["nodes"] == []
    assert decide(api, "WAIVE")["change"] == "UNCHANGED"
    assert decide(api, "WAIVE", "another note")["code"] == "already-decided"
    found = api.data('{ worklog(id: "main:w4") { state } }', "reader")
    assert found["worklog"]["state"] == "WAIVED"


def test_work_without_a_price_cannot_be_released(api: Api) -> None:
    assert decide(api, "RELEASE")["code"] == "cannot-release"


@pytest.mark.parametrize("key", ["recorder", "reader", "acme"])
def test_only_the_office_decides(api: Api, key: str) -> None:
    decision = {"exception": "x", "action": "WAIVE", "note": "x"}
    assert api.error(DECIDE, key, decision=decision)["extensions"]["code"] == "forbidden"
