"""A year of a real service desk: every worklog is billed once or waits with its reason, and all sums add up."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.gates.sources import ROOT

LOG = ROOT.parent / "shared" / "data" / "incident_worklogs.csv.gz"
SCRIPT = ROOT / "examples" / "service_desk.py"
HEADER = "Entry,Ticket,Opened,Location,Category,Subcategory,Priority,Group,Technician,State,Work start,Minutes"

FEW = f"""{HEADER}
E1,INC1,01/03/2016 08:00,Location 1,Category 26,Subcategory 3,2 - High,G,T,New,02/03/2016 09:05,7
E2,INC2,01/03/2016 08:00,Location 1,,,3 - Moderate,G,T,Active,05/03/2016 10:00,8
E3,INC3,01/04/2016 18:00,Location 2,Category 45,,4 - Low,G,T,New,01/04/2016 18:50,20
E4,INC4,01/04/2016 18:00,,Category 45,,4 - Low,G,T,New,01/04/2016 18:50,20
"""
"""Reckoned by hand: a quarter hour at 130.00; 10 minutes of a Saturday at 135.00; 10 minutes before 19:00 at 75.00 and
10 after it at 90.00; no location."""

needs_the_log = pytest.mark.skipif(not LOG.exists(), reason=f"the service desk's log is not there: {LOG}")


def convert(log: Path, out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, log, out], capture_output=True, text=True, check=False)


def bill(folder: Path) -> tuple[int, Any]:
    files = [f"--{name}={folder / name}.csv" for name in ("accounts", "contracts", "worklogs")]
    command = [sys.executable, "-m", "tarifa", "bill", ROOT / "rulesets" / "service-desk", *files]
    command += ["--through", "2017-03-01", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, Any]:
    folder = tmp_path_factory.mktemp("desk")
    done = convert(LOG, folder)
    assert done.returncode == 0, done.stderr
    return folder, *bill(folder)


@needs_the_log
def test_every_worklog_is_on_exactly_one_document_or_waits_with_its_reason(year: tuple[Path, int, Any]) -> None:
    _, code, shape = year
    with gzip.open(LOG, "rt", encoding="utf-8") as lines:
        recorded = [row["Entry"] for row in csv.DictReader(lines)]

    documents = Counter(
        work for document in shape["documents"] for work in {line["work"] for line in document["lines"] if line["work"]}
    )
    waiting = Counter(one["subject"] for one in shape["exceptions"])
    assert set(documents.values()) == {1}
    assert sorted([*documents, *waiting.elements()]) == sorted(recorded)
    assert {one["reason"] for one in shape["exceptions"]} == {"bad-row"}
    assert code == 1


@needs_the_log
def test_what_waits_is_the_work_at_no_location(year: tuple[Path, int, Any]) -> None:
    folder, _, shape = year
    rows = (folder / "worklogs.csv").read_text(encoding="utf-8").splitlines()

    assert len(shape["exceptions"]) == 13
    for one in shape["exceptions"]:
        assert rows[one["line"] - 1].split(",")[:2] == [one["subject"], ""]
        assert one["message"] == "`account` of this worklog is blank"


@needs_the_log
def test_work_without_a_category_is_charged_as_everyday_work(year: tuple[Path, int, Any]) -> None:
    folder, _, shape = year
    with (folder / "worklogs.csv").open(encoding="utf-8") as lines:
        bare = {row["id"] for row in csv.DictReader(lines) if not row["category"] and row["priority"] == "Moderate"}

    rows = {line["row"] for document in shape["documents"] for line in document["lines"] if line["work"] in bare}
    assert bare
    assert rows == {"C99"}


@needs_the_log
def test_lines_add_up_to_documents_and_documents_to_the_total(year: tuple[Path, int, Any]) -> None:
    shape = year[2]

    for document in shape["documents"]:
        assert sum(Decimal(line["net"]) for line in document["lines"]) == Decimal(document["net"])
        assert sum(Decimal(tax["tax"]) for tax in document["taxes"]) == Decimal(document["tax"])
        assert Decimal(document["net"]) + Decimal(document["tax"]) == Decimal(document["total"])
    for name in ("net", "tax", "total"):
        assert sum(Decimal(document[name]) for document in shape["documents"]) == Decimal(shape["totals"]["BRL"][name])


@needs_the_log
def test_a_document_is_one_location_in_one_month(year: tuple[Path, int, Any]) -> None:
    shape = year[2]

    keys = [(document["account"]["key"], document["boundary"]["on"]) for document in shape["documents"]]
    assert len(set(keys)) == len(keys)
    for document in shape["documents"]:
        months = {line["on"][:7] for line in document["lines"]}
        assert len(months) == 1
        assert max(months) < document["boundary"]["on"]


def test_a_few_entries_are_charged_as_reckoned_by_hand(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(FEW)
    assert convert(log, tmp_path).returncode == 0

    code, shape = bill(tmp_path)

    assert code == 1
    assert {
        document["key"]: ([line["amount"] for line in document["lines"]], document["tax"], document["total"])
        for document in shape["documents"]
    } == {
        "L-1/2016-04-01": (["32.50", "22.50"], "2.75", "57.75"),
        "L-2/2016-05-01": (["12.50", "15.00"], "1.38", "28.88"),
    }
    assert [(one["subject"], one["line"]) for one in shape["exceptions"]] == [("E4", 5)]


def test_a_log_with_other_columns_is_refused_by_name(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("Id,When\n1,2\n")

    done = convert(log, tmp_path / "out")

    assert done.returncode == 1
    assert "not the log that this script knows" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_day_first_date_is_turned_round(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(f"{HEADER}\nE1,INC1,01/02/2016 08:00,Location 1,,,3 - Moderate,G,T,New,02/03/2016 09:05,7\n")

    done = convert(log, tmp_path / "out")

    assert done.returncode == 0
    with (tmp_path / "out" / "worklogs.csv").open() as lines:
        (row,) = csv.DictReader(lines)
    assert (row["start"], row["request_opened"], row["priority"]) == (
        "2016-03-02 09:05",
        "2016-02-01 08:00",
        "Moderate",
    )


def test_without_arguments_the_script_says_how_it_is_used() -> None:
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "tarifa bill rulesets/service-desk" in done.stderr
