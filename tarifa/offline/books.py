"""The facts of a bill, from rows as they were read to the engine's values; what does not fit waits, with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from dsl import currency, read_contract_inputs, read_overrides
from dsl.suggest import nearest
from engine.after_end import sold_on, succeeds
from engine.facts import Account, Contract, Quantity, Terms, TopUp, Work
from engine.items import Held, Reason
from engine.names import fold
from engine.periods import FOREVER
from engine.settlement import contract_cycles
from engine.timeline import Timeline
from tarifa.classes import unknown_class
from tarifa.conversions import bad_conversion
from tarifa.extras import read_extras
from tarifa.files.facts import OpeningRow, PaymentRow, Placed, QuantityRow, Read, TopUpRow
from tarifa.files.problems import Place, Problem, did_you_mean
from tarifa.intake import Entry, Unreadable, instant, laid, local_date, read_work
from tarifa.offline.amending import amended
from tarifa.offline.paying import paid_cycles
from tarifa.offline.renewals import renewals
from tarifa.openings import brought_over
from tarifa.services.inputs import AccountInput, AmendmentInput, ContractInput, SiteInput, WorklogInput
from tarifa.zones import zone


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that cannot be billed as it is: an entry of the list of exceptions.

    Attributes:
        held: What, and why.
        account: Key as written; blank where it is not known.
        place: The row that it came from.
        works: Ids of the worklogs that wait with it, where it is a contract or a document.
    """

    held: Held
    account: str = ""
    place: Place | None = None
    works: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """What the files say."""

    accounts: Read[AccountInput]
    contracts: Read[ContractInput]
    worklogs: Read[WorklogInput]
    top_ups: Read[TopUpRow] = field(default_factory=lambda: Read(()))
    amendments: Read[AmendmentInput] = field(default_factory=lambda: Read(()))
    quantities: Read[QuantityRow] = field(default_factory=lambda: Read(()))
    openings: Read[OpeningRow] = field(default_factory=lambda: Read(()))
    payments: Read[PaymentRow] = field(default_factory=lambda: Read(()))
    has_sites: bool = False
    """A file of sites was given, so that a site it lacks is unknown."""


@dataclass(frozen=True, slots=True)
class Books:
    """What the files say, as the engine takes it; keys are folded.

    Attributes:
        contracts, work: By account key.
        unusable: By account key, contracts that cannot be billed as they are, each with why.
        top_ups, quantities: By contract number.
        paid: By contract number and cycle, since when the document that billed it ahead is paid.
        takes_over: By contract number, the one that it renews and takes allowance over from.
        places: Where each (kind, id) stands.
        not_billable: Ids of worklogs that are not to be charged.
        pending: Ids of worklogs that start after the last day billed.
        waiting: What could not be read.
    """

    accounts: Mapping[str, Account]
    contracts: Mapping[str, Sequence[Contract]]
    unusable: Mapping[str, Sequence[tuple[ContractInput, Waiting]]]
    work: Mapping[str, Sequence[Work]]
    top_ups: Mapping[str, Sequence[TopUp]]
    quantities: Mapping[str, Sequence[Quantity]]
    paid: Mapping[str, Mapping[int, date]]
    takes_over: Mapping[str, str]
    zones: Mapping[str, tzinfo]
    places: Mapping[tuple[str, str], Place]
    not_billable: tuple[str, ...]
    pending: tuple[str, ...]
    waiting: tuple[Waiting, ...]


def open_books(rows: Rows, timeline: Timeline, *, through: date) -> Books:
    """Turn the rows of the files into facts; work that starts after `through` is pending."""
    reader = _Reader(rows, timeline, through)
    reader.read()
    return Books(
        accounts=reader.accounts,
        contracts=reader.contracts,
        unusable=reader.unusable,
        work=reader.work,
        top_ups=reader.top_ups,
        quantities=reader.quantities,
        paid=reader.paid,
        takes_over=reader.takes_over,
        zones={name: found for name in sorted(reader.zones) if (found := zone(name)) is not None},
        places=reader.places,
        not_billable=tuple(reader.not_billable),
        pending=tuple(reader.pending),
        waiting=tuple(reader.waiting),
    )


