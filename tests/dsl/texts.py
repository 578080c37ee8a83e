"""Small rulesets as text, and what comes of loading them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path, PurePath
from textwrap import dedent, indent

from dsl import Diagnostic, Loaded, UnknownHolidaysError, load
from dsl.codes import CODES
from dsl.holiday_source import ON_THEIR_DATES
from engine.model import Ruleset

GOLDEN = Path(__file__).parents[1] / "golden"

TAXES = """
taxes
  | row | country || code   | rate |
  |-----|---------||--------|------|
  | T1  | -       || exempt | 0%   |
"""
INPUTS = """
inputs
  | name      | of      | type   | values                       |
  |-----------|---------|--------|------------------------------|
  | category  | request | choice | Network, Server, Desktop     |
  | priority  | request | choice | Low < Normal < High < Urgent |
  | work type | worklog | choice | Remote, On-site, none        |
"""

CALENDAR = """
calendar office
  | days      | hours        | band            |
  |-----------|--------------|-----------------|
  | Mon..Fri  | 09:00..18:00 | operational     |
  | otherwise |              | non-operational |
"""


def heading(currency: str = "USD", more: str = "") -> str:
    """The block `ruleset`."""
    return f"ruleset Example\n  version   1\n  currency  {currency}\n  timezone  America/Chicago\n" + indent(more, "  ")


def book(*blocks: str, currency: str = "USD", more: str = "", taxes: str = TAXES) -> str:
    """A whole ruleset of one file."""
    return "\n".join(
        [heading(currency, more), *(dedent(block).strip("\n") + "\n" for block in blocks), taxes.strip("\n")]
    )


def constants(*rows: str) -> str:
    """The block `constants`: `constants("standard | $95.00/h")`."""
    return "constants\n  | name | value |\n  |------|-------|\n" + "".join(f"  | {row} |\n" for row in rows)


def table(header: str, *rows: str, name: str = "Rates", settings: str = "") -> str:
    """A block `table`: `table("category || rate", "Network || $95.00/h")`; rows are named R1, R2, ..."""
    dashes = "|".join("---" for _ in header.replace("||", "|").split("|"))
    lines = "".join(f"  | R{number} | {row} |\n" for number, row in enumerate(rows, start=1))
    set_ = "".join(f"  {line}\n" for line in settings.splitlines())
    return f"table {name}\n{set_}  | row | {header} |\n  |---|{dashes}|\n{lines}"


def pricing(*rows: str) -> str:
    """The block `pricing`."""
    return "pricing\n  | name | formula |\n  |------|---------|\n" + "".join(f"  | {row} |\n" for row in rows)


def plans(header: str, *rows: str) -> str:
    """The block `plans`."""
    dashes = "|".join("---" for _ in header.split("|"))
    return f"plans\n  | {header} |\n  |{dashes}|\n" + "".join(f"  | {row} |\n" for row in rows)


def public_holidays(code: str, year: int) -> Mapping[date, str]:
    """A holiday calendar of two days a year, one of which stands in place of another."""
    if code == f"PT{ON_THEIR_DATES}":
        return {date(year, 12, 25): "Christmas Day"}
    if code != "PT":
        raise UnknownHolidaysError(code)
    return {date(year, 8, 15): "Assumption Day", date(year, 12, 25): "Christmas Day"}


def loaded(text: str | bytes, *, file: str = "rates.rules") -> Loaded:
    """What comes of one file."""
    content = text.encode("utf-8") if isinstance(text, str) else text
    return load({PurePath(file): content}, holidays=public_holidays)


def ruleset(text: str) -> Ruleset:
    """The ruleset of a text that is right."""
    found = loaded(text)
    assert found.ruleset is not None, found.diagnostics
    return found.ruleset


ABOUT_PARTS = frozenset(code.code for code in CODES if code.code.startswith("unused-")) - {"unused-allow"}
"""What is said of a ruleset of which only a part is written down, as tests and examples do it."""


def problems(text: str | bytes) -> list[tuple[str, str]]:
    """Code and message of every diagnostic, but for what nothing in so small a text can ask for."""
    return [(one.code, one.message) for one in loaded(text).diagnostics if one.code not in ABOUT_PARTS]


def only(text: str | bytes) -> Diagnostic:
    """The one diagnostic of a text with one mistake."""
    found = [one for one in loaded(text).diagnostics if one.code not in ABOUT_PARTS]
    assert len(found) == 1, found
    return found[0]


def marked(text: str, diagnostic: Diagnostic) -> str:
    """What the diagnostic points at."""
    assert diagnostic.primary is not None
    return text[diagnostic.primary.span.start : diagnostic.primary.span.end]
