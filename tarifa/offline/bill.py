"""Settle contracts from their start through a day, and compose the document of each boundary.

The path is that of the database's run: `settle`, `owed`, `compose`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from engine.after_end import with_top_ups
from engine.coverage import MAIN, Classes, Offer, assign, classify, covering, without_contract
from engine.documents import Draft
from engine.facts import Account, Contract, Facts, Work
from engine.items import Closing, Held, Opening, Reason, Settlement
from engine.names import fold
from engine.periods import Cycles
from engine.renewal import handed_over
from engine.settlement import contract_cycles, first_billed, first_opening, settle
from engine.timeline import Timeline
from tarifa.intake import local_date
from tarifa.offline.books import Books, Waiting
from tarifa.offline.papers import Boundary, documents_of
from tarifa.offline.paying import asks_for_payments, free
from tarifa.offline.renewals import in_order
from tarifa.services.inputs import ContractInput


@dataclass(frozen=True, slots=True)
class Statement:
    """What billing one contract came to.

    Attributes:
        account, contract: Whose it is.
        documents: One per boundary with something to show, in order.
        closings: The allowance at the end of each cycle that is over, in order.
        waiting: What could not be billed.
        pending: Ids of worklogs whose cycle is not over yet.
        uncharged: Ids of worklogs that the rules charge nothing for, such as night work `operational only`, or what an
            allowance covers where zero documents are suppressed.
        next_boundary: The first day on which there is more to bill; None after the last.
    """

    account: Account
    contract: Contract
    documents: tuple[Draft, ...] = ()
    closings: tuple[Closing, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    pending: tuple[str, ...] = ()
    uncharged: tuple[str, ...] = ()
    next_boundary: date | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """The statements of all contracts, and what belongs to none."""

    statements: tuple[Statement, ...]
    waiting: tuple[Waiting, ...]
    not_billable: tuple[str, ...]
    pending: tuple[str, ...]

    @property
    def documents(self) -> tuple[Draft, ...]:
        """All documents, by contract."""
        return tuple(document for statement in self.statements for document in statement.documents)

    @property
    def all_waiting(self) -> tuple[Waiting, ...]:
        """The whole list of exceptions."""
        return self.waiting + tuple(one for statement in self.statements for one in statement.waiting)

    @property
    def all_pending(self) -> tuple[str, ...]:
        """Ids of all worklogs that are for a later document."""
        return self.pending + tuple(work for statement in self.statements for work in statement.pending)

    @property
    def uncharged(self) -> tuple[str, ...]:
        """Ids of all worklogs that the rules charge nothing for."""
        return tuple(work for statement in self.statements for work in statement.uncharged)


def contracts_of(books: Books) -> int:
    """How many contracts there are to bill: the length of `statements`."""
    return sum(map(len, books.contracts.values()))


def statements(books: Books, timeline: Timeline, *, through: date) -> Iterator[Statement | Waiting]:
    """Bill contract after contract, by account; what no contract that can be billed covers comes between them."""
    for key, account in books.accounts.items():
        contracts = books.contracts.get(key, ())
        work = books.work.get(key, ())
        by_id = {one.id: one for one in work}
        # Of work that is not billable, the way and what else is beside the time still is.
        charged = [replace(one, billable=True) for one in work]
        classes = classify(charged, account, timeline, zones=books.zones)
        offers = [_offer(contract, classes, books, timeline) for contract in contracts]
        assigned = assign(charged, offers, zones=books.zones)
        rest = yield from _unusable(assigned.held, account, classes, books)
        last: dict[str, Closing] = {}
        for contract in in_order(contracts, books.takes_over):
            mine = tuple(by_id[one.id] for one in assigned.by_contract[contract.number])
            opened = _opened(contract, last, books, through)
            if isinstance(opened, Held):
                yield Statement(account, contract, waiting=(_waiting(opened, account, books, works=_ids(mine)),))
                continue
            made = _statement(account, opened, mine, books, timeline, through)
            if made.closings and made.closings[-1].period.end >= contract.end:
                last[contract.number] = next(one for one in made.closings if one.period.end == contract.end)
            yield made
        yield from _without_contract(rest, account, classes, books, timeline, through)


def _opened(contract: Contract, last: Mapping[str, Closing], books: Books, through: date) -> Contract | Held:
    """The contract with what the one that it renews hands over; `last` has the closings at the ends of contracts."""
    old = books.takes_over.get(contract.number)
    if old is None or contract.start > through:
        return contract
    if old not in last:
        return Held("contract", contract.number, Reason.NOT_CLOSED, {"contract": old})
    return replace(contract, handed_over=handed_over(last[old]))


def _offer(contract: Contract, classes: Classes, books: Books, timeline: Timeline) -> Offer:
    cycles = _cycles(contract, books, timeline)
    used = () if isinstance(cycles, Held) else tuple(cycles.cycle(n) for n in cycles.used)
    return Offer(contract, timeline, classes, used)


def _cycles(contract: Contract, books: Books, timeline: Timeline) -> Cycles | Held:
    """The contract's cycles, with those after its end in which top-ups live."""
    cycles, bought = contract_cycles(contract, timeline), books.top_ups.get(contract.number, ())
    if isinstance(cycles, Held):
        return cycles
    return with_top_ups(cycles, contract, bought, timeline, zone=books.zones[contract.zone])


