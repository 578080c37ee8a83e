"""Notices as the office orders them and as the customer reads them."""

from __future__ import annotations

from typing import Any

from tarifa.services.notices import find_notices
from tests.graphql_api import world
from tests.graphql_api.conftest import Api

AMEND = """
mutation ($amendment: AmendmentInput!) {
  amendContract(amendment: $amendment) {
    ... on ContractAmended { contract { notices { usagePercent daysBeforeExpiry daysAfterExpiry } } }
    ... on Refused { code }
  }
}
"""
NOTICES = """
query ($first: Int = 25, $after: Cursor) {
  notices(first: $first, after: $after) {
    nodes { contractNumber accountKey kind threshold about dueOn worklogId } pageInfo { endCursor hasNextPage }
  }
}
"""


def amend(api: Api, contract: str, **notices: list[int]) -> dict[str, Any]:
    terms = {"contract": contract, "effectiveFrom": "2026-02-01", "notices": notices}
    answer: dict[str, Any] = api.data(AMEND, amendment=terms)["amendContract"]
    return answer


def test_what_was_found_is_listed_page_by_page_and_each_customer_reads_its_own(api: Api) -> None:
    assert amend(api, "C-1", usagePercent=[100, 50])["contract"]["notices"] == {
        "usagePercent": [50, 100], "daysBeforeExpiry": [], "daysAfterExpiry": [],
    }  # fmt: skip
    work = {"id": "n1", "account": "Acme Corp", "start": "2026-02-02T10:00", "minutes": 120}
    request = {"id": "n1", "fields": [{"name": "category", "value": "Network"}, {"name": "priority", "value": "High"}]}
    api.data(world.RECORD_WORKLOGS, worklogs=[{**work, "request": request}])
    assert len(api.run(find_notices, api.database, now=api.clock())) == 2
    page = api.data(NOTICES, "acme", first=1)["notices"]
    rest = api.data(NOTICES, "acme", after=page["pageInfo"]["endCursor"])["notices"]
    assert [(one["kind"], one["threshold"]) for one in (*page["nodes"], *rest["nodes"])] == [
        ("USAGE", 50),
        ("USAGE", 100),
    ]
    assert page["nodes"][0] == {
        "contractNumber": "C-1", "accountKey": "acme corp", "kind": "USAGE", "threshold": 50,
        "about": "2026-02-01", "dueOn": "2026-02-03", "worklogId": "main:n1",
    }  # fmt: skip
    assert api.data(NOTICES, "globex")["notices"]["nodes"] == []


def test_notices_that_make_no_sense_are_refused(api: Api) -> None:
    assert amend(api, "C-1", usagePercent=[120])["code"] == "bad-notices"
