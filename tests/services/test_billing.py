from datetime import date
from fractions import Fraction
from pathlib import Path

from engine.facts import Discount, DocumentDiscount
from engine.money import Currency
from tarifa.reading.views import BilledOn
from tarifa.services.billing import due
from tarifa.services.inputs import ActivationKind, OnChange, RequestInput, SiteInput
from tests.services.installation import Installation, amounts, at, book, installed, work


async def test_a_month_is_billed_at_its_end_with_the_fee_of_the_next(here: Installation) -> None:
    await here.contract()
    await here.record(work("w1", "2026-03-03 09:00", 120), work("w2", "2026-03-04 09:00", 540))
    await here.bill("2026-03-01")
    await here.bill("2026-04-01")
    first, second = await here.documents()
    assert amounts(await here.lines(first.number)) == [("fee/1/0", 100_000)]
    assert amounts(await here.lines(second.number)) == [
        ("fee/1/1", 100_000),
        ("work/main:w1/operational", 0),
        ("work/main:w2/operational", 11_000),  # 11 h of work, 10 h covered
    ]
    assert (second.net, second.tax, second.total) == (111_000, 25_530, 136_530)


async def test_nothing_is_billed_before_its_boundary_in_the_contracts_zone(here: Installation) -> None:
    await here.contract(zone="America/Chicago")
    assert await due(here.database, now=at("2026-03-01", "05:59")) == ()
    assert await due(here.database, now=at("2026-03-01", "06:00")) == ("C-1",)


async def test_a_boundary_waits_for_its_last_work_as_long_as_the_contract_says(here: Installation) -> None:
    await here.contract(plan="Open", wait_days=3)
    await here.record(work("w1", "2026-03-03 09:00", 60))
    await here.bill("2026-04-03", through=date(2026, 4, 3))
    assert await due(here.database, now=at("2026-04-03")) == ()
    await here.record(work("last", "2026-03-31 09:00", 60), work("next", "2026-04-01 09:00", 60))
    assert await due(here.database, now=at("2026-04-04")) == ("C-1",)
    await here.bill("2026-04-04")
    assert [(one.boundary_on.isoformat(), one.net) for one in await here.documents()] == [("2026-04-01", 22_000)]


async def test_a_second_run_owes_nothing(here: Installation) -> None:
    await here.contract()
    await here.record(work("w1", "2026-03-03 09:00", 120))
    await here.bill("2026-04-01")
    before = await here.documents()
    result = await here.bill("2026-04-01")
    assert (result.billed, result.parked) == ((), ())
    assert await here.documents() == before


async def test_late_work_is_one_line_on_the_next_document_at_the_price_of_its_own_day(here: Installation) -> None:
    """L01: March billed on 1 April; on 3 April two hours of 28 March arrive; 110 until March, 120 from April; 23 %."""
    await here.contract(plan="Open")
    await here.record(work("w1", "2026-03-03 09:00", 60))
    await here.bill("2026-04-01")
    march = await here.documents()
    bodies = [await here.body(one.number) for one in march]
    await here.publish(book(rate="120.00", version="2"))
    await here.activate("2026-04-01")
    await here.record(work("late", "2026-03-28 10:00", 120))
    await here.bill("2026-05-01")
    documents = await here.documents()
    assert len(documents) == len(march) + 1
    assert [await here.body(one.number) for one in march] == bodies
    (line,) = await here.lines(documents[-1].number)
    assert (line.item_key, line.amount, line.service_from, line.service_to) == (
        "work/main:late/non-operational",  # a Saturday
        22_000,
        date(2026, 3, 1),
        date(2026, 3, 31),
    )
    assert (documents[-1].net, documents[-1].tax, documents[-1].total) == (22_000, 5_060, 27_060)


async def test_a_correction_downwards_is_a_negative_line_that_names_the_line_it_corrects(here: Installation) -> None:
    await here.contract(plan="Open")
    await here.record(work("w1", "2026-03-03 09:00", 120))
    await here.bill("2026-04-01")
    (billed,) = await here.documents()
    await here.record(work("w1", "2026-03-03 09:00", 60))
    await here.bill("2026-05-01")
    credit = (await here.documents())[-1]
    (line,) = await here.lines(credit.number)
    assert credit.kind == "credit note"
    assert credit.number.startswith("CN-")
    assert line.amount == -11_000
    assert line.corrects is not None
    assert (line.corrects.document, line.corrects.position) == (billed.number, 1)
    assert (credit.net, credit.tax, credit.total) == (-11_000, -2_530, -13_530)


