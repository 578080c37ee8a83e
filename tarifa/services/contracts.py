"""Record contracts with their first terms. A contract that no version could serve, or that overlaps, is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from dsl import currency as iso_currency
from engine.coverage import PREFIX
from engine.facts import AllowanceOpens, AnyDiscount, BroughtOver, Difference, DocumentDiscount, NoticeTerms
from engine.model import Mode, Plan, Ruleset
from engine.names import as_id, fold
from engine.periods import FOREVER, Cycles, Period
from engine.timeline import Version
from tarifa.conversions import bad_conversion
from tarifa.openings import brought_over
from tarifa.renewing import names_badly
from tarifa.services.bill_groups import Candidate, enter, group_for, group_now
from tarifa.services.in_use import Needs, unmet
from tarifa.services.inputs import MOST_WINDOW, ContractInput
from tarifa.services.naming import bad_name, bad_note, bad_zone, meant
from tarifa.services.notices import bad_notices
from tarifa.services.renewals import renewed_contract
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.services.sellers import Sellers, has_series, read_sellers
from tarifa.services.timelines import load_versions, read_timeline
from tarifa.storage import Database, Row, Rows, Transaction
from tarifa.storage.identity import new_id
from tarifa.storage.mapping import digest, discounts_json, notice_terms_json, to_json, to_seconds
from tarifa.storage.models import ContractRecord
from tarifa.storage.outbox import Event, append_events, raise_account

AMENDMENT_COLUMNS = (
    "contract_id, n, seq, effective_from, plan, overrides, discounts, suspended, lock_prices, late_window, end_date,"
    " is_end_only, request_key, payload_hash, recorded_by, recorded_at, notices, inputs,"
    " needs_approval, difference, allowance_opens"
)
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class _Settled:
    """A contract with everything that was left to the ruleset filled in."""

    account_id: str
    ruleset_id: str
    sites: tuple[str, ...]  # ids
    currency: str
    digits: int
    zone: str
    end: date
    measure: str
    brought_over: tuple[BroughtOver, ...]
    renewed_from: str | None  # id


@dataclass(frozen=True, slots=True)
class Place:
    """What contracts of one class may not share on any day: an account, or sites of it by id."""

    account_id: str
    class_: str
    sites: tuple[str, ...]


async def create_contract(database: Database, contract: ContractInput, *, by: str, now: datetime) -> Recorded | Refused:
    """Record a contract. The same one again is a no-op; another under its number is refused."""
    bad = _bad_fields(contract)
    if bad:
        return Refused(bad)
    await load_versions(database)
    async with database.writing() as transaction:
        payload = digest(_payload(contract))
        same = await ContractRecord.get_or_none(number=as_id(contract.number), using_db=transaction.client)
        if same is not None:
            return _known(contract, is_same=same.payload_hash == payload)
        settled = await _settled(transaction, contract)
        if isinstance(settled, Refused):
            return settled
        period = Period(contract.start, settled.end)
        place = Place(settled.account_id, fold(contract.class_), settled.sites)
        overlapping = await overlap(transaction, as_id(contract.number), place, period)
        if overlapping is not None:
            return Refused((overlapping,))
        group = await _group(transaction, contract, settled)
        if isinstance(group, Problem):
            return Refused((group,))
        await _insert(transaction, contract, settled, payload, by=by, at=to_seconds(now))
        row = await transaction.row("SELECT * FROM contracts WHERE number = ?", (as_id(contract.number),))
        if group is not None and row is not None:
            await enter(transaction, row, group, by=by, at=to_seconds(now))
    return Recorded(as_id(contract.number), Change.NEW)


async def _group(transaction: Transaction, contract: ContractInput, settled: _Settled) -> str | Problem | None:
    """The key of the bill group that it is billed with, or why it cannot be; a renewal goes with what it renews."""
    group = contract.bill_group
    if group is None and settled.renewed_from is not None:
        group = await group_now(transaction, settled.renewed_from)
    if group is None or not group.strip():
        return None
    candidate = Candidate(as_id(contract.number), settled.currency, _blank_is_none(contract.seller))
    return await group_for(transaction, candidate, group)


def _payload(contract: ContractInput) -> tuple[object, ...]:
    agreed = (
        fold(contract.account),
        fold(contract.plan),
        contract.start.isoformat(),
        contract.expiry.isoformat() if contract.expiry else None,
        contract.bill_from.isoformat() if contract.bill_from else None,
        fold(contract.class_),
        sorted(fold(site) for site in contract.sites),
        fold(contract.ruleset) if contract.ruleset else None,
        contract.currency,
        contract.zone,
        dict(contract.overrides),
        discounts_json(contract.discounts),
        contract.due_days,
        contract.lock_prices,
        contract.late_window,
    )
    more: dict[str, object] = {
        "openings": [[one.amount.strip(), one.expires.isoformat(), one.note.strip()] for one in contract.openings],
        "notices": contract.notices != NoticeTerms() and notice_terms_json(contract.notices),
        "inputs": told(contract.inputs),
        "wait_days": contract.wait_days,
        "seller": contract.seller,
        "bill_group": fold(contract.bill_group) if contract.bill_group is not None else None,
        "billed_alone": contract.bill_group is not None and not contract.bill_group.strip(),
        "purchase_order": contract.purchase_order,
        "reference": contract.reference,
        "needs_approval": contract.needs_approval,
        "renewed_from": as_id(contract.renewed_from) if contract.renewed_from is not None else None,
        "carries_over": contract.carries_over,
        "allowance_opens": contract.allowance_opens is not AllowanceOpens.AT_START and contract.allowance_opens.value,
        "difference": contract.difference is not Difference.NEXT_BOUNDARY and contract.difference.value,
    }
    if contract.conversion is not None:
        rate, on = str(contract.conversion.rate), contract.conversion.on.isoformat()
        more["conversion"] = [rate, on, contract.conversion.source]
    said = {name: value for name, value in more.items() if value}
    return (*agreed, said) if said else agreed  # a contract that says no more has the digest that it always had


def _bad_fields(contract: ContractInput) -> tuple[Problem, ...]:
    found = [
        bad_name(contract.number, "number"),
        _reserved(contract.number),
        bad_zone(contract.zone, subject=contract.number),
    ]
    if contract.expiry is not None and contract.expiry < contract.start:
        message = f"it expires on {contract.expiry}, before it starts on {contract.start}"
        found.append(Problem("empty-period", message, "correct one of the two days", contract.number, "expiry"))
    found += [_bad_days(contract.due_days, contract.number, "dueDays")]
    found += [_bad_days(contract.wait_days, contract.number, "waitDays")]
    found += [bad_note(opening.note, contract.number, "openings") for opening in contract.openings]
    papers = {"seller": contract.seller, "purchaseOrder": contract.purchase_order, "reference": contract.reference}
    if contract.conversion is not None:
        papers["conversion"] = contract.conversion.source
    found += [bad_note(text or "", contract.number, field) for field, text in papers.items()]
    found += [*bad_discounts(contract.discounts, contract.number), bad_window(contract.late_window, contract.number)]
    found.append(bad_notices(contract.notices, contract.number))
    misnamed = names_badly(contract)
    found.append(Problem("bad-renewal", misnamed, "", contract.number, "renewedFrom") if misnamed else None)
    return tuple(problem for problem in found if problem is not None)


def told(inputs: Mapping[str, str]) -> dict[str, str]:
    """Inputs of a contract by folded name, in order; those that are blank are not told."""
    return {fold(name): text.strip() for name, text in sorted(inputs.items()) if text.strip()}


def _reserved(number: str) -> Problem | None:
    """Why a number cannot be: its contract would be taken for one that nobody agreed."""
    if not number.strip().casefold().startswith(PREFIX):
        return None
    message = f"numbers that begin with `{PREFIX}` are those of work without a contract"
    return Problem("reserved-number", message, "choose another number", number, "number")


def _bad_days(days: int, number: str, field: str) -> Problem | None:
    if days < 0:
        message = f"{days} days lie before the day from which they count"
        return Problem("negative-days", message, "give 0 or more days", number, field)
    if days > MOST_DAYS:
        message = f"{days} days are more than the {MOST_DAYS} that a contract may give"
        return Problem("too-many-days", message, f"give at most {MOST_DAYS} days", number, field)
    return None


def bad_discounts(discounts: Sequence[AnyDiscount], number: str) -> list[Problem]:
    """Discounts of nothing, of more than everything, or of the whole document twice."""
    found = []
    for discount in discounts:
        amount = discount.amount if isinstance(discount, DocumentDiscount) else Fraction(0)
        if amount < 0 or not 0 <= discount.share <= 1 or not (amount or discount.share):
            message = f"a discount of {amount} is none" if amount else f"a discount of {discount.share * 100} % is none"
            remedy = "give more than 0 % and at most 100 %, or an amount above 0"
            found.append(Problem("bad-discount", message, remedy, number, "discounts"))
    of_documents = [one for one in discounts if isinstance(one, DocumentDiscount)]
    if sum(bool(one.share) for one in of_documents) > 1 or sum(bool(one.amount) for one in of_documents) > 1:
        message = "two discounts are off the document as a whole"
        found.append(
            Problem("bad-discount", message, "give one percentage and one amount at most", number, "discounts")
        )
    return found


def never_opens(plan: str, ruleset: Ruleset, opens: AllowanceOpens, number: str) -> Problem | None:
    """Why an allowance that opens when it is paid could never be drawn: nothing is billed before its cycle is over."""
    sold = ruleset.plans.get(plan)
    if opens is AllowanceOpens.AT_START or sold is None or sold.mode is Mode.PREPAID:
        return None
    message = f"the plan `{sold.label}` is postpaid: a cycle is over before the document comes that could be paid"
    remedy = "let its allowance open at the start, or choose a prepaid plan"
    return Problem("postpaid-allowance", message, remedy, number, "allowanceOpens")


def bad_window(cycles: int | None, number: str) -> Problem | None:
    """Why a late window is none."""
    if cycles is None or 0 <= cycles <= MOST_WINDOW:
        return None
    message = f"work cannot be {cycles} billed cycles late"
    return Problem("bad-window", message, f"give 0 to {MOST_WINDOW} cycles, or none", number, "lateWindow")


def _known(contract: ContractInput, *, is_same: bool) -> Recorded | Refused:
    if is_same:
        return Recorded(as_id(contract.number), Change.UNCHANGED)
    message = f"contract {contract.number} is on record with other terms"
    remedy = "give the new one its own number; what is agreed is not rewritten"
    return Refused((Problem("contract-exists", message, remedy, contract.number, "number"),))


async def _settled(transaction: Transaction, contract: ContractInput) -> _Settled | Refused:
    account = await transaction.row("SELECT id FROM accounts WHERE key = ?", (fold(contract.account),))
    if account is None:
        return await _unknown_account(transaction, contract)
    ruleset = await _ruleset(transaction, contract)
    if isinstance(ruleset, Problem):
        return Refused((ruleset,))
    version = await _version(transaction, contract, ruleset)
    if isinstance(version, Problem):
        return Refused((version,))
    terms = version.ruleset
    sellers = await read_sellers(transaction)
    problem = await _wrong_seller(transaction, contract, sellers)
    if problem is not None:
        return Refused((problem,))
    currency = _currency(contract, sellers) or terms.currencies[0].code
    overrides = {fold(name): text for name, text in contract.overrides.items()}
    end = contract.expiry + timedelta(days=1) if contract.expiry is not None else FOREVER
    needs = Needs(
        contract.number,
        fold(contract.plan),
        currency,
        overrides,
        contract.class_,
        end,
        told(contract.inputs),
        max(contract.start, contract.bill_from or contract.start),
        is_converted=contract.conversion is not None,
    )
    problems = [*unmet(needs, terms)]
    postpaid = never_opens(fold(contract.plan), terms, contract.allowance_opens, contract.number)
    problems += [postpaid] if postpaid is not None else []
    wrong = bad_conversion(terms, currency, contract.conversion)
    if wrong is not None and not problems:
        problems.append(Problem("bad-conversion", *wrong, contract.number, "conversion"))
    sites = await _sites(transaction, contract, account["id"], problems)
    if problems:
        return Refused(tuple(problems))
    money = iso_currency(currency)
    digits = money.digits if money is not None else 0  # a code that ISO 4217 does not know is a problem above
    plan = terms.plans[fold(contract.plan)]
    brought = _brought_over(contract, plan, end)
    if isinstance(brought, Problem):
        return Refused((brought,))
    renewed = await renewed_contract(transaction, contract, terms)
    if isinstance(renewed, Problem):
        return Refused((renewed,))
    zone = contract.zone or terms.timezone
    return _Settled(
        account["id"], ruleset["id"], sites, currency, digits, zone, end, plan.measure.value, brought, renewed
    )


def _currency(contract: ContractInput, sellers: Sellers) -> str | None:
    """The contract's, or its seller's, where either says one."""
    seller = sellers.of(_blank_is_none(contract.seller))
    of_seller = sellers.currencies.get(seller.key) if seller is not None else None
    return contract.currency.strip().upper() if contract.currency else of_seller


async def _wrong_seller(transaction: Transaction, contract: ContractInput, sellers: Sellers) -> Problem | None:
    """Why nobody can sell it so. Where no seller is on record a contract names one by name alone."""
    name = _blank_is_none(contract.seller)
    if name is None or not sellers.by_key:
        return None
    seller = sellers.of(name)
    if seller is None:
        remedy = meant(name, [one.label for one in sellers.by_key.values()]) or "record the seller first"
        return Problem("unknown-seller", f"there is no seller `{name}`", remedy, contract.number, "seller")
    is_only = len(sellers.by_key) == 1 if sellers.default is None else seller.key == sellers.default.key
    if not is_only and not await has_series(transaction, seller.key):
        message = f"`{seller.label}` has no numbers of its own for invoices and credit notes"
        remedy = "open a series for each first: two sellers do not share numbers"
        return Problem("no-series", message, remedy, contract.number, "seller")
    return None


def _brought_over(contract: ContractInput, plan: Plan, end: date) -> tuple[BroughtOver, ...] | Problem:
    cycles = Cycles(plan.every, contract.start, end, plan.by_calendar)
    found = [brought_over(one, n, contract, plan, cycles) for n, one in enumerate(contract.openings, 1)]
    wrong = next((one for one in found if isinstance(one, str)), None)
    if wrong is not None:
        return Problem("bad-opening", wrong, "", contract.number, "openings")
    return tuple(one for one in found if not isinstance(one, str))


async def _unknown_account(transaction: Transaction, contract: ContractInput) -> Refused:
    known = [row["label"] for row in await transaction.rows("SELECT label FROM accounts ORDER BY key LIMIT 5000")]
    remedy = meant(contract.account, known) or "record the account first"
    message = f"there is no account `{contract.account}`"
    return Refused((Problem("unknown-account", message, remedy, contract.number, "account"),))


async def _ruleset(transaction: Transaction, contract: ContractInput) -> Row | Problem:
    known = await transaction.rows("SELECT id, name, label FROM rulesets ORDER BY name")
    labels = ", ".join(f"`{row['label']}`" for row in known)
    if contract.ruleset is not None:
        named = next((row for row in known if row["name"] == fold(contract.ruleset)), None)
        if named is not None:
            return named
        message, remedy = f"there is no ruleset `{contract.ruleset}`", f"name one of {labels}"
    elif len(known) == 1:
        return known[0]
    else:
        message, remedy = "there are several rulesets, and the contract names none", f"name one of {labels}"
    if not known:
        message, remedy = "no ruleset is published yet", "publish and activate one first"
    return Problem("unknown-ruleset", message, remedy, contract.number, "ruleset")


async def _version(transaction: Transaction, contract: ContractInput, ruleset: Row) -> Version | Problem:
    day = max(contract.start, contract.bill_from or contract.start)
    version = (await read_timeline(transaction, ruleset["id"])).version(day)
    if version is not None:
        return version
    message = f"no version of `{ruleset['label']}` is in force on {day}"
    return Problem("no-version", message, "activate one from that day on, or earlier", contract.number, "start")


async def _sites(
    transaction: Transaction, contract: ContractInput, account_id: str, problems: list[Problem]
) -> tuple[str, ...]:
    rows = await transaction.rows("SELECT id, key, label FROM sites WHERE account_id = ?", (account_id,))
    ids = {row["key"]: row["id"] for row in rows}
    for site in contract.sites:
        if fold(site) not in ids:
            message = f"the account `{contract.account}` has no site `{site}`"
            remedy = meant(site, [row["label"] for row in rows]) or "record the site with its account first"
            problems.append(Problem("unknown-site", message, remedy, contract.number, "sites"))
    return tuple(sorted({ids[fold(site)] for site in contract.sites if fold(site) in ids}))


async def overlap(rows: Rows, number: str, place: Place, period: Period) -> Problem | None:
    """Another contract of the account and class, for the same site or like this one for all, on some same day."""
    found = await rows.rows(
        "SELECT c.number, c.id FROM contracts c JOIN amendments a ON a.contract_id = c.id"
        " WHERE c.account_id = ? AND c.origin = 'agreed' AND c.class = ? AND c.number <> ? AND c.start < ? AND a.end_date > ?"
        " AND NOT EXISTS (SELECT 1 FROM amendments n WHERE n.contract_id = a.contract_id AND n.n > a.n)"
        " ORDER BY c.number",
        (place.account_id, place.class_, number, period.end.isoformat(), period.start.isoformat()),
    )
    for row in found:
        theirs = await rows.rows("SELECT site_id FROM contract_sites WHERE contract_id = ?", (row["id"],))
        sites = {site["site_id"] for site in theirs}
        if sites & set(place.sites) or (not sites and not place.sites):
            message = f"it overlaps contract {row['number']} of the same account, for the same class and place"
            remedy = "let one end before the other starts, or give them different sites"
            return Problem("overlap", message, remedy, number, "start")
    return None


async def _insert(
    transaction: Transaction, contract: ContractInput, settled: _Settled, payload: str, *, by: str, at: int
) -> None:
    seq = await raise_account(transaction, settled.account_id)
    contract_id, number = new_id(), as_id(contract.number)
    await ContractRecord.create(
        using_db=transaction.client,
        id=contract_id,
        account_id=settled.account_id,
        seq=seq,
        number=number,
        class_=fold(contract.class_),
        ruleset_id=settled.ruleset_id,
        currency=settled.currency,
        digits=settled.digits,
        zone=settled.zone,
        start=contract.start.isoformat(),
        bill_from=contract.bill_from.isoformat() if contract.bill_from else None,
        due_days=contract.due_days,
        wait_days=contract.wait_days,
        seller=_blank_is_none(contract.seller),
        purchase_order=_blank_is_none(contract.purchase_order),
        reference=_blank_is_none(contract.reference),
        conversion_rate=str(contract.conversion.rate) if contract.conversion is not None else None,
        conversion_on=contract.conversion.on.isoformat() if contract.conversion is not None else None,
        conversion_source=contract.conversion.source if contract.conversion is not None else None,
        renewed_from=settled.renewed_from,
        carries_over=int(contract.carries_over),
        payload_hash=payload,
        recorded_by=by,
        recorded_at=at,
    )
    await transaction.insert("contract_sites", "contract_id, site_id", [(contract_id, site) for site in settled.sites])
    await transaction.insert(
        "openings",
        "contract_id, n, seq, measure, units, expires, note, recorded_by, recorded_at",
        [(contract_id, n, seq, settled.measure, over.units, over.expires.isoformat(), given.note.strip(), by, at)
         for n, (over, given) in enumerate(zip(settled.brought_over, contract.openings, strict=True), 1)],
    )  # fmt: skip
    overrides = to_json({fold(name): text for name, text in contract.overrides.items()})
    await transaction.insert(
        "amendments",
        AMENDMENT_COLUMNS,
        [(contract_id, 1, seq, contract.start.isoformat(), fold(contract.plan), overrides,
          discounts_json(contract.discounts), 0, int(contract.lock_prices), contract.late_window,
          settled.end.isoformat(), 0, None, payload, by, at, notice_terms_json(contract.notices),
          to_json(told(contract.inputs)), int(contract.needs_approval), contract.difference.value,
          contract.allowance_opens.value)],
    )  # fmt: skip
    first = max(contract.start, contract.bill_from or contract.start)
    await transaction.insert(
        "heads",
        "contract_id, settlement_n, account_seq, policy_seq, billed_through, next_on",
        [(contract_id, 0, 0, 0, -1, first.isoformat())],
    )
    await append_events(
        transaction, [Event("contract.created", contract_id, "", {"number": number}, {"digest": payload})], at=at
    )


def _blank_is_none(text: str | None) -> str | None:
    return (text or "").strip() or None
