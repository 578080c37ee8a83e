"""Read contracts as the engine takes them, with the counters that their settlement is compared by.

The counters are read first, so that a fact that arrives while the rest is read is noticed when the result is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from dsl import ContractInputs, Overrides, read_contract_inputs, read_overrides
from engine.after_end import with_top_ups
from engine.facts import Account, AllowanceOpens, BroughtOver, Contract, Difference, Entity, Quantity, Terms, TopUp
from engine.items import Bucket, Held
from engine.model import Ruleset
from engine.money import Currency
from engine.names import fold
from engine.periods import Cycles
from engine.renewal import handed_over
from engine.settlement import contract_cycles
from engine.timeline import Timeline
from tarifa.services.billing_at_once import AtOnce, read_at_once
from tarifa.services.paid_cycles import read_paid
from tarifa.services.sellers import read_sellers
from tarifa.services.timelines import BrokenVersionError, read_timeline
from tarifa.storage import Row, Rows, marks
from tarifa.storage.mapping import closing, conversion, discounts, texts_from_json
from tarifa.zones import zone


@dataclass(frozen=True, slots=True)
class Head:
    """How far a contract is settled, and the counters that were read before anything else."""

    contract_id: str
    account_id: str
    ruleset_id: str
    settlement_n: int
    settled_account_seq: int
    settled_policy_seq: int
    billed_through: int
    account_seq: int
    policy_seq: int
    due_days: int
    wait_days: int
    is_closed: bool  # the boundary that it is billed through was the contract's last, then
    opened_by: int = 0  # the settlement of the contract that it renews whose closing opened it


@dataclass(frozen=True, slots=True)
class TakesOver:
    """What a contract takes over from the one that it renews.

    Attributes:
        renewed: Number of that contract.
        settled_by: Which of its settlements made its last closing; 0 where it is not billed to its end yet.
        buckets: What it hands over.
    """

    renewed: str
    settled_by: int
    buckets: tuple[Bucket, ...]


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """A contract with its timeline, before any work was read."""

    head: Head
    account: Account
    contract: Contract
    timeline: Timeline
    top_ups: tuple[TopUp, ...]
    quantities: tuple[Quantity, ...]
    unusable: str | None = None  # what of its ruleset or overrides cannot be read
    needs_approval: bool = False  # by a person: of each of its documents, or of one that a limit stopped
    takes_over: TakesOver | None = None
    paid: Mapping[int, date] = field(default_factory=dict)  # see `engine.facts.Facts.paid`
    at_once: tuple[AtOnce, ...] = ()  # amendments to be billed by themselves, in order of their days
    group: str | None = None  # key of the bill group that it is billed with

    @property
    def opened_by(self) -> int:
        """The settlement whose closing opens its first cycle now, of the contract that it renews; 0: none."""
        return self.takes_over.settled_by if self.takes_over is not None else 0


def cycles_of(facts: ContractFacts) -> Cycles | Held:
    """The contract's cycles, with those after its end in which top-ups live."""
    cycles, clock = contract_cycles(facts.contract, facts.timeline), zone(facts.contract.zone)
    if isinstance(cycles, Held) or clock is None:
        return cycles
    return with_top_ups(cycles, facts.contract, facts.top_ups, facts.timeline, zone=clock)


