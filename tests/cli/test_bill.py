"""`tarifa bill`: from files to documents, allowances and exceptions, with nothing lost on the way."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Facts, Tarifa
from tests.gates.sources import ROOT

ZYLKER = ROOT / "examples" / "zylker"


def documents(shape: Any, contract: str) -> list[Any]:
    return [document for document in shape["documents"] if document["contract"] == contract]


def reasons(shape: Any) -> dict[str, str]:
    return {one["subject"]: one["reason"] for one in shape["exceptions"]}


def where_worklogs_are(shape: Any) -> list[str]:
    """Each worklog once for every list that it is on."""
    on_documents = {
        (document["key"], line["work"]) for document in shape["documents"] for line in document["lines"] if line["work"]
    }
    waiting = [one["subject"] for one in shape["exceptions"] if one["kind"] == "work"]
    with_others = [work for one in shape["exceptions"] for work in one["works"]]
    apart = [*shape["not_billable"], *shape["uncharged"], *shape["pending"]]
    return [work for _, work in on_documents] + waiting + with_others + apart


def test_the_fee_is_billed_ahead_and_the_usage_when_its_month_is_over(facts: Facts) -> None:
    run = facts.bill()

    first, second = documents(run.json, "C-1")
    assert run.exit_code == 0
    assert [(line["kind"], line["amount"]) for line in first["lines"]] == [("fee", "100.00")]
    assert (first["boundary"]["on"], second["boundary"]["on"]) == ("2026-03-01", "2026-04-01")
    assert [(line["item"], line["covered"], line["overage"], line["amount"]) for line in second["lines"]] == [
        ("fee/1/1", 0, 0, "100.00"),
        ("work/W-1/operational", 90, 0, "0.00"),
        ("work/W-2/operational", 30, 30, "90.00"),
    ]
    assert (second["net"], second["tax"], second["total"]) == ("190.00", "19.00", "209.00")


def test_a_region_decides_however_it_is_written_and_stands_on_the_document_as_written(facts: Facts) -> None:
    rules = facts.ruleset / "small.rules"
    plain = "| row | country   || code  | rate |\n  |-----|-----------||-------|------|\n  | T1  | US        ||"
    local = "| row | country | region || code | rate |\n  |--|--|--||--|--|\n  | T1  | US | tx ||"
    text = rules.read_text()
    assert plain in text
    rules.write_text(text.replace(plain, local).replace("| T9  | otherwise ||", "| T9 | otherwise | ||"))
    facts.write("accounts.csv", "key,country,region\nAcme,us,TX\nGlobex,US,Il\n")

    documents_ = facts.bill().json["documents"]

    assert {(one["account"]["country"], one["account"]["region"], one["taxes"][0]["code"]) for one in documents_} == {
        ("US", "TX", "sales"),
        ("US", "Il", "none"),
    }


def test_a_line_names_the_row_the_file_and_the_line_that_priced_it(facts: Facts) -> None:
    (document,) = documents(facts.bill().json, "C-2")
    (line,) = document["lines"]

    text = (facts.ruleset / "small.rules").read_text().splitlines()
    assert (line["table"], line["row"], line["file"]) == ("Hourly rate", "R2", "small.rules")
    assert "| R2 " in text[line["line"] - 1]
    assert (line["rate"], line["amount"]) == ("120.00", "60.00")


def test_the_closing_says_what_is_left_of_the_allowance(facts: Facts) -> None:
    (closing,) = [closing for closing in facts.bill().json["closings"] if closing["contract"] == "C-1"]

    assert {name: closing[name] for name in ("granted", "drawn", "overage", "left")} == {
        "granted": "120",
        "drawn": "120",
        "overage": "30",
        "left": "0",
    }


def test_a_top_up_is_charged_and_adds_to_the_allowance(facts: Facts) -> None:
    facts.write("top-ups.csv", "id,contract,top_up,at\nT-1,C-1,More,2026-03-20\n")

    shape = facts.bill().json

    lines = {line["item"]: line for line in documents(shape, "C-1")[1]["lines"]}
    assert lines["topup/T-1"]["amount"] == "80.00"
    assert lines["work/W-2/operational"]["overage"] == 0


def test_work_of_a_month_that_is_not_over_is_pending(facts: Facts) -> None:
    run = facts.bill(through="2026-03-31")

    assert run.exit_code == 0
    assert sorted(run.json["pending"]) == ["W-1", "W-2", "W-3"]
    assert run.json["next_boundaries"] == {"C-1": "2026-04-01", "C-2": "2026-04-01"}


def test_work_after_the_day_is_pending_even_where_no_contract_covers_it(facts: Facts) -> None:
    facts.write("worklogs.csv", "id,account,start,minutes\nW-9,Acme,2027-01-01 09:00,10\n")

    assert facts.bill().json["pending"] == ["W-9"]


def test_work_that_is_not_billable_is_listed_apart(facts: Facts) -> None:
    facts.write("worklogs.csv", "id,account,start,minutes,billable\nW-9,Nobody,2026-03-02 09:00,10,no\n")

    run = facts.bill()

    assert (run.json["not_billable"], run.json["exceptions"], run.exit_code) == (["W-9"], [], 0)


@pytest.mark.parametrize(
    ("cells", "reason", "says"),
    [
        ("W-9,Acmee,,Desktop,,2026-03-02 09:00,,10,", "unknown-account", "did you mean `Acme`?"),
        ("W-9,Acme,,Printer,,2026-03-02 09:00,,10,", "unknown-value", "`Printer`"),
        ("W-9,Acme,,Desktop,high,2026-03-02 09:00,,10,", "bad-row", "`high` is not a number"),
        ("W-9,Acme,,Desktop,,2026-11-01 01:30,,10,", "ambiguous-time", "offset"),
        ("W-9,Acme,,Desktop,,2026-03-08 02:30,,10,", "skipped-time", "2026-03-08 02:30"),
        ("W-9,Acme,,Desktop,,02/03/2026 09:00,,10,", "bad-row", "`02/03/2026 09:00`"),
        ("W-9,Acme,,Desktop,,2026-03-02,,10,", "bad-row", "`2026-03-02`"),
        ("W-9,Acme,,Desktop,,2026-03-02 09:00,2026-03-02 08:00,,", "no-time", "start and end"),
        ("W-9,Acme,,Desktop,,2026-03-02 09:00,2026-03-03 09:01,,", "too-long", "24 hours"),
        ("W-9,Acme,,Desktop,,2026-03-02 09:00,,,", "bad-row", "`end` is blank: fill in an end, or `minutes`"),
        ("W-9,Acme,,Desktop,,2026-03-02 09:00,,ten,", "bad-row", "`ten`"),
        ("W-9,Acme,,Desktop,,2026-03-02 09:00,,10,perhaps", "bad-row", "`yes` or `no`"),
        ("W-9,Acme,,Desktop,,2026-02-02 09:00,,10,", "no-contract", "no contract"),
        ("W-9,Acme,,Desktop,,2025-02-02 09:00,,10,", "no-version", "no ruleset is valid on 2025-02-02"),
        ("W-9,Acme,,Desktop,,2026-03-02 09:00,,999999999999,", "too-long", "24 hours"),
        (",Acme,,Desktop,,2026-03-02 09:00,,10,", "bad-row", "`id` of this worklog is blank"),
        ("W-9,Acme,,Desktop,,2026-03-02 09:00", "bad-row", "6 cells where the header has 9"),
        ("W-9,Acme,,Desktop,,2026-03-02 09:00,,10,yes,,", "bad-row", "11 cells where the header has 9"),
    ],
)
def test_a_bad_worklog_waits_with_its_reason_and_stops_nothing_else(
    facts: Facts, cells: str, reason: str, says: str
) -> None:
    header = "id,account,site,category,floor,start,end,minutes,approved"
    good = "W-1,Acme,,Desktop,,2026-03-02 09:00,,60,"
    facts.write("worklogs.csv", f"{header}\n{cells}\n{good}\n")

    run = facts.bill(through="2027-01-01")

    (waiting,) = run.json["exceptions"]
    assert run.exit_code == 1
    assert waiting["reason"] == reason
    assert says in waiting["message"]
    assert (waiting["file"], waiting["line"]) == (str(facts.folder / "worklogs.csv"), 2)
    assert where_worklogs_are(run.json).count("W-1") == 1


def test_an_unknown_site_waits_where_a_file_of_sites_is_given(facts: Facts) -> None:
    facts.write("sites.csv", "account,key,zone\nAcme,Mill,America/Denver\n")
    facts.write(
        "worklogs.csv",
        "id,account,site,start,minutes\nW-1,Acme,Mil,2026-03-02 09:00,60\nW-2,Acme,Mill,2026-03-02 09:00,60\n",
    )

    run = facts.bill()

    (waiting,) = run.json["exceptions"]
    assert (waiting["subject"], waiting["reason"]) == ("W-1", "unknown-site")
    assert "did you mean `Mill`?" in waiting["message"]


def test_the_same_id_twice_is_billed_once_and_reported(facts: Facts) -> None:
    row = "W-1,Acme,2026-03-02 09:00,60\n"
    facts.write("worklogs.csv", f"id,account,start,minutes\n{row}{row}")

    (waiting,) = facts.bill().json["exceptions"]

    assert (waiting["line"], "on line 2" in waiting["message"]) == (3, True)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ("C-9,Acmee,Hours,2026-03-01,,,,,", "did you mean `Acme`?"),
        ("C-9,Acme,Hours,2026-03-01,,,,,", "overlaps contract `C-1`"),
        ("C-9,Globex,Hours,01.03.2026,,,,,", "`2026-03-31`"),
        ("C-9,Globex,Hours,2026-02-30,,,,,", "no such day"),
        ("C-9,Globex,Hours,2026-03-01,2026-02-01,,,,", "before the start"),
        ("C-9,Globex,Hours,2026-03-01,,US$,,,", "`US$`"),
        ("C-9,Globex,Hours,2026-03-01,,EUR,,,", "EUR"),
        ("C-9,Globex,Hours,2026-03-01,,,Chicago,,", "`Chicago`"),
        ("C-9,Globex,Hours,2026-03-01,,,,120%,", "120%"),
        ("C-9,Globex,Hours,2026-03-01,,,,,standard", "`name = value`"),
        ("C-9,Globex,Hours,2026-03-01,,,,,standrad = $80.00/h", "did you mean `standard`?"),
        ("C-9,Globex,Hours,2026-03-01,,,,,standard = $80.00", "`standard`"),
        ("C-9,Globex,Ours,2026-03-01,,,,,", "`Ours`"),
        ("C-9,Globex,Hours,2024-03-01,,,,,", "2024-03-01"),
    ],
)
def test_a_contract_that_cannot_be_billed_waits_and_stops_no_other(facts: Facts, cells: str, says: str) -> None:
    header = "number,account,plan,start,expiry,currency,zone,discount,overrides"
    facts.write("contracts.csv", f"{header}\nC-1,Acme,Hours,2026-03-01,,,,,\n{cells}\n")
    facts.write("worklogs.csv", "id,account,start,minutes\nW-1,Acme,2026-03-02 09:00,60\n")

    run = facts.bill()

    (waiting,) = run.json["exceptions"]
    assert (waiting["kind"], waiting["subject"], waiting["line"]) == ("contract", "C-9", 3)
    assert says in waiting["message"]
    assert len(documents(run.json, "C-1")) == 2


def test_work_of_a_contract_that_cannot_be_billed_waits_with_it_and_not_for_another(facts: Facts) -> None:
    facts.write(
        "contracts.csv",
        "number,account,plan,start,expiry,overrides\nC-1,Acme,Hours,2026-03-01,2026-03-31,standrad = $80.00/h\n",
    )
    facts.write(
        "worklogs.csv",
        "id,account,start,minutes\nW-1,Acme,2026-03-31 23:59,60\nW-2,Acme,2026-04-01 00:00,60\n",
    )

    shape = facts.bill().json

    assert [(one["subject"], one["reason"], one["works"]) for one in shape["exceptions"]] == [
        ("C-1", "bad-row", ["W-1"]),
        ("W-2", "no-contract", []),
    ]


def test_a_contract_may_override_constants_and_have_a_discount(facts: Facts) -> None:
    facts.write(
        "contracts.csv",
        "number,account,plan,start,discount,overrides\nC-2,Globex,Open,2026-03-01,5% labour,standard = $60.00/h\n",
    )
    facts.write("worklogs.csv", "id,account,category,start,minutes\nW-1,Globex,Desktop,2026-03-02 09:00,60\n")

    (document,) = facts.bill().json["documents"]

    (line,) = document["lines"]
    assert (line["rate"], line["amount"], line["discount"], line["net"]) == ("60.00", "60.00", "3.00", "57.00")


def test_boundaries_before_bill_from_are_not_ours(facts: Facts) -> None:
    facts.write("contracts.csv", "number,account,plan,start,bill_from\nC-1,Acme,Hours,2026-01-01,2026-03-01\n")
    facts.write(
        "worklogs.csv",
        "id,account,start,minutes\nW-1,Acme,2026-02-02 09:00,60\nW-2,Acme,2026-03-02 09:00,60\n",
    )

    shape = facts.bill().json

    assert [document["boundary"]["on"] for document in shape["documents"]] == ["2026-03-01", "2026-04-01"]
    assert reasons(shape) == {"W-1": "before-bill-from"}


def test_months_before_the_ruleset_ends_are_billed_and_the_rest_waits_with_its_work(facts: Facts) -> None:
    rules = facts.ruleset / "small.rules"
    rules.write_text(rules.read_text().replace("2026-01-01..", "2026-01-01..2026-04-30"))
    facts.write("contracts.csv", "number,account,plan,start\nC-2,Globex,Open,2026-03-01\n")
    facts.write(
        "worklogs.csv",
        "id,account,start,minutes\nW-1,Globex,2026-03-02 09:00,60\nW-2,Globex,2026-04-02 09:00,60\n",
    )

    run = facts.bill(through="2026-06-01")

    assert [document["boundary"]["on"] for document in run.json["documents"]] == ["2026-04-01"]
    (waiting,) = run.json["exceptions"]
    assert (waiting["subject"], waiting["reason"], waiting["works"]) == ("C-2", "no-version", ["W-2"])
    assert sorted(where_worklogs_are(run.json)) == ["W-1", "W-2"]


def test_of_two_rulesets_the_one_that_starts_last_counts(facts: Facts) -> None:
    newer = facts.folder / "newer"
    newer.mkdir()
    text = (facts.ruleset / "small.rules").read_text()
    newer_text = text.replace("2026-01-01..", "2026-04-01..").replace("version   1", "version   2")
    (newer / "small.rules").write_text(newer_text.replace("$120.00/h", "$150.00/h"))
    facts.write(
        "worklogs.csv",
        "id,account,category,start,minutes\n"
        "W-1,Globex,Network,2026-03-31 23:30,60\nW-2,Globex,Network,2026-04-01 00:00,60\n",
    )

    lines = [
        line
        for document in documents(facts.bill(newer, through="2026-05-01").json, "C-2")
        for line in document["lines"]
    ]

    assert [(line["work"], line["rate"], line["ruleset"]) for line in lines] == [
        ("W-1", "120.00", "Small@1"),
        ("W-2", "150.00", "Small@2"),
    ]


def test_every_column_of_the_csv_has_the_document_it_is_on(facts: Facts) -> None:
    run = facts.bill(form="csv")

    rows = list(csv.DictReader(StringIO(run.out)))
    lines = [row for row in rows if row["record"] == "line"]
    assert {row["document"] for row in lines} == {"C-1/2026-03-01", "C-1/2026-04-01", "C-2/2026-04-01"}
    assert sum(Decimal(row["net"]) for row in lines) == Decimal(350)
    assert [row["left"] for row in rows if row["record"] == "closing"] == ["0", "0"]


def test_tables_show_lines_sums_allowances_and_exceptions_without_colour_in_a_pipe(facts: Facts) -> None:
    facts.write("worklogs.csv", "id,account,category,start,minutes\nW-1,Acme,Printer,2026-03-02 09:00,60\n")

    run = facts.bill(form="table")

    assert "\x1b" not in run.out
    assert "INVOICE C-1/2026-04-01" in run.out
    assert "2:00 granted, 2:00 left" in run.out
    assert "work W-1" in run.out
    assert "2 documents: net 200.00, tax 20.00, total 220.00 USD" in run.out


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("worklogs.csv", "id,account,start,minutes,categroy\n", "unknown column `categroy`"),
        ("worklogs.csv", "id,account,start,minutes,categroy\n", "did you mean `category`?"),
        ("worklogs.csv", "id,account,start\n", "column `end` or `minutes` is missing"),
        ("worklogs.csv", "account,start,minutes\n", "column `id` is missing"),
        ("worklogs.csv", "id,id,account,start,minutes\n", "column `id` is there twice"),
        ("worklogs.csv", "id,account,start,minutes,\n", "a column has no name"),
        ("worklogs.csv", "", "its first line names the columns"),
        ("worklogs.csv", b"id,account,start,minutes\nW-1,Caf\xe9,2026-03-02 09:00,5\n", "worklogs.csv:2: not UTF-8"),
        ("worklogs.csv", "id,account\n".encode("utf-16"), "UTF-16"),
        ("worklogs.csv", 'id,account,start,minutes\nW-1,"Acme,2026-03-02 09:00,5\n', "worklogs.csv:2: not CSV"),
        ("accounts.csv", "name\nAcme\n", "column `key` is missing"),
        ("contracts.csv", "number,account,plan\nC-1,Acme,Hours\n", "column `start` is missing"),
        ("sites.csv", "account,key,timezone\n", "unknown column `timezone`"),
        ("top-ups.csv", "id,contract,top_up\n", "column `at` is missing"),
    ],
)
def test_a_file_that_is_not_understood_is_refused_before_anything_is_billed(
    facts: Facts, name: str, content: str | bytes, says: str
) -> None:
    path = facts.write(name, content)

    run = facts.bill()

    assert (run.exit_code, run.out) == (1, "")
    assert str(path) in run.err
    assert says in run.err


def test_a_missing_file_is_wrong_usage(facts: Facts) -> None:
    (facts.folder / "contracts.csv").unlink()

    run = facts.tarifa(
        *("bill", facts.ruleset, "--accounts", facts.folder / "accounts.csv", "--contracts", "nowhere.csv"),
        *("--worklogs", facts.folder / "worklogs.csv", "--through", "2026-04-01"),
    )

    assert run.exit_code == 2
    assert "nowhere.csv" in run.err


@pytest.mark.parametrize("day", ["2026-04-31", "01.04.2026", "2026-4-1"])
def test_a_day_that_is_none_is_wrong_usage_with_the_way_days_are_written(facts: Facts, day: str) -> None:
    run = facts.bill(through=day)

    assert (run.exit_code, run.out) == (2, "")
    assert f"`--through` is `{day}`" in run.err
    assert "such as `2026-03-31`" in run.err


def test_a_row_that_cannot_be_read_keeps_the_account_that_it_names(facts: Facts) -> None:
    facts.write("worklogs.csv", "id,account,start,minutes,approved\nW-1,Acme,2026-03-02 09:00,9,perhaps\n")

    (waiting,) = facts.bill().json["exceptions"]

    assert (waiting["subject"], waiting["account"]) == ("W-1", "Acme")


def test_a_slip_in_the_year_is_wrong_usage(facts: Facts) -> None:
    run = facts.bill(through="9026-04-01")

    assert (run.exit_code, run.out) == (2, "")
    assert "9026-04-01 is too far away" in run.err


def test_a_ruleset_with_errors_bills_nothing(facts: Facts) -> None:
    rules = facts.ruleset / "small.rules"
    rules.write_text(rules.read_text().replace("| R1  | Network ", "| R1  | Netwrok "))

    run = facts.bill()

    assert (run.exit_code, run.out) == (1, "")
    assert "error[unknown-value]" in run.err
    assert "nothing was billed" in run.err


def test_a_month_of_zylker_loses_no_worklog_and_adds_up(tarifa: Tarifa) -> None:
    options: list[str | Path] = []
    for name in ("accounts", "sites", "contracts", "worklogs", "top_ups"):
        options += [f"--{name.replace('_', '-')}", ZYLKER / f"{name}.csv"]
    run = tarifa("bill", ROOT / "rulesets" / "zylker", *options, "--through", "2026-04-01", "--format", "json")
    shape = run.json

    with (ZYLKER / "worklogs.csv").open() as file:
        recorded = [row["id"] for row in csv.DictReader(file)]
    held_in_part = {one["subject"] for one in shape["exceptions"] if one["reason"] == "allowance-used-up"}
    found = [work for work in where_worklogs_are(shape) if work not in held_in_part]
    assert sorted([*found, *held_in_part]) == sorted(recorded)
    for document in shape["documents"]:
        assert sum(Decimal(line["net"]) for line in document["lines"]) == Decimal(document["net"])
        assert sum(Decimal(tax["tax"]) for tax in document["taxes"]) == Decimal(document["tax"])
    total = sum(Decimal(document["total"]) for document in shape["documents"])
    assert shape["totals"]["USD"]["total"] == str(total)


def test_no_figure_of_the_json_is_a_float(facts: Facts) -> None:
    def refuse(text: str) -> None:
        raise AssertionError(text)

    json.loads(facts.bill().out, parse_float=refuse)


def test_a_list_of_exceptions_without_end_is_shown_up_to_a_point_and_counted_whole(facts: Facts) -> None:
    facts.write("worklogs.csv", "id,account,start,minutes\n" + "".join(f"W-{n},CONTOSO,x,1\n" for n in range(250)))

    shown, listed = facts.bill(form="table"), facts.bill(form="csv")

    assert "EXCEPTIONS (250)" in shown.out
    assert "... and 50 more exceptions" in shown.out
    assert listed.out.count("\nexception,") == 250


def test_a_contract_from_elsewhere_opens_with_what_it_brings_over(facts: Facts) -> None:
    facts.write("contracts.csv", "number,account,plan,start,bill_from\nC-1,Acme,Hours,2026-01-01,2026-03-01\n")
    facts.write("openings.csv", "contract,amount,expires,note\nC-1,30 min,2026-03-31,from the old system\n")
    facts.write("worklogs.csv", "id,account,category,start,minutes\nW-1,Acme,Desktop,2026-03-02 09:00,180\n")

    run, table = facts.bill(), facts.bill(form="table")

    [closing] = run.json["closings"]
    assert (closing["brought_over"], closing["carried_in"], closing["drawn"]) == ("30", "30", "150")
    assert (closing["overage"], closing["left"]) == ("30", "0")
    assert "0:30 carried in, 0:30 of it brought over, 2:00 granted" in table.out


@pytest.mark.parametrize(
    ("row", "says", "line"),
    [
        ("C-1,30 min,2026-03-15,", "no last day of a cycle; such as 2026-03-31 is", 2),
        ("C-1,30 min,March,", "dates are written year-month-day", 2),
        ("C-9,30 min,2026-03-31,", "there is no contract `C-9`", 2),
    ],
)
def test_an_opening_that_cannot_be_read_keeps_its_contract_waiting(
    facts: Facts, row: str, says: str, line: int
) -> None:
    facts.write("contracts.csv", "number,account,plan,start,bill_from\nC-1,Acme,Hours,2026-01-01,2026-03-01\n")
    facts.write("openings.csv", f"contract,amount,expires,note\n{row}\n")

    run = facts.bill()

    [waiting] = [one for one in run.json["exceptions"] if one["kind"] == "contract"]
    assert says in waiting["message"]
    assert (waiting["file"].endswith("openings.csv"), waiting["line"]) == (True, line)
