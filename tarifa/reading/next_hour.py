"""What the next hour of work would cost, and why another row does not decide on it: settled as a bill is, nothing kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from engine.calendars import local_day
from engine.documents import Line
from engine.explain import Explanation, explain
from engine.facts import Work
from engine.items import Held, Item, Reason, Settlement
from engine.model import RowName
from engine.money import Currency
from engine.names import as_id, fold
from engine.pricing import Pricer
from engine.settlement import settle
from engine.terms import terms_on
from engine.timeline import Version
from engine.why import FailingCell, Fitting, why_not
from tarifa.intake import Entry, Unreadable, facts_of_work, instant, read_work
from tarifa.reading.scope import Scope
from tarifa.services.assigning import zones_of
from tarifa.services.billing_contracts import ContractFacts, read_contracts
from tarifa.services.billing_settle import Failed
from tarifa.services.naming import meant, unknown_fact
from tarifa.services.outlook import Outlook, outlooks
from tarifa.services.results import Problem
from tarifa.storage import Database
from tarifa.words import english

NAME = "next hour"
MOST_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Question:
    """Work that nobody has done yet, on a request of its own.

    Attributes:
        start: As a worklog's: without an offset, by the clock of the site.
        minutes: How long it would take.
        fields: Of request and work by input name, as text; `request` is the kind of request.
    """

    contract: str
    start: str | datetime
    minutes: int = 60
    site: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NextHour:
    """What it would cost: everything that the next document would hold more, before tax.

    Attributes:
        amount: Minor units.
        minutes, covered, overage: Rounded; covered by the allowance; the rest.
        rows: Each row that decides, with its step of the pricing.
        waits: Why the work, or what of it is not covered, would wait for a person instead.
    """

    contract: str
    currency: Currency
    version: str
    amount: int
    minutes: int
    covered: int
    overage: int
    rows: tuple[tuple[str, RowName], ...]
    explanations: tuple[Explanation, ...]
    waits: Held | None


@dataclass(frozen=True, slots=True)
class OtherRow:
    """A row that was asked about: the cell that keeps it from fitting, by its input, and the work's value; or none."""

    table: str
    row: RowName
    input: str | None
    value: str | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """The work as the engine takes it, with all that its contract is settled from, and the version of its day."""

    outlook: Outlook
    work: Work
    day: date
    version: Version


async def next_hour(database: Database, scope: Scope, question: Question) -> NextHour | Problem:
    """Settle the cycle of the question's day without the work and with it, and tell the difference."""
    asked = await _asked(database, scope, question)
    if isinstance(asked, Problem):
        return asked
    before, after = _settled(asked.outlook), _settled(asked.outlook, asked.work)
    for settled in (before, after):
        if settled.stopped is not None:
            return _problem(settled.stopped, question)
    more = [item for item in after.items if NAME in (item.work, item.request)]
    currency, title = asked.outlook.contract.contract.currency, asked.version.title
    return NextHour(
        contract=asked.outlook.contract.contract.number,
        currency=currency,
        version=title,
        amount=sum(item.net for item in after.items) - sum(item.net for item in before.items),
        minutes=sum(item.rounded for item in more),
        covered=sum(item.covered for item in more),
        overage=sum(item.overage for item in more),
        rows=tuple(dict.fromkeys((hook, row) for item in more for hook, rows in item.rows for row in rows)),
        explanations=tuple(explain(_line(item), ruleset=title, currency=currency) for item in more),
        waits=next((held for held in after.held if held.subject == NAME), None),
    )


def _settled(outlook: Outlook, *work: Work) -> Settlement:
    facts = outlook.gathered.facts
    zones = {**facts.zones, **zones_of([], work)}
    with_work = replace(facts, work=(*facts.work, *work), zones=zones)
    return settle(outlook.gathered.opening, with_work, outlook.contract.timeline, through=outlook.due.number)


def _line(item: Item) -> Line:
    return Line(1, item, item.amount, item.discount, (), item.on or item.service.start)


