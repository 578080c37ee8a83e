"""Every message that there is, as SARIF, read by models of the standard that others wrote.

`sarif-om` was generated from the standard's schema: which properties an object may have, and which it must.
`sarif-pydantic` knows their types and words. `sarif_shape` says the rest in our own words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attr
import pytest
import sarif_om
from pydantic import BaseModel, ValidationError
from sarif_pydantic import Sarif

from dsl.reports import as_sarif
from tests.dsl.test_reports import ALLOWED, BAD, check

_OBJECTS: Mapping[str, type] = {
    "runs": sarif_om.Run,
    "tool": sarif_om.Tool,
    "driver": sarif_om.ToolComponent,
    "rules": sarif_om.ReportingDescriptor,
    "shortDescription": sarif_om.MultiformatMessageString,
    "fullDescription": sarif_om.MultiformatMessageString,
    "help": sarif_om.MultiformatMessageString,
    "defaultConfiguration": sarif_om.ReportingConfiguration,
    "invocations": sarif_om.Invocation,
    "toolExecutionNotifications": sarif_om.Notification,
    "associatedRule": sarif_om.ReportingDescriptorReference,
    "results": sarif_om.Result,
    "message": sarif_om.Message,
    "locations": sarif_om.Location,
    "relatedLocations": sarif_om.Location,
    "location": sarif_om.Location,
    "physicalLocation": sarif_om.PhysicalLocation,
    "artifactLocation": sarif_om.ArtifactLocation,
    "region": sarif_om.Region,
    "suppressions": sarif_om.Suppression,
}
"""Which object a property holds, or a list of it."""
_OURS = "properties"
"""The one object whose content the standard leaves to the tool."""
_NOT_MODELLED = {"columnKind", "suppressions"}
"""What sarif-pydantic does not know, and the schema does."""


def misnamed(shape: Mapping[str, Any], model: type, at: str) -> Iterator[str]:
    """Properties that an object may not have, or lacks."""
    known = {field.metadata["schema_property_name"]: field for field in attr.fields(model)}
    yield from (f"{at}.{name}: unknown" for name in shape if name not in known)
    yield from (
        f"{at}.{name}: missing" for name, of in known.items() if of.default is attr.NOTHING and name not in shape
    )
    for name, value in shape.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and name != _OURS:
                yield from misnamed(one, _OBJECTS[name], f"{at}.{name}")


def unmodelled(of: object) -> Iterator[str]:
    """Properties that a model took without knowing them."""
    if isinstance(of, BaseModel):
        yield from of.model_extra or {}
        for name in type(of).model_fields:
            yield from unmodelled(getattr(of, name))
    elif isinstance(of, list):
        for one in of:
            yield from unmodelled(one)


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.parent.name)
def test_others_read_every_message_as_sarif(path: Path) -> None:
    text = as_sarif([check(path)], version="1.2.3")

    assert [*misnamed(json.loads(text), sarif_om.SarifLog, "$")] == []
    assert {*unmodelled(Sarif.model_validate_json(text))} <= _NOT_MODELLED


def test_others_read_what_comments_allow_as_suppressed() -> None:
    text = as_sarif([ALLOWED], version="1.2.3")
    (result,) = json.loads(text)["runs"][0]["results"]

    assert [*misnamed(json.loads(text), sarif_om.SarifLog, "$")] == []
    assert {*unmodelled(Sarif.model_validate_json(text))} <= _NOT_MODELLED
    assert [one["justification"] for one in result["suppressions"]] == ["the accountant adds them"]


@pytest.mark.parametrize(
    ("old", "new"), [('"level": "warning"', '"level": "fatal"'), ('"startLine": 2', '"startLine": "two"')]
)
def test_others_refuse_what_the_standard_does(old: str, new: str) -> None:
    text = as_sarif([ALLOWED], version="1.2.3")
    assert old in text

    with pytest.raises(ValidationError):
        Sarif.model_validate_json(text.replace(old, new))


def test_a_property_that_the_standard_does_not_have_is_found() -> None:
    log = json.loads(as_sarif([ALLOWED], version="1.2.3"))
    log["runs"][0]["results"][0]["severity"] = "warning"
    del log["runs"][0]["tool"]

    assert [*misnamed(log, sarif_om.SarifLog, "$")] == ["$.runs.tool: missing", "$.runs.results.severity: unknown"]
