"""Which contract work belongs to (D4.12).

Its class is decided first, by the ruleset of each contract. Of the contracts of that class, those in force go before
those that have ended and have top-ups to be used, and one of its site before one of the whole account. What none of them
covers is paid as it goes, where the ruleset says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo

from engine.calendars import local_day
from engine.facts import Account, Contract, Terms, Work
from engine.items import Held, Reason
from engine.model import NO_PLAN, Ruleset
from engine.periods import Period
from engine.pricing import values_before_contract
from engine.timeline import Timeline

MAIN = "main"
"""The class of contracts, and of work, where nothing says another."""
KNOWN_BEFORE = frozenset({"account", "country", "region", "exempt"})
"""The inputs of the contract's level that are known before the contract is: those of the account."""

Classes = Mapping[str, str | Held]
"""By id of work: the class of contract that it belongs to, or why none can be told. Work that is left out is `main`."""


ALWAYS = date(2000, 1, 1)
"""Since when work without a contract can be paid as it goes: long enough ago, and the first day of a year."""
PREFIX = "pay-as-you-go/"
"""Begins the numbers of contracts that nobody agreed."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A contract, and when and for which work it is there.

    Attributes:
        timeline: Of its ruleset.
        classes: How that ruleset classes the account's work.
        used: Cycles after the contract's end in which top-ups live.
    """

    contract: Contract
    timeline: Timeline
    classes: Classes = field(default_factory=dict)
    used: tuple[Period, ...] = ()


def without_contract(account: str, ruleset: Ruleset) -> Contract:
    """The contract that the work of an account (its key) is billed on which no other covers: no plan, fee or end."""
    return Contract(
        number=PREFIX + account,
        account=account,
        sites=frozenset(),
        class_=MAIN,
        start=ALWAYS,
        currency=ruleset.currencies[0],
        zone=ruleset.timezone,
        terms=(Terms(1, ALWAYS, NO_PLAN),),
    )


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
    program = version.program()
    if not program.binds("class"):
        return MAIN
    found = program.class_of(values_before_contract(work, account, day))
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
    """The contract that pays for `work`; None where there is none."""
    ranked = [(rank, offer.contract) for offer in offers if (rank := _rank(work, offer, zones)) is not None]
    first = min(ranked, key=lambda one: (one[0], not one[1].sites, one[1].number), default=None)
    return first[1] if first is not None else None


def _rank(work: Work, offer: Offer, zones: Mapping[str, tzinfo]) -> int | None:
    """How early an offer's turn is, 0 before 1 before 2; None where it is not for this work."""
    contract, class_ = offer.contract, offer.classes.get(work.id, MAIN)
    if contract.pays_as_it_goes:
        version = offer.timeline.version(local_day(work.start, zones[work.zone]))
        pays = version is not None and version.ruleset.without_contract is not None
        return 2 if pays and isinstance(class_, str) else None
    if class_ != contract.class_ or (contract.sites and work.site not in contract.sites):
        return None
    day = local_day(work.start, zones[contract.zone])
    if contract.start <= day < contract.end:
        return 0
    return 1 if any(day in period for period in offer.used) else None


def _nobodys(work: Work, offers: Sequence[Offer]) -> Held:
    """Why work belongs to no contract."""
    classes = [offer.classes[work.id] for offer in offers if work.id in offer.classes]
    untold = next((class_ for class_ in classes if isinstance(class_, Held)), None)
    if untold is not None:
        return untold
    site = work.spellings.get("site", work.site or "")
    return Held("work", work.id, Reason.NO_CONTRACT, {"site": site, "class": str(classes[0]) if classes else MAIN})
