"""What `load.Cache` is made of: values up to a size, and what a load rests on beside its files."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Generic, TypeVar

from dsl.diagnostics import Report
from dsl.holiday_source import HolidaySource, UnknownHolidaysError
from dsl.source import Source
from dsl.syntax import Block

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Answers = Mapping[tuple[str, int], Mapping[date, str] | None]
"""What a holiday source said of a code and a year; None where it knows no such code."""


class Recent(Generic[K, V]):
    """Values by key up to a size of all together; what was not asked for the longest goes first."""

    def __init__(self, at_most: int) -> None:
        self._at_most = at_most
        self._held = 0
        self._values: OrderedDict[K, tuple[int, V]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """The value of a key, if it is remembered."""
        with self._lock:
            found = self._values.get(key)
            if found is None:
                return None
            self._values.move_to_end(key)
            return found[1]

    def put(self, key: K, value: V, *, size: int) -> None:
        """Remember a value; one that is larger than all that may be held is not."""
        if size > self._at_most:
            return
        with self._lock:
            before, _ = self._values.pop(key, (0, None))
            self._values[key] = (size, value)
            self._held += size - before
            while self._held > self._at_most:
                _, (gone, _) = self._values.popitem(last=False)
                self._held -= gone


@dataclass(frozen=True, slots=True)
class Page:
    """A file once it is parsed, and what there was to say about it."""

    source: Source
    blocks: tuple[Block, ...]
    report: Report


class Asked:
    """A holiday source that remembers what it was asked and what it said."""

    def __init__(self, source: HolidaySource) -> None:
        self._source = source
        self.answers: dict[tuple[str, int], Mapping[date, str] | None] = {}

    def __call__(self, code: str, year: int) -> Mapping[date, str]:
        """The holidays of a year.

        Raises:
            UnknownHolidaysError: the source knows no such code.
        """
        self.answers[code, year] = None
        days = self.answers[code, year] = self._source(code, year)
        return days


def says_the_same(source: HolidaySource | None, answers: Answers) -> bool:
    """Whether a holiday source says what another one said before."""
    return all(source is not None and _answer(source, *asked) == said for asked, said in answers.items())


def _answer(source: HolidaySource, code: str, year: int) -> Mapping[date, str] | None:
    try:
        return source(code, year)
    except UnknownHolidaysError:
        return None
