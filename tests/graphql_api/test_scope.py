"""A customer's key sees that customer alone, however the question is put."""

from __future__ import annotations

import pytest

from tests.graphql_api import world
from tests.graphql_api.conftest import Answer, Api

EVERYTHING = """
query {
  accounts { nodes { key contracts { number } } }
  contracts { nodes { number accountKey account { key } } }
  worklogs { nodes { id accountKey billedOn { documentNumber document { number } } } }
  documents { nodes { number accountKey lines { nodes { itemKey worklog { id } rows { row } explanation { sentences } } } } }
  closings { nodes { contractNumber accountKey } }
}
"""


def numbers(api: Api, account: str) -> list[str]:
    found = api.data("query ($a: String) { documents(account: $a) { nodes { number } } }", a=account)
    return [node["number"] for node in found["documents"]["nodes"]]


def test_every_list_holds_the_own_account_only(api: Api) -> None:
    seen = api.data(EVERYTHING, "acme")
    assert [account["key"] for account in seen["accounts"]["nodes"]] == ["acme corp"]
    assert [contract["number"] for contract in seen["contracts"]["nodes"]] == ["C-1"]
    for field in ("contracts", "worklogs", "documents", "closings"):
        assert seen[field]["nodes"], field
        assert {node["accountKey"] for node in seen[field]["nodes"]} == {"acme corp"}, field


def test_what_one_customer_sees_and_what_the_other_sees_is_all_there_is(api: Api) -> None:
    def ids(answer: Answer) -> set[str]:
        return {node["id"] for node in answer["worklogs"]["nodes"]}

    acme, globex, everyone = (api.data(EVERYTHING, key) for key in ("acme", "globex", "reader"))
    assert ids(acme) | ids(globex) == ids(everyone)
    assert ids(acme) & ids(globex) == set()


@pytest.mark.parametrize("key", ["acme", "globex"])
def test_another_customers_things_are_as_if_they_were_not_there(api: Api, key: str) -> None:
    other = {"acme": "Globex", "globex": "Acme Corp"}[key]
    contract = {"acme": "C-2", "globex": "C-1"}[key]
    worklog = {"acme": "main:w3", "globex": "main:w1"}[key]
    [number, *_] = numbers(api, other)
    seen = api.data(
        """query ($account: String!, $contract: String!, $document: String!, $worklog: ID!) {
          account(key: $account) { key }
          contract(number: $contract) { number }
          document(number: $document) { number }
          worklog(id: $worklog) { id }
          accounts(search: $account) { nodes { key } }
          contracts(account: $account) { nodes { number } }
          worklogs(account: $account) { nodes { id } }
          documents(account: $account) { nodes { number } }
          byContract: documents(contract: $contract) { nodes { number } }
          closings(contract: $contract) { nodes { cycle } }
        }""",
        key,
        account=other,
        contract=contract,
        document=number,
        worklog=worklog,
    )
    singles = ("account", "contract", "document", "worklog")
    assert [seen.pop(name) for name in singles] == [None] * len(singles)
    assert {name: page["nodes"] for name, page in seen.items()} == {name: [] for name in seen}


def test_a_customer_sees_the_row_that_fired_and_never_another(api: Api) -> None:
    seen = str(api.data(EVERYTHING, "acme"))
    assert "A10" in seen
    for secret in ("Secret Ltd", "61.00", "H99", "H10"):
        assert secret not in seen


@pytest.mark.parametrize(
    "query",
    [
        "{ rulesets { nodes { name } } }",
        "{ rulesetVersions { nodes { number } } }",
        "{ activations { nodes { version } } }",
        "{ exceptions { nodes { id } } }",
        "{ parkedContracts { nodes { contractNumber } } }",
        "{ worklogs { nodes { held { message } } } }",
        "{ accounts { nodes { recordedBy } } }",
        "{ contracts { nodes { parked { attempts } } } }",
    ],
)
def test_a_customer_never_gets_near_the_rules_or_the_office(api: Api, query: str) -> None:
    assert api.error(query, "acme")["extensions"]["code"] == "forbidden"
    assert "errors" not in api.answer(query, "reader")


def test_a_customers_key_writes_nothing(api: Api) -> None:
    answer = api.answer(world.RECORD_WORKLOGS, "acme", worklogs=world.WORKLOGS[:1])
    assert answer["data"] is None
    assert answer["errors"][0]["message"].startswith("A key for one account may not ask for Mutation.recordWorklogs")
