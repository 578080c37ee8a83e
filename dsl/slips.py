"""What was meant by a cell that cannot be read: slips of the hand, and habits of spreadsheets and other languages.

A slip is turned back by rewriting the cell's text, `High+` to `>= High`, and a rewriting is told only where the reader
of that very cell takes it without a word: what a message offers is right wherever it is pasted. A rewriting may so
be as bold as it likes, and knows nothing of what the names in the cell mean.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from dsl.currencies import shown_price
from dsl.diagnostics import Problem
from engine.formulas import Unit
from engine.money import Currency

Rewriting = Callable[[str], str]

MOST = 48
"""Texts that are tried for one cell."""
LONGEST = 200
"""Characters; what is longer is no slip of the hand."""
_TYPED = str.maketrans("“”„‟‘’‚‛«»‹›\u00ad\u200b\u200c\u200d\u2060\ufeff", '"' * 4 + "'" * 4 + '""' + "''" + " " * 6)
_DASHES = "\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{FIGURE DASH}\N{EN DASH}\N{EM DASH}\N{HORIZONTAL BAR}\N{MINUS SIGN}"
_MENDED = frozenset({"syntax", "unknown-name", "unknown-value", "wrong-type", "wrong-unit"})


def meant(problem: Problem, text: str, read: Callable[[str], object], rewritings: Sequence[Rewriting]) -> Problem:
    """The problem with a cell, and what was probably meant where some rewriting of its text can be read.

    Args:
        problem: What is wrong with the text as it is.
        text: The cell.
        read: Reads a cell like it; gives a `Problem`, or None, for one that is wrong too.
        rewritings: Each tried alone, then with each of those behind it.
    """
    if problem.code not in _MENDED or len(text) > LONGEST:
        return problem
    for candidate in _candidates(text, rewritings):
        if not isinstance(read(candidate), Problem | None):
            return replace(problem, at=(0, len(text)), label=f"did you mean `{candidate}`?", help=(), mend=candidate)
    return problem


def _candidates(text: str, rewritings: Sequence[Rewriting]) -> Iterator[str]:
    plain = _plain(text)
    tried = {text}
    once = [(at, rewriting(plain)) for at, rewriting in enumerate(rewritings)]
    twice = (rewriting(one) for at, one in once if one != plain for rewriting in rewritings[at + 1 :])
    for candidate in (plain, *(one for _, one in once), *twice):
        found = " ".join(candidate.split())
        if found and found not in tried and len(tried) <= MOST:
            tried.add(found)
            yield found


def _plain(text: str) -> str:
    """Without what word processors put in place of plain signs: curly quotes, invisible and full-width characters."""
    return unicodedata.normalize("NFKC", "".join(text.translate(_TYPED).replace("…", "..").split("\x00")))


def _sub(pattern: str, by: str | Callable[[re.Match[str]], str]) -> Rewriting:
    found = re.compile(pattern, re.IGNORECASE)
    return lambda text: found.sub(by, text)


# conditions

_UNQUOTED = _sub(r"""['"]""", "")
_JOINED = _sub(r"\s*(?:;|/|&|\||,+|\band\b|\bor\b|\bund\b|\be\b|\bou\b)\s*", ", ")
_NO_LOOSE_COMMA = _sub(r"^(?:\s*,)+\s*|(?:\s*,)+\s*$|,(?=\s*,)", "")
_SPANNED = _sub(rf"\s*(?:-|[{_DASHES}]|\.{{2,}}|\bto\b|\buntil\b|\bthrough\b|\btill\b)\s*", "..")
_BLANKS_ARE_COMMAS = _sub(r"(?<=\w)\s+(?=\w)", ", ")


def _anything(text: str) -> str:
    words = {"any", "all", "every", "anything", "everything", "*", "--", "---", "n/a", *_DASHES}
    return "-" if text.strip("\"' ").casefold() in words else text


def _turned(text: str) -> str:
    """A span with its ends the other way round."""
    low, dots, high = text.partition("..")
    return f"{high.strip()}..{low.strip()}" if dots and low.strip() and high.strip() else text


_COMPARED = (
    _sub(r"^\s*(?:=>|≥|at least|from|min\.?)\s*(?=\S)", ">= "),
    _sub(r"^\s*(?:=<|≤|at most|up to|max\.?)\s*(?=\S)", "<= "),
    _sub(r"^\s*(?:over|above|more than|after)\s+", "> "),
    _sub(r"^\s*(?:under|below|less than|before)\s+", "< "),
    _sub(r"^\s*(.+?)\s*(?:\+|(?:or|and) (?:more|higher|above|over|up|later))\s*$", r">= \1"),
    _sub(r"^\s*(.+?)\s*(?:or|and) (?:less|lower|below|under|earlier)\s*$", r"<= \1"),
    _sub(r"^\s*(?:==?)\s*", ""),
)
_NEGATED = (_sub(r"^\s*(?:(?:!=|<>|≠|!|¬)\s*|(?:except|without|other than|no|nto|nor|non|is not)\s+)(?=\S)", "not "),)

# amounts and formulas

_DECIMAL_COMMA = _sub(
    r"(?<![\d.,])(\d{1,3}(?:[.' ]?\d{3})*),(\d{1,2})(?![\d,.])", lambda m: _grouped(m[1], decimals=m[2])
)
_REGROUPED = _sub(r"(?<![\d.])(\d[\d,' ]*[,' ][\d,' ]*\d)(?:\.(\d+))?", lambda m: _grouped(m[1], decimals=m[2] or ""))
_CURRENCY_BEHIND = (
    _sub(r"\b([A-Z]{3})\s*([\d.,]*\d)(?=\s*/|\s*$)", r"\2 \1"),
    _sub(r"([\d.,]*\d)\s*([$€£¥₹]|R\$)", r"\2\1"),
    _sub(r"([\d.,]*\d)\s*(/\s*\w+)\s*([$€£¥₹]|R\$)", r"\3\1\2"),
    _sub(r"([\d.,]*\d)\s*(/\s*\w+)\s+([A-Z]{3})\b", r"\1 \3\2"),
    _sub(r"([$€£¥₹]|R\$)\s+(?=\d)", r"\1"),
)
_PER = (
    _sub(r"\s*(?:/|\bper\b|\ban?\b)\s*(?:hours?|hrs?|std|h)\b\.?", "/h"),
    _sub(r"\s*(?:/|\bper\b|\ba\b)\s*(?:requests?|tickets?|incidents?|cases?|calls?)\b", "/request"),
)
_UNITS = (
    _sub(r"(?<=\d)\s*(?:hours?|hrs?|std)\b\.?", " h"),
    _sub(r"(?<=\d)\s*(?:minutes?|mins?|m|')(?!\w)\.?", " min"),
    _sub(r"(?<=\d)\s*(?:tickets?|incidents?|cases?)\b", " requests"),
    _sub(
        r"(?<![\d.:])(\d{1,2}):([0-5]\d)(?![\d:])", lambda m: f"{int(m[1]) * 60 + int(m[2])} min"
    ),
    _sub(r"(?<=\d)\s*(?:percent|pct|per cent|prozent)\b\.?", "%"),
)  # fmt: skip
_OPERATORS = (
    _sub(r"^\s*=\s*", ""),
    _sub(r"\s*(?:[×·∙⋅]|\*{2,}|(?<=[\s\d%])[xX](?=\s|\d)|\bof\b|\btimes\b)\s*", " * "),
    _sub(r"\s*[÷:]\s*", " / "),
    _sub(rf"\s*[-{_DASHES}]\s*", " - "),
    _sub(r"\+\s*(\d+(?:\.\d+)?)\s*%\s*$", lambda m: f"* {_percent(m[1], 1)}%"),
    _sub(r"-\s*(\d+(?:\.\d+)?)\s*%\s*$", lambda m: f"* {_percent(m[1], -1)}%"),
)


def _grouped(digits: str, *, decimals: str) -> str:
    """A number as the language writes it: thousands in groups, decimals after a point."""
    whole = f"{int(re.sub(r'[^0-9]', '', digits)):,}"
    return f"{whole}.{decimals.ljust(2, '0')}" if decimals else whole


def _percent(more: str, sign: int) -> str:
    whole, _, decimals = more.partition(".")
    scale = 10 ** len(decimals)
    shown, rest = divmod(100 * scale + sign * int(whole + decimals), scale)
    return f"{shown}.{str(rest).rjust(len(decimals), '0')}" if rest else str(shown)


def _nothing(text: str) -> str:
    return "-" if text.strip("\"' ").casefold() in {"none", "nothing", "n/a", "nil", "", *_DASHES} else text


def _of_unit(unit: Unit, currencies: Sequence[Currency]) -> tuple[Rewriting, ...]:
    """A bare number, or a price without its currency or its `/h`, made one of the unit that is wanted."""
    suffix = {Unit.MONEY: "", Unit.HOURLY: "/h", Unit.PER_REQUEST: "/request"}.get(unit)
    if suffix is not None and currencies:
        code, digits = currencies[0].code, currencies[0].digits

        def price(match: re.Match[str]) -> str:
            decimals = (match[2] or "").ljust(digits, "0")
            return shown_price(code, match[1] + (f".{decimals}" if decimals else ""), suffix)

        free = shown_price(code, "0." + "0" * digits if digits else "0", suffix)
        return (
            _sub(r"^\s*(?:free|gratis|no charge)\s*$", free),
            _sub(r"^\s*(\d[\d,]*)(?:\.(\d+))?\s*(?:/\s*\w+)?\s*$", price),
            _sub(r"^([^\s/+*-]*\d[\d.,]*(?:\s*[A-Za-z]{3})?)\s*(?:/\s*\w+)?\s*$", rf"\1{suffix}"),
        )
    return ()


def of_formulas(units: Sequence[Unit], currencies: Sequence[Currency]) -> tuple[Rewriting, ...]:
    """Rewritings of a formula.

    Args:
        units: What it may count; empty where anything will do.
        currencies: The ruleset's.
    """
    wanted = [rewriting for unit in units for rewriting in _of_unit(unit, currencies)]
    return (_nothing, _DECIMAL_COMMA, _REGROUPED, *_CURRENCY_BEHIND, *_PER, *_UNITS, *_OPERATORS, *wanted)


_COUNTED: Mapping[Unit, Callable[[int], str]] = {
    Unit.DURATION: lambda number: "h" if number <= _HOURS else "min",
    Unit.REQUESTS: lambda _: "requests",
    Unit.CYCLES: lambda _: "cycles",
}
_HOURS = 12
"""A bare number up to this, where a time is compared, is one of hours."""


def _of_each(unit: Unit, currencies: Sequence[Currency]) -> tuple[Rewriting, ...]:
    """The rewritings of a bare number, for every number in a condition."""

    def of(rewriting: Rewriting) -> Rewriting:
        return _sub(r"[^\s,.<>=](?:[^,.<>=]|\.(?=\d)|,(?=\d{3}\b))*", lambda m: rewriting(m[0].strip()))

    counted = _COUNTED.get(unit)
    if counted is not None:
        return (_sub(r"(?<![\d.:])(\d+)(?![\d.:]|\s*\w)", lambda m: f"{m[1]} {counted(int(m[1]))}"),)
    return tuple(of(rewriting) for rewriting in _of_unit(unit, currencies))


def of_conditions(
    unit: Unit | None = None, currencies: Sequence[Currency] = (), *, days: bool = False
) -> tuple[Rewriting, ...]:
    """Rewritings of a condition.

    Args:
        unit: What an input that counts counts.
        currencies: The ruleset's.
        days: Whether the input is a date.
    """
    words = (_anything, _UNQUOTED, *_COMPARED, *_NEGATED, _NO_LOOSE_COMMA)
    amounts = (_DECIMAL_COMMA, _REGROUPED, *_UNITS, *_of_each(unit, currencies)) if unit is not None else ()
    return (*words, *((as_day,) if days else ()), *amounts, _SPANNED, _turned, _JOINED, _BLANKS_ARE_COMMAS)


# days and times


def as_day(text: str) -> str:
    """Dates in other orders and with other signs, where it is plain which part is which."""
    text = re.sub(r"\b(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})\b", _year_first, text)
    text = re.sub(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b", lambda m: _iso(m[3], m[2], m[1]) or m[0], text)
    return re.sub(r"\b(\d{1,2})[-/](\d{1,2})[-/](\d{4})\b", _year_last, text)


def _year_first(match: re.Match[str]) -> str:
    year, month, day = match.groups()
    return _iso(year, month, day) or _iso(year, day, month) or match[0]


def _year_last(match: re.Match[str]) -> str:
    """Month first, or day first: only where not both can be."""
    first, second, year = match.groups()
    found = {one for one in (_iso(year, first, second), _iso(year, second, first)) if one}
    return found.pop() if len(found) == 1 else match[0]


def _iso(year: str, month: str, day: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


def _from_then_on(text: str) -> str:
    return f"{text.strip()}.." if re.fullmatch(r"\s*\d{4}-\d\d-\d\d\s*", text) else text


VALID: tuple[Rewriting, ...] = (
    as_day,
    _sub(r"^\s*(?:from|since|>=)\s*", ""),
    _sub(r"\s+(?:-|to|until|through|till)\s*|(?<=\d{4}-\d\d-\d\d)\s*-\s*", ".."),
    _from_then_on,
    _turned,
)
"""Of spans of days, such as `valid`."""

DAYS: tuple[Rewriting, ...] = (
    _anything,
    _sub(r"^\s*week-?ends?\s*$", "Sat, Sun"),
    _sub(r"^\s*(?:week|work|working|business)[- ]?days?\s*$", "Mon..Fri"),
    _sub(r"^\s*(?:every day|daily|always)\s*$", "-"),
    as_day,
    _sub(rf"(?<=[a-z])\s*(?:-|[{_DASHES}]|\.{{2,}}|\bto\b|\buntil\b|\bthrough\b)\s*(?=[a-z])", ".."),
    _JOINED,
    _BLANKS_ARE_COMMAS,
)
"""Of the days of a calendar."""


def _clock(match: re.Match[str]) -> str:
    """`5am`, `05.00`, `5h30`, `0500`, `25:00`: as the clock shows them; what runs past midnight is of the next day."""
    hours, minutes, half = int(match[1]), int(match[2] or 0), (match[3] or "").casefold()
    if half:
        hours = hours % 12 + (12 if half.startswith("p") else 0)
    return f"{hours % 24 if hours > 24 else hours:02}:{minutes:02}"


HOURS: tuple[Rewriting, ...] = (
    _anything,
    _sub(r"^\s*(?:all day|24 ?h|24/7|always)\s*$", "-"),
    _sub(rf"\s*(?:-|[{_DASHES}]|\.{{2,}}|\bto\b|\buntil\b|\btill\b)\s*", ".."),
    _sub(r"(?<![\d:])(\d{1,2})(?:[:.h]?([0-5]\d))?\s*([ap]\.?m\b|h(?!\w))?(?![\d:])", _clock),
    _JOINED,
)
"""Of the hours of a calendar."""
