"""Give the stored work of an account to its contracts, each contract by the classes of its own ruleset (D4.12)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo

from engine.coverage import Assigned, Classes, Offer, asks_for_classes, assign, classify
from engine.facts import Account, Work
from engine.items import Held
from engine.periods import Period
from engine.timeline import Timeline
from tarifa.intake import read_work
from tarifa.services.billing_contracts import ContractFacts, cycles_of
from tarifa.services.billing_facts import AccountWork, StoredWork
from tarifa.zones import zone


def assigned(stored: Sequence[StoredWork], work: AccountWork, contracts: Sequence[ContractFacts]) -> Assigned:
    """Which contract pays for work.

    Args:
        stored: Work of one account that is to be charged.
        work: All that was read with it: its requests and sites count as they were billed.
        contracts: All contracts of the account.
    """
    classes: dict[str, Classes] = {}
    for one in contracts:
        if one.head.ruleset_id not in classes:
            classes[one.head.ruleset_id] = _classes(stored, work, one.account, one.timeline)
    offers = [Offer(one.contract, one.timeline, classes[one.head.ruleset_id], used_by(one)) for one in contracts]
    bare = [_bare(one) for one in stored]
    return assign(bare, offers, zones=zones_of([one.contract.zone for one in contracts], bare))


def used_by(facts: ContractFacts) -> tuple[Period, ...]:
    """The cycles after a contract's end in which its top-ups live."""
    cycles = cycles_of(facts)
    return () if isinstance(cycles, Held) else tuple(cycles.cycle(n) for n in cycles.used)


def _classes(stored: Sequence[StoredWork], work: AccountWork, account: Account, timeline: Timeline) -> Classes:
    """Work that a ruleset cannot read has no class there, and waits unless the contract of another ruleset covers it."""
    if not asks_for_classes(timeline):
        return {}
    read: list[Work] = []
    untold: dict[str, str | Held] = {}
    for one in stored:
        entry, _ = work.entry(one)
        as_read = read_work(entry, timeline)
        if isinstance(as_read, Held):
            untold[one.key] = as_read
        else:
            read.append(as_read)
    return {**classify(read, account, timeline, zones=zones_of((), read)), **untold}


def _bare(stored: StoredWork) -> Work:
    """Just enough of a worklog to say whose contract it is, once its class is known."""
    return Work(
        id=stored.key,
        revision=stored.revision,
        start=stored.start,
        seconds=stored.seconds,
        zone=stored.zone,
        site=stored.site,
        calendar=None,
        request=stored.key,
        request_revision=0,
        inputs={},
    )


def zones_of(names: Iterable[str], works: Iterable[Work]) -> Mapping[str, tzinfo]:
    """The clocks of zones by name, those of work among them; names that the pinned data lacks are left out."""
    wanted = {*names, *(work.zone for work in works)}
    return {name: clock for name in sorted(wanted) if (clock := zone(name)) is not None}
