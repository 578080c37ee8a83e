"""A request as a person types it, `category=Network priority=High`, read by a ruleset's inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dsl import BadValue, read_value
from dsl.suggest import listed, nearest
from dsl.testing import looked_at, tables_named
from engine.calendars import Clock
from engine.formulas import Formula, Value
from engine.hooks import Level
from engine.model import DAY, Input, InputType, Ruleset
from engine.names import fold
from tarifa.trials.pricing import clock_of, instant_of
from tarifa.trials.watched import Watched

CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class Request:
    """What is known of a request, by folded input; `calendar` is not an input, and may be said all the same."""

    values: Mapping[str, Value]
    calendar: str | None = None


def read_request(ruleset: Ruleset, texts: Mapping[str, str], *, deepest: Level) -> Request | list[str]:
    """Read what is known, of inputs down to a level; or say all that is wrong with it, a sentence each."""
    known = {name: of for name, of in ruleset.inputs.items() if of.level <= deepest}
    values: dict[str, Value] = {}
    calendar: str | None = None
    problems: list[str] = []
    for key, text in texts.items():
        name = fold(key)
        if name == CALENDAR and name not in known:
            calendar = fold(text)
            if calendar not in ruleset.calendars:
                labels = [one.label for one in ruleset.calendars.values()]
                problems.append(_unknown("calendar", text, labels))
        elif name not in known:
            labels = [*(of.label for of in known.values()), CALENDAR]
            problems.append(_unknown("input", key, labels))
        else:
            read = _read(known[name], text)
            if isinstance(read, str):
                problems.append(read)
            else:
                values[name] = read[0]
    return problems or Request(values, calendar)


def _unknown(what: str, text: str, labels: list[str]) -> str:
    near = nearest(text, labels)
    hint = (
        f"did you mean `{near}`?" if near else f"there are {listed(labels, at_most=20)}" if labels else "there is none"
    )
    return f"there is no {what} called `{text}`: {hint}"


def _read(of: Input, text: str) -> tuple[Value] | str:
    if fold(text) in ("none", "") and of.may_be_missing:
        return (None,)
    value = read_value(of, text)
    if isinstance(value, BadValue):
        return f"`{of.label}` cannot be `{text}`: write {value.expected}"
    if value is None:
        return f"`{of.label}` is never missing: say its value"
    if of.type is InputType.CHOICE and value not in of.values:
        return _unknown(of.label, text, [of.spellings.get(one, one) for one in of.values])
    if of.domain is not None and not isinstance(value, str | bool) and not of.domain.holds(value):
        return f"`{of.label}` cannot be `{text}`: that is outside of its declared values"
    return (value,)


def with_time(watched: Watched, request: Request, when: datetime) -> Request | str:
    """What is known once it is known when the work starts: the band that this is."""
    start = instant_of(watched, when)
    if isinstance(start, str):
        return start
    clock = clock_of(watched, {DAY: when.date(), **request.values}, request.calendar)
    if not isinstance(clock, Clock):
        labels = [one.label for one in watched.ruleset.calendars.values()]
        return f"{clock}: add `calendar={labels[0]}`" if labels else clock
    band = clock.at(start).band
    told: dict[str, Value] = {"band": band, "start band": band}
    if DAY in watched.ruleset.inputs:
        told[DAY] = when.date()
    return Request({**told, **request.values}, request.calendar)


def unsaid(ruleset: Ruleset, formula: Formula, request: Request) -> list[str]:
    """What must still be said to know the value of a formula: an input, with its values."""
    formulas = [formula]
    found = []
    for name in looked_at(formulas, tables_named(formulas, ruleset.tables).values()):
        of = ruleset.inputs.get(name)
        if of is not None and not of.may_be_missing and name not in request.values:
            values = " | ".join([of.spellings.get(one, one) for one in of.values][:8]) or of.type.value.upper()
            also = ", or --at with a time" if name in ("band", "start band", DAY) else ""
            found.append(f"{of.label}={values}{also}")
    return found
