"""What a caller may see: everything, or one account."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """`account` is a folded account key; None is the whole installation."""

    account: str | None = None


EVERYTHING = Scope()
