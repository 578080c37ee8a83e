"""From a checked document to the engine's ruleset, and the two digests that say what a version is (D3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from typing import Any

from dsl.document import Document
from engine.model import Constant, Ruleset
from engine.names import fold

_NOT_MEANING = frozenset({"origin", "source_digest", "meaning_digest"})


def lower(document: Document, *, source_digest: str) -> Ruleset:
    """Put the document's parts together. It has no error, so none of them is missing."""
    fixed = set[str]().union(*(built.constants for built in document.tables.values()))
    if document.taxes is not None:
        fixed |= document.taxes.constants
    heading = document.heading
    ruleset = Ruleset(
        name=fold(heading.label),
        label=heading.label,
        version=heading.version,
        valid=heading.valid,
        currencies=heading.currencies,
        timezone=heading.timezone,
        rounding=heading.rounding,
        inputs=dict(document.inputs),
        constants=_constants(document, frozenset(fixed)),
        calendars={name: built.calendar for name, built in document.calendars.items()},
        tables={name: built.table for name, built in document.tables.items()},
        pricing={name: built.binding for name, built in document.pricing.items() if built.binding is not None},
        plans={name: built.plan for name, built in document.plans.items() if built.plan is not None},
        top_ups={name: built.top_up for name, built in document.top_ups.items() if built.top_up is not None},
        taxes=document.taxes.taxes if document.taxes is not None else None,
        source_digest=source_digest,
        meaning_digest="",
    )
    return replace(ruleset, meaning_digest=digest_of_meaning(ruleset))


def _constants(document: Document, named: frozenset[str]) -> dict[str, Constant]:
    """The constants; those that a condition compares with, directly or through another, are fixed."""
    return {name: replace(one, fixed=name in named) for name, one in document.constants.built.items()}


def digest_of_source(files: Mapping[PurePath, bytes]) -> str:
    """SHA-256 over all files: names in order, each with its length and bytes."""
    digest = hashlib.sha256()
    for name, content in sorted((path.as_posix(), content) for path, content in files.items()):
        encoded = name.encode("utf-8", errors="surrogateescape")
        digest.update(b"%d:%b%d:" % (len(encoded), encoded, len(content)))
        digest.update(content)
    return digest.hexdigest()


def digest_of_meaning(ruleset: Ruleset) -> str:
    """SHA-256 over what the ruleset says: no places, no comments, no white space, and no order where none counts."""
    text = json.dumps(_plain(ruleset), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _plain(value: Any) -> Any:
    """A form of JSON that is the same for equal values."""
    if is_dataclass(value) and not isinstance(value, type):
        members = {f.name: _plain(getattr(value, f.name)) for f in fields(value) if f.name not in _NOT_MEANING}
        return {"": type(value).__name__, **members}
    match value:
        case Enum():
            return value.value
        case Fraction():
            return f"{value.numerator}/{value.denominator}"
        case date():
            return value.isoformat()
        case Mapping():
            return {_key(key): _plain(one) for key, one in value.items()}
        case frozenset() | set():
            return sorted((_plain(one) for one in value), key=lambda one: json.dumps(one, sort_keys=True))
        case tuple() | list():
            return [_plain(one) for one in value]
        case _:
            return value


def _key(key: object) -> str:
    return key.isoformat() if isinstance(key, date) else str(key)