async def why_not_row(
    database: Database, scope: Scope, question: Question, *, table: str, row: str
) -> OtherRow | Problem:
    """The first cell of a row of a table that does not hold for the work; none where the row fits."""
    asked = await _asked(database, scope, question)
    if isinstance(asked, Problem):
        return asked
    tables = asked.version.ruleset.tables
    named = tables.get(fold(table))
    if named is None:
        remedy = meant(table, (one.label for one in tables.values()))
        return Problem("unknown-table", f"{asked.version.title} has no table called `{table}`", remedy, table, "table")
    of_row = next((one for one in named.rows if fold(one.name) == fold(row)), None)
    if of_row is None:
        remedy = meant(row, (one.name for one in named.rows))
        return Problem("unknown-row", f"the table `{named.label}` has no row called `{row}`", remedy, row, "row")
    facts = asked.outlook.gathered.facts
    zones = {**facts.zones, **zones_of([], [asked.work])}
    pricer = Pricer(replace(facts, zones=zones), asked.outlook.contract.timeline)
    priced = pricer.price(asked.work, terms_on(facts.contract, asked.day))
    if isinstance(priced, Held):
        return _problem(priced, question)
    values = {**priced.ruling.values, "band": priced.bands[0][0]}
    found = why_not(named, of_row, values)
    if isinstance(found, Fitting):
        return OtherRow(named.label, found.row, None, None)
    return OtherRow(named.label, found.row, *_cell(asked, found))


def _cell(asked: _Asked, found: FailingCell) -> tuple[str, str]:
    """The input of a cell, and its value as people write it."""
    declared = asked.version.ruleset.inputs.get(found.input)
    label = declared.label if declared is not None else found.input
    said = asked.work.spellings.get(found.input)
    return label, said if said is not None else "none" if found.value is None else str(found.value)


async def _asked(database: Database, scope: Scope, question: Question) -> _Asked | Problem:
    number = as_id(question.contract)
    contract = (await read_contracts(database, [number])).get(number)
    if contract is None or scope.account not in (None, contract.contract.account):
        return Problem("unknown-contract", f"there is no contract {number}", "", number, "contract")
    if not 0 < question.minutes <= MOST_MINUTES:
        message = f"{question.minutes} minutes are no work of a day"
        return Problem("bad-minutes", message, f"ask for 1 to {MOST_MINUTES} minutes", number, "minutes")
    wrong = unknown_fact(question.fields, facts_of_work([contract.timeline]), subject=number)
    if wrong is not None:
        return wrong
    site = await _site(database, contract, question)
    if isinstance(site, Problem):
        return site
    zone, calendar = site
    at = instant(question.start, zone or contract.contract.zone)
    if isinstance(at, Unreadable):
        return _problem(Held("work", NAME, at.reason, at.detail), question)
    found = (await outlooks(database, {number: at}))[number]
    if isinstance(found, Failed):
        message = english.why_apart(number, found.reason, found.detail)
        return Problem(found.reason, message, "", number, "start")
    entry = Entry(
        id=NAME,
        revision=0,
        account=contract.contract.account,
        site=fold(question.site) if question.site else None,
        request=NAME,
        request_revision=0,
        start=at,
        seconds=question.minutes * 60,
        zone=zone or contract.contract.zone,
        calendar=calendar,
        fields={fold(name): text.strip() for name, text in question.fields.items() if text.strip()},
    )
    work = read_work(entry, contract.timeline)
    if isinstance(work, Held):
        return _problem(work, question)
    clock = zones_of([], [work])[work.zone]
    day = local_day(at, clock)
    version = contract.timeline.version(day)
    if version is None:
        return _problem(Held("work", NAME, Reason.NO_VERSION, {"day": day.isoformat()}), question)
    return _Asked(found, work, day, version)


async def _site(
    database: Database, contract: ContractFacts, question: Question
) -> tuple[str | None, str | None] | Problem:
    """Zone and calendar of the site; without a site the ruleset's zone of the day counts, else the contract's."""
    if question.site is None:
        day = _day(question.start)
        version = contract.timeline.version(day) if day is not None else None
        return (version.ruleset.timezone if version is not None else None), None
    rows = await database.rows(
        "SELECT s.key, s.label, v.zone, v.calendar FROM sites s JOIN site_revs v ON v.site_id = s.id"
        " WHERE s.account_id = ? AND NOT EXISTS (SELECT 1 FROM site_revs n WHERE n.site_id = v.site_id AND n.seq > v.seq)",
        (contract.head.account_id,),
    )
    row = next((row for row in rows if row["key"] == fold(question.site)), None)
    if row is None:
        message = f"the account has no site `{question.site}`"
        remedy = meant(question.site, (row["label"] for row in rows))
        return Problem("unknown-site", message, remedy, question.contract, "site")
    return row["zone"], fold(row["calendar"]) if row["calendar"] else None


def _day(start: str | datetime) -> date | None:
    try:
        return date.fromisoformat(str(start).strip()[:10])
    except ValueError:
        return None


def _problem(held: Held, question: Question) -> Problem:
    return Problem(held.reason.value, english.reason(held), "", question.contract, "start")
