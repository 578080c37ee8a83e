"""Allowances: buckets of 1/100 minutes, drawn soonest expiry first, carried over and lapsed (D5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from engine.items import Bucket, BucketKind

UNITS_A_MINUTE = 100
_KIND_ORDER = tuple(BucketKind)


def units(minutes: Fraction) -> int:
    """Minutes as units of a bucket, no unit made that was not given."""
    return int(minutes * UNITS_A_MINUTE)


def in_order(buckets: Iterable[Bucket]) -> tuple[Bucket, ...]:
    """The order they are drawn in: soonest expiry, then oldest (D5.2)."""
    return tuple(sorted(buckets, key=lambda b: (b.last_cycle, b.granted_in, _KIND_ORDER.index(b.kind), b.source)))


def left(buckets: Iterable[Bucket]) -> int:
    """Units left in all of them."""
    return sum(bucket.left for bucket in buckets)


def draw(buckets: tuple[Bucket, ...], minutes: int) -> tuple[int, tuple[Bucket, ...]]:
    """Take up to `minutes` whole minutes out of buckets that are in order.

    Returns:
        The minutes covered, and the buckets after it. What a bucket holds below a whole minute stays in the pot.
    """
    covered = min(minutes, left(buckets) // UNITS_A_MINUTE)
    wanted = covered * UNITS_A_MINUTE
    after = []
    for bucket in buckets:
        taken = min(bucket.left, wanted)
        wanted -= taken
        after.append(replace(bucket, left=bucket.left - taken) if taken else bucket)
    return covered, tuple(after)


def carried(buckets: Iterable[Bucket], cycle: int, *, cap: int | None) -> tuple[Bucket, ...]:
    """The buckets that open the next cycle: those with life left, and of those that end now what the plan carries.

    Args:
        buckets: As they stand at the end of `cycle`.
        cycle: Its number.
        cap: Units that may be carried over; None is all. What was carried once is not carried again.
    """
    living = [bucket for bucket in buckets if bucket.last_cycle > cycle and bucket.left]
    ending = [b for b in in_order(buckets) if b.last_cycle == cycle and b.kind is not BucketKind.CARRIED and b.left]
    room = left(ending) if cap is None else cap
    kept = []
    for bucket in reversed(ending):
        taken = min(bucket.left, room)
        room -= taken
        if taken:
            kept.append(replace(bucket, kind=BucketKind.CARRIED, last_cycle=cycle + 1, left=taken))
    return in_order([*living, *kept])
