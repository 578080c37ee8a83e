"""Which name was meant: the nearest of those that would have been right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from engine.model import Input
from engine.names import fold

MOST = 2_000
"""Names compared at most, so that a mistake in a long list does not cost seconds."""


def nearest(text: str, names: Iterable[str]) -> str | None:
    """The spelling among `names` that is nearest to `text`; None where none is near."""
    by_fold = {fold(name): name for name in list(names)[:MOST]}
    found = get_close_matches(fold(text), list(by_fold), n=1, cutoff=0.66)
    return by_fold[found[0]] if found else None


def did_you_mean(text: str, names: Iterable[str]) -> str:
    """A label that names the nearest spelling; empty where none is near."""
    found = nearest(text, names)
    return f"did you mean `{found}`?" if found is not None else ""


def elsewhere(value: str, inputs: Mapping[str, Input], *, but: str) -> str:
    """A label that names another column whose values hold `value`: a cell that slipped into its neighbour."""
    for name, other in inputs.items():
        if name != but and other.values and value in other.values:
            return f"this is a {other.label}: shifted cell?"
    return ""


def listed(names: Iterable[str], *, at_most: int = 8) -> str:
    """Write names for a help text: "`A`, `B`, `C` and 4 more"."""
    every = list(names)
    text = ", ".join(f"`{name}`" for name in every[:at_most])
    return f"{text} and {len(every) - at_most} more" if len(every) > at_most else text
