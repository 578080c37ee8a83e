"""Prices of nothing that nobody meant: told where they are, and nowhere else."""

from __future__ import annotations

import pytest

from tests.dsl.texts import INPUTS, book, constants, loaded, marked, plans, pricing, table

STANDARD = "standard | $95.00/h"


def told(*blocks: str) -> list[tuple[str, str]]:
    """Place and first help of what is told."""
    text = book(*blocks)
    return [(marked(text, one), one.help[0]) for one in loaded(text).diagnostics if one.code == "suspicious-zero"]


@pytest.mark.parametrize(
    ("formula", "zero"),
    [
        ("standard * 0%", True),
        ("standard - standard", True),
        ("round(standard, $500.00/h)", True),
        ("$0.004/h", True),
        ("$0.00/h", False),
        ("free * 150%", False),
        ("max(standard - $100.00/h * 1%, $0.00/h)", False),
    ],
)
def test_a_price_of_an_hour_is_judged(formula: str, *, zero: bool) -> None:
    declared = constants(STANDARD, "free | $0.00/h")
    found = told(INPUTS, declared, table("category || rate", f"Network || {formula}", "otherwise || standard"))
    assert found == ([(formula, "write `$0.00/h`, if it is free")] if zero else [])


def test_formulas_are_judged_wherever_they_stand() -> None:
    sold = plans("plan | fee | beyond", "Gold | fee of gold * 0% | rate")
    found = told(constants(STANDARD, "fee of gold | $90.00", "shift | standard * 0%"), sold, pricing("rate | shift"))
    assert [place for place, _ in found] == ["standard * 0%", "fee of gold * 0%"]
