"""Where the days of a public holiday calendar come from. The language only names calendars; a layer above knows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

HolidaySource = Callable[[str, int], Mapping[date, str]]
"""`(code, year)` to the holidays of that year and their names; codes are ISO, such as `US-IL` or `PT`."""


class UnknownHolidaysError(Exception):
    """There is no holiday calendar of that code."""

    def __init__(self, code: str) -> None:
        super().__init__(f"there is no holiday calendar called `{code}`")
        self.code = code
