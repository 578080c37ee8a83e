"""Compute an issued document once more, from the facts at the counters that its settlement pinned (D8.5).

It is the path that billed it, over the database as it stood (`tarifa.storage.past`): settle, owe, compose, and the number
and day that it got; of credit by hand, what the person asked for (`replay_credit`). Nothing is written.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from engine.documents import Draft
from engine.issuing import numbered
from engine.items import Held
from engine.settlement import first_billed
from engine.taxation import Pool, PoolSum
from tarifa.services.billing_at_once import PART
from tarifa.services.billing_contracts import ContractFacts, cycles_of, read_contracts
from tarifa.services.billing_earlier import pools_of
from tarifa.services.billing_inputs import read_inputs
from tarifa.services.billing_rows import releases
from tarifa.services.billing_settle import Due, Failed, Prepared, Start, prepare, start_from
from tarifa.services.consolidating import group_draft, read_groups
from tarifa.services.replay_credit import NotAgain, credit_again
from tarifa.storage import Database, Past, Pins, Row, Waiting

PAGE = 100


class Outcome(StrEnum):
    """What a document's replay came to. A `defect` is one that no change of release explains."""

    EQUAL = "equal"
    OTHER_RELEASE = "other release"
    DEFECT = "defect"


@dataclass(frozen=True, slots=True)
class Difference:
    """The first member of the JSON that differs (`lines[2].net`), its JSON as issued and as computed now; None: absent."""

    member: str
    issued: str | None
    now: str | None


