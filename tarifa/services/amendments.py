"""Amend contracts: from a day on, another plan, other overrides or discounts, suspended or taken up again, another end.

An amendment is a fact like work: it may reach days that are billed already. What it changes there is owed, or given
back, on the next document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from engine.facts import AllowanceOpens
from engine.model import Ruleset
from engine.names import as_id, fold
from engine.periods import FOREVER, Period
from tarifa.amending import other_cycle, other_measure
from tarifa.services.billing_contracts import ContractFacts, read_contracts
from tarifa.services.billing_settle import next_boundary
from tarifa.services.contracts import AMENDMENT_COLUMNS, Place, bad_discounts, bad_window, never_opens, overlap, told
from tarifa.services.in_use import Needs, unmet
from tarifa.services.inputs import AmendmentInput, Kept
from tarifa.services.naming import bad_name
from tarifa.services.notices import bad_notices
from tarifa.services.paid_cycles import note_paid_since
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.services.timelines import load_versions
from tarifa.services.without_contract import not_agreed
from tarifa.storage import Database, Row, Transaction
from tarifa.storage.mapping import digest, discounts_json, notice_terms_json, texts_from_json, to_json, to_seconds
from tarifa.storage.outbox import Event, append_events, raise_account


@dataclass(frozen=True, slots=True)
class _Agreed:
    """All terms as they are from the amendment on."""

    plan: str
    overrides: Mapping[str, str]
    discounts: str
    suspended: bool
    lock_prices: bool
    late_window: int | None
    end: date
    notices: str
    inputs: Mapping[str, str]
    needs_approval: bool
    difference: str
    allowance_opens: str


async def amend_contract(
    database: Database, amendment: AmendmentInput, *, by: str, now: datetime
) -> Recorded | Refused:
    """Record an amendment; sent again it is a no-op, and under a key of other content it is refused.

    Returns:
        The contract's number, with the number of the amendment as its revision.
    """
    bad = _bad_fields(amendment)
    if bad:
        return Refused(bad)
    await load_versions(database)
    async with database.writing() as transaction:
        number = as_id(amendment.contract)
        facts = (await read_contracts(transaction, [number])).get(number)
        if facts is None:
            return Refused((Problem("unknown-contract", f"there is no contract {number}", "", number, "contract"),))
        nobodys = not_agreed(facts.contract)
        if nobodys is not None:
            return Refused((nobodys,))
        rows = await transaction.rows(
            "SELECT * FROM amendments WHERE contract_id = ? ORDER BY n", (facts.head.contract_id,)
        )
        payload = digest(_payload(amendment))
        known = _known(amendment, rows, payload)
        if known is not None:
            return known
        agreed = _agreed(amendment, rows)
        problems = [*_bad_days(amendment, facts, agreed), *_bad_terms(amendment, facts, agreed)]
        if not problems:
            problems = await _overlaps(transaction, facts, agreed)
        if problems:
            return Refused(tuple(problems))
        n = rows[-1]["n"] + 1
        await _insert(transaction, facts, amendment, agreed, n=n, payload=payload, by=by, at=to_seconds(now))
    return Recorded(number, Change.NEW, n)


def _bad_fields(amendment: AmendmentInput) -> tuple[Problem, ...]:
    number = amendment.contract
    found: list[Problem | None] = []
    if amendment.request_key is not None:
        found.append(bad_name(amendment.request_key, "requestKey"))
    found += bad_discounts(amendment.discounts or (), number)
    if not isinstance(amendment.late_window, Kept):
        found.append(bad_window(amendment.late_window, number))
    if amendment.notices is not None:
        found.append(bad_notices(amendment.notices, number))
    if _is_empty(amendment):
        remedy = "give a plan, overrides, discounts, an expiry, or say whether it is suspended"
        found.append(Problem("empty-amendment", "the amendment changes nothing", remedy, number))
    return tuple(problem for problem in found if problem is not None)


def _is_empty(amendment: AmendmentInput) -> bool:
    is_quiet = all(value is None for value in (amendment.notices, amendment.needs_approval, amendment.difference))
    return amendment.expiry is Kept.AS_IT_IS and is_quiet and _is_end_only(amendment)


def _is_end_only(amendment: AmendmentInput) -> bool:
    said = (amendment.plan, amendment.overrides, amendment.inputs, amendment.discounts, amendment.suspended)
    is_kept = all(value is None for value in (*said, amendment.lock_prices, amendment.allowance_opens))
    return is_kept and amendment.late_window is Kept.AS_IT_IS


def _payload(amendment: AmendmentInput) -> tuple[object, ...]:
    kept = Kept.AS_IT_IS.value
    if isinstance(amendment.expiry, Kept):
        expiry: str | None = kept
    else:
        expiry = amendment.expiry.isoformat() if amendment.expiry is not None else None
    return (
        amendment.effective_from.isoformat(),
        fold(amendment.plan) if amendment.plan is not None else None,
        _folded(amendment.overrides) if amendment.overrides is not None else None,
        discounts_json(amendment.discounts) if amendment.discounts is not None else None,
        amendment.suspended,
        expiry,
        amendment.lock_prices,
        kept if isinstance(amendment.late_window, Kept) else amendment.late_window,
        *(() if amendment.notices is None else (notice_terms_json(amendment.notices),)),
        *([sorted(_folded(amendment.inputs).items())] if amendment.inputs is not None else []),
        *(() if amendment.needs_approval is None else ({"needs_approval": amendment.needs_approval},)),
        *(() if amendment.allowance_opens is None else ({"allowance_opens": amendment.allowance_opens.value},)),
        *(() if amendment.difference is None else ({"difference": amendment.difference.value},)),
    )


def _folded(overrides: Mapping[str, str]) -> dict[str, str]:
    return {fold(name): text for name, text in overrides.items()}


def _known(amendment: AmendmentInput, rows: Sequence[Row], payload: str) -> Recorded | Refused | None:
    number, key = as_id(amendment.contract), amendment.request_key
    if key is None:
        same = next((row for row in rows[1:] if row["payload_hash"] == payload), None)
    else:
        same = next((row for row in rows if row["request_key"] == key), None)
    if same is None:
        return None
    if same["payload_hash"] == payload:
        return Recorded(number, Change.UNCHANGED, same["n"])
    message = f"the key `{key}` has amended the contract otherwise"
    return Refused((Problem("key-used", message, "give another amendment another key", number, "requestKey"),))


def _agreed(amendment: AmendmentInput, rows: Sequence[Row]) -> _Agreed:
    """The terms in force on the day, with what the amendment says in their place; the end is the last recorded one."""
    day = amendment.effective_from.isoformat()
    before = max(
        (row for row in rows if row["effective_from"] <= day and not row["is_end_only"]),
        key=lambda row: (row["effective_from"], row["n"]),
        default=rows[0],
    )
    if isinstance(amendment.expiry, Kept):
        end = date.fromisoformat(rows[-1]["end_date"])
    else:
        end = FOREVER if amendment.expiry in (None, FOREVER) else amendment.expiry + timedelta(days=1)
    said, window = amendment, amendment.late_window
    return _Agreed(
        plan=fold(said.plan) if said.plan is not None else before["plan"],
        overrides=_folded(said.overrides) if said.overrides is not None else texts_from_json(before["overrides"]),
        discounts=discounts_json(said.discounts) if said.discounts is not None else before["discounts"],
        suspended=said.suspended if said.suspended is not None else bool(before["suspended"]),
        lock_prices=said.lock_prices if said.lock_prices is not None else bool(before["lock_prices"]),
        late_window=before["late_window"] if isinstance(window, Kept) else window,
        end=end,
        notices=notice_terms_json(said.notices) if said.notices is not None else rows[-1]["notices"],
        inputs=told({**texts_from_json(before["inputs"]), **_folded(said.inputs or {})}),
        needs_approval=bool(rows[-1]["needs_approval"]) if said.needs_approval is None else said.needs_approval,
        allowance_opens=before["allowance_opens"] if said.allowance_opens is None else said.allowance_opens.value,
        difference=rows[-1]["difference"] if said.difference is None else said.difference.value,
    )


def _bad_days(amendment: AmendmentInput, facts: ContractFacts, agreed: _Agreed) -> list[Problem]:
    contract, day = facts.contract, amendment.effective_from
    if agreed.end <= contract.start:
        message = f"it would expire on {agreed.end - timedelta(days=1)}, before it starts on {contract.start}"
        return [Problem("empty-period", message, "let it expire on its first day or later", contract.number, "expiry")]
    if day < contract.start:
        message = f"the contract starts on {contract.start} only"
        remedy = "amend it from that day on, or later"
        return [Problem("before-start", message, remedy, contract.number, "effectiveFrom")]
    if day > agreed.end:
        message = f"the contract has expired on {agreed.end - timedelta(days=1)}, before {day}"
        remedy = "amend it from an earlier day on, or give it a later expiry, too"
        return [Problem("after-end", message, remedy, contract.number, "effectiveFrom")]
    return []


def _bad_terms(amendment: AmendmentInput, facts: ContractFacts, agreed: _Agreed) -> list[Problem]:
    """Why the version in force on the day cannot serve the new terms."""
    contract = facts.contract
    day = max(amendment.effective_from, contract.bill_from)
    day = min(day, agreed.end - timedelta(days=1))
    version = facts.timeline.version(day)
    if version is None:
        message = f"no version of its ruleset is in force on {day}"
        remedy = "activate one from that day on, or earlier"
        return [Problem("no-version", message, remedy, contract.number, "effectiveFrom")]
    needs = Needs(
        contract.number,
        agreed.plan,
        contract.currency.code,
        agreed.overrides,
        contract.class_,
        agreed.end,
        agreed.inputs,
        day,
        is_converted=contract.conversion is not None,
    )
    postpaid = never_opens(agreed.plan, version.ruleset, AllowanceOpens(agreed.allowance_opens), contract.number)
    other = _other_plan(facts, agreed.plan, version.ruleset)
    return [*unmet(needs, version.ruleset), *other, *([postpaid] if postpaid is not None else [])]


def _other_plan(facts: ContractFacts, name: str, ruleset: Ruleset) -> list[Problem]:
    """A plan whose cycles or buckets are not those of the contract."""
    plan = ruleset.plans.get(name)
    if plan is None:
        return []
    found = {
        "other-cycle": other_cycle(facts.contract, facts.timeline, plan),
        "other-measure": other_measure(facts.contract, ruleset, plan),
    }
    remedy = "let this contract expire, and record a new one on that plan"
    return [Problem(code, why, remedy, facts.contract.number, "plan") for code, why in found.items() if why is not None]


async def _overlaps(transaction: Transaction, facts: ContractFacts, agreed: _Agreed) -> list[Problem]:
    contract = facts.contract
    if agreed.end <= contract.end:
        return []
    sites = await transaction.rows(
        "SELECT site_id FROM contract_sites WHERE contract_id = ?", (facts.head.contract_id,)
    )
    place = Place(facts.head.account_id, contract.class_, tuple(row["site_id"] for row in sites))
    found = await overlap(transaction, contract.number, place, Period(contract.start, agreed.end))
    return [found] if found is not None else []


async def _insert(
    transaction: Transaction,
    facts: ContractFacts,
    amendment: AmendmentInput,
    agreed: _Agreed,
    *,
    n: int,
    payload: str,
    by: str,
    at: int,
) -> None:
    contract_id, number = facts.head.contract_id, facts.contract.number
    seq = await raise_account(transaction, facts.head.account_id)
    await transaction.insert(
        "amendments",
        AMENDMENT_COLUMNS,
        [(contract_id, n, seq, amendment.effective_from.isoformat(), agreed.plan, to_json(dict(agreed.overrides)),
          agreed.discounts, int(agreed.suspended), int(agreed.lock_prices), agreed.late_window,
          agreed.end.isoformat(), int(_is_end_only(amendment)), amendment.request_key, payload, by, at, agreed.notices,
          to_json(dict(agreed.inputs)), int(agreed.needs_approval), agreed.difference, agreed.allowance_opens)],
    )  # fmt: skip
    if agreed.allowance_opens == AllowanceOpens.WHEN_PAID:
        await note_paid_since(transaction, contract_id, amendment.effective_from)
    amended = (await read_contracts(transaction, [number]))[number]
    next_on = next_boundary(amended)
    await transaction.run("UPDATE heads SET next_on = ? WHERE contract_id = ?", (next_on.isoformat(), contract_id))
    await append_events(
        transaction,
        [Event("contract.amended", contract_id, str(n), {"number": number, "amendment": n}, {"digest": payload})],
        at=at,
    )
