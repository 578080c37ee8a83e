"""What a write answers: what was recorded, or what is wrong with what was sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Problem:
    """A client's or admin's mistake: what, where, and how to mend it.

    Attributes:
        code: Stable, kebab-case; one of `engine.items.Reason` where the engine has a word for it.
        message: What is wrong, as a sentence for people.
        remedy: How to mend it, as another; blank where the message says it.
        subject: Key, number or external id of what it is about.
        field: The field that is wrong, where it is one.
        index: Position in the list that was sent, from 0.
    """

    code: str
    message: str
    remedy: str = ""
    subject: str = ""
    field: str | None = None
    index: int | None = None


class Change(StrEnum):
    """What a write did."""

    NEW = "new"
    REVISED = "revised"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Recorded:
    """Something that is now on record, under its natural key."""

    key: str
    change: Change
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was written, for these reasons."""

    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """A write of many: what was recorded, and what was not and why. A bad row stops no other."""

    recorded: tuple[Recorded, ...]
    problems: tuple[Problem, ...]
