"""Decision tables: their settings, columns, rows and units."""

from __future__ import annotations

import pytest

from engine.formulas import INHERIT, Literal, Unit
from engine.model import Table
from tests.dsl.texts import CALENDAR, INPUTS, book, loaded, marked, only, pricing, problems, ruleset, table


def rates(*blocks: str) -> Table:
    return ruleset(book(INPUTS, CALENDAR, *blocks)).tables["rates"]


def test_an_outcome_called_like_a_hook_has_its_unit_and_others_that_of_their_cells() -> None:
    found = rates(
        table("category || rate | covered | extra | never", "- || - | yes | - | -", "- || $95.00/h | no | 5 min | -")
    )
    assert [outcome.unit for outcome in found.outcomes] == [Unit.HOURLY, Unit.YES_NO, Unit.DURATION, Unit.NUMBER]


def test_an_outcome_has_one_unit() -> None:
    text = book(table("country || extra", "US || $5.00", "otherwise || 5 min"))
    found = only(text)
    assert (found.code, marked(text, found)) == ("wrong-unit", "5 min")
    assert [label.text for label in found.secondary] == ["money here"]


def test_across_an_input_every_outcome_has_a_column_per_value() -> None:
    found = rates(
        table("country || rate / Operational | rate / otherwise", "- || $1.00/h | $2.00/h", settings="across band")
    )
    assert (found.across, found.across_values, found.across_otherwise) == ("band", ("operational",), True)
    assert [len(cells) for cells in found.rows[0].outcomes] == [2]


@pytest.mark.parametrize(
    ("header", "cells", "settings_", "code", "words"),
    [
        ("country || rate / operational", "- || $1.00/h", "across band", "gap", "non-operational"),
        ("country || rate / weekend", "- || $1.00/h", "across band", "unknown-value", "weekend"),
        ("country || rate", "- || $1.00/h", "across band", "unknown-column", "column per value"),
        ("country || rate / operational", "- || $1.00/h", "", "unknown-column", "says `across`"),
        ("country || rate", "- || $1.00/h", "across bnad", "unknown-name", "bnad"),
        ("country || rate", "- || $1.00/h", "across account", "wrong-type", "is text"),
        ("country || rate", "- || $1.00/h", "hit frist", "unknown-value", "frist"),
        ("country || rate", "- || $1.00/h", "hit volume", "missing-block", "overage"),
        ("overage || rate", "- || $1.00/h", "", "unknown-column", "only tiers"),
        ("country || rate", "- || inherit", "", "wrong-type", "inherit"),
        ("country || rate | rate", "- || $1.00/h | $1.00/h", "", "duplicate-name", "rate"),
        ("country | Country || rate", "- | - || $1.00/h", "", "duplicate-name", "Country"),
        ("day || rate", "- || $1.00/h", "", "unknown-column", "day"),
        ("role || rate", "- || $1.00/h", "", "unknown-column", "not declared"),
        ("accuont || rate", "- || $1.00/h", "", "unknown-column", "accuont"),
        ("country || class", "- || projects", "", "unknown-value", "projects"),
        ("country || scope", "- || month", "", "unknown-value", "month"),
        ("country || calendar", "- || offize", "", "unknown-value", "offize"),
        ("line || rate", "labour || $1.00/h", "", "wrong-level", "line"),
    ],
)
def test_a_header_or_setting_that_makes_no_sense_is_one_message(
    header: str, cells: str, settings_: str, code: str, words: str
) -> None:
    if code in ("gap", "wrong-level"):
        found = loaded(book(CALENDAR, table(header, cells, "otherwise || $2.00/h", settings=settings_))).diagnostics
    else:
        found = loaded(book(CALENDAR, table(header, cells, settings=settings_))).diagnostics
    assert [(one.code, words in one.message) for one in found] == [(code, True)], found


def test_a_row_without_its_divider_or_with_a_cell_too_many_is_one_message() -> None:
    for row in ("US | $1.00/h", "US || $1.00/h | 5", "US | - || $1.00/h"):
        found = only(book(table("country || rate", row, "otherwise || $2.00/h")))
        assert found.code == "syntax"


