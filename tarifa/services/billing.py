"""Bill what is due: settle, owe, compose; then number and write in one short transaction a batch (D1, D8).

Twice, in parallel, or killed anywhere: one document, one number, every amount once. What is due is read from the
contracts themselves, so a missed day, or a lost job, heals by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from engine.calendars import local_day
from tarifa.services.approvals import Run, approved
from tarifa.services.billing_contracts import ContractFacts, read_contracts
from tarifa.services.billing_facts import Changes, read_changes
from tarifa.services.billing_inputs import Inputs, read_inputs
from tarifa.services.billing_settle import Bill, Due, Failed, Prepared, Start, next_due, nothing, prepare, start_of
from tarifa.services.billing_write import BilledBoundary, write
from tarifa.services.consolidating import fellows, groups_of, held_back, into_bills
from tarifa.services.coverage import list_uncovered
from tarifa.services.failpoints import reach
from tarifa.services.numbers import refuse_if_fenced
from tarifa.services.parking import MANY_BOUNDARIES, park
from tarifa.storage import Database, UnusableDatabaseError
from tarifa.storage.mapping import NOT_UNTIL_ASKED, to_seconds
from tarifa.zones import zone

BATCH = 100
LINES_AT_ONCE = 1_000
"""Lines written in one transaction, a tenth of a second; a single contract may have more."""
UNASKED_BOUNDARIES = 2
TRIES = 5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BillingResult:
    """What a run did: boundaries billed, in order, and contracts that could not be."""

    billed: tuple[BilledBoundary, ...] = ()
    parked: tuple[Failed, ...] = ()


Written = tuple[tuple[BilledBoundary, ...], tuple[str, ...], tuple[Failed, ...]]
"""What was billed, the contracts that have moved, and those that could not be written."""


async def bill_due(
    database: Database, *, now: datetime, through: date | None = None, run: Run | None = None
) -> BillingResult:
    """Bill every contract that is due.

    Unasked, at most two boundaries of a contract; what has more is set apart until somebody asks (D2.3). With
    `through`, all up to that day, contracts that were set apart among them. Never a boundary later than `now`.
    `run` is the run that somebody asked for.
    """
    await refuse_if_fenced(database)
    await list_uncovered(database, now=now)
    numbers = await due(database, now=now, through=through)
    return await bill_contracts(database, numbers, now=now, through=through, run=run)


async def due(database: Database, *, now: datetime, through: date | None = None) -> tuple[str, ...]:
    """The numbers of contracts with a boundary that is due and has no obligation, or with late work after their end."""
    tomorrow = (now + timedelta(days=1)).date().isoformat()
    rows = await database.rows(
        "SELECT c.number FROM heads h JOIN contracts c ON c.id = h.contract_id JOIN accounts a ON a.id = c.account_id"
        " LEFT JOIN problems p ON p.contract_id = h.contract_id"
        " WHERE (h.next_on <= ? OR (h.next_on = '9999-12-31' AND (a.seq > h.account_seq OR h.policy_seq <"
        " (SELECT max(policy_seq) FROM activations WHERE kind = 'repair') OR (c.carries_over = 1 AND h.opened_by <"
        " (SELECT max(k.settlement_n) FROM closings k WHERE k.contract_id = c.renewed_from AND k.end_date = c.start)))))"
        " AND (p.next_try IS NULL OR p.next_try <= ?) ORDER BY c.number",
        (tomorrow, to_seconds(now) if through is None else NOT_UNTIL_ASKED),
    )
    numbers = [row["number"] for row in rows]
    found = []
    for start in range(0, len(numbers), BATCH):
        contracts = await read_contracts(database, numbers[start : start + BATCH])
        found += [one for one in contracts.values() if _next_due(one, now, through) is not None]
    return tuple(one.contract.number for one in sorted(found, key=_turn))


def _turn(facts: ContractFacts) -> tuple[date, str]:
    """By number, but what takes over from another contract comes behind that one."""
    return facts.contract.start if facts.takes_over is not None else date.min, facts.contract.number


def _next_due(facts: ContractFacts, now: datetime, through: date | None) -> Due | Failed | None:
    try:
        clock = zone(facts.contract.zone)
        today = local_day(to_seconds(now), clock) if clock is not None else now.date()
        return next_due(facts, today, through=through)
    except Exception as error:
        return _unexpected(facts.contract.number, error)


async def bill_contracts(
    database: Database,
    numbers: Sequence[str],
    *,
    now: datetime,
    through: date | None = None,
    run: Run | None = None,
) -> BillingResult:
    """Bill contracts, in batches; one that fails is parked and stops no other. Unknown numbers are left out."""
    billed: list[BilledBoundary] = []
    parked: list[Failed] = []
    for start in range(0, len(numbers), BATCH):
        result = await _bill_batch(database, numbers[start : start + BATCH], now=now, through=through, run=run)
        billed += result.billed
        parked += result.parked
    return BillingResult(tuple(billed), tuple(parked))


async def _bill_batch(
    database: Database, numbers: Sequence[str], *, now: datetime, through: date | None, run: Run | None
) -> BillingResult:
    """Round by round, a boundary of each contract; those that moved meanwhile are computed again in the next one."""
    billed: list[BilledBoundary] = []
    parked: list[Failed] = []
    boundaries: Counter[str] = Counter()
    tries: Counter[str] = Counter()
    pending = list(dict.fromkeys(numbers))
    while pending:
        asked = through is not None
        groups = await groups_of(database, pending)  # before their contracts: who joins from here on is noticed
        together = await fellows(database, pending, now=now, asked=asked, without=[one.contract for one in parked])
        settled, failed, later = await prepare_all(database, together, now=now, through=through)
        joined = [one for one in settled if one.facts.group is not None and one.facts.group not in groups]
        later += [one.facts.contract.number for one in joined]  # just now: its group is not read yet
        settled = [one for one in settled if one not in joined]
        bills, waiting = await approved(database, await into_bills(database, settled, groups, failed), run)
        prepared = [one for bill in bills for one in bill.parts]
        failed += waiting
        reach("after-settle")
        done, moved, refused = await _write_in_parts(database, bills, now=now)
        await park(database, (*failed, *refused), now=now)
        billed += done
        parked += (*failed, *refused)
        by_themselves = {one.facts.contract.number for one in prepared if one.due.is_at_once}
        boundaries.update(one.contract for one in done if one.contract not in by_themselves)
        tries.update(moved)
        going = by_themselves | {one.facts.contract.number for one in prepared if one.due.following is not None}
        further = [one.contract for one in done if one.contract in going]
        pending = [*further, *(number for number in moved if tries[number] < TRIES), *later]
        if through is None:
            unasked = [number for number in further if boundaries[number] >= UNASKED_BOUNDARIES]
            pending = [number for number in pending if number not in unasked]
            stopped = await _ask_about(database, unasked, now=now)
            parked += stopped
    return BillingResult(tuple(billed), tuple(parked))


async def _ask_about(database: Database, numbers: Sequence[str], *, now: datetime) -> tuple[Failed, ...]:
    """Set apart contracts that have even more boundaries due: a start years ago is more often a slip than a wish."""
    facts = await read_contracts(database, numbers)
    further = {number: _next_due(one, now, None) for number, one in facts.items()}
    stopped = tuple(
        Failed(
            number,
            MANY_BOUNDARIES,
            {"billed": str(UNASKED_BOUNDARIES), "next": its_due.on.isoformat()},
            facts[number].head,
        )
        for number, its_due in further.items()
        if isinstance(its_due, Due)
    )
    await park(database, stopped, now=now)
    return stopped


async def prepare_all(
    database: Database, numbers: Sequence[str], *, now: datetime, through: date | None
) -> tuple[list[Prepared], list[Failed], list[str]]:
    """Read and settle, with no transaction open; contracts with nothing due are left out.

    Returns:
        What was settled, what could not be, and the contracts that take over from one that is settled here: they wait
        for its closing.
    """
    contracts = await read_contracts(database, numbers)
    failed: list[Failed] = []
    dues: dict[str, Due] = {}
    for number, facts in contracts.items():
        found = _next_due(facts, now, through)
        if isinstance(found, Failed):
            failed.append(found)
        elif found is not None:
            dues[number] = found
    later, held = held_back(contracts, dues, [one.contract for one in failed])
    dues = {number: its_due for number, its_due in dues.items() if number not in later | held}
    waiting = [*sorted(later), *(number for number in dues if _waits_for_closing(contracts[number], dues))]
    dues = {number: its_due for number, its_due in dues.items() if number not in waiting}
    changes = await read_changes(database, [contracts[number] for number in dues])
    starts: dict[str, Start] = {}
    idle: list[Prepared] = []
    for number, its_due in dues.items():
        facts = contracts[number]
        try:
            start = start_of(facts, its_due, changes.get(facts.head.contract_id, Changes()))
        except Exception as error:
            failed.append(_unexpected(number, error))
            continue
        if start is None:
            idle.append(nothing(facts, its_due))
        else:
            starts[number] = start
    inputs = await read_inputs(database, contracts, starts)
    prepared, broken = await asyncio.to_thread(_settle_all, contracts, starts, inputs)
    without = [replace(one, head=contracts[one.contract].head) for one in (*failed, *broken)]
    return [*idle, *prepared], without, waiting


def _waits_for_closing(facts: ContractFacts, dues: Mapping[str, Due]) -> bool:
    """Whether a contract takes over from one that is billed now; in a group its first boundary needs nothing of that."""
    number, over = facts.contract.number, facts.takes_over
    if over is None or over.renewed not in dues:
        return False
    return facts.group is None or dues[number].number > dues[number].first


def _settle_all(
    contracts: Mapping[str, ContractFacts], starts: Mapping[str, Start], inputs: Inputs
) -> tuple[list[Prepared], list[Failed]]:
    """Settle contract after contract; whatever one of them does, the others are settled."""
    prepared: list[Prepared] = []
    failed: list[Failed] = []
    for number, start in starts.items():
        facts = contracts[number]
        try:
            made = prepare(facts, start, inputs)
        except Exception as error:
            made = _unexpected(number, error)
        if isinstance(made, Failed):
            failed.append(made)
        else:
            prepared.append(made)
    return prepared, failed


def _unexpected(number: str, error: Exception) -> Failed:
    """A defect of ours: logged in full, and shown with the contract until it is mended."""
    _log.error("contract %s could not be billed", number, exc_info=error)
    return Failed(number, "unexpected", {"error": type(error).__name__, "message": str(error)})


async def _write_in_parts(database: Database, bills: Sequence[Bill], *, now: datetime) -> Written:
    """Write a batch so that nobody waits long for the write lock, however many lines it has."""
    parts: list[list[Bill]] = [[]]
    lines = 0
    for one in bills:
        more = sum(len(part.deltas) for part in one.parts)
        lines += more
        if lines > LINES_AT_ONCE and parts[-1]:
            parts.append([])
            lines = more
        parts[-1].append(one)
    return _together([await _write_all(database, part, now=now) for part in parts])


async def _write_all(database: Database, bills: Sequence[Bill], *, now: datetime) -> Written:
    """Write a batch; where its transaction fails, each contract by itself, so that one cannot stop the others."""
    if not bills:
        return (), (), ()
    try:
        return (*await write(database, bills, now=now), ())
    except UnusableDatabaseError:
        raise
    except Exception as error:
        if len(bills) == 1:
            of = [one.facts for one in bills[0].parts]
            return (), (), tuple(replace(_unexpected(facts.contract.number, error), head=facts.head) for facts in of)
    return _together([await _write_all(database, (one,), now=now) for one in bills])


def _together(written: Sequence[Written]) -> Written:
    return (
        tuple(done for each in written for done in each[0]),
        tuple(number for each in written for number in each[1]),
        tuple(failure for each in written for failure in each[2]),
    )
