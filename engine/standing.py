"""How a worklog stands with the allowance of its cycle, and what of it that covers; `usage` decides both."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from engine.items import Drawn


class Standing(Enum):
    """How a worklog stands with the allowance."""

    BY_TIME = auto()  # its time is drawn from hours, or charged by them
    FREE = auto()  # a fee covers it, or its request was counted before, or nothing of it is for an allowance
    COUNTED = auto()  # the first work of a request, which counts one
    HELD = auto()  # its request is beyond an allowance of requests, and waits


class Part(NamedTuple):
    """Minutes of a segment that an allowance covers, those that it does not, and the buckets that they came from."""

    covered: int
    over: int
    drawn: tuple[Drawn, ...]
