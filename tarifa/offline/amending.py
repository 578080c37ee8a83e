"""Amendments from a file: the terms that a contract has from their days on, and when it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from dsl import read_contract_inputs, read_overrides
from dsl.suggest import nearest
from engine.facts import Contract, Difference, Terms
from engine.items import Held, Reason
from engine.model import Ruleset
from engine.names import fold
from engine.periods import FOREVER
from engine.terms import terms_on
from engine.timeline import Timeline
from tarifa.amending import other_cycle, other_measure
from tarifa.files.facts import Placed
from tarifa.files.problems import Place
from tarifa.services.inputs import AmendmentInput, Kept

_DAY = timedelta(days=1)


def amended(
    contract: Contract, rows: Sequence[Placed[AmendmentInput]], timeline: Timeline
) -> Contract | tuple[Held, Place]:
    """The contract with its amendments, by their days; or why one of them cannot be, and where it stands."""
    found, difference = contract, contract.terms[0].difference
    for number, row in enumerate(sorted(rows, key=lambda row: row.value.effective_from), 2):
        difference = row.value.difference or difference
        made = _amended(found, replace(row.value, difference=difference), number, timeline)
        if isinstance(made, Held):
            return made, row.place
        found = made
    return found


def _amended(contract: Contract, amendment: AmendmentInput, number: int, timeline: Timeline) -> Contract | Held:
    day, end = amendment.effective_from, contract.end
    if not isinstance(amendment.expiry, Kept):
        end = FOREVER if amendment.expiry in (None, FOREVER) else amendment.expiry + _DAY
    if end <= contract.start:
        return _bad(contract, f"it would expire on {end - _DAY}, before it starts on {contract.start}")
    if day < contract.start:
        return _bad(contract, f"it is amended from {day} on, and starts on {contract.start} only")
    if day > end:
        return _bad(contract, f"it is amended from {day} on, and has expired on {end - _DAY}")
    if _is_end_only(amendment):
        return replace(contract, end=end)
    first = max(day, contract.bill_from)
    version = timeline.version(min(first, end - _DAY))
    if version is None:
        return Held("contract", contract.number, Reason.NO_VERSION, {"day": first.isoformat()})
    terms = _terms(contract, amendment, number, version.ruleset, timeline)
    return terms if isinstance(terms, Held) else replace(contract, terms=(*contract.terms, terms), end=end)


def _is_end_only(amendment: AmendmentInput) -> bool:
    said = (
        amendment.plan,
        amendment.overrides,
        amendment.discounts,
        amendment.suspended,
        amendment.lock_prices,
        amendment.allowance_opens,
        amendment.inputs,
    )
    return all(value is None for value in said) and amendment.late_window is Kept.AS_IT_IS


def _terms(
    contract: Contract, amendment: AmendmentInput, number: int, ruleset: Ruleset, timeline: Timeline
) -> Terms | Held:
    before = terms_on(contract, amendment.effective_from)
    name = fold(amendment.plan) if amendment.plan is not None else before.plan
    plan = ruleset.plans.get(name)
    if plan is None:
        near = nearest(name, [one.label for one in ruleset.plans.values()])
        detail = {"plan": amendment.plan or name, "ruleset": ruleset.title} | ({"near": near} if near else {})
        return Held("contract", contract.number, Reason.NO_PLAN, detail)
    unfit = other_cycle(contract, timeline, plan) or other_measure(contract, ruleset, plan)
    if unfit is not None:
        return _bad(contract, f"{unfit}; let it expire, and write a new contract on that plan")
    overrides = before.overrides
    if amendment.overrides is not None:
        read = read_overrides(ruleset, amendment.overrides, plan=name, currency=ruleset.said_in(contract.currency.code))
        if read.problems:
            return _bad(contract, "; ".join(read.problems))
        overrides = read.formulas
    told = read_contract_inputs(ruleset, amendment.inputs or {})
    if told.problems:
        return _bad(contract, "; ".join(told.problems))
    changed, window = {fold(name) for name in amendment.inputs or {}}, amendment.late_window
    kept = tuple(one for one in before.inputs if one[0] not in changed)
    return Terms(
        number=number,
        inputs=tuple(sorted((*kept, *told.values), key=lambda one: one[0])),
        effective_from=amendment.effective_from,
        plan=name,
        overrides=overrides,
        discounts=amendment.discounts if amendment.discounts is not None else before.discounts,
        suspended=amendment.suspended if amendment.suspended is not None else before.suspended,
        lock_prices=amendment.lock_prices if amendment.lock_prices is not None else before.lock_prices,
        late_window=before.late_window if isinstance(window, Kept) else window,
        allowance_opens=amendment.allowance_opens or before.allowance_opens,
        difference=amendment.difference or Difference.NEXT_BOUNDARY,
    )


def _bad(contract: Contract, message: str) -> Held:
    return Held("contract", contract.number, Reason.BAD_ROW, {"message": message})
