"""Accounts and sites that a ruleset names and that are not on the lists."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from dsl import Diagnostic, load
from dsl.keys import Keys, with_keys
from tests.dsl.texts import book, pricing, table

KEYS = Keys({"acme": "Acme Corp", "globex": "Globex", "city-1": "City of Reno"}, ["warehouse", "head office"])
GROUPS = "groups\n  | name | of | members |\n  |--|--|--|\n  | Key accounts | account | acme, globx |\n"


def told(*blocks: str, keys: Keys = KEYS) -> list[Diagnostic]:
    """What is said of keys alone."""
    files = {PurePath("rates.rules"): book(*blocks).encode()}
    found, _ = with_keys(load(files).diagnostics, files, keys)
    return [one for one in found if one.code in ("unknown-account", "unknown-site")]


def rates(of: str, cell: str, above: str = "") -> str:
    """A table that asks for an account or a site."""
    rows = table(f"{of} || rate", f"{cell} || $90.00/h", "otherwise || $95.00/h")
    return rows.replace("  | R1 |", f"{above}  | R1 |")


@pytest.mark.parametrize(
    ("of", "cell"),
    [
        ("account", "acme"), ("account", "ACME, Globex"), ("account", "not acme"), ("account", "city-*"), ("account", "-"),
        ("site", "Warehouse"), ("site", "head  office, none"), ("country", "nowhere"), ("account", '"acme"'),
    ],
)  # fmt: skip
def test_keys_on_the_list_are_right_however_they_are_written(of: str, cell: str) -> None:
    assert told(rates(of, cell)) == []


@pytest.mark.parametrize(
    ("of", "cell", "code", "label"),
    [
        ("account", "acne", "unknown-account", "did you mean `acme`?"),
        ("account", "Acme Corp", "unknown-account", "this is what `acme` is called: write `acme`"),
        ("account", "acme, zebra", "unknown-account", ""),
        ("account", "Town*", "unknown-account", ""),
        ("site", "wharehouse", "unknown-site", "did you mean `warehouse`?"),
    ],
)
def test_a_key_that_is_not_on_the_list_is_told_with_the_nearest(of: str, cell: str, code: str, label: str) -> None:
    (found,) = told(rates(of, cell))
    assert found.primary is not None
    assert (found.code, found.primary.text, found.is_error) == (code, label, False)


def test_members_of_groups_are_looked_up_and_their_names_are_not() -> None:
    (found,) = told(GROUPS, rates("account", "Key accounts"))
    assert found.primary is not None
    assert found.primary.text == "did you mean `globex`?"


def test_tests_are_looked_up_too_and_one_key_is_told_once() -> None:
    tests = "tests Rates\n  | account || row |\n  |--||--|\n  | acne || R1 |\n  | acme || R2 |\n"
    (found,) = told(rates("account", "acne"), tests)
    assert [one.text for one in found.secondary] == ["and here"]


def test_without_a_list_of_sites_none_is_told() -> None:
    assert told(rates("site", "nowhere"), keys=Keys(KEYS.accounts)) == []


def test_keys_are_told_beside_errors() -> None:
    found = told(rates("account", "acne"), pricing("rate | Rates.rat"))
    assert [one.code for one in found] == ["unknown-account"]


def test_of_a_thousand_accounts_the_nearest_is_found() -> None:
    many = Keys({**{f"customer {n}": "" for n in range(1_000)}, "harbor dental": "Harbor Dental Inc."})
    (found,) = told(rates("account", "harbour dental"), keys=many)
    assert found.primary is not None
    assert found.primary.text == "did you mean `harbor dental`?"


def test_a_comment_allows_a_customer_that_is_yet_to_come_with_a_list_and_without() -> None:
    text = book(rates("account", "newcomer", "  # allow unknown-account: signs in May\n"), pricing("rate | Rates.rate"))
    files = {PurePath("rates.rules"): text.encode()}
    without = load(files)
    found, allowed = with_keys(without.diagnostics, files, KEYS)
    assert (without.diagnostics, found) == ((), ())
    assert [(one.diagnostic.code, one.reason) for one in allowed] == [("unknown-account", "signs in May")]
