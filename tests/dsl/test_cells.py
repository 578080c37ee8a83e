"""Cells that are read by a short cut are read as the grammar reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.cells import _parse, _parse_amounts, _parse_words, parse_formula

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


@given(st.lists(SCRAPS, max_size=6).map("".join).map(str.strip).filter(bool))
def test_words_between_commas_are_what_the_grammar_makes_of_them(text: str) -> None:
    short = _parse_words(text)
    assert short is None or short == _parse("condition", text)


@pytest.mark.parametrize(
    "text", ["Network", "Network, Server", "not Old Mill, On-site", "NOT  a ,b", "日本, São Bento 2"]
)
def test_plain_words_need_no_grammar(text: str) -> None:
    assert _parse_words(text) == _parse("condition", text)


@pytest.mark.parametrize(
    "text", ["none", "a, none", "not none", "a..b", "a*", '"a"', "otherwise", "inherit, a", ">= a", "a,"]
)
def test_all_else_is_left_to_the_grammar(text: str) -> None:
    assert _parse_words(text) is None
