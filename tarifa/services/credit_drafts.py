"""What a credit note by hand says, before it has a number: read and reckoned, nothing written (D8.1, D8.2).

It reads by way of whatever it is given, so that the same reading makes a credit note and computes it once more
(`replay_credit`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from engine.consolidating import GroupTerms
from engine.crediting import Credit, credit_note
from engine.documents import DocumentKind, DocumentTerms, Draft
from engine.facts import Contract
from engine.money import Currency, decimal_text, split
from engine.timeline import Timeline
from tarifa.reading.documents import LINES, stored_line
from tarifa.services.billing_contracts import read_contracts
from tarifa.services.billing_earlier import LEFT_OF_LINE, pools_of
from tarifa.services.billing_settle import GroupHead
from tarifa.services.consolidating import Group, read_groups
from tarifa.services.inputs import CreditInput, LineCreditInput
from tarifa.services.payments import bad_amount
from tarifa.services.results import Problem
from tarifa.services.sellers import read_sellers
from tarifa.services.timelines import read_timeline
from tarifa.storage import Row, Rows


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A line of the invoice: its row, and what is left of it in minor units; None of one that corrects another."""

    row: Row
    left: int | None


@dataclass(frozen=True, slots=True)
class CreditDraft:
    """A credit note but for its number, the row of its invoice, and that one's lines by position."""

    draft: Draft
    invoice: Row
    lines: Mapping[int, BilledLine]
    group: GroupHead | None = None  # the bill group whose invoice it credits


async def draft_credit(rows: Rows, credit: CreditInput) -> CreditDraft | Problem:
    """Reckon a credit note: of the lines that are named, or of all that is left of the invoice."""
    invoice = await _invoice(rows, credit.document)
    if isinstance(invoice, Problem):
        return invoice
    lines = await _lines(rows, invoice["id"])
    credits_ = _credits(credit, invoice, lines)
    if isinstance(credits_, Problem):
        return credits_
    if invoice["group_key"] is not None:
        group = (await read_groups(rows, [invoice["group_key"]]))[invoice["group_key"]]
        return CreditDraft(await _of_group(rows, credit, invoice, credits_, group), invoice, lines, group.head)
    return CreditDraft(await _draft(rows, credit, invoice, credits_), invoice, lines)


async def _invoice(rows: Rows, number: str) -> Row | Problem:
    row = await rows.row(
        "SELECT d.*, c.number AS contract, c.zone, s.boundary_no, o.group_key,"
        " EXISTS (SELECT 1 FROM credit_notes k WHERE k.cancels_document_id = d.id) AS is_cancelled FROM documents d JOIN contracts c ON c.id = d.contract_id"
        " LEFT JOIN settlements s ON s.document_id = d.id AND s.contract_id = c.id"
        " LEFT JOIN group_documents o ON o.document_id = d.id WHERE d.number = ?",
        (number,),
    )
    if row is None:
        return Problem("unknown-document", f"there is no document `{number}`", "", number, "document")
    if row["kind"] != DocumentKind.INVOICE:
        message = f"`{number}` is a credit note, and gives credit itself"
        return Problem("not-an-invoice", message, "name an invoice", number, "document")
    return row


async def _lines(rows: Rows, document_id: str) -> Mapping[int, BilledLine]:
    """The lines of a document, by position."""
    found = await rows.rows(f"{LINES} WHERE l.document_id = ? ORDER BY l.pos", (document_id,))
    left = await rows.rows(
        f"SELECT l.pos, {LEFT_OF_LINE} AS left_of_it FROM lines l"
        " WHERE l.document_id = ? AND l.corrects_document_id IS NULL",
        (document_id,),
    )
    by_position = {row["pos"]: row["left_of_it"] for row in left}
    return {row["pos"]: BilledLine(row, by_position.get(row["pos"])) for row in found}


def _credits(credit: CreditInput, invoice: Row, lines: Mapping[int, BilledLine]) -> Sequence[Credit] | Problem:
    """What is taken off which lines."""
    if credit.lines and credit.amount is not None:
        message = "lines are named, and an amount off all of them"
        return Problem("one-of-both", message, "name lines, or give an amount", credit.document, "amount")
    if credit.amount is not None:
        return _spread(credit, credit.amount, invoice, lines)
    return _named(credit, invoice, lines) if credit.lines else _all(credit, invoice, lines)


