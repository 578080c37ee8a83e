"""Scalars that take exactly what they say: no float, no NaN, no date without its zeros, no bare time.

Python types are `Decimal`, `date`, `datetime` and the `NewType`s below; `SCALARS` binds them to their definitions.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from graphql_api.errors import BadScalarError

Cursor = NewType("Cursor", str)
"""Where a page ends; opaque to clients, made and read by `tarifa.reading`."""
WorkTime = NewType("WorkTime", str)
"""A date and time as a person wrote it, with an offset or local at the customer's site; read by the service."""
MinorUnits = NewType("MinorUnits", int)
"""Cents, pence, yen."""

MAX_TEXT = 200
_DECIMAL = re.compile(r"-?\d{1,18}(\.\d{1,9})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|z|[+-]\d{2}:\d{2})?", re.ASCII)


def read_decimal(value: object) -> Decimal:
    """A plain decimal in a string: no exponent, no NaN, no float, which has lost digits before it comes here."""
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise BadScalarError('Write a plain decimal number in quotes, such as "95.00" or "-0.5".')
    return Decimal(value)


def write_decimal(value: Decimal) -> str:
    """With all its digits, never with an exponent."""
    return format(value, "f")


def read_date(value: object) -> date:
    """A calendar day, `2026-03-06`."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise BadScalarError('Write the day as "2026-03-06" (year, month, day).')


def read_instant(value: object) -> datetime:
    """An instant with its offset, in UTC."""
    if isinstance(value, str) and _TIME.fullmatch(value):
        try:
            moment = datetime.fromisoformat(value.upper())
        except ValueError:
            pass
        else:
            if moment.tzinfo is not None:
                return moment.astimezone(UTC)
    raise BadScalarError('Write it with its offset, as "2026-03-06T17:30:00Z".')


def write_instant(value: datetime) -> str:
    """In UTC, to the second, with a `Z`."""
    return value.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def read_work_time(value: object) -> WorkTime:
    """Any short string: a time that cannot be read is refused with its own worklog, not with all of them."""
    if isinstance(value, str) and len(value) <= MAX_TEXT:
        return WorkTime(value)
    remedy = 'Write it as "2026-03-06T17:30" (local at the site) or with an offset, "2026-03-06T17:30-06:00".'
    raise BadScalarError(remedy)


def read_minor(value: object) -> int:
    """Never an input."""
    raise BadScalarError(f"Send amounts as a Decimal, not {type(value).__name__}.")


def read_cursor(value: object) -> Cursor:
    """Any short string; `tarifa.reading` reads what is in it."""
    if isinstance(value, str) and 0 < len(value) <= 1000:
        return Cursor(value)
    raise BadScalarError("Pass on an `endCursor` as it came, or leave `after` out for the first page.")


SCALARS: dict[object, ScalarDefinition] = {
    Decimal: strawberry.scalar(
        name="Decimal",
        description='An exact decimal number in a string, such as "95.00". Never a float, never an exponent.',
        serialize=write_decimal,
        parse_value=read_decimal,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A calendar day, `2026-03-06`, with no zone.",
        serialize=date.isoformat,
        parse_value=read_date,
    ),
    datetime: strawberry.scalar(
        name="Instant",
        description="An instant, `2026-03-06T23:30:00Z`. Answers are in UTC; inputs need their offset.",
        serialize=write_instant,
        parse_value=read_instant,
    ),
    WorkTime: strawberry.scalar(
        name="WorkTime",
        description=(
            "When work began or ended: `2026-03-06T17:30` on the clock of the customer's site, or with an offset, "
            "`2026-03-06T17:30-06:00`. A local time that the clock shows twice that night needs its offset."
        ),
        serialize=str,
        parse_value=read_work_time,
    ),
    MinorUnits: strawberry.scalar(
        name="MinorUnits",
        description="A whole number of a currency's minor units (cents); unlike an Int it may exceed 32 bits.",
        serialize=int,
        parse_value=read_minor,
    ),
    Cursor: strawberry.scalar(
        name="Cursor",
        description="Where a page ends. Opaque: pass it on as it came.",
        serialize=str,
        parse_value=read_cursor,
    ),
}
