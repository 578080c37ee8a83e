"""Counts of recurring items: recorded once, corrected where asked, shown with what they rest on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.formulas import Literal, Unit
from engine.model import Origin, RecurringItem
from tarifa.services import timelines
from tests.graphql_api import world
from tests.graphql_api.conftest import Api

SEAT = RecurringItem("seat", "Seat", Literal(Unit.NUMBER, "x"), peak=False, origin=Origin("rates.rules", 1))


def set_quantity(api: Api, count: int = 3, on_change: str = "REJECT", **changes: object) -> dict[str, Any]:
    quantity = {"contract": "C-1", "item": "Seat", "from": "2026-02-11", "quantity": count, "externalId": "77"}
    data = api.data(world.SET_QUANTITY, quantity={**quantity, **changes}, onChange=on_change)
    answer: dict[str, Any] = data["setQuantity"]
    return answer


@pytest.fixture
def seats(api: Api, monkeypatch: pytest.MonkeyPatch) -> Api:
    """An item in every version that is loaded, since the language has no block for them."""
    for digest, version in list(timelines._loaded.items()):
        with_seat = replace(version, ruleset=replace(version.ruleset, items={"seat": SEAT}))
        monkeypatch.setitem(timelines._loaded, digest, with_seat)
    return api


def test_a_count_is_shown_with_what_it_rests_on(seats: Api) -> None:
    evidence = [{"name": "report", "value": "users of 11 February"}]
    set_quantity(seats, source="psa", evidence=evidence)
    assert set_quantity(seats, source="psa", evidence=evidence)["change"] == "UNCHANGED"
    answer = set_quantity(seats, 4, "REVISE", source="psa", evidence=evidence)
    assert (answer["id"], answer["change"], answer["revision"]) == ("psa:77", "REVISED", 2)
    assert answer["contract"]["quantities"] == [
        {
            "item": "seat",
            "from": "2026-02-11",
            "quantity": 4,
            "source": "psa",
            "externalId": "77",
            "revision": 2,
            "evidence": evidence,
        }
    ]


def test_another_count_under_a_known_id_is_refused(seats: Api) -> None:
    set_quantity(seats, 3, contract="C-2")
    assert set_quantity(seats, 4, contract="C-2")["code"] == "quantity-exists"


def test_an_item_that_there_is_not_is_refused(api: Api) -> None:
    answer = set_quantity(api, item="Server")
    assert (answer["code"], answer["remedy"]) == ("no-item", "It has none.")
