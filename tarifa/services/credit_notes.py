"""Credit notes by hand: goodwill on lines of an invoice, or all that is left of it (D8.1, D8.2).

Made and numbered in one short transaction, like every document. A credit note is a fact of the account, too: a run that
read its contracts before must look again, since a later correction may have to take the credit back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from engine.issuing import unnumbered
from engine.names import as_id
from tarifa.services.billing_rows import Pages, Paper, add_paper, line_row, releases
from tarifa.services.billing_write import raise_groups, write_pages
from tarifa.services.credit_drafts import CreditDraft, draft_credit
from tarifa.services.inputs import CreditInput
from tarifa.services.naming import bad_name, bad_note
from tarifa.services.numbers import refuse_if_fenced
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.services.series import Numbers, current_series
from tarifa.services.timelines import load_versions
from tarifa.storage import Database, Row, Transaction
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import digest, to_seconds
from tarifa.storage.outbox import raise_account


async def issue_credit_note(database: Database, credit: CreditInput, *, by: str, now: datetime) -> Recorded | Refused:
    """Credit lines of an invoice, or all that is left of it; the same request key again is a no-op.

    Returns:
        The number of the credit note.
    """
    credit = replace(credit, request_key=as_id(credit.request_key), document=credit.document.strip())
    wrong = _bad_fields(credit)
    if wrong is not None:
        return Refused((wrong,))
    await load_versions(database)
    async with database.writing() as transaction:
        known = await transaction.row(
            "SELECT k.payload_hash, d.number FROM credit_notes k JOIN documents d ON d.id = k.document_id"
            " WHERE k.request_key = ?",
            (credit.request_key,),
        )
        if known is not None:
            return _known(known, credit)
        made = await draft_credit(transaction, credit)
        if isinstance(made, Problem):
            return Refused((made,))
        number = await _issue(transaction, credit, made, by=by, now=now)
    return Recorded(number, Change.NEW)


def _bad_fields(credit: CreditInput) -> Problem | None:
    wrong = bad_name(credit.request_key, "requestKey") or bad_note(credit.reason, credit.document, "reason")
    if wrong is not None or credit.reason.strip():
        return wrong
    remedy = "say in a sentence why; the customer reads it"
    return Problem("blank-note", "a credit note needs a reason", remedy, credit.document, "reason")


def _known(known: Row, credit: CreditInput) -> Recorded | Refused:
    if known["payload_hash"] == payload_of(credit):
        return Recorded(known["number"], Change.UNCHANGED)
    message = f"the key `{credit.request_key}` has made another credit note, {known['number']}"
    return Refused((Problem("key-used", message, "give another one its own key", credit.document, "requestKey"),))


def payload_of(credit: CreditInput) -> str:
    """The digest of what was asked for."""
    lines = [[line.position, str(line.amount)] for line in credit.lines]
    spread = [str(credit.amount)] if credit.amount is not None else []
    return digest([credit.document, credit.reason.strip(), lines, *spread])


async def _issue(transaction: Transaction, credit: CreditInput, made: CreditDraft, *, by: str, now: datetime) -> str:
    """Number the credit note and write it; its number."""
    draft, invoice = made.draft, made.invoice
    document_id, corrected = new_id(), {credit.document: invoice["id"]}
    request_key = f"credit/{credit.request_key}"
    policy = await transaction.row("SELECT seq FROM policy_clock WHERE id = 1")
    policy_seq = policy["seq"] if policy is not None else 0
    of_whom = invoice["account_id"], invoice["contract_id"]
    paper = Paper(draft, unnumbered(draft), document_id, *of_whom, request_key, made.group, (), policy_seq)
    pages = Pages(now)
    add_paper(pages, paper, corrected)
    for line in draft.lines:
        settlement = made.lines[line.corrects.position].row["settlement_id"] if line.corrects is not None else ""
        key = (f"manual/{document_id}/{line.position}", settlement)
        pages.lines.append(line_row(line, key, document_id, corrected))
    await refuse_if_fenced(transaction)
    if made.group is not None:
        await raise_groups(transaction, [made.group])
    numbers = await Numbers.take(transaction, await current_series(transaction), [paper.owner])
    document = pages.number(numbers)[document_id]
    await write_pages(transaction, pages)
    seq = await raise_account(transaction, invoice["account_id"])
    cancels = invoice["id"] if credit.is_whole else None
    await transaction.insert(
        "credit_notes",
        "document_id, request_key, payload_hash, seq, credits_document_id, cancels_document_id, recorded_by, recorded_at,"
        " policy_seq, engine, tzdata",
        [
            (document_id, credit.request_key, payload_of(credit), seq, invoice["id"], cancels, by, to_seconds(now),
             policy_seq, *releases())
        ],
    )  # fmt: skip
    return document.number
