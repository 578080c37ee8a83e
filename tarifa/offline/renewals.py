"""Renewals from a file: which contract goes on where another ends, and which of them cannot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from engine.facts import Contract
from engine.items import Held, Reason
from engine.names import fold
from engine.timeline import Timeline
from tarifa.files.facts import Placed
from tarifa.files.problems import did_you_mean
from tarifa.renewing import names_badly, renewed_twice, renews_badly
from tarifa.services.inputs import ContractInput


@dataclass(frozen=True, slots=True)
class Renewals:
    """Which contracts take over from which.

    Attributes:
        takes_over: Number of the renewal to that of the contract that hands over to it.
        refused: Contracts that cannot be the renewal that they are said to be, each with why.
    """

    takes_over: Mapping[str, str]
    refused: tuple[tuple[Placed[ContractInput], Held], ...]


def renewals(rows: Sequence[Placed[ContractInput]], contracts: Iterable[Contract], timeline: Timeline) -> Renewals:
    """Tie contracts to those that they renew, the older ones first.

    Args:
        rows: All contracts as the file says them.
        contracts: Those that could be billed so far.
        timeline: The versions in force.
    """
    usable = {one.number: one for one in contracts}
    renewed_by: dict[str, str] = {}
    takes_over: dict[str, str] = {}
    refused = []
    for row in sorted(rows, key=lambda row: row.value.start):
        wanted, old = row.value, usable.get(row.value.renewed_from or "")
        if wanted.number not in usable:
            continue
        wrong = names_badly(wanted)
        if wrong is None and wanted.renewed_from is not None:
            by = renewed_by.get(wanted.renewed_from)
            wrong = _unusable(wanted.renewed_from, rows) if old is None else _wrong(old, by, wanted, timeline)
        if wrong is not None:
            del usable[wanted.number]
            refused.append((row, Held("contract", wanted.number, Reason.BAD_ROW, {"message": wrong})))
        elif old is not None:
            renewed_by[old.number] = wanted.number
            if wanted.carries_over:
                takes_over[wanted.number] = old.number
    return Renewals(takes_over, tuple(refused))


def in_order(contracts: Sequence[Contract], takes_over: Mapping[str, str]) -> Sequence[Contract]:
    """Contracts as they stand, but for those that take over from others: these come last, the older ones first."""
    return sorted(contracts, key=lambda one: one.start if one.number in takes_over else date.min)


def _unusable(number: str, rows: Sequence[Placed[ContractInput]]) -> str:
    numbers = [row.value.number for row in rows]
    if number in numbers:
        return f"it renews contract `{number}`, which cannot be billed as it is; mend that one first"
    return f"there is no contract `{number}` to renew{did_you_mean(number, numbers)}"


def _wrong(old: Contract, renewed_by: str | None, wanted: ContractInput, timeline: Timeline) -> str | None:
    if renewed_by is not None:
        return renewed_twice(old.number, renewed_by)
    version = timeline.version(max(wanted.start, wanted.bill_from or wanted.start))
    if version is None or fold(wanted.plan) not in version.ruleset.plans:
        return None  # then the contract would not be among the usable ones
    return renews_badly(old, timeline, wanted, version.ruleset)
