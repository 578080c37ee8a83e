"""Which contracts may renew which: read alike from files and from the API (D5.3, D6)."""

from __future__ import annotations

from datetime import timedelta

from engine.facts import Contract
from engine.model import Plan, Ruleset
from engine.names import as_id, fold
from engine.periods import FOREVER
from engine.timeline import Timeline
from tarifa.amending import other_cycle, other_measure
from tarifa.services.inputs import ContractInput

_DAY = timedelta(days=1)


def names_badly(wanted: ContractInput) -> str | None:
    """Why what a contract says of its renewal cannot be, whatever it renews."""
    if wanted.renewed_from is None:
        return "it carries allowance over, and names no contract that it renews" if wanted.carries_over else None
    if as_id(wanted.renewed_from) == as_id(wanted.number):
        return "it renews itself; name the contract that ends before it starts"
    if wanted.carries_over and wanted.bill_from is not None and wanted.bill_from > wanted.start:
        return f"it carries allowance over, and is billed from {wanted.bill_from} on only; bill it from its start on"
    return None


def renews_badly(old: Contract, timeline: Timeline, wanted: ContractInput, ruleset: Ruleset) -> str | None:
    """Why a contract cannot renew `old`, and how to mend it.

    Args:
        old: The contract that ends, with its amendments.
        timeline: Of its ruleset.
        wanted: The contract that is to renew it.
        ruleset: That the new contract is agreed by; it has its plan.
    """
    name = f"contract `{old.number}`"
    if old.pays_as_it_goes:
        return f"nobody agreed {name}: work without a contract is billed on it, and nothing renews it"
    if fold(wanted.account) != old.account:
        return f"{name} is with another account; a renewal is with the same one"
    if old.end == FOREVER:
        return f"{name} has no expiry; let it expire on {wanted.start - _DAY} first"
    if wanted.start != old.end:
        ends, how = old.end - _DAY, "overlaps it" if wanted.start < old.end else "leaves a gap"
        return f"{name} expires on {ends}, and a start on {wanted.start} {how}; a renewal starts on {old.end}"
    return _carries_badly(old, timeline, ruleset.plans[fold(wanted.plan)], ruleset) if wanted.carries_over else None


def renewed_twice(old: str, by: str) -> str:
    """That a contract was renewed before."""
    return f"contract `{old}` is renewed by `{by}` already; renew that one, or name none"


def _carries_badly(old: Contract, timeline: Timeline, plan: Plan, ruleset: Ruleset) -> str | None:
    """Why nothing can be carried over into a contract on `plan`."""
    unlike = other_cycle(old, timeline, plan) or other_measure(old, ruleset, plan)
    if unlike is not None:
        return f"nothing can be carried over from `{old.number}`: {unlike}"
    last = old.end - _DAY
    version, terms = timeline.version(last), old.terms[-1]
    named = version.ruleset.plans.get(terms.plan) if version is not None else None
    before = named.on(last) if named is not None else None
    if before is not None and not before.carries:
        return f"its plan `{before.label}` carries nothing over, and so nothing is left of `{old.number}` for a renewal"
    return None
