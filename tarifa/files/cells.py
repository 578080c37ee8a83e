"""Cells of the fact files, read by what they must hold."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction

from dsl import read_discounts
from engine.facts import AnyDiscount
from engine.names import fold
from tarifa.extras import read_extras
from tarifa.files.problems import did_you_mean
from tarifa.files.sheet import Row
from tarifa.services.inputs import ExtraInput
from tarifa.zones import zone, zone_names

_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_EXTRA = re.compile(
    r"(?P<label>.+?)\s+(?P<amount>[\d.,+-]*\d[\d.,]*)\s*(?P<not>\(\s*not\s+billable\s*\))?", re.IGNORECASE
)
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)
_RATE = re.compile(r"\d{1,9}(\.\d{1,12})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class BadCellError(Exception):
    """A cell that cannot be read; its row is left out and reported."""

    def __init__(self, column: str, text: str, expected: str) -> None:
        super().__init__(f"`{column}` is {f'`{text}`' if text else 'blank'}: {expected}")


def yes_no(row: Row, column: str, *, default: bool) -> bool:
    """`yes` or `no` (also `true`, `1`, `false`, `0`); blank is the default."""
    text = row.get(column)
    if text is None:
        return default
    if fold(text) not in _YES_NO:
        raise BadCellError(column, text, "write `yes` or `no`")
    return _YES_NO[fold(text)]


def is_none(row: Row, column: str) -> bool:
    """Whether the cell says `none`."""
    return fold(row.get(column) or "") == "none"


def whole(row: Row, column: str) -> int:
    """A whole number, not below zero."""
    if _WHOLE.fullmatch(row[column]) is None:
        raise BadCellError(column, row[column], "write a whole number such as `40`")
    return int(row[column])


def day(row: Row, column: str) -> date | None:
    """A date such as `2026-03-31`; None where the cell is blank."""
    text = row.get(column)
    return None if text is None else to_date(column, text)


def to_date(column: str, text: str) -> date:
    """`2026-03-31` as a date."""
    expected = "dates are written year-month-day, such as `2026-03-31`"
    if _DATE.fullmatch(text) is None:
        raise BadCellError(column, text, expected)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadCellError(column, text, f"there is no such day; {expected}") from error


def to_rate(column: str, text: str) -> Fraction:
    """`0.92` as it is written."""
    if _RATE.fullmatch(text) is None or not Fraction(text):
        raise BadCellError(column, text, "write a number above 0, such as `0.92`")
    return Fraction(text)


def zone_name(row: Row, column: str) -> str | None:
    """The name of a time zone; None where the cell is blank."""
    text = row.get(column)
    if text is not None and zone(text) is None:
        raise BadCellError(column, text, f"there is no such time zone{did_you_mean(text, zone_names())}")
    return text


def names(row: Row, column: str) -> tuple[str, ...]:
    """Names parted by `;`, as written."""
    return tuple(part.strip() for part in (row.get(column) or "").split(";") if part.strip())


def discounts(row: Row, column: str) -> tuple[AnyDiscount, ...]:
    """`5%` off every line, or `5% labour; 10% fee` off lines of a kind."""
    text = row.get(column) or ""
    found = read_discounts(text)
    if isinstance(found, str):
        raise BadCellError(column, text, found)
    return found


def extras(row: Row, column: str) -> tuple[ExtraInput, ...]:
    """`Parts 35.00; Taxi 12.50 (not billable)`: labels and amounts in the contract's currency."""
    found: list[ExtraInput] = []
    for text in names(row, column):
        match = _EXTRA.fullmatch(text)
        if match is None:
            raise BadCellError(column, text, "write a label and an amount, such as `Parts 35.00`, parted by `;`")
        found.append(ExtraInput(match["label"], match["amount"], match["not"] is None))
    wrong = read_extras((extra.label, extra.amount, extra.billable) for extra in found)
    if isinstance(wrong, str):
        raise BadCellError(column, row[column], wrong)
    return tuple(found)


def settings(row: Row, column: str) -> dict[str, str]:
    """`standard = $80.00/h; fee = $1,500.00`: names and cells of the rules language, as written."""
    found: dict[str, str] = {}
    for text in names(row, column):
        name, equals, cell = text.partition("=")
        if not equals or not name.strip() or not cell.strip():
            raise BadCellError(column, text, "write `name = value`, such as `standard = $80.00/h`, parted by `;`")
        found[name.strip()] = cell.strip()
    return found