async def read_contracts(database: Rows, numbers: Sequence[str]) -> dict[str, ContractFacts]:
    """Contracts by number, with their counters; an unknown number is left out."""
    policy = await database.row("SELECT seq FROM policy_clock WHERE id = 1")
    rows = await database.rows(
        "SELECT c.*, a.key, a.label, a.seq AS account_seq, h.settlement_n, h.account_seq AS settled_account_seq,"
        " h.policy_seq AS settled_policy_seq, h.billed_through, h.opened_by,"
        " (SELECT n.start FROM contracts n WHERE n.renewed_from = c.id AND n.carries_over = 1) AS handed_over_on, EXISTS (SELECT 1 FROM obligations o"
        " WHERE o.contract_id = c.id AND o.boundary_no = h.billed_through AND o.part = 'close') AND NOT EXISTS"
        " (SELECT 1 FROM obligations o WHERE o.contract_id = c.id AND o.boundary_no = h.billed_through"
        " AND o.part = 'advance') AS is_closed, EXISTS (SELECT 1 FROM problems p WHERE p.contract_id = c.id"
        " AND p.is_stopped = 1) AS is_stopped FROM contracts c JOIN accounts a ON a.id = c.account_id"
        f" JOIN heads h ON h.contract_id = c.id WHERE c.number IN ({marks(len(numbers))}) ORDER BY c.number",
        tuple(numbers),
    )
    ids, account_ids = [row["id"] for row in rows], sorted({row["account_id"] for row in rows})
    timelines = {r: await _timeline(database, r) for r in sorted({row["ruleset_id"] for row in rows})}
    accounts = await read_accounts(database, account_ids)
    sellers = await read_sellers(database)
    groups = await _groups(database, ids)
    sites = await _contract_sites(database, ids)
    amendments = await _amendments(database, ids)
    top_ups = await _top_ups(database, ids)
    quantities = await _quantities(database, ids)
    brought_over = await _brought_over(database, ids)
    at_once = await read_at_once(database, rows, amendments)
    paid = await read_paid(database, amendments)
    taken_over = await _taken_over(database, [row["id"] for row in rows if row["carries_over"]])
    found = {}
    for row in rows:
        timeline, broken = timelines[row["ruleset_id"]]
        seller = sellers.of(row["seller"])
        contract, bad = _contract(row, sites[row["id"]], amendments[row["id"]], timeline, seller)
        over = taken_over.get(row["id"])
        contract = replace(
            contract,
            brought_over=tuple(brought_over[row["id"]]),
            handed_over=over.buckets if over is not None else (),
            hands_over=row["handed_over_on"] == contract.end.isoformat(),
        )
        head = _head(row, policy["seq"] if policy is not None else 0)
        account = accounts[row["account_id"]]
        bought, counted = tuple(top_ups[row["id"]]), tuple(quantities[row["id"]])
        needs_approval = bool(amendments[row["id"]][-1]["needs_approval"] or row["is_stopped"])
        found[row["number"]] = ContractFacts(
            head, account, contract, timeline, bought, counted, broken or bad, needs_approval, over,
            paid.get(row["id"], {}), at_once.get(row["id"], ()), groups.get(row["id"]),
        )  # fmt: skip
    return found


async def _timeline(database: Rows, ruleset_id: str) -> tuple[Timeline, str | None]:
    """A ruleset that can no longer be read stops its own contracts, and nobody else's."""
    try:
        return await read_timeline(database, ruleset_id), None
    except BrokenVersionError as error:
        return Timeline(()), str(error)


def _head(row: Row, policy_seq: int) -> Head:
    return Head(
        contract_id=row["id"],
        account_id=row["account_id"],
        ruleset_id=row["ruleset_id"],
        settlement_n=row["settlement_n"],
        settled_account_seq=row["settled_account_seq"],
        settled_policy_seq=row["settled_policy_seq"],
        billed_through=row["billed_through"],
        account_seq=row["account_seq"],
        policy_seq=policy_seq,
        due_days=row["due_days"],
        wait_days=row["wait_days"],
        is_closed=bool(row["is_closed"]),
        opened_by=row["opened_by"],
    )


