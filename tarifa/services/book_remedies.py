"""What to do about books that do not agree, by the code of the rule that is broken.

Nothing here mends by itself: what was issued stays as it is, and whatever a person changes by hand leaves no trace.
"""

from __future__ import annotations

_CHANGED = (
    "the row was changed past Tarifa, or Tarifa wrote what it should not: run `tarifa replay` on the documents, compare"
    " with the newest backup that has no fault, and report it if nobody changed the row"
)
_BY_CODE = {
    "document-body": (
        "the bytes that the customer has were changed, or the tables beside them: compare with the copy that was sent,"
        " and with the newest backup that has no fault"
    ),
    "audit-chain": (
        "rows of the audit were changed or taken out past Tarifa: compare with a backup and with a hash that was kept"
        " outside, and find who can write to the database"
    ),
    "audit-document": (
        "the document was written past Tarifa, or the end of the audit was cut off: compare with a backup and with a hash"
        " that was kept outside"
    ),
    "number-gap": (
        "a document is missing or was numbered past Tarifa: look for it in the backups; numbers that a restore lost are"
        " said by `tarifa confirm-numbers`"
    ),
    "series-of-document": "look at which seller the document names, and keep both; the numbers that were given out stay",
    "series-next": "stop the workers and say which number was the last: `tarifa confirm-numbers`",
    "payment-overspent": "take allocations of it back (`allocate`, with amounts below zero), or send the payment's revision",
    "document-overpaid": "take allocations to it back (`allocate`, with amounts below zero), and refund what is too much",
    "allocation-reversed": "allocate once more what was taken back too much",
    "line-below-zero": "more was given back than was billed: bill the difference by hand, and report it",
    "head-settlement": (
        "stop the workers; the contract would be billed from the wrong place: restore the newest backup that has no fault"
    ),
}


def remedy(code: str) -> str:
    """What to do where the rule is broken."""
    return _BY_CODE.get(code, _CHANGED)
