"""The rules of the books about documents and settlements: what is on record agrees with itself.

Of payments, see `book_rules_money`.
"""

from __future__ import annotations

from tarifa.services.book_rule import MOST_FAULTS, Rule, equal, holds, total
from tarifa.services.book_rules_money import MONEY

_CONTRACT = "(SELECT c.number FROM contracts c WHERE c.id = t.contract_id)"
_SETTLEMENT = f"{_CONTRACT} || ' settlement ' || t.n"
_ITEM = f"{_CONTRACT} || ' ' || t.item_key || ' settlement ' || t.settlement_n"
_LINE = "(SELECT d.number FROM documents d WHERE d.id = t.document_id) || ' line ' || t.pos"
_WITH_ITEM = "JOIN items i ON i.settlement_id = t.settlement_id AND i.item_key = t.item_key AND t.manual_reason IS NULL"
_CLOSING = f"{_CONTRACT} || ' cycle ' || t.cycle_no || ' settlement ' || t.settlement_n"
_UNDER_ITS_KEY = "OVER (PARTITION BY t.contract_id, t.item_key ORDER BY t.settlement_n)"

_DOCUMENTS = (
    equal(
        "document-net",
        "a document's net is the sum of its lines",
        "documents",
        "t.number",
        stored="t.net",
        expected=total("lines", "net", "x.document_id = t.id"),
    ),
    equal(
        "document-tax",
        "a document's tax is the sum of its tax groups",
        "documents",
        "t.number",
        stored="t.tax",
        expected=total("tax_groups", "tax", "x.document_id = t.id"),
    ),
    equal(
        "document-tax-pools",
        "a document's tax is what it adds to tax pools",
        "documents",
        "t.number",
        stored="t.tax",
        expected=total("tax_pools", "tax", "x.document_id = t.id"),
    ),
    equal(
        "document-total",
        "a document's total is its net and its tax",
        "documents",
        "t.number",
        stored="t.total",
        expected="t.net + t.tax",
    ),
    equal(
        "document-kind",
        "a document below zero is a credit note, any other an invoice",
        "documents",
        "t.number",
        stored="t.kind",
        expected="CASE WHEN t.total < 0 THEN 'credit note' ELSE 'invoice' END",
    ),
    equal(
        "document-origin",
        "a document has one settlement for each contract on it, or was given by hand",
        "documents",
        "t.number",
        stored="(SELECT count(*) FROM settlements s WHERE s.document_id = t.id AND (s.contract_id = t.contract_id"
        " OR NOT EXISTS (SELECT 1 FROM group_documents o WHERE o.document_id = t.id)))"
        " + (SELECT count(*) FROM credit_notes g WHERE g.document_id = t.id)",
        expected="1",
    ),
    Rule(
        "number-gap",
        "the numbers of a series have no gap, but for those that were lost and confirmed",
        "documents",
        "SELECT count(*) AS rows FROM documents",
        "SELECT * FROM (SELECT t.number AS key, t.ordinal AS stored, 1 + t.before + COALESCE("
        "(SELECT sum(c.last - c.was_next + 1) FROM confirmed_numbers c WHERE c.series_id = t.series_id"
        " AND c.was_next > t.before AND c.last < t.ordinal), 0) AS expected FROM (SELECT d.number, d.ordinal, d.series_id,"
        " COALESCE(lag(d.ordinal) OVER (PARTITION BY d.series_id ORDER BY d.ordinal), (SELECT z.first - 1 FROM series z"
        " WHERE z.id = d.series_id)) AS before FROM documents d) AS t)"
        f" AS rows WHERE stored <> expected ORDER BY key LIMIT {MOST_FAULTS + 1}",
    ),
    equal(
        "group-documents",
        "a bill group has as many documents as its head says",
        "bill_group_heads",
        "t.group_key",
        stored="t.n",
        expected="(SELECT COALESCE(max(o.n), 0) FROM group_documents o WHERE o.group_key = t.group_key)",
    ),
    holds(
        "series-of-document",
        "a document is numbered in a series of its kind, of its seller or of all",
        "documents",
        "t.number",
        condition="EXISTS (SELECT 1 FROM series z WHERE z.id = t.series_id AND z.kind = t.kind"
        " AND (z.entity_key IS NULL OR z.entity_key = t.entity_key))",
        otherwise="another series",
        expected="its series",
    ),
    equal(
        "series-next",
        "a series goes on after its last number",
        "series",
        "t.prefix",
        stored="t.next",
        expected="1 + COALESCE((SELECT max(given.last) FROM (SELECT d.ordinal AS last FROM documents d"
        " WHERE d.series_id = t.id UNION ALL SELECT c.last FROM confirmed_numbers c WHERE c.series_id = t.id) AS given),"
        " t.first - 1)",
    ),
)

