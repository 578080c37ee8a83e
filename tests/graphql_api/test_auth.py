"""No answer without a key, and none beyond its role."""

from __future__ import annotations

from datetime import timedelta

import pytest

from graphql_api.auth import ALLOWED, WITHHELD, Audience, may_ask
from tests.graphql_api import world
from tests.graphql_api.conftest import Api

QUERY = {"query": "{ service { version role label accountKey } }"}


def refused(api: Api, header: str | None) -> dict[str, str]:
    headers = {"Authorization": header} if header is not None else {}
    response = api.client.post("/graphql", json=QUERY, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    body = response.json()
    assert set(body) == {"errors"}
    error = body["errors"][0]
    return {"message": error["message"], **error["extensions"]}


def test_a_request_without_a_key_is_told_how_to_get_one(api: Api) -> None:
    error = refused(api, None)
    assert error["code"] == "no-key"
    assert "tarifa keys create" in error["remedy"]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "tarifa_0000000000_x"])
def test_a_header_of_another_form_is_told_the_right_one(api: Api, header: str) -> None:
    error = refused(api, header)
    assert error["code"] == "no-key"
    assert "Bearer" in error["message"]


@pytest.mark.parametrize("secret", ["nonsense", "tarifa_0000000000_" + "x" * 43, "tarifa__", "tarifa_\u00e9_x"])
def test_an_unknown_key_is_refused(api: Api, secret: str) -> None:
    headers = {"Authorization": b"Bearer " + secret.encode()}
    response = api.client.post("/graphql", json=QUERY, headers=headers)  # type: ignore[arg-type]  # bytes are taken
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "unknown-key"


def test_a_key_with_one_wrong_character_is_unknown(api: Api) -> None:
    secret = api.keys["admin"]
    wrong = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    assert refused(api, f"Bearer {wrong}")["code"] == "unknown-key"


def test_an_expired_key_is_told_since_when(api: Api) -> None:
    api.clock.now += timedelta(hours=1)
    error = refused(api, f"Bearer {api.keys['expired']}")
    assert error["code"] == "expired-key"
    assert "2026-02-03 at 10:00 UTC" in error["message"]


def test_a_key_is_good_until_it_expires(api: Api) -> None:
    api.clock.now += timedelta(minutes=59)
    assert api.data(QUERY["query"], "expired")["service"]["role"] == "admin"


def test_a_revoked_key_is_told_since_when(api: Api) -> None:
    error = refused(api, f"Bearer {api.keys['revoked']}")
    assert error["code"] == "revoked-key"
    assert "2026-02-03" in error["message"]


def test_no_refusal_repeats_the_secret(api: Api) -> None:
    for name in ("expired", "revoked"):
        api.clock.now += timedelta(hours=1)
        assert api.keys[name] not in str(refused(api, f"Bearer {api.keys[name]}"))


def test_the_service_tells_a_frontend_who_is_asking(api: Api) -> None:
    assert api.data(QUERY["query"], "billing")["service"]["role"] == "billing"
    customer = api.data(QUERY["query"], "acme")["service"]
    assert (customer["role"], customer["accountKey"]) == ("customer", "acme corp")


MUTATIONS = {
    "recordAccounts": "mutation { recordAccounts(accounts: []) { recorded } }",
    "createContract": 'mutation { createContract(contract: {number: "x", account: "x", plan: "x", start: "2026-01-01"})'
    " { __typename } }",
    "buyTopUp": 'mutation { buyTopUp(topUp: {contract: "x", topUp: "x", requestKey: "x"}) { __typename } }',
    "recordWorklogs": "mutation { recordWorklogs(worklogs: []) { recorded } }",
    "billDue": "mutation { billDue { billed { boundary } } }",
    "publishRuleset": "mutation { publishRuleset(files: []) { __typename } }",
    "activateRuleset": 'mutation { activateRuleset(activation: {ruleset: "x", from: "2026-01-01"}) { __typename } }',
}
WRITERS = {
    "admin": set(MUTATIONS),
    "billing": {"recordAccounts", "createContract", "buyTopUp", "recordWorklogs", "billDue"},
    "recorder": {"recordWorklogs"},
    "reader": set(),
    "acme": set(),
}


@pytest.mark.parametrize("role", WRITERS)
def test_a_role_writes_what_is_its_business_and_nothing_else(api: Api, role: str) -> None:
    allowed = set()
    for name, operation in MUTATIONS.items():
        errors = api.answer(operation, role).get("errors", [])
        if not errors:
            allowed.add(name)
        else:
            assert [error["extensions"]["code"] for error in errors] == ["forbidden"], name
    assert allowed == WRITERS[role]


def test_a_forbidden_field_stops_the_whole_operation_before_it_runs(api: Api) -> None:
    both = """
    mutation ($worklogs: [WorklogInput!]!) {
      recordWorklogs(worklogs: $worklogs) { recorded }
      billDue { billed { boundary } }
    }"""
    new = {**world.WORKLOGS[0], "id": "never"}
    answer = api.answer(both, "recorder", worklogs=[new])
    assert answer["data"] is None
    assert [error["message"] for error in answer["errors"]] == [
        "A key with the role recorder may not ask for Mutation.billDue."
    ]
    assert answer["errors"][0]["extensions"]["remedy"] == "Use a key with one of these roles: admin, billing."
    assert api.data('{ worklog(id: "main:never") { id } }')["worklog"] is None


def test_a_forbidden_field_is_found_in_fragments_and_behind_aliases(api: Api) -> None:
    hidden = "query { harmless: service { version } ...F } fragment F on Query { also: rulesets { nodes { name } } }"
    assert api.error(hidden, "acme")["extensions"]["code"] == "forbidden"


def test_a_root_field_that_no_rule_names_is_nobodys() -> None:
    assert not any(may_ask(audience, "Mutation.dropEverything") for audience in Audience)
    assert all(may_ask(audience, "Query.__typename") for audience in Audience)


@pytest.mark.parametrize("coordinate", [*ALLOWED, *WITHHELD])
def test_an_admin_may_ask_for_everything(coordinate: str) -> None:
    assert may_ask(Audience.ADMIN, coordinate)
