"""Amounts as they are written: prices, durations, counts, percents and days. Exact; no float."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache

from dsl.currencies import currency, owner, shown_price, symbols
from dsl.diagnostics import Problem
from engine.formulas import Unit
from engine.money import Currency
from engine.names import fold

MAX_WHOLE_DIGITS = 15
MAX_DECIMALS = 9

_AMOUNT = re.compile(
    r"(?P<symbol>[^\d\s]*)(?P<whole>[0-9]+(?:,[0-9]+)*)(?:\.(?P<decimals>[0-9]+))?"
    r"(?:\s*(?P<percent>%)|\s*(?P<word>[^\W\d_]+))?(?:/(?P<per>[a-zA-Z]+))?"
)
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+")
_MINUTES = {"h": 60, "hour": 60, "hours": 60, "min": 1, "minute": 1, "minutes": 1}
_COUNTS = {"request": Unit.REQUESTS, "requests": Unit.REQUESTS, "cycle": Unit.CYCLES, "cycles": Unit.CYCLES}
_PER = {"": Unit.MONEY, "h": Unit.HOURLY, "hour": Unit.HOURLY, "request": Unit.PER_REQUEST}
_SUFFIX = {Unit.MONEY: "", Unit.HOURLY: "/h", Unit.PER_REQUEST: "/request"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A value with its unit; `currency` is the code where the unit is money.

    `amounts` are those of a constant by code, where the ruleset lists several currencies; `value` is the first of them.
    """

    unit: Unit
    value: Fraction
    currency: str | None = None
    amounts: tuple[tuple[str, Fraction], ...] = ()

    def said(self) -> tuple[tuple[str, Fraction], ...]:
        """The value by the code of the currency that it is said in, blank for what is no money."""
        return self.amounts or ((self.currency or "", self.value),)


