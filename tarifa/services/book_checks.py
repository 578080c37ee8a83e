"""What checking a rule of the books came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tarifa.services.book_remedies import remedy
from tarifa.services.book_rule import MOST_FAULTS


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that breaks a rule: its table, what it is known by, what it says, and what it should say."""

    table: str
    key: str
    stored: str
    expected: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A rule, how many rows it is about, and which break it; `more` do than are told.

    `code` is stable; `remedy` says what to do where there are faults.
    """

    code: str
    rule: str
    remedy: str
    rows: int
    faults: tuple[Fault, ...]
    more: bool


def checked(code: str, rule: str, rows: int, faults: Sequence[Fault]) -> Checked:
    """What a rule came to; of many faults some are told."""
    return Checked(code, rule, remedy(code), rows, tuple(faults[:MOST_FAULTS]), len(faults) > MOST_FAULTS)
