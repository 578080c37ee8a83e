"""Bills: what contracts came to, each by itself, or those of a bill group together (docs/adr/0023).

The obligations of each contract stay the truth. A group's document is made of all its contracts that are billed for one
day; it is written with all of them, or computed again where anything of it has moved: a contract, its account, policy,
who is billed, or the documents that the group has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from engine.consolidating import GroupTerms, consolidated
from engine.documents import Draft
from engine.facts import Account, Entity
from engine.money import Currency
from engine.taxation import Pool, PoolSum
from tarifa.services.approvals import AWAITED
from tarifa.services.bill_groups import MOVES, NEWEST_MEMBERSHIP
from tarifa.services.billing_contracts import ContractFacts, read_accounts
from tarifa.services.billing_earlier import pools_of
from tarifa.services.billing_settle import Bill, Due, Failed, GroupHead, Prepared, next_boundary
from tarifa.services.sellers import read_sellers
from tarifa.storage import Rows, marks
from tarifa.storage.mapping import to_seconds


@dataclass(frozen=True, slots=True)
class Group:
    """A bill group with its terms, and the counters that were read with them."""

    head: GroupHead
    label: str
    account: Account
    currency: Currency
    seller: str | None
    entity: Entity | None
    due_days: int
    purchase_order: str | None
    reference: str | None
    needs_approval: bool

    def terms(self, on: date, zone: str) -> GroupTerms:
        """What its document for a day says, but for its contracts."""
        return GroupTerms(
            group=self.label,
            account=self.account,
            boundary_on=on,
            currency=self.currency,
            zone=zone,
            seller=self.seller or (self.entity.label if self.entity is not None else None),
            entity=self.entity,
            due_days=self.due_days,
            purchase_order=self.purchase_order,
            reference=self.reference,
        )


async def fellows(
    rows: Rows, numbers: Sequence[str], *, now: datetime, asked: bool, without: Collection[str]
) -> list[str]:
    """Contracts with those that are billed with them: all of their groups that are not set apart, or wait as they do."""
    due = 0 if asked else 1
    found = await rows.rows(
        "SELECT c.number, p.next_try, p.reason FROM memberships m JOIN contracts c ON c.id = m.contract_id"
        " LEFT JOIN problems p ON p.contract_id = c.id WHERE m.has_left = 0 AND m.group_key IN (SELECT o.group_key FROM memberships o"
        f" JOIN contracts oc ON oc.id = o.contract_id WHERE o.has_left = 0 AND oc.number IN ({marks(len(numbers))}) AND NOT EXISTS"
        " (SELECT 1 FROM memberships x WHERE x.contract_id = o.contract_id AND x.n > o.n)) AND NOT EXISTS"
        " (SELECT 1 FROM memberships n WHERE n.contract_id = m.contract_id AND n.n > m.n) ORDER BY c.number",
        numbers,
    )
    at = to_seconds(now)
    more = [
        row["number"]
        for row in found
        if row["next_try"] is None or not due or row["next_try"] <= at or row["reason"] in AWAITED
    ]
    return list(dict.fromkeys([*numbers, *(number for number in more if number not in without)]))


async def read_groups(rows: Rows, keys: Sequence[str]) -> dict[str, Group]:
    """Groups by key, with their counters; read before the contracts that are billed with them."""
    if not keys:
        return {}
    found = await rows.rows(
        f"SELECT g.*, h.n, {MOVES.format(group='g.key')} AS moves, a.seq AS account_seq, r.policy_seq, r.due_days, r.purchase_order, r.reference, r.needs_approval"
        " FROM bill_groups g JOIN bill_group_heads h ON h.group_key = g.key JOIN accounts a ON a.id = g.account_id"
        " JOIN bill_group_revs r ON r.group_key = g.key AND NOT EXISTS (SELECT 1 FROM bill_group_revs n"
        f" WHERE n.group_key = r.group_key AND n.policy_seq > r.policy_seq) WHERE g.key IN ({marks(len(keys))})",
        keys,
    )
    accounts = await read_accounts(rows, sorted({row["account_id"] for row in found}))
    sellers = await read_sellers(rows)
    return {
        row["key"]: Group(
            head=GroupHead(row["key"], row["n"], row["moves"], row["account_id"], row["account_seq"]),
            label=row["label"],
            account=accounts[row["account_id"]],
            currency=Currency(row["currency"], row["digits"]),
            seller=row["seller"],
            entity=sellers.of(row["seller"]),
            due_days=row["due_days"],
            purchase_order=row["purchase_order"],
            reference=row["reference"],
            needs_approval=bool(row["needs_approval"]),
        )
        for row in found
    }


async def groups_of(rows: Rows, numbers: Sequence[str]) -> dict[str, Group]:
    """The groups of some contracts, by key."""
    found = await rows.rows(
        f"SELECT DISTINCT m.group_key FROM {NEWEST_MEMBERSHIP} AND m.contract_id IN"
        f" (SELECT c.id FROM contracts c WHERE c.number IN ({marks(len(numbers))})) ORDER BY m.group_key",
        numbers,
    )
    return await read_groups(rows, [row["group_key"] for row in found])


def held_back(
    contracts: Mapping[str, ContractFacts], dues: Mapping[str, Due], failed: Collection[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Contracts of groups that are not billed now: those that come after an earlier day, and those that wait for others.

    A group is billed day by day, the earliest first; and for a day only when it has come for all of its contracts that
    have a boundary on it, wherever they are and however long they wait for their last work. For those that have `failed`
    nobody waits.
    """
    later: set[str] = set()
    waiting: set[str] = set()
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for number, facts in contracts.items():
        if facts.group is not None:
            groups[facts.group].append(number)
    for members in groups.values():
        days = [dues[number].on for number in members if number in dues]
        if not days:
            continue
        first = min(days)
        idle = [contracts[number] for number in members if number not in dues and number not in failed]
        if any(next_boundary(facts) == first for facts in idle):
            waiting |= {number for number in members if number in dues}
        else:
            later |= {number for number in members if number in dues and dues[number].on > first}
    return frozenset(later), frozenset(waiting)


