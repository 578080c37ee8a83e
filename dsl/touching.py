"""Findings with the work that they touch: counted, put in the order of the money, and said in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from dsl.amounts import shown
from dsl.diagnostics import Diagnostic
from engine.formulas import Unit
from engine.money import Currency, decimal_text
from engine.touched import Entry, Touched, touched


def with_work(diagnostics: Sequence[Diagnostic], entries: Iterable[Entry]) -> tuple[Diagnostic, ...]:
    """Findings with what each touches of some entries, those that touch the most money first.

    Errors stay before warnings. Amounts in several currencies are compared by the currency that most of the findings
    have, then by the next: nothing is converted.
    """
    found = touched([one.concern for one in diagnostics], entries)
    told = [
        replace(one, touched=touches) if touches is not None else one
        for one, touches in zip(diagnostics, found, strict=True)
    ]
    codes = [currency.code for touches in found if touches is not None for currency, _ in touches.amounts]
    order = sorted(set(codes), key=lambda code: (-codes.count(code), code))
    return tuple(sorted(told, key=lambda one: _rank(one, order)))


def _rank(diagnostic: Diagnostic, order: Sequence[str]) -> tuple[object, ...]:
    touches = diagnostic.touched or Touched()
    by_code = {currency.code: net for currency, net in touches.amounts}
    money = tuple(-abs(by_code.get(code, 0)) for code in order)
    return (not diagnostic.is_error, *money, -touches.waiting, -touches.worklogs, diagnostic.touched is None)


def words_of(touches: Touched) -> str:
    """What a finding touches, for people: `12 worklogs (18 h 30 min), 3 of which wait; 1,234.00 USD`."""
    parts = [_count(touches.worklogs, "worklog")]
    if touches.minutes:
        parts[0] += f" ({shown(Fraction(touches.minutes), Unit.DURATION, ())})"
    if touches.waiting:
        waits = "waits" if touches.waiting == 1 else "wait"
        parts[0] += f", {touches.waiting} of which {waits} without a price"
    if touches.others:
        parts.append(_count(touches.others, "other line"))
    amounts = [_money(currency, net) for currency, net in touches.amounts]
    if not touches.worklogs and not touches.others:
        return "no work so far"
    return f"{' and '.join(parts)}; {' and '.join(amounts) if amounts else 'nothing charged'}"


def _money(currency: Currency, net: int) -> str:
    text = decimal_text(abs(net), currency.digits)
    whole, point, rest = text.partition(".")
    return f"{'-' if net < 0 else ''}{int(whole):,}{point}{rest} {currency.code}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