async def test_work_taken_back_is_credited_in_full_and_once(here: Installation) -> None:
    await here.contract(plan="Open")
    await here.record(work("w1", "2026-03-03 09:00", 120))
    await here.bill("2026-04-01")
    await here.record(work("w1", "2026-03-03 09:00", 120, voided=True))
    await here.bill("2026-05-01")
    await here.bill("2026-06-01")
    assert sum(one.total for one in await here.documents()) == 0
    assert len(await here.documents()) == 2


async def test_work_moved_to_another_month_is_billed_in_that_month_and_credited_in_the_old_one(
    here: Installation,
) -> None:
    await here.contract(plan="Care")
    await here.record(work("w1", "2026-03-03 09:00", 660))
    await here.bill("2026-04-01")
    await here.record(work("w1", "2026-04-03 09:00", 660))
    await here.bill("2026-05-01")
    assert await here.values("SELECT sum(delta_amount) FROM items WHERE item_key = 'work/main:w1/operational'") == [0]
    # 10 h of March come back into it, of which 2 h are carried: the eleven hours of April are covered.
    newest = await here.values(
        "SELECT body FROM items WHERE item_key = 'work/main:w1/operational' ORDER BY settlement_n"
    )
    assert '"covered":540' in newest[-1]


async def test_late_work_changes_the_allowance_of_later_months_too(here: Installation) -> None:
    await here.contract()
    await here.record(work("a", "2026-03-03 09:00", 480), work("b", "2026-04-03 09:00", 540, category="Network"))
    await here.bill("2026-04-01")
    await here.bill("2026-05-01")  # April: 10 h and 2 h carried, 9 h used
    carried = "SELECT remaining FROM closings WHERE cycle_no = 1 ORDER BY settlement_n DESC LIMIT 1"
    assert await here.values(carried) == [18_000]
    await here.record(work("late", "2026-03-30 09:00", 120))
    await here.bill("2026-06-01")
    assert await here.values(carried) == [6_000]


async def test_work_moved_to_another_account_is_credited_here_and_billed_there(here: Installation) -> None:
    await here.account("Globex")
    await here.contract(plan="Open")
    await here.contract("C-2", "Open", account="Globex")
    await here.record(work("w1", "2026-03-03 09:00", 120))
    await here.bill("2026-04-01")
    await here.record(
        work(
            "w1",
            "2026-03-03 09:00",
            120,
            account="Globex",
            request=RequestInput("r-new", "incident", {"category": "Network"}),
        )
    )
    await here.bill("2026-05-01")
    assert [(one.contract, one.net) for one in await here.documents()] == [
        ("C-1", 22_000),
        ("C-1", -22_000),
        ("C-2", 22_000),
    ]


async def test_a_sites_own_contract_takes_its_work_from_the_accounts_contract_also_late(here: Installation) -> None:
    await here.account("Acme Corp", SiteInput("Plant"))
    await here.contract(plan="Open")
    await here.record(work("w1", "2026-03-03 09:00", 120, site="plant"))
    await here.bill("2026-04-01")
    await here.contract("C-2", "Open", "2026-03-01", sites=("Plant",))
    await here.bill("2026-05-01")
    assert sorted((one.contract, one.net) for one in await here.documents()) == [
        ("C-1", -22_000),
        ("C-1", 22_000),
        ("C-2", 22_000),
    ]


async def test_facts_of_a_request_are_frozen_once_billed_unless_the_change_is_a_correction(here: Installation) -> None:
    await here.contract(plan="Open")
    await here.record(work("w1", "2026-03-03 09:00", 60))
    await here.bill("2026-04-01")
    desktop = RequestInput("r-w1", "incident", {"category": "Desktop"})
    await here.record(work("w2", "2026-04-03 09:00", 60, request=desktop))
    await here.record(work("late", "2026-03-05 09:00", 60))
    await here.bill("2026-05-01")
    lines = await here.lines((await here.documents())[-1].number)
    assert sorted(amounts(lines)) == [("work/main:late/operational", 11_000), ("work/main:w2/operational", 5_500)]
    corrected = RequestInput("r-w1", "incident", {"category": "Oddity"}, is_correction=True)
    await here.record(work("w3", "2026-05-04 09:00", 60, request=corrected))
    await here.bill("2026-06-01")
    assert await here.values("SELECT sum(delta_amount) FROM items WHERE item_key = 'work/main:w1/operational'") == [0]


