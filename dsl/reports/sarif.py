"""SARIF 2.1.0 (OASIS), which code scanning and editors read. One run for all rulesets; every code is a rule."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from dsl.allow import Allowed
from dsl.codes import CODES, Code
from dsl.diagnostics import Diagnostic
from dsl.reports.capping import LeftOut
from dsl.reports.result import Place, Result, full_text, page_of, place, primary_place, related_places, touched_json

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_INDEX = {code.code: index for index, code in enumerate(CODES)}


def as_sarif(results: Sequence[Result], *, version: str) -> str:
    """Write what was found as SARIF.

    Args:
        results: Paths below the repository's top give the URIs that code scanning wants.
        version: Of the tool.
    """
    found = [_result(diagnostic, result) for result in results for diagnostic in result.capped.told]
    found += [_allowed(allowed, result) for result in results for allowed in result.allowed]
    driver = {"name": "tarifa", "version": version, "rules": [_rule(code) for code in CODES]}
    invocation: dict[str, Any] = {"executionSuccessful": True}
    left = [_left_out(one, result) for result in results for one in result.capped.left_out]
    if left:
        invocation["toolExecutionNotifications"] = left
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": found,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2) + "\n"


def _rule(code: Code) -> dict[str, Any]:
    return {
        "id": code.code,
        "shortDescription": {"text": code.meaning.split(". ")[0].rstrip(".") + "."},
        "fullDescription": {"text": code.meaning},
        "help": {"text": code.mend},
        "helpUri": page_of(code.code),
        "defaultConfiguration": {"level": code.severity.value},
    }


def _result(diagnostic: Diagnostic, result: Result) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": _INDEX[diagnostic.code],
        "level": diagnostic.severity.value,
        "message": {"text": full_text(diagnostic)},
        "locations": [_location(diagnostic, result)],
    }
    related = [
        {"id": number, **_physical(at), "message": {"text": label.text or "see also"}}
        for number, (at, label) in enumerate(related_places(diagnostic, result), start=1)
    ]
    touched = touched_json(diagnostic)
    if touched is not None:
        shape["properties"] = {"touched": touched}
    if related:
        shape["relatedLocations"] = related
    return shape


def _left_out(left: LeftOut, result: Result) -> dict[str, Any]:
    """A notification: results of a rule that are not in the log."""
    shape: dict[str, Any] = {
        "associatedRule": {"id": left.code, "index": _INDEX[left.code]},
        "level": left.severity.value,
        "message": {"text": f"{left.code}: {left.message}, which this log leaves out"},
    }
    if left.file:
        shape["locations"] = [{"physicalLocation": {"artifactLocation": {"uri": _uri(result.path(left.file))}}}]
    return shape


def _location(diagnostic: Diagnostic, result: Result) -> dict[str, Any]:
    at = primary_place(diagnostic, result)
    if at is not None:
        return _physical(at)
    # What no file has still needs a place, or code scanning leaves it out: the first file of the ruleset.
    first = next((path.as_posix() for path in result.files), "")
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(result.path(first))}}}


def _physical(at: Place) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(at.path)},
            "region": {
                "startLine": at.line,
                "startColumn": at.column,
                "endLine": at.end_line,
                "endColumn": at.end_column,
            },
        }
    }


def _allowed(allowed: Allowed, result: Result) -> dict[str, Any]:
    comment = _physical(place(allowed.comment, result))
    return {
        **_result(allowed.diagnostic, result),
        "suppressions": [{"kind": "inSource", "justification": allowed.reason, "location": comment}],
    }


def _uri(path: str) -> str:
    """A path as a URI: absolute with a scheme, relative without; a colon in its first part is no scheme."""
    if PurePosixPath(path).is_absolute():
        return PurePosixPath(path).as_uri()
    return quote(path)
