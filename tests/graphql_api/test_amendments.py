"""Contracts are amended: what is left out stays, what is null goes, and what cannot be is refused as data."""

from __future__ import annotations

from typing import Any

from tests.graphql_api import world
from tests.graphql_api.conftest import Api


def amend(api: Api, **changes: object) -> dict[str, Any]:
    amendment = {"contract": "C-2", "effectiveFrom": "2026-02-01", **changes}
    answer: dict[str, Any] = api.data(world.AMEND_CONTRACT, amendment=amendment)["amendContract"]
    return answer


def test_what_is_left_out_stays_and_what_is_null_goes(api: Api) -> None:
    amend(api, expiry="2026-12-31", lateWindow=1, overrides=[{"name": "standard", "value": "$90.00/h"}])
    amend(api, suspended=True)
    answer = amend(api, expiry=None, lateWindow=None, overrides=[], suspended=False)
    terms = [
        (one["number"], one["expiry"], one["lateWindow"], len(one["overrides"]), one["suspended"])
        for one in answer["contract"]["amendments"]
    ]
    assert terms == [
        (1, None, 3, 0, False),
        (2, "2026-12-31", 1, 1, False),
        (3, "2026-12-31", 1, 1, True),
        (4, None, None, 0, False),
    ]


def test_the_same_amendment_again_is_on_record_once(api: Api) -> None:
    first, again = amend(api, plan="Gold Care"), amend(api, plan="gold  care")
    assert (first["change"], again["change"]) == ("NEW", "UNCHANGED")
    assert first["amendment"] == again["amendment"] == 2
    assert again["contract"]["plan"] == "gold care"


def test_an_amendment_that_changes_nothing_is_refused(api: Api) -> None:
    answer = amend(api)
    assert (answer["__typename"], answer["code"]) == ("Refused", "empty-amendment")
    assert answer["remedy"].startswith("Give a plan")


def test_a_plan_that_there_is_not_is_refused_with_the_one_that_was_meant(api: Api) -> None:
    [problem] = amend(api, plan="Gold Car")["problems"]
    assert (problem["code"], problem["field"]) == ("no-plan", "plan")


READ = """query { contract(number: "C-1") { amendments { number difference allowanceOpens } } }"""


def test_when_differences_are_billed_and_allowances_open_is_agreed_and_stays(api: Api) -> None:
    for day, changes in {
        "2026-02-01": {"difference": "AT_ONCE", "allowanceOpens": "WHEN_PAID"},
        "2026-03-01": {"suspended": True},
        "2026-04-01": {"suspended": False, "difference": "NEXT_BOUNDARY", "allowanceOpens": "AT_START"},
    }.items():
        answer = amend(api, contract="C-1", effectiveFrom=day, **changes)
        assert answer["__typename"] == "ContractAmended", answer
    told = [tuple(one.values()) for one in api.data(READ)["contract"]["amendments"]]
    assert told == [
        (1, "NEXT_BOUNDARY", "AT_START"),
        (2, "AT_ONCE", "WHEN_PAID"),
        (3, "AT_ONCE", "WHEN_PAID"),
        (4, "NEXT_BOUNDARY", "AT_START"),
    ]
