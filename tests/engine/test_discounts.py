from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from engine.discounts import off_lines
from engine.facts import DocumentDiscount, Terms
from engine.items import NOTHING_OFF, Billed, Delta, Item, LineRef, OffDocument
from engine.model import LineKind
from engine.money import Rounding
from engine.periods import Period
from tests.engine.rulesets import EUR

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
amounts = st.integers(-(10**6), 10**6)
shares = st.fractions(0, 1, max_denominator=1_000)


def item(amount: int) -> Item:
    return Item("work/a/operational", LineKind.LABOUR, 0, 1, MARCH, "v", amount)


def new(amount: int) -> Delta:
    return Delta(item(amount), amount, 0)


def corrected(before: int, now: int, off: OffDocument) -> Delta:
    return Delta(item(now), now - before, 0, Billed(item(before), LineRef("D1", 1), (), off))


def off(
    *deltas: Delta, share: Fraction = Fraction(0), fixed: Fraction = Fraction(0), spent: int = 0
) -> list[OffDocument]:
    discounts = (DocumentDiscount(share), DocumentDiscount(amount=fixed))
    terms = Terms(1, MARCH.start, "care", discounts=discounts)
    return list(off_lines(deltas, terms, currency=EUR, rounding=Rounding.HALF_UP, spent=spent))


def test_x06_an_amount_is_spread_over_the_lines_by_their_nets() -> None:
    assert [one.total for one in off(new(43_200), new(30_000), fixed=Fraction(50))] == [2_951, 2_049]


def test_an_amount_is_taken_until_it_is_spent_and_never_more_than_the_document_comes_to() -> None:
    assert [one.fixed for one in off(new(3_000), fixed=Fraction(50))] == [3_000]
    assert [one.fixed for one in off(new(3_000), fixed=Fraction(50), spent=3_000)] == [2_000]
    assert [one.fixed for one in off(new(3_000), fixed=Fraction(50), spent=5_000)] == [0]


def test_a_percentage_comes_first_and_an_amount_off_what_it_leaves() -> None:
    [taken] = off(new(10_000), share=Fraction(1, 10), fixed=Fraction(50))
    assert taken == OffDocument(Fraction(1, 10), 1_000, 5_000)


def test_a_correction_has_the_percentage_of_the_line_that_it_corrects() -> None:
    before = OffDocument(Fraction(1, 10), 1_000, 0)
    [taken] = off(corrected(10_000, 4_000, before), share=Fraction(1, 2))
    assert taken == OffDocument(Fraction(1, 10), -600, 0)


def test_a_line_keeps_its_part_of_an_amount_until_less_is_left_of_it() -> None:
    before = OffDocument(fixed=2_951)
    assert off(corrected(43_200, 10_000, before)) == [NOTHING_OFF]
    assert off(corrected(43_200, 1_000, before)) == [OffDocument(fixed=-1_951)]


def test_what_a_line_gives_back_can_be_spent_again() -> None:
    taken = off(corrected(5_000, 0, OffDocument(fixed=5_000)), new(8_000), fixed=Fraction(50), spent=5_000)
    assert [one.fixed for one in taken] == [-5_000, 5_000]


@given(st.lists(amounts, min_size=1, max_size=6), shares, st.integers(0, 10**6))
def test_what_is_taken_off_adds_up_and_an_amount_never_turns_a_document_round(
    of: list[int], share: Fraction, fixed: int
) -> None:
    taken = off(*map(new, of), share=share, fixed=Fraction(fixed, 100))
    spent, left = sum(one.fixed for one in taken), sum(of) - sum(one.by_share for one in taken)
    assert spent == max(0, min(fixed, left))


@given(st.lists(amounts, min_size=1, max_size=6), shares, st.integers(0, 10**6), amounts)
def test_a_line_taken_back_whole_gives_all_back_whatever_was_corrected_before(
    of: list[int], share: Fraction, fixed: int, between: int
) -> None:
    for amount, first in zip(of, off(*map(new, of), share=share, fixed=Fraction(fixed, 100)), strict=True):
        [second] = off(corrected(amount, between, first))
        so_far = OffDocument(share, first.by_share + second.by_share, first.fixed + second.fixed)
        [last] = off(corrected(between, 0, so_far))
        assert so_far.total + last.total == 0
