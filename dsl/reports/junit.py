"""JUnit XML, which most CI servers show as tests: a suite per ruleset, a case per problem and per file without one.

An error is a failure. A warning is a case that passes and says so; one that a comment allows is skipped, with its
reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from dsl.diagnostics import Diagnostic, Severity
from dsl.render import render
from dsl.reports.result import Result, primary_place

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(results: Sequence[Result]) -> str:
    """Write what was found as JUnit XML."""
    return written("tarifa check", [suite_of(result) for result in results])


def written(name: str, of: Sequence[ET.Element]) -> str:
    """A report of suites, each of which says its own numbers."""
    suites = ET.Element("testsuites", {"name": name})
    suites.extend(of)
    for key in ("tests", "failures", "errors", "skipped"):
        suites.set(key, str(sum(int(suite.get(key, "0")) for suite in suites)))
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def suite_of(result: Result) -> ET.Element:
    """The suite of one checked ruleset."""
    suite = ET.Element("testsuite", {"name": plain(result.folder or ".")})
    pointed = [diagnostic.primary.span.file for diagnostic in result.diagnostics if diagnostic.primary is not None]
    for path in result.files:
        if path.as_posix() not in pointed:
            _case(suite, path.as_posix(), result, file=result.path(path.as_posix()))
    for diagnostic in result.capped.told:
        case = _case_of(suite, diagnostic, result)
        shown = plain(render([diagnostic], result.files, folder=result.folder))
        if diagnostic.is_error:
            kind = {"type": diagnostic.code, "message": plain(diagnostic.message)}
            ET.SubElement(case, "failure", kind).text = shown
        else:
            ET.SubElement(case, "system-out").text = shown
    for left in result.capped.left_out:
        file = result.path(left.file) if left.file else None
        case = _case(suite, f"{left.file} {left.code}: {left.message}".strip(), result, file=file)
        if left.severity is Severity.ERROR:
            ET.SubElement(case, "failure", {"type": left.code, "message": left.message})
        else:
            ET.SubElement(case, "system-out").text = left.message
    for allowed in result.allowed:
        case = _case_of(suite, allowed.diagnostic, result)
        ET.SubElement(case, "skipped", {"message": plain(f"allowed: {allowed.reason}")})
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len([*suite.iter("failure")])))
    suite.set("errors", "0")
    suite.set("skipped", str(len(result.allowed)))
    return suite


def _case_of(suite: ET.Element, diagnostic: Diagnostic, result: Result) -> ET.Element:
    at = primary_place(diagnostic, result)
    if at is None or diagnostic.primary is None:
        return _case(suite, diagnostic.code, result)
    name = f"{diagnostic.primary.span.file}:{at.line}:{at.column} {diagnostic.code}"
    return _case(suite, name, result, file=at.path)


def _case(suite: ET.Element, name: str, result: Result, *, file: str | None = None) -> ET.Element:
    attributes = {"classname": plain(result.folder or "."), "name": plain(name)}
    if file is not None:
        attributes["file"] = plain(file)
    return ET.SubElement(suite, "testcase", attributes)


def plain(text: str) -> str:
    """Text without the characters that XML cannot hold, not even escaped."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
