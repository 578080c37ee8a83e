"""What a contract brings over from where it was billed before: read alike from files and from the API."""

from __future__ import annotations

from dsl import read_units
from engine.facts import BroughtOver
from engine.model import Plan
from engine.periods import Cycles
from engine.settlement import first_from
from tarifa.services.inputs import ContractInput, OpeningInput

MOST_UNITS = 6_000_000_000
"""A million hours, in 1/100 minutes."""


def brought_over(
    opening: OpeningInput, n: int, contract: ContractInput, plan: Plan, cycles: Cycles
) -> BroughtOver | str:
    """The n-th opening of a contract as the engine takes it; or why it cannot be one, and how to mend it."""
    if contract.bill_from is None or contract.bill_from <= contract.start:
        return "it brings allowance over, and is billed from its start on; say from when it is billed here, or leave it out"
    units = read_units(opening.amount, plan.measure)
    if isinstance(units, str):
        return units
    if units.denominator != 1 or not 0 < units <= MOST_UNITS:
        return (
            f"`{opening.amount}` is no amount that can be brought over; write it like `12 h`, `90 min` or `5 requests`"
        )
    first = first_from(contract.bill_from, cycles)
    number = cycles.number(opening.expires) if opening.expires >= cycles.start else -1
    if number < first:
        return f"what expires on {opening.expires} is gone before {cycles.boundary(first)}, when billing begins here"
    if opening.expires >= cycles.end or cycles.cycle(number).last != opening.expires:
        ends = cycles.cycle(min(number, cycles.last if cycles.last is not None else number)).last
        return f"what it brings over expires on {opening.expires}, which is no last day of a cycle; such as {ends} is"
    return BroughtOver(str(n), int(units), opening.expires)
