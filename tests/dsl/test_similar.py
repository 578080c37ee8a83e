"""A text that is one slip away from a group, or from what several rows say."""

from __future__ import annotations

import pytest

from tests.dsl.texts import book, loaded, pricing, table

GROUPS = "groups\n  | name | of | members |\n  |--|--|--|\n  | Key accounts | account | Globex, Initech |\n"


def told(*accounts: str) -> list[str]:
    """What is said of a table of these accounts."""
    rows = [f"{account} || $1.0{at}/h" for at, account in enumerate(accounts)]
    more = table("account || charge", "Key accounts, Cedar Books 12 || $1.00", "otherwise || -", name="Way")
    text = book(GROUPS, table("account || rate", *rows, "otherwise || $9.00/h"), more,
                pricing("rate | Rates.rate", "travel | Way.charge"))  # fmt: skip
    found = loaded(text)
    assert found.ruleset is not None, found.diagnostics
    return [one.primary.text for one in found.diagnostics if one.code == "similar-value" and one.primary is not None]


@pytest.mark.parametrize("slip", ["Key acounts", "Key accountss", "Key acconuts", "key  akcounts", '"Key acounts"'])
def test_a_slip_in_a_groups_name_is_told(slip: str) -> None:
    assert told(slip) == ["did you mean `Key accounts`?"]


def test_a_slip_in_what_several_rows_say_is_told() -> None:
    assert told("Harbor Dental", "Harbor Dentl", "not Harbor Dental, Globex") == ["did you mean `Harbor Dental`?"]


@pytest.mark.parametrize(
    "accounts",
    [
        ("Key accounts",),
        ("Key acc*",),
        ("Cedar Books 13",),
        ("Harbor Dental", "Harbor Dentl"),
        ("Acme", "Acne", "Acme, Globex"),
        ("Key clients",),
    ],
    ids=["the group itself", "a beginning", "another number", "said once each", "short", "two slips"],
)
def test_what_may_be_meant_is_not_told(accounts: tuple[str, ...]) -> None:
    assert told(*accounts) == []