async def test_work_without_a_rule_waits_and_is_billed_when_it_is_mended(here: Installation) -> None:
    """L09: never billed at zero in silence, and never lost."""
    await here.contract(plan="Open")
    await here.record(
        work("odd", "2026-03-03 09:00", 60, category="Oddity"), work("typo", "2026-03-04 09:00", 60, category="Netwrok")
    )
    await here.bill("2026-04-01")
    assert await here.open_exceptions() == [("main:odd", "no-rule"), ("main:typo", "unknown-value")]
    assert [one.total for one in await here.documents()] == []
    await here.record(work("odd", "2026-03-03 09:00", 60, category="Network", note="corrected"))
    await here.bill("2026-05-01")
    assert await here.open_exceptions() == [("main:typo", "unknown-value")]
    (document,) = await here.documents()
    assert document.net == 11_000
    assert (await here.body(document.number))["waiting"] == 1


async def test_a_mended_request_alone_releases_its_waiting_work(here: Installation) -> None:
    await here.contract(plan="Open")
    await here.record(work("typo", "2026-03-04 09:00", 60, category="Netwrok"))
    await here.bill("2026-04-01")
    mended = RequestInput("r-typo", "incident", {"category": "Network"})
    await here.record(work("other", "2026-04-04 09:00", 60, request=mended))
    await here.bill("2026-05-01")
    assert await here.open_exceptions() == []
    assert (await here.documents())[-1].net == 22_000


async def test_work_that_no_contract_covers_is_on_the_exception_list_until_one_does(here: Installation) -> None:
    await here.account("Globex")
    await here.record(
        work("w1", "2026-03-03 09:00", 60, account="Globex"), work("w2", "2026-02-03 09:00", 60, account="Globex")
    )
    await here.bill("2026-04-01")
    assert await here.open_exceptions() == [("main:w1", "no-contract"), ("main:w2", "no-contract")]
    await here.contract("C-2", "Open", account="Globex")
    await here.bill("2026-04-02")
    assert await here.open_exceptions() == [("main:w2", "no-contract")]


async def test_work_on_hold_can_be_bought_time_for(here: Installation) -> None:
    await here.contract(plan="Block")
    await here.record(work("w1", "2026-03-03 09:00", 150))
    await here.buy("t1", "C-1", at("2026-03-02"))
    await here.bill("2026-04-01")
    lines = await here.lines((await here.documents())[-1].number)
    assert ("topup/t1", 9_000) in amounts(lines)
    assert await here.open_exceptions() == []


async def test_unasked_two_boundaries_are_billed_and_the_rest_when_somebody_asks(here: Installation) -> None:
    await here.contract(start="2026-01-01")
    result = await here.bill("2026-06-15")
    assert [one.boundary_on for one in result.billed] == [date(2026, 1, 1), date(2026, 2, 1)]
    assert [one.reason for one in result.parked] == ["many-boundaries"]
    assert (await here.bill("2026-06-16")).billed == ()
    asked = await here.bill("2026-06-17", through=date(2026, 4, 30))
    assert [one.boundary_on for one in asked.billed] == [date(2026, 3, 1), date(2026, 4, 1)]
    assert [one.boundary_on for one in (await here.bill("2026-06-18")).billed] == [date(2026, 5, 1), date(2026, 6, 1)]


async def test_nothing_is_billed_later_than_now_even_when_asked(here: Installation) -> None:
    await here.contract()
    result = await here.bill("2026-03-15", through=date(2027, 1, 1))
    assert [one.boundary_on for one in result.billed] == [date(2026, 3, 1)]


async def test_a_contract_brought_over_is_billed_from_its_day_on(here: Installation) -> None:
    await here.contract(start="2025-06-01", bill_from=date(2026, 3, 15))
    await here.record(work("old", "2026-02-03 09:00", 60))
    result = await here.bill("2026-05-02", through=date(2026, 5, 2))
    assert [one.boundary_on for one in result.billed] == [date(2026, 4, 1), date(2026, 5, 1)]
    assert await here.open_exceptions() == [("main:old", "before-bill-from")]
    await here.bill("2026-06-02")
    assert await here.open_exceptions() == [("main:old", "before-bill-from")]


async def test_late_work_after_the_contracts_end_still_reaches_a_document(here: Installation) -> None:
    await here.contract(plan="Open", expiry=date(2026, 3, 31))
    await here.record(work("w1", "2026-03-03 09:00", 60))
    await here.bill("2026-04-01")
    assert (await here.bill("2026-04-02")).billed == ()
    await here.record(work("late", "2026-03-20 09:00", 60), work("too late", "2026-04-20 09:00", 60))
    await here.bill("2026-04-25")
    await here.record(work("later", "2026-03-21 09:00", 60))
    await here.bill("2026-04-25")
    assert [one.net for one in await here.documents()] == [11_000, 11_000, 11_000]
    assert (await here.bill("2026-04-26")).billed == ()
    assert await here.open_exceptions() == [("main:too late", "no-contract")]


