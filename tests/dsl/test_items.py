"""The block `items`: what is sold by the piece, how it is counted, and each slip in it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.formulas import Prices, Unit
from tests.dsl.texts import INPUTS, book, constants, only, pricing, problems, ruleset, table


def items(header: str, *rows: str) -> str:
    dashes = "|".join("---" for _ in header.split("|"))
    return f"items\n  | {header} |\n  |{dashes}|\n" + "".join(f"  | {row} |\n" for row in rows)


def test_items_have_a_price_and_are_counted_by_the_day_or_by_the_peak() -> None:
    found = ruleset(book(items("item | price | count", "Seat | $12.50 | daily", "Big  Server | $85.00 | Peak"))).items
    assert [(name, one.label, one.peak) for name, one in found.items()] == [
        ("seat", "Seat", False),
        ("big server", "Big  Server", True),
    ]
    assert found["seat"].price == Prices(Unit.MONEY, (("USD", Fraction(25, 2)),))
    (short,) = ruleset(book(items("item | price", "Seat | $12.50"))).items.values()
    assert not short.peak


def test_an_item_is_part_of_what_a_ruleset_means() -> None:
    texts = ["Seat | $12.50 | daily", "Seat | $12.50 | peak", "Seat | $12.60 | daily", "Chair | $12.50 | daily"]
    digests = {ruleset(book(items("item | price | count", text))).meaning_digest for text in texts}
    assert len(digests | {ruleset(book()).meaning_digest}) == 5


def test_a_price_may_rest_on_constants_and_on_the_contract() -> None:
    by_country = table("country || seat", "US || $12.50", "otherwise || fair", name="By country")
    text = book(constants("fair | $11.00"), by_country, items("item | price", "Seat | By country.seat", "Box | fair"))
    assert problems(text) == []


@pytest.mark.parametrize(
    ("header", "row", "code"),
    [
        ("item | price", "Seat | -", "wrong-type"),
        ("item | price", "Seat | ", "empty-cell"),
        ("item | price", "Seat | $5.00/h", "wrong-unit"),
        ("item | price", "Seat | fair", "unknown-name"),
        ("item | price", "Seat | By category.seat", "wrong-level"),
        ("item | price | count", "Seat | $5.00 | hourly", "unknown-value"),
        ("item | price | count", "Seat | $5.00 | ", "empty-cell"),
        ("item | price | valid", "Seat | $5.00 | tomorrow", "wrong-type"),
        ("item | price | count | colour", "Seat | $5.00 | peak | red", "unknown-column"),
        ("item", "Seat", "missing-block"),
        ("price", "$5.00", "missing-block"),
    ],
)
def test_an_item_that_makes_no_sense_is_one_message(header: str, row: str, code: str) -> None:
    by_category = table("category || seat", "Network || $5.00", "otherwise || $6.00", name="By category")
    text = book(INPUTS, by_category, pricing("rate | $95.00/h"), items(header, row))
    assert [one for one, _ in problems(text)] == [code]


def test_two_items_of_one_name_are_one_message() -> None:
    assert only(book(items("item | price", "Seat | $5.00", "SEAT | $6.00"))).code == "duplicate-name"


def test_a_price_is_said_in_every_currency() -> None:
    text = book(items("item | price", "Seat | $5.00"), currency="USD, EUR")
    assert only(text).code == "missing-currency"
