"""An installation to test with: a price book, an account, contracts, and short ways to record and bill."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from tarifa.reading import documents as reading_documents
from tarifa.reading.pages import PageRequest
from tarifa.reading.scope import EVERYTHING
from tarifa.reading.views import ActivationView, DocumentView, LineView
from tarifa.services import accounts, billing, contracts, rulesets, top_ups, worklogs
from tarifa.services.billing import BillingResult
from tarifa.services.inputs import (
    AccountInput,
    ActivationInput,
    ActivationKind,
    ContractInput,
    OnChange,
    RequestInput,
    SiteInput,
    TopUpInput,
    WorklogInput,
)
from tarifa.services.results import Batch, Recorded, Refused
from tarifa.services.rulesets import NotPublished, Published
from tarifa.settings import Settings
from tarifa.storage import Database, opened

BOOK = """
ruleset Book
  version   {version}
  currency  EUR
  timezone  Europe/Lisbon

inputs
  | name     | of      | type   | values                   |
  |----------|---------|--------|--------------------------|
  | category | request | choice | Network, Desktop, Oddity |

constants
  | name     | value      |
  |----------|------------|
  | standard | {rate} EUR/h |

calendar office
  | days      | hours        | band            |
  |-----------|--------------|-----------------|
  | Mon..Fri  | 09:00..18:00 | operational     |
  | otherwise |              | non-operational |

table Rates
  | row | category         || rate            |
  |-----|------------------||-----------------|
  | R1  | Network          || standard        |
  | R2  | Desktop          || standard * 50%  |
  | R9  | otherwise        || -               |

table Steps
  | row | category  || round up to |
  |-----|-----------||-------------|
  | S1  | -         || 15 min      |

pricing
  | name        | formula           |
  |-------------|-------------------|
  | rate        | Rates.rate        |
  | round up to | Steps.round up to |

plans
  | plan  | mode     | measure | every | fee          | allowance | carry over | beyond | top-ups |
  |-------|----------|---------|-------|--------------|-----------|------------|--------|---------|
  | Care  | prepaid  | hours   | month | 1,000.00 EUR | 10 h      | 2 h        | rate   | Extra   |
  | Block | prepaid  | hours   | month | 100.00 EUR   | 2 h       | -          | hold   | Extra   |
  | Open  | postpaid | hours   | month | -            | -         | -          | rate   | -       |

top-ups
  | top-up | price     | adds |
  |--------|-----------|------|
  | Extra  | 90.00 EUR | 1 h  |

taxes
  | row | country   || code | rate |
  |-----|-----------||------|------|
  | T1  | PT        || IVA  | 23%  |
  | T9  | otherwise || none | 0%   |
"""

BY = "test"
RECORDED = datetime(2026, 1, 15, 12, tzinfo=UTC)


def settings_for(path: Path, **others: int) -> Settings:
    """Settings for a database file of a test."""
    return Settings(database_url=f"sqlite://{path}", **others)


def book(*, rate: str = "110.00", version: str = "1", name: str = "Book") -> dict[PurePath, bytes]:
    """The files of the price book."""
    text = BOOK.format(rate=rate, version=version).replace("ruleset Book", f"ruleset {name}")
    return {PurePosixPath("book.rules"): text.encode()}


def book_with_request_charges() -> dict[PurePath, bytes]:
    """The price book, with a charge for every request."""
    table = """table Requests
  | row | category || per request |
  |-----|----------||-------------|
  | Q1  | -        || 25.00 EUR   |

table Steps"""
    text = BOOK.format(rate="110.00", version="1").replace("table Steps", table)
    hook = "  | round up to | Steps.round up to |"
    text = text.replace(hook, f"{hook}\n  | per request | Requests.per request |")
    return {PurePosixPath("book.rules"): text.encode()}


def book_of_odd_plans() -> dict[PurePath, bytes]:
    """The price book with charges for requests, tiers beyond an allowance, a spread one, and work split between cycles."""
    [(name, content)] = book_with_request_charges().items()
    tiers = """table More
  hit graduated
  | row | overage   || price        |
  |-----|-----------||--------------|
  | T1  | ..4 h     || 120.00 EUR/h |
  | T2  | 4 h..12 h || 100.00 EUR/h |
  | T3  | 12 h..    || 90.00 EUR/h  |

