"""The work of the last months as a ruleset on trial sees it: what the findings of its check are counted on.

Money is what was billed, by whatever version was in force then; work that is not billed yet counts without any. Nothing
is settled anew and nothing is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from itertools import islice

from dsl import Diagnostic
from dsl.touching import with_work
from engine.facts import Contract, Facts, Work
from engine.formulas import ConstantName, parts
from engine.items import Held, Item
from engine.model import Ruleset
from engine.periods import Cycles, add_months
from engine.timeline import Timeline
from engine.touched import Entry, always_in_force, entries_of
from tarifa.intake import read_work
from tarifa.services.assigning import assigned, zones_of
from tarifa.services.billing_contracts import ContractFacts, cycles_of, read_contracts, read_sisters
from tarifa.services.billing_facts import AccountWork, BilledItem
from tarifa.services.billing_facts import read_billed as read_billed_items
from tarifa.services.billing_facts import read_work as read_stored_work
from tarifa.storage import Database
from tarifa.storage.mapping import to_seconds
from tarifa.zones import zone

MOST_MONTHS = 24
BATCH = 100
"""Contracts whose work is in memory at once."""


async def counted(
    database: Database, ruleset: Ruleset, diagnostics: Sequence[Diagnostic], *, months: int, now: datetime
) -> tuple[Diagnostic, ...]:
    """Findings with what each touches of the work of the last months on contracts of that ruleset, by its name."""
    if not months or not any(one.concern is not None for one in diagnostics):
        return tuple(diagnostics)
    since = add_months(now.date(), -min(months, MOST_MONTHS))
    return with_work(diagnostics, await entries(database, ruleset, since=since, through=now.date()))


async def entries(database: Database, ruleset: Ruleset, *, since: date, through: date) -> list[Entry]:
    """All work from a day on that contracts on a ruleset of that name pay for, and what was billed for it."""
    timeline = always_in_force(ruleset)
    rows = await database.rows(
        "SELECT c.number FROM contracts c JOIN rulesets r ON r.id = c.ruleset_id WHERE r.name = ? ORDER BY c.number",
        (ruleset.name,),
    )
    numbers = iter([row["number"] for row in rows])
    found: list[Entry] = []
    while batch := list(islice(numbers, BATCH)):
        contracts = await read_contracts(database, batch)
        usable = [one for one in contracts.values() if one.unusable is None and _is_read_by(ruleset, one.contract)]
        found += await _of_contracts(database, usable, timeline, since, through)
    return found


async def _of_contracts(
    database: Database, contracts: Sequence[ContractFacts], timeline: Timeline, since: date, through: date
) -> list[Entry]:
    start = to_seconds(datetime.combine(since, time.min, UTC))
    accounts = sorted({one.head.account_id for one in contracts})
    work = await read_stored_work(database, dict.fromkeys(accounts, start))
    sisters = await read_contracts(database, await read_sisters(database, accounts))
    paid = _paid_by(work, list(sisters.values()))
    cycles = {one.head.contract_id: _first_cycle(one, since) for one in contracts}
    billed = await read_billed_items(database, cycles)
    found: list[Entry] = []
    for one in contracts:
        ids = paid.get(one.contract.number, frozenset())
        items = _items(billed.get(one.head.contract_id, {}), since)
        waiting = {waits.work for waits in work.waiting.get(one.head.account_id, ())}
        facts = _facts(one, work, ids, timeline)
        found += entries_of(facts, timeline, items, waiting, through=through)
    return found


def _paid_by(work: AccountWork, contracts: Sequence[ContractFacts]) -> Mapping[str, frozenset[str]]:
    """By contract number, the work that it pays for."""
    by_account: defaultdict[str, list[ContractFacts]] = defaultdict(list)
    for one in contracts:
        if one.unusable is None:
            by_account[one.head.account_id].append(one)
    found: dict[str, frozenset[str]] = {}
    for account, those in by_account.items():
        stored = [one for one in work.work.get(account, ()) if one.is_charged]
        by_contract = assigned(stored, work, those).by_contract
        found |= {number: frozenset(one.id for one in works) for number, works in by_contract.items()}
    return found


def _first_cycle(facts: ContractFacts, since: date) -> int:
    cycles = cycles_of(facts)
    if not isinstance(cycles, Cycles) or since <= facts.contract.start:
        return 0
    return max(cycles.number(min(since, facts.contract.end)), 0)


def _items(billed: Mapping[str, BilledItem], since: date) -> Iterator[Item]:
    for one in billed.values():
        item = one.billed.item
        if (item.on or item.service.start) >= since:
            yield item


def _facts(facts: ContractFacts, work: AccountWork, ids: frozenset[str], timeline: Timeline) -> Facts:
    """The contract with its work as the ruleset on trial reads it; what that cannot read is left out."""
    read: list[Work] = []
    for stored in work.work.get(facts.head.account_id, ()):
        if stored.key in ids:
            entry, _ = work.entry(stored)
            as_read = read_work(entry, timeline)
            if not isinstance(as_read, Held):
                read.append(as_read)
    return Facts(facts.account, facts.contract, tuple(read), zones_of([facts.contract.zone], read))


def _is_read_by(ruleset: Ruleset, contract: Contract) -> bool:
    """Whether a ruleset has all constants that a contract's own prices name."""
    formulas = [formula for terms in contract.terms for _, formula in terms.overrides]
    named = {part.name for formula in formulas for part in parts(formula) if isinstance(part, ConstantName)}
    return zone(contract.zone) is not None and named <= ruleset.constants.keys()
