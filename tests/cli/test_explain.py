"""`tarifa explain`: the row that decides, why no other does, the arithmetic."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import PRICES, Facts, Tarifa
from tests.conformance.test_coverage import RULES

MORE = """
table Hourly rate
  across band
  | row | category  | floor || rate / operational  | rate / otherwise                   | why       |
  |-----|-----------|-------||---------------------|------------------------------------|-----------|
  | R1  | Network   | >= 10 || standard * 2        | -                                  | high      |
  | R2  | Network   | -     || Extra.more          | if(floor > 5, standard, bonus)     |           |
  | R9  | otherwise |       || standard + ($5.00/h + bonus) / 2 | standard - bonus / 4 |           |

table Extra
  | row | floor || more                       |
  |-----|-------||----------------------------|
  | E1  | 3..7  || max(standard, bonus) * 3   |
  | E2  | -     || $1.00/h                    |

calendar office
  | days      | hours        | band            |
  |-----------|--------------|-----------------|
  | Mon..Fri  | 08:00..18:00 | operational     |
  | otherwise |              | non-operational |

constants
  | name  | value           |
  |-------|-----------------|
  | bonus | standard * 10%  |
"""


@pytest.fixture
def folder(facts: Facts) -> Path:
    """The small ruleset, and in place of its table one that does more."""
    start, end = PRICES.index("table Hourly rate"), PRICES.index("pricing")
    (facts.ruleset / "small.rules").write_text(PRICES[:start] + PRICES[end:])
    (facts.ruleset / "more.rules").write_text(MORE)
    return facts.ruleset


def test_the_row_that_decides_is_shown_with_its_place_and_the_earlier_rows_with_their_first_failing_cell(
    tarifa: Tarifa, folder: Path
) -> None:
    run = tarifa("explain", folder, "category=Desktop", "band=operational")

    assert (run.exit_code, run.err) == (0, "")
    assert (
        run.out
        == f"""\
Small@1: category = Desktop, band = operational

rate = $97.00/h
  Hourly rate / R9   {folder}/more.rules:8
    rate / operational = standard + ($5.00/h + bonus) / 2 = $90.00/h + ($5.00/h + $9.00/h) / 2 = $97.00/h
    not R1: category is `Desktop`, and the row says `Network`
    not R2: category is `Desktop`, and the row says `Network`
  standard = $90.00/h   {folder}/small.rules:17
  bonus = standard * 10% = $90.00/h * 0.1 = $9.00/h   {folder}/more.rules:25
