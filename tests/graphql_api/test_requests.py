"""What comes over HTTP that is no proper operation, and where things are."""

from __future__ import annotations

import sqlite3

import pytest

from tests.graphql_api.conftest import Api


def refused(api: Api, body: bytes, status: int = 400, content_type: str = "application/json") -> str:
    headers = {"Authorization": f"Bearer {api.keys['reader']}", "Content-Type": content_type}
    response = api.client.post("/graphql", content=body, headers=headers)
    assert response.status_code == status, response.text
    [error] = response.json()["errors"]
    assert error["extensions"]["remedy"]
    return str(error["message"])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"query": "{ x }", "variables": {"x": "\\ud800"}}', "surrogate"),
        (b"42", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b"{}", "`query`"),
        (b'{"query": 1}', "`query`"),
        (b'{"query": "  "}', "`query`"),
        (b'{"query": "{ service { version } }", "variables": []}', "`variables`"),
        (b'{"query": "{ service { version } }", "operationName": 1}', "`operationName`"),
        (b'{"query": "{ service { version } }", "variables": {"x": NaN}}', "NaN"),
        (b'{"query": "{ service { version } }", "variables": {"x": -Infinity}}', "-Infinity"),
    ],
)
def test_a_body_that_holds_no_operation_is_told_what_is_wrong(api: Api, body: bytes, said: str) -> None:
    assert said in refused(api, body)


def test_a_form_is_no_operation(api: Api) -> None:
    body = b"query=%7Bservice%7Bversion%7D%7D"
    assert "application/x-www-form-urlencoded" in refused(api, body, 415, "application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ service { version }", "Syntax Error"),
        ("hello", "Syntax Error"),
        ("{ service { versoin } }", "Did you mean 'version'"),
        ("{ nothing }", "Cannot query field"),
        ("{ service }", "must have a selection"),
        ("{ account { key } }", "required"),
        ("query ($x: Nope) { service { version } }", "Unknown type"),
        ("subscription { x }", "ubscription"),
        ("fragment F on Account { key }", "no operation"),
        ("type X { a: Int }", "no operation"),
        ("# nothing", "Syntax Error"),
    ],
)
def test_an_operation_that_does_not_fit_the_schema_is_told_where(api: Api, query: str, said: str) -> None:
    answer = api.answer(query)
    assert answer.get("data") is None
    assert any(said in error["message"] for error in answer["errors"]), answer["errors"]
    assert all(error["extensions"]["code"] and error["extensions"]["remedy"] for error in answer["errors"])


def test_one_of_several_operations_is_named(api: Api) -> None:
    document = "query A { service { version } } query B { service { role } }"
    response = api.post({"query": document, "operationName": "B"})
    assert response.json()["data"] == {"service": {"role": "admin"}}
    missing = api.post({"query": document, "operationName": "C"}).json()
    assert "'C'" in missing["errors"][0]["message"]
    unnamed = api.post({"query": document}).json()
    assert "`A`, `B`" in unnamed["errors"][0]["message"]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e3", "five", "5.", ""])
def test_a_decimal_that_is_none_is_refused_with_the_place(api: Api, value: str) -> None:
    query = """mutation ($percent: Decimal!) {
      createContract(contract: {
        number: "C-9", account: "Globex", plan: "Open Book", start: "2026-01-01", discounts: [{percent: $percent}]
      }) { __typename }
    }"""
    error = api.error(query, percent=value)
    assert "$percent" in error["message"]
    assert error["extensions"]["code"] == "bad-value"
    assert "in quotes" in error["extensions"]["remedy"]
    assert api.data('{ contract(number: "C-9") { number } }')["contract"] is None


def test_a_float_is_no_decimal_even_as_a_literal(api: Api) -> None:
    query = """mutation {
      createContract(contract: {
        number: "C-9", account: "Globex", plan: "Open Book", start: "2026-01-01", discounts: [{percent: 1.5}]
      }) { __typename }
    }"""
    error = api.error(query)
    assert error["locations"] == [{"line": 3, "column": 105}]
    assert "in quotes" in error["extensions"]["remedy"]


