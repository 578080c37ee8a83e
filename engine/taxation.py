"""Taxes on the lines of a document: each rounded once over the lines that it is on, and no cent lost (D7.2).

Lines whose taxes are reckoned together make a **pool**. What a document adds to a pool is what the tax on all that
was ever in it comes to, less what was taxed before: so corrections on documents of their own add up to the tax that
one document would have had, and a full reversal to none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.items import LineRef, Taxed, TaxKey, TaxMethod
from engine.model import PricesHold
from engine.money import rounded, split


@dataclass(frozen=True, slots=True)
class Taxable:
    """A line before tax: what it comes to as its prices say it, in minor units, and the taxes on that.

    `corrects` is the line that it was first billed on; None for a line that corrects nothing.
    """

    position: int
    amount: int
    taxes: tuple[Taxed, ...]
    corrects: LineRef | None = None


@dataclass(frozen=True, slots=True)
class Pool:
    """Lines that are taxed together.

    Attributes:
        document: Where they were first billed; None for the document that is being made.
        position: Of the line, where each is taxed by itself; else 0.
        taxes: Where prices are without tax: the tax, and before it those that it is a tax on, too. Else all of a line.
    """

    document: str | None
    position: int
    taxes: tuple[TaxKey, ...]
    method: TaxMethod


@dataclass(frozen=True, slots=True)
class PoolSum:
    """What lay in a pool, and the taxes on it, in minor units: of the last tax alone where prices are without tax."""

    amount: int
    taxes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """All lines of one code and rate: what is taxed, and the tax on it."""

    code: str
    rate: Fraction
    category: str
    text: str
    base: int
    tax: int


@dataclass(frozen=True, slots=True)
class Taxation:
    """The taxes of a document: per line what of it is tax, the groups, and what it adds to each pool."""

    included: tuple[int, ...]
    groups: tuple[TaxGroup, ...]
    added: tuple[tuple[Pool, PoolSum], ...]

    @property
    def tax(self) -> int:
        """All taxes, in minor units."""
        return sum(group.tax for group in self.groups)


def tax(lines: Sequence[Taxable], before: Mapping[Pool, PoolSum]) -> Taxation:
    """Tax the lines of a document; `before` says what is in the pools of the documents that it corrects."""
    members: dict[Pool, list[int]] = {}
    for at, line in enumerate(lines):
        for pool in _pools(line):
            members.setdefault(pool, []).append(at)
    included = [0] * len(lines)
    sums: dict[tuple[str, Fraction], list[int]] = {}
    added: list[tuple[Pool, PoolSum]] = []
    for pool, of in members.items():
        amounts = [lines[at].amount for at in of]
        past = before.get(pool, PoolSum(0, ()))
        taxes = _added(pool, past, sum(amounts))
        added.append((pool, PoolSum(sum(amounts), taxes)))
        for key, base, amount in _bases(pool, past.amount, sum(amounts), taxes):
            group = sums.setdefault((key.code, key.rate), [0, 0])
            group[0] += base
            group[1] += amount
        if pool.method.prices is not PricesHold.NO_TAX:
            for at, part in zip(of, split(sum(taxes), _exact(pool, amounts)), strict=True):
                included[at] = part
    return Taxation(tuple(included), _groups(lines, sums), tuple(added))


def _pools(line: Taxable) -> Iterable[Pool]:
    document = line.corrects.document if line.corrects is not None else None
    place = line.corrects.position if line.corrects is not None else line.position
    keys = tuple(tax.key for tax in line.taxes)
    for at, one in enumerate(line.taxes):
        is_last = at == len(keys) - 1
        position = place if one.method.per_line else 0
        if one.method.prices is PricesHold.NO_TAX:
            yield Pool(document, position, keys[: at + 1] if one.compound else keys[at : at + 1], one.method)
        elif is_last:
            yield Pool(document, position, keys, one.method)


def _added(pool: Pool, past: PoolSum, amount: int) -> tuple[int, ...]:
    after = taxes_on(pool.taxes, pool.method, past.amount + amount)
    if pool.method.prices is PricesHold.NO_TAX:
        after = after[-1:]
    return tuple(now - was for now, was in zip(after, past.taxes or [0] * len(after), strict=True))


def taxes_on(keys: Sequence[TaxKey], method: TaxMethod, amount: int) -> tuple[int, ...]:
    """The taxes on an amount in minor units, one for each key, as prices hold them and roundings say."""
    if method.prices is PricesHold.NO_TAX:
        taxes: list[int] = []
        for key in keys:
            taxes.append(rounded((amount + sum(taxes) * key.compound) * key.rate, method.rounding))
        return tuple(taxes)
    rates = _effective(keys)
    whole = 1 + sum(rates, Fraction(0))
    parts = [amount * rate / whole for rate in rates]
    if method.prices is PricesHold.ROUNDED_TAX:
        return tuple(rounded(part, method.rounding) for part in parts)
    net = rounded(amount / whole, method.rounding)
    return split(amount - net, parts)


def _effective(keys: Sequence[TaxKey]) -> list[Fraction]:
    """What each tax is of the net, those that are on others, too, with what these add."""
    rates: list[Fraction] = []
    for key in keys:
        rates.append(key.rate * (1 + sum(rates, Fraction(0)) * key.compound))
    return rates


def _bases(pool: Pool, past: int, amount: int, taxes: tuple[int, ...]) -> Iterable[tuple[TaxKey, int, int]]:
    """Of each tax that the pool charges: what it is a tax on, and the tax."""
    if pool.method.prices is PricesHold.NO_TAX:
        below = sum(taxes_on(pool.taxes[:-1], pool.method, past + amount))
        below -= sum(taxes_on(pool.taxes[:-1], pool.method, past))
        return [(pool.taxes[-1], amount + below, taxes[0])]
    net = amount - sum(taxes)
    return [(key, net + sum(taxes[:at]) * key.compound, taxes[at]) for at, key in enumerate(pool.taxes)]


def _exact(pool: Pool, amounts: Sequence[int]) -> list[Fraction]:
    """What of each amount is tax, before anything is rounded."""
    whole = sum(_effective(pool.taxes), Fraction(0))
    return [amount * whole / (1 + whole) for amount in amounts]


def _groups(lines: Sequence[Taxable], sums: Mapping[tuple[str, Fraction], Sequence[int]]) -> tuple[TaxGroup, ...]:
    """In order of lines; of rows that share a code and a rate the first names the category and the text."""
    first: dict[tuple[str, Fraction], Taxed] = {}
    for line in lines:
        for tax in line.taxes:
            first.setdefault((tax.code, tax.rate), tax)
    return tuple(TaxGroup(tax.code, tax.rate, tax.category, tax.text, *sums[of]) for of, tax in first.items())