def _contract(
    row: Row, sites: Iterable[str], amendments: Sequence[Row], timeline: Timeline, seller: Entity | None
) -> tuple[Contract, str | None]:
    terms: list[Terms] = []
    bad: list[str] = []
    for amendment in (one for one in amendments if not one["is_end_only"]):
        overrides = _overrides(amendment, timeline, row["currency"])
        bad += overrides.problems
        told = _inputs(amendment, timeline)
        bad += told.problems
        day = date.fromisoformat(amendment["effective_from"])
        terms.append(
            Terms(
                number=amendment["n"],
                effective_from=day,
                plan=amendment["plan"],
                overrides=overrides.formulas,
                discounts=discounts(amendment["discounts"]),
                suspended=bool(amendment["suspended"]),
                lock_prices=bool(amendment["lock_prices"]),
                late_window=amendment["late_window"],
                difference=Difference(amendment["difference"]),
                allowance_opens=AllowanceOpens(amendment["allowance_opens"]),
                inputs=told.values,
            )
        )
    contract = Contract(
        number=row["number"],
        account=row["key"],
        sites=frozenset(sites),
        class_=row["class"],
        start=date.fromisoformat(row["start"]),
        currency=Currency(row["currency"], row["digits"]),
        zone=row["zone"],
        terms=tuple(terms),
        end=date.fromisoformat(amendments[-1]["end_date"]),
        bill_from=date.fromisoformat(row["bill_from"]) if row["bill_from"] is not None else date.min,
        seller=row["seller"] or (seller.label if seller is not None else None),
        entity=seller,
        purchase_order=row["purchase_order"],
        reference=row["reference"],
        conversion=conversion(row),
    )
    return contract, "; ".join(bad) or None


def _overrides(amendment: Row, timeline: Timeline, currency: str) -> Overrides:
    texts, ruleset = texts_from_json(amendment["overrides"]), _agreed_by(amendment, timeline)
    if not texts or ruleset is None:
        return Overrides(())
    return read_overrides(ruleset, texts, plan=amendment["plan"], currency=ruleset.said_in(currency))


def _inputs(amendment: Row, timeline: Timeline) -> ContractInputs:
    texts, ruleset = texts_from_json(amendment["inputs"]), _agreed_by(amendment, timeline)
    return read_contract_inputs(ruleset, texts) if texts and ruleset is not None else ContractInputs(())


def _agreed_by(amendment: Row, timeline: Timeline) -> Ruleset | None:
    """Terms are read by the version in force when they were agreed, or by the oldest there is."""
    if not timeline.activations:
        return None
    version = timeline.version(date.fromisoformat(amendment["effective_from"])) or timeline.activations[0].version
    return version.ruleset


async def read_accounts(database: Rows, ids: Sequence[str]) -> dict[str, Account]:
    """Accounts by id, as their newest revisions say."""
    rows = await database.rows(
        "SELECT a.id, a.key, a.label, r.* FROM accounts a JOIN account_revs r ON r.account_id = a.id"
        f" WHERE a.id IN ({marks(len(ids))})"
        " AND NOT EXISTS (SELECT 1 FROM account_revs n WHERE n.account_id = r.account_id AND n.seq > r.seq)",
        tuple(ids),
    )
    return {
        row["id"]: Account(
            key=row["key"],
            label=row["label"],
            name=row["name"],
            country=fold(row["country"]) if row["country"] else None,
            region=fold(row["region"]) if row["region"] else None,
            tax_id=row["tax_id"],
            exempt=bool(row["exempt"]),
        )
        for row in rows
    }


async def _groups(database: Rows, ids: Sequence[str]) -> dict[str, str]:
    """By contract id, the key of the bill group that it is billed with."""
    rows = await database.rows(
        f"SELECT m.contract_id, m.group_key FROM memberships m WHERE m.has_left = 0 AND m.contract_id IN ({marks(len(ids))})"
        " AND NOT EXISTS (SELECT 1 FROM memberships n WHERE n.contract_id = m.contract_id AND n.n > m.n)",
        tuple(ids),
    )
    return {row["contract_id"]: row["group_key"] for row in rows}


async def _contract_sites(database: Rows, ids: Sequence[str]) -> Mapping[str, Sequence[str]]:
    rows = await database.rows(
        "SELECT c.contract_id, s.key FROM contract_sites c JOIN sites s ON s.id = c.site_id"
        f" WHERE c.contract_id IN ({marks(len(ids))})",
        tuple(ids),
    )
    return grouped(rows, "contract_id", lambda row: row["key"])


