"""Which contract on record another one may renew."""

from __future__ import annotations

from engine.model import Ruleset
from engine.names import as_id
from tarifa.renewing import renewed_twice, renews_badly
from tarifa.services.billing_contracts import read_contracts
from tarifa.services.inputs import ContractInput
from tarifa.services.results import Problem
from tarifa.storage import Transaction


async def renewed_contract(transaction: Transaction, contract: ContractInput, ruleset: Ruleset) -> str | Problem | None:
    """The id of the contract that another one renews, None where it renews none; or why it cannot.

    `ruleset` is what the renewal is agreed by, and has its plan.
    """
    if contract.renewed_from is None:
        return None
    number = as_id(contract.renewed_from)
    old = (await read_contracts(transaction, [number])).get(number)
    if old is None:
        message, remedy = f"there is no contract {number} to renew", "correct its number, or record it first"
        return Problem("unknown-contract", message, remedy, contract.number, "renewedFrom")
    by = await transaction.row("SELECT number FROM contracts WHERE renewed_from = ?", (old.head.contract_id,))
    if by is not None:
        return Problem("bad-renewal", renewed_twice(number, by["number"]), "", contract.number, "renewedFrom")
    wrong = renews_badly(old.contract, old.timeline, contract, ruleset)
    if wrong is not None:
        return Problem("bad-renewal", wrong, "", contract.number, "renewedFrom")
    return old.head.contract_id
