"""Conditions on money where a ruleset lists several currencies: one for each, of which a contract's own counts.

A contract's amounts are all in its currency, so that within one contract an amount is a plain number again.
`in_currency` gives the ruleset as contracts in one currency have it: the same rows under the same names and numbers,
each condition and domain the one for that currency. Programs, trials and exact checks all work on such a ruleset, and
nothing behind them knows of currencies.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NoReturn

from engine.formulas import Value
from engine.model import Condition, Input, Ruleset, Span, Table, Taxes


class UnknownCurrencyError(Exception):
    """A condition was asked that says another amount in each currency, before the currency was told."""

    def __init__(self) -> None:
        super().__init__("a condition on money in several currencies is asked through `in_currency` only")


@dataclass(frozen=True, slots=True)
class ConditionByCurrency(Condition):
    """A cell that says the same condition in each currency, with amounts of its own; by code, in the order listed."""

    by_currency: tuple[tuple[str, Condition], ...] = ()

    def holds(self, value: Value) -> NoReturn:  # noqa: ARG002 - as the class above has it
        """Not to be asked.

        Raises:
            UnknownCurrencyError: always.
        """
        raise UnknownCurrencyError


@dataclass(frozen=True, slots=True)
class SpanByCurrency(Span):
    """The declared values of an input of money, a span in each currency."""

    by_currency: tuple[tuple[str, Span], ...] = ()

    def holds(self, value: Value) -> NoReturn:  # noqa: ARG002 - as the class above has it
        """Not to be asked.

        Raises:
            UnknownCurrencyError: always.
        """
        raise UnknownCurrencyError


def codes_of(condition: Condition) -> frozenset[str]:
    """The currencies that a condition says amounts in; none for one that holds alike in all."""
    if not isinstance(condition, ConditionByCurrency):
        return frozenset()
    return frozenset(code for code, _ in condition.by_currency)


def condition_in(condition: Condition, code: str) -> Condition:
    """A condition for contracts in one currency."""
    if not isinstance(condition, ConditionByCurrency):
        return condition
    return dict(condition.by_currency)[code]


def input_in(of: Input, code: str) -> Input:
    """An input with the values that it can have in one currency."""
    domain = of.domain
    return replace(of, domain=dict(domain.by_currency)[code]) if isinstance(domain, SpanByCurrency) else of


def table_in(table: Table, code: str) -> Table:
    """A table as contracts in one currency are decided by it."""
    if not differs(row.conditions for row in table.rows):
        return table
    return replace(table, rows=tuple([replace(row, conditions=_all_in(row.conditions, code)) for row in table.rows]))


def differs(rows: Iterable[Iterable[Condition]]) -> bool:
    """Whether some condition of some rows is another one in each currency."""
    return any(isinstance(condition, ConditionByCurrency) for conditions in rows for condition in conditions)


def in_currency(ruleset: Ruleset, code: str) -> Ruleset:
    """The ruleset as contracts in one of its currencies have it; those in no currency of it have its first."""
    if len(ruleset.currencies) < 2 or not ruleset.counts_money:
        return ruleset
    said = ruleset.said_in(code)
    return replace(
        ruleset,
        inputs={name: input_in(of, said) for name, of in ruleset.inputs.items()},
        tables={name: table_in(table, said) for name, table in ruleset.tables.items()},
        taxes=_taxes_in(ruleset.taxes, said) if ruleset.taxes is not None else None,
    )


def _taxes_in(taxes: Taxes, code: str) -> Taxes:
    if not differs(row.conditions for row in taxes.rows):
        return taxes
    return replace(taxes, rows=tuple([replace(row, conditions=_all_in(row.conditions, code)) for row in taxes.rows]))


def _all_in(conditions: Iterable[Condition], code: str) -> tuple[Condition, ...]:
    return tuple([condition_in(condition, code) for condition in conditions])
