"""Days on which a ruleset says the same are remembered as one."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.formulas import OutcomeName, Unit
from engine.hooks import Level
from engine.items import Opening
from engine.model import ANY, Condition, Hit, Input, InputType, Outcome, Row, Ruleset, Span, Table
from engine.seasons import seasons
from engine.settlement import settle
from tests.engine.rulesets import BILL_RATE, HERE, contract, facts, hourly, ruleset, timeline, work
from tests.engine.test_settlement import at
from tests.engine.test_usage import MARCH, amounts, bound, only_time, settled

DAYS = [MARCH + timedelta(days=n) for n in range(31)]
spans = st.lists(
    st.builds(
        Span,
        st.none() | st.sampled_from(DAYS),
        st.none() | st.sampled_from(DAYS),
        low_counts=st.booleans(),
        high_counts=st.booleans(),
    ),
    max_size=4,
)


def _dated(days: list[Span]) -> Ruleset:
    """A rate for each span of days, the first that holds, and one for all others."""
    conditions = [Condition(spans=(span,)) for span in days]
    rows = tuple(
        Row(f"R{n}", (condition,), ((hourly(str(100 + n)),),), catch_all=False, origin=HERE)
        for n, condition in enumerate([*conditions, ANY])
    )
    table = Table("dated", "Dated", Hit.FIRST, ("day",), (Outcome("rate", "rate", Unit.HOURLY),), rows)
    of = ruleset(only_time(BILL_RATE))
    day = Input("day", "day", Level.CONTRACT, InputType.DATE)
    return bound(
        replace(of, tables={"dated": table}, inputs={**of.inputs, "day": day}), rate=OutcomeName("dated", "rate")
    )


@given(spans)
def test_work_costs_what_the_row_of_its_own_day_says_whatever_was_asked_before(days: list[Span]) -> None:
    rules = _dated(days)
    entries = tuple(work(f"w{day.day:02d}", at(day), 60) for day in DAYS)
    together = {
        key.split("/")[1]: amount for key, amount in amounts(settled(rules, facts(contract(MARCH), entries))).items()
    }
    for entry, day in zip(entries, DAYS, strict=True):
        holding = [n for n, span in enumerate(days) if span.holds(day)]
        assert together[entry.id] == 100 * (100 + (holding or [len(days)])[0])


@given(spans)
def test_there_is_a_ruling_for_each_season_and_not_for_each_day(days: list[Span]) -> None:
    rules = timeline(_dated(days))
    entries = tuple(work(f"w{day.day:02d}", at(day), 60) for day in DAYS)
    settle(Opening(0), facts(contract(MARCH), entries), rules, through=1)
    [program] = rules.activations[0].version._programs.values()
    found = seasons(rules.activations[0].version.ruleset)
    assert len(program.rulings) == len({found.number(day) for day in DAYS})
    assert len(found.starts) <= 4 * len(days)


def test_a_ruleset_without_dated_rows_has_one_season() -> None:
    found = seasons(ruleset(only_time(BILL_RATE)))
    assert found.starts == ()
    assert found.number(date.min) == found.number(date.max) == 0