async def into_bills(
    rows: Rows, prepared: Sequence[Prepared], groups: Mapping[str, Group], failed: Sequence[Failed]
) -> list[Bill]:
    """What is written together, and with which document."""
    bills: list[Bill] = []
    together: defaultdict[tuple[str, date], list[Prepared]] = defaultdict(list)
    for one in prepared:
        if one.facts.group in groups and one.draft is not None and one.facts.group is not None:
            together[one.facts.group, one.due.on].append(one)
        else:
            bills.append(Bill((one,), one.draft))
    if not together:
        return bills
    apart = await _apart(rows, sorted({key for key, _ in together}))
    broken = {one.contract for one in failed}
    for (key, on), parts in sorted(together.items()):
        mine = {one.facts.contract.number for one in prepared}
        left_out = tuple(
            number
            for number, next_on, is_apart in apart[key]
            if next_on <= on.isoformat() and number not in mine and (is_apart or number in broken)
        )
        bills.append(await make_bill(rows, groups[key], on, parts, left_out))
    return bills


async def make_bill(rows: Rows, group: Group, on: date, parts: Sequence[Prepared], left_out: tuple[str, ...]) -> Bill:
    """The bill of a group for a day."""
    drafts = [one.draft for one in parts if one.draft is not None]
    corrected = {line.corrects.document for draft in drafts for line in draft.lines if line.corrects is not None}
    draft = group_draft(group, on, parts, left_out, await pools_of(rows, sorted(corrected)))
    return Bill(_in_order(parts), draft, group.head, left_out, group.needs_approval)


def group_draft(
    group: Group, on: date, parts: Sequence[Prepared], left_out: tuple[str, ...], pools: Mapping[Pool, PoolSum]
) -> Draft:
    """What the document of a group for a day says."""
    zone = _in_order(parts)[0].facts.contract.zone
    terms = replace(group.terms(on, zone), left_out=left_out)
    return consolidated([one.draft for one in parts if one.draft is not None], terms, pools)


def _in_order(parts: Sequence[Prepared]) -> tuple[Prepared, ...]:
    return tuple(sorted(parts, key=lambda one: (one.facts.account.key, one.facts.contract.number)))


async def _apart(rows: Rows, keys: Sequence[str]) -> Mapping[str, Sequence[tuple[str, str, bool]]]:
    """By group, its contracts: number, the day that is billed next, and whether it is set apart."""
    found = await rows.rows(
        "SELECT m.group_key, c.number, h.next_on, p.contract_id AS apart FROM memberships m"
        " JOIN contracts c ON c.id = m.contract_id JOIN heads h ON h.contract_id = c.id"
        f" LEFT JOIN problems p ON p.contract_id = c.id WHERE m.has_left = 0 AND m.group_key IN ({marks(len(keys))}) AND NOT EXISTS"
        " (SELECT 1 FROM memberships n WHERE n.contract_id = m.contract_id AND n.n > m.n) ORDER BY c.number",
        keys,
    )
    members: defaultdict[str, list[tuple[str, str, bool]]] = defaultdict(list)
    for row in found:
        members[row["group_key"]].append((row["number"], row["next_on"], row["apart"] is not None))
    return members
