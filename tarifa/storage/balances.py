"""What is open of documents and payments, as SQL: derived from allocations wherever it is asked, stored nowhere.

Amounts are minor units. What is owed (documents above zero, refunds) and what pays for it (payments, write-offs, credit
notes) are both told by how much of them is open, never below zero. `d` is the row of `documents`, `p` that of `payments`,
`r` the newest of `payment_revs`. Sums are cast because PostgreSQL adds up whole numbers to decimals.
"""

OPEN_DOCUMENT = (
    "CAST(abs(d.total + d.rounding)"
    " - (SELECT COALESCE(sum(x.amount), 0) FROM allocations x WHERE x.to_document_id = d.id)"
    " - (SELECT COALESCE(sum(x.amount), 0) FROM allocations x WHERE x.from_document_id = d.id) AS BIGINT)"
)
OPEN_PAYMENT = (
    "CAST(r.amount - (SELECT COALESCE(sum(x.amount), 0) FROM allocations x WHERE x.from_payment_id = p.id)"
    " - (SELECT COALESCE(sum(x.amount), 0) FROM allocations x WHERE x.to_refund_id = p.id) AS BIGINT)"
)
NEWEST_PAYMENT = (
    "payments p JOIN payment_revs r ON r.payment_id = p.id"
    " AND NOT EXISTS (SELECT 1 FROM payment_revs n WHERE n.payment_id = r.payment_id AND n.rev > r.rev)"
)
"""The payments, each as its newest revision says."""
