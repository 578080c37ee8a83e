"""What other programs read of a check: JSON, SARIF, GitHub annotations and JUnit XML."""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsl import Diagnostic, Label, Severity, Span, load
from dsl.codes import CODES
from dsl.keys import with_keys
from dsl.reports import Result, as_github, as_json, as_junit, as_sarif
from dsl.reports.result import page_of
from tarifa.bundles import holiday_source
from tarifa.cli.rows import read_keys
from tests.dsl.junit_shape import misshapen
from tests.dsl.sarif_shape import faults
from tests.dsl.texts import GOLDEN

ROOT = Path(__file__).parents[2]
BAD = sorted(GOLDEN.glob("bad/*/*.rules"))
OVERLAP = GOLDEN / "bad" / "overlap" / "example.rules"
UNTAXED = GOLDEN / "bad" / "missing-taxes" / "example.rules"


def check(path: Path, *, folder: str = "prices", before: bytes = b"") -> Result:
    files: dict[PurePath, bytes] = {PurePath(path.name): before + path.read_bytes()}
    loaded = load(files, holidays=holiday_source())
    diagnostics, listed = loaded.diagnostics, path.with_name("accounts.csv")
    if listed.exists():
        diagnostics = with_keys(diagnostics, files, read_keys(listed, path.with_name("sites.csv")))[0]
    title = loaded.ruleset.title if loaded.ruleset is not None else None
    return Result(folder, title, files, diagnostics, loaded.allowed)


def found(
    message: str, *, folder: str = "prices", file: str = "a.rules", severity: Severity = Severity.ERROR
) -> Result:
    """A result with one problem of our own."""
    label = Label(Span(file, 2, 4), "")
    return Result(folder, None, {PurePath(file): b"abcdef\n"}, (Diagnostic("syntax", severity, message, label),))


OVERLAPPING = check(OVERLAP)
ALLOWED = check(UNTAXED, before=b"# allow missing-taxes: the accountant adds them\n")
WARNED = check(UNTAXED)
CLEAN = check(GOLDEN / "good" / "mended" / "overlap.rules")
PLACELESS = Result("prices", None, {}, (Diagnostic("missing-block", Severity.ERROR, "there is no block", None),))


# JSON.


def test_json_says_what_where_and_how_to_mend_it() -> None:
    said = json.loads(as_json([OVERLAPPING]))

    assert said == {
        "format": 1,
        "errors": 1,
        "warnings": 0,
        "allowed": 0,
        "rulesets": [
            {
                "folder": "prices",
                "ruleset": None,
                "files": ["prices/example.rules"],
                "errors": 1,
                "warnings": 0,
                "diagnostics": [
                    {
                        "code": "overlap",
                        "severity": "error",
                        "message": "the table `Hourly rate` says `hit unique`, but row `H10` overlaps `H20`",
                        "place": {
                            "file": "prices/example.rules",
                            "line": 16,
                            "column": 5,
                            "end_line": 16,
                            "end_column": 8,
                            "label": "this row",
                        },
                        "related": [
                            {
                                "file": "prices/example.rules",
                                "line": 17,
                                "column": 5,
                                "end_line": 17,
                                "end_column": 8,
                                "label": "and this one",
                            }
                        ],
                        "help": [
                            "let row `H20` leave this case to the other: under `category`, write `not Network, Server`",
                            "or write `hit first`: the first row that fits decides",
                        ],
                        "case": [
                            {"input": "category", "value": "Network"},
                            {"input": "priority", "value": "High"},
                        ],
                        "touched": None,
                        "page": "docs/diagnostics/overlap.md",
                    }
                ],
                "left_out": [],
                "allowed": [],
            }
        ],
    }


def test_json_lists_what_comments_allow_apart_from_the_problems() -> None:
    said = json.loads(as_json([ALLOWED, WARNED]))

    assert (said["errors"], said["warnings"], said["allowed"]) == (0, 1, 1)
    allowed = said["rulesets"][0]["allowed"]
    assert [(one["reason"], one["comment"]["line"], one["diagnostic"]["code"]) for one in allowed] == [
        ("the accountant adds them", 1, "missing-taxes")
    ]
    assert said["rulesets"][0]["ruleset"] == "Example@1"


def test_json_has_no_place_for_what_no_file_has() -> None:
    assert json.loads(as_json([PLACELESS]))["rulesets"][0]["diagnostics"][0]["place"] is None


# SARIF.


def sarif(*results: Result) -> Any:
    return json.loads(as_sarif(results, version="1.2.3"))


