"""Cells that are read by a short cut are read as the grammar reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.cells import _parse, _parse_amounts, _parse_plain, _parse_product, parse_formula

SCRAPS = st.sampled_from(
    ["$95.00/h", "88.00 EUR/h", "1,800.00", "7", "12 min", "150%", "R$1.00", "US$2.00", "3 requests", ",", ", ", " ,", " ",
     "standard", "max(", ")", "if(", "-", "*", "€5", ".", "/h", "/day", "/km/h", "5 a b", "x$", "not", "not ", "none", "A b-c", "otherwise", "日本", "a..b", "x*", "2 b"]
)  # fmt: skip


@given(st.lists(SCRAPS, max_size=6).map("".join).map(str.strip).filter(bool))
def test_amounts_between_commas_are_what_the_grammar_makes_of_them(text: str) -> None:
    assert parse_formula(text) == _parse("formula", text)


@pytest.mark.parametrize("text", ["$95.00/h", "$95.00/h, 88.00 EUR/h", "30 min", "1,800.00", "150%", "7 ,8"])
def test_an_amount_needs_no_grammar(text: str) -> None:
    assert _parse_amounts(text) == _parse("formula", text)


@given(st.lists(SCRAPS, max_size=6).map("".join).map(str.strip).filter(bool), st.sampled_from(("condition", "ordered")))
def test_plain_conditions_are_what_the_grammar_makes_of_them(text: str, start: str) -> None:
    short = _parse_plain(start, text)
    assert short is None or short == _parse(start, text)


@pytest.mark.parametrize(
    "text",
    ["Network", "Network, Server", "not Old Mill, On-site", "NOT  a ,b", "日本, São Bento 2", "a..b", "a..", "..b", "a*",
     '"a, b"', '"5"" disk"*', ">= a", "< a b", "a, b*"],
)  # fmt: skip
def test_plain_words_need_no_grammar(text: str) -> None:
    assert _parse_plain("condition", text) == _parse("condition", text)


@pytest.mark.parametrize(
    "text",
    [
        ">= 4 h",
        "1 h..4 h",
        "1.5 h ..4 h",
        "..1,800.00",
        "$100.00..",
        "2026-07-01..2026-07-31",
        "not 1, 2,000",
        ">= long work",
        "90%",
    ],
)
def test_plain_amounts_need_no_grammar(text: str) -> None:
    assert _parse_plain("ordered", text) == _parse("ordered", text)


@pytest.mark.parametrize(
    "text", ["standard", "standard * 140%", "expert + $10.00/h", "a - 5 min", "a / 2", "Hourly rate.rate"]
)
def test_a_name_and_an_amount_need_no_grammar(text: str) -> None:
    assert _parse_product(text) == _parse("formula", text)


@pytest.mark.parametrize(
    "text", ["none", "a, none", "not none", "otherwise", "inherit, a", "a,", "<> a", "t1,000", "a..b..c"]
)
def test_all_else_is_left_to_the_grammar(text: str) -> None:
    assert _parse_plain("ordered", text) is None