async def _amendments(database: Rows, ids: Sequence[str]) -> Mapping[str, Sequence[Row]]:
    rows = await database.rows(
        f"SELECT * FROM amendments WHERE contract_id IN ({marks(len(ids))}) ORDER BY n",
        tuple(ids),
    )
    return grouped(rows, "contract_id", lambda row: row)


async def _top_ups(database: Rows, ids: Sequence[str]) -> Mapping[str, Sequence[TopUp]]:
    rows = await database.rows(
        "SELECT contract_id, request_key, top_up, at FROM top_ups"
        f" WHERE contract_id IN ({marks(len(ids))}) ORDER BY seq",
        tuple(ids),
    )
    return grouped(rows, "contract_id", lambda row: TopUp(row["request_key"], row["top_up"], row["at"]))


async def _brought_over(database: Rows, ids: Sequence[str]) -> Mapping[str, Sequence[BroughtOver]]:
    rows = await database.rows(
        f"SELECT contract_id, n, units, expires FROM openings WHERE contract_id IN ({marks(len(ids))}) ORDER BY n",
        tuple(ids),
    )

    def brought_over(row: Row) -> BroughtOver:
        return BroughtOver(str(row["n"]), row["units"], date.fromisoformat(row["expires"]))

    return grouped(rows, "contract_id", brought_over)


async def _taken_over(database: Rows, ids: Sequence[str]) -> dict[str, TakesOver]:
    """By contract id, what those that renew others take over; none where the other no longer ends as they start."""
    if not ids:
        return {}
    rows = await database.rows(
        "SELECT c.id, o.number, k.* FROM contracts c JOIN contracts o ON o.id = c.renewed_from"
        " JOIN amendments m ON m.contract_id = o.id AND m.end_date = c.start AND NOT EXISTS"
        " (SELECT 1 FROM amendments n WHERE n.contract_id = m.contract_id AND n.n > m.n)"
        " LEFT JOIN closings k ON k.contract_id = o.id AND k.end_date = c.start AND NOT EXISTS"
        " (SELECT 1 FROM closings n WHERE n.contract_id = k.contract_id AND n.cycle_no = k.cycle_no"
        f" AND n.settlement_n > k.settlement_n) WHERE c.id IN ({marks(len(ids))})",
        tuple(ids),
    )
    return {
        row["id"]: TakesOver(row["number"], 0, ())
        if row["settlement_n"] is None
        else TakesOver(row["number"], row["settlement_n"], handed_over(closing(row)))
        for row in rows
    }


async def _quantities(database: Rows, ids: Sequence[str]) -> Mapping[str, Sequence[Quantity]]:
    rows = await database.rows(
        f"SELECT q.* FROM quantities q WHERE q.contract_id IN ({marks(len(ids))}) AND NOT EXISTS"
        " (SELECT 1 FROM quantities n WHERE n.contract_id = q.contract_id AND n.item = q.item"
        " AND n.source = q.source AND n.external_id = q.external_id AND n.rev > q.rev)"
        " ORDER BY q.effective_from, q.seq",
        tuple(ids),
    )

    def quantity(row: Row) -> Quantity:
        id_, day = f"{row['source']}:{row['external_id']}", date.fromisoformat(row["effective_from"])
        return Quantity(id_, row["item"], day, row["quantity"])

    return grouped(rows, "contract_id", quantity)


async def read_sisters(database: Rows, account_ids: Sequence[str]) -> list[str]:
    """The numbers of all contracts of some accounts: work is given to one of them."""
    rows = await database.rows(
        f"SELECT number FROM contracts WHERE account_id IN ({marks(len(account_ids))}) ORDER BY number",
        tuple(account_ids),
    )
    return [row["number"] for row in rows]


def grouped(rows: Iterable[Row], column: str, value: Any) -> defaultdict[str, list[Any]]:  # noqa: ANN401  # any key that the driver reads
    """Values of rows by a column, in the rows' order."""
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(value(row))
    return found
