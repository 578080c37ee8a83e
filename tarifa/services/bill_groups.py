"""Record bill groups, and which contracts are billed with them (docs/adr/0023)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dsl import currency as iso_currency
from engine.names import as_id, fold
from tarifa.services.inputs import BillGroupInput
from tarifa.services.naming import bad_name, bad_note, meant
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.services.sellers import read_sellers
from tarifa.storage import Database, Row, Rows, Transaction
from tarifa.storage.mapping import digest, to_seconds
from tarifa.storage.outbox import Event, append_events, raise_account, raise_policy

MOST_DAYS = 366
NEWEST_MEMBERSHIP = "memberships m WHERE m.has_left = 0 AND NOT EXISTS (SELECT 1 FROM memberships n WHERE n.contract_id = m.contract_id AND n.n > m.n)"
"""The group that each contract is billed with now; AND may follow."""

MOVES = "(SELECT count(*) FROM memberships m WHERE m.group_key = {group})"
"""How often contracts joined or left a `group`: whoever bills it compares this, so that none is forgotten that has just come."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contract that is to be billed with a group."""

    number: str
    currency: str
    seller: str | None
    is_agreed: bool = True


async def record_group(database: Database, group: BillGroupInput, *, by: str, now: datetime) -> Recorded | Refused:
    """Record a group, or new terms of one; who is billed, who sells and the currency stay as they are."""
    bad = _bad_fields(group)
    if bad:
        return Refused(bad)
    key, at = fold(group.key), to_seconds(now)
    async with database.writing() as transaction:
        account = await _account(transaction, group)
        if isinstance(account, Problem):
            return Refused((account,))
        problem = await _wrong_seller(transaction, group)
        known = await transaction.row("SELECT * FROM bill_groups WHERE key = ?", (key,))
        if known is not None:
            problem = problem or _other(known, group, account)
        if problem is not None:
            return Refused((problem,))
        newest = await transaction.row(
            "SELECT payload_hash FROM bill_group_revs WHERE group_key = ? ORDER BY policy_seq DESC LIMIT 1", (key,)
        )
        if newest is not None and newest["payload_hash"] == _payload(group):
            return Recorded(key, Change.UNCHANGED)
        if known is None:
            await _insert(transaction, group, account, by=by, at=at)
        seq = await raise_policy(transaction)
        await transaction.insert(
            "bill_group_revs",
            "group_key, policy_seq, due_days, purchase_order, reference, needs_approval, payload_hash, recorded_by,"
            " recorded_at",
            [(key, seq, group.due_days, _blank_is_none(group.purchase_order), _blank_is_none(group.reference),
              int(group.needs_approval), _payload(group), by, at)],
        )  # fmt: skip
        await append_events(transaction, [Event("bill-group.recorded", key, str(seq), {"key": key})], at=at)
    return Recorded(key, Change.NEW if known is None else Change.REVISED)


async def join_group(database: Database, contract: str, group: str, *, by: str, now: datetime) -> Recorded | Refused:
    """Bill a contract with a group from its next boundary on."""
    number = as_id(contract)
    async with database.writing() as transaction:
        row = await transaction.row("SELECT * FROM contracts WHERE number = ?", (number,))
        if row is None:
            return Refused((Problem("unknown-contract", f"there is no contract {number}", "", number, "contract"),))
        known = await transaction.row(
            f"SELECT m.group_key FROM {NEWEST_MEMBERSHIP} AND m.contract_id = ?", (row["id"],)
        )
        if known is not None and known["group_key"] == fold(group):
            return Recorded(number, Change.UNCHANGED)
        candidate = Candidate(number, row["currency"], row["seller"], is_agreed=row["origin"] == "agreed")
        found = await group_for(transaction, candidate, group)
        if isinstance(found, Problem):
            return Refused((found,))
        await enter(transaction, row, found, by=by, at=to_seconds(now))
    return Recorded(number, Change.NEW if known is None else Change.REVISED)


