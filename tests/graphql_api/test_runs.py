"""The office starts a run, with a limit."""

from __future__ import annotations

import pytest

from tests.graphql_api import world
from tests.graphql_api.conftest import Api

START = """
mutation ($run: RunInput!) {
  startRun(run: $run) {
    ... on RunDone { change run { requestKey most mostChange done documents stopped totals { total { amount } change { amount } } } }
    ... on Refused { code message }
  }
}
"""
RUNS = "{ runs { nodes { requestKey through startedBy stopped } } }"


def test_a_run_with_a_limit_stops_what_passes_it(api: Api) -> None:
    api.data(world.RECORD_ACCOUNTS, accounts=[{"key": "Initech", "country": "US"}])
    contract = {"number": "C-8", "account": "Initech", "plan": "Gold Care", "start": "2026-02-02"}
    api.data(world.CREATE_CONTRACT, contract=contract)
    run = {"requestKey": "february", "most": "100.50", "mostChange": 50}
    done = api.data(START, "billing", run=run)["startRun"]
    assert done == {
        "change": "NEW",
        "run": {
            "requestKey": "february", "most": "100.5", "mostChange": 50, "done": True, "documents": 0, "stopped": 1,
            "totals": [],
        },
    }  # fmt: skip
    assert api.data(START, run=run)["startRun"]["change"] == "UNCHANGED"
    [listed] = api.data(RUNS, "reader")["runs"]["nodes"]
    assert (listed["requestKey"], listed["stopped"]) == ("february", 1)


@pytest.mark.parametrize("key", ["recorder", "reader", "acme"])
def test_only_the_office_starts_runs(api: Api, key: str) -> None:
    query = "mutation ($run: RunInput!) { startRun(run: $run) { __typename } }"
    assert api.error(query, key, run={"requestKey": "x"})["extensions"]["code"] == "forbidden"


def test_a_limit_of_nothing_is_refused(api: Api) -> None:
    assert api.data(START, run={"requestKey": "x", "most": "0"})["startRun"]["code"] == "bad-limit"