def _unusable(
    held: Sequence[Held], account: Account, classes: Classes, books: Books
) -> Generator[Waiting, None, tuple[Held, ...]]:
    """Contracts that cannot be billed, with the work that they would cover; returns the work that is left."""
    work = {one.id: one for one in books.work.get(account.key, ())}
    rest = tuple(held)
    for contract, waiting in books.unusable.get(account.key, ()):
        works = tuple(one.subject for one in rest if _would_cover(contract, work[one.subject], classes, books))
        rest = tuple(one for one in rest if one.subject not in works)
        yield replace(waiting, works=works)
    return rest


def _without_contract(
    held: Sequence[Held], account: Account, classes: Classes, books: Books, timeline: Timeline, through: date
) -> Iterator[Statement | Waiting]:
    """Work that no contract covers: paid as it goes where the ruleset says so, else it waits."""
    work = {one.id: one for one in books.work.get(account.key, ())}
    uncovered = sorted((work[one.subject] for one in held), key=lambda one: (one.start, one.id))
    contract = _pay_as_you_go(uncovered, account, books, timeline)
    paying: set[str] = set()
    if contract is not None:
        offer = Offer(contract, timeline, classes)
        mine = tuple(one for one in uncovered if covering(one, [offer], books.zones) is not None)
        paying = {one.id for one in mine}
        if mine:
            yield _statement(account, _from_first(contract, mine[0], books, timeline), mine, books, timeline, through)
    for one in held:
        if one.subject not in paying:
            yield _waiting(one, account, books)


def _pay_as_you_go(work: Sequence[Work], account: Account, books: Books, timeline: Timeline) -> Contract | None:
    """The contract for work without one; None where no version in force for any of it has such."""
    for one in work:
        version = timeline.version(local_date(one.start, books.zones[one.zone]))
        if version is not None and version.ruleset.without_contract is not None:
            return without_contract(account.key, version.ruleset)
    return None


def _from_first(contract: Contract, first: Work, books: Books, timeline: Timeline) -> Contract:
    """The contract, billed from the cycle of its first work on."""
    cycles, day = contract_cycles(contract, timeline), local_date(first.start, books.zones[contract.zone])
    if isinstance(cycles, Held):
        return contract
    return replace(contract, bill_from=cycles.boundary(cycles.number(day)))


def _would_cover(contract: ContractInput, work: Work, classes: Classes, books: Books) -> bool:
    day = local_date(work.start, books.zones[work.zone])
    return (
        classes.get(work.id, MAIN) == fold(contract.class_)
        and (not contract.sites or work.site in {fold(site) for site in contract.sites})
        and contract.start <= day <= (contract.expiry or date.max)
    )


def bill(books: Books, found: Iterable[Statement | Waiting]) -> Bill:
    """Gather what `statements` yielded."""
    gathered = tuple(found)
    return Bill(
        statements=tuple(one for one in gathered if isinstance(one, Statement)),
        waiting=books.waiting + tuple(one for one in gathered if isinstance(one, Waiting)),
        not_billable=books.not_billable,
        pending=books.pending,
    )


