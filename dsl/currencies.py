"""Currencies by code (ISO 4217) and by the symbols that people write before an amount."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from babel import Locale
from iso4217 import Currency as IsoCurrency

from engine.money import Currency

_ENGLISH = Locale("en")
_ALSO = {"USD": {"US$"}}


@lru_cache(maxsize=512)
def currency(code: str) -> Currency | None:
    """The currency of a code in any case; None where ISO 4217 has none, or none that is paid in."""
    try:
        found = IsoCurrency(code.upper())
    except ValueError:
        return None
    return None if found.exponent is None else Currency(found.code, found.exponent)


def codes() -> tuple[str, ...]:
    """The codes of all currencies that are paid in."""
    return tuple(one.code for one in IsoCurrency if one.exponent is not None)


@lru_cache(maxsize=64)
def symbols(listed: tuple[Currency, ...]) -> Mapping[str, str]:
    """Symbol to code, for symbols that only one of the listed currencies has: `CA$`, and `$` where nobody else's."""
    found: dict[str, set[str]] = {}
    for one in listed:
        full = _symbol(one.code)
        own = {full, full.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")} | _ALSO.get(one.code, set())
        for symbol in own:
            if symbol and not symbol[-1].isalpha():
                found.setdefault(symbol, set()).add(one.code)
    return {symbol: next(iter(codes)) for symbol, codes in found.items() if len(codes) == 1}


@lru_cache(maxsize=256)
def owner(symbol: str) -> str | None:
    """The code of the one currency in the world whose symbol this is: EUR for the euro's."""
    codes = [code for code, own in _ENGLISH.currency_symbols.items() if own == symbol and currency(code) is not None]
    return codes[0] if len(codes) == 1 else None


def shown_price(code: str, amount: str, suffix: str = "") -> str:
    """Write an amount as help texts do: `$95.00/h`, or `95.00 SEK/h` where there is no symbol."""
    symbol = _symbol(code)
    return f"{amount} {code}{suffix}" if symbol[-1].isalpha() else f"{symbol}{amount}{suffix}"


def _symbol(code: str) -> str:
    return str(_ENGLISH.currency_symbols.get(code, code))
