"""Amounts on the command line."""

from __future__ import annotations

import re
from fractions import Fraction

import click

_AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", re.ASCII)


class Amount(click.ParamType[Fraction]):
    """A decimal with a point such as `1234.50`."""

    name = "amount"

    def convert(self, value: str | Fraction, param: click.Parameter | None, ctx: click.Context | None) -> Fraction:
        """Read what was typed."""
        if isinstance(value, Fraction):
            return value
        if _AMOUNT.fullmatch(value) is None:
            self.fail(f"`{value}` is no amount: write digits with a point, such as 1234.50", param, ctx)
        return Fraction(value)


AMOUNT = Amount()
