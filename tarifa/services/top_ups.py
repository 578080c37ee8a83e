"""Buy extra allowance. The buyer's own key makes sure that the same purchase is made once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from engine.after_end import last_plan, succeeds
from engine.calendars import local_day
from engine.model import Measure
from engine.names import as_id, fold
from tarifa.services.billing_contracts import ContractFacts, read_contracts, read_sisters
from tarifa.services.billing_settle import next_boundary
from tarifa.services.inputs import TopUpInput
from tarifa.services.naming import bad_instant, bad_name, meant
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.services.timelines import load_versions, read_timeline
from tarifa.services.without_contract import not_agreed
from tarifa.storage import Database, Row, Transaction
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import to_seconds
from tarifa.storage.models import TopUpRecord
from tarifa.storage.outbox import Event, append_events, raise_account
from tarifa.zones import zone


async def buy_top_up(database: Database, top_up: TopUpInput, *, by: str, now: datetime) -> Recorded | Refused:
    """Add a top-up to a contract; the same `request_key` again is a no-op, with other facts it is refused."""
    top_up = replace(top_up, contract=as_id(top_up.contract), request_key=as_id(top_up.request_key))
    bad = bad_name(top_up.request_key, "requestKey")
    if bad is None and top_up.at.tzinfo is None:
        bad = Problem(
            "no-offset", "the instant of the purchase has no offset", "add one, such as `Z`", top_up.contract, "at"
        )
    if bad is None:
        bad = bad_instant(to_seconds(top_up.at), subject=top_up.contract, field="at")
    if bad is not None:
        return Refused((bad,))
    await load_versions(database)
    async with database.writing() as transaction:
        contract = await transaction.row(
            "SELECT c.id, c.number, c.account_id, c.ruleset_id, c.zone, c.start, a.end_date FROM contracts c"
            " JOIN amendments a ON a.contract_id = c.id WHERE c.number = ? ORDER BY a.n DESC",
            (top_up.contract,),
        )
        if contract is None:
            return Refused(
                (
                    Problem(
                        "unknown-contract", f"there is no contract {top_up.contract}", "", top_up.contract, "contract"
                    ),
                )
            )
        same = await TopUpRecord.get_or_none(request_key=top_up.request_key, using_db=transaction.client)
        if same is not None:
            return _known(same, top_up, contract["id"])
        problem = await _unsold(transaction, contract, top_up)
        if problem is not None:
            return Refused((problem,))
        await _buy(transaction, contract, top_up, by=by, at=to_seconds(now))
    return Recorded(top_up.request_key, Change.NEW)


def _known(bought: TopUpRecord, top_up: TopUpInput, contract_id: str) -> Recorded | Refused:
    if (bought.contract_id, bought.top_up, bought.at) == (contract_id, fold(top_up.top_up), to_seconds(top_up.at)):
        return Recorded(top_up.request_key, Change.UNCHANGED)
    message = f"the key `{top_up.request_key}` has bought something else"
    return Refused((Problem("key-used", message, "give another purchase another key", top_up.contract, "requestKey"),))


async def _unsold(transaction: Transaction, contract: Row, top_up: TopUpInput) -> Problem | None:
    """Why the version in force does not sell this top-up with the contract's plan on that day."""
    clock = zone(contract["zone"])
    day = local_day(to_seconds(top_up.at), clock) if clock is not None else top_up.at.date()
    facts = (await read_contracts(transaction, [contract["number"]]))[contract["number"]]
    refused = not_agreed(facts.contract)
    if refused is None and day < facts.contract.start:
        message = f"contract {contract['number']} is not in force on {day}"
        refused = Problem("not-in-force", message, "choose a day of the contract", top_up.contract, "at")
    if refused is None and day >= facts.contract.end:
        refused = await _unused_after_end(transaction, facts, day)
    if refused is not None:
        return refused
    version = (await read_timeline(transaction, contract["ruleset_id"])).version(day)
    agreed = await transaction.row(
        "SELECT plan FROM amendments WHERE contract_id = ? AND is_end_only = 0 AND effective_from <= ?"
        " ORDER BY effective_from DESC, n DESC",
        (contract["id"], day.isoformat()),
    )
    named = version.ruleset.plans.get(agreed["plan"]) if version is not None and agreed is not None else None
    plan = named.on(day) if named is not None else None
    if version is None or plan is None:
        message = f"no ruleset is in force for contract {contract['number']} on {day}"
        return Problem("no-version", message, "activate a version that holds on that day", top_up.contract, "at")
    known = version.ruleset.top_ups
    on_sale = {name: known[name] for name in sorted(plan.top_ups) if name in known and known[name].on(day) is not None}
    if fold(top_up.top_up) in on_sale:
        return None
    sold = [one.label for one in on_sale.values()]
    message = f"the plan `{plan.label}` of {version.title} does not sell the top-up `{top_up.top_up}` on {day}"
    remedy = meant(top_up.top_up, sold) or (f"it sells {', '.join(sold)}" if sold else "it sells none")
    return Problem("no-top-up", message, remedy, top_up.contract, "topUp")


async def _unused_after_end(transaction: Transaction, facts: ContractFacts, day: date) -> Problem | None:
    """Why a top-up that is bought after the contract's end could not be used (D5.4)."""
    contract, number = facts.contract, facts.contract.number
    plan = last_plan(contract, day, facts.timeline)
    if plan is not None and plan.measure is Measure.FIXED:
        message = f"contract {number} has expired, and its plan `{plan.label}` has no allowance to add to"
        return Problem("not-in-force", message, "record a new contract", number, "at")
    others = await read_contracts(transaction, await read_sisters(transaction, [facts.head.account_id]))
    heir = next((one.contract for one in others.values() if succeeds(one.contract, contract, day)), None)
    if heir is None:
        return None
    message = f"contract {number} has expired, and {heir.number} is in force in its place on {day}"
    return Problem("not-in-force", message, f"buy it on {heir.number}", number, "at")


async def _buy(transaction: Transaction, contract: Row, top_up: TopUpInput, *, by: str, at: int) -> None:
    seq = await raise_account(transaction, contract["account_id"])
    bought = await TopUpRecord.create(
        using_db=transaction.client,
        id=new_id(),
        contract_id=contract["id"],
        seq=seq,
        top_up=fold(top_up.top_up),
        at=to_seconds(top_up.at),
        request_key=top_up.request_key,
        recorded_by=by,
        recorded_at=at,
    )
    facts = (await read_contracts(transaction, [contract["number"]]))[contract["number"]]
    await transaction.run(
        "UPDATE heads SET next_on = ? WHERE contract_id = ?", (next_boundary(facts).isoformat(), contract["id"])
    )
    payload = {"contract": contract["number"], "top-up": bought.top_up}
    await append_events(transaction, [Event("top-up.bought", bought.id, "", payload)], at=at)
