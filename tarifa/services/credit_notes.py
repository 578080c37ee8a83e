"""Credit notes by hand: goodwill on lines of an invoice, or all that is left of it (D8.1, D8.2).

Made and numbered in one short transaction, like every document. A credit note is a fact of the account, too: a run that
read its contracts before must look again, since a later correction may have to take the credit back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from engine.crediting import Credit, credit_note
from engine.documents import DocumentKind, DocumentTerms, Draft
from engine.issuing import unnumbered
from engine.money import Currency, decimal_text
from engine.names import as_id
from tarifa.reading.documents import LINES, stored_line
from tarifa.services.billing_contracts import ContractFacts, read_contracts
from tarifa.services.billing_earlier import LEFT_OF_LINE, pools_of
from tarifa.services.billing_write import Numbers, Pages, Paper, add_document, line_row
from tarifa.services.inputs import CreditInput, LineCreditInput
from tarifa.services.naming import bad_name, bad_note
from tarifa.services.payments import bad_amount
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.services.timelines import load_versions
from tarifa.storage import Database, Row, Transaction
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import digest, taxes_json, to_seconds
from tarifa.storage.outbox import raise_account


@dataclass(frozen=True, slots=True)
class _Billed:
    """A line of the invoice: its row, and what is left of it in minor units; None of one that corrects another."""

    row: Row
    left: int | None


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
        invoice = await _invoice(transaction, credit.document)
        if isinstance(invoice, Problem):
            return Refused((invoice,))
        lines = await _lines(transaction, invoice["id"])
        credits_ = _named(credit, invoice, lines) if credit.lines else _all(credit, invoice, lines)
        if isinstance(credits_, Problem):
            return Refused((credits_,))
        draft = await _draft(transaction, credit, invoice, credits_)
        number = await _issue(transaction, credit, invoice, draft, lines, by=by, now=now)
    return Recorded(number, Change.NEW)


def _bad_fields(credit: CreditInput) -> Problem | None:
    wrong = bad_name(credit.request_key, "requestKey") or bad_note(credit.reason, credit.document, "reason")
    if wrong is not None or credit.reason.strip():
        return wrong
    remedy = "say in a sentence why; the customer reads it"
    return Problem("blank-note", "a credit note needs a reason", remedy, credit.document, "reason")


def _known(known: Row, credit: CreditInput) -> Recorded | Refused:
    if known["payload_hash"] == _payload(credit):
        return Recorded(known["number"], Change.UNCHANGED)
    message = f"the key `{credit.request_key}` has made another credit note, {known['number']}"
    return Refused((Problem("key-used", message, "give another one its own key", credit.document, "requestKey"),))


def _payload(credit: CreditInput) -> str:
    lines = [[line.position, str(line.amount)] for line in credit.lines]
    return digest([credit.document, credit.reason.strip(), lines])


async def _invoice(transaction: Transaction, number: str) -> Row | Problem:
    row = await transaction.row(
        "SELECT d.*, c.number AS contract, s.boundary_no,"
        " EXISTS (SELECT 1 FROM credit_notes k WHERE k.cancels_document_id = d.id) AS is_cancelled FROM documents d JOIN contracts c ON c.id = d.contract_id"
        " LEFT JOIN settlements s ON s.document_id = d.id WHERE d.number = ?",
        (number,),
    )
    if row is None:
        return Problem("unknown-document", f"there is no document `{number}`", "", number, "document")
    if row["kind"] != DocumentKind.INVOICE:
        message = f"`{number}` is a credit note, and gives credit itself"
        return Problem("not-an-invoice", message, "name an invoice", number, "document")
    return row


async def _lines(transaction: Transaction, document_id: str) -> Mapping[int, _Billed]:
    """The lines of a document, by position."""
    rows = await transaction.rows(f"{LINES} WHERE l.document_id = ? ORDER BY l.pos", (document_id,))
    left = await transaction.rows(
        f"SELECT l.pos, {LEFT_OF_LINE} AS left_of_it FROM lines l"
        " WHERE l.document_id = ? AND l.corrects_document_id IS NULL",
        (document_id,),
    )
    by_position = {row["pos"]: row["left_of_it"] for row in left}
    return {row["pos"]: _Billed(row, by_position.get(row["pos"])) for row in rows}


def _all(credit: CreditInput, invoice: Row, lines: Mapping[int, _Billed]) -> Sequence[Credit] | Problem:
    """All that is left of an invoice."""
    if invoice["is_cancelled"]:
        message = f"`{credit.document}` is taken back already"
        return Problem("is-cancelled", message, "credit the lines that were billed again", credit.document, "document")
    correcting = next((line for line in lines.values() if line.left is None), None)
    if correcting is not None:
        message = f"`{credit.document}` corrects {correcting.row['corrected']}, and cannot be taken back whole"
        remedy = "credit single lines, of this document and of those that it corrects"
        return Problem("not-supported", message, remedy, credit.document, "document")
    left = {position: line for position, line in lines.items() if line.left}
    if not left:
        return Problem("nothing-left", f"nothing is left of `{credit.document}`", "", credit.document, "document")
    return [_credit(credit, line, line.left or 0) for line in left.values()]


def _named(credit: CreditInput, invoice: Row, lines: Mapping[int, _Billed]) -> Sequence[Credit] | Problem:
    """What a person names."""
    found: dict[int, Credit] = {}
    paid_in = Currency(invoice["currency"], invoice["digits"])
    for given in credit.lines:
        wrong = _wrong(given, credit.document, lines, paid_in)
        if wrong is None and given.position in found:
            message = f"line {given.position} of `{credit.document}` is named twice"
            wrong = Problem("named-twice", message, "add its amounts up", credit.document, "lines")
        if wrong is not None:
            return wrong
        amount = int(given.amount * 10**paid_in.digits)
        found[given.position] = _credit(credit, lines[given.position], amount)
    return list(found.values())


def _wrong(given: LineCreditInput, document: str, lines: Mapping[int, _Billed], paid_in: Currency) -> Problem | None:
    """Why a line cannot be credited so."""
    line = lines.get(given.position)
    if line is None:
        return Problem("unknown-line", f"`{document}` has no line {given.position}", "", document, "position")
    if line.left is None:
        first = f"line {line.row['corrects_pos']} of {line.row['corrected']}"
        message = f"line {given.position} of `{document}` corrects {first}"
        return Problem("is-a-correction", message, f"credit {first}", document, "position")
    if given.amount <= 0:
        message = "a credit note gives amounts above zero"
        return Problem("bad-amount", message, "leave out what is not credited", document, "amount")
    if given.amount * 10**paid_in.digits > line.left:
        said = f"{decimal_text(line.left, paid_in.digits)} {paid_in.code}"
        message = f"only {said} are left of line {given.position} of `{document}`"
        return Problem("more-than-left", message, "credit no more than that", document, "amount")
    return bad_amount(given.amount, paid_in, subject=document)


def _credit(credit: CreditInput, line: _Billed, amount: int) -> Credit:
    return Credit(credit.document, stored_line(line.row), amount, credit.reason.strip())


async def _draft(transaction: Transaction, credit: CreditInput, invoice: Row, credits_: Sequence[Credit]) -> Draft:
    facts = await _facts(transaction, invoice["contract"])
    terms = DocumentTerms(
        account=facts.account,
        contract=facts.contract,
        boundary=invoice["boundary_no"],
        boundary_on=date.fromisoformat(invoice["boundary_on"]),
        cancels=None if credit.lines else credit.document,
    )
    pools = (await pools_of(transaction, [credit.document])).get(invoice["contract_id"], {})
    return credit_note(credits_, terms=terms, timeline=facts.timeline, pools=pools)


async def _facts(transaction: Transaction, contract: str) -> ContractFacts:
    return (await read_contracts(transaction, [contract]))[contract]


async def _issue(
    transaction: Transaction,
    credit: CreditInput,
    invoice: Row,
    draft: Draft,
    lines: Mapping[int, _Billed],
    *,
    by: str,
    now: datetime,
) -> str:
    """Number the credit note and write it; its number."""
    document_id, corrected = new_id(), {credit.document: invoice["id"]}
    request_key = f"credit/{credit.request_key}"
    paper = Paper(draft, document_id, invoice["account_id"], invoice["contract_id"], request_key)
    pages, numbers = Pages(now=now), await Numbers.open(transaction)
    document = add_document(pages, paper, numbers, members=unnumbered(draft), corrected=corrected)
    for line in draft.lines:
        settlement = lines[line.corrects.position].row["settlement_id"] if line.corrects is not None else ""
        key = (f"manual/{document_id}/{line.position}", settlement)
        pages.lines.append(line_row(line, key, taxes_json(line.taxes), document_id, corrected))
    await numbers.close(transaction)
    await pages.write(transaction)
    seq = await raise_account(transaction, invoice["account_id"])
    cancels = None if credit.lines else invoice["id"]
    await transaction.insert(
        "credit_notes",
        "document_id, request_key, payload_hash, seq, credits_document_id, cancels_document_id, recorded_by, recorded_at",
        [(document_id, credit.request_key, _payload(credit), seq, invoice["id"], cancels, by, to_seconds(now))],
    )
    return document.number