class _Reader:
    """The state of one reading: the books so far, and what waits."""

    def __init__(self, rows: Rows, timeline: Timeline, through: date) -> None:
        self._rows, self._timeline, self._through = rows, timeline, through
        self.accounts: dict[str, Account] = {}
        self._sites: dict[str, dict[str, SiteInput]] = {}
        self.contracts: defaultdict[str, list[Contract]] = defaultdict(list)
        self.unusable: defaultdict[str, list[tuple[ContractInput, Waiting]]] = defaultdict(list)
        self.work: defaultdict[str, list[Work]] = defaultdict(list)
        self.top_ups: defaultdict[str, list[TopUp]] = defaultdict(list)
        self.quantities: defaultdict[str, list[Quantity]] = defaultdict(list)
        self._amendments: defaultdict[str, list[Placed[AmendmentInput]]] = defaultdict(list)
        self._openings: defaultdict[str, list[Placed[OpeningRow]]] = defaultdict(list)
        self.paid: Mapping[str, Mapping[int, date]] = {}
        self.takes_over: Mapping[str, str] = {}
        self.zones: set[str] = set()
        self.places: dict[tuple[str, str], Place] = {}
        self.not_billable: list[str] = []
        self.pending: list[str] = []
        self.waiting: list[Waiting] = []

    def read(self) -> None:
        """Read all files, in the order in which they name each other."""
        for kind, problems in self._problems():
            self.waiting.extend(_bad_row(kind, problem) for problem in problems)
        self.zones.update(activation.version.ruleset.timezone for activation in self._timeline.activations)
        for account in self._rows.accounts.rows:
            self._account(account)
        for amendment in self._rows.amendments.rows:
            self._amendments[amendment.value.contract].append(amendment)
        for opening in self._rows.openings.rows:
            self._openings[opening.value.contract].append(opening)
        for contract in self._rows.contracts.rows:
            self._contract(contract)
        self._renewals()
        self._strangers(self._amendments)
        self._strangers(self._openings)
        self._payments()
        for quantity in self._rows.quantities.rows:
            self._quantity(quantity)
        for top_up in self._rows.top_ups.rows:
            self._top_up(top_up)
        for worklog in self._rows.worklogs.rows:
            self._worklog(worklog)

    def _problems(self) -> Iterable[tuple[str, Iterable[Problem]]]:
        yield "account", self._rows.accounts.problems
        yield "contract", self._rows.contracts.problems
        numbers = {contract.number for contract in self._rows.contracts.values}
        of_contracts = (*self._rows.amendments.problems, *self._rows.openings.problems)
        yield "contract", (one for one in of_contracts if one.subject not in numbers)
        yield "top-up", self._rows.top_ups.problems
        yield "quantity", self._rows.quantities.problems
        yield "payment", self._rows.payments.problems
        yield "work", self._rows.worklogs.problems

    def _account(self, row: Placed[AccountInput]) -> None:
        account, key = row.value, fold(row.value.key)
        self.places["account", key] = row.place
        self.accounts[key] = Account(
            key=key,
            label=account.key,
            name=account.name or account.key,
            country=fold(account.country) if account.country else None,
            region=account.region,
            tax_id=account.tax_id,
            exempt=account.exempt,
        )
        self._sites[key] = {fold(site.key): site for site in account.sites}

    def _contract(self, row: Placed[ContractInput]) -> None:
        self.places["contract", row.value.number] = row.place
        made, place = self._made_contract(row.value), row.place
        of_contracts = (*self._rows.amendments.problems, *self._rows.openings.problems)
        unread = next((one for one in of_contracts if one.subject == row.value.number), None)
        if isinstance(made, Contract) and unread is not None:
            made, place = _unread("contract", made.number, unread.message), unread.place
        if isinstance(made, Contract):
            opened = self._opened(made, row.value)
            made, place = (opened, place) if isinstance(opened, Contract) else opened
        if isinstance(made, Contract):
            changed = amended(made, self._amendments[made.number], self._timeline)
            made, place = (changed, place) if isinstance(changed, Contract) else changed
        if isinstance(made, Contract) and (other := self._overlapping(made)) is not None:
            made = _unread("contract", made.number, f"it overlaps contract `{other.number}` of the same account")
        if isinstance(made, Held):
            self._set_aside(row.value, made, place)
            return
        self.contracts[made.account].append(made)
        self.zones.add(made.zone)

    def _renewals(self) -> None:
        usable = [one for those in self.contracts.values() for one in those]
        tied = renewals(self._rows.contracts.rows, usable, self._timeline)
        gone = {row.value.number for row, _ in tied.refused}
        hands_over = set(tied.takes_over.values())
        for key, those in self.contracts.items():
            left = [one for one in those if one.number not in gone]
            self.contracts[key] = [replace(one, hands_over=one.number in hands_over) for one in left]
        for row, held in tied.refused:
            self._set_aside(row.value, held, row.place)
        self.takes_over = tied.takes_over

    def _payments(self) -> None:
        usable = {one.number: one for those in self.contracts.values() for one in those}
        numbers = {row.value.number for row in self._rows.contracts.rows}
        self.paid, wrong = paid_cycles(self._rows.payments.rows, usable, numbers, self._timeline)
        for row, why in wrong:
            key = f"{row.value.contract}/{row.value.boundary}"
            self.waiting.append(Waiting(_unread("payment", key, why), "", row.place))

    def _set_aside(self, contract: ContractInput, held: Held, place: Place) -> None:
        """Let a contract that cannot be billed wait, and with it the work that it would cover."""
        waiting, key = Waiting(held, contract.account, place), fold(contract.account)
        if key in self.accounts:
            self.unusable[key].append((contract, waiting))
        else:
            self.waiting.append(waiting)

    def _made_contract(self, wanted: ContractInput) -> Contract | Held:
        key = fold(wanted.account)
        if key not in self.accounts:
            return self._unknown_account("contract", wanted.number, wanted.account)
        sites = {fold(site): site for site in wanted.sites}
        stranger = next((label for site, label in sites.items() if self._lacks(key, site)), None)
        if stranger is not None:
            return self._unknown_site("contract", wanted.number, key, stranger)
        first = max(wanted.start, wanted.bill_from or wanted.start)
        version = self._timeline.version(first)
        if version is None:
            return Held("contract", wanted.number, Reason.NO_VERSION, {"day": first.isoformat()})
        ruleset = version.ruleset
        if fold(wanted.plan) not in ruleset.plans:
            plans = [plan.label for plan in ruleset.plans.values()]
            detail = _filled(plan=wanted.plan, ruleset=version.title, near=nearest(wanted.plan, plans))
            return Held("contract", wanted.number, Reason.NO_PLAN, detail)
        strange = unknown_class(wanted.class_, ruleset)
        if strange is not None:
            return _unread("contract", wanted.number, strange)
        money = ruleset.currencies[0] if wanted.currency is None else currency(wanted.currency)
        if money is None:
            return _unread("contract", wanted.number, f"`{wanted.currency}` is no currency; write a code such as `USD`")
        wrong = bad_conversion(ruleset, money.code, wanted.conversion)
        if wrong is not None:
            return _unread("contract", wanted.number, "; ".join(wrong))
        said_in = ruleset.said_in(money.code)
        overrides = read_overrides(ruleset, wanted.overrides, plan=fold(wanted.plan), currency=said_in)
        if overrides.problems:
            return _unread("contract", wanted.number, "; ".join(overrides.problems))
        told = read_contract_inputs(ruleset, wanted.inputs)
        if told.problems:
            return _unread("contract", wanted.number, "; ".join(told.problems))
        terms = Terms(
            number=1,
            effective_from=wanted.start,
            plan=fold(wanted.plan),
            overrides=overrides.formulas,
            discounts=wanted.discounts,
            lock_prices=wanted.lock_prices,
            late_window=wanted.late_window,
            difference=wanted.difference,
            allowance_opens=wanted.allowance_opens,
            inputs=told.values,
        )
        return Contract(
            number=wanted.number,
            account=key,
            sites=frozenset(sites),
            class_=fold(wanted.class_),
            start=wanted.start,
            currency=money,
            zone=wanted.zone or ruleset.timezone,
            terms=(terms,),
            end=wanted.expiry + timedelta(days=1) if wanted.expiry else FOREVER,
            bill_from=wanted.bill_from or date.min,
            seller=wanted.seller,
            purchase_order=wanted.purchase_order,
            reference=wanted.reference,
            conversion=wanted.conversion,
        )

    def _opened(self, contract: Contract, wanted: ContractInput) -> Contract | tuple[Held, Place]:
        """The contract with what it brings over; or why one of it cannot be, and where it stands."""
        rows = self._openings[contract.number]
        cycles = contract_cycles(contract, self._timeline)
        version = self._timeline.version(max(contract.start, contract.bill_from))
        if not rows or isinstance(cycles, Held) or version is None:
            return contract
        plan, found = version.ruleset.plans[contract.terms[0].plan], []
        for n, row in enumerate(rows, 1):
            over = brought_over(row.value.opening, n, wanted, plan, cycles)
            if isinstance(over, str):
                return _unread("contract", contract.number, over), row.place
            found.append(over)
        return replace(contract, brought_over=tuple(found))

    def _overlapping(self, contract: Contract) -> Contract | None:
        return next((one for one in self.contracts[contract.account] if _overlap(one, contract)), None)

    def _strangers(self, named: Mapping[str, Sequence[Placed[Any]]]) -> None:
        """Rows that are about a contract which is not there."""
        numbers = {row.value.number for row in self._rows.contracts.rows}
        for number, rows in named.items():
            if number not in numbers:
                why = f"there is no contract `{number}`{did_you_mean(number, numbers)}"
                self.waiting += [Waiting(_unread("contract", number, why), "", row.place) for row in rows]

    def _quantity(self, row: Placed[QuantityRow]) -> None:
        counted = row.value
        self.places["quantity", counted.id] = row.place
        contract = next((c for those in self.contracts.values() for c in those if c.number == counted.contract), None)
        if contract is None:
            numbers = {one.value.number for one in self._rows.contracts.rows}
            if counted.contract not in numbers:  # one that is there waits itself
                why = f"there is no contract `{counted.contract}`{did_you_mean(counted.contract, numbers)}"
                self.waiting.append(Waiting(_unread("quantity", counted.id, why), "", row.place))
            return
        version = self._timeline.version(max(counted.effective_from, contract.bill_from))
        items = version.ruleset.items if version is not None else {}
        label = self.accounts[contract.account].label
        if not contract.start <= counted.effective_from < contract.end:
            why = f"contract `{contract.number}` is not in force on {counted.effective_from}"
        elif fold(counted.item) not in items:
            why = f"there is no recurring item `{counted.item}`{did_you_mean(counted.item, [i.label for i in items.values()])}"
        else:
            quantity = Quantity(counted.id, fold(counted.item), counted.effective_from, counted.quantity)
            self.quantities[contract.number].append(quantity)
            return
        self.waiting.append(Waiting(_unread("quantity", counted.id, why), label, row.place))

    def _top_up(self, row: Placed[TopUpRow]) -> None:
        bought, places = row.value, self.places
        places["top-up", bought.id] = row.place
        contract = next((c for those in self.contracts.values() for c in those if c.number == bought.contract), None)
        if contract is None:
            known = [c.number for those in self.contracts.values() for c in those]
            why = f"there is no contract `{bought.contract}`{did_you_mean(bought.contract, known)}"
            self.waiting.append(Waiting(_unread("top-up", bought.id, why), "", row.place))
            return
        at = instant(bought.at, contract.zone)
        if isinstance(at, Unreadable):
            held = Held("top-up", bought.id, at.reason, at.detail)
            self.waiting.append(Waiting(held, self.accounts[contract.account].label, row.place))
            return
        unused = self._unused_after_end(contract, bought, at)
        if unused is not None:
            self.waiting.append(Waiting(unused, self.accounts[contract.account].label, row.place))
            return
        self.top_ups[contract.number].append(TopUp(bought.id, fold(bought.top_up), at))

    def _unused_after_end(self, contract: Contract, bought: TopUpRow, at: int) -> Held | None:
        """Why a top-up that was bought after the contract's end could not be used (D5.4)."""
        clock = zone(contract.zone)
        if clock is None or (day := local_date(at, clock)) < contract.end:
            return None
        heir = next((one for one in self.contracts[contract.account] if succeeds(one, contract, day)), None)
        if heir is not None:
            message = f"contract `{contract.number}` has expired, and `{heir.number}` is in force in its place on {day}"
            return _unread("top-up", bought.id, message)
        if sold_on(contract, fold(bought.top_up), day, self._timeline) is None:
            message = f"contract `{contract.number}` has expired, and its plan sells no `{bought.top_up}` to use then"
            return _unread("top-up", bought.id, message)
        return None

    def _worklog(self, row: Placed[WorklogInput]) -> None:
        worklog = row.value
        self.places["work", worklog.id] = row.place
        if not worklog.billable and "distance" not in worklog.fields and not any(e.billable for e in worklog.extras):
            self.not_billable.append(worklog.id)
            return
        read = self._read_worklog(worklog)
        if isinstance(read, Held):
            self.waiting.append(Waiting(read, worklog.account, row.place))
        elif self._day(read) > self._through:
            self.pending.append(worklog.id)
        else:
            self.work[fold(worklog.account)].append(read)
            self.zones.add(read.zone)

    def _read_worklog(self, worklog: WorklogInput) -> Work | Held:
        key = fold(worklog.account)
        if key not in self.accounts:
            return self._unknown_account("work", worklog.id, worklog.account)
        site = fold(worklog.site) if worklog.site else None
        if site is not None and self._lacks(key, site):
            return self._unknown_site("work", worklog.id, key, worklog.site or "")
        place = self._sites[key].get(site) if site is not None else None
        clock = (place.zone if place is not None else None) or self._zone_without_site(worklog.start)
        if clock is None:
            return Held("work", worklog.id, Reason.NO_VERSION, {"day": str(worklog.start)[:10]})
        time = laid(worklog.start, clock, end=worklog.end, minutes=worklog.minutes)
        if isinstance(time, Unreadable):
            return Held("work", worklog.id, time.reason, time.detail)
        extras = read_extras((extra.label, extra.amount, extra.billable) for extra in worklog.extras)
        if isinstance(extras, str):
            return _unread("work", worklog.id, extras)
        return read_work(replace(_entry(worklog, site, place, clock, time), extras=extras), self._timeline)

    def _day(self, work: Work) -> date:
        clock = zone(work.zone)
        return local_date(work.start, clock) if clock is not None else date.min

    def _zone_without_site(self, start: str | datetime) -> str | None:
        """The time zone of work at no site: the ruleset's, of the version in force on its day."""
        try:
            day = date.fromisoformat(str(start).strip()[:10])
        except ValueError:
            day = self._through
        version = self._timeline.version(day)
        return version.ruleset.timezone if version is not None else None

    def _lacks(self, account: str, site: str) -> bool:
        return self._rows.has_sites and site not in self._sites[account]

    def _unknown_account(self, kind: str, subject: str, label: str) -> Held:
        known = [account.label for account in self.accounts.values()]
        return Held(kind, subject, Reason.UNKNOWN_ACCOUNT, _filled(account=label, near=nearest(label, known)))

    def _unknown_site(self, kind: str, subject: str, account: str, label: str) -> Held:
        known = [site.key for site in self._sites[account].values()]
        detail = _filled(site=label, account=self.accounts[account].label, near=nearest(label, known))
        return Held(kind, subject, Reason.UNKNOWN_SITE, detail)


