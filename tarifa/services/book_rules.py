"""The rules of the books that one query each can check: what is on record about money agrees with itself.

Each query is one pass over its table, with look-ups by key: its time grows with the rows, its memory does not.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_FAULTS = 100
"""Faults told of one rule; of more, only that there are."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule about every row of a table.

    `counted` is a query of how many `rows` it is about; `wrong` one of the `key`, what is `stored` and what is
    `expected` of those that break it.
    """

    name: str
    table: str
    counted: str
    wrong: str


def _equal(name: str, table: str, key: str, *, stored: str, expected: str, joined: str = "") -> Rule:
    """Two expressions are equal in every row `t`."""
    both = f"SELECT {key} AS key, {stored} AS stored, {expected} AS expected FROM {table} t {joined}"
    wrong = f"SELECT * FROM ({both}) AS rows WHERE stored <> expected ORDER BY key LIMIT {MOST_FAULTS + 1}"
    return Rule(name, table, f"SELECT count(*) AS rows FROM {table}", wrong)


def _holds(name: str, table: str, key: str, *, condition: str, otherwise: str, expected: str) -> Rule:
    """A condition holds of every row `t`; the other two are the words for what it is else, and for what it should be."""
    stored = f"CASE WHEN {condition} THEN '{expected}' ELSE '{otherwise}' END"
    return _equal(name, table, key, stored=stored, expected=f"'{expected}'")


def _sum(table: str, column: str, condition: str) -> str:
    return f"COALESCE((SELECT sum(x.{column}) FROM {table} x WHERE {condition}), 0)"


_CONTRACT = "(SELECT c.number FROM contracts c WHERE c.id = t.contract_id)"
_SETTLEMENT = f"{_CONTRACT} || ' settlement ' || t.n"
_ITEM = f"{_CONTRACT} || ' ' || t.item_key || ' settlement ' || t.settlement_n"
_LINE = "(SELECT d.number FROM documents d WHERE d.id = t.document_id) || ' line ' || t.pos"
_WITH_ITEM = "JOIN items i ON i.settlement_id = t.settlement_id AND i.item_key = t.item_key AND t.manual_reason IS NULL"
_CLOSING = f"{_CONTRACT} || ' cycle ' || t.cycle_no || ' settlement ' || t.settlement_n"
_UNDER_ITS_KEY = "OVER (PARTITION BY t.contract_id, t.item_key ORDER BY t.settlement_n)"

_DOCUMENTS = (
    _equal(
        "a document's net is the sum of its lines",
        "documents",
        "t.number",
        stored="t.net",
        expected=_sum("lines", "net", "x.document_id = t.id"),
    ),
    _equal(
        "a document's tax is the sum of its tax groups",
        "documents",
        "t.number",
        stored="t.tax",
        expected=_sum("tax_groups", "tax", "x.document_id = t.id"),
    ),
    _equal(
        "a document's tax is what it adds to tax pools",
        "documents",
        "t.number",
        stored="t.tax",
        expected=_sum("tax_pools", "tax", "x.document_id = t.id"),
    ),
    _equal(
        "a document's total is its net and its tax",
        "documents",
        "t.number",
        stored="t.total",
        expected="t.net + t.tax",
    ),
    _equal(
        "a document below zero is a credit note, any other an invoice",
        "documents",
        "t.number",
        stored="t.kind",
        expected="CASE WHEN t.total < 0 THEN 'credit note' ELSE 'invoice' END",
    ),
    _equal(
        "a document has one settlement, or was given by hand",
        "documents",
        "t.number",
        stored="(SELECT count(*) FROM settlements s WHERE s.document_id = t.id)"
        " + (SELECT count(*) FROM credit_notes g WHERE g.document_id = t.id)",
        expected="1",
    ),
    Rule(
        "the numbers of a series have no gap, but for those that were lost and confirmed",
        "documents",
        "SELECT count(*) AS rows FROM documents",
        "SELECT * FROM (SELECT t.number AS key, t.ordinal AS stored, 1 + t.before + COALESCE("
        "(SELECT sum(c.last - c.was_next + 1) FROM confirmed_numbers c WHERE c.series_id = t.series_id"
        " AND c.was_next > t.before AND c.last < t.ordinal), 0) AS expected FROM (SELECT d.number, d.ordinal, d.series_id,"
        " COALESCE(lag(d.ordinal) OVER (PARTITION BY d.series_id ORDER BY d.ordinal), 0) AS before FROM documents d) AS t)"
        f" AS rows WHERE stored <> expected ORDER BY key LIMIT {MOST_FAULTS + 1}",
    ),
    _equal(
        "a series goes on after its last number",
        "series",
        "t.prefix",
        stored="t.next",
        expected="1 + COALESCE((SELECT max(given.last) FROM (SELECT d.ordinal AS last FROM documents d"
        " WHERE d.series_id = t.id UNION ALL SELECT c.last FROM confirmed_numbers c WHERE c.series_id = t.id) AS given), 0)",
    ),
)

_LINES = (
    _equal(
        "a line's net is its amount less what is taken off",
        "lines",
        _LINE,
        stored="t.net",
        expected="t.amount - t.discount - t.off_by_share - t.off_fixed - t.tax_included",
    ),
    _equal(
        "a line's amount is what its item adds",
        "lines",
        _LINE,
        stored="t.amount",
        expected="i.delta_amount",
        joined=_WITH_ITEM,
    ),
    _equal(
        "a line's discount is what its item adds",
        "lines",
        _LINE,
        stored="t.discount",
        expected="i.delta_discount",
        joined=_WITH_ITEM,
    ),
    _equal(
        "an item's amount is the sum of what was billed under its key",
        "items",
        _ITEM,
        stored="t.amount",
        expected=f"sum(t.delta_amount) {_UNDER_ITS_KEY}",
    ),
    _equal(
        "an item's discount is the sum of what was billed under its key",
        "items",
        _ITEM,
        stored="t.discount",
        expected=f"sum(t.delta_discount) {_UNDER_ITS_KEY}",
    ),
)

_SETTLEMENTS = (
    _equal(
        "a settlement's document has a line for each of its items",
        "settlements",
        _SETTLEMENT,
        stored="(SELECT count(*) FROM lines l WHERE l.document_id = t.document_id AND l.settlement_id = t.id"
        " AND l.manual_reason IS NULL)",
        expected="CASE WHEN t.document_id IS NULL THEN 0"
        " ELSE (SELECT count(*) FROM items i WHERE i.settlement_id = t.id) END",
    ),
    _holds(
        "a settlement that charges or gives back has a document",
        "settlements",
        _SETTLEMENT,
        condition="t.document_id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM items i WHERE i.settlement_id = t.id"
        " AND (i.delta_amount <> 0 OR i.delta_discount <> 0))",
        otherwise="items, but no document",
        expected="a document",
    ),
    _equal(
        "a settlement follows the one before",
        "settlements",
        _SETTLEMENT,
        stored="t.n",
        expected="1 + COALESCE(lag(t.n) OVER (PARTITION BY t.contract_id ORDER BY t.n), 0)",
    ),
    _holds(
        "a settlement meets an obligation of its boundary",
        "settlements",
        _SETTLEMENT,
        condition="EXISTS (SELECT 1 FROM obligations o WHERE o.contract_id = t.contract_id"
        " AND o.boundary_no = t.boundary_no AND o.settlement_id = t.id)",
        otherwise="none",
        expected="an obligation",
    ),
    _holds(
        "an obligation has the settlement that met it",
        "obligations",
        f"{_CONTRACT} || ' boundary ' || t.boundary_no || ' ' || t.part",
        condition="EXISTS (SELECT 1 FROM settlements s WHERE s.id = t.settlement_id"
        " AND s.contract_id = t.contract_id AND s.boundary_no = t.boundary_no)",
        otherwise="none",
        expected="a settlement",
    ),
    _equal(
        "a contract stands at its last settlement",
        "heads",
        _CONTRACT,
        stored="t.settlement_n",
        expected="COALESCE((SELECT max(s.n) FROM settlements s WHERE s.contract_id = t.contract_id), 0)",
    ),
    _equal(
        "a contract stands at the last boundary that has an obligation",
        "heads",
        _CONTRACT,
        stored="t.billed_through",
        expected="COALESCE((SELECT max(o.boundary_no) FROM obligations o WHERE o.contract_id = t.contract_id),"
        " t.billed_through)",
    ),
    _holds(
        "no contract is ahead of its account or of policy",
        "heads",
        _CONTRACT,
        condition="t.account_seq <= (SELECT a.seq FROM contracts k JOIN accounts a ON a.id = k.account_id"
        " WHERE k.id = t.contract_id) AND t.policy_seq <= (SELECT p.seq FROM policy_clock p)",
        otherwise="ahead",
        expected="not ahead",
    ),
    _holds(
        "a cycle that is closed has an obligation for its arrears",
        "closings",
        _CLOSING,
        condition="EXISTS (SELECT 1 FROM obligations o WHERE o.contract_id = t.contract_id"
        " AND o.boundary_no = t.cycle_no + 1 AND o.part = 'arrears')",
        otherwise="none",
        expected="an obligation",
    ),
    _holds(
        "no closing has less than nothing",
        "closings",
        _CLOSING,
        condition="t.carried_in >= 0 AND t.brought_over >= 0 AND t.granted >= 0 AND t.topped_up >= 0 AND t.drawn >= 0"
        " AND t.overage >= 0 AND t.remaining >= 0 AND t.carried_out >= 0",
        otherwise="below zero",
        expected="zero or more",
    ),
)

RULES = _DOCUMENTS + _LINES + _SETTLEMENTS
