"""Laws of a bill group's document: the sum of its contracts', whatever their order, taxed together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from engine.consolidating import GroupTerms, consolidated
from engine.documents import DocumentTerms, Draft, compose
from engine.issuing import canonical, to_json
from engine.items import Opening
from engine.settlement import owed, settle
from tests.engine.rulesets import EUR, HERE, contract, facts, hourly, plan, ruleset, timeline, work
from tests.engine.test_settlement import at

START, APRIL = date(2026, 3, 1), date(2026, 4, 1)
RULES = timeline(ruleset(plan(fee=None, allowance=None, carry=None, beyond=hourly("66.66"))))


def part(n: int, minutes: int) -> Draft:
    """What a contract of its own account comes to."""
    known = facts(contract(START), (work(f"w{n}", at(date(2026, 3, 10)), minutes),))
    account = replace(known.account, key=f"account {n}", label=f"Account {n}")
    known = replace(known, account=account, contract=replace(known.contract, number=f"C-{n}"))
    result = settle(Opening(0), known, RULES, through=1)
    terms = DocumentTerms(account, known.contract, 1, APRIL, closings=result.closings)
    made = compose(owed(result.items, {}), terms=terms, timeline=RULES)
    assert isinstance(made, Draft)
    return made


def terms_of(parts: list[Draft]) -> GroupTerms:
    return GroupTerms("Holding", parts[0].terms.account, APRIL, EUR, str(HERE))


def test_tax_of_a_group_is_on_the_sum_and_rounded_once() -> None:
    parts = [part(1, 50), part(2, 10)]
    made = consolidated(parts, terms_of(parts), {})
    assert [one.tax for one in parts] == [1278, 256]
    assert (made.net, made.tax) == (6666, 1533)


@given(st.lists(st.integers(1, 600), min_size=1, max_size=4))
def test_a_groups_document_is_the_sum_of_its_parts_in_any_order(minutes: list[int]) -> None:
    parts = [part(n, many) for n, many in enumerate(minutes)]
    made = consolidated(parts, terms_of(parts), {})
    assert made.net == sum(one.net for one in parts)
    assert abs(made.tax - sum(one.tax for one in parts)) <= len(parts)
    assert [line.position for line in made.lines] == list(range(1, len(made.lines) + 1))
    said = [(line.item, line.amount, line.net, line.taxes) for line in made.lines]
    assert said == [(line.item, line.amount, line.net, line.taxes) for one in parts for line in one.lines]
    body = canonical(to_json(made))
    terms = terms_of(parts)
    assert all(canonical(to_json(consolidated(order, terms, {}))) == body for order in permutations(parts))
