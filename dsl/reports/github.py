"""Annotations of GitHub Actions: a workflow command per problem, which the runner reads from the step's output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dsl.diagnostics import Diagnostic
from dsl.reports.capping import LeftOut
from dsl.reports.result import Result, full_text, primary_place, related_places


def as_github(results: Sequence[Result]) -> str:
    """Write what was found as annotations; what comments allow gets none."""
    lines = [_annotation(diagnostic, result) for result in results for diagnostic in result.capped.told]
    lines += [_left_out(left, result) for result in results for left in result.capped.left_out]
    return "".join(f"{line}\n" for line in lines)


def _annotation(diagnostic: Diagnostic, result: Result) -> str:
    at = primary_place(diagnostic, result)
    properties = {"title": diagnostic.code}
    text = full_text(diagnostic)
    if at is None:
        text = f"{result.folder}: {text}" if result.folder else text
    else:
        # The runner refuses columns where the end is on another line than the start.
        columns = {"col": at.column, "endColumn": at.end_column} if at.line == at.end_line else {}
        places = {"file": at.path, "line": at.line, "endLine": at.end_line, **columns}
        properties = {name: str(value) for name, value in places.items()} | properties
    for other, label in related_places(diagnostic, result):
        text += f"\n{other.path}:{other.line}:{other.column}: {label.text}".rstrip(": ")
    return annotation(diagnostic.severity.value, properties, text)


def _left_out(left: LeftOut, result: Result) -> str:
    properties = {"file": result.path(left.file)} if left.file else {}
    return annotation(left.severity.value, {**properties, "title": left.code}, left.message)


def annotation(severity: str, properties: Mapping[str, str], text: str) -> str:
    """One workflow command, escaped."""
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{severity} {written}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
