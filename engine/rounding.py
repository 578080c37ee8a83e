"""Time rounding: a minimum, a step, a grace, over a worklog, a segment, a request or a day's work (D4.7)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from fractions import Fraction

from engine.calendars import local_day
from engine.pricing import Priced

Minutes = list[int]


def rounded_minutes(minutes: int, *, minimum: Fraction | int, step: Fraction | int, grace: Fraction | int = 0) -> int:
    """Raise to the minimum, then round up to the step; what is over a step by no more than the grace is forgiven.

    A minimum is a whole number of steps. Grace forgives nothing of it, and never the first step. A value on the grid
    stays. Never below the real time, grace aside.
    """
    if step <= 0:
        return math.ceil(max(minutes, minimum))
    whole, over = divmod(minutes, step)
    if over and not (whole and over <= grace):
        whole += 1
    return math.ceil(max(whole, -(-minimum // step)) * step)


def rounded_bands(priced: Sequence[Priced], zones: Mapping[str, tzinfo]) -> list[Minutes]:
    """Round a cycle's work, in order of its start: minutes per band of each, parallel to `priced`.

    What is rounded as one is a group; its surplus goes to the last band of its last work, and what a grace takes away
    comes off from there backwards. Work that the edge of a cycle cuts is rounded where it ends: its last part is in the
    group, with the time before the edge, and the parts before are not.
    """
    found = [[minutes for _, minutes in one.bands] for one in priced]
    groups: dict[tuple[object, ...], list[int]] = {}
    for at, one in enumerate(priced):
        if one.ruling.scope == "segment":
            found[at] = [_rounded_segment(band, minutes, one) for band, minutes in one.bands]
        elif one.ruling.scope == "worklog" and not one.work.is_part:
            real = sum(found[at])
            surplus = _rounded(real, one) - real
            if surplus:
                _spread(surplus, [found[at]])
        elif one.bands and not one.work.after:
            groups.setdefault(_group(one, zones), []).append(at)
    for members in groups.values():
        before = sum(priced[at].work.before // 60 for at in members)
        real = before + sum(sum(found[at]) for at in members)
        _spread(_rounded(real, priced[members[0]]) - real, [found[at] for at in members])
    return found


def _rounded_segment(band: str, minutes: int, one: Priced) -> int:
    """A segment that the edge of a cycle cuts is rounded once, in its last part."""
    elsewhere = dict(one.whole).get(band, minutes) - minutes if one.whole else 0
    if elsewhere and one.work.after:
        return minutes
    return max(_rounded(elsewhere + minutes, one) - elsewhere, 0)


def _rounded(minutes: int, one: Priced) -> int:
    ruling = one.ruling
    return rounded_minutes(minutes, minimum=ruling.minimum, step=ruling.step, grace=ruling.grace)


def _group(one: Priced, zones: Mapping[str, tzinfo]) -> tuple[object, ...]:
    work = one.work
    match one.ruling.scope:
        case "request":
            return "request", work.request
        case "day":
            return "day", work.request, local_day(work.start, zones[work.zone])
        case _:
            return "worklog", work.id


def _spread(surplus: int, members: Sequence[Minutes]) -> None:
    for minutes in reversed(members):
        for band in range(len(minutes) - 1, -1, -1):
            taken = max(surplus, -minutes[band])
            minutes[band] += taken
            surplus -= taken
            if not surplus:
                return
