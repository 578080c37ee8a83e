"""JSON, one object for all rulesets of a run. `docs/ci.md` describes its fields."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dsl.allow import Allowed
from dsl.diagnostics import Diagnostic
from dsl.reports.capping import LeftOut
from dsl.reports.result import Place, Result, page_of, place, primary_place, related_places, touched_json

FORMAT = 1
"""Raised when a field changes its meaning or goes; new fields may come at any time."""


def as_json(results: Sequence[Result]) -> str:
    """Write what was found as JSON."""
    shape = {
        "format": FORMAT,
        "errors": sum(result.errors for result in results),
        "warnings": sum(result.warnings for result in results),
        "allowed": sum(len(result.allowed) for result in results),
        "rulesets": [ruleset_json(result) for result in results],
    }
    return json.dumps(shape, ensure_ascii=False, indent=2) + "\n"


def ruleset_json(result: Result) -> dict[str, Any]:
    """One checked ruleset."""
    return {
        "folder": result.folder,
        "ruleset": result.title,
        "files": [result.path(path.as_posix()) for path in result.files],
        "errors": result.errors,
        "warnings": result.warnings,
        "diagnostics": [_diagnostic(diagnostic, result) for diagnostic in result.capped.told],
        "left_out": [
            {"code": one.code, "severity": one.severity.value, "file": _file(one, result), "count": one.count}
            for one in result.capped.left_out
        ],
        "allowed": [_allowed(allowed, result) for allowed in result.allowed],
    }


def _diagnostic(diagnostic: Diagnostic, result: Result) -> dict[str, Any]:
    at = primary_place(diagnostic, result)
    label = diagnostic.primary.text if diagnostic.primary is not None else ""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "place": _place(at, label) if at is not None else None,
        "related": [_place(other, label.text) for other, label in related_places(diagnostic, result)],
        "help": list(diagnostic.help),
        "case": [{"input": name, "value": value} for name, value in diagnostic.case],
        "touched": touched_json(diagnostic),
        "page": page_of(diagnostic.code),
    }


def _file(left: LeftOut, result: Result) -> str | None:
    return result.path(left.file) if left.file else None


def _allowed(allowed: Allowed, result: Result) -> dict[str, Any]:
    return {
        "reason": allowed.reason,
        "comment": _place(place(allowed.comment, result), ""),
        "diagnostic": _diagnostic(allowed.diagnostic, result),
    }


def _place(at: Place, label: str) -> dict[str, Any]:
    return {
        "file": at.path,
        "line": at.line,
        "column": at.column,
        "end_line": at.end_line,
        "end_column": at.end_column,
        "label": label,
    }