def region(location: Any) -> tuple[str, int, int, int, int]:
    at = location["physicalLocation"]
    keys = ("startLine", "startColumn", "endLine", "endColumn")
    return at["artifactLocation"]["uri"], *(at["region"][key] for key in keys)


def test_sarif_names_the_tool_and_a_rule_for_every_code_with_its_page() -> None:
    log = sarif(CLEAN)

    driver = log["runs"][0]["tool"]["driver"]
    assert (log["version"], driver["name"], driver["version"]) == ("2.1.0", "tarifa", "1.2.3")
    assert [rule["id"] for rule in driver["rules"]] == [code.code for code in CODES]
    for rule, code in zip(driver["rules"], CODES, strict=True):
        assert (ROOT / rule["helpUri"]).is_file()
        assert rule["defaultConfiguration"]["level"] == code.severity.value
        assert all(rule[key]["text"].endswith(".") for key in ("shortDescription", "fullDescription", "help"))
    assert log["runs"][0]["results"] == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"startLine": 16', '"startLine": 0', "startLine: no whole number from 1 on"),
        ('"endLine": 16', '"endLine": 15', "region: ends before it starts"),
        ('"uri": "prices/', '"uri": "our prices/', "is no URI reference"),
        ('"level": "error",\n', '"level": "fatal",\n', "level: 'fatal' is none of"),
        ('"ruleId": "overlap"', '"rule": "overlap"', "lacks ruleId"),
        ('"version": "2.1.0"', '"version": "2.0"', "version: '2.0' is none of"),
    ],
)
def test_the_shape_of_sarif_is_judged_as_the_standard_does(old: str, new: str, fault: str) -> None:
    written = as_sarif([OVERLAPPING], version="1")

    assert old in written
    assert faults(json.loads(written)) == []
    assert any(fault in one for one in faults(json.loads(written.replace(old, new, 1)))), faults(json.loads(written))


@settings(deadline=None)
@given(st.text(), st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1))
def test_no_text_breaks_the_shape_of_sarif(message: str, file: str) -> None:
    assert faults(sarif(found(f"x{message}", folder=file, file=f"x{file}"))) == []


def test_sarif_marks_the_place_and_its_relations_in_columns_of_characters() -> None:
    run = sarif(OVERLAPPING)["runs"][0]

    assert run["columnKind"] == "unicodeCodePoints"
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "overlap"
    assert region(result["locations"][0]) == ("prices/example.rules", 16, 5, 16, 8)
    assert [(one["id"], region(one), one["message"]["text"]) for one in result["relatedLocations"]] == [
        (1, ("prices/example.rules", 17, 5, 17, 8), "and this one")
    ]
    assert "help: or write `hit first`" in result["message"]["text"]


def test_sarif_keeps_what_comments_allow_as_suppressed() -> None:
    (result,) = sarif(ALLOWED)["runs"][0]["results"]

    (suppression,) = result["suppressions"]
    assert (suppression["kind"], suppression["justification"]) == ("inSource", "the accountant adds them")
    assert region(suppression["location"])[1:3] == (1, 1)


def test_sarif_gives_what_no_file_has_to_the_rulesets_first_file() -> None:
    files: dict[PurePath, bytes] = {PurePath("a.rules"): b"", PurePath("b.rules"): b""}

    (result,) = sarif(Result("p", None, files, PLACELESS.diagnostics))["runs"][0]["results"]

    assert result["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "p/a.rules"}}}]


@pytest.mark.parametrize(
    ("folder", "file", "uri"),
    [
        ("", "a.rules", "a.rules"),
        ("our prices", "größe #1.rules", "our%20prices/gr%C3%B6%C3%9Fe%20%231.rules"),
        ("", "c:d.rules", "c%3Ad.rules"),
        ("/srv/our prices", "a.rules", "file:///srv/our%20prices/a.rules"),
    ],
)
def test_sarif_writes_paths_as_uris(folder: str, file: str, uri: str) -> None:
    (result,) = sarif(found("x", folder=folder, file=file))["runs"][0]["results"]

    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri
    assert unquote(urlsplit(uri).path).endswith(file)


# GitHub.


def test_an_annotation_has_file_line_and_columns_and_all_that_is_said() -> None:
    assert as_github([OVERLAPPING]) == (
        "::error file=prices/example.rules,line=16,endLine=16,col=5,endColumn=8,title=overlap::"
        "the table `Hourly rate` says `hit unique`, but row `H10` overlaps `H20`: this row"
        "%0Afor example: category Network, priority High"
        "%0Ahelp: let row `H20` leave this case to the other: under `category`, write `not Network, Server`"
        "%0Ahelp: or write `hit first`: the first row that fits decides"
        "%0Aprices/example.rules:17:5: and this one\n"
    )


def test_a_warning_is_annotated_as_one_and_what_is_allowed_is_not() -> None:
    assert as_github([WARNED]).startswith("::warning file=prices/example.rules,line=1,")
    assert as_github([ALLOWED, CLEAN]) == ""


def test_an_annotation_without_a_place_names_the_ruleset() -> None:
    assert as_github([PLACELESS]) == "::error title=missing-block::prices: there is no block\n"


@settings(deadline=None)
@given(st.text(min_size=1), st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1))
def test_no_text_leaves_its_annotation(message: str, file: str) -> None:
    said = as_github([found(message, file=f"x{file}")])

    match = re.fullmatch(r"::error ([^\r\n]*?)::([^\r\n]*)\n", said)
    assert match is not None
    properties = dict(part.split("=", 1) for part in match[1].split(","))
    assert unquote_github(properties["file"]) == f"prices/x{file}"
    assert unquote_github(match[2]) == message


