"""A rule of the books that one query can check, and ways to write one.

Each query is one pass over its table, with look-ups by key: its time grows with the rows, its memory does not.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_FAULTS = 100
"""Faults told of one rule; of more, only that there are."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule about every row of a table.

    `code` is stable and kebab-case. `counted` is a query of how many `rows` it is about; `wrong` one of the `key`, what is
    `stored` and what is `expected` of those that break it.
    """

    code: str
    name: str
    table: str
    counted: str
    wrong: str


def rule(code: str, name: str, table: str, *, wrong: str) -> Rule:
    """A rule whose query of `key`, `stored` and `expected` is written out; those that differ break it."""
    differing = f"SELECT * FROM ({wrong}) AS rows WHERE stored <> expected ORDER BY key LIMIT {MOST_FAULTS + 1}"
    return Rule(code, name, table, f"SELECT count(*) AS rows FROM {table}", differing)


def equal(code: str, name: str, table: str, key: str, *, stored: str, expected: str, joined: str = "") -> Rule:
    """Two expressions are equal in every row `t`."""
    return rule(
        code,
        name,
        table,
        wrong=f"SELECT {key} AS key, {stored} AS stored, {expected} AS expected FROM {table} t {joined}",
    )


def holds(code: str, name: str, table: str, key: str, *, condition: str, otherwise: str, expected: str) -> Rule:
    """A condition holds of every row `t`; the other two are the words for what it is else, and for what it should be."""
    stored = f"CASE WHEN {condition} THEN '{expected}' ELSE '{otherwise}' END"
    return equal(code, name, table, key, stored=stored, expected=f"'{expected}'")


def total(table: str, column: str, condition: str) -> str:
    """The sum of a column over the rows `x` of a table that fit a condition; 0 where there are none."""
    return f"COALESCE((SELECT sum(x.{column}) FROM {table} x WHERE {condition}), 0)"
