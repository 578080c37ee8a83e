"""The inputs that rows may look at: those known without being declared, and those that a ruleset declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from engine.hooks import Level
from engine.model import DEFAULT_BAND, Input, InputType, LineKind, Span
from engine.money import Currency
from engine.names import fold

NOT_NEGATIVE = Span(Fraction(0), None)
"""The domain of counts, durations and money where a ruleset declares none."""

DECLARED_AT: Mapping[str, Level] = {
    "category": Level.REQUEST,
    "subcategory": Level.REQUEST,
    "item": Level.REQUEST,
    "priority": Level.REQUEST,
    "channel": Level.REQUEST,
    "work type": Level.WORKLOG,
    "role": Level.WORKLOG,
}
"""Usual inputs whose values every firm names itself: a ruleset declares them, at this level."""

_KINDS = ("incident", "service request")


def known_inputs(
    currencies: Sequence[Currency], plans: Mapping[str, str], bands: Mapping[str, str]
) -> dict[str, Input]:
    """Inputs that need no declaration, by folded name.

    Args:
        currencies: The ruleset's.
        plans: Folded name of every declared plan to its label.
        bands: Folded name to label of every calendar's bands; none where there is no calendar.
    """
    bands = bands or {DEFAULT_BAND: DEFAULT_BAND}
    found = (
        _text("account", Level.CONTRACT, may_be_missing=False),
        _text("class", Level.CONTRACT, may_be_missing=False),
        _choice("plan", Level.CONTRACT, plans, may_be_missing=True),
        _text("country", Level.CONTRACT),
        _text("region", Level.CONTRACT),
        _text("seller", Level.CONTRACT),
        _choice("currency", Level.CONTRACT, {fold(one.code): one.code for one in currencies}),
        Input("exempt", "exempt", Level.CONTRACT, InputType.YES_NO),
        _text("site", Level.REQUEST),
        _choice("request", Level.REQUEST, {kind: kind for kind in _KINDS}),
        _text("technician", Level.WORKLOG),
        Input("hours", "hours", Level.WORKLOG, InputType.DURATION, domain=NOT_NEGATIVE),
        Input("distance", "distance", Level.WORKLOG, InputType.NUMBER, may_be_missing=True, domain=NOT_NEGATIVE),
        _choice("start band", Level.WORKLOG, bands),
        _choice("band", Level.SEGMENT, bands),
        _choice("line", Level.LINE, {kind.value: kind.value for kind in LineKind}),
        _text("product", Level.LINE),
    )
    return {one.name: one for one in found}


def _text(name: str, level: Level, *, may_be_missing: bool = True) -> Input:
    return Input(name, name, level, InputType.TEXT, may_be_missing=may_be_missing)


def _choice(name: str, level: Level, values: Mapping[str, str], *, may_be_missing: bool = False) -> Input:
    return Input(
        name, name, level, InputType.CHOICE, tuple(values), may_be_missing=may_be_missing, spellings=dict(values)
    )
