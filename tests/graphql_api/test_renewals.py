"""Contracts that renew others, as their office sees them."""

from __future__ import annotations

import pytest

from tests.graphql_api import world
from tests.graphql_api.conftest import Api

RENEWAL = {"number": "C-9", "account": "Initech", "plan": "Gold Care", "start": "2027-01-01", "renewedFrom": "C-8"}
SHOWN = 'query { contract(number: "C-9") { renewedFrom carriesOver } }'


@pytest.fixture
def renewable(api: Api) -> Api:
    api.data(world.RECORD_ACCOUNTS, accounts=[{"key": "Initech"}])
    old = {"number": "C-8", "account": "Initech", "plan": "Gold Care", "start": "2026-01-01", "expiry": "2026-12-31"}
    assert api.data(world.CREATE_CONTRACT, contract=old)["createContract"]["change"] == "NEW"
    return api


def test_a_contract_says_what_it_renews(renewable: Api) -> None:
    made = renewable.data(world.CREATE_CONTRACT, contract=RENEWAL)
    assert made["createContract"]["change"] == "NEW"
    assert renewable.data(SHOWN)["contract"] == {"renewedFrom": "C-8", "carriesOver": False}


def test_a_renewal_with_a_gap_is_refused_and_told_when_to_start(renewable: Api) -> None:
    answer = renewable.data(world.CREATE_CONTRACT, contract={**RENEWAL, "start": "2027-01-05"})["createContract"]
    [problem] = answer["problems"]
    assert (answer["code"], problem["field"]) == ("bad-renewal", "renewedFrom")
    assert "a renewal starts on 2027-01-01" in problem["message"]