def unquote_github(text: str) -> str:
    """As the runner does; `%` comes last."""
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


# JUnit.


def junit(*results: Result) -> ET.Element:
    suites = ET.fromstring(as_junit(results).encode())  # noqa: S314 - our own, a line above
    assert misshapen(suites) == []
    return suites


def test_junit_has_a_suite_per_ruleset_and_an_error_is_a_failure_with_its_excerpt() -> None:
    suites = junit(OVERLAPPING, CLEAN)

    assert {key: suites.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "2",
        "failures": "1",
        "errors": "0",
        "skipped": "0",
    }
    case = suites[0][0]
    assert (case.get("classname"), case.get("name")) == ("prices", "example.rules:16:5 overlap")
    assert case.get("file") == "prices/example.rules"
    (failure,) = case
    assert failure.tag == "failure"
    assert failure.get("type") == "overlap"
    assert "16 |   | H10 |" in (failure.text or "")


def test_junit_passes_files_without_problems_and_warnings_and_skips_what_is_allowed() -> None:
    suites = junit(CLEAN, WARNED, ALLOWED)

    assert [[(case.get("name"), [one.tag for one in case]) for case in suite] for suite in suites] == [
        [("overlap.rules", [])],
        [("example.rules:1:1 missing-taxes", ["system-out"])],
        [("example.rules", []), ("example.rules:2:1 missing-taxes", ["skipped"])],
    ]
    assert suites[2][1][0].get("message") == "allowed: the accountant adds them"


def test_junit_has_a_failed_case_for_what_no_file_has() -> None:
    ((case,),) = junit(PLACELESS)

    assert (case.get("name"), case.get("file"), case[0].tag) == ("missing-block", None, "failure")


@settings(deadline=None)
@given(st.text(), st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1))
def test_no_text_breaks_the_xml(message: str, folder: str) -> None:
    suites = junit(found(message, folder=folder))

    failure = suites[0][0][0]
    shown = re.sub("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\N{REPLACEMENT CHARACTER}", message)
    assert failure.get("message") == shown


# All of them.


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.relative_to(GOLDEN / "bad").as_posix())
def test_every_kind_of_problem_is_in_every_report(path: Path) -> None:
    result = check(path)
    codes = [diagnostic.code for diagnostic in result.diagnostics]

    said = json.loads(as_json([result]))["rulesets"][0]["diagnostics"]
    results = sarif(result)["runs"][0]["results"]
    annotations = as_github([result]).splitlines()
    cases = [one.get("name", "").split()[-1] for one in junit(result).iter("testcase")]

    assert codes
    assert [one["code"] for one in said] == [one["ruleId"] for one in results] == codes
    assert faults(sarif(result)) == []
    assert all(f"title={code}::" in line for code, line in zip(codes, annotations, strict=True))
    assert [name for name in cases if not name.endswith(".rules")] == codes
    assert all((ROOT / page_of(code)).is_file() for code in codes)


def test_the_place_in_json_is_that_of_the_text_it_marks() -> None:
    for path in BAD:
        lines = path.read_bytes().decode(errors="replace").removeprefix("\ufeff").split("\n")
        for one in json.loads(as_json([check(path)]))["rulesets"][0]["diagnostics"]:
            at = one["place"]
            if at is not None:
                assert at["line"] <= at["end_line"] <= len(lines)
                assert at["column"] < at["end_column"] or at["line"] < at["end_line"]
                marked = lines[at["line"] - 1][at["column"] - 1 :]
                assert not marked[:1].isspace() or not marked.strip() or one["code"] in ("empty-cell", "syntax")
