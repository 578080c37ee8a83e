"""Inputs that a ruleset declares `of contract`: told with a contract, changed by amendments, priced by."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import PurePath, PurePosixPath

import pytest

from engine.hooks import Level
from engine.model import Input, InputType
from tarifa.intake import is_told_by_work
from tarifa.reading import contracts as reading_contracts
from tarifa.reading.scope import EVERYTHING
from tarifa.services.amendments import amend_contract
from tarifa.services.contracts import create_contract
from tarifa.services.inputs import AmendmentInput, ContractInput, RequestInput
from tarifa.services.results import Change, Recorded, Refused
from tarifa.services.worklogs import record_worklogs
from tarifa.settings import Settings
from tests.services.installation import BY, RECORDED, Installation, amounts, book, installed, work

LEVELS = """table Levels
  | row | level  || fee        | rate         |
  |-----|--------||------------|--------------|
  | L1  | Gold   || 500.00 EUR | 150.00 EUR/h |
  | L2  | Silver || 300.00 EUR | 120.00 EUR/h |

pricing
"""


def _book() -> dict[PurePath, bytes]:
    [(name, content)] = book().items()
    text = content.decode()
    for old, new in {
        "pricing\n": LEVELS,
        "| rate        | Rates.rate        |": "| rate        | Levels.rate       |",
        "| Open  | postpaid | hours   | month | -            |": "| Open  | postpaid | hours   | month | Levels.fee   |",
        "|----------|---------|--------|--------------------------|\n": "|----------|---------|--------|--------------------------|\n"
        "  | level | contract | choice | Gold, Silver |\n",
    }.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return {PurePosixPath(name): text.encode()}


@pytest.fixture
async def levels(database_settings: Settings) -> AsyncIterator[Installation]:
    async with installed(database_settings, files=_book()) as installation:
        yield installation


async def _amended(here: Installation, day: str, inputs: dict[str, str]) -> Recorded | Refused:
    amendment = AmendmentInput("C-1", date.fromisoformat(day), inputs=inputs)
    return await amend_contract(here.database, amendment, by=BY, now=RECORDED)


async def _last(here: Installation) -> list[tuple[str, int]]:
    return amounts(await here.lines((await here.documents())[-1].number))


async def test_plans_and_tables_ask_for_what_is_told_of_the_contract(levels: Installation) -> None:
    await levels.contract(plan="Open", inputs={"Level": "gold"})
    await levels.record(work("a", "2026-03-10 09:00", 60))
    await levels.bill("2026-04-01")
    assert await _last(levels) == [("fee/1/0", 50_000), ("work/main:a/operational", 15_000)]


async def test_an_amendment_changes_an_input_also_in_a_cycle_that_is_billed(levels: Installation) -> None:
    await levels.contract(plan="Open", inputs={"level": "Gold"})
    await levels.record(work("a", "2026-03-20 09:00", 60))
    await levels.bill("2026-04-01")
    assert await _amended(levels, "2026-03-01", {"level": "Silver"}) == Recorded("C-1", Change.NEW, 2)
    await levels.bill("2026-05-01")
    corrected = {key: amount for key, amount in await _last(levels) if key.startswith("work/")}
    assert corrected == {"work/main:a/operational": -3_000}
    view = await reading_contracts.contract(levels.database, EVERYTHING, "C-1")
    assert view is not None
    assert dict(view.inputs) == {"level": "Silver"}


async def test_a_contract_whose_plan_asks_for_an_input_that_is_missing_or_unknown_waits(levels: Installation) -> None:
    await levels.contract(plan="Open")
    assert [(one.reason, one.detail["input"]) for one in (await levels.bill("2026-04-01")).parked] == [
        ("missing-value", "level")
    ]
    assert isinstance(await _amended(levels, "2026-03-01", {"level": "Bronze"}), Recorded)
    assert [one.reason for one in (await levels.bill("2026-04-02", through=date(2026, 4, 2))).parked] == [
        "unknown-value"
    ]
    assert isinstance(await _amended(levels, "2026-03-01", {"level": "Silver"}), Recorded)
    await levels.bill("2026-04-03", through=date(2026, 4, 3))
    assert await _last(levels) == [("fee/3/0", 30_000)]


async def test_an_input_that_the_ruleset_does_not_declare_is_refused_with_the_nearest(levels: Installation) -> None:
    contract = ContractInput("C-1", "Acme Corp", "Open", date(2026, 3, 1), inputs={"levle": "Gold"})
    refused = await create_contract(levels.database, contract, by=BY, now=RECORDED)
    assert isinstance(refused, Refused)
    assert [(one.code, "did you mean `level`?" in one.message) for one in refused.problems] == [("bad-input", True)]


async def test_what_a_contract_tells_no_work_can_say_otherwise(levels: Installation) -> None:
    await levels.contract(plan="Open", inputs={"level": "Gold"})
    told = {"level": "Silver"}
    [own, of_request] = [
        work("a", "2026-03-10 09:00", 60, fields=told),
        work("b", "2026-03-10 09:00", 60, request=RequestInput("r", "incident", {"category": "Network", **told})),
    ]
    batch = await record_worklogs(levels.database, [own, of_request], by=BY, now=RECORDED)
    assert [problem.code for problem in batch.problems] == ["unknown-input", "unknown-input"]
    assert batch.recorded == ()


@pytest.mark.parametrize("name", ["level", "seller", "day", "plan", "account", "band"])
def test_a_fact_of_work_on_record_that_is_the_contracts_or_the_engines_counts_for_nothing(name: str) -> None:
    declared = {"level": Input("level", "Level", Level.CONTRACT, InputType.TEXT)}
    assert not is_told_by_work(name, declared.get(name))
