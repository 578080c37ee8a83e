"""The blocks `ruleset` and `taxes`: what they say, and each slip in them."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from engine.formulas import Literal, Unit
from engine.model import ALWAYS, PricesHold
from engine.money import Rounding
from engine.periods import Period
from tests.dsl.texts import TAXES, book, constants, heading, loaded, marked, only, pricing, problems, ruleset


def taxes(header: str, *rows: str, settings: str = "") -> str:
    dashes = "|".join("---" for _ in header.replace("||", "|").split("|"))
    set_ = "".join(f"  {line}\n" for line in settings.splitlines())
    return f"taxes\n{set_}  | {header} |\n  |{dashes}|\n" + "".join(f"  | {row} |\n" for row in rows)


def test_the_heading_says_name_version_days_currencies_zone_and_rounding() -> None:
    text = (
        'ruleset "Zylker, prices"\n  version  "2026.1 b"\n  valid  2026-01-01..2026-12-31\n  currency usd, EUR\n'
        "  timezone europe/lisbon\n  rounding Half  even\n" + TAXES
    )
    found = ruleset(text)
    assert (found.label, found.version, found.timezone) == ("Zylker, prices", "2026.1 b", "Europe/Lisbon")
    assert found.valid == Period(date(2026, 1, 1), date(2027, 1, 1))
    assert [one.code for one in found.currencies] == ["USD", "EUR"]
    assert found.rounding is Rounding.HALF_EVEN
    assert ruleset(book()).valid == ALWAYS


@pytest.mark.parametrize(
    ("more", "code", "what"),
    [
        ("valid 2026-01-01", "wrong-type", "2026-01-01"),
        ("valid 2026-13-01..", "wrong-type", "2026-13-01.."),
        ("valid 2026-02-30..", "wrong-type", "2026-02-30"),
        ("valid 2026-02-01..2026-01-01", "wrong-type", "2026-02-01..2026-01-01"),
        ("valid -x", "syntax", "-"),
        ("rounding up", "unknown-value", "up"),
        ("cash rounding 5%", "wrong-unit", "5%"),
        ("cash rounding -", "wrong-type", "-"),
        ("cash rounding $0.00", "wrong-type", "$0.00"),
        ("cash rounding $0.005", "wrong-type", "$0.005"),
        ("cash rounding $0.05/h", "wrong-unit", "$0.05/h"),
        ("cash rounding $0.05 * 2", "wrong-type", "$0.05 * 2"),
        ("zero invoices never", "unknown-value", "never"),
        ("version 2", "duplicate-name", "version 2"),
        ("valid", "empty-cell", "valid"),
        ("vaild 2026-01-01..", "unknown-name", "vaild"),
    ],
)
def test_a_setting_that_makes_no_sense_is_marked(more: str, code: str, what: str) -> None:
    text = book(more=f"{more}\n")
    found = only(text)
    assert (found.code, marked(text, found)) == (code, what)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (heading("USD, usd"), ["duplicate-name"]),
        (heading("US$"), ["unknown-value"]),
        (heading("USD*"), ["syntax"]),
        (heading("-x"), ["syntax"]),
        (heading().replace("Chicago", "Chicag"), ["unknown-value"]),
        (heading().replace("  version   1\n", ""), ["missing-block"]),
        (heading().replace("ruleset Example", "ruleset"), ["missing-block"]),
        ("", ["missing-block"]),
    ],
)
def test_a_heading_that_lacks_something_is_told_once(text: str, codes: list[str]) -> None:
    assert [code for code, _ in problems(text + TAXES)] == codes


def test_two_headings_in_different_currencies_are_told_once() -> None:
    other = "ruleset Other\n  version 2\n  currency EUR\n  timezone UTC\n"
    assert [code for code, _ in problems(book(other, pricing("rate | 88.00 EUR/h")))] == ["duplicate-name"]


def test_taxes_have_code_rate_category_and_text() -> None:
    rows = (
        'T1 | PT || vat | 23% | S | "VAT, 23 %"',
        "T2 | none, ES || vat | 0.5 * 0% | ae | -",
        "T3 | otherwise || out | 0% | - | -",
    )
    found = ruleset(
        book(taxes=taxes("row | country || code | rate | category | text", *rows, settings="per line"))
    ).taxes
    assert found is not None
    assert found.per_line
    assert [(row.code, row.category, row.text, row.catch_all) for row in found.rows] == [
        ("vat", "S", "VAT, 23 %", False),
        ("vat", "AE", "", False),
        ("out", "", "", True),
    ]
    assert found.rows[0].rate == Literal(Unit.NUMBER, Fraction(23, 100))


@pytest.mark.parametrize("prices", PricesHold)
def test_prices_are_without_tax_or_hold_it_and_taxes_may_compound(prices: PricesHold) -> None:
    rows = ("T1 | - || gst | 5% | no", "T2 | - || qst | 10% | Yes")
    found = ruleset(
        book(taxes=taxes("row | country || code | rate | compound", *rows, settings=f"prices {prices.value}"))
    ).taxes
    assert found is not None
    assert found.prices is prices
    assert [row.compound for row in found.rows] == [False, True]


def test_what_is_paid_in_cash_may_be_rounded_and_zero_documents_suppressed() -> None:
    found = ruleset(book(more="cash rounding $0.05\nzero invoices Suppress\n"))
    assert found.cash_rounding == {"USD": Fraction(1, 20)}
    assert found.suppresses_zero_documents
    plain = ruleset(book(more="zero invoices issue\n"))
    assert (plain.cash_rounding, plain.suppresses_zero_documents) == ({}, False)


@pytest.mark.parametrize(
    ("settings", "rounding"),
    [("", None), ("rounding as the ruleset", None), ("rounding up", Rounding.UP), ("rounding Down", Rounding.DOWN)],
)
def test_taxes_are_rounded_as_the_ruleset_or_up_or_down(settings: str, rounding: Rounding | None) -> None:
    found = ruleset(book(taxes=taxes("row | country || code | rate", "T | - || vat | 5%", settings=settings))).taxes
    assert found is not None
    assert found.rounding is rounding


@pytest.mark.parametrize(
    ("header", "row", "settings", "code"),
    [
        ("row | country || code | rate", "T | - || - | 5%", "", "wrong-type"),
        ("row | country || code | rate", "T | - || vat | -", "", "wrong-type"),
        ("row | country || code | rate", "T | - || vat | $5.00", "", "wrong-unit"),
        ("row | country || code | rate", "T | - || vat | ", "", "empty-cell"),
        ("row | country || code | rate | category", "T | - || vat | 5% | VAT", "", "unknown-value"),
        ("row | country || code | rate | compound", "T | - || vat | 5% | perhaps", "", "unknown-value"),
        ("row | country || code | rate | category", "T | - || vat | 5% | E", "", "wrong-type"),
        ("row | country || code | rate | category", "T | - || vat | 0% | S", "", "wrong-type"),
        ("row | country || code | rate | rate", "T | - || vat | 5% | 6%", "", "duplicate-name"),
        ("row | country || code", "T | - || vat", "", "missing-block"),
        ("row | country || code | rates", "T | - || vat | 5%", "", "unknown-column"),
        ("row | country | code | rate", "T | - | vat | 5%", "", "syntax"),
        ("row | country || code | rate", "T | US || vat | 5%", "", "gap"),
        ("row | country || code | rate", "T | - || vat | 5%", "prices gross", "unknown-value"),
        ("row | country || code | rate", "T | - || vat | 5%", "prices with tax\nrounding up", "wrong-type"),
        ("row | country || code | rate", "T | - || vat | 5%", "rounding half up", "unknown-value"),
        ("row | country || code | rate", "T | - || vat | 5%", "per page", "unknown-value"),
        ("row | category || code | rate", "T | - || vat | 5%", "", "unknown-column"),
        ("row | request || code | rate", "T | - || vat | 5%", "", "wrong-level"),
    ],
)
def test_a_tax_that_makes_no_sense_is_one_message(header: str, row: str, settings: str, code: str) -> None:
    assert [one for one, _ in problems(book(taxes=taxes(header, row, settings=settings)))] == [code]


def test_a_tax_table_without_rows_or_twice_is_one_message() -> None:
    assert [code for code, _ in problems(book(taxes=taxes("row | country || code | rate")))] == ["missing-block"]
    assert [code for code, _ in problems(book(taxes="taxes\n"))] == ["missing-block"]
    assert [code for code, _ in problems(book(TAXES))] == ["duplicate-name"]


def test_a_rate_may_be_a_constant_and_stays_within_what_is_written() -> None:
    assert (
        problems(book(constants("vat | 20%"), taxes=taxes("row | country || code | rate", "T | - || vat | vat / 2")))
        == []
    )


def test_a_ruleset_too_large_to_bill_from_is_refused_at_once() -> None:
    (found,) = loaded(b"#" * 20_000_001).diagnostics
    assert found.code == "too-large"
