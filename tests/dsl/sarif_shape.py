"""What SARIF 2.1.0 (OASIS, errata 01) demands of the objects that we write, in our own words.

The standard's JSON schema is not in the repository: it is large, and OASIS has its own terms for it. This holds each
object that a log may have here: its properties, which are needed, their types and their bounds. What the standard knows
and we never write is left out, and so is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

Check = Callable[[Any, str], Iterator[str]]


def text(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, str) or not value:
        yield f"{at}: no text"


def flag(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{at}: neither true nor false"


def at_least(least: int) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            yield f"{at}: no whole number from {least} on"

    return check


def one_of(*words: str) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if value not in words:
            yield f"{at}: {value!r} is none of {words}"

    return check


def uri(value: Any, at: str) -> Iterator[str]:
    """A reference of RFC 3986."""
    if not isinstance(value, str) or not re.fullmatch(
        r"(?:[\w\-.~!$&'()*+,;=:@/?#\[\]]|%[0-9A-F]{2})*", value, re.ASCII
    ):
        yield f"{at}: {value!r} is no URI reference"


def each(check: Check, *, least: int = 0, unique: bool = False) -> Check:
    def check_all(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list) or len(value) < least:
            yield f"{at}: no list of {least} or more"
            return
        if unique and len({repr(one) for one in value}) < len(value):
            yield f"{at}: two are the same"
        for number, one in enumerate(value):
            yield from check(one, f"{at}[{number}]")

    return check_all


def thing(needed: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    known = {**needed, **(optional or {})}

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{at}: no object"
            return
        yield from (f"{at}: lacks {key}" for key in needed.keys() - value.keys())
        yield from (f"{at}: has {key}" for key in value.keys() - known.keys())
        for key in value.keys() & known.keys():
            yield from known[key](value[key], f"{at}.{key}")

    return check


def region(value: Any, at: str) -> Iterator[str]:
    yield from _REGION(value, at)
    if isinstance(value, dict) and "startLine" in value and "endLine" in value:
        start, end = (value["startLine"], value.get("startColumn", 1)), (value["endLine"], value.get("endColumn", 1))
        if end < start:
            yield f"{at}: ends before it starts"


LEVEL = one_of("none", "note", "warning", "error")
MESSAGE = thing({"text": text})
_REGION = thing({key: at_least(1) for key in ("startLine", "startColumn", "endLine", "endColumn")})
PLACE = thing({"artifactLocation": thing({"uri": uri})}, {"region": region})
LOCATION = thing({"physicalLocation": PLACE}, {"id": at_least(-1), "message": MESSAGE})
SUPPRESSION = thing({"kind": one_of("inSource", "external")}, {"justification": text, "location": LOCATION})
RESULT = thing(
    {"message": MESSAGE, "ruleId": text, "ruleIndex": at_least(-1), "level": LEVEL, "locations": each(LOCATION)},
    {"relatedLocations": each(LOCATION, unique=True), "suppressions": each(SUPPRESSION, unique=True)},
)
RULE = thing(
    {"id": text},
    {
        "shortDescription": MESSAGE,
        "fullDescription": MESSAGE,
        "help": MESSAGE,
        "helpUri": uri,
        "defaultConfiguration": thing({"level": LEVEL}),
    },
)
TOOL = thing({"driver": thing({"name": text}, {"version": text, "rules": each(RULE, unique=True)})})
NOTIFICATION = thing(
    {"message": MESSAGE},
    {"level": LEVEL, "locations": each(LOCATION), "associatedRule": thing({"id": text, "index": at_least(-1)})},
)
INVOCATION = thing({"executionSuccessful": flag}, {"toolExecutionNotifications": each(NOTIFICATION)})
RUN = thing(
    {"tool": TOOL},
    {
        "columnKind": one_of("utf16CodeUnits", "unicodeCodePoints"),
        "invocations": each(INVOCATION),
        "results": each(RESULT),
    },
)
LOG = thing({"version": one_of("2.1.0"), "runs": each(RUN)}, {"$schema": uri})


def faults(log: Any) -> list[str]:
    """Where a log is not as the standard demands."""
    return list(LOG(log, "log"))