_LINES = (
    equal(
        "line-net",
        "a line's net is its amount less what is taken off",
        "lines",
        _LINE,
        stored="t.net",
        expected="t.amount - t.discount - t.off_by_share - t.off_fixed - t.tax_included",
    ),
    equal(
        "line-amount",
        "a line's amount is what its item adds",
        "lines",
        _LINE,
        stored="t.amount",
        expected="i.delta_amount",
        joined=_WITH_ITEM,
    ),
    equal(
        "line-discount",
        "a line's discount is what its item adds",
        "lines",
        _LINE,
        stored="t.discount",
        expected="i.delta_discount",
        joined=_WITH_ITEM,
    ),
    equal(
        "item-amount",
        "an item's amount is the sum of what was billed under its key",
        "items",
        _ITEM,
        stored="t.amount",
        expected=f"sum(t.delta_amount) {_UNDER_ITS_KEY}",
    ),
    equal(
        "item-discount",
        "an item's discount is the sum of what was billed under its key",
        "items",
        _ITEM,
        stored="t.discount",
        expected=f"sum(t.delta_discount) {_UNDER_ITS_KEY}",
    ),
)

_LEFT = total("lines", "net + x.tax_included", "x.corrects_document_id = t.document_id AND x.corrects_pos = t.pos")
_LINE_RULES = (
    holds(
        "line-below-zero",
        "a line with its corrections and all credit is not below zero",
        "lines",
        _LINE,
        condition=f"t.corrects_document_id IS NOT NULL OR t.net + t.tax_included + {_LEFT} >= 0"
        # Only what is priced below nothing may be so: a maximum, say.
        " OR EXISTS (SELECT 1 FROM items f JOIN items i ON i.contract_id = f.contract_id AND i.item_key = f.item_key"
        " WHERE f.settlement_id = t.settlement_id AND f.item_key = t.item_key AND i.amount - i.discount < 0"
        " AND NOT EXISTS (SELECT 1 FROM items n WHERE n.contract_id = i.contract_id AND n.item_key = i.item_key"
        " AND n.settlement_n > i.settlement_n))",
        otherwise="below zero",
        expected="zero or more",
    ),
)