def _spread(
    credit: CreditInput, amount: Fraction, invoice: Row, lines: Mapping[int, BilledLine]
) -> Sequence[Credit] | Problem:
    """An amount off what is left of all lines, in proportion to it (D7.4); what they correct is not theirs."""
    paid_in = Currency(invoice["currency"], invoice["digits"])
    if amount <= 0:
        message = "a credit note gives amounts above zero"
        return Problem("bad-amount", message, "say how much is taken off", credit.document, "amount")
    bad = bad_amount(amount, paid_in, subject=credit.document)
    if bad is not None:
        return bad
    minor = int(amount * 10**paid_in.digits)
    left = [line for _, line in sorted(lines.items()) if line.left is not None and line.left > 0]
    whole = sum(line.left or 0 for line in left)
    if minor > whole:
        said = f"{decimal_text(whole, paid_in.digits)} {paid_in.code}"
        message = f"only {said} are left of the lines of `{credit.document}`"
        return Problem("more-than-left", message, "credit no more than that", credit.document, "amount")
    parts = split(minor, [Fraction(minor * (line.left or 0), whole) for line in left])
    return [_credit(credit, line, part) for line, part in zip(left, parts, strict=True) if part]


def _all(credit: CreditInput, invoice: Row, lines: Mapping[int, BilledLine]) -> Sequence[Credit] | Problem:
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


def _named(credit: CreditInput, invoice: Row, lines: Mapping[int, BilledLine]) -> Sequence[Credit] | Problem:
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


def _wrong(given: LineCreditInput, document: str, lines: Mapping[int, BilledLine], paid_in: Currency) -> Problem | None:
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


def _credit(credit: CreditInput, line: BilledLine, amount: int) -> Credit:
    return Credit(credit.document, stored_line(line.row), amount, credit.reason.strip())


async def _as_sold(rows: Rows, invoice: Row, contract: Contract) -> Contract:
    """The contract with the seller of the invoice, whoever sells by default today."""
    if invoice["entity_key"] is None:
        return contract
    return replace(contract, seller=invoice["seller"], entity=(await read_sellers(rows)).by_key[invoice["entity_key"]])


async def _draft(rows: Rows, credit: CreditInput, invoice: Row, credits_: Sequence[Credit]) -> Draft:
    facts = (await read_contracts(rows, [invoice["contract"]]))[invoice["contract"]]
    contract = await _as_sold(rows, invoice, facts.contract)
    terms = DocumentTerms(
        account=facts.account,
        contract=contract,
        boundary=invoice["boundary_no"],
        boundary_on=date.fromisoformat(invoice["boundary_on"]),
        cancels=credit.document if credit.is_whole else None,
    )
    pools = await pools_of(rows, [credit.document])
    return credit_note(credits_, terms=terms, timeline=facts.timeline, pools=pools)


async def _of_group(rows: Rows, credit: CreditInput, invoice: Row, credits_: Sequence[Credit], group: Group) -> Draft:
    cancels = credit.document if credit.is_whole else None
    terms = group.terms(date.fromisoformat(invoice["boundary_on"]), invoice["zone"])
    terms = await _group_as_sold(rows, invoice, replace(terms, due_days=0, cancels=cancels))
    pools = await pools_of(rows, [credit.document])
    return credit_note(credits_, terms=terms, timeline=await _timelines(rows, invoice), pools=pools)


async def _group_as_sold(rows: Rows, invoice: Row, terms: GroupTerms) -> GroupTerms:
    if invoice["entity_key"] is None:
        return terms
    return replace(terms, seller=invoice["seller"], entity=(await read_sellers(rows)).by_key[invoice["entity_key"]])


async def _timelines(rows: Rows, invoice: Row) -> Timeline:
    """Of all rulesets that priced lines of a bill group's document."""
    found = await rows.rows(
        "SELECT DISTINCT c.ruleset_id FROM lines l JOIN items i ON i.settlement_id = l.settlement_id"
        " AND i.item_key = l.item_key JOIN contracts c ON c.id = i.contract_id WHERE l.document_id = ?"
        " ORDER BY c.ruleset_id",
        (invoice["id"],),
    )
    timelines = [await read_timeline(rows, row["ruleset_id"]) for row in found]
    return Timeline(tuple(one for timeline in timelines for one in timeline.activations))
