"""`tarifa check --accounts`: accounts and sites that a ruleset names and nobody has."""

from pathlib import Path

import pytest

from tests.cli.conftest import Facts, Run


@pytest.fixture
def misspelt(facts: Facts) -> Facts:
    """The small ruleset, with a table for a customer and a place that are none."""
    (facts.ruleset / "way.rules").write_text(
        "table Way\n  | row | account | site || charge |\n  |--|--|--||--|\n"
        "  | W1 | acne | - || $10.00 |\n  | W2 | - | wharehouse || $12.00 |\n  | W9 | otherwise | || - |\n"
    )
    (facts.folder / "customers.csv").write_text("key,name,country\nacme,Acme Corp,US\n")
    (facts.folder / "places.csv").write_text("account,key,zone\nacme,warehouse,America/Chicago\n")
    return facts


def check(facts: Facts, *more: str | Path) -> Run:
    return facts.tarifa("check", facts.ruleset, *more)


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "junit"])
def test_every_report_tells_them_as_warnings_with_the_nearest_key(misspelt: Facts, form: str) -> None:
    lists = ("--accounts", misspelt.folder / "customers.csv", "--sites", misspelt.folder / "places.csv")
    done = check(misspelt, *lists, "--format", form)
    assert done.exit_code == 0
    for word in ("unknown-account", "did you mean `acme`?", "unknown-site", "did you mean `warehouse`?"):
        assert word in done.out


def test_without_lists_nothing_of_it_is_told(misspelt: Facts) -> None:
    assert "unknown-account" not in check(misspelt).out
    assert "unknown-site" not in check(misspelt, "--accounts", misspelt.folder / "customers.csv").out


def test_sites_without_accounts_are_wrong_usage(misspelt: Facts) -> None:
    done = check(misspelt, "--sites", misspelt.folder / "places.csv")
    assert (done.exit_code, "write --accounts FILE, too" in done.err) == (2, True)


def test_a_list_that_is_none_is_wrong_usage(misspelt: Facts) -> None:
    (misspelt.folder / "customers.csv").write_text("name,country\nAcme Corp,US\n")
    done = check(misspelt, "--accounts", misspelt.folder / "customers.csv")
    assert (done.exit_code, "key" in done.err, "Traceback" in done.err) == (2, True, False)