_SETTLEMENTS = (
    equal(
        "settlement-lines",
        "a settlement's document has a line for each of its items",
        "settlements",
        _SETTLEMENT,
        stored="(SELECT count(*) FROM lines l WHERE l.document_id = t.document_id AND l.settlement_id = t.id"
        " AND l.manual_reason IS NULL)",
        expected="CASE WHEN t.document_id IS NULL THEN 0"
        " ELSE (SELECT count(*) FROM items i WHERE i.settlement_id = t.id) END",
    ),
    holds(
        "settlement-document",
        "a settlement that charges or gives back has a document",
        "settlements",
        _SETTLEMENT,
        condition="t.document_id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM items i WHERE i.settlement_id = t.id"
        " AND (i.delta_amount <> 0 OR i.delta_discount <> 0))",
        otherwise="items, but no document",
        expected="a document",
    ),
    equal(
        "settlement-gap",
        "a settlement follows the one before",
        "settlements",
        _SETTLEMENT,
        stored="t.n",
        expected="1 + COALESCE(lag(t.n) OVER (PARTITION BY t.contract_id ORDER BY t.n), 0)",
    ),
    holds(
        "settlement-obligation",
        "a settlement meets an obligation of its boundary",
        "settlements",
        _SETTLEMENT,
        condition="EXISTS (SELECT 1 FROM obligations o WHERE o.contract_id = t.contract_id"
        " AND o.boundary_no = t.boundary_no AND o.settlement_id = t.id)",
        otherwise="none",
        expected="an obligation",
    ),
    holds(
        "obligation-settlement",
        "an obligation has the settlement that met it",
        "obligations",
        f"{_CONTRACT} || ' boundary ' || t.boundary_no || ' ' || t.part",
        condition="EXISTS (SELECT 1 FROM settlements s WHERE s.id = t.settlement_id"
        " AND s.contract_id = t.contract_id AND s.boundary_no = t.boundary_no)",
        otherwise="none",
        expected="a settlement",
    ),
    equal(
        "head-settlement",
        "a contract stands at its last settlement",
        "heads",
        _CONTRACT,
        stored="t.settlement_n",
        expected="COALESCE((SELECT max(s.n) FROM settlements s WHERE s.contract_id = t.contract_id), 0)",
    ),
    equal(
        "head-boundary",
        "a contract stands at the last boundary that has an obligation",
        "heads",
        _CONTRACT,
        stored="t.billed_through",
        expected="COALESCE((SELECT max(o.boundary_no) FROM obligations o WHERE o.contract_id = t.contract_id),"
        " t.billed_through)",
    ),
    holds(
        "head-counters",
        "no contract is ahead of its account or of policy",
        "heads",
        _CONTRACT,
        condition="t.account_seq <= (SELECT a.seq FROM contracts k JOIN accounts a ON a.id = k.account_id"
        " WHERE k.id = t.contract_id) AND t.policy_seq <= (SELECT p.seq FROM policy_clock p)",
        otherwise="ahead",
        expected="not ahead",
    ),
    holds(
        "closing-obligation",
        "a cycle that is closed has an obligation for its arrears",
        "closings",
        _CLOSING,
        condition="EXISTS (SELECT 1 FROM obligations o WHERE o.contract_id = t.contract_id"
        " AND o.boundary_no = t.cycle_no + 1 AND o.part = 'arrears')",
        otherwise="none",
        expected="an obligation",
    ),
    holds(
        "closing-negative",
        "no closing has less than nothing",
        "closings",
        _CLOSING,
        condition="t.carried_in >= 0 AND t.brought_over >= 0 AND t.granted >= 0 AND t.topped_up >= 0 AND t.drawn >= 0"
        " AND t.overage >= 0 AND t.remaining >= 0 AND t.carried_out >= 0",
        otherwise="below zero",
        expected="zero or more",
    ),
)

_CLOSINGS = (
    equal(
        "closing-sum",
        "what a closing has been given is what was drawn and what is left",
        "closings",
        _CLOSING,
        stored="t.drawn + t.remaining",
        expected="t.carried_in + t.granted + t.topped_up",
    ),
    holds(
        "closing-carried-out",
        "a closing carries out no more than is left",
        "closings",
        _CLOSING,
        condition="t.carried_out <= t.remaining",
        otherwise="more",
        expected="no more",
    ),
    equal(
        "closing-carried-in",
        "a cycle opens with what the one before it carried out, and with what was brought over",
        "closings",
        _CLOSING,
        stored="t.carried_in",
        # What a renewal takes over is not there for the cycles after the end.
        expected="CASE WHEN EXISTS (SELECT 1 FROM contracts r WHERE r.renewed_from = t.contract_id AND r.carries_over = 1"
        " AND r.start = t.start) THEN t.carried_in"
        " ELSE t.brought_over + COALESCE((SELECT b.carried_out FROM closings b WHERE b.contract_id = t.contract_id"
        " AND b.cycle_no = t.cycle_no - 1 AND b.settlement_n <= t.settlement_n ORDER BY b.settlement_n DESC LIMIT 1), 0)"
        " END",
    ),
    equal(
        "closing-handed-over",
        "a renewal takes over what the contract that it renews handed over",
        "closings",
        _CLOSING,
        stored="t.brought_over",
        expected="k.carried_out",
        joined="JOIN contracts c ON c.id = t.contract_id AND c.carries_over = 1 JOIN heads h ON h.contract_id = c.id"
        " JOIN closings k ON k.contract_id = c.renewed_from AND k.settlement_n = h.opened_by AND k.end_date = c.start"
        " AND t.cycle_no = 0 AND NOT EXISTS (SELECT 1 FROM openings o WHERE o.contract_id = c.id) AND NOT EXISTS"
        " (SELECT 1 FROM closings n WHERE n.contract_id = t.contract_id AND n.cycle_no = 0"
        " AND n.settlement_n > t.settlement_n)",
    ),
)

RULES = _DOCUMENTS + _LINES + _LINE_RULES + _SETTLEMENTS + _CLOSINGS + MONEY