@dataclass(frozen=True, slots=True)
class NewRelease:
    """What a document was made with (`engine`, `tzdata`): its release then, and now."""

    of: str
    issued: str
    now: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of one document.

    Attributes:
        difference: Where it differs; None where it is equal, or where nothing could be computed.
        problem: Why nothing could be computed.
        releases: What has another release since, if anything.
        by_hand: Whether a person gave it as credit, and no settlement made it.
    """

    number: str
    outcome: Outcome
    difference: Difference | None = None
    problem: str | None = None
    releases: tuple[NewRelease, ...] = ()
    by_hand: bool = False


async def replay(database: Database, number: str) -> Replay | None:
    """Compute a document once more; None where there is none of that number."""
    row = await database.row(f"{_ISSUED} WHERE d.number = ?", (number,))
    return await _replay(database, row) if row is not None else None


async def replay_all(database: Database, *, since: date | None = None) -> AsyncIterator[Replay]:
    """Compute all documents once more that were issued on `since` or later, in order of series and number."""
    series_id, ordinal = "", 0
    while True:
        rows = await database.rows(
            f"{_ISSUED} WHERE d.issue_date >= ? AND (d.series_id, d.ordinal) > (?, ?)"
            f" ORDER BY d.series_id, d.ordinal LIMIT {PAGE}",
            (since.isoformat() if since is not None else "", series_id, ordinal),
        )
        for row in rows:
            yield await _replay(database, row)
        if len(rows) < PAGE:
            return
        series_id, ordinal = rows[-1]["series_id"], rows[-1]["ordinal"]


_ISSUED = (
    "SELECT d.number, d.series_id, d.ordinal, d.body, d.issue_date, d.boundary_on, s.n, s.boundary_no, s.from_cycle,"
    " s.account_seq, s.policy_seq, s.waiting, s.at_once, COALESCE(s.engine, g.engine) AS engine, COALESCE(s.tzdata, g.tzdata) AS tzdata,"
    " c.id AS contract_id, c.number AS contract, c.account_id, d.id, o.group_key, o.n AS group_n, o.left_out,"
    " o.account_seq AS billed_seq, d.account_id AS billed_id FROM documents d JOIN contracts c ON c.id = d.contract_id"
    " LEFT JOIN settlements s ON s.document_id = d.id AND s.contract_id = c.id"
    " LEFT JOIN group_documents o ON o.document_id = d.id LEFT JOIN credit_notes g ON g.document_id = d.id"
)


async def _replay(database: Database, issued: Row) -> Replay:
    number, by_hand = issued["number"], issued["n"] is None
    now = zip(("engine", "tzdata"), releases(), strict=True)
    changed = tuple(NewRelease(of, issued[of], release) for of, release in now if issued[of] not in (None, release))
    unlike = Outcome.OTHER_RELEASE if changed else Outcome.DEFECT
    try:
        made = await credit_again(database, number) if by_hand else await _draft_again(database, issued)
    except Exception as error:  # whatever a release stumbles over is what the replay is to tell
        made = NotAgain(f"{type(error).__name__}: {error}")
    if isinstance(made, NotAgain):
        return Replay(number, unlike, problem=made.why, releases=changed, by_hand=by_hand)
    document = numbered(made, number=number, issued_on=date.fromisoformat(issued["issue_date"]))
    body = bytes(issued["body"])
    if document.body == body:
        return Replay(number, Outcome.EQUAL, releases=changed, by_hand=by_hand)
    return Replay(number, unlike, first_difference(body, document.body), releases=changed, by_hand=by_hand)


async def _draft_again(database: Database, issued: Row) -> Draft | NotAgain:
    """The draft of a contract's boundary, or of a bill group's contracts for one day."""
    if issued["group_key"] is None:
        return _draft_of(await _again(database, issued))
    parts = await database.rows(
        "SELECT d.boundary_on, s.n, s.boundary_no, s.from_cycle, s.account_seq, s.policy_seq, s.waiting, s.at_once,"
        " c.id AS contract_id, c.number AS contract, c.account_id, o.group_key, o.n AS group_n,"
        " o.account_seq AS billed_seq, d.account_id AS billed_id FROM documents d JOIN settlements s"
        " ON s.document_id = d.id JOIN contracts c ON c.id = s.contract_id JOIN group_documents o ON o.document_id = d.id"
        " WHERE d.id = ? ORDER BY c.number",
        (issued["id"],),
    )
    made: list[Prepared] = []
    pools: dict[Pool, PoolSum] = {}
    for part in parts:
        one = await _again(database, part)
        draft = _draft_of(one)
        if isinstance(one, Failed) or isinstance(draft, NotAgain):
            return draft
        made.append(one)
        corrected = {line.corrects.document for line in draft.lines if line.corrects is not None}
        pools |= await pools_of(Past(database, _pins(part)), sorted(corrected))
    billed = Pins("", 0, issued["billed_id"], issued["billed_seq"], parts[0]["policy_seq"])
    group = (await read_groups(Past(database, billed), [issued["group_key"]]))[issued["group_key"]]
    on = date.fromisoformat(issued["boundary_on"])
    return group_draft(group, on, made, tuple(json.loads(issued["left_out"])), pools)


def _draft_of(made: Prepared | Failed) -> Draft | NotAgain:
    if isinstance(made, Failed):
        detail = ", ".join(f"{name} {value}" for name, value in made.detail.items())
        return NotAgain(f"the contract cannot be billed: {made.reason} ({detail})")
    return made.draft if made.draft is not None else NotAgain("there is nothing to be billed")


async def _again(database: Database, issued: Row) -> Prepared | Failed:
    """Settle the contract to the boundary, from the cycle and the facts that it was settled from."""
    past = Past(database, _pins(issued))
    number = issued["contract"]
    contracts = await read_contracts(past, [number])
    start = _start(contracts[number], issued)
    if isinstance(start, Failed):
        return start
    return prepare(contracts[number], start, await read_inputs(past, contracts, {number: start}))


def _pins(issued: Row) -> Pins:
    has_group = issued["group_key"] is not None
    return Pins(
        contract_id=issued["contract_id"],
        n=issued["n"],
        account_id=issued["account_id"],
        account_seq=issued["account_seq"],
        policy_seq=issued["policy_seq"],
        waiting=tuple(Waiting(*one) for one in json.loads(issued["waiting"])),
        billed=(issued["billed_id"], issued["billed_seq"]) if has_group else None,
        group=(issued["group_key"], issued["group_n"]) if has_group else ("", 0),
    )


def _start(facts: ContractFacts, issued: Row) -> Start | Failed:
    number = facts.contract.number
    if facts.unusable is not None:
        return Failed(number, "unusable-terms", {"message": facts.unusable})
    cycles = cycles_of(facts)
    if isinstance(cycles, Held):
        return Failed(number, cycles.reason.value, cycles.detail)
    on, first = date.fromisoformat(issued["boundary_on"]), first_billed(facts.contract, cycles)
    parts = (PART,) if issued["at_once"] else ()
    return start_from(facts, Due(issued["boundary_no"], on, parts, first, cycles, None), issued["from_cycle"])


def first_difference(issued: bytes, now: bytes) -> Difference:
    """The first member in which two bodies differ; their bytes alone may, where one is not canonical."""
    try:
        was = json.loads(issued)
    except ValueError:
        return Difference("body", issued.decode(errors="replace")[:200], None)
    found = next(_differences("", was, json.loads(now)), None)
    return found or Difference("body", "the same members in other bytes", None)


_ABSENT: Any = object()


def _differences(member: str, issued: Any, now: Any) -> Iterator[Difference]:  # noqa: ANN401  # any JSON
    if isinstance(issued, Mapping) and isinstance(now, Mapping):
        for name in sorted(issued.keys() | now.keys()):
            path = f"{member}.{name}" if member else name
            yield from _differences(path, issued.get(name, _ABSENT), now.get(name, _ABSENT))
    elif isinstance(issued, list) and isinstance(now, list):
        for n in range(max(len(issued), len(now))):
            pair = (each[n] if n < len(each) else _ABSENT for each in (issued, now))
            yield from _differences(f"{member}[{n}]", *pair)
    elif issued is _ABSENT or now is _ABSENT or issued != now or type(issued) is not type(now):
        yield Difference(member, _text(issued), _text(now))


def _text(value: Any) -> str | None:  # noqa: ANN401  # any JSON
    return None if value is _ABSENT else json.dumps(value, ensure_ascii=False, sort_keys=True)
