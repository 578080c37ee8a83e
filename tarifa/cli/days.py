"""Days on the command line."""

from __future__ import annotations

from datetime import date

import click

from tarifa.files.cells import BadCellError, to_date


class Day(click.ParamType[date]):
    """A day such as `2026-03-31`; what is none is wrong usage, and the message says why."""

    name = "date"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read what was typed."""
        if isinstance(value, date):
            return value
        try:
            return to_date(param.opts[0] if param is not None else "day", value)
        except BadCellError as error:
            self.fail(str(error), param, ctx)


DAY = Day()
