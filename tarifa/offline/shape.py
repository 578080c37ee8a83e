"""A bill as JSON: the documented, stable shape of `tarifa bill --format json` (`docs/files.md`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from engine.documents import Draft
from engine.issuing import closing_json, to_json
from engine.items import Held, Reason
from engine.model import Ruleset
from engine.money import decimal_text
from engine.periods import FOREVER
from tarifa.offline.bill import Bill
from tarifa.offline.books import Waiting
from tarifa.words.english import reason

FORMAT = "tarifa bill 1"
"""Changes when a field changes its meaning or goes; a new field does not change it."""


def bill_json(bill: Bill, rulesets: Sequence[Ruleset], *, through: date) -> dict[str, Any]:
    """All of a bill, decimals as strings and dates as ISO 8601."""
    return {
        "format": FORMAT,
        "through": through.isoformat(),
        "rulesets": [_ruleset(ruleset) for ruleset in rulesets],
        "documents": [to_json(document) for document in bill.documents],
        "closings": [
            {"account": statement.account.label, "contract": statement.contract.number, **closing_json(closing)}
            for statement in bill.statements
            for closing in statement.closings
        ],
        "exceptions": [_exception(one) for one in bill.all_waiting],
        "not_billable": list(bill.not_billable),
        "uncharged": list(bill.uncharged),
        "pending": list(bill.all_pending),
        "next_boundaries": {
            statement.contract.number: statement.next_boundary.isoformat()
            for statement in bill.statements
            if statement.next_boundary is not None
        },
        "totals": _totals(bill.documents),
    }


def why(held: Held) -> str:
    """Why something waits, as a sentence; a row of a file says it itself."""
    if held.reason is Reason.NO_VERSION:
        return f"no ruleset is valid on {held.detail.get('day', '-')}; name a folder whose `valid` holds that day, too"
    near = held.detail.get("near")
    return held.detail.get("message") or reason(held) + (f"; did you mean `{near}`?" if near else "")


def _ruleset(ruleset: Ruleset) -> dict[str, Any]:
    last = None if ruleset.valid.end == FOREVER else ruleset.valid.last.isoformat()
    return {
        "title": ruleset.title,
        "digest": ruleset.source_digest,
        "valid": {"from": ruleset.valid.start.isoformat(), "to": last},
    }


def _exception(waiting: Waiting) -> dict[str, Any]:
    held = waiting.held
    return {
        "kind": held.kind,
        "subject": held.subject,
        "account": waiting.account or None,
        "reason": held.reason.value,
        "message": why(held),
        "detail": dict(held.detail),
        "works": list(waiting.works),
        "file": waiting.place.file if waiting.place is not None else None,
        "line": waiting.place.line if waiting.place is not None else None,
    }


def _totals(documents: Sequence[Draft]) -> dict[str, Any]:
    """Sums by currency code."""
    totals = {}
    for money in dict.fromkeys(document.terms.currency for document in documents):
        of = [document for document in documents if document.terms.currency == money]
        totals[money.code] = {
            "documents": len(of),
            "net": decimal_text(sum(document.net for document in of), money.digits),
            "tax": decimal_text(sum(document.tax for document in of), money.digits),
            "total": decimal_text(sum(document.total for document in of), money.digits),
        }
    return totals
