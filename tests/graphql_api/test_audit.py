"""Admins read who caused what; what a mutation writes has its caller."""

from __future__ import annotations

import json

import pytest

from tests.graphql_api import world
from tests.graphql_api.conftest import Api

AUDIT = """
query ($action: String, $first: Int, $after: Cursor) {
  audit(action: $action, first: $first, after: $after) {
    nodes { number actor requestId action payload prevHash hash }
    pageInfo { hasNextPage endCursor }
  }
}
"""


@pytest.mark.parametrize(("sent", "kept"), [("ticket-17", "ticket-17"), ("no id; at all", None), ("x" * 101, None)])
def test_a_mutation_leaves_its_caller_and_the_id_of_its_request(api: Api, sent: str, kept: str | None) -> None:
    body = {"query": world.RECORD_ACCOUNTS, "variables": {"accounts": [{"key": "Initech", "country": "US"}]}}
    headers = {"Authorization": f"Bearer {api.keys['billing']}", "X-Request-Id": sent}
    assert "errors" not in api.client.post("/graphql", json=body, headers=headers).json()
    row = api.data(AUDIT, action="account.recorded", first=100)["audit"]["nodes"][-1]
    assert json.loads(row["payload"])["key"] == "initech"
    assert row["actor"].startswith("key ")
    assert api.keys["billing"].split("_")[1] in row["actor"]
    assert row["requestId"] == kept
    assert api.keys["billing"] not in json.dumps(row)


def test_the_audit_is_paged_without_a_gap(api: Api) -> None:
    seen: list[dict[str, str]] = []
    after = None
    while True:
        page = api.data(AUDIT, first=3, after=after)["audit"]
        seen += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert [int(one["number"]) for one in seen] == list(range(1, len(seen) + 1))
    assert [one["prevHash"] for one in seen[1:]] == [one["hash"] for one in seen[:-1]]


@pytest.mark.parametrize("key", ["billing", "recorder", "reader", "acme"])
def test_only_admins_read_it(api: Api, key: str) -> None:
    assert api.error(AUDIT, key)["extensions"]["code"] == "forbidden"