async def test_a_cycle_with_nothing_to_show_is_settled_without_a_document(here: Installation) -> None:
    await here.contract(plan="Open")
    result = await here.bill("2026-04-01")
    assert [(one.document, one.total) for one in result.billed] == [(None, 0), (None, 0)]
    assert await here.documents() == ()
    assert await here.values("SELECT next FROM series WHERE kind = 'invoice'") == [1]


async def _on_a_book_that_ends(here: Installation) -> None:
    """A contract whose ruleset is in force in March alone."""
    await here.publish(book(name="Other"))
    await here.activate("2026-01-01", "Other", until=date(2026, 4, 1))
    await here.account("Globex")
    await here.contract("C-2", account="Globex", ruleset="Other")


async def test_a_contract_that_cannot_be_billed_stops_no_other_and_heals(here: Installation) -> None:
    await _on_a_book_that_ends(here)
    await here.contract(ruleset="Book")
    result = await here.bill("2026-04-01")
    assert [(one.contract, one.reason, one.detail) for one in result.parked] == [
        ("C-2", "no-version", {"day": "2026-04-01"})
    ]
    assert [one.contract for one in result.billed] == ["C-1", "C-2", "C-1"]
    assert await due(here.database, now=at("2026-04-01")) == ()  # set apart for a minute
    await here.activate("2026-04-01", "Other")  # tried again at once
    healed = await here.bill("2026-04-01")
    assert [(one.contract, one.boundary) for one in healed.billed] == [("C-2", 1)]
    assert await here.values("SELECT count(*) FROM problems") == [0]


async def test_waiting_doubles_with_each_failure(here: Installation) -> None:
    await _on_a_book_that_ends(here)
    await here.bill("2026-03-01")
    waits = []
    for time in ("00:00", "00:01", "00:02", "00:03", "00:06", "00:07"):
        await here.bill("2026-04-02", time)
        waits.append(
            ((await here.values("SELECT next_try FROM problems"))[0] - int(at("2026-04-02", time).timestamp())) // 60
        )
    assert waits == [1, 2, 1, 4, 1, 8]


async def test_a_repair_reprices_what_was_billed(here: Installation) -> None:
    await here.contract(plan="Open")
    await here.record(work("w1", "2026-03-03 09:00", 60), work("w2", "2026-03-20 09:00", 60))
    await here.bill("2026-04-01")
    await here.publish(book(rate="100.00", version="1a"))
    await here.activate("2026-03-15", kind=ActivationKind.REPAIR, reason="wrong price", until=date(2026, 4, 1))
    await here.bill("2026-05-01")
    lines = await here.lines((await here.documents())[-1].number)
    assert amounts(lines) == [("work/main:w2/operational", -1_000)]


async def test_the_version_in_force_at_the_works_start_prices_it(here: Installation) -> None:
    """B04: 100/h to 14 April, 115/h from 15 April; two hours each on the 10th and the 20th; billed 1 May."""
    await here.publish(book(rate="100.00", version="100"))
    await here.activate("2026-04-01")
    await here.publish(book(rate="115.00", version="115"))
    await here.activate("2026-04-15")
    await here.contract(plan="Open", start="2026-04-01")
    await here.record(work("w1", "2026-04-10 09:00", 120), work("w2", "2026-04-20 09:00", 120))
    await here.bill("2026-05-01")
    (document,) = await here.documents()
    assert [line.amount for line in await here.lines(document.number)] == [20_000, 23_000]
    assert document.net == 43_000


async def test_a_contracts_own_price_and_discount_count(here: Installation) -> None:
    await here.contract(plan="Open", overrides={"Standard": "80.00 EUR/h"}, discounts=(Discount(Fraction(1, 20)),))
    await here.record(work("w1", "2026-03-03 09:00", 60))
    await here.bill("2026-04-01")
    (document,) = await here.documents()
    (line,) = await here.lines(document.number)
    assert (line.amount, line.discount, line.net) == (8_000, 400, 7_600)
    assert document.currency == Currency("EUR", 2)


