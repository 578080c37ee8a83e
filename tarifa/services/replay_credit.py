"""Compute a credit note by hand once more: what was asked for, over the database as it stood (D8.5).

What a person asked for is in the credit note itself, and its digest beside it: which lines of which invoice, how much of
each, and why. All else (what was left of the lines, their taxes, what lay in their pools) is read and reckoned anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from engine.documents import Draft
from tarifa.services.credit_drafts import draft_credit
from tarifa.services.credit_notes import payload_of
from tarifa.services.inputs import CreditInput, LineCreditInput
from tarifa.services.results import Problem
from tarifa.storage import Database, Past, Pins, Row


@dataclass(frozen=True, slots=True)
class NotAgain:
    """Why it cannot be computed once more."""

    why: str


_NOTE = (
    "SELECT g.*, o.group_key, o.n AS group_n, d.contract_id, d.account_id, d.digits, of.number AS credits, COALESCE(g.policy_seq,"
    " (SELECT max(a.policy_seq) FROM activations a WHERE a.recorded_at <= g.recorded_at), 0) AS known_policy,"
    # Whatever was settled after it has its counter, or a later one.
    " 1 + COALESCE((SELECT max(s.n) FROM settlements s WHERE s.contract_id = d.contract_id AND s.account_seq < g.seq), 0)"
    " AS following FROM credit_notes g JOIN documents d ON d.id = g.document_id"
    " LEFT JOIN group_documents o ON o.document_id = d.id"
    " JOIN documents of ON of.id = g.credits_document_id WHERE d.number = ?"
)


async def credit_again(database: Database, number: str) -> Draft | NotAgain:
    """Make the draft of a credit note by hand from what was known when it was made."""
    note = await database.row(_NOTE, (number,))
    if note is None:
        return NotAgain("neither a settlement nor a request of a person is on record for it")
    asked_for = await _asked_for(database, note)
    credit = next((one for one in asked_for if payload_of(one) == note["payload_hash"]), None)
    if credit is None:
        return NotAgain("its lines are not what the person asked for")
    pins = Pins(note["contract_id"], note["following"], note["account_id"], note["seq"] - 1, note["known_policy"])
    if note["group_key"] is not None:
        pins = replace(pins, contract_id="", n=0, group=(note["group_key"], note["group_n"]))
    made = await draft_credit(Past(database, pins), credit)
    return NotAgain(made.message) if isinstance(made, Problem) else made.draft


async def _asked_for(database: Database, note: Row) -> Sequence[CreditInput]:
    """What may have been asked for, as its lines tell it: all of an invoice, these lines, or their sum spread over them."""
    lines = await database.rows(
        "SELECT corrects_pos, amount, manual_reason FROM lines WHERE document_id = ? ORDER BY pos",
        (note["document_id"],),
    )
    named = tuple(
        LineCreditInput(line["corrects_pos"], Fraction(-line["amount"], 10 ** note["digits"])) for line in lines
    )
    reason = next((line["manual_reason"] for line in lines if line["manual_reason"] is not None), "")
    whole = CreditInput(note["request_key"], note["credits"], reason)
    if note["cancels_document_id"] is not None:
        return (whole,)
    return replace(whole, lines=named), replace(whole, amount=sum((one.amount for one in named), Fraction()))
