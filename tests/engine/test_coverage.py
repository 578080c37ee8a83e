"""Which contract work belongs to: exactly one, or the list of exceptions."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from engine.coverage import MAIN, Offer, assign, without_contract
from engine.facts import Contract, Terms, Work
from engine.items import Held, Reason
from engine.money import Currency
from engine.periods import FOREVER, Every, Period
from engine.timeline import Activation, Timeline, Version
from tests.engine.rulesets import LISBON, plan, ruleset

DAY_0 = date(2026, 1, 1)
ZONES = {"UTC": UTC, "Europe/Lisbon": LISBON}
SITES = ("hq", "plant", None)
CLASSES = (MAIN, "projects")
DAYS = st.integers(0, 40)


def timeline(every: Every | None) -> Timeline:
    version = Version("v", replace(ruleset(plan()), without_contract=every))
    return Timeline((Activation(Period(DAY_0, FOREVER), version),))


def a_contract(number: str, site: str | None, class_: str, start: int, days: int) -> Contract:
    first = DAY_0 + timedelta(start)
    return Contract(
        number=number,
        account="acme",
        sites=frozenset() if site is None else frozenset({site}),
        class_=class_,
        start=first,
        currency=Currency("EUR", 2),
        zone="UTC",
        terms=(Terms(1, first, "open"),),
        end=first + timedelta(days),
    )


def some_work(id_: str, site: str | None, day: int, *, billable: bool = True) -> Work:
    start = int(datetime(2026, 1, 1, 9, tzinfo=UTC).timestamp()) + day * 86_400
    return Work(id_, 1, start, 3600, "UTC", site, None, id_, 1, {}, billable=billable)


@st.composite
def books(draw: st.DrawFn) -> tuple[list[Offer], list[Work]]:
    """Contracts of which none overlaps another of its class and site, and work; some of it of no class."""
    every = draw(st.sampled_from([None, Every.MONTH]))
    works = [
        some_work(f"w{n}", draw(st.sampled_from(SITES)), draw(DAYS), billable=draw(st.booleans()))
        for n in range(draw(st.integers(0, 12)))
    ]
    untold = Held("work", "", Reason.UNKNOWN_VALUE)
    told = st.sampled_from([*CLASSES, untold])
    classes = {one.id: replace(c, subject=one.id) if isinstance(c := draw(told), Held) else c for one in works}
    offers = []
    for site in SITES:
        for class_ in CLASSES:
            start, days, used = draw(DAYS), draw(st.integers(1, 20)), draw(st.booleans())
            contract = a_contract(f"C-{site}-{class_}", site, class_, start, days)
            after = (Period(contract.end, contract.end + timedelta(5)),) if used else ()
            offers.append(Offer(contract, timeline(every), classes, after))
    kept = draw(st.lists(st.sampled_from(offers), unique_by=lambda offer: offer.contract.number))
    if every is not None:
        kept.append(Offer(without_contract("acme", ruleset(plan())), timeline(every), classes))
    return kept, works


@given(books())
def test_every_worklog_to_be_charged_belongs_to_exactly_one_contract_or_exception(
    case: tuple[list[Offer], list[Work]],
) -> None:
    offers, works = case
    assigned = assign(works, offers, zones=ZONES)
    placed = [one.id for those in assigned.by_contract.values() for one in those]
    placed += [held.subject for held in assigned.held]
    assert sorted(placed) == sorted(one.id for one in works if one.billable)


@given(books())
def test_a_contract_in_force_for_the_site_goes_before_all_others(case: tuple[list[Offer], list[Work]]) -> None:
    offers, works = case
    assigned = assign(works, offers, zones=ZONES)
    for offer in offers:
        contract = offer.contract
        for one in works:
            day = datetime.fromtimestamp(one.start, UTC).date()
            fits = one.site in contract.sites and offer.classes[one.id] == contract.class_
            if one.billable and fits and contract.start <= day < contract.end:
                assert one in assigned.by_contract[contract.number]


def test_work_pays_as_it_goes_only_where_no_other_contract_is_there_for_it() -> None:
    in_force = Offer(a_contract("C-1", None, MAIN, 0, 10), timeline(Every.MONTH))
    ended = Offer(
        a_contract("C-0", None, "projects", 0, 5), timeline(Every.MONTH), {"w2": "projects"},
        (Period(date(2026, 1, 20), date(2026, 1, 25)),),
    )  # fmt: skip
    in_force = replace(in_force, classes=ended.classes)
    paying = Offer(without_contract("acme", ruleset(plan())), timeline(Every.MONTH), ended.classes)
    works = [some_work("w1", None, 5), some_work("w2", None, 21), some_work("w3", None, 21)]
    found = assign(works, [paying, ended, in_force], zones=ZONES)
    assert {number: [one.id for one in those] for number, those in found.by_contract.items()} == {
        "C-1": ["w1"],
        "C-0": ["w2"],
        "pay-as-you-go/acme": ["w3"],
    }
    assert found.held == ()


def test_what_waits_says_why() -> None:
    untold = Held("work", "w2", Reason.MISSING_VALUE, {"input": "category"})
    offer = Offer(a_contract("C-1", None, MAIN, 0, 10), timeline(None), {"w1": "projects", "w2": untold})
    held = assign([some_work("w1", "hq", 5), some_work("w2", None, 5)], [offer], zones=ZONES).held
    assert held == (Held("work", "w1", Reason.NO_CONTRACT, {"site": "hq", "class": "projects"}), untold)
