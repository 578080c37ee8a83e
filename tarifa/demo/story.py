"""The demo's steps, each one a call that any installation makes: publish, activate, record, let the jobs bill."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from dsl import render
from engine.hooks import Level
from jobs.worker import WorkerReport, run
from tarifa.bundles import holiday_source, read_bundle
from tarifa.files.facts import read_accounts, read_contracts, read_top_ups, read_worklogs
from tarifa.reading import accounts as customers
from tarifa.reading import documents, exceptions, explaining
from tarifa.reading.pages import MAX_LIMIT, PageRequest
from tarifa.reading.scope import EVERYTHING
from tarifa.reading.views import ExceptionView, LineExplanation
from tarifa.services import accounts, contracts, keys, rulesets, top_ups, worklogs
from tarifa.services.inputs import ActivationInput, TopUpInput
from tarifa.services.results import Problem, Refused
from tarifa.settings import Settings
from tarifa.storage import Database
from tarifa.zones import zone

AUTHOR = "demo"
PRICES_FROM = date(2026, 1, 1)
MONTH_END = date(2026, 4, 1)
CLOCK = datetime(2026, 4, 1, 12, tzinfo=UTC)
"""The demo plays on the day after the month: its documents are the same whenever it runs."""


class DemoError(Exception):
    """The demo's own ruleset or facts are not as they should be; the message says what."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was put on record, and what the services would not take."""

    accounts: int
    contracts: int
    top_ups: int
    worklogs: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """What there is to tell when the month is billed.

    Attributes:
        documents: As their canonical JSON says them, in order of issue.
        accounts: Folded key to key as written.
    """

    documents: tuple[Mapping[str, Any], ...]
    exceptions: tuple[ExceptionView, ...]
    accounts: Mapping[str, str]


async def prepare(database: Database, ruleset: Path, facts: Path) -> Recorded:
    """Publish and activate the ruleset, and record the facts of the files.

    Raises:
        DemoError: the ruleset does not check, or is refused.
    """
    name = await _in_force(database, ruleset)
    clients = read_accounts(facts / "accounts.csv", facts / "sites.csv")
    agreed = read_contracts(facts / "contracts.csv")
    bought = read_top_ups(facts / "top_ups.csv")
    worked = read_worklogs(facts / "worklogs.csv", {"work type": Level.WORKLOG})
    unread = [p for read in (clients, agreed, bought, worked) for p in read.problems]
    if unread:
        raise DemoError("\n".join(map(str, unread)))
    problems: list[Problem] = []
    batch = await accounts.record_accounts(database, clients.values, by=AUTHOR, now=CLOCK)
    problems.extend(batch.problems)
    for contract in agreed.values:
        answer = await contracts.create_contract(database, replace(contract, ruleset=name), by=AUTHOR, now=CLOCK)
        problems.extend(answer.problems if isinstance(answer, Refused) else ())
    for row in bought.values:
        wanted = TopUpInput(row.contract, row.top_up, _at_the_desk(str(row.at)), row.id)
        answer = await top_ups.buy_top_up(database, wanted, by=AUTHOR, now=CLOCK)
        problems.extend(answer.problems if isinstance(answer, Refused) else ())
    work = await worklogs.record_worklogs(database, worked.values, by=AUTHOR, now=CLOCK)
    problems.extend(work.problems)
    return Recorded(
        accounts=len(batch.recorded),
        contracts=len(agreed.values),
        top_ups=len(bought.values),
        worklogs=len(work.recorded),
        problems=tuple(problems),
    )


async def _in_force(database: Database, ruleset: Path) -> str:
    files = read_bundle(ruleset)
    published = await rulesets.publish(database, files, by=AUTHOR, now=CLOCK, holidays=holiday_source())
    if isinstance(published, rulesets.NotPublished):
        raise DemoError(render(published.diagnostics, files))
    name = published.version.ruleset
    wanted = ActivationInput(name, PRICES_FROM, version=published.version.number, reason="the price list of 2026")
    activated = await rulesets.activate(database, wanted, by=AUTHOR, now=CLOCK)
    if isinstance(activated, Refused):
        raise DemoError("; ".join(problem.message for problem in activated.problems))
    return name


def _at_the_desk(text: str) -> datetime:
    """The top-ups of the demo are bought by Chicago's clock."""
    return datetime.fromisoformat(text).replace(tzinfo=zone("America/Chicago"))


def let_the_jobs_bill(settings: Settings) -> WorkerReport:
    """One worker: the scheduler finds what is due, its jobs bill it. It opens the database itself."""
    return run(settings, once=True, through=MONTH_END, clock=lambda: CLOCK)


async def billed_month(database: Database) -> Month:
    """Read what was billed, as any client would."""
    everything = PageRequest(limit=MAX_LIMIT)
    issued = (await documents.documents(database, EVERYTHING, everything)).nodes
    bodies = [await documents.body(database, EVERYTHING, document.number) for document in issued]
    return Month(
        documents=tuple(json.loads(body) for body in bodies if body is not None),
        exceptions=(await exceptions.exceptions(database, EVERYTHING, everything)).nodes,
        accounts={one.key: one.label for one in (await customers.accounts(database, EVERYTHING, everything)).nodes},
    )


async def explained(database: Database, number: str, position: int) -> LineExplanation | None:
    """How the amount of a line came about."""
    return await explaining.explain_line(database, EVERYTHING, number, position)


async def key(database: Database) -> str:
    """A random key for whoever runs the demo."""
    created = await keys.create_key(database, label="demo", role=keys.Role.ADMIN, by=AUTHOR, now=CLOCK)
    if isinstance(created, Refused):
        raise DemoError("; ".join(problem.message for problem in created.problems))
    return created.secret