@lru_cache(maxsize=65_536)
def read_amount(text: str, listed: tuple[Currency, ...]) -> Quantity | Problem:
    """Read `$95.00/h`, `30 min`, `150%`, `10 requests`, `1.4`.

    Args:
        text: The amount and nothing else.
        listed: The ruleset's currencies; empty where they are not known, and then any ISO code will do.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return _wrong(
            "syntax", f"`{text}` is no amount", text, "write it like `$95.00/h`, `30 min`, `10 requests` or `150%`"
        )
    whole, decimals = match["whole"], match["decimals"] or ""
    if not _GROUPED.fullmatch(whole):
        return _wrong(
            "syntax",
            f"`{whole}` is no number",
            text,
            "decimals stand after a point, thousands in groups of three: `1,800.00`",
        )
    digits = whole.replace(",", "")
    if len(digits) > MAX_WHOLE_DIGITS or len(decimals) > MAX_DECIMALS:
        limit = f"{MAX_WHOLE_DIGITS} digits before the point and {MAX_DECIMALS} after it are the most"
        return _wrong("too-large", f"this number is too long: {limit}", text, "write fewer digits")
    value = Fraction(int(digits + decimals), 10 ** len(decimals))
    word, per = fold(match["word"] or ""), fold(match["per"] or "")
    if match["symbol"] or currency(word) is not None:
        return _price(text, match, value, listed)
    if per:
        return _per_of_no_price(text, word, per)
    if match["percent"]:
        return Quantity(Unit.NUMBER, value / 100)
    if not word:
        return Quantity(Unit.NUMBER, value)
    return _counted(text, word, value)


def _counted(text: str, word: str, value: Fraction) -> Quantity | Problem:
    if word in _MINUTES:
        minutes = value * _MINUTES[word]
        if minutes.denominator != 1:
            return _wrong("wrong-unit", "a duration is a whole number of minutes", text, f"`{round(minutes)} min`")
        return Quantity(Unit.DURATION, minutes)
    if word in _COUNTS:
        if value.denominator != 1:
            return _wrong("wrong-unit", f"{word} are counted in whole numbers", text, f"`{round(value)} {word}`")
        return Quantity(_COUNTS[word], value)
    return _wrong(
        "wrong-unit",
        f"there is no unit called `{word}`",
        text,
        "units are `h`, `min`, `requests`, `cycles`, `%` and currencies",
    )


def _per_of_no_price(text: str, word: str, per: str) -> Problem:
    if per == "contract" and (word in _MINUTES or word in _COUNTS):
        message = "only the allowance of a plan is for the whole contract"
        return _wrong("wrong-unit", message, text, f"`{text.partition('/')[0].rstrip()}`")
    return _wrong("wrong-unit", f"only a price is per {per}", text, f"a price has a currency: `$95.00/{per}`")


def of_contract(text: str) -> str | None:
    """What stands before `/contract`: an amount for the whole contract; None where the text does not end so.

    A price may say it in each currency: `$9,600.00/contract, 8,800.00 EUR/contract`.
    """
    amount, slash, per = text.rpartition("/")
    if not slash or not amount.strip() or fold(per) != "contract":
        return None
    return _PER_CONTRACT.sub("", amount).rstrip()


_PER_CONTRACT = re.compile(r"\s*/\s*contract\s*(?=,)", re.IGNORECASE)


def _price(text: str, match: re.Match[str], value: Fraction, listed: tuple[Currency, ...]) -> Quantity | Problem:
    code = _code(text, match, listed)
    if isinstance(code, Problem):
        return code
    per = fold(match["per"] or "")
    if per == "contract":
        mend = "give the price of one cycle, which may be the whole contract: `every` is `contract` then"
        return _wrong("wrong-unit", "there is no price per contract", text, mend)
    if per not in _PER:
        return _wrong(
            "wrong-unit", f"there is no price per `{per}`", text, "a price is `$45.00`, `$95.00/h` or `$40.00/request`"
        )
    unit = _PER[per]
    money = currency(code)
    decimals = match["decimals"] or ""
    if money is not None and len(decimals) < money.digits:
        written = match["whole"] + "." + decimals.ljust(money.digits, "0")
        message = f"a price in {code} has at least {money.digits} decimals"
        return _wrong("wrong-type", message, text, f"`{shown_price(code, written, _SUFFIX[unit])}`")
    return Quantity(unit, value, code)


def _code(text: str, match: re.Match[str], listed: tuple[Currency, ...]) -> str | Problem:
    symbol, word = match["symbol"], match["word"]
    codes = [one.code for one in listed]
    if symbol:
        by_symbol = symbols(listed)
        if word or match["percent"]:
            return _wrong("syntax", f"`{text}` has a symbol and a unit", text, f"`{text[: match.end('decimals')]}`")
        if symbol in by_symbol:
            return by_symbol[symbol]
        if not listed:
            return _wrong(
                "wrong-unit",
                f"`{symbol}` may be one of several currencies here",
                text,
                "write the currency's code behind: `95.00 USD/h`",
            )
        message = f"`{symbol}` is the symbol of none, or of several, of this ruleset's currencies ({', '.join(codes)})"
        amount = match["whole"] + ("." + match["decimals"] if match["decimals"] else "")
        suffix = "/" + match["per"] if match["per"] else ""
        mends = [f"`{amount} {code}{suffix}`" for code in codes[:2]]
        theirs = owner(symbol)
        if theirs is not None and theirs not in codes:
            mends.append(
                f"or add {theirs} to the setting `currency` of the ruleset: `currency {', '.join([*codes, theirs])}`"
            )
        return _wrong("wrong-unit", message, text, *mends)
    found = currency(word)
    if found is None or (codes and found.code not in codes):
        return _wrong(
            "wrong-unit",
            f"{word.upper()} is not among this ruleset's currencies ({', '.join(codes)})",
            text,
            f"add it to the setting `currency` of the ruleset: `currency {', '.join([*codes, word.upper()])}`",
        )
    return found.code


def read_day(text: str) -> date | Problem:
    """Read `2026-07-01`."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return _wrong("wrong-type", f"there is no day `{text}` in the calendar", text, "months have 28 to 31 days")
    return _wrong("wrong-type", f"`{text}` is no day", text, "write year, month and day: `2026-07-01`")


def shown(value: Fraction, unit: Unit, listed: Sequence[Currency] = ()) -> str:
    """Write a value of a unit as an admin would in a cell."""
    if unit is Unit.DURATION:
        hours, minutes = divmod(value, 60)
        return f"{hours} h" if not minutes and hours else f"{_decimal(value)} min"
    if unit in (Unit.REQUESTS, Unit.CYCLES):
        return f"{_decimal(value)} {unit.value}"
    if unit.is_money and listed:
        return shown_price(listed[0].code, _decimal(value, listed[0].digits), _SUFFIX[unit])
    return _decimal(value)


def _decimal(value: Fraction, digits: int = 0) -> str:
    scaled = value * 10**MAX_DECIMALS
    text = str(round(scaled)).rjust(MAX_DECIMALS + 1, "0")
    whole, rest = text[:-MAX_DECIMALS], text[-MAX_DECIMALS:].rstrip("0").ljust(digits, "0")
    return f"{whole}.{rest}" if rest else whole


def _wrong(code: str, message: str, text: str, *mends: str) -> Problem:
    return Problem(code, message, (0, len(text)), help=mends)
