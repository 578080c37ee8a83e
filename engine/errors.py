"""What a programmer, not a customer, did wrong: one class per case, each with its own message."""

from __future__ import annotations


class EngineError(Exception):
    """A broken invariant of the engine. Never the answer to an admin's or a client's mistake."""


class NothingToSplitError(EngineError):
    """An amount was to be shared among nobody."""

    def __init__(self, total: int) -> None:
        super().__init__(f"{total} minor units cannot be shared among nobody")


class UncheckedRulesetError(EngineError):
    """A ruleset reached the engine that the checker would have refused."""

    def __init__(self, what: str) -> None:
        super().__init__(f"this ruleset was not checked: {what}")


class UnorderedBoundaryError(EngineError):
    """A settlement was asked through a boundary before the one it opens at."""

    def __init__(self, opening: int, through: int) -> None:
        super().__init__(f"cannot settle from cycle {opening} through boundary {through}")
