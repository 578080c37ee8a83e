"""Which contract work belongs to (D4.12): a site's contract goes before the account's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from engine.calendars import local_day
from engine.facts import Contract, Work
from engine.items import Held, Reason

MAIN = "main"
"""The class of contracts, and of work, where nothing says another."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """Work by contract number, in the order it came; and work that no contract in force covers."""

    by_contract: Mapping[str, tuple[Work, ...]]
    held: tuple[Held, ...]


def assign(work: Iterable[Work], contracts: Sequence[Contract], zones: Mapping[str, tzinfo]) -> Assigned:
    """Give the work of one account to its contracts.

    Args:
        work: Of the account. What is not billable belongs to no contract and is left out.
        contracts: Of the account, whatever their dates; those of one class and site do not overlap.
        zones: By IANA name, the contracts' zones among them.
    """
    found: dict[str, list[Work]] = {contract.number: [] for contract in contracts}
    held = []
    for one in work:
        if not one.billable:
            continue
        contract = covering(one, contracts, zones)
        if contract is None:
            held.append(Held("work", one.id, Reason.NO_CONTRACT, {"site": one.spellings.get("site", one.site or "")}))
        else:
            found[contract.number].append(one)
    return Assigned({number: tuple(those) for number, those in found.items()}, tuple(held))


def covering(work: Work, contracts: Sequence[Contract], zones: Mapping[str, tzinfo]) -> Contract | None:
    """The contract in force for `work` when it started; one of its site before one of the whole account."""
    fitting = [
        contract
        for contract in contracts
        if contract.class_ == MAIN
        and (not contract.sites or work.site in contract.sites)
        and contract.start <= _day(work, contract, zones) < contract.end
    ]
    return min(fitting, key=lambda contract: (not contract.sites, contract.number), default=None)


def _day(work: Work, contract: Contract, zones: Mapping[str, tzinfo]) -> date:
    return local_day(work.start, zones[contract.zone])