async def test_numbers_are_gap_free_over_contracts_and_failures(here: Installation) -> None:
    for n in range(5):
        await here.account(f"A{n}")
        await here.contract(f"C-{n}", account=f"A{n}")
    await here.bill("2026-03-01")
    await here.bill("2026-04-01")
    numbers = [one.number for one in await here.documents()]
    assert sorted(numbers) == [f"INV-{n:06d}" for n in range(1, 11)]


async def test_a_worklog_on_record_is_refused_with_other_facts_unless_it_is_a_revision(here: Installation) -> None:
    await here.record(work("w1", "2026-03-03 09:00", 60))
    again = await here.record(work("w1", "2026-03-03 09:00", 60), on_change=OnChange.REJECT)
    assert [one.change.value for one in again.recorded] == ["unchanged"]
    other = await here.record(work("w1", "2026-03-03 09:00", 61), on_change=OnChange.REJECT)
    assert [(one.code, one.index) for one in other.problems] == [("worklog-exists", 0)]
    revised = await here.record(work("w1", "2026-03-03 09:00", 61))
    assert [(one.change.value, one.revision) for one in revised.recorded] == [("revised", 2)]


async def test_work_older_than_three_billed_cycles_is_too_late_and_waits(here: Installation) -> None:
    await here.contract(plan="Open")
    await here.bill("2026-08-01", through=date(2026, 8, 1))
    await here.record(work("old", "2026-03-20 09:00", 60), work("late", "2026-05-20 09:00", 60))
    await here.bill("2026-09-01")
    assert await here.open_exceptions() == [("main:old", "too-late")]
    assert [one.net for one in await here.documents()] == [11_000]


async def test_corrected_work_is_never_too_late(here: Installation) -> None:
    await here.contract(plan="Open")
    await here.record(work("w1", "2026-03-20 09:00", 60))
    await here.bill("2026-08-01", through=date(2026, 8, 1))
    await here.record(work("w1", "2026-03-20 09:00", 30))
    await here.bill("2026-09-01")
    assert [one.net for one in await here.documents()] == [11_000, -5_500]
    assert await here.open_exceptions() == []


async def test_several_small_credits_give_back_exactly_the_tax_that_was_taken(tmp_path: Path) -> None:
    """D7.2: each rounded by itself, three credits of a line give back more, or less, than the invoice had taken."""
    files = {path: text.replace(b"110.00", b"0.60").replace(b"23%", b"7%") for path, text in book().items()}
    async with installed(tmp_path / "tarifa.sqlite3", files=files) as here:
        await here.contract(plan="Open")
        await here.record(*(work(f"w{n}", f"2026-03-0{n} 09:00", 60) for n in (2, 3, 4)))
        await here.bill("2026-04-01")
        for n, day in ((2, "2026-05-01"), (3, "2026-06-01"), (4, "2026-07-01")):
            await here.record(work(f"w{n}", f"2026-03-0{n} 09:00", 60, voided=True))
            await here.bill(day)
        documents = await here.documents()
    assert [one.net for one in documents] == [180, -60, -60, -60]
    assert [one.tax for one in documents] == [13, -5, -4, -4]


async def test_a_correction_of_a_correction_names_the_line_that_was_first_billed(here: Installation) -> None:
    await here.contract(plan="Open", discounts=(DocumentDiscount(Fraction(1, 3)),))
    await here.record(work("w1", "2026-03-03 09:00", 180))
    await here.bill("2026-04-01")
    for minutes, day in ((90, "2026-05-01"), (15, "2026-06-01"), (180, "2026-07-01"), (0, "2026-08-01")):
        await here.record(work("w1", "2026-03-03 09:00", minutes or 180, voided=not minutes))
        await here.bill(day)
    first, *others = await here.documents()
    lines = [line for one in others for line in await here.lines(one.number)]
    assert [line.corrects for line in lines] == [BilledOn(first.number, 1)] * 4
    assert [line.document_discount for line in lines] == [-5_500, -4_583, 10_083, -11_000]
    assert sum(one.net for one in (first, *others)) == sum(one.tax for one in (first, *others)) == 0


async def test_a_fixed_discount_is_spent_once_over_all_documents_of_a_contract(here: Installation) -> None:
    await here.contract(discounts=(DocumentDiscount(amount=Fraction(1200)),))
    await here.bill("2026-03-01")
    await here.bill("2026-04-01")
    await here.bill("2026-05-01")
    assert [one.net for one in await here.documents()] == [0, 80_000, 100_000]
    body = await here.body((await here.documents())[1].number)
    assert (body["document_discount"], body["lines"][0]["net"]) == ("200.00", "800.00")