def test_empty_cells_of_a_row_are_told_together_and_otherwise_explains_them() -> None:
    found = only(
        book(INPUTS, table("account | category | priority || rate", "Acme | | || $1.00/h", "otherwise | | || $2.00/h"))
    )
    assert (found.code, len(found.secondary)) == ("empty-cell", 1)
    assert any("otherwise" in note for note in found.help)


def test_otherwise_stands_in_the_last_row_before_blanks() -> None:
    early = book(INPUTS, table("category || rate", "otherwise || $1.00/h", "Network || $2.00/h"))
    assert [code for code, _ in problems(early)] == ["syntax"]
    filled = book(INPUTS, table("category | priority || rate", "otherwise | High || $1.00/h"))
    assert [code for code, _ in problems(filled)] == ["syntax"]


def test_two_rows_of_one_name_are_told() -> None:
    text = book(table("country || rate", "US || $1.00/h", "otherwise || $2.00/h").replace("R2", "r1"))
    assert only(text).code == "duplicate-name"


def test_a_reason_may_end_any_table() -> None:
    assert (
        problems(book(table("country || rate | why", "US || $1.00/h | agreed in May", "otherwise || $2.00/h |"))) == []
    )


def test_a_table_may_hand_over_to_another_and_has_its_depth() -> None:
    found = loaded(
        book(
            INPUTS,
            CALENDAR,
            table("band || minimum", "operational || 5 min", "otherwise || 10 min", name="Deep"),
            table("category || minimum", "Network || 15 min", "otherwise || Deep.minimum * 2", name="Outer"),
            pricing("minimum | Outer.minimum"),
        )
    )
    (one,) = found.diagnostics
    assert one.code == "wrong-level"
    assert "`band`" in one.message


def test_tables_that_name_each_other_are_a_circle() -> None:
    text = book(
        table("country || rate", "- || B.rate", name="A"),
        table("country || rate", "- || A.rate", name="B"),
        pricing("rate | A.rate"),
    )
    assert [code for code, _ in problems(text)] == ["circular-name"]


def test_where_rows_are_collected_no_case_need_be_decided() -> None:
    for how, unit in (("sum", Unit.MONEY), ("count", Unit.NUMBER), ("min", Unit.MONEY), ("max", Unit.MONEY)):
        text = book(table("country || extra", "US || $5.00", "US || $7.00", settings=f"hit collect {how}"))
        found = ruleset(text).tables["rates"]
        assert (found.hit.value, found.outcomes[0].unit) == (f"collect {how}", unit)


def test_how_many_rows_fit_is_a_number_and_no_price() -> None:
    text = book(table("country || rate", "US || $5.00/h", settings="hit collect count"), pricing("burn | Rates.rate"))
    assert problems(text) == []
    wrong = only(text.replace("burn | Rates.rate", "rate | Rates.rate"))
    assert (wrong.code, marked(text.replace("burn | Rates.rate", "rate | Rates.rate"), wrong)) == (
        "wrong-unit",
        "Rates.rate",
    )


@pytest.mark.parametrize(
    ("how", "header", "cell"),
    [("sum", "covered", "yes"), ("max", "covered", "no"), ("list", "covered", "yes"), ("list", "rate", "$5.00/h")],
)
def test_what_cannot_be_collected_is_told_once(how: str, header: str, cell: str) -> None:
    text = book(table(f"country || {header}", f"US || {cell}", f"PT || {cell}", settings=f"hit collect {how}"))
    found = only(text)
    assert (found.code, marked(text, found)) == ("wrong-unit", cell)


def test_a_list_is_named_alone_and_by_a_hook_that_charges() -> None:
    lines = table("country || extra", "US || $5.00", "- || $7.00", settings="hit collect list")
    for hook in ("per worklog", "travel", "per request"):
        assert problems(book(lines, pricing(f"{hook} | Rates.extra"))) == []
    doubled = book(lines, pricing("travel | Rates.extra * 2"))
    assert (only(doubled).code, marked(doubled, only(doubled))) == ("wrong-type", "Rates.extra * 2")
    nested = book(lines, table("country || price", "- || Rates.extra", name="Outer"), pricing("travel | Outer.price"))
    assert only(nested).code == "wrong-type"


