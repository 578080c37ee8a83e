"""Whatever is sent, nobody sees a defect: it is taken, refused as data, or an error with a code of its own."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.graphql_api import world
from tests.graphql_api.conftest import Api

# The application is started once for all examples: each must be answered whatever was recorded before it.
many = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

TELLING = ["", "\0", "x" * 5000, "%", "../etc", "Acme Corp", "Globex", "US", "Open Book", "standard", "fee", "$1.00/h"]
TIMES = ["2026-02-02T10:00", "9999-12-31T23:59", "0001-01-01T00:00", "2026-02-02T10:00-23:59", "2026-02-02T24:00"]
DAYS = st.sampled_from(["0001-01-01", "2024-02-29", "2026-01-01", "9999-12-31"])
WHOLE = st.integers(-(2**31), 2**31 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(TELLING + TIMES)
NAMED = st.lists(st.fixed_dictionaries({"name": TEXT, "value": TEXT}), max_size=2)


def some(required: dict[str, st.SearchStrategy[Any]], **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(required, optional=optional)


DECIMAL = st.sampled_from(["0", "-1", "35.00", "999999999999999999.999999999"]) | TEXT


REQUEST = some({"id": TEXT}, kind=TEXT, fields=NAMED, isCorrection=st.booleans())
WORKLOG = some(
    {"id": TEXT, "account": TEXT, "start": TEXT},
    end=TEXT,
    minutes=WHOLE,
    site=TEXT,
    request=REQUEST,
    fields=NAMED,
    voided=st.booleans(),
    distance=DECIMAL,
    extras=st.lists(some({"label": TEXT, "amount": DECIMAL}, billable=st.booleans()), max_size=3),
)
ACCOUNT = some({"key": TEXT}, name=TEXT, country=TEXT, sites=st.lists(some({"key": TEXT}, zone=TEXT), max_size=2))
CONTRACT = some(
    {"number": TEXT, "account": TEXT, "plan": TEXT, "start": DAYS},
    expiry=DAYS,
    billFrom=DAYS,
    sites=st.lists(TEXT, max_size=2),
    currency=TEXT,
    zone=TEXT,
    overrides=NAMED,
    dueDays=WHOLE,
)
AMENDMENT = some(
    {"contract": st.sampled_from(["C-1", "C-2"]) | TEXT, "effectiveFrom": DAYS},
    requestKey=TEXT,
    plan=TEXT,
    overrides=NAMED,
    suspended=st.booleans(),
    expiry=DAYS | st.none(),
    lockPrices=st.booleans(),
    lateWindow=WHOLE | st.none(),
)
QUANTITY = some(
    {
        "contract": st.sampled_from(["C-1", "C-2"]) | TEXT,
        "item": TEXT,
        "from": DAYS,
        "quantity": WHOLE,
        "externalId": TEXT,
    },
    source=TEXT,
    evidence=NAMED,
)
FILE = some({"path": TEXT | st.just("a.rules"), "text": TEXT})


def answered(api: Api, query: str, **variables: object) -> None:
    for error in api.answer(query, **variables).get("errors", []):
        assert error["extensions"]["code"] not in ("internal", "unavailable"), error
        assert error["extensions"]["remedy"]


@many
@given(worklogs=st.lists(WORKLOG, max_size=3), source=TEXT, change=st.sampled_from(["REJECT", "REVISE"]))
def test_any_worklogs_are_answered(api: Api, worklogs: list[object], source: str, change: str) -> None:
    answered(api, world.RECORD_WORKLOGS, worklogs=worklogs, source=source, onChange=change)


@many
@given(accounts=st.lists(ACCOUNT, max_size=3))
def test_any_accounts_are_answered(api: Api, accounts: list[object]) -> None:
    answered(api, world.RECORD_ACCOUNTS, accounts=accounts)


@many
@given(contract=CONTRACT)
def test_any_contract_is_answered(api: Api, contract: object) -> None:
    answered(api, world.CREATE_CONTRACT, contract=contract)


@many
@given(amendment=AMENDMENT)
def test_any_amendment_is_answered(api: Api, amendment: object) -> None:
    answered(api, world.AMEND_CONTRACT, amendment=amendment)


@many
@given(quantity=QUANTITY)
def test_any_quantity_is_answered(api: Api, quantity: object) -> None:
    answered(api, world.SET_QUANTITY, quantity=quantity)


@many
@given(files=st.lists(FILE, max_size=2), cut=st.integers(0, 2000), put=TEXT)
def test_any_ruleset_is_answered(api: Api, files: list[object], cut: int, put: str) -> None:
    answered(api, world.PUBLISH, files=files)
    text = world.RULES["rates.rules"]
    broken = [world.FILES[0], {"path": "rates.rules", "text": text[:cut] + put + text[cut + len(put) :]}]
    answered(api, world.PUBLISH, files=broken)


@many
@given(text=TEXT, day=DAYS, number=WHOLE)
def test_any_question_is_answered(api: Api, text: str, day: str, number: int) -> None:
    answered(
        api,
        """query ($t: String!, $id: ID!, $cursor: Cursor) {
          account(key: $t) { key } contract(number: $t) { number } document(number: $t) { number } worklog(id: $id) { id }
          accounts(search: $t) { nodes { key } } worklogs(account: $t, after: $cursor) { nodes { id } }
          documents(contract: $t) { nodes { lines(after: $cursor) { nodes { position } } } }
        }""",
        t=text,
        id=text,
        cursor=text,
    )
    answered(
        api,
        """mutation ($topUp: TopUpInput!, $activation: ActivationInput!, $day: Date) {
          buyTopUp(topUp: $topUp) { ... on Failure { code } }
          activateRuleset(activation: $activation) { ... on Failure { code } }
          billDue(through: $day) { billed { boundary } }
        }""",
        topUp={"contract": text, "topUp": text, "requestKey": text},
        activation={"ruleset": text, "from": day, "version": number},
        day=day,
    )


@many
@given(body=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_body_is_answered(api: Api, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {api.keys['reader']}", "Content-Type": "application/json"}
    response = api.client.post("/graphql", content=body, headers=headers)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["remedy"]


@many
@given(query=st.text(st.sampled_from('{}()[]:$!@"\\u{d800}\n ,service version query fragment on ...'), max_size=60))
def test_any_operation_is_answered(api: Api, query: str) -> None:
    response = api.post({"query": query})
    for error in response.json().get("errors", []):
        assert error["extensions"]["code"] != "internal"
