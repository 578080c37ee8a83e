"""Allowances: buckets of 1/100 minutes, drawn soonest expiry first, carried over and lapsed (D5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from fractions import Fraction

from engine.items import Bucket, BucketKind, Drawn

UNITS_A_MINUTE = 100
_KIND_ORDER = tuple(BucketKind)
_NEVER_AGAIN = frozenset({BucketKind.CARRIED, BucketKind.OPENING})
"""What was carried over once, here or elsewhere, ends with the cycle that it was given until."""


def units(minutes: Fraction) -> int:
    """Minutes as units of a bucket, no unit made that was not given."""
    return int(minutes * UNITS_A_MINUTE)


def in_order(buckets: Iterable[Bucket]) -> tuple[Bucket, ...]:
    """The order they are drawn in: soonest expiry, then oldest (D5.2)."""
    return tuple(sorted(buckets, key=lambda b: (b.last_cycle, b.granted_in, _KIND_ORDER.index(b.kind), b.source)))


def left(buckets: Iterable[Bucket], *, on: date | None = None) -> int:
    """Units left in all of them, or in those that can be drawn on a day."""
    return sum([bucket.left for bucket in buckets if on is None or bucket.opens <= on])


def draw(
    buckets: tuple[Bucket, ...], minutes: int, *, burn: Fraction | int = 1, on: date | None = None
) -> tuple[int, tuple[Bucket, ...]]:
    """Take up to `minutes` whole minutes out of buckets that are in order; each minute uses `burn` minutes of them.

    `on` is the day, where some of them may not be open yet.

    Returns:
        The minutes covered, and the buckets after it. What a bucket holds below a whole minute stays in the pot.
    """
    covered = min(minutes, int(left(buckets, on=on) // (burn * UNITS_A_MINUTE))) if burn > 0 else minutes
    return covered, take(buckets, int(covered * burn * UNITS_A_MINUTE), on=on)


def take(buckets: tuple[Bucket, ...], wanted: int, *, on: date | None = None) -> tuple[Bucket, ...]:
    """Take units that are there out of buckets that are in order, and open on a day where one is given."""
    if not wanted:
        return buckets
    after = []
    for bucket in buckets:
        taken = min(bucket.left, wanted) if on is None or bucket.opens <= on else 0
        wanted -= taken
        after.append(replace(bucket, left=bucket.left - taken) if taken else bucket)
    return tuple(after)


def drawn(before: tuple[Bucket, ...], after: tuple[Bucket, ...]) -> tuple[Drawn, ...]:
    """What was taken out of each bucket between two states of the same ones."""
    if before is after:
        return ()
    both = zip(before, after, strict=True)
    return tuple([Drawn(was.kind, was.source, was.left - now.left) for was, now in both if was.left != now.left])


def carried(buckets: Iterable[Bucket], cycle: int, *, cap: int | None, life: int = 1) -> tuple[Bucket, ...]:
    """The buckets that open the next cycle: those with life left, and of those that end now what the plan carries.

    Args:
        buckets: As they stand at the end of `cycle`.
        cycle: Its number.
        cap: Units that may be carried over, what was carried before and has life left among them; None is all.
        life: Cycles that carried allowance lives; it is never carried beyond.

    The earliest to expire is dropped first.
    """
    pool: list[Bucket] = []
    living: list[Bucket] = []
    for bucket in in_order(buckets):
        if not bucket.left:
            continue
        if bucket.last_cycle == cycle and bucket.kind not in _NEVER_AGAIN:
            pool.append(replace(bucket, kind=BucketKind.CARRIED, last_cycle=cycle + life))
        elif bucket.last_cycle > cycle:
            (pool if bucket.kind is BucketKind.CARRIED else living).append(bucket)
    room = left(pool) if cap is None else cap
    kept = []
    for bucket in reversed(in_order(pool)):
        taken = min(bucket.left, room)
        room -= taken
        if taken:
            kept.append(replace(bucket, left=taken))
    return in_order([*living, *kept])


def spread(total: Fraction, start: Fraction, end: Fraction) -> int:
    """The units that fall between two shares of a whole: parts that tile the whole add up to `total`, none lost."""
    return int(total * end) - int(total * start)