def test_a_sum_of_many_rows_of_cents_is_not_too_large() -> None:
    rows = [f"US || $0.{cents:02}" for cents in range(1, 100)]
    text = book(table("country || extra", *rows, settings="hit collect sum"), pricing("travel | Rates.extra * 150%"))
    assert problems(text) == []


def test_rows_of_hit_any_overlap_only_where_they_say_the_same() -> None:
    rows = ("Network | - || $95.00/h", "- | High || $95.00/h", "Network | Low || $95.000/h")
    alike = book(INPUTS, table("category | priority || rate", *rows, "otherwise | || -", settings="hit any"))
    assert [code for code, _ in problems(alike)] == ["dead-row"]
    other = only(alike.replace("$95.000/h", "$96.00/h"))
    assert other.code == "overlap"
    assert "`R1` overlaps `R3` and says something else" in other.message
    assert {"category": "Network", "priority": "Low"}.items() <= dict(other.case).items()


MERGED = "category | priority || rate | burn"


def test_rows_of_hit_merge_leave_outcomes_to_the_next_that_fits() -> None:
    rows = ("- | High || inherit | 150%", "Network | - || $120.00/h | inherit", "- | - || $95.00/h | 100%")
    text = book(INPUTS, table(MERGED, *rows, settings="hit merge"), pricing("rate | Rates.rate", "burn | Rates.burn"))
    assert problems(text) == []
    assert [[cells[0] == INHERIT for cells in row.outcomes] for row in ruleset(text).tables["rates"].rows] == [
        [True, False],
        [False, True],
        [False, False],
    ]


@pytest.mark.parametrize(
    ("rows", "case"),
    [
        (("- | High || inherit | 150%", "- | - || $95.00/h | inherit"), {"priority": "Low"}),
        (("Network | High || inherit | 150%", "Network | - || $95.00/h | 100%"), {"category": "Server"}),
        (("- | High || inherit | 150%", "otherwise | || $95.00/h | 100%"), {"priority": "High"}),
        (("Network | - || $1.00/h | 1", "otherwise | || inherit | 100%"), {"category": "Server"}),
    ],
)
def test_an_outcome_that_every_row_that_fits_inherits_is_a_gap(rows: tuple[str, ...], case: dict[str, str]) -> None:
    found = loaded(book(INPUTS, table(MERGED, *rows, settings="hit merge"))).diagnostics
    assert {one.code for one in found} == {"gap"}
    assert case.items() <= dict(found[0].case).items()


def test_otherwise_says_what_no_row_fits_and_inheriting_rows_above_it_may_be_said_by_others() -> None:
    rows = ("Network | High || inherit | 150%", "Network | - || $95.00/h | 100%", "otherwise | || - | -")
    assert problems(book(INPUTS, table(MERGED, *rows, settings="hit merge"))) == []


def test_scope_and_calendar_take_their_own_words() -> None:
    words = table("country || scope | calendar", "US || Request | Office", "- || day | -", name="Words")
    bound = pricing("scope | Words.scope", "calendar | Words.calendar")
    found = ruleset(book(CALENDAR, words, bound)).tables["words"]
    assert found.rows[0].outcomes == ((Literal(Unit.TEXT, "request"),), (Literal(Unit.TEXT, "office"),))
    assert problems(book(CALENDAR, pricing("scope | segment", "calendar | office"))) == []
    for wrong in ("scope | Words.calendar", "calendar | Words.scope", "rate | Words.scope"):
        assert only(book(CALENDAR, words, pricing(wrong))).code == "wrong-unit"


def test_without_a_calendar_none_can_be_named() -> None:
    found = only(book(pricing("calendar | office")))
    assert (found.code, any("calendar office" in note for note in found.help)) == ("unknown-value", True)


@pytest.mark.parametrize(("scope", "codes"), [("segment", []), ("request", ["wrong-level"]), ("day", ["wrong-level"])])
def test_what_rounds_several_worklogs_as_one_is_decided_per_request(scope: str, codes: list[str]) -> None:
    text = book(
        CALENDAR,
        table("start band || minimum", "operational || 5 min", "otherwise || 10 min"),
        table("country || scope", f"US || {scope}", "- || worklog", name="Together"),
        pricing("minimum | Rates.minimum", "scope | Together.scope"),
    )
    assert [code for code, _ in problems(text)] == codes
