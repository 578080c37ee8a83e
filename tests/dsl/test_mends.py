"""What `tarifa check --fix` does to a ruleset: it says the same as before, with less that is wrong."""

from __future__ import annotations

from fractions import Fraction
from pathlib import PurePath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dsl.mends import ON_REQUEST, mended, with_otherwise
from engine.formulas import Value
from engine.model import Ruleset
from engine.money import Currency
from engine.program import Program
from tests.dsl.test_cases import DOMAIN, ROWS, SMALL
from tests.dsl.texts import INPUTS, book, constants, loaded, pricing, public_holidays, ruleset, table

FILE = PurePath("rates.rules")


def mend(text: str) -> str:
    """A ruleset of one file after its mends."""
    return mended({FILE: text.encode()}, holidays=public_holidays).files[FILE].decode()


def codes(text: str) -> list[str]:
    return [one.code for one in loaded(text).diagnostics]


def decisions(found: Ruleset) -> list[Value]:
    """The rate of every request of a small domain."""
    program = Program(found, currency=Currency("USD", 2))
    cases = [dict(zip("abc", case, strict=True)) for case in DOMAIN]
    exact = [{name: Fraction(v) if isinstance(v, int) else v for name, v in case.items()} for case in cases]
    return [program.hook("rate", case, []) for case in exact]


@given(ROWS, st.sampled_from(["hit first", "hit merge", "hit collect sum", "hit collect max"]))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_a_mended_ruleset_decides_every_request_as_before(rows: list[tuple[str, str, str]], hit: str) -> None:
    cells = [f"{a} | {b} | {c} || ${n}.00/h" for n, (a, b, c) in enumerate(rows, start=1)]
    rates = table("a | b | c || rate", *cells, "otherwise | | || $99.00/h", settings=hit)
    text = book(SMALL, constants("unused | $1.00", "used by unused | unused"), rates, pricing("rate | Rates.rate"))
    after = mend(text)
    assert decisions(ruleset(after)) == decisions(ruleset(text))
    left = codes(after)
    assert not {"unused-constant", "useless-condition"} & set(left)
    assert "dead-row" not in left
    assert mend(after) == after


def test_comments_stay_and_a_file_in_its_form_stays_in_it() -> None:
    text = """\
constants
  | name     | value     |
  |----------|-----------|
  | standard | $95.00/h  |
  # Nobody pays this any more.
  | far too long a name | $1,950.00 |
"""
    rest = book(
        INPUTS, table("category || rate", "Network || $1.00/h", "otherwise || standard"), pricing("rate | Rates.rate")
    )
    whole = rest + "\n" + text
    assert mend(whole) == whole.replace("  | far too long a name | $1,950.00 |\n", "")


@pytest.mark.parametrize(
    ("cell", "after"),
    [("$118,00/h", "$118.00/h"), ("standard x 150 %", "standard * 150 %"), ("$1.0.0/h", "$1.0.0/h")],
)
def test_what_was_plainly_meant_is_written(cell: str, after: str) -> None:
    text = book(
        constants("standard | $95.00/h"),
        INPUTS,
        table("category || rate", f"Network || {cell}", "otherwise || standard"),
    )
    assert mend(text) == text.replace(cell, after)


def test_files_of_others_and_files_with_mixed_ends_of_lines_are_left_alone() -> None:
    text = book(constants("standard | $95.00/h", "unused | $1.00/h"), pricing("rate | standard"))
    own = book("import ../shared/all.rules", pricing("rate | $1.00/h"))
    shared = {PurePath("a.rules"): own.encode(), PurePath("../shared/all.rules"): constants("unused | $1.00").encode()}
    assert mended(shared, holidays=public_holidays).files == shared
    mixed = {FILE: text.replace("\n", "\r\n", 1).encode()}
    assert mended(mixed, holidays=public_holidays).files == mixed
    dos = text.replace("\n", "\r\n").encode()
    assert mended({FILE: dos}, holidays=public_holidays).files[FILE].decode() == mend(text).replace("\n", "\r\n")
    assert mend(text) != text


def test_a_mend_that_would_bring_an_error_is_left_out() -> None:
    text = book(constants("unused | $1.00/h"), pricing("rate | $2.00/h"))
    assert codes(text) == ["unused-constant"]
    assert [one for one in loaded(mend(text)).diagnostics if one.is_error] == []