"""
    )


def test_a_table_that_hands_over_to_another_is_followed(tarifa: Tarifa, folder: Path) -> None:
    run = tarifa("explain", folder, "category=network", "floor=7", "band=operational", "--hook", "Rate")

    assert f"Hourly rate / R2   {folder}/more.rules:7" in run.out
    assert "not R1: floor is `7`, and the row says `>= 10`" in run.out
    assert "not E1: floor is `7`, and the row says `3..7`" in run.out
    assert run.out.splitlines()[2] == "rate = $1.00/h"


def test_the_time_of_the_work_gives_the_band(tarifa: Tarifa, folder: Path) -> None:
    at_work = tarifa("explain", folder, "category=Network", "floor=6", "--at", "2026-03-06T17:59")
    after = tarifa("explain", folder, "category=Network", "floor=6", "--at", "2026-03-06 18:00")

    assert "band = operational" in at_work.out
    assert "more = max(standard, bonus) * 3 = max($90.00/h, $9.00/h) * 3 = $270.00/h" in at_work.out
    assert "rate / otherwise = if(floor > 5, standard, bonus) = if(6 > 5, $90.00/h, $9.00/h) = $90.00/h" in after.out


def test_a_cell_without_a_value_is_told_as_none(tarifa: Tarifa, folder: Path) -> None:
    run = tarifa("explain", folder, "category=Network", "floor=10", "band=non-operational")

    assert "rate = none" in run.out
    assert "why" not in run.out
    assert f"Hourly rate / R1   {folder}/more.rules:6   high" in run.out


def test_a_request_may_come_from_a_file_and_be_changed_on_the_command_line(
    tarifa: Tarifa, folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "request.json"
    file.write_text('{"category": "Desktop", "floor": 3.5, "band": "operational", "site": null}')

    run = tarifa("explain", folder, "--request", file, "category=Network")

    assert "category = Network, floor = 3.5, band = operational, site = none" in run.out
    assert "Extra / E1" in run.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("categry=Network",), "there is no input called `categry`: did you mean `category`?"),
        (("category=Netwrok",), "there is no category called `Netwrok`: did you mean `Network`?"),
        (("category=Printing",), "there is no category called `Printing`: there are `Desktop`, `Network`"),
        (("floor=high",), "`floor` cannot be `high`: write a number such as 3.5"),
        (("band=",), "`band` is never missing: say its value"),
        (("category",), "`category` is no KEY=VALUE: write it like `category=Network`"),
        (("calendar=ofice",), "there is no calendar called `ofice`: did you mean `office`?"),
        (("--hook", "rtae"), "`rtae` is no hook: did you mean `rate`?"),
        (("--hook", "travel"), "`travel` is not bound in `pricing`: there are `rate`"),
        (("--at", "tomorrow"), "`tomorrow` is no time of a day: write it like 2026-03-06T17:30"),
        (("--at", "2026-03-08T02:30"), "the clock in America/Chicago does not show 2026-03-08 02:30 once"),
        (("category=Network",), "  band=operational | non-operational, or --at with a time"),
        (("--request", "nowhere.json"), "nowhere.json: cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_be_explained_is_wrong_usage_and_says_what_was_meant(
    tarifa: Tarifa, folder: Path, arguments: tuple[str, ...], says: str
) -> None:
    run = tarifa("explain", folder, *arguments)

    assert (run.exit_code, run.out) == (2, "")
    assert says in run.err


@pytest.mark.parametrize("content", ["", "[1]", '{"category": ["Network"]}', "{" * 5000, "[" * 100_000])
def test_a_file_that_is_no_request_is_wrong_usage(tarifa: Tarifa, folder: Path, tmp_path: Path, content: str) -> None:
    file = tmp_path / "request.json"
    file.write_text(content)

    run = tarifa("explain", folder, "--request", file)

    assert run.exit_code == 2
    assert run.err.startswith(f"tarifa: {file}: ")


def test_a_ruleset_with_errors_is_not_explained(tarifa: Tarifa, folder: Path) -> None:
    (folder / "more.rules").write_text(MORE.replace("Extra.more", "Extra.less"))

    run = tarifa("explain", folder, "category=Network")

    assert run.exit_code == 1
    assert "error[unknown-name]" in run.err
    assert "nothing was explained: mend the errors above" in run.err


def test_a_table_is_explained_whether_a_hook_names_it_or_not(tarifa: Tarifa, folder: Path) -> None:
    run = tarifa("explain", folder, "--table", "extra", "floor=5")

    assert run.exit_code == 0
    assert run.out.splitlines()[2:4] == ["Extra.more = $270.00/h", f"  Extra / E1   {folder}/more.rules:13"]


def test_a_tables_name_that_is_misspelt_is_told_the_one_that_was_meant(tarifa: Tarifa, folder: Path) -> None:
    run = tarifa("explain", folder, "--table", "Exrta")

    assert (run.exit_code, run.err) == (2, "tarifa: there is no table called `Exrta`: did you mean `Extra`?\n")


def test_taxes_are_explained_by_all_rows_that_apply(tarifa: Tarifa, folder: Path) -> None:
    run = tarifa("explain", folder, "--table", "taxes", "country=PT", "line=fee")

    assert run.exit_code == 0
    assert "taxes.code = none" in run.out
    assert "taxes.rate = 0%" in run.out
    assert "not T1: country is `PT`, and the row says `US`" in run.out


def test_a_line_is_known_only_where_taxes_are_explained(tarifa: Tarifa, folder: Path) -> None:
    run = tarifa("explain", folder, "line=fee")

    assert run.exit_code == 2
    assert "there is no input called `line`" in run.err


def test_a_hook_and_a_table_are_not_explained_at_once(tarifa: Tarifa, folder: Path) -> None:
    assert tarifa("explain", folder, "--hook", "rate", "--table", "Extra").exit_code == 2


def test_json_has_the_figures_their_rows_and_sums(tarifa: Tarifa, folder: Path) -> None:
    run = tarifa("explain", folder, "category=Network", "floor=5", "band=operational", "--format", "json")

    said = json.loads(run.out)
    (rate,) = said["figures"]
    assert (said["format"], said["ruleset"], said["not_said"]) == (1, "Small@1", {})
    assert said["request"] == {"category": "Network", "floor": "5", "band": "operational"}
    assert (rate["name"], rate["value"], rate["sum"]) == ("rate", "$270.00/h", None)
    assert [source.get("table") for source in rate["sources"]] == ["Hourly rate", "Extra", None, None]
    (row,) = rate["sources"][0]["rows"]
    assert (row["row"], row["place"]["line"], row["sum"]["written"]) == ("R2", 7, "Extra.more")
    assert rate["sources"][0]["misfits"] == [{"row": "R1", "input": "floor", "value": "5", "wanted": ">= 10"}]


def test_merged_rows_are_told_up_to_the_one_that_says_the_outcome(tarifa: Tarifa, folder: Path) -> None:
    merged = """
