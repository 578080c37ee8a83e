"""Which contract work belongs to (D4.12).

Its class is decided first, by the ruleset of each contract. Of the contracts of that class, one of its site goes before
one of the whole account.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo
from fractions import Fraction

from engine.calendars import local_day
from engine.facts import Account, Contract, Work
from engine.items import Held, Reason
from engine.pricing import account_values
from engine.timeline import Timeline

MAIN = "main"
"""The class of contracts, and of work, where nothing says another."""
KNOWN_BEFORE = frozenset({"account", "country", "region", "exempt"})
"""The inputs of the contract's level that are known before the contract is: those of the account."""

Classes = Mapping[str, str | Held]
"""By id of work: the class of contract that it belongs to, or why none can be told. Work that is left out is `main`."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A contract, and how its ruleset classes the account's work."""

    contract: Contract
    classes: Classes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Assigned:
    """Work by contract number, in the order it came; and work that no contract in force covers."""

    by_contract: Mapping[str, tuple[Work, ...]]
    held: tuple[Held, ...]


def asks_for_classes(timeline: Timeline) -> bool:
    """Whether some version of a ruleset has the hook `class`; if not, all work is `main`."""
    return any("class" in activation.version.ruleset.pricing for activation in timeline.activations)


def classify(work: Iterable[Work], account: Account, timeline: Timeline, *, zones: Mapping[str, tzinfo]) -> Classes:
    """The classes of an account's work, each by the version in force when it started."""
    if not asks_for_classes(timeline):
        return {}
    found = {}
    for one in work:
        class_ = _class_of(one, account, timeline, zones[one.zone])
        if class_ != MAIN:
            found[one.id] = class_
    return found


def _class_of(work: Work, account: Account, timeline: Timeline, zone: tzinfo) -> str | Held:
    day = local_day(work.start, zone)
    version = timeline.version(day)
    if version is None:
        return Held("work", work.id, Reason.NO_VERSION, {"day": day.isoformat()})
    program = version.program(version.ruleset.currencies[0])
    if not program.binds("class"):
        return MAIN
    hours = Fraction(-(-work.seconds // 60))
    found = program.class_of({**account_values(account, day), **work.inputs, "site": work.site, "hours": hours})
    if isinstance(found, str):
        return found
    reason, of, value = found
    detail = {"input": of.label, "value": work.spellings.get(of.name, value), "ruleset": version.title}
    return Held("work", work.id, reason, detail)


def assign(work: Iterable[Work], offers: Sequence[Offer], *, zones: Mapping[str, tzinfo]) -> Assigned:
    """Give the work of one account to its contracts.

    Args:
        work: Of the account. What is not billable belongs to no contract and is left out.
        offers: The account's contracts, whatever their dates; those of one class and site do not overlap.
        zones: By IANA name, the contracts' zones among them.
    """
    found: dict[str, list[Work]] = {offer.contract.number: [] for offer in offers}
    held = []
    for one in work:
        if not one.billable:
            continue
        contract = covering(one, offers, zones)
        if contract is None:
            held.append(_nobodys(one, offers))
        else:
            found[contract.number].append(one)
    return Assigned({number: tuple(those) for number, those in found.items()}, tuple(held))


def covering(work: Work, offers: Sequence[Offer], zones: Mapping[str, tzinfo]) -> Contract | None:
    """The contract in force for `work` when it started; one of its site before one of the whole account."""
    fitting = [
        offer.contract
        for offer in offers
        if offer.classes.get(work.id, MAIN) == offer.contract.class_
        and (not offer.contract.sites or work.site in offer.contract.sites)
        and offer.contract.start <= _day(work, offer.contract, zones) < offer.contract.end
    ]
    return min(fitting, key=lambda contract: (not contract.sites, contract.number), default=None)


def _nobodys(work: Work, offers: Sequence[Offer]) -> Held:
    """Why work belongs to no contract."""
    classes = [offer.classes[work.id] for offer in offers if work.id in offer.classes]
    untold = next((class_ for class_ in classes if isinstance(class_, Held)), None)
    if untold is not None:
        return untold
    site = work.spellings.get("site", work.site or "")
    return Held("work", work.id, Reason.NO_CONTRACT, {"site": site, "class": str(classes[0]) if classes else MAIN})


def _day(work: Work, contract: Contract, zones: Mapping[str, tzinfo]) -> date:
    return local_day(work.start, zones[contract.zone])
