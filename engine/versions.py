"""How the days of several versions of one ruleset lie to each other: on which days several hold, or none.

Files have no activations: of the versions that are valid on a day, the one that starts last counts (`timeline`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.model import Ruleset
from engine.periods import Period


@dataclass(frozen=True, slots=True)
class Held:
    """Days that have the same versions.

    Attributes:
        days: From one start or end of a version to the next.
        versions: Those that hold on them, the one that counts last; none between two versions that leave a hole.
    """

    days: Period
    versions: tuple[Ruleset, ...]


def held_alike(versions: Iterable[Ruleset]) -> Iterator[Held]:
    """All days from the first version's first to the last one's last, in order."""
    ordered = sorted(versions, key=lambda one: one.valid.start)
    edges = sorted({day for one in ordered for day in (one.valid.start, one.valid.end)})
    for start, end in pairwise(edges):
        holding = tuple(one for one in ordered if one.valid.start <= start < (one.valid.end))
        yield Held(Period(start, end), holding)


def by_name(rulesets: Iterable[Ruleset]) -> Sequence[Sequence[Ruleset]]:
    """Versions of one ruleset together, as they were given."""
    found: dict[str, list[Ruleset]] = {}
    for one in rulesets:
        found.setdefault(one.name, []).append(one)
    return list(found.values())


def never_counting(versions: Sequence[Ruleset]) -> Sequence[Ruleset]:
    """Versions on each of whose days another counts."""
    counting = {id(held.versions[-1]) for held in held_alike(versions) if held.versions}
    return [one for one in versions if id(one) not in counting]
