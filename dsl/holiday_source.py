"""Where the days of a public holiday calendar come from. The language only names calendars; a layer above knows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

HolidaySource = Callable[[str, int], Mapping[date, str]]
"""`(code, year)` to the holidays of that year and their names; codes are ISO, such as `US-IL` or `PT`.

A code followed by `ON_THEIR_DATES` asks for the holidays without the days that are free in place of one at a weekend.
"""
ON_THEIR_DATES = " on their dates"


class UnknownHolidaysError(Exception):
    """There is no holiday calendar of that code; `known` are codes that may have been meant."""

    def __init__(self, code: str, known: Sequence[str] = ()) -> None:
        super().__init__(f"there is no holiday calendar called `{code}`")
        self.code = code
        self.known = tuple(known)