pricing
"""
    text = content.decode()
    for old, new in {
        "  timezone  Europe/Lisbon\n": "  timezone  Europe/Lisbon\n  cycle edge  split\n",
        "10 h      | 2 h        | rate ": "10 h      | 2 h        | More.price ",
        "2 h       | -          | hold ": "9 h/contract | -       | hold ",
        "pricing\n": tiers,
    }.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return {name: text.encode()}


def at(day: str, time: str = "08:00") -> datetime:
    """A UTC instant."""
    return datetime.fromisoformat(f"{day}T{time}:00+00:00")


def work(
    id_: str,
    start: str,
    minutes: int,
    *,
    account: str = "Acme Corp",
    site: str | None = None,
    category: str = "Network",
    **others: Any,
) -> WorklogInput:
    """A worklog on a request of its own."""
    request = others.pop("request", None) or RequestInput(f"r-{id_}", "incident", {"category": category})
    return WorklogInput(id_, account, start, minutes=minutes, site=site, request=request, **others)


@dataclass(frozen=True, slots=True)
class Installation:
    """An open database with short ways to use it."""

    database: Database

    async def publish(self, files: dict[PurePath, bytes] | None = None) -> Published:
        published = await rulesets.publish(self.database, files or book(), by=BY, now=RECORDED)
        assert not isinstance(published, NotPublished), published
        return published

    async def activate(
        self,
        day: str = "2026-01-01",
        name: str = "book",
        *,
        kind: ActivationKind = ActivationKind.NORMAL,
        **others: Any,
    ) -> ActivationView:
        wanted = ActivationInput(name, date.fromisoformat(day), kind=kind, **others)
        activated = await rulesets.activate(self.database, wanted, by=BY, now=RECORDED)
        assert not isinstance(activated, Refused), activated
        return activated

    async def account(self, key: str = "Acme Corp", *sites: SiteInput, country: str = "PT") -> None:
        batch = await accounts.record_accounts(
            self.database, [AccountInput(key, country=country, sites=sites)], by=BY, now=RECORDED
        )
        assert not batch.problems, batch.problems

    async def contract(
        self,
        number: str = "C-1",
        plan: str = "Care",
        start: str = "2026-03-01",
        *,
        account: str = "Acme Corp",
        **others: Any,
    ) -> None:
        made = await contracts.create_contract(
            self.database,
            ContractInput(number, account, plan, date.fromisoformat(start), **others),
            by=BY,
            now=RECORDED,
        )
        assert isinstance(made, Recorded), made

    async def record(self, *rows: WorklogInput, on_change: OnChange = OnChange.REVISE) -> Batch:
        return await worklogs.record_worklogs(self.database, rows, by=BY, now=RECORDED, on_change=on_change)

    async def buy(self, key: str, contract: str, when: datetime, top_up: str = "Extra") -> Recorded | Refused:
        return await top_ups.buy_top_up(self.database, TopUpInput(contract, top_up, when, key), by=BY, now=RECORDED)

    async def bill(self, day: str, time: str = "08:00", *, through: date | None = None) -> BillingResult:
        """Bill what is due on a day, in the morning."""
        return await billing.bill_due(self.database, now=at(day, time), through=through)

    async def documents(self, contract: str | None = None) -> tuple[DocumentView, ...]:
        page = await reading_documents.documents(self.database, EVERYTHING, PageRequest(500), contract=contract)
        return page.nodes

    async def lines(self, number: str) -> tuple[LineView, ...]:
        return (await reading_documents.lines(self.database, EVERYTHING, number, PageRequest(500))).nodes

    async def body(self, number: str) -> dict[str, Any]:
        found = await reading_documents.body(self.database, EVERYTHING, number)
        assert found is not None
        shape: dict[str, Any] = json.loads(found)
        return shape

    async def values(self, sql: str, *values: str | int) -> list[Any]:
        """The first column of a query."""
        return [next(iter(dict(row).values())) for row in await self.database.rows(sql, values)]  # type: ignore[call-overload]  # the driver's rows

    async def open_exceptions(self) -> list[tuple[str, str]]:
        rows = await self.database.rows(
            "SELECT subject_id, reason FROM exceptions WHERE state = 'open' ORDER BY subject_id, reason"
        )
        return [(row["subject_id"], row["reason"]) for row in rows]


@asynccontextmanager
async def installed(
    where: Path | Settings, *, start: str = "2026-01-01", files: dict[PurePath, bytes] | None = None
) -> AsyncIterator[Installation]:
    """An installation with the price book in force from `start` and the account Acme Corp."""
    settings = where if isinstance(where, Settings) else settings_for(where)
    async with opened(settings, create=True) as database:
        made = Installation(database)
        await made.publish(files)
        await made.activate(start)
        await made.account()
        yield made


def amounts(lines: Sequence[LineView]) -> list[tuple[str, int]]:
    """Item keys and amounts."""
    return [(line.item_key, line.amount) for line in lines]
