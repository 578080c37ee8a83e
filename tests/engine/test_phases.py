"""Amendments within a cycle, or within a pot of cycles: what each phase gives, costs and is limited to (D5, D6)."""

from dataclasses import replace
from datetime import date

import pytest

from engine.facts import Terms
from engine.formulas import OutcomeName, Unit
from engine.items import Opening, Settlement
from engine.model import Hit, LineKind, Plan, Ruleset
from engine.periods import Every
from engine.settlement import settle
from tests.engine.rulesets import BY_TIERS, contract, eur, facts, hourly, minutes, plan, ruleset, timeline, with_tiers
from tests.engine.test_settlement import hours
from tests.engine.test_usage import amounts, only_time, settled

MARCH = date(2026, 3, 1)
POT = replace(plan(fee=None, carry=None), shared_over=Every.QUARTER)


def also(of: Ruleset, **plans: Plan) -> Ruleset:
    """The ruleset with more plans."""
    return replace(of, plans={**of.plans, **{name: replace(one, name=name) for name, one in plans.items()}})


def amended(
    rules: Ruleset, *terms: Terms, work: tuple[date, int] = (date(2026, 3, 5), 0), through: int = 3
) -> Settlement:
    of = replace(contract(MARCH), terms=(Terms(1, MARCH, "care"), *terms))
    return settled(rules, facts(of, hours("a", *work)), through=through)


def given(of: Settlement) -> list[int]:
    return [closing.granted // 6000 for closing in of.closings]


def test_an_amendment_in_the_second_month_of_a_pot_changes_what_is_in_it() -> None:
    rules = also(ruleset(POT), more=replace(POT, allowance=minutes(1200)))
    result = amended(rules, Terms(2, date(2026, 4, 1), "more"), work=(date(2026, 3, 5), 24), through=4)
    assert given(result) == [10 + 20 + 20, 0, 0, 60]


def test_a_suspended_month_gives_nothing_to_its_pot() -> None:
    pause = Terms(2, date(2026, 4, 1), "care", suspended=True)
    result = amended(ruleset(POT), pause, Terms(3, date(2026, 5, 1), "care"))
    assert given(result) == [20, 0, 0]


def test_a_plan_that_shares_begins_its_pot_where_it_begins() -> None:
    rules = also(ruleset(replace(POT, shared_over=None)), pot=POT)
    assert given(amended(rules, Terms(2, date(2026, 4, 1), "pot"))) == [10, 20, 0]


def test_a_plan_that_does_not_share_ends_the_pot() -> None:
    rules = also(ruleset(POT), alone=replace(POT, shared_over=None))
    assert given(amended(rules, Terms(2, date(2026, 5, 1), "alone"))) == [20, 0, 10]


def test_a_pot_is_the_same_from_any_closing_on() -> None:
    rules = also(ruleset(POT), more=replace(POT, allowance=minutes(1200)))
    terms = Terms(2, date(2026, 4, 16), "more")
    of = replace(contract(MARCH), terms=(Terms(1, MARCH, "care"), terms))
    known = facts(of, hours("a", date(2026, 4, 10), 30))
    whole = settle(Opening(0), known, timeline(rules), through=3)
    later = settle(Opening(1, whole.closings[0].buckets), known, timeline(rules), through=3)
    assert later.closings == whole.closings[1:]


@pytest.mark.parametrize(
    ("hit", "lines"),
    [
        # 8 h before the amendment, 6 h after it: these begin at 8 h, and 4 of them lie beyond 10 h.
        (Hit.GRADUATED, {"tier/0/T1": 8 * 12000, "tier/0/T1/2": 2 * 24000, "tier/0/T2/2": 4 * 18000}),
        # 14 h in all end in the second tier, whose price each time is that of its own day.
        (Hit.VOLUME, {"tier/0/T2": 8 * 9000, "tier/0/T2/2": 6 * 18000}),
    ],
)
def test_work_in_tiers_is_priced_by_those_of_its_start_and_goes_on_where_the_work_before_it_ended(
    hit: Hit, lines: dict[str, int]
) -> None:
    rules = with_tiers(ruleset(only_time(BY_TIERS)), hit)
    tiers = rules.tables["tiers"]
    dear = tuple(
        replace(row, outcomes=((hourly(price),),)) for row, price in zip(tiers.rows, ("240", "180"), strict=True)
    )
    rules = replace(rules, tables={**rules.tables, "dear": replace(tiers, name="dear", rows=dear)})
    rules = also(rules, dear=only_time(OutcomeName("dear", "price")))
    of = replace(contract(MARCH), terms=(Terms(1, MARCH, "care"), Terms(2, date(2026, 3, 11), "dear")))
    known = facts(of, (*hours("a", date(2026, 3, 5), 8), *hours("b", date(2026, 3, 20), 6)))
    result = settled(rules, known)
    assert {key: amount for key, amount in amounts(result).items() if amount} == lines


def limited(least: str | None, most: str | None) -> Plan:
    of = only_time(hourly("100"))
    of = of if least is None else replace(of, at_least=eur(Unit.MONEY, least))
    return of if most is None else replace(of, at_most=eur(Unit.MONEY, most))


def limits_of(first: Plan, second: Plan, before: int, after: int) -> dict[str, int]:
    """What limits add, where 10 of 31 days are on the first plan, with that many hours before and after."""
    rules = also(ruleset(first), other=second)
    of = replace(contract(MARCH), terms=(Terms(1, MARCH, "care"), Terms(2, date(2026, 3, 11), "other")))
    known = facts(of, (*hours("a", date(2026, 3, 5), before), *hours("b", date(2026, 3, 20), after)))
    return amounts(settled(rules, known), LineKind.COMMITMENT)


def test_each_phase_adds_its_days_to_the_commitment_and_the_cap() -> None:
    assert limits_of(limited("310", None), limited("620", None), 1, 1) == {"commit/0": 10000 + 42000 - 20000}
    assert limits_of(limited(None, "310"), limited(None, "620"), 3, 3) == {"cap/0": 10000 + 42000 - 60000}


def test_a_phase_without_a_limit_neither_adds_to_it_nor_counts() -> None:
    assert limits_of(limited("620", None), limited(None, None), 1, 9) == {"commit/0": 20000 - 10000}
    assert limits_of(limited(None, None), limited(None, "620"), 9, 5) == {"cap/0": 42000 - 50000}


def test_what_a_cap_takes_off_is_no_part_of_a_commitment() -> None:
    first = limited("310", "620")
    found = limits_of(first, limited("620", None), 3, 1)
    assert found == {"cap/0": 20000 - 30000, "commit/0": 10000 + 42000 - (40000 - 10000)}


def test_an_amendment_of_something_else_leaves_the_limits_as_they_were() -> None:
    assert limits_of(limited("500", None), limited("500", None), 1, 1) == {"commit/0": 50000 - 20000}