def _statement(
    account: Account, contract: Contract, work: tuple[Work, ...], books: Books, timeline: Timeline, through: date
) -> Statement:
    """Settle one contract and compose its documents, boundary by boundary."""
    cycles = _cycles(contract, books, timeline)
    if isinstance(cycles, Held):
        return Statement(account, contract, waiting=(_waiting(cycles, account, books, works=_ids(work)),))
    due = _boundaries_due(cycles, first_billed(contract, cycles), through)
    if not due:
        first_day = cycles.boundary(first_billed(contract, cycles))
        return Statement(account, contract, pending=_ids(work), next_boundary=first_day)
    bought, counted = books.top_ups.get(contract.number, ()), books.quantities.get(contract.number, ())
    paid = books.paid.get(contract.number, {})
    facts = Facts(account, contract, work, books.zones, tuple(bought), tuple(counted), paid=paid)
    days = {one.id: local_date(one.start, books.zones[contract.zone]) for one in work}
    while True:
        settled, due, stopped = _settled(first_opening(contract, cycles), facts, timeline, due)
        boundaries = _boundaries(due, cycles, settled.held, days)
        documents, refused = documents_of(settled, boundaries, facts, timeline, through=through)
        more = free(documents, {one.number: one.on for one in boundaries}, facts.paid)
        if not more or not asks_for_payments(contract):
            break
        # What is free opens allowances, by which documents after it may come to be free, too.
        first = min(more)
        facts = replace(facts, paid={**facts.paid, first: more[first]})
    waiting = [_waiting(held, account, books) for held in settled.held]
    billed = {line.item.work for document in documents for line in document.lines}
    end = boundaries[-1].on if boundaries else contract.start
    if refused is not None:
        left = {item.work for item in settled.items if item.work is not None} - billed
        waiting.append(_waiting(refused, account, books, works=tuple(sorted(left))))
    if stopped is not None:
        waiting.append(_waiting(stopped, account, books, works=_ids(one for one in work if days[one.id] >= end)))
    accounted = billed | {one.held.subject for one in waiting} | {id_ for one in waiting for id_ in one.works}
    rest = [one for one in work if one.id not in accounted]
    later = cycles.boundary(due[-1] + 1) if due else end
    return Statement(
        account=account,
        contract=contract,
        documents=documents,
        closings=settled.closings,
        waiting=tuple(waiting),
        pending=_ids(one for one in rest if days[one.id] >= end),
        uncharged=_ids(one for one in rest if days[one.id] < end),
        next_boundary=later if later > end else None,
    )


def _boundaries(
    due: Sequence[int], cycles: Cycles, held: Sequence[Held], days: Mapping[str, date]
) -> tuple[Boundary, ...]:
    on = {number: cycles.boundary(number) for number in due}
    waiting = [days.get(one.subject, date.min) for one in held]
    return tuple(Boundary(number, day, sum(one < day for one in waiting)) for number, day in on.items())


def _boundaries_due(cycles: Cycles, first: int, through: date) -> tuple[int, ...]:
    """Numbers of the boundaries on or before `through`; the last is the contract's end."""
    due = []
    n = first
    while cycles.boundary(n) <= through and (n == first or cycles.boundary(n) > cycles.boundary(n - 1)):
        due.append(n)
        n += 1
    return tuple(due)


def _settled(
    opening: Opening, facts: Facts, timeline: Timeline, due: tuple[int, ...]
) -> tuple[Settlement, tuple[int, ...], Held | None]:
    """Settle through the last boundary that can be settled, and say what stops the later ones."""
    stopped: Held | None = None
    for count in range(len(due), 0, -1):
        settled = settle(opening, facts, timeline, through=due[count - 1])
        if settled.stopped is None:
            return settled, due[:count], stopped
        stopped = settled.stopped
    return Settlement((), (), ()), (), stopped


def _ids(work: Iterable[Work]) -> tuple[str, ...]:
    return tuple(one.id for one in work)


def _waiting(held: Held, account: Account, books: Books, *, works: tuple[str, ...] = ()) -> Waiting:
    return Waiting(held, account.label, books.places.get((held.kind, held.subject)), works)
