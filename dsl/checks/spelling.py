"""Conditions written as an admin writes them: for help that can be pasted, and for what a message says in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction

from dsl.checks.cases import written_value
from engine.model import ANY, Condition, Input, InputType, Span
from engine.money import Currency

_NEEDS_QUOTES = re.compile(r'[,|"*#]|\.\.|^[<>=+\-&]|^(?:none|otherwise|not\b.*|inherit|-)$', re.IGNORECASE)


def cell_of(condition: Condition, of: Input, spellings: Mapping[str, str], currencies: Sequence[Currency]) -> str:
    """A cell that reads as `condition` in the column `of`."""
    if condition == ANY:
        return "-"
    if of.values and of.ordered and not (condition.missing or condition.negated):
        span = _choices(condition, of)
        if span is not None:
            return span
    listed = _in_order(condition, of)
    words = [(value, written_value(of, value, spellings, currencies)) for value in listed]
    parts = [_quoted(text) if isinstance(value, str) else text for value, text in words]
    parts += [f"{_quoted(spellings.get(prefix, prefix))}*" for prefix in condition.prefixes]
    parts += [_span(span, of, currencies) for span in condition.spans]
    if condition.negated:
        return f"not {', '.join(parts) or 'none'}"
    return ", ".join([*parts, *(["none"] if condition.missing else [])])


def _in_order(condition: Condition, of: Input) -> list[str | bool | Fraction | date]:
    """The values that a condition lists, as they were declared, or sorted."""
    declared = [value for value in of.values if value in condition.values]
    return [*declared, *sorted(condition.values - set(declared), key=lambda value: (str(type(value)), value))]


def _choices(condition: Condition, of: Input) -> str | None:
    """Neighbouring values of an ordered choice as a comparison or a span."""
    places = sorted(of.values.index(str(value)) for value in condition.values)
    count = len(of.values)
    if len(places) < 2 or places != list(range(places[0], places[-1] + 1)):
        return None
    low, high = (_quoted(of.spellings[of.values[place]]) for place in (places[0], places[-1]))
    if len(places) == count:
        return f"{low}..{high}"
    if places[-1] == count - 1:
        return f">= {low}"
    return f"<= {high}" if places[0] == 0 else f"{low}..{high}"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


def _span(span: Span, of: Input, currencies: Sequence[Currency]) -> str:
    """A span, as one cell can say it; where both its ends are of the other kind, only what lies below its end."""
    low, high = span.low, span.high
    if of.type is InputType.DATE:
        first = low if low is None or span.low_counts or not isinstance(low, date) else low + timedelta(days=1)
        last = high if high is None or span.high_counts or not isinstance(high, date) else high - timedelta(days=1)
        low_text, high_text = (
            written_value(of, day, {}, currencies) if day is not None else "" for day in (first, last)
        )
        return low_text if first == last else f"{low_text}..{high_text}"
    low_text, high_text = (written_value(of, one, {}, currencies) if one is not None else "" for one in (low, high))
    if low is not None and low == high:
        return low_text
    if low is None or high is None:
        if high is not None:
            return f"{'<=' if span.high_counts else '<'} {high_text}"
        return f"{'>=' if span.low_counts else '>'} {low_text}"
    if span.low_counts and not span.high_counts:
        return f"{low_text}..{high_text}"
    start = low_text if span.low_counts else f"more than {low_text}"
    return f"{start} up to {'and with ' if span.high_counts else ''}{high_text}"


def can_be_written(condition: Condition, of: Input) -> bool:
    """Whether `cell_of` gives a cell that reads as just this condition."""
    if of.type is InputType.DATE or not of.type.is_ordered:
        return True
    return all(
        span.low is None or span.high is None or span.low == span.high or (span.low_counts and not span.high_counts)
        for span in condition.spans
    )