table Merged
  hit merge
  | row | category || fee     | more    |
  |-----|----------||---------|---------|
  | M1  | Network  || inherit | $1.00   |
  | M2  | -        || $2.00   | inherit |
  | M3  | -        || $3.00   | $4.00   |
"""
    (folder / "merged.rules").write_text(merged)

    run = tarifa("explain", folder, "--table", "Merged", "category=Network")

    assert run.exit_code == 0
    assert [line.split()[2] for line in run.out.splitlines() if line.startswith("  Merged / ")] == ["M1", "M2", "M1"]


TIERS = """ruleset Tiers
  version   1
  currency  USD
  timezone  UTC

table Hours
  hit graduated
  | row | overage || price     |
  |-----|---------||-----------|
  | T1  | ..10 h  || $120.00/h |
  | T2  | 10 h..  ||  $90.00/h |

table Tickets
  hit volume
  | row | overage      || price          |
  |-----|--------------||----------------|
  | T1  | ..2 requests || $50.00/request |
  | T2  | 2 requests.. || $40.00/request |
"""


@pytest.mark.parametrize(("table", "much", "price"), [("Hours", "10 h", "$120"), ("Tickets", "3 requests", "$40")])
def test_a_tier_is_explained_by_how_much_is_beyond_the_allowance(
    table: str, much: str, price: str, tarifa: Tarifa, tmp_path: Path
) -> None:
    (tmp_path / "tiers").mkdir()
    (tmp_path / "tiers" / "all.rules").write_text(TIERS, "utf-8")
    run = tarifa("explain", tmp_path / "tiers", "--table", table, f"overage={much}")
    assert (run.exit_code, f"{table}.price = {price}" in run.out) == (0, True), run.out
    assert f"overage = {much}" in run.out


def test_tiers_of_hours_are_asked_for_hours_also_beside_tiers_of_requests(tarifa: Tarifa, tmp_path: Path) -> None:
    (tmp_path / "tiers").mkdir()
    (tmp_path / "tiers" / "all.rules").write_text(TIERS, "utf-8")
    run = tarifa("explain", tmp_path / "tiers", "--table", "Hours", "overage=3 requests")
    assert (run.exit_code, "write a duration" in run.err) == (2, True), run.err
    proposed = tarifa("test", tmp_path / "tiers", "--propose").out
    assert "| 601 min || " in proposed
    assert "| 3 requests || " in proposed


def test_the_class_of_work_is_decided_before_its_rate_and_a_test_of_the_pricing_takes_no_other(
    tarifa: Tarifa, tmp_path: Path
) -> None:
    tests = """
tests pricing
  | work type | class | start            | end              || amount  |
  |-----------|-------|------------------|------------------||---------|
  | Migration | -     | 2026-03-02 10:00 | 2026-03-02 11:00 || €110.00 |
  | Support   | -     | 2026-03-02 10:00 | 2026-03-02 11:00 || €95.00  |
  | Support   | main  | 2026-03-02 10:00 | 2026-03-02 11:00 || €95.00  |
"""
    (tmp_path / "all.rules").write_text(RULES + tests)
    run = tarifa("explain", tmp_path, "work type=Migration")
    assert "\nrate = €110.00/h\n" in run.out
    assert "\nclass = projects\n  Pays / K1 " in run.out
    assert "3 tests: 3 passed" in tarifa("test", tmp_path).out