@pytest.mark.parametrize("percent", ["0", "-5", "100.01"])
def test_a_discount_that_makes_no_sense_is_refused(api: Api, percent: str) -> None:
    query = """mutation ($percent: Decimal!) {
      createContract(contract: {
        number: "C-9", account: "Globex", plan: "Open Book", start: "2026-01-01", discounts: [{percent: $percent}]
      }) { __typename }
    }"""
    assert api.error(query, percent=percent)["extensions"]["code"] == "bad-discount"


@pytest.mark.parametrize("cursor", ["", "x", "!!!", "AAAA", "W10", "bnVsbA", "WzEsMiwzLDQsNSw2XQ", "x" * 2000])
def test_a_cursor_that_nobody_gave_out_is_refused(api: Api, cursor: str) -> None:
    for field in ("accounts", "contracts", "worklogs", "documents", "closings", "exceptions", "rulesetVersions"):
        query = f"query ($after: Cursor) {{ {field}(after: $after) {{ pageInfo {{ hasNextPage }} }} }}"
        assert api.error(query, after=cursor)["extensions"]["code"] in ("bad-cursor", "bad-value"), field


def test_a_cursor_of_another_list_is_refused(api: Api) -> None:
    page = "{ worklogs(first: 1) { pageInfo { endCursor } } }"
    cursor = api.data(page)["worklogs"]["pageInfo"]["endCursor"]
    query = "query ($after: Cursor) { documents(after: $after) { nodes { number } } }"
    assert api.error(query, after=cursor)["extensions"]["code"] == "bad-cursor"


def test_a_defect_is_masked_and_found_in_the_log(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the secret of the engine room")

    monkeypatch.setattr("tarifa.reading.accounts.accounts", broken)
    error = api.error("{ accounts { nodes { key } } }")
    assert "secret" not in str(error)
    assert error["path"] == ["accounts"]
    incident = error["extensions"]["incident"]
    assert incident in error["message"]
    [record] = [record for record in caplog.records if incident in record.getMessage()]
    assert record.exc_info is not None
    assert "secret of the engine room" in str(record.exc_info[1])


def test_a_write_that_has_to_wait_too_long_can_be_sent_again(api: Api) -> None:
    other = sqlite3.connect(api.database.backend.place, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    query = 'mutation { recordAccounts(accounts: [{key: "Late"}]) { recorded } }'
    error = api.error(query)
    other.execute("ROLLBACK")
    other.close()
    assert error["extensions"]["code"] == "busy"
    assert api.data(query)["recordAccounts"] == {"recorded": 1}


def test_health_names_the_version_and_the_migration(api: Api) -> None:
    response = api.client.get("/healthz")
    assert response.status_code == 200
    body = response.json()
    assert body["status"] == "ok"
    assert body["version"]
    assert body["migration"]


def test_health_is_503_with_the_reason_when_the_database_does_not_answer(api: Api) -> None:
    other = sqlite3.connect(api.database.backend.place)
    other.execute("DROP TABLE schema_migrations")
    other.commit()
    other.close()
    response = api.client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["status"] == "unavailable"
    assert "database" in response.json()["reason"]


def test_a_database_that_may_not_be_written_is_unavailable_and_still_read(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    api.run(api.database.writer.execute_script, "PRAGMA query_only = ON")
    error = api.error('mutation { recordAccounts(accounts: [{key: "Late"}]) { recorded } }')
    assert error["extensions"]["code"] == "unavailable"
    assert "cannot be written" in caplog.text
    assert api.data("{ accounts { nodes { key } } }")["accounts"]["nodes"]


def test_the_landing_page_says_where_things_are(api: Api) -> None:
    text = api.client.get("/").text
    assert "/graphql" in text
    assert "/healthz" in text


def test_elsewhere_there_is_nothing(api: Api) -> None:
    assert api.client.get("/elsewhere").json()["errors"][0]["extensions"]["code"] == "not-found"
    assert api.client.get("/graphql").status_code == 405
    assert "POST" in api.client.get("/graphql").json()["errors"][0]["extensions"]["remedy"]
