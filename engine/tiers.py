"""Tiers: the price of what is beyond the allowance, by how much of it there is in the cycle (hit graduated, volume).

Tiers are the one kind of span that includes its end: the first 10 hours are `..10 h`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.formulas import Value
from engine.model import Hit, RowName, Span
from engine.tables import CompiledTable

OVERAGE = "overage"
"""The input that tiers are spans of: minutes, or requests, beyond the allowance in the cycle."""


@dataclass(frozen=True, slots=True)
class Tier:
    """How much lies in a tier, and the price of an hour (or request) in it."""

    row: RowName
    amount: int
    price: Fraction


@dataclass(frozen=True, slots=True, eq=False)
class Tiers:
    """A table of tiers and the outcome that is their price."""

    table: CompiledTable
    outcome: int

    def divide(
        self, overage: int, values: Mapping[str, Value], *, after: int = 0, total: int | None = None
    ) -> tuple[Tier, ...] | None:
        """Divide what is beyond the allowance among the tiers; None where some of it lies in none, or has no price.

        Where other tiers price other parts of it, `after` is what lies before this part, and `total` all of it.
        """
        if self.table.table.hit is Hit.VOLUME:
            return self._volume(overage, values, total if total is not None else after + overage)
        return self._graduated(after + overage, values, reached=after)

    def _volume(self, overage: int, values: Mapping[str, Value], total: int) -> tuple[Tier, ...] | None:
        known = {**values, OVERAGE: Fraction(total)}
        row = self.table.first(known)
        price = self.table.value(row, self.outcome, known, []) if row >= 0 else None
        return (Tier(self.table.rows[row], overage, price),) if isinstance(price, Fraction) else None

    def _graduated(self, overage: int, values: Mapping[str, Value], *, reached: int) -> tuple[Tier, ...] | None:
        found: list[Tier] = []
        for row in self._rows(values):
            high = min(overage, self._high(row, overage))
            if high <= reached:
                continue
            price = self.table.value(row, self.outcome, {**values, OVERAGE: Fraction(high)}, [])
            if not isinstance(price, Fraction):
                return None
            found.append(Tier(self.table.rows[row], high - reached, price))
            reached = high
        return tuple(found) if reached == overage else None

    def _rows(self, values: Mapping[str, Value]) -> Sequence[int]:
        """The rows that fit but for the overage, in order of where they end."""
        names = self.table.table.inputs
        fitting = [
            row
            for row, of in enumerate(self.table.table.rows)
            if all(
                condition.holds(values.get(name))
                for name, condition in zip(names, of.conditions, strict=True)
                if name != OVERAGE
            )
        ]
        return sorted(fitting, key=lambda row: (self._span(row).high is None, self._span(row).high or 0, row))

    def _span(self, row: int) -> Span:
        conditions = dict(zip(self.table.table.inputs, self.table.table.rows[row].conditions, strict=True))
        spans = conditions[OVERAGE].spans if OVERAGE in conditions else ()
        return spans[0] if spans else Span(None, None)

    def _high(self, row: int, overage: int) -> int:
        high = self._span(row).high
        return int(high) if isinstance(high, Fraction) else overage
