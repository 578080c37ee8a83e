"""What an account's work without a contract is billed on, where its ruleset lets it pay as it goes (D4.12).

It is a contract like any other, made by the run that finds the first such work: one for each account, once, and never
changed. Cycles before that work have nothing to be billed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from engine.calendars import local_day
from engine.coverage import without_contract
from engine.facts import AllowanceOpens, Contract, Difference, NoticeTerms
from engine.items import Held
from engine.periods import FOREVER
from engine.settlement import contract_cycles
from engine.timeline import Timeline, pays_by
from tarifa.services.billing_contracts import ContractFacts
from tarifa.services.billing_facts import StoredWork
from tarifa.services.contracts import AMENDMENT_COLUMNS
from tarifa.services.results import Problem
from tarifa.services.timelines import BrokenVersionError, read_timeline
from tarifa.storage import Rows, Transaction
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import digest, discounts_json, notice_terms_json, to_json
from tarifa.storage.models import ContractRecord
from tarifa.storage.outbox import Event, append_events, raise_account
from tarifa.zones import zone

RECORDED_BY = "billing"
ORIGIN = "without contract"
"""Of the contracts that nobody agreed; those of all others is `agreed`."""


def not_agreed(contract: Contract) -> Problem | None:
    """Why nothing can be bought, counted or amended on what work without a contract is billed on."""
    if not contract.pays_as_it_goes:
        return None
    message = f"{contract.number} is what the account's work without a contract is billed on: nobody agreed it"
    return Problem("not-agreed", message, "record a contract", contract.number, "contract")


@dataclass(frozen=True, slots=True)
class Making:
    """A contract that is to be made, and the ruleset it is on.

    `opens` is the number of the boundary that opens the cycle of its first work, `following` the day of the next one.
    """

    contract: Contract
    ruleset_id: str
    opens: int
    following: date


async def paying(rows: Rows, contracts: Sequence[ContractFacts], uncovered: Sequence[StoredWork]) -> Making | None:
    """The contract that an account needs for work that no other covers; None where none of it pays as it goes.

    Args:
        rows: To read rulesets from.
        contracts: All of the account.
        uncovered: The account's work that none of them covers.
    """
    if not uncovered or any(one.contract.pays_as_it_goes for one in contracts):
        return None
    found = await _paying_ruleset(rows, contracts)
    if found is None:
        return None
    ruleset_id, timeline = found
    for one in uncovered:  # in order of time
        clock = zone(one.zone)
        day = local_day(one.start, clock) if clock is not None else None
        version = timeline.version(day) if day is not None else None
        if day is not None and version is not None and version.ruleset.without_contract is not None:
            return _making(without_contract(one.account, version.ruleset), ruleset_id, timeline, first=day)
    return None


def _making(contract: Contract, ruleset_id: str, timeline: Timeline, *, first: date) -> Making | None:
    cycles = contract_cycles(contract, timeline)
    if isinstance(cycles, Held) or first < contract.start:
        return None
    opens = cycles.number(first)
    return Making(contract, ruleset_id, opens, cycles.boundary(opens + 1))


async def _paying_ruleset(rows: Rows, contracts: Sequence[ContractFacts]) -> tuple[str, Timeline] | None:
    """The ruleset by which work without a contract pays: that of the account's contracts, else the one that says so.

    Of several nobody can tell.
    """
    own = {one.head.ruleset_id for one in contracts}
    ids = own or {row["id"] for row in await rows.rows("SELECT id FROM rulesets")}
    found = []
    for ruleset_id in sorted(ids):
        try:
            timeline = await read_timeline(rows, ruleset_id)
        except BrokenVersionError:  # it stops its own contracts, and is told with them
            continue
        if pays_by(timeline) is not None:
            found.append((ruleset_id, timeline))
    return found[0] if len(found) == 1 else None


async def make_contract(transaction: Transaction, account_id: str, making: Making, *, at: int) -> None:
    """Record the contract of an account's work without one; nothing where it has been made meanwhile."""
    if await transaction.row("SELECT id FROM contracts WHERE account_id = ? AND origin = ?", (account_id, ORIGIN)):
        return
    contract = making.contract
    seq, contract_id = await raise_account(transaction, account_id), new_id()
    payload = digest((contract.number, making.ruleset_id))
    policy = await transaction.row("SELECT seq FROM policy_clock WHERE id = 1")
    await ContractRecord.create(
        using_db=transaction.client,
        id=contract_id,
        account_id=account_id,
        seq=seq,
        number=contract.number,
        class_=contract.class_,
        ruleset_id=making.ruleset_id,
        currency=contract.currency.code,
        digits=contract.currency.digits,
        zone=contract.zone,
        start=contract.start.isoformat(),
        bill_from=None,
        due_days=0,
        origin=ORIGIN,
        payload_hash=payload,
        recorded_by=RECORDED_BY,
        recorded_at=at,
    )
    terms = contract.terms[0]
    await transaction.insert(
        "amendments",
        AMENDMENT_COLUMNS,
        [(contract_id, 1, seq, contract.start.isoformat(), terms.plan, to_json({}), discounts_json(()), 0, 0,
          terms.late_window, FOREVER.isoformat(), 0, None, payload, RECORDED_BY, at, notice_terms_json(NoticeTerms()),
          to_json({}), 0, Difference.NEXT_BOUNDARY.value, AllowanceOpens.AT_START.value)],
    )  # fmt: skip
    await transaction.insert(
        "heads",
        "contract_id, settlement_n, account_seq, policy_seq, billed_through, next_on",
        [(contract_id, 0, seq, policy["seq"] if policy is not None else 0, making.opens, making.following.isoformat())],
    )  # fmt: skip
    await append_events(transaction, [Event("contract.created", contract_id, "", {"number": contract.number})], at=at)
