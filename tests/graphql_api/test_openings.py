"""Allowance that a contract brings over, as its office and its customer see it."""

from __future__ import annotations

from tests.graphql_api import world
from tests.graphql_api.conftest import Api

OPENINGS = """
query { contract(number: "C-9") { openings { amount { amount unit } expires note } } }
"""


def test_what_was_brought_over_is_shown_with_its_note(api: Api) -> None:
    api.data(world.RECORD_ACCOUNTS, accounts=[{"key": "Initech"}])
    opening = {"amount": "90 min", "expires": "2026-04-30", "note": "Christmas hours"}
    contract = {"number": "C-9", "account": "Initech", "plan": "Gold Care", "start": "2026-01-01"}
    made = api.data(world.CREATE_CONTRACT, contract={**contract, "billFrom": "2026-04-01", "openings": [opening]})
    assert made["createContract"]["change"] == "NEW"
    assert api.data(OPENINGS, "reader")["contract"]["openings"] == [
        {"amount": {"amount": "90", "unit": "MINUTES"}, "expires": "2026-04-30", "note": "Christmas hours"}
    ]
    assert api.error(OPENINGS, "acme")["extensions"]["code"] == "forbidden"


def test_an_opening_without_a_day_of_taking_over_is_refused(api: Api) -> None:
    contract = {"number": "C-8", "account": "Globex", "plan": "Gold Care", "start": "2027-01-01"}
    opening = {"amount": "90 min", "expires": "2027-04-30"}
    answer = api.data(world.CREATE_CONTRACT, contract={**contract, "openings": [opening]})["createContract"]
    assert (answer["code"], answer["problems"][0]["field"]) == ("bad-opening", "openings")
