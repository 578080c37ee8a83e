"""Thousands of mistakes of one kind are told by the first of them, and counted."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any
from xml.etree import ElementTree as ET

import sarif_om
from hypothesis import given
from hypothesis import strategies as st

from dsl import Diagnostic, Label, Severity, Span
from dsl.reports import Result, as_github, as_json, as_junit, as_sarif
from dsl.reports.capping import MOST_ALIKE, LeftOut, capped
from tests.dsl.junit_shape import misshapen
from tests.dsl.sarif_shape import faults
from tests.dsl.test_sarif_by_others import misnamed

MANY = MOST_ALIKE + 12


def problem(code: str, file: str, at: int = 0) -> Diagnostic:
    severity = Severity.WARNING if code == "gap" else Severity.ERROR
    return Diagnostic(code, severity, f"number {at}", Label(Span(file, at, at + 1)) if file else None)


def result(*files: str) -> Result:
    """Many problems of one kind in each file, and one of another kind."""
    problems = [problem("syntax", file, at) for file in files for at in range(MANY)]
    texts = {PurePath(file): b"x" * MANY for file in files if file}
    return Result("prices", None, texts, (*problems, problem("gap", files[0])))


problems = st.lists(
    st.builds(problem, st.sampled_from(("gap", "syntax", "overlap")), st.sampled_from(("a", "b", ""))), max_size=30
)


@given(problems, st.integers(1, 5), st.one_of(st.none(), st.integers(1, 9)))
def test_what_is_told_and_what_is_left_out_is_all_that_was_found(
    those: list[Diagnostic], alike: int, most: int | None
) -> None:
    found = capped(those, alike=alike, most=most)

    assert len(found.told) + sum(one.count for one in found.left_out) == len(those)
    assert all(one.count > 0 for one in found.left_out)


@given(problems, st.integers(1, 5))
def test_the_first_of_every_kind_in_every_file_are_told_in_their_order(those: list[Diagnostic], alike: int) -> None:
    told = capped(those, alike=alike).told

    assert {(one.code, one.primary is None) for one in told} == {(one.code, one.primary is None) for one in those}
    assert list(told) == [one for one in those if any(one is other for other in told)]


def test_problems_of_one_kind_are_counted_by_their_file() -> None:
    assert result("a.rules", "b.rules").capped.left_out == (
        LeftOut("syntax", Severity.ERROR, "a.rules", 12),
        LeftOut("syntax", Severity.ERROR, "b.rules", 12),
    )


def test_how_many_more_there_are_is_said_with_thousands_grouped() -> None:
    assert LeftOut("syntax", Severity.ERROR, "a", 4912).message == "and 4,912 more of this kind"


def test_json_counts_all_and_says_what_it_leaves_out() -> None:
    (said,) = json.loads(as_json([result("a.rules")]))["rulesets"]

    assert (said["errors"], said["warnings"], len(said["diagnostics"])) == (MANY, 1, MOST_ALIKE + 1)
    assert said["left_out"] == [{"code": "syntax", "severity": "error", "file": "prices/a.rules", "count": 12}]


def test_sarif_says_what_it_leaves_out_by_a_notification_about_the_rule() -> None:
    log: Any = json.loads(as_sarif([result("a.rules", "")], version="1"))
    first, placeless = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]

    assert first["message"]["text"] == "syntax: and 12 more of this kind, which this log leaves out"
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "prices/a.rules"
    assert "locations" not in placeless
    assert faults(log) == []
    assert [*misnamed(log, sarif_om.SarifLog, "$")] == []


def test_junit_has_a_case_for_what_is_left_out() -> None:
    suites = ET.fromstring(as_junit([result("a.rules")]))  # noqa: S314 - our own text

    assert misshapen(suites) == []
    assert [case.get("name") for case in suites.iter("testcase")][-1] == "a.rules syntax: and 12 more of this kind"


def test_an_annotation_says_what_is_left_out_of_a_file() -> None:
    lines = as_github([result("a.rules")]).splitlines()

    assert lines[-1] == "::error file=prices/a.rules,title=syntax::and 12 more of this kind"
