"""Nobody asks for more than can be answered."""

from __future__ import annotations

import pytest

from graphql_api.limits import MAX_ALIASES, MAX_BODY_BYTES, MAX_DEPTH, MAX_PAGE_SIZE, MAX_TOKENS
from tests.graphql_api.conftest import Api


def code(api: Api, query: str, **variables: object) -> str:
    error = api.error(query, **variables)
    assert error["extensions"]["remedy"]
    return str(error["extensions"]["code"])


def nested(levels: int) -> str:
    """Contracts of an account of a contract of ...: `levels` fields inside one another, an odd number above 4."""
    inner = "key"
    for _ in range((levels - 3) // 2):
        inner = f"contracts {{ account {{ {inner} }} }}"
    return f"{{ accounts(first: 1) {{ nodes {{ {inner} }} }} }}"


def test_an_operation_may_be_as_deep_as_the_limit_and_no_deeper(api: Api) -> None:
    deepest = MAX_DEPTH - 1 + MAX_DEPTH % 2
    assert "errors" not in api.answer(nested(deepest))
    assert code(api, nested(deepest + 2)) == "too-deep"


def test_fragments_hide_no_depth(api: Api) -> None:
    fragments = " ".join(
        f"fragment F{n} on Account {{ contracts {{ account {{ ...F{n + 1} }} }} }}" for n in range(MAX_DEPTH)
    )
    query = f"{{ accounts {{ nodes {{ ...F0 }} }} }} {fragments} fragment F{MAX_DEPTH} on Account {{ key }}"
    assert code(api, query) == "too-deep"


def test_fragments_in_a_circle_are_an_error_and_no_endless_loop(api: Api) -> None:
    query = "{ accounts { nodes { ...A } } } fragment A on Account { ...B } fragment B on Account { ...A }"
    assert "Cannot spread fragment" in api.error(query)["message"]


def test_fragments_that_double_each_other_are_weighed_without_being_unfolded(api: Api) -> None:
    count = 60
    fragments = " ".join(
        f"fragment F{n} on Account {{ a{n}: key ...F{n + 1} b{n}: label ...F{n + 1} }}" for n in range(count)
    )
    query = f"{{ accounts {{ nodes {{ ...F0 }} }} }} {fragments} fragment F{count} on Account {{ key }}"
    assert code(api, query) == "too-many-aliases"
    unaliased = query
    for n in range(count):
        unaliased = unaliased.replace(f"a{n}: key", "key").replace(f"b{n}: label", "label")
    assert code(api, unaliased) == "too-heavy"


def test_brackets_without_end_are_refused_before_they_are_parsed(api: Api) -> None:
    deep = MAX_TOKENS // 2 - 10
    assert code(api, "{ a" * deep + "}" * deep) in ("too-deep", "syntax", "bad-request")


def test_too_many_words_are_a_syntax_error(api: Api) -> None:
    assert "token" in api.error("{ service { " + "version " * MAX_TOKENS + "} }")["message"]


def test_aliases_are_counted(api: Api) -> None:
    within = " ".join(f"a{n}: version" for n in range(MAX_ALIASES))
    assert "errors" not in api.answer(f"{{ service {{ {within} }} }}")
    assert code(api, f"{{ service {{ {within} more: version }} }}") == "too-many-aliases"


@pytest.mark.parametrize("first", [0, -1, MAX_PAGE_SIZE + 1, 2_000_000_000])
def test_a_page_has_a_size_that_can_be_served(api: Api, first: int) -> None:
    assert code(api, "query ($n: Int!) { accounts(first: $n) { nodes { key } } }", n=first) == "bad-page-size"
    error = api.error(f"{{ documents {{ nodes {{ lines(first: {first}) {{ nodes {{ label }} }} }} }} }}")
    assert error["extensions"]["code"] == "bad-page-size"


HEAVY = """
query ($documents: Int!, $lines: Int!) {
  documents(first: $documents) { nodes { lines(first: $lines) { nodes {
    label net { amount } worklog { id fields { name value } } explanation { steps { values { name value } } }
  } } } }
}
"""


def test_pages_in_pages_are_weighed_with_the_sizes_that_are_asked_for(api: Api) -> None:
    assert code(api, HEAVY, documents=100, lines=100) == "too-heavy"
    assert "errors" not in api.answer(HEAVY, documents=5, lines=25)


def test_a_page_size_that_is_left_to_a_default_is_weighed_as_a_full_page(api: Api) -> None:
    query = HEAVY.replace("$documents: Int!, $lines: Int!", "$documents: Int! = 100, $lines: Int! = 100")
    assert code(api, query) == "too-heavy"


def test_introspection_goes_as_far_as_tools_need_and_not_in_circles(api: Api) -> None:
    tools = "{ __schema { types { fields { args { type { ofType { ofType { ofType { name } } } } } } } } }"
    assert "errors" not in api.answer(tools)
    circles = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    assert "introspection depth" in api.error(circles)["message"]


def test_a_body_beyond_the_limit_is_not_read(api: Api) -> None:
    response = api.post({"query": "{ service { version } }", "variables": {"x": "x" * MAX_BODY_BYTES}})
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"]["code"] == "too-large"


def test_lists_to_record_have_a_limit(api: Api) -> None:
    query = "mutation ($accounts: [AccountInput!]!) { recordAccounts(accounts: $accounts) { recorded } }"
    assert code(api, query, accounts=[{"key": f"a{n}"} for n in range(1001)]) == "too-many"
