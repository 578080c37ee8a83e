"""Groups: names for several values of an input, and the mistakes that can be made with them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dsl.texts import INPUTS, book, only, ruleset, table

CATEGORIES = ("Network", "Server", "Desktop")


def groups(*rows: str) -> str:
    return "groups\n  | name | of | members |\n  |---|---|---|\n" + "".join(f"  | {row} |\n" for row in rows)


def rates(condition: str, column: str = "category") -> str:
    return table(f"{column} || rate", f"{condition} || $95.00/h", "otherwise || $80.00/h")


@st.composite
def members(draw: st.DrawFn) -> tuple[str, ...]:
    return tuple(draw(st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=3, unique=True)))


@given(members(), members(), st.sampled_from(CATEGORIES), st.sampled_from(["", "not "]))
def test_a_group_means_what_its_members_mean(
    first: Sequence[str], second: Sequence[str], beside: str, sign: str
) -> None:
    spelled = f"{sign}{', '.join([*first, *second, beside])}"
    by_group = book(
        INPUTS,
        groups(f"Both | category | One, {', '.join(second)}", f"One | category | {', '.join(first)}"),
        rates(f"{sign}Both, {beside}"),
    )

    assert ruleset(by_group).meaning_digest == ruleset(book(INPUTS, rates(spelled))).meaning_digest


def test_a_group_of_an_order_holds_a_span() -> None:
    by_group = book(INPUTS, groups("Pressing | priority | >= High"), rates("Pressing", "priority"))

    assert ruleset(by_group).meaning_digest == ruleset(book(INPUTS, rates(">= High", "priority"))).meaning_digest


def test_a_group_of_texts_holds_beginnings() -> None:
    by_group = book(groups("Public | account | City of*, Umbrella"), rates("Public, Acme*", "account"))

    (row, _) = ruleset(by_group).tables["rates"].rows
    assert row.conditions[0].prefixes == ("city of", "acme")
    assert row.conditions[0].values == {"umbrella"}


def test_case_and_blanks_do_not_tell_groups_apart() -> None:
    found = only(book(groups("Key accounts | account | Acme", "key  Accounts | account | Globex")))

    assert found.code == "duplicate-name"
    assert found.message == "there are two groups of `account` called `key  Accounts`"


def test_groups_of_two_inputs_may_have_one_name() -> None:
    assert ruleset(book(groups("North | account | Acme", "North | site | Chicago"), rates("North", "site")))


@pytest.mark.parametrize(
    ("rows", "code", "part"),
    [
        (["Network | category | Server"], "duplicate-name", "is a value of `category`"),
        (["Big | category | -"], "wrong-type", "a group lists what belongs to it"),
        (["Big | category | not Server"], "wrong-type", "a group lists what belongs to it"),
        (["Big | work type | Remote, none"], "wrong-type", "a group lists what belongs to it"),
        (["Big | category | "], "empty-cell", "this cell is empty"),
        (["Big | hours | 4 h"], "wrong-type", "groups are of words, and `hours` is duration"),
        (["Big | categroy | Server"], "unknown-name", "there is no input called `categroy`"),
        (["Big | category | Server", "Huge | category | Big, Huge"], "circular-name", "in terms of itself"),
    ],
)
def test_a_group_that_cannot_be_is_told_once(rows: Sequence[str], code: str, part: str) -> None:
    found = only(book(INPUTS, groups(*rows), rates("Server")))

    assert (found.code, part in found.message) == (code, True), found


def test_a_row_that_names_a_wrong_group_is_not_told_again() -> None:
    found = only(book(INPUTS, groups("Big | category | Sever"), rates("Big")))

    assert "Sever" in found.message


def test_a_group_has_no_place_in_an_order() -> None:
    found = only(book(INPUTS, groups("Pressing | priority | >= High"), rates(">= Pressing", "priority")))

    assert found.message == "`Pressing` is a group: it has no place in the order of `priority`"