async def leave_group(database: Database, contract: str, *, by: str, now: datetime) -> Recorded | Refused:
    """Bill a contract by itself from its next boundary on; one that was billed with its group stays in it."""
    number = as_id(contract)
    async with database.writing() as transaction:
        row = await transaction.row("SELECT * FROM contracts WHERE number = ?", (number,))
        if row is None:
            return Refused((Problem("unknown-contract", f"there is no contract {number}", "", number, "contract"),))
        group = await group_now(transaction, row["id"])
        if group is None:
            return Recorded(number, Change.UNCHANGED)
        billed = await transaction.row(
            "SELECT 1 AS known FROM settlements s JOIN group_documents g ON g.document_id = s.document_id"
            " WHERE s.contract_id = ? LIMIT 1",
            (row["id"],),
        )
        if billed is not None:
            message = f"contract {number} was billed with its group, and its corrections go there"
            remedy = "let it end before its next boundary, and a renewal with a blank bill group follow it"
            return Refused((Problem("billed-otherwise", message, remedy, number, "contract"),))
        await _move(transaction, row, group, "contract.left", by=by, at=to_seconds(now))
    return Recorded(number, Change.REVISED)


async def group_for(rows: Rows, contract: Candidate, group: str) -> str | Problem:
    """The key of a bill group with which a contract can be billed, or why it cannot."""
    wanted = await rows.row("SELECT * FROM bill_groups WHERE key = ?", (fold(group),))
    if wanted is None:
        labels = [row["label"] for row in await rows.rows("SELECT label FROM bill_groups ORDER BY key")]
        remedy = meant(group, labels) or "record the group first"
        return Problem("unknown-group", f"there is no bill group `{group}`", remedy, contract.number, "billGroup")
    return await _misfit(rows, contract, wanted) or str(wanted["key"])


async def group_now(rows: Rows, contract_id: str) -> str | None:
    """The key of the bill group that a contract is billed with."""
    row = await rows.row(f"SELECT m.group_key FROM {NEWEST_MEMBERSHIP} AND m.contract_id = ?", (contract_id,))
    return str(row["group_key"]) if row is not None and row["group_key"] is not None else None


async def enter(transaction: Transaction, contract: Row, group: str, *, by: str, at: int) -> None:
    """Bill a contract with a group that it fits."""
    await _move(transaction, contract, group, "contract.joined", by=by, at=at)


async def _move(transaction: Transaction, contract: Row, group: str, what: str, *, by: str, at: int) -> None:
    seq = await raise_account(transaction, contract["account_id"])
    count = await transaction.row("SELECT count(*) AS n FROM memberships WHERE contract_id = ?", (contract["id"],))
    n = count["n"] + 1 if count is not None else 1
    columns = "contract_id, n, seq, group_key, recorded_by, recorded_at, has_left"
    row = (contract["id"], n, seq, group, by, at, int(what == "contract.left"))
    await transaction.insert("memberships", columns, [row])
    told = {"contract": contract["number"], "group": group}
    await append_events(transaction, [Event(what, contract["id"], str(n), told)], at=at)


async def _misfit(rows: Rows, contract: Candidate, group: Row) -> Problem | None:
    """Why a contract is not billed with a group: one document has one currency, one seller, and one who is billed."""
    number, label = contract.number, group["label"]
    if contract.currency != group["currency"]:
        message = f"contract {number} is in {contract.currency}, and `{label}` in {group['currency']}"
        return Problem("other-currency", message, "record a group for each currency", number, "billGroup")
    if not contract.is_agreed:
        message = f"{number} is of work without a contract, and billed by itself"
        return Problem("not-agreed", message, "agree a contract for that work", number, "contract")
    sellers = await read_sellers(rows)
    named = [contract.seller, group["seller"]]
    of = [sellers.of(name) for name in named]
    keys = [one.key if one is not None else fold(name or "") for one, name in zip(of, named, strict=True)]
    if keys[0] != keys[1]:
        message = f"contract {number} and `{label}` have different sellers"
        return Problem("other-seller", message, "record a group for each seller", number, "billGroup")
    billed = await rows.rows(
        "SELECT DISTINCT d.account_id, g.group_key FROM contracts c JOIN settlements s ON s.contract_id = c.id"
        " JOIN documents d ON d.id = s.document_id LEFT JOIN group_documents g ON g.document_id = d.id"
        " WHERE c.number = ?",
        (number,),
    )
    if any(row["group_key"] is not None or row["account_id"] != group["account_id"] for row in billed):
        message = f"contract {number} was billed otherwise, and its corrections go there"
        return Problem("billed-otherwise", message, "let a new contract follow it", number, "billGroup")
    return None


