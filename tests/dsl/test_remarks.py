"""What the checker says of rows that nothing comes to, and of rows that overlap: each message is put to the proof."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.calendars import day_bands
from tests.dsl.test_cases import ROWS, SMALL, fitting, read_case
from tests.dsl.texts import INPUTS, book, constants, loaded, marked, only, plans, pricing, problems, ruleset, table

exact = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
HEADER = "a | b | c || rate"
LAST = "otherwise | | || $99.00/h"


@given(ROWS)
@exact
def test_a_row_that_is_told_as_never_used_is_not_the_one_that_decides_its_own_example(
    rows: list[tuple[str, str, str]],
) -> None:
    cells = [f"{a} | {b} | {c} || ${n}.00/h" for n, (a, b, c) in enumerate(rows, start=1)]
    text = book(SMALL, table(HEADER, *cells, LAST))
    read = ruleset(text).tables["rates"]
    for one in loaded(text).diagnostics:
        if one.code == "dead-row":
            row = marked(text, one)
            fits = fitting(read, read_case(dict(one.case)))
            assert row in fits
            assert fits[0] != row
            assert {text[label.span.start : label.span.end] for label in one.secondary} & set(fits)


@given(ROWS)
@exact
def test_a_cell_that_is_offered_against_an_overlap_ends_it(rows: list[tuple[str, str, str]]) -> None:
    columns = ["a", "b", "c"]

    def text(written: list[list[str]]) -> str:
        cells = [f"{' | '.join(row)} || ${n}.00/h" for n, row in enumerate(written, start=1)]
        return book(SMALL, table(HEADER, *cells, LAST, settings="hit unique"))

    before = text([list(row) for row in rows])
    found = next((one for one in loaded(before).diagnostics if one.code == "overlap"), None)
    offered = found and re.match(r"let row `R(\d+)` .* under `(\w)`, write `([^`]*)`", found.help[0])
    if found is None or not offered:
        return
    mended = [list(row) for row in rows]
    mended[int(offered[1]) - 1][columns.index(offered[2])] = offered[3]
    after = text(mended)
    pair = {marked(before, found), before[found.secondary[0].span.start : found.secondary[0].span.end]}
    for one in loaded(after).diagnostics:
        assert one.code != "syntax"
        if one.code == "overlap":
            others = {after[label.span.start : label.span.end] for label in one.secondary}
            assert not any({marked(after, one), other} == pair for other in others)


DAYS = ["Mon..Fri", "Sat, Sun", "holiday", "-", "2026-12-25", "Fri..Mon", "Wed"]
HOURS = ["-", "09:00..17:00", "08:00..12:00, 13:00..18:00", "22:00..06:00", "12:00..24:00", "00:00..12:00"]


@given(st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from(HOURS)), min_size=1, max_size=5), st.booleans())
@exact
def test_rows_of_a_calendar_are_told_as_never_used_where_no_minute_of_four_years_is_theirs(
    rows: list[tuple[str, str]],
    holidays: bool,  # noqa: FBT001 - given by Hypothesis
) -> None:
    lines = "".join(f"  | {days} | {hours} | band {n} |\n" for n, (days, hours) in enumerate(rows))
    also = "  also 2026-07-04, 2026-12-31\n" if holidays else ""
    text = book(f"calendar office\n{also}  | days | hours | band |\n  |---|---|---|\n{lines}  | otherwise | | rest |\n")
    calendar = ruleset(text).calendars["office"]
    days = [date(2025, 1, 1) + timedelta(days=n) for n in range(4 * 365)]
    used = {band for day in days for _, band in day_bands(calendar, day)}
    told = [one for one in loaded(text).diagnostics if one.code == "dead-row"]
    assert len(told) == len({row.band for row in calendar.rows} - used)


def test_a_row_hidden_by_several_together_names_each_of_them() -> None:
    rows = ("Network | - || $1.00/h", "not Network | >= High || $2.00/h", "- | Urgent || $3.00/h")
    found = only(book(INPUTS, table("category | priority || rate", *rows, "otherwise | || $4.00/h")))

    assert found.code == "dead-row"
    assert found.message.endswith("is never used: rows `R1` and `R2` together fit all of its cases")


def test_otherwise_that_nothing_is_left_for_is_told() -> None:
    rows = ("Network | - || $1.00/h", "not Network | - || $2.00/h", "- | - || $3.00/h")
    found = loaded(book(INPUTS, table("category | priority || rate", *rows[:2], "otherwise | || $4.00/h")))

    assert ("dead-row", True) in [(one.code, "every case" in one.message) for one in found.diagnostics]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (("inherit | 50%", "$2.00/h | 100%"), []),
        (("$1.00/h | 50%", "$2.00/h | 100%"), ["R2"]),
        (("$1.00/h | inherit", "$2.00/h | 100%"), []),
    ],
)
def test_a_row_of_hit_merge_is_never_used_where_none_of_its_outcomes_is(rows: tuple[str, str], told: list[str]) -> None:
    first, second = rows
    text = book(
        INPUTS,
        table(
            "category | priority || rate | burn",
            f"Network | - || {first}",
            f"Network | >= High || {second}",
            "- | - || $3.00/h | 200%",
            settings="hit merge",
        ),
    )
    assert [marked(text, one) for one in loaded(text).diagnostics if one.code == "dead-row"] == told


def test_where_tables_are_not_bound_yet_nothing_is_told_as_unused() -> None:
    parts = (INPUTS, table("category || rate", "Network || $1.00/h", "otherwise || $2.00/h"))
    assert loaded(book(*parts)).diagnostics == ()
    codes = {one.code for one in loaded(book(*parts, pricing("rate | $1.00/h"))).diagnostics}
    assert codes == {"unused-input", "unused-table"}


def test_an_agreement_with_a_customer_above_a_price_list_crosses_nothing() -> None:
    rows = ("Acme | - || $1.00/h", "- | Urgent || $2.00/h", "Acme, Globex | - || $3.00/h", "otherwise | || $4.00/h")
    assert problems(book(INPUTS, table("account | priority || rate", *rows))) == []


def test_an_allowance_that_a_table_covers_in_no_case_of_its_plan_is_told() -> None:
    covered = table("plan | category || covered", "Gold | - || no", "- | Network || yes", "otherwise | || no", name="C")
    found = loaded(
        book(
            INPUTS,
            covered,
            pricing("rate | $1.00/h", "covered | C.covered"),
            plans("plan | allowance | beyond", "Gold | 5 h | rate", "Silver | 5 h | rate"),
        )
    )
    assert [one.message for one in found.diagnostics if one.code == "unused-allowance"] == [
        "the allowance of the plan `Gold` can never be used: `covered` is always `no`"
    ]


@pytest.mark.parametrize(
    ("formula", "meant"),
    [
        ("standard * 150", "150%"),
        ("150 * standard", "150%"),
        ("max($95.00/h * 120, standard)", "120%"),
        ("(standard + $5.00/h) * 150", "150%"),
        ("Base.price * 1,000", "1,000%"),
        ("round(standard, $1.00/h) * 90", "90%"),
        ("standard * 150%", None),
        ("standard * 2", None),
        ("standard * 30 min / 1 h", None),
        ("standard * (150 / 100)", None),
    ],
)
def test_a_price_that_lacks_the_sign_of_its_percentage_is_told(formula: str, meant: str | None) -> None:
    text = book(
        INPUTS,
        constants("standard | $95.00/h"),
        table("category || price", "Network || $1.00/h", "otherwise || $2.00/h", name="Base"),
        table("category || rate", f"Network || {formula}", "otherwise || standard"),
    )

    found = [one.primary for one in loaded(text).diagnostics if one.code == "missing-percent"]

    assert [one.text for one in found if one] == ([f"did you mean `{meant}`?"] if meant is not None else [])


@pytest.mark.parametrize(
    ("factor", "told"),
    [("140", ["this price is multiplied by `markup`, which is 140, and not 140%"]), ("140%", []), ("2", [])],
)
def test_a_factor_that_a_constant_says_lacks_its_sign_too(factor: str, told: list[str]) -> None:
    text = book(constants("standard | $95.00/h", f"markup | {factor}"), pricing("rate | standard * markup"))

    assert [message for code, message in problems(text) if code == "missing-percent"] == told


@pytest.mark.parametrize(
    ("burn", "mend"),
    [
        ("150", "write `150%`"),
        ("15", "write `1.5`, or `15%`"),
        ("weight", "write `150%`"),
        ("1.5", None),
        ("1500%", None),
    ],
)
def test_a_minute_that_uses_ten_minutes_of_the_allowance_lacks_a_sign_or_a_point(burn: str, mend: str | None) -> None:
    text = book(
        INPUTS,
        constants("weight | 150", "light | weight / 150"),
        table("category || burn", f"Network || {burn}", "otherwise || light", name="Weights"),
        pricing("rate | $95.00/h", "burn | Weights.burn"),
    )
    found = [one.help[0] for one in loaded(text).diagnostics if one.code == "missing-percent"]

    assert found == ([mend] if mend is not None else [])


def test_a_charge_may_be_many_times_another() -> None:
    assert (
        problems(book(pricing("rate | $95.00/h", "per worklog | $0.67 * 40", "travel | distance * 50 * $0.67"))) == []
    )


def test_a_gap_tells_all_that_is_left_open_and_not_one_part_after_the_other() -> None:
    rates = table(
        "category | priority || rate", "Network | - || $90.00/h", "Server | >= High || $95.00/h", settings="hit unique"
    )
    (gap,) = loaded(book(INPUTS, rates, pricing("rate | Rates.rate"))).diagnostics

    assert gap.primary is not None
    assert (
        gap.primary.text
        == "left open: category Server, Desktop, priority <= Normal; and category Desktop, priority >= High"
    )


def test_a_row_that_is_never_used_does_not_cross_others_nor_make_its_column_useless() -> None:
    rates = table(
        "category | priority || rate",
        "Network, Server | - || $90.00/h",
        "Server | Urgent || $95.00/h",
        "otherwise | || $99.00/h",
    )
    found = loaded(book(INPUTS, rates, pricing("rate | Rates.rate"))).diagnostics

    assert [one.code for one in found if one.code != "unused-input"] == ["dead-row"]


def test_a_price_below_nothing_is_told_where_it_stands_and_not_where_a_plan_names_its_hook() -> None:
    rates = table("category || rate", "Network || $90.00/h - $1.00/h * distance", "otherwise || $99.00/h")
    plans = "plans\n  | plan | mode | measure | every | beyond |\n  |--|--|--|--|--|\n  | Open | postpaid | hours | month | rate |\n"
    found = loaded(book(INPUTS, rates, pricing("rate | Rates.rate"), plans)).diagnostics

    assert [one.code for one in found if one.code == "can-be-negative"] == ["can-be-negative"]


def test_a_row_that_is_never_used_is_told_as_that_alone() -> None:
    rates = table(
        "category | priority || rate",
        "Network, Server | - || $90.00/h",
        "Network | - || $90.00/h",
        "Server | >= Low || $95.00/h",
        "Desktop | >= Low || $95.00/h",
        "- | High, Urgent || $97.00/h",
        "otherwise | || $99.00/h",
        settings="hit first",
    )
    found = loaded(book(INPUTS, rates, pricing("rate | Rates.rate"))).diagnostics

    assert {one.code for one in found if one.primary and "R" in one.message} == {"dead-row", "useless-column"}


TAXED = st.sampled_from(("A", "B", "not A", "A, C", "-"))
CODED = st.sampled_from(("GST | 5%", "gst | 7%", "PST | 7%", "GST | 0%"))


@given(st.lists(st.tuples(TAXED, TAXED, CODED), min_size=1, max_size=5))
@exact
def test_a_line_is_told_to_be_taxed_twice_exactly_where_two_rows_of_a_code_fit_it(
    rows: list[tuple[str, str, str]],
) -> None:
    cells = [f"{country} | {region} || {taxed}" for country, region, taxed in rows]
    taxes = "taxes\n  | row | country | region || code | rate |\n  |--|--|--||--|--|\n"
    taxes += "".join(f"  | T{n} | {one} |\n" for n, one in enumerate([*cells, "otherwise | || none | 0%"], start=1))
    text = book(table("exempt || rate", "yes || $90.00/h", "no || $95.00/h"), pricing("rate | Rates.rate"), taxes=taxes)

    def fits(cell: str, value: str) -> bool:
        return cell == "-" or (value in cell.removeprefix("not ").split(", ")) is not cell.startswith("not ")

    values = ("A", "B", "C", "D")
    expected = set()
    for second, (_, _, of_second) in enumerate(rows):
        for first, (_, _, of_first) in enumerate(rows[:second]):
            alike = of_first == of_second and of_first.endswith(" 0%")
            code = of_first.split()[0].casefold()
            meet = any(
                all(fits(rows[row][0], a) and fits(rows[row][1], b) for row in (first, second))
                for a in values
                for b in values
            )
            if meet and not alike and code == of_second.split()[0].casefold():
                expected.add((f"T{first + 1}", f"T{second + 1}"))
    found = [one for one in loaded(text).diagnostics if one.code == "taxed-twice"]
    told = {(text[one.secondary[0].span.start : one.secondary[0].span.end], marked(text, one)) for one in found}
    assert told == expected
    for one in found:
        case = dict(one.case)
        pair = {
            int(marked(text, one)[1:]) - 1,
            int(text[one.secondary[0].span.start : one.secondary[0].span.end][1:]) - 1,
        }
        for row in pair:
            assert fits(rows[row][0], case["country"]) and fits(rows[row][1], case["region"])
