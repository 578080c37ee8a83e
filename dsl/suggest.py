"""Which name was meant: the nearest of those that would have been right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.model import Input
from engine.names import fold

MOST = 500
"""Names compared at most, so that a mistake in a long list does not cost seconds."""
_STEM = 3
"""Letters that a word and its beginning share at least: `tax` for `taxes`, `monthly` for `month`."""


def nearest(text: str, names: Iterable[str]) -> str | None:
    """The spelling among `names` that is nearest to `text`; None where none is near.

    Near is one slip in three letters: one left out, one too many, another one, or two turned round. Of names equally
    near, the one of the same letters counts, then the one that begins alike, then the first.
    """
    wrong = fold(text)
    found: tuple[tuple[int, bool, bool], str] | None = None
    for name in list(names)[:MOST]:
        right = fold(name)
        most = max(len(wrong), len(right)) // 3
        slips = _slips(wrong, right, most)
        if slips is None and _begins(wrong, right):
            slips = most + 1
        if slips is not None:
            rank = (slips, sorted(wrong) != sorted(right), wrong[:1] != right[:1])
            if found is None or rank < found[0]:
                found = (rank, name)
    return found[1] if found is not None else None


def _begins(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= _STEM and 2 * len(short) >= len(long) and long.startswith(short)


def _slips(one: str, other: str, most: int) -> int | None:
    """Letters left out, too many, changed, and neighbours turned round, up to `most`; None where there are more."""
    if abs(len(one) - len(other)) > most:
        return None
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        above, row, older = row, [at], before
        for to, wanted in enumerate(other, start=1):
            cost = min(above[to] + 1, row[to - 1] + 1, above[to - 1] + (letter != wanted))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == wanted:
                cost = min(cost, older[to - 2] + 1)
            row.append(cost)
        if min(row) > most and min(above) > most:
            return None
        before = above
    return row[-1] if row[-1] <= most else None


def is_one_slip(one: str, other: str) -> bool:
    """Whether two folded words differ, and by one slip alone."""
    return one != other and _slips(one, other, 1) is not None


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
