"""Questions about many things cost as many statements as questions about one."""

from __future__ import annotations

import logging

import pytest

from tests.graphql_api import world
from tests.graphql_api.conftest import Api

NESTED = """
query ($n: Int!) {
  accounts(first: $n) { nodes { key sites { key } contracts { number amendments { plan } quantities { quantity } topUps { id } closings { cycle } parked { since } } } }
  worklogs(first: $n) { nodes { id account { name } billedOn { document { number } } } }
  documents(first: $n) { nodes {
    account { name } contract { plan } taxes { code }
    lines(first: 10) { nodes { label worklog { id account { name } } explanation { sentences } } }
  } }
}
"""


@pytest.fixture
def statements(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Tortoise logs every statement that it sends."""
    caplog.set_level(logging.DEBUG, logger="tortoise.db_client")
    return caplog


def count(api: Api, statements: pytest.LogCaptureFixture, **variables: object) -> int:
    statements.clear()
    api.data(NESTED, **variables)
    return sum(record.name == "tortoise.db_client" for record in statements.records)


def test_a_page_of_many_takes_no_more_statements_than_a_page_of_few(
    api: Api, statements: pytest.LogCaptureFixture
) -> None:
    accounts = [{"key": f"Customer {n}", "sites": [{"key": "HQ"}, {"key": "Depot"}]} for n in range(20)]
    api.data(world.RECORD_ACCOUNTS, accounts=accounts)
    for n in range(20):
        contract = {"number": f"N-{n}", "account": f"Customer {n}", "plan": "Open Book", "start": "2026-01-01"}
        api.data(world.CREATE_CONTRACT, contract=contract)
    worklogs = [
        {**world.WORKLOGS[2], "id": f"n{n}", "account": f"Customer {n}", "request": world.request(f"q{n}", "Server")}
        for n in range(20)
    ]
    api.data(world.RECORD_WORKLOGS, worklogs=worklogs)
    assert len(api.data(world.BILL)["billDue"]["billed"]) >= 20

    few, many = count(api, statements, n=5), count(api, statements, n=25)
    assert 10 < few == many
