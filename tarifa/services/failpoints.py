"""Where a test may kill this process, to prove that nothing is lost and nothing doubled.

`TARIFA_FAILPOINT=after-lines` ends the process with SIGKILL the moment that place is reached, as a power cut would.
Unset, as always outside the tests, it costs one comparison.
"""

from __future__ import annotations

import os
import signal
from typing import Literal

Failpoint = Literal[
    "after-due",
    "after-read",
    "after-settle",
    "after-heads",
    "after-number",
    "after-documents",
    "after-settlements",
    "after-items",
    "after-lines",
    "before-commit",
    "after-commit",
]
"""The steps of a run, in order."""

_ARMED = os.environ.get("TARIFA_FAILPOINT")


def reach(place: Failpoint) -> None:
    """Die here, if a test says so."""
    if place == _ARMED:
        os.kill(os.getpid(), signal.SIGKILL)
