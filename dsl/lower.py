"""From a checked document to the engine's ruleset, and the two digests that say what a version is (D3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from datetime import date
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from typing import Any, TypeVar

from dsl.document import Document
from engine.formulas import ConstantName, Formula, parts
from engine.model import Constant, Plan, RecurringItem, Ruleset, TopUpPlan
from engine.names import fold

_NOT_MEANING = frozenset({"origin", "source_digest", "meaning_digest"})
_MEMBERS: dict[type[Any], tuple[str, ...]] = {}


def lower(document: Document, *, source_digest: str) -> Ruleset:
    """Put the document's parts together. It has no error, so none of them is missing."""
    named = set[str]().union(*(built.constants for built in document.tables.values()))
    if document.taxes is not None:
        named |= document.taxes.constants
    heading = document.heading
    ruleset = Ruleset(
        name=fold(heading.label),
        label=heading.label,
        version=heading.version,
        valid=heading.valid,
        currencies=heading.currencies,
        timezone=heading.timezone,
        rounding=heading.rounding,
        cash_rounding=heading.cash_rounding,
        suppresses_zero_documents=heading.suppresses_zero_documents,
        split_at_cycle_edge=heading.split_at_cycle_edge,
        without_contract=heading.without_contract,
        inputs=dict(document.inputs),
        constants=_constants(document, named),
        calendars={name: built.calendar for name, built in document.calendars.items()},
        tables={name: built.table for name, built in document.tables.items()},
        pricing={name: built.binding for name, built in document.pricing.items() if built.binding is not None},
        plans=_by_name(built.plan for built in document.plans.values()),
        top_ups=_by_name(built.top_up for built in document.top_ups.values()),
        items=_by_name(built.item for built in document.items.values()),
        taxes=document.taxes.taxes if document.taxes is not None else None,
        source_digest=source_digest,
        meaning_digest="",
    )
    return replace(ruleset, meaning_digest=digest_of_meaning(ruleset))


def _constants(document: Document, named: Iterable[str]) -> dict[str, Constant]:
    """The constants; those that a condition compares with, directly or through another, are fixed."""
    built = document.constants.built
    fixed: set[str] = set()
    open_names = [name for name in named if name in built]
    while open_names:
        name = open_names.pop()
        if name not in fixed:
            fixed.add(name)
            rows = (built[name], *built[name].others)
            open_names += [inner for row in rows for inner in named_constants(row.formula) if inner in built]
    return {name: replace(one, fixed=name in fixed) for name, one in built.items()}


T = TypeVar("T", Plan, TopUpPlan, RecurringItem)


def _by_name(rows: Iterable[T | None]) -> dict[str, T]:
    """What rows declare, by name: the first row of each in order of its days, with the rows for other days in it."""
    found: dict[str, list[T]] = {}
    for row in rows:
        if row is not None:
            found.setdefault(row.name, []).append(row)
    return {name: replace(those[0], others=tuple(those[1:])) for name, those in found.items()}


def named_constants(formula: Formula) -> tuple[str, ...]:
    """The constants that a formula names itself."""
    return tuple(part.name for part in parts(formula) if isinstance(part, ConstantName))


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
    return hashlib.sha256(_canonical(ruleset, {}).encode("utf-8")).hexdigest()


_PLAIN: Mapping[type[Any], Callable[[Any], str]] = {
    str: json.dumps,
    Fraction: lambda value: f"{value.numerator}/{value.denominator}",
    date: date.isoformat,
    bool: repr,
    int: repr,
    type(None): repr,
}
"""How values are written that have no parts, by their exact type: nearly all that a price list is made of."""


def _canonical(value: object, known: dict[int, str]) -> str:
    """A text that is the same for equal values, and for no others of their type.

    `known` remembers the text of what has parts by identity: cells that are written alike are one value in all their
    rows. All of it is part of the ruleset, so that no identity is used twice.
    """
    plain = _PLAIN.get(type(value))
    if plain is not None:
        return plain(value)
    found = known.get(id(value))
    if found is None:
        found = known[id(value)] = _composed(value, known)
    return found


def _composed(value: object, known: dict[int, str]) -> str:
    match value:
        case tuple() | list():
            return f"[{','.join([known.get(id(one)) or _canonical(one, known) for one in value])}]"
        case Enum():
            return json.dumps(value.value)
        case frozenset() | set():
            return f"<{','.join(sorted([_canonical(one, known) for one in value]))}>"
        case dict():
            pairs = sorted((_canonical(key, known), _canonical(one, known)) for key, one in value.items())
            return f"{{{','.join([f'{key}:{one}' for key, one in pairs])}}}"
        case _:
            parts = [f"{name}={_canonical(getattr(value, name), known)}" for name in _members(type(value))]
            return f"{type(value).__name__}({','.join(parts)})"


def _members(of: type[Any]) -> tuple[str, ...]:
    """The members of a dataclass that mean something."""
    found = _MEMBERS.get(of)
    if found is None:
        found = _MEMBERS[of] = tuple(field.name for field in fields(of) if field.name not in _NOT_MEANING)
    return found
