"""What a worklog costs beside its time, such as parts or a taxi: from text to the engine's values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

from engine.facts import Extra
from engine.names import fold

MOST = 100
"""Extras of one worklog."""
LONGEST = 200
"""Characters of a label."""
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)


def read_extras(given: Iterable[tuple[str, str, bool]]) -> tuple[Extra, ...] | str:
    """Read labels, amounts (major units, as text) and whether each is billable; or say what is wrong with one.

    An extra is known by its label, so that taking another one away, or adding one, leaves its line alone.
    """
    found: list[Extra] = []
    seen: Counter[str] = Counter()
    for label, amount, billable in given:
        wrong = _wrong(label.strip(), amount.strip())
        if wrong is not None:
            return wrong
        key = fold(label)
        seen[key] += 1
        id_ = key if seen[key] == 1 else f"{key} #{seen[key]}"
        found.append(Extra(id_, label.strip(), Fraction(amount.strip()), billable))
    return tuple(found) if len(found) <= MOST else f"{len(found)} extras are more than the {MOST} of one worklog"


def _wrong(label: str, amount: str) -> str | None:
    if not label:
        return f"the extra of `{amount}` has no label; say what it is for, such as `Parts`"
    if len(label) > LONGEST or any(ord(character) < 32 for character in label):
        return f"`{label[:40]}` cannot be the label of an extra: it takes one line of at most {LONGEST} characters"
    if _AMOUNT.fullmatch(amount) is None:
        return f"the extra `{label}` has no amount that can be charged: `{amount}`; write it as `35.00`"
    return None