def _entry(
    worklog: WorklogInput, site: str | None, place: SiteInput | None, clock: str, time: tuple[int, int]
) -> Entry:
    fields = {fold(name): text for name, text in worklog.fields.items()}
    if worklog.request is not None:
        fields |= {fold(name): text for name, text in worklog.request.fields.items()}
        if worklog.request.kind is not None:
            fields["request"] = worklog.request.kind
    return Entry(
        id=worklog.id,
        revision=1,
        account=fold(worklog.account),
        site=site,
        request=worklog.request.id if worklog.request is not None else worklog.id,
        request_revision=1,
        start=time[0],
        seconds=time[1],
        zone=clock,
        calendar=fold(place.calendar) if place is not None and place.calendar else None,
        fields=fields,
        billable=worklog.billable,
        approved=worklog.approved,
        operational_only=worklog.operational_only,
    )


def _overlap(one: Contract, other: Contract) -> bool:
    """Whether two contracts of an account are in force for the same work on some day (D4.12)."""
    shared = one.sites & other.sites if one.sites and other.sites else one.sites == other.sites
    return one.class_ == other.class_ and bool(shared) and one.start < other.end and other.start < one.end


def _filled(**detail: str | None) -> dict[str, str]:
    return {name: text for name, text in detail.items() if text}


def _unread(kind: str, subject: str, message: str) -> Held:
    return Held(kind, subject, Reason.BAD_ROW, {"message": message})


def _bad_row(kind: str, problem: Problem) -> Waiting:
    return Waiting(_unread(kind, problem.subject, problem.message), problem.account, problem.place)
