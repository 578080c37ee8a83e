"""The rules of the books about payments, and what they pay for."""

from __future__ import annotations

from tarifa.services.book_rule import Rule, equal, holds, rule
from tarifa.storage.balances import NEWEST_PAYMENT, OPEN_DOCUMENT, OPEN_PAYMENT

_PAYMENT = "(SELECT p.source || ':' || p.external_id FROM payments p WHERE p.id = {of})"
_ALLOCATION = "t.request_key || ' part ' || t.n"
_FROM = "COALESCE(t.from_payment_id, t.from_document_id)"
_TO = "COALESCE(t.to_document_id, t.to_refund_id)"


def _is(of: str) -> str:
    """Account and currency of a document or a payment: both sides of an allocation have the same."""
    return (
        f"COALESCE((SELECT a.key || ' ' || s.currency FROM (SELECT d.id, d.account_id, d.currency FROM documents d WHERE d.id = {of}"
        f" UNION ALL SELECT p.id, p.account_id, p.currency FROM payments p WHERE p.id = {of}) AS s"
        " JOIN accounts a ON a.id = s.account_id), 'nothing')"
    )


def _open(code: str, name: str, table: str, of: str) -> Rule:
    """What is open of each `key` is nothing, or more."""
    return rule(
        code,
        name,
        table,
        wrong=f"SELECT key, open AS stored, CASE WHEN open < 0 THEN 0 ELSE open END AS expected FROM ({of}) AS each_one",
    )


MONEY = (
    equal(
        "payment-gap",
        "a payment's revision follows the one before",
        "payment_revs",
        f"{_PAYMENT.format(of='t.payment_id')} || ' revision ' || t.rev",
        stored="t.rev",
        expected="1 + COALESCE(lag(t.rev) OVER (PARTITION BY t.payment_id ORDER BY t.rev), 0)",
    ),
    _open(
        "payment-overspent",
        "no payment gives more, and no refund takes more, than its amount",
        "payments",
        f"SELECT p.source || ':' || p.external_id AS key, {OPEN_PAYMENT} AS open FROM {NEWEST_PAYMENT}",
    ),
    _open(
        "document-overpaid",
        "no more is allocated to an invoice than is to be paid, nor of a credit note than it gives",
        "documents",
        f"SELECT d.number AS key, {OPEN_DOCUMENT} AS open FROM documents d",
    ),
    rule(
        "allocation-reversed",
        "no more of an allocation is taken back than was given",
        "allocations",
        wrong=f"SELECT min({_ALLOCATION}) AS key, CASE WHEN sum(t.amount) < 0 THEN 'more' ELSE 'no more' END AS stored,"
        f" 'no more' AS expected FROM allocations t GROUP BY {_FROM}, {_TO}",
    ),
    equal(
        "allocation-sides",
        "what pays and what is paid are of one account and one currency",
        "allocations",
        _ALLOCATION,
        stored=_is(_FROM),
        expected=_is(_TO),
    ),
    holds(
        "allocation-direction",
        "payments and credit notes pay, invoices and refunds are paid",
        "allocations",
        _ALLOCATION,
        condition="((SELECT p.kind FROM payments p WHERE p.id = t.from_payment_id) IN ('payment', 'write-off') OR"
        " (SELECT d.total + d.rounding FROM documents d WHERE d.id = t.from_document_id) < 0) AND"
        " ((SELECT p.kind FROM payments p WHERE p.id = t.to_refund_id) = 'refund' OR"
        " (SELECT d.total + d.rounding FROM documents d WHERE d.id = t.to_document_id) > 0)",
        otherwise="the other way",
        expected="from what pays to what is owed",
    ),
)
