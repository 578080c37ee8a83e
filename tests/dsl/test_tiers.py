"""Tiers of what is beyond an allowance: `hit graduated`, `hit volume`."""

from __future__ import annotations

import pytest

from engine.model import InputType
from tests.dsl.texts import INPUTS, book, only, plans, pricing, ruleset, table

TIERS = ("..10 h || $120.00/h", "10 h..50 h || $90.00/h", "50 h.. || $70.00/h")


def tiers(*rows: str, header: str = "overage || price", hit: str = "graduated") -> str:
    return table(header, *(rows or TIERS), name="More", settings=f"hit {hit}")


def care(beyond: str = "More.price", measure: str = "hours") -> str:
    return plans("plan | measure | beyond", f"Care | {measure} | {beyond}")


def test_the_end_of_a_tier_belongs_to_it() -> None:
    rows = ruleset(book(tiers(), care())).tables["more"].rows
    spans = [row.conditions[0].spans[0] for row in rows]

    assert [[span.holds(hours * 60) for span in spans] for hours in (10, 50, 51)] == [
        [True, False, False], [False, True, False], [False, False, True],
    ]  # fmt: skip


def test_tiers_of_a_plan_by_requests_count_requests() -> None:
    more = tiers("..2 requests || $50.00/request", "2 requests.. || $40.00/request", hit="volume")

    assert ruleset(book(more, care(measure="requests"))).inputs["overage"].type is InputType.REQUESTS


def test_tiers_may_differ_by_what_is_known_of_the_contract() -> None:
    otherwise = tiers(
        "US | ..10 h || $120.00/h", "US | 10 h.. || $90.00/h", "otherwise | || $99.00/h",
        header="country | overage || price",
    )  # fmt: skip
    assert ruleset(book(otherwise, care()))


@pytest.mark.parametrize(
    ("rows", "header", "code", "words"),
    [
        (("..10 h || $1.00/h", "12 h.. || $2.00/h"), "", "gap", "in no tier"),
        (("1 h..10 h || $1.00/h", "10 h.. || $2.00/h"), "", "gap", "in no tier"),
        (("..10 h || $1.00/h", "10 h..20 h || $2.00/h"), "", "gap", "in no tier"),
        (("..10 h || $1.00/h", "8 h.. || $2.00/h"), "", "overlap", "`R1` and `R2`"),
        (("..10 h, 20 h.. || $1.00/h", "10 h..20 h || $2.00/h"), "", "wrong-type", "no tier"),
        (("< 10 h || $1.00/h", ">= 10 h || $2.00/h"), "", "wrong-type", "no tier"),
        (("not 10 h || $1.00/h",), "", "wrong-type", "no tier"),
        (("10 h..10 h || $1.00/h",), "", "wrong-type", "its end, and not its start"),
        (("..10 h || $1.00/h", "10 h.. || -"), "", "wrong-type", "has no price"),
        (("..10 || $1.00/h", "10 h.. || $2.00/h"), "", "wrong-unit", "is a duration"),
        (("..10 h || $1.00/request", "10 h.. || $2.00/request"), "", "wrong-unit", "money per request"),
        (("- || $1.00/h | $2.00/h",), "overage || price | other", "wrong-type", "one price"),
        (("US || $1.00/h", "otherwise || $2.00/h"), "country || price", "missing-block", "no column `overage`"),
        (("Low | - || $1.00/h", "> Low | - || $1.00/h"), "priority | overage || price", "wrong-level", "`priority`"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_tiers_is_one_message(rows: tuple[str, ...], header: str, code: str, words: str) -> None:
    found = only(book(INPUTS, tiers(*rows, header=header or "overage || price")))

    assert found.code == code
    assert words in found.message


@pytest.mark.parametrize(
    "parts",
    [
        (care("More.price * 90%"),),
        (pricing("rate | More.price"), care("rate")),
        (plans("plan | measure | beyond", "Care | hours | hold"), table("country || rate", "- || More.price")),
    ],
)  # fmt: skip
def test_only_the_whole_cell_of_beyond_names_tiers(parts: tuple[str, ...]) -> None:
    found = only(book(tiers(), *parts))

    assert (found.code, "only a plan's `beyond`" in found.message) == ("wrong-type", True)


def test_overage_is_no_input_to_declare_nor_to_count_with() -> None:
    declared = "inputs\n  | name | of | type |\n  |---|---|---|\n  | overage | request | duration |\n"

    assert only(book(declared)).code == "duplicate-name"
    assert only(book(tiers(), care(), pricing("minimum | overage"))).code == "unknown-name"