@given(ROWS)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_joined_rows_decide_every_request_as_before(rows: list[tuple[str, str, str]]) -> None:
    cells = [f"{a} | {b} | {c} || ${n % 2}.50/h" for n, (a, b, c) in enumerate(rows, start=1)]
    rates = table("a | b | c || rate", *cells, "otherwise | | || $99.00/h", settings="hit first")
    text = book(SMALL, rates, pricing("rate | Rates.rate"))
    after = mended({FILE: text.encode()}, holidays=public_holidays, asked=ON_REQUEST).files[FILE].decode()

    assert decisions(ruleset(after)) == decisions(ruleset(text))


JOINABLE = book(
    INPUTS,
    table(
        "priority | hours || rate | why",
        "High | < 4 h || $90.00/h | ",
        "High | >= 4 h || $90.00/h | ",
        "otherwise | || $95.00/h | ",
    ),
    pricing("rate | Rates.rate"),
)


def join(text: str) -> str:
    return mended({FILE: text.encode()}, holidays=public_holidays, asked=ON_REQUEST).files[FILE].decode()


def test_rows_are_joined_only_where_somebody_asks() -> None:
    assert mend(JOINABLE) == JOINABLE
    assert "< 4 h" not in join(JOINABLE)
    assert "joinable-rows" not in codes(join(JOINABLE))


def test_rows_with_other_reasons_beside_them_are_not_joined() -> None:
    text = JOINABLE.replace(">= 4 h || $90.00/h | ", ">= 4 h || $90.00/h | a long visit")
    assert text != JOINABLE

    assert join(text) == text


def test_joined_spans_that_leave_out_only_what_is_missing_say_so() -> None:
    rates = table("distance || rate", "< 4 || $90.00/h", ">= 4 || $90.00/h", "otherwise || $95.00/h")
    text = book(rates, pricing("rate | Rates.rate"))

    assert any("write `not none`" in line for one in loaded(text).diagnostics for line in one.help)
    assert "not none" in join(text)


def test_members_of_groups_are_put_in_order_and_mean_the_same() -> None:
    groups = 'groups\n  | name | of | members |\n  |--|--|--|\n  | Soon | priority | Urgent, High |\n  | Few | account | globex, "Acme, Inc", Acme |\n'
    rates = table(
        "priority | account || rate", "Soon | - || $90.00/h", "- | Few || $80.00/h", "otherwise | || $95.00/h"
    )
    text = book(INPUTS, groups, rates, pricing("rate | Rates.rate"))
    after = mend(text)

    assert "High, Urgent" in after
    assert 'Acme, "Acme, Inc", globex' in after
    assert ruleset(after).meaning_digest == ruleset(text).meaning_digest
    assert mend(after) == after


GAP = book(
    INPUTS,
    table("priority | hours || rate | minimum", "High | - || $90.00/h | 1 h"),
    pricing("rate | Rates.rate", "minimum | Rates.minimum"),
)


def otherwise(*cells: str, of: str = "rates", text: str = GAP) -> str:
    found = with_otherwise({FILE: text.encode()}, of, cells, holidays=public_holidays)
    return found if isinstance(found, str) else found[FILE].decode()


def test_the_catch_all_that_the_admin_chooses_closes_a_gap() -> None:
    assert codes(GAP).count("gap") == 1
    after = otherwise("$95.00/h", "-")

    assert "gap" not in codes(after)
    assert "otherwise |" in after
    assert ruleset(after).tables["rates"].rows[-1].catch_all


@pytest.mark.parametrize(
    ("cells", "of", "why"),
    (
        (("$95.00/h", "-"), "Rate", "there is no table called `Rate`"),
        (
            ("$95.00/h", "-", "-"),
            "Rates",
            "the table `Rates` has 2 outcomes, and 3 are given: say `Rates=rate | minimum`",
        ),
        (("5 min",), "Rates", "cannot be the last row of the table `Rates`: "),
        (("nonsense", "-"), "Rates", "cannot be the last row of the table `Rates`: "),
    ),
)
def test_a_catch_all_that_cannot_be_is_refused_with_the_reason(cells: tuple[str, ...], of: str, why: str) -> None:
    assert why in otherwise(*cells, of=of)


def test_a_table_has_one_catch_all() -> None:
    assert otherwise("$1.00/h", "-", text=otherwise("$95.00/h", "-")) == "the table `Rates` has a row `otherwise`"
