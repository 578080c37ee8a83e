"""How much a check may take, and that one took more."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Of the check of one ruleset.

    Attributes:
        seconds: Of processor time; it may take three times as long by the clock, for a machine does other things, too.
        megabytes: Of address space, the interpreter's own among them.
    """

    seconds: int = 30
    megabytes: int = 1024

    @property
    def wall_seconds(self) -> int:
        """How long the parent waits."""
        return 3 * self.seconds + 5


class NotDecidedError(Exception):
    """A ruleset could not be checked within the limits; `what` says which of them it met."""

    def __init__(self, what: str) -> None:
        super().__init__(f"not decided: the check needs {what}")
        self.what = what
