"""Settle one contract to its next due boundary and compose what is owed: pure, with no transaction open (D1, D8.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from engine.advance import RECURRING
from engine.calendars import local_day, midnight
from engine.documents import DocumentTerms, Draft, compose
from engine.facts import Contract, Facts, Work
from engine.granting import pot_start
from engine.items import Closing, Delta, Held, Opening, Reason
from engine.periods import FOREVER, Cycles
from engine.pricing import LONGEST
from engine.renewal import opens_next
from engine.settlement import first_billed, first_opening, owed, reaches, settle, settle_advance
from tarifa.intake import read_work
from tarifa.services.assigning import assigned, zones_of
from tarifa.services.billing_at_once import PART
from tarifa.services.billing_contracts import ContractFacts, Head, cycles_of
from tarifa.services.billing_facts import AccountWork, Changes, StoredWork
from tarifa.services.billing_inputs import Inputs
from tarifa.storage import Waiting
from tarifa.zones import zone

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """A boundary to bill.

    Attributes:
        number: Of the boundary; the last one again where late work is billed after the contract's end.
        on: Its local date; of late work after the end, the day it is billed.
        parts: What the boundary owes, each once: advance, arrears, close, late work after the end, or the difference of
            amendments that are billed at once.
        first: The first boundary that is ours to bill.
        following: The boundary after it; None after the last.
    """

    number: int
    on: date
    parts: tuple[str, ...]
    first: int
    cycles: Cycles
    following: date | None

    @property
    def is_late(self) -> bool:
        """Whether it is only for what comes after the contract's end."""
        return any(part.startswith("late-") for part in self.parts)

    @property
    def is_at_once(self) -> bool:
        """Whether only what recurs is settled, since an amendment changes it within a cycle that is billed ahead."""
        return any(part.startswith(PART) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Start:
    """Where a settlement begins: its first cycle, that cycle's first instant, and the one from which work is needed.

    Where cycles split work at their edge, work that begins in the cycle before may reach into the first one.
    """

    due: Due
    from_cycle: int
    edge: int
    since: int

    def reaches(self, work: StoredWork) -> bool:
        """Whether some of the work may lie in the cycles to settle."""
        return work.start >= self.edge or (work.start >= self.since and work.start + work.seconds > self.edge)


@dataclass(frozen=True, slots=True)
class StoredRef:
    """How a worklog of the settlement is stored."""

    worklog_id: str
    revision: int
    site_seq: int


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a contract is settled from: where it begins, its facts, work that cannot be read, and how work is stored.

    `waiting` is what of its own work, and of any that was billed before, was on the list of exceptions. That list moves on:
    who replays the settlement knows it from here.
    """

    opening: Opening
    facts: Facts
    unreadable: tuple[Held, ...]
    refs: Mapping[str, StoredRef]
    waiting: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a contract's boundary came to, ready to be numbered and written."""

    facts: ContractFacts
    due: Due
    from_cycle: int
    deltas: tuple[Delta, ...]
    closings: tuple[Closing, ...]  # only those that are new or changed
    held: tuple[Held, ...]
    draft: Draft | None
    works: Mapping[str, StoredRef]
    billed_work: Mapping[str, str]  # item key to the id of the worklog that it was billed for
    waiting: tuple[Waiting, ...]
    run_id: str | None = None  # the run that somebody asked for; None is the scheduler's

    @property
    def is_idle(self) -> bool:
        """Whether it is late work that came to nothing: only the counters move on."""
        return self.due.is_late and not self.deltas and not self.closings


@dataclass(frozen=True, slots=True)
class GroupHead:
    """A bill group, how many documents it has, how often contracts came and went, and who is billed with their counter."""

    key: str
    n: int
    moves: int
    account_id: str
    account_seq: int


@dataclass(frozen=True, slots=True)
class Bill:
    """What is written together: a contract's boundary, or those of a bill group for one day, with one document.

    Attributes:
        parts: In order of account and contract.
        draft: None where there is nothing to show.
        left_out: Contracts of the group that could not be billed.
        needs_approval: The group wants it for each of its documents.
    """

    parts: tuple[Prepared, ...]
    draft: Draft | None
    group: GroupHead | None = None
    left_out: tuple[str, ...] = ()
    needs_approval: bool = False

    @property
    def first(self) -> Prepared:
        """The contract by which it is known."""
        return self.parts[0]


@dataclass(frozen=True, slots=True)
class Failed:
    """A contract that cannot be billed as it is; `head` is how far it was settled when that was found."""

    contract: str
    reason: str
    detail: Mapping[str, str]
    head: Head | None = None


class MissingClosingError(Exception):
    """A billed cycle has no stored closing: the database was changed by other hands."""

    def __init__(self, contract: str, cycle: int) -> None:
        super().__init__(f"contract {contract}: the closing of cycle {cycle} is not in the database")


def next_due(facts: ContractFacts, today: date, *, through: date | None) -> Due | Failed | None:
    """The boundary to bill next, on or before `today` and `through`; None where none is due.

    After the last boundary it is that one again, dated today, so that late work is not lost.
    """
    if facts.unusable is not None:
        return Failed(facts.contract.number, "unusable-terms", {"message": facts.unusable})
    cycles = cycles_of(facts)
    if isinstance(cycles, Held):
        if max(facts.contract.start, facts.contract.bill_from) > today:
            return None
        return Failed(facts.contract.number, cycles.reason.value, cycles.detail)
    first = first_billed(facts.contract, cycles)
    last = None if cycles.final is None else cycles.final + 1
    latest = today if through is None else min(today, through)
    number = following(facts, cycles)
    at_once = _at_once(facts, cycles, first, number)
    if at_once is not None and at_once.on <= latest:
        return at_once
    if last is not None and number is None:
        head = facts.head
        settled = head.settled_account_seq, head.settled_policy_seq, head.opened_by
        if settled == (head.account_seq, head.policy_seq, facts.opened_by):
            return None
        if latest < cycles.boundary(last):  # seen from a day before its end, its last work would be out of sight
            return None
        return Due(last, latest, (f"late-{facts.head.settlement_n + 1}",), first, cycles, None)
    if number is None or (on := cycles.boundary(number)) > latest or on + facts.head.wait_days * DAY > today:
        return None
    later = cycles.following(number)
    after = None if later is None else cycles.boundary(later)
    parts = ("advance",) if number == facts.head.billed_through else _parts(number, first, last)
    return Due(number, on, parts, first, cycles, after)


def _at_once(facts: ContractFacts, cycles: Cycles, first: int, number: int | None) -> Due | None:
    """What amendments owe before the boundary `number`, which covers what is left; all that are known by then together."""
    boundary = cycles.boundary(number) if number is not None else None
    now = [one for one in facts.at_once if boundary is None or one.on < boundary]
    if not now:
        return None
    parts = tuple(one.part for one in now)
    return Due(facts.head.billed_through, now[0].on, parts, first, cycles, boundary)


def following(facts: ContractFacts, cycles: Cycles) -> int | None:
    """The number of the boundary that is billed next; None after the last one."""
    own = None if cycles.last is None else cycles.last + 1
    billed = facts.head.billed_through
    if billed < 0:
        return first_billed(facts.contract, cycles)
    if facts.head.is_closed and (own is None or billed < own):
        return billed  # its end has moved: what was its last boundary opens a cycle now
    return cycles.following(billed)


def next_boundary(facts: ContractFacts) -> date:
    """The day that is billed next: of a boundary, or of amendments at once; `FOREVER` after the last one."""
    cycles = cycles_of(facts)
    if isinstance(cycles, Held):
        return max(facts.contract.start, facts.contract.bill_from)
    number = following(facts, cycles)
    at_once = _at_once(facts, cycles, first_billed(facts.contract, cycles), number)
    if at_once is not None:
        return at_once.on
    return cycles.boundary(number) if number is not None else FOREVER


def _parts(number: int, first: int, last: int | None) -> tuple[str, ...]:
    if number == first:
        return ("advance",)
    return ("arrears", "close") if number == last else ("arrears", "advance")


def start_of(facts: ContractFacts, due: Due, changes: Changes) -> Start | None:
    """The first cycle that anything new, late or corrected touches; None where nothing does and no cycle is new."""
    clock = _clock(facts.contract)
    contract, cycles = facts.contract, due.cycles
    if due.is_at_once:
        days = [max(one.reaches, contract.start) for one in facts.at_once if one.part in due.parts]
        return start_from(facts, due, max(min(map(cycles.number, days)), due.first))
    dirty = [] if due.is_late else [max(facts.head.billed_through, due.first)]
    dirty += changes.cycles
    dirty += [due.first] if facts.head.opened_by != facts.opened_by else []
    days = [local_day(at, clock) for at in changes.starts]
    days += [max(day, contract.start) for day in (*changes.days, *changes.repairs)]
    dirty += [cycles.number(day) for day in days if contract.start <= day < cycles.until]
    amended = [cycles.number(min(day, cycles.until - DAY)) for day in changes.amended]
    dirty += [pot_start(n, contract, cycles, facts.timeline) for n in amended]
    if not dirty:
        return None
    from_cycle = max(min(dirty), due.first)
    if from_cycle > due.number:
        return None
    return start_from(facts, due, from_cycle)


def start_from(facts: ContractFacts, due: Due, from_cycle: int) -> Start:
    """A settlement that begins with a cycle."""
    day = facts.contract.start if from_cycle == due.first else due.cycles.boundary(from_cycle)
    edge = midnight(day, _clock(facts.contract))
    return Start(due, from_cycle, edge, edge - LONGEST if facts.timeline.splits_at_cycle_edge else edge)


def _clock(contract: Contract) -> tzinfo:
    clock = zone(contract.zone)
    if clock is None:
        raise UnknownZoneError(contract.number, contract.zone)
    return clock


class UnknownZoneError(Exception):
    """A stored contract names a time zone that the pinned tzdata lacks."""

    def __init__(self, contract: str, name: str) -> None:
        super().__init__(f"contract {contract}: there is no time zone called {name}")


def gather(facts: ContractFacts, start: Start, inputs: Inputs) -> Gathered:
    """What a contract is settled from, from `start` on."""
    contract, work = facts.contract, inputs.work
    read, unreadable, refs = _works(facts, start, work, inputs.sisters[facts.head.account_id])
    zones = zones_of([contract.zone], read)
    account_id = facts.head.account_id
    billed_work = frozenset(key for key, ref in refs.items() if ref.worklog_id in work.frozen)
    engine_facts = Facts(
        facts.account,
        contract,
        tuple(read),
        zones,
        facts.top_ups,
        facts.quantities,
        known_work=billed_work | work.known.get(account_id, frozenset()),
        released=work.released.get(account_id, frozenset()),
        waived=work.waived.get(account_id, frozenset()),
        paid=facts.paid,
    )
    closings = inputs.closings.get(facts.head.contract_id, {})
    charged = inputs.charged.get(facts.head.contract_id, frozenset())
    waiting = tuple(
        one for one in work.waiting.get(account_id, ()) if one.work in refs or one.worklog_id in work.frozen
    )
    return Gathered(_opening(facts, start, closings, charged), engine_facts, tuple(unreadable), refs, waiting)


def prepare(facts: ContractFacts, start: Start, inputs: Inputs) -> Prepared | Failed:
    """Settle from `start`, compare with what was billed, and compose the document.

    Args:
        facts: The contract.
        start: Its due boundary, and the first cycle to compute.
        inputs: What was read for it, from that cycle on at least.
    """
    contract, due = facts.contract, start.due
    before = facts.takes_over
    if before is not None and not before.settled_by and due.number > due.first:
        return Failed(contract.number, Reason.NOT_CLOSED.value, {"contract": before.renewed})
    if due.is_at_once:
        return _prepare_at_once(facts, start, inputs)
    gathered = gather(facts, start, inputs)
    billed = inputs.billed.get(facts.head.contract_id, {})
    closings = inputs.closings.get(facts.head.contract_id, {})
    settled = settle(gathered.opening, gathered.facts, facts.timeline, through=due.number)
    if settled.stopped is not None:
        return Failed(contract.number, settled.stopped.reason.value, settled.stopped.detail)
    deltas = owed(settled.items, {key: one.billed for key, one in billed.items()})
    held = (*gathered.unreadable, *settled.held)
    terms = DocumentTerms(
        account=facts.account,
        contract=contract,
        boundary=due.number,
        boundary_on=due.on,
        due_days=facts.head.due_days,
        waiting=len({one.subject for one in held if one.kind == "work"}),
        closings=tuple(one for one in settled.closings if one.cycle == due.number - 1),
    )
    draft = compose(deltas, terms=terms, timeline=facts.timeline, earlier=inputs.earlier(facts.head.contract_id))
    if isinstance(draft, Held):
        return Failed(contract.number, draft.reason.value, draft.detail)
    changed = tuple(one for one in settled.closings if closings.get(one.cycle) != one)
    stored = {key: one.worklog for key, one in billed.items() if one.worklog is not None}
    return Prepared(facts, due, start.from_cycle, deltas, changed, held, draft, gathered.refs, stored, gathered.waiting)


def _prepare_at_once(facts: ContractFacts, start: Start, inputs: Inputs) -> Prepared | Failed:
    """Only what recurs, compared with what was billed of that; all else that has changed waits for the next boundary."""
    contract, due = facts.contract, start.due
    known = Facts(facts.account, contract, (), zones_of([contract.zone], ()), (), facts.quantities)
    settled = settle_advance(start.from_cycle, known, facts.timeline, through=due.number)
    if settled.stopped is not None:
        return Failed(contract.number, settled.stopped.reason.value, settled.stopped.detail)
    billed = inputs.billed.get(facts.head.contract_id, {})
    deltas = owed(settled.items, {key: one.billed for key, one in billed.items() if one.billed.item.kind in RECURRING})
    terms = DocumentTerms(facts.account, contract, due.number, due.on, due_days=facts.head.due_days)
    draft = compose(deltas, terms=terms, timeline=facts.timeline, earlier=inputs.earlier(facts.head.contract_id))
    if isinstance(draft, Held):
        return Failed(contract.number, draft.reason.value, draft.detail)
    if draft is None or not (draft.net or draft.total):  # as where only the price of an hour is another
        deltas, draft = (), None
    return Prepared(facts, due, start.from_cycle, deltas, (), (), draft, {}, {}, ())


def nothing(facts: ContractFacts, due: Due) -> Prepared:
    """What a contract comes to that nothing has touched: only its counters move on."""
    return Prepared(facts, due, due.number + 1, (), (), (), None, {}, {}, ())


def _opening(facts: ContractFacts, start: Start, closings: Mapping[int, Closing], charged: frozenset[str]) -> Opening:
    if start.from_cycle == start.due.first:
        return first_opening(facts.contract, start.due.cycles)
    before = closings.get(start.from_cycle - 1)
    if before is None and facts.contract.pays_as_it_goes:
        return Opening(start.from_cycle, (), charged)  # it has no allowance, and no closing before its first work
    if before is None:
        raise MissingClosingError(facts.contract.number, start.from_cycle - 1)
    return Opening(start.from_cycle, opens_next(before, facts.contract, start.due.cycles), charged)


def _works(
    facts: ContractFacts, start: Start, work: AccountWork, sisters: Sequence[ContractFacts]
) -> tuple[list[Work], list[Held], dict[str, StoredRef]]:
    """The contract's own work before the boundary: what can be read, what cannot, and how it is stored."""
    before = midnight(start.due.on, _clock(facts.contract))
    stored = [
        one
        for one in work.work.get(facts.head.account_id, ())
        if one.is_charged and start.reaches(one) and one.start < before
    ]
    mine = {one.id for one in assigned(stored, work, sisters).by_contract.get(facts.contract.number, ())}
    read: list[Work] = []
    unreadable: list[Held] = []
    refs: dict[str, StoredRef] = {}
    for one in stored:
        if one.key not in mine:
            continue
        entry, site_seq = work.entry(one)
        as_read = read_work(entry, facts.timeline)
        if _stays_before(one, as_read, facts, start):
            continue
        refs[one.key] = StoredRef(one.worklog_id, one.revision, site_seq)
        if isinstance(as_read, Held):
            unreadable.append(as_read)
        else:
            read.append(as_read)
    return read, unreadable, refs


def _stays_before(stored: StoredWork, work: Work | Held, facts: ContractFacts, start: Start) -> bool:
    """Whether work before the first cycle stays there whole: not all versions split work at an edge."""
    if stored.start >= start.edge or isinstance(work, Held):
        return False
    return not reaches(work, start.from_cycle, start.due.cycles, _clock(facts.contract), facts.timeline)
