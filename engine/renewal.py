"""What a contract that ends hands over to the one that renews it (D5.3), and what stays in its own cycles.

A renewal that carries goes on as if there were no edge between the two: the plan of the old contract's last cycle says
how much is carried, and for how long. Cycles are counted on, so both have cycles of the same length.
"""

from __future__ import annotations

from dataclasses import replace

from engine.facts import Contract
from engine.items import Bucket, Closing
from engine.periods import Cycles


def handed_over(closing: Closing) -> tuple[Bucket, ...]:
    """What the last closing of a contract leaves to its renewal, in the numbers of the renewal's cycles."""
    over = closing.cycle + 1
    return tuple(
        replace(bucket, granted_in=bucket.granted_in - over, last_cycle=bucket.last_cycle - over)
        for bucket in closing.buckets
    )


def opens_next(closing: Closing, contract: Contract, cycles: Cycles) -> tuple[Bucket, ...]:
    """The buckets that open the contract's next cycle: none after its end where they go to its renewal."""
    return () if contract.hands_over and closing.cycle == cycles.last else closing.buckets


def from_before(bucket: Bucket) -> bool:
    """Whether a bucket was granted by the contract that was renewed."""
    return bucket.granted_in < 0
