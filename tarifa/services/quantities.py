"""How many of a recurring item a contract has, from a day on: seats, servers, licences.

Each count comes from somewhere, under that system's own id and with its evidence. A count may be corrected by a
revision, and may be of a day that is billed already: the difference is owed, or given back, on the next document.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from engine.names import as_id, fold
from tarifa.services.billing_contracts import ContractFacts, read_contracts
from tarifa.services.inputs import OnChange, QuantityInput
from tarifa.services.naming import bad_name, bad_source, meant
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.services.timelines import load_versions
from tarifa.services.without_contract import not_agreed
from tarifa.storage import Database, Row, Transaction
from tarifa.storage.mapping import digest, to_json, to_seconds
from tarifa.storage.outbox import Event, append_events, raise_account

MOST = 1_000_000_000
MOST_EVIDENCE = 50
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class _Count:
    """A count as it is stored."""

    contract_id: str
    item: str
    source: str
    external_id: str
    revision: int
    effective_from: date
    quantity: int
    evidence: str
    payload: str


async def set_quantity(
    database: Database, quantity: QuantityInput, *, by: str, now: datetime, on_change: OnChange = OnChange.REJECT
) -> Recorded | Refused:
    """Record a count; the same one again is a no-op, another one under its id is refused or a revision."""
    bad = _bad_fields(quantity)
    if bad:
        return Refused(bad)
    await load_versions(database)
    async with database.writing() as transaction:
        number = as_id(quantity.contract)
        facts = (await read_contracts(transaction, [number])).get(number)
        if facts is None:
            return Refused((Problem("unknown-contract", f"there is no contract {number}", "", number, "contract"),))
        wrong = not_agreed(facts.contract) or _unsold(quantity, facts)
        if wrong is not None:
            return Refused((wrong,))
        known = await _known(transaction, quantity, facts.head.contract_id)
        count = _count(quantity, facts.head.contract_id, known["rev"] + 1 if known is not None else 1)
        key = f"{count.source}:{count.external_id}"
        if known is not None and known["payload_hash"] == count.payload:
            return Recorded(key, Change.UNCHANGED, known["rev"])
        if known is not None and on_change is OnChange.REJECT:
            message = f"the count `{key}` is on record with other facts"
            remedy = "send it as a revision if it was corrected, or give another count its own id"
            return Refused((Problem("quantity-exists", message, remedy, number, "externalId"),))
        await _insert(transaction, facts, count, by=by, at=to_seconds(now))
    return Recorded(key, Change.NEW if count.revision == 1 else Change.REVISED, count.revision)


def _bad_fields(quantity: QuantityInput) -> tuple[Problem, ...]:
    number = quantity.contract
    found = [bad_source(quantity.source), bad_name(quantity.external_id, "externalId")]
    if not 0 <= quantity.quantity <= MOST:
        message = f"{quantity.quantity} is no number of items"
        found.append(Problem("bad-quantity", message, f"give a whole number from 0 to {MOST}", number, "quantity"))
    evidence = quantity.evidence
    if len(evidence) > MOST_EVIDENCE or any(len(name) + len(text) > LONGEST for name, text in evidence.items()):
        message = "there is more evidence than is kept with a count"
        remedy = f"give at most {MOST_EVIDENCE} entries of {LONGEST} characters, and keep the rest where it is"
        found.append(Problem("long-evidence", message, remedy, number, "evidence"))
    return tuple(problem for problem in found if problem is not None)


def _unsold(quantity: QuantityInput, facts: ContractFacts) -> Problem | None:
    """Why the contract has no such item on that day."""
    contract, day = facts.contract, quantity.effective_from
    if not contract.start <= day < contract.end:
        message = f"contract {contract.number} is not in force on {day}"
        return Problem("not-in-force", message, "choose a day of the contract", contract.number, "from")
    version = facts.timeline.version(max(day, contract.bill_from))
    if version is None:
        message = f"no ruleset is in force for contract {contract.number} on {day}"
        remedy = "activate a version that holds on that day"
        return Problem("no-version", message, remedy, contract.number, "from")
    items = version.ruleset.items
    if fold(quantity.item) in items:
        return None
    labels = [item.label for item in items.values()]
    message = f"{version.ruleset.title} has no recurring item called `{quantity.item}`"
    remedy = meant(quantity.item, labels) or (f"it has {', '.join(labels)}" if labels else "it has none")
    return Problem("no-item", message, remedy, contract.number, "item")


async def _known(transaction: Transaction, quantity: QuantityInput, contract_id: str) -> Row | None:
    return await transaction.row(
        "SELECT rev, payload_hash FROM quantities WHERE contract_id = ? AND item = ? AND source = ? AND external_id = ?"
        " ORDER BY rev DESC",
        (contract_id, fold(quantity.item), quantity.source, as_id(quantity.external_id)),
    )


def _count(quantity: QuantityInput, contract_id: str, revision: int) -> _Count:
    evidence = dict(quantity.evidence)
    return _Count(
        contract_id=contract_id,
        item=fold(quantity.item),
        source=quantity.source,
        external_id=as_id(quantity.external_id),
        revision=revision,
        effective_from=quantity.effective_from,
        quantity=quantity.quantity,
        evidence=to_json(evidence),
        payload=digest((quantity.effective_from.isoformat(), quantity.quantity, evidence)),
    )


async def _insert(transaction: Transaction, facts: ContractFacts, count: _Count, *, by: str, at: int) -> None:
    seq = await raise_account(transaction, facts.head.account_id)
    await transaction.insert(
        "quantities",
        "contract_id, item, source, external_id, rev, seq, effective_from, quantity, evidence, payload_hash,"
        " recorded_by, recorded_at",
        [(count.contract_id, count.item, count.source, count.external_id, count.revision, seq,
          count.effective_from.isoformat(), count.quantity, count.evidence, count.payload, by, at)],
    )  # fmt: skip
    payload = {"contract": facts.contract.number, "item": count.item, "quantity": count.quantity}
    await append_events(transaction, [Event("quantity.set", count.contract_id, str(seq), payload)], at=at)
