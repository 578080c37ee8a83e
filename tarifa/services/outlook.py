"""How a contract stands in one of its cycles, over or not: what it would be settled from, and nothing written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from engine.calendars import local_day, midnight
from engine.items import Held, Reason
from engine.periods import FOREVER
from engine.renewal import handed_over
from engine.settlement import contract_cycles, first_billed, settle
from tarifa.services.billing_contracts import ContractFacts, read_contracts
from tarifa.services.billing_facts import Changes, read_changes
from tarifa.services.billing_inputs import read_inputs
from tarifa.services.billing_settle import Due, Failed, Gathered, Start, gather, start_of
from tarifa.storage import Database
from tarifa.zones import zone


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a contract is settled from, up to the end of the cycle `due.number - 1`."""

    contract: ContractFacts
    due: Due
    gathered: Gathered


async def outlooks(database: Database, wanted: Mapping[str, int]) -> dict[str, Outlook | Failed]:
    """How contracts stand in the cycle of an instant, by number; an unknown number is left out.

    Args:
        database: Read from; nothing is locked, and nothing written.
        wanted: Contract number to UTC seconds.
    """
    contracts = await read_contracts(database, list(wanted))
    contracts = {number: await _opened(database, facts, wanted[number]) for number, facts in contracts.items()}
    found: dict[str, Outlook | Failed] = {}
    dues: dict[str, Due] = {}
    for number, facts in contracts.items():
        due = _end_of_cycle(facts, wanted[number])
        if isinstance(due, Failed):
            found[number] = due
        else:
            dues[number] = due
    changes = await read_changes(database, [contracts[number] for number in dues])
    starts: dict[str, Start] = {}
    for number, due in dues.items():
        changed = changes.get(contracts[number].head.contract_id, Changes())
        start = start_of(contracts[number], due, replace(changed, starts=(*changed.starts, wanted[number])))
        if start is not None:  # the instant itself lies in a cycle that has to be computed
            starts[number] = start
    inputs = await read_inputs(database, contracts, starts)
    for number, start in starts.items():
        found[number] = Outlook(contracts[number], start.due, gather(contracts[number], start, inputs))
    return found


async def _opened(database: Database, facts: ContractFacts, at: int) -> ContractFacts:
    """A renewal whose old contract is not billed to its end yet, with what that one would hand over as it stands now."""
    over, clock = facts.takes_over, zone(facts.contract.zone)
    if over is None or over.settled_by or clock is None or at < midnight(facts.contract.start, clock):
        return facts
    last_day = midnight(facts.contract.start - timedelta(days=1), clock)
    before = (await outlooks(database, {over.renewed: last_day})).get(over.renewed)
    if before is None or isinstance(before, Failed):
        return facts
    settled = settle(
        before.gathered.opening, before.gathered.facts, before.contract.timeline, through=before.due.number
    )
    closing = next((one for one in settled.closings if one.period.end == facts.contract.start), None)
    if closing is None:
        return facts
    return replace(facts, contract=replace(facts.contract, handed_over=handed_over(closing)))


def _end_of_cycle(facts: ContractFacts, at: int) -> Due | Failed:
    contract = facts.contract
    if facts.unusable is not None:
        return Failed(contract.number, "unusable-terms", {"message": facts.unusable})
    cycles, clock = contract_cycles(contract, facts.timeline), zone(contract.zone)
    if isinstance(cycles, Held):
        return Failed(contract.number, cycles.reason.value, cycles.detail)
    day = local_day(at, clock) if clock is not None else contract.start
    if not contract.start <= day < contract.end:
        return Failed(contract.number, Reason.NO_CONTRACT.value, {"day": day.isoformat(), "class": contract.class_})
    first, number = first_billed(contract, cycles), cycles.number(day)
    if number < first:
        detail = {"contract": contract.number, "bill from": contract.bill_from.isoformat()}
        return Failed(contract.number, Reason.BEFORE_BILL_FROM.value, detail)
    end = cycles.boundary(number + 1)
    on = end if end < FOREVER else day + timedelta(days=1)
    return Due(number + 1, on, ("arrears",), first, cycles, None)
