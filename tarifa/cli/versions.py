"""What `tarifa check` says of several versions of one ruleset: days on which several hold, or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dsl.days import written
from engine.model import Ruleset
from engine.versions import Held, by_name, held_alike, never_counting


def told(rulesets: Sequence[Ruleset]) -> Iterator[str]:
    """A line for all days that have the same versions, where these are not just one; and for each that never counts."""
    for versions in by_name(rulesets):
        never = {id(one) for one in never_counting(versions)}
        for one in versions:
            if id(one) in never:
                yield f"versions of {one.label}: {one.version} never counts: on all of its days, {written(one.valid)}, others do"
        for held in held_alike(versions):
            if len(held.versions) != 1:
                yield _line(versions[0].label, held)


def _line(label: str, held: Held) -> str:
    if not held.versions:
        return f"versions of {label}: none holds on {written(held.days)}: work of these days would wait"
    *others, counting = held.versions
    names = ", ".join(one.version for one in others)
    if others[-1].valid.start == counting.valid.start:
        why = "is given last of those that start last: let one of them start or end on another day"
    else:
        why = "starts last"
    both = "both" if len(others) == 1 else "all"
    return (
        f"versions of {label}: {names} and {counting.version} {both} hold on {written(held.days)}; there"
        f" {counting.version} counts, which {why}"
    )
