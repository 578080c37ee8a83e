"""What the tests of rulesets came to, for other programs: JSON, JUnit XML and annotations of GitHub Actions.

A ruleset with errors is in them as `tarifa check` reports it: none of its tests were run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from dsl.reports import Result as Checked
from dsl.reports import as_github as check_as_github
from dsl.reports.github import annotation
from dsl.reports.json_report import ruleset_json
from dsl.reports.junit import plain, suite_of, written
from tarifa.trials.coverage import Coverage
from tarifa.trials.failures import Failure
from tarifa.trials.run import Result, Verdict

FORMAT = 1
"""Raised when a field changes its meaning or goes; new fields may come at any time."""


@dataclass(frozen=True, slots=True)
class Report:
    """The tests of one ruleset that were run.

    Attributes:
        checked: The ruleset as it was checked; its folder is the one that paths are below.
        results: All of them, in their order.
        failures: Of those that did not pass.
        covered: None where the ruleset has errors, so that no test was run.
        short: What is covered too little, a sentence each.
    """

    checked: Checked
    results: tuple[Result, ...] = ()
    failures: tuple[Failure, ...] = ()
    covered: Coverage | None = None
    short: tuple[str, ...] = ()


def as_json(reports: Sequence[Report]) -> str:
    """Write the results as JSON."""
    every = [result for report in reports for result in report.results]
    shape = {
        "format": FORMAT,
        **{_KEYS[verdict]: sum(result.verdict is verdict for result in every) for verdict in Verdict},
        "rulesets": [_ruleset(report) for report in reports],
    }
    return json.dumps(shape, ensure_ascii=False, indent=2) + "\n"


_KEYS = {Verdict.PASSED: "passed", Verdict.FAILED: "failed", Verdict.UNDECIDED: "not_decided"}


def _ruleset(report: Report) -> dict[str, Any]:
    checked = ruleset_json(report.checked)
    return {
        "folder": report.checked.folder,
        "ruleset": report.checked.title,
        "diagnostics": checked["diagnostics"] if report.covered is None else [],
        "tests": [_test(result, report) for result in report.results],
        "coverage": _coverage(report.covered, report.checked) if report.covered is not None else None,
        "too_little": list(report.short),
    }


def _test(result: Result, report: Report) -> dict[str, Any]:
    test = result.test
    failure = next((one for one in report.failures if one.test is test), None)
    return {
        "of": test.label,
        "file": report.checked.path(test.origin.file),
        "line": test.origin.line,
        "verdict": _KEYS[result.verdict],
        "cases": result.cases,
        "cells": dict(test.cells),
        "failure": _failure(failure) if failure is not None else None,
    }


def _failure(failure: Failure) -> dict[str, Any]:
    return {
        "why": failure.why,
        "given": dict(failure.given),
        "expected": dict(failure.expected),
        "actual": dict(failure.actual),
        "row_expected": failure.rows_expected,
        "row_that_fired": failure.rows_fired,
        "explain": failure.explain,
    }


def _coverage(covered: Coverage, checked: Checked) -> dict[str, Any]:
    return {
        "rows": {"all": covered.rows, "covered": len(covered.covered_rows), "percent": covered.of_rows},
        "cells": {"all": covered.cells, "covered": len(covered.covered_cells), "percent": covered.of_cells},
        "open": [
            {"table": row.table, "row": row.row, "file": checked.path(row.origin.file), "line": row.origin.line}
            for row in covered.open_rows
        ],
    }


def as_github(reports: Sequence[Report]) -> str:
    """Write an annotation for every test that did not pass, and for too little coverage."""
    return "".join(f"{line}\n" for report in reports for line in _annotations(report))


def _annotations(report: Report) -> Iterator[str]:
    if report.covered is None:
        yield from check_as_github([report.checked]).splitlines()
    for failure in report.failures:
        properties = {"file": failure.place[0], "line": str(failure.place[1]), "title": f"tests {failure.test.label}"}
        more = f"\n{failure.explain}" if failure.explain else ""
        yield annotation("error", properties, failure.sentence() + more)
    for sentence in report.short:
        yield annotation("error", {"title": "coverage"}, f"{report.checked.folder}: {sentence}".removeprefix(": "))


def as_junit(reports: Sequence[Report]) -> str:
    """Write a suite for every ruleset and a case for every test; one more where too little is covered."""
    return written("tarifa test", [_suite(report) for report in reports])


def _suite(report: Report) -> ET.Element:
    if report.covered is None:
        return suite_of(report.checked)
    suite = ET.Element("testsuite", {"name": plain(report.checked.folder or ".")})
    failures = {id(failure.test): failure for failure in report.failures}
    for result in report.results:
        test = result.test
        path = report.checked.path(test.origin.file)
        name = f"{test.origin.file}:{test.origin.line} {', '.join(f'{h} {c}' for h, c in test.cells.items() if c)}"
        attributes = {"classname": f"tests {test.label}", "name": name, "file": path, "line": str(test.origin.line)}
        case = ET.SubElement(suite, "testcase", {key: plain(value) for key, value in attributes.items()})
        failure = failures.get(id(test))
        if failure is not None:
            kind = {"type": result.verdict.value, "message": plain(failure.sentence())}
            ET.SubElement(case, "failure", kind).text = plain(_whole(failure))
    for sentence in report.short:
        case = ET.SubElement(suite, "testcase", {"classname": "coverage", "name": plain(sentence)})
        ET.SubElement(case, "failure", {"type": "coverage", "message": plain(sentence)})
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(report.failures) + len(report.short)))
    suite.set("errors", "0")
    suite.set("skipped", "0")
    return suite


def _whole(failure: Failure) -> str:
    given = ", ".join(f"{header} {text}" for header, text in failure.given.items())
    return "\n".join(line for line in (given, failure.sentence(), failure.explain) if line)
