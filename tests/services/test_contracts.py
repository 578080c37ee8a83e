from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from engine.facts import Discount
from tarifa.services import contracts, rulesets
from tarifa.services.inputs import ContractInput, SiteInput
from tarifa.services.results import Change, Problem, Recorded, Refused
from tarifa.services.rulesets import Published
from tests.services.installation import BY, RECORDED, Installation, at, book

MARCH = date(2026, 3, 1)


async def _create(here: Installation, number: str = "C-1", plan: str = "Care", **others: Any) -> Recorded | Refused:
    given = ContractInput(number, **{"account": "Acme Corp", "plan": plan, "start": MARCH, **others})
    return await contracts.create_contract(here.database, given, by=BY, now=RECORDED)


def _only(refused: Recorded | Refused) -> Problem:
    assert isinstance(refused, Refused), refused
    (problem,) = refused.problems
    return problem


async def test_the_same_contract_again_is_no_second_one(here: Installation) -> None:
    assert await _create(here) == Recorded("C-1", Change.NEW)
    assert await _create(here) == Recorded("C-1", Change.UNCHANGED)
    problem = _only(await _create(here, plan="Open"))
    assert (problem.code, problem.message) == ("contract-exists", "contract C-1 is on record with other terms")


async def test_a_plan_that_is_not_sold_yet_is_refused(here: Installation) -> None:
    [(name, content)] = book(name="Dated").items()
    text = content.decode()
    at_ = text.index("plans\n")
    head, dashes, first = text[at_:].splitlines()[1:4]
    late = f"plans\n{head} valid |\n{dashes}---|\n{first.replace('Care', 'Late')} 2026-06-01.. |\n"
    files = {name: f"{text[:at_]}{late}\n{text[at_:]}".encode()}
    assert isinstance(await rulesets.publish(here.database, files, by=BY, now=RECORDED), Published)
    await here.activate("2026-01-01", "Dated")

    problem = _only(await _create(here, plan="Late", ruleset="Dated"))
    assert (problem.code, problem.message) == ("plan-not-sold", "Dated@1 does not sell the plan `Late` on 2026-03-01")
    assert await _create(here, plan="Late", ruleset="Dated", start=date(2026, 6, 1)) == Recorded("C-1", Change.NEW)


@pytest.mark.parametrize(
    ("others", "code", "words"),
    [
        ({"account": "Acme Crop"}, "unknown-account", "did you mean `Acme Corp`?"),
        ({"plan": "Cares"}, "no-plan", "did you mean `Care`?"),
        ({"plan": "zzz"}, "no-plan", "its plans are `Care`, `Block`, `Open`"),
        ({"currency": "USD"}, "no-currency", "it has prices in `EUR`"),
        ({"ruleset": "Bok"}, "unknown-ruleset", "name one of `Book`"),
        ({"sites": ("HQ",)}, "unknown-site", "record the site with its account first"),
        ({"start": date(2025, 12, 1)}, "no-version", "activate one from that day on, or earlier"),
        ({"expiry": date(2026, 2, 1)}, "empty-period", "correct one of the two days"),
        ({"zone": "Lisbon"}, "unknown-zone", "did you mean `"),
        ({"class_": "backup"}, "no-class", "declare the class in `inputs`"),
        ({"due_days": -1}, "negative-days", "give 0 or more days"),
        ({"wait_days": 367}, "too-many-days", "give at most 366 days"),
        ({"discounts": (Discount(Fraction(0)),)}, "bad-discount", "give more than 0 % and at most 100 %"),
        ({"number": " "}, "blank-name", "give it one"),
    ],
)
async def test_a_contract_that_cannot_be_is_refused_with_its_remedy(
    here: Installation, others: dict[str, Any], code: str, words: str
) -> None:
    problem = _only(await _create(here, **{"number": "C-1", **others}))
    assert problem.code == code
    assert words in problem.remedy
    assert await here.values("SELECT count(*) FROM contracts") == [0]


async def test_an_override_of_nothing_is_refused(here: Installation) -> None:
    problem = _only(await _create(here, overrides={"standart": "80.00 EUR/h"}))
    assert problem.code == "bad-override"
    assert "standart" in problem.message


async def test_an_override_of_the_wrong_unit_is_refused(here: Installation) -> None:
    assert _only(await _create(here, overrides={"standard": "80.00 EUR"})).code == "bad-override"


async def test_contracts_of_one_account_may_not_overlap(here: Installation) -> None:
    await here.account("Acme Corp", SiteInput("HQ"), SiteInput("Plant"))
    assert isinstance(await _create(here, "C-1", expiry=date(2026, 6, 30)), Recorded)
    assert _only(await _create(here, "C-2", start=date(2026, 6, 30))).code == "overlap"
    assert isinstance(await _create(here, "C-3", start=date(2026, 7, 1)), Recorded)
    assert isinstance(await _create(here, "C-4", sites=("HQ",)), Recorded)
    assert _only(await _create(here, "C-5", sites=("Plant", "HQ"))).code == "overlap"
    assert isinstance(await _create(here, "C-6", sites=("Plant",)), Recorded)


async def test_without_a_name_the_only_ruleset_counts(here: Installation) -> None:
    await here.publish(book(name="Other"))
    problem = _only(await _create(here))
    assert problem.message == "there are several rulesets, and the contract names none"
    assert isinstance(await _create(here, ruleset="other book"), Refused)
    assert isinstance(await _create(here, ruleset="BOOK"), Recorded)


async def test_a_top_up_is_bought_once_for_each_key(here: Installation) -> None:
    await here.contract()
    assert await here.buy("t1", "C-1", at("2026-03-02")) == Recorded("t1", Change.NEW)
    assert await here.buy("t1", "C-1", at("2026-03-02")) == Recorded("t1", Change.UNCHANGED)
    assert _only(await here.buy("t1", "C-1", at("2026-03-03"))).code == "key-used"
    assert await here.values("SELECT count(*) FROM top_ups") == [1]


async def test_a_top_up_that_is_not_sold_is_refused(here: Installation) -> None:
    await here.contract()
    await here.account("Globex")
    await here.contract("C-2", "Open", account="Globex")
    misspelt = _only(await here.buy("t1", "C-1", at("2026-03-02"), "Extras"))
    assert (misspelt.code, misspelt.remedy) == ("no-top-up", "did you mean `Extra`?")
    assert _only(await here.buy("t1", "C-2", at("2026-03-02"))).remedy == "it sells none"
    assert _only(await here.buy("t1", "C-1", at("2026-02-02"))).code == "not-in-force"
    assert _only(await here.buy("t1", "C-9", at("2026-03-02"))).code == "unknown-contract"
    assert _only(await here.buy("t1", "C-1", at("2026-03-02").replace(tzinfo=None))).code == "no-offset"
    assert _only(await here.buy("t1", "C-1", at("9999-12-31"))).code == "bad-time"