async def _account(transaction: Transaction, group: BillGroupInput) -> str | Problem:
    row = await transaction.row("SELECT id FROM accounts WHERE key = ?", (fold(group.account),))
    if row is not None:
        return str(row["id"])
    known = [row["label"] for row in await transaction.rows("SELECT label FROM accounts ORDER BY key LIMIT 5000")]
    remedy = meant(group.account, known) or "record the account first"
    return Problem("unknown-account", f"there is no account `{group.account}`", remedy, group.key, "account")


async def _wrong_seller(transaction: Transaction, group: BillGroupInput) -> Problem | None:
    sellers = await read_sellers(transaction)
    name = _blank_is_none(group.seller)
    if name is None or not sellers.by_key or sellers.of(name) is not None:
        return None
    remedy = meant(name, [one.label for one in sellers.by_key.values()]) or "record the seller first"
    return Problem("unknown-seller", f"there is no seller `{name}`", remedy, group.key, "seller")


def _other(known: Row, group: BillGroupInput, account_id: str) -> Problem | None:
    """What of a group that is on record was to change, and cannot."""
    wanted = {
        "account": (known["account_id"], account_id),
        "currency": (known["currency"], group.currency.strip().upper()),
        "seller": (fold(known["seller"] or ""), fold(group.seller or "")),
    }
    field = next((name for name, (was, now) in wanted.items() if was != now), None)
    if field is None:
        return None
    message = f"the {field} of the bill group `{known['label']}` stays as it is"
    return Problem("group-exists", message, "record another group, for contracts to come", group.key, field)


async def _insert(transaction: Transaction, group: BillGroupInput, account_id: str, *, by: str, at: int) -> None:
    code = group.currency.strip().upper()
    money = iso_currency(code)
    digits = money.digits if money is not None else 0  # an unknown code was refused before
    await transaction.insert(
        "bill_groups",
        "key, label, account_id, seller, currency, digits, recorded_by, recorded_at",
        [(fold(group.key), group.key.strip(), account_id, _blank_is_none(group.seller), code, digits, by, at)],
    )
    await transaction.insert("bill_group_heads", "group_key, n", [(fold(group.key), 0)])


def _payload(group: BillGroupInput) -> str:
    order, reference = _blank_is_none(group.purchase_order), _blank_is_none(group.reference)
    return digest([group.due_days, order, reference, group.needs_approval])


def _bad_fields(group: BillGroupInput) -> tuple[Problem, ...]:
    found = [bad_name(group.key, "key")]
    if not 0 <= group.due_days <= MOST_DAYS:
        message = f"{group.due_days} days are not what a customer may be given"
        found.append(Problem("bad-days", message, f"give 0 to {MOST_DAYS} days", group.key, "dueDays"))
    if iso_currency(group.currency.strip().upper()) is None:
        message = f"there is no currency `{group.currency}`"
        found.append(Problem("unknown-currency", message, "give a code of ISO 4217", group.key, "currency"))
    texts = {"seller": group.seller, "purchaseOrder": group.purchase_order, "reference": group.reference}
    found += [bad_note(text or "", group.key, field) for field, text in texts.items()]
    return tuple(problem for problem in found if problem is not None)


def _blank_is_none(text: str | None) -> str | None:
    return (text or "").strip() or None
