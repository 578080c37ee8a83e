"""The office records who sells, and documents say so."""

from __future__ import annotations

import pytest

from tests.graphql_api import world
from tests.graphql_api.conftest import Api

RECORD = """
mutation ($entity: EntityInput!) {
  recordEntity(entity: $entity) { ... on EntityRecorded { key change } ... on Refused { code message problems { field } } }
}
"""
OPEN = """
mutation ($series: SeriesInput!) {
  openSeries(series: $series) { ... on SeriesOpened { prefix change } ... on Refused { code message } }
}
"""
SELLER = {"key": "Zylker", "name": "Zylker Inc.", "address": "1 Main Street", "taxIds": ["EIN 1"], "isDefault": True}


def test_a_document_shows_who_sold_when_it_was_issued(api: Api) -> None:
    assert api.data(RECORD, "billing", entity=SELLER)["recordEntity"] == {"key": "zylker", "change": "NEW"}
    opened = api.data(OPEN, series={"kind": "INVOICE", "entity": "Zylker", "prefix": "Z-", "next": 77, "digits": 3})
    assert opened["openSeries"] == {"prefix": "Z-", "change": "NEW"}
    api.data(world.RECORD_ACCOUNTS, accounts=[{"key": "Initech", "country": "US"}])
    contract = {"number": "C-8", "account": "Initech", "plan": "Gold Care", "start": "2026-02-02"}
    api.data(world.CREATE_CONTRACT, contract=contract)
    api.data("mutation { billDue { billed { documentNumber } } }", "billing")
    api.data(RECORD, entity={**SELLER, "name": "Zylker International"})
    query = '{ document(number: "Z-077") { seller soldBy { key name address taxIds } } }'
    assert api.data(query, "reader")["document"] == {
        "seller": "Zylker",
        "soldBy": {"key": "Zylker", "name": "Zylker Inc.", "address": "1 Main Street", "taxIds": ["EIN 1"]},
    }
    query = "{ sellers { entities { seller { name } isDefault series { next isCurrent } } } }"
    [seller] = api.data(query, "reader")["sellers"]["entities"]
    assert seller["seller"]["name"] == "Zylker International"
    assert seller["series"] == [{"next": "Z-078", "isCurrent": True}]


def test_a_seller_that_cannot_be_is_refused_with_its_field(api: Api) -> None:
    refused = api.data(RECORD, entity={"key": "X", "country": "Texas"})["recordEntity"]
    assert (refused["code"], refused["problems"]) == ("bad-country", [{"field": "country"}])


@pytest.mark.parametrize("key", ["billing", "recorder", "reader", "acme"])
def test_only_an_admin_opens_series(api: Api, key: str) -> None:
    error = api.error(OPEN, key, series={"kind": "INVOICE", "prefix": "A-"})
    assert error["extensions"]["code"] == "forbidden"


def test_customers_do_not_see_the_numbering(api: Api) -> None:
    assert api.error("{ sellers { series { next } } }", "acme")["extensions"]["code"] == "forbidden"
