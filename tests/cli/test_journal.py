"""`tarifa journal`: what happened, as balanced postings."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections import defaultdict
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tarifa.cli.csv_cells import harmless
from tarifa.reading import statements
from tarifa.reading.scope import EVERYTHING
from tarifa.services.accounts import record_accounts
from tarifa.services.credit_notes import issue_credit_note
from tarifa.services.inputs import AccountInput, CreditInput, LineCreditInput, OnChange, PaymentInput, PaymentKind
from tarifa.services.payments import record_payment
from tarifa.services.results import Recorded
from tarifa.settings import Settings
from tarifa.storage import opened
from tests.cli.conftest import Tarifa
from tests.services.books import tamper
from tests.services.installation import BY, RECORDED, at, installed, work

ALL = ("journal", "--from", "2026-01-01", "--to", "2026-12-31")
CHART = """posting,of,tax,account,name
receivable,,,1400,Kunden
revenue,,,8400,
revenue,fee,,8410,Fees
revenue,fee,IVA,8411,Fees at home
tax,,IVA,1776,
payment,,,1200,
refund,,,1200,
write-off,,,2400,
"""


@pytest.fixture
def moved(database_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Two invoices, credit by hand, a payment that was corrected, a refund and a write-off."""
    asyncio.run(_move(database_settings))
    monkeypatch.setenv("TARIFA_DATABASE_URL", database_settings.database_url)
    return database_settings


async def _move(settings: Settings) -> None:
    async with installed(settings) as here:
        await here.contract(purchase_order="=1+1")
        await here.record(work("w1", "2026-03-03 09:00", 12 * 60))
        await here.bill("2026-04-01", through=date(2026, 4, 1))
        credit = CreditInput("k", "INV-000002", "Sorry.", (LineCreditInput(1, Fraction(100)),))
        assert isinstance(await issue_credit_note(here.database, credit, by=BY, now=at("2026-04-03")), Recorded)
        for kind, amount, id_, day in (
            (PaymentKind.PAYMENT, 1000, "1", "2026-04-02"),
            (PaymentKind.PAYMENT, 900, "1", "2026-05-02"),
            (PaymentKind.REFUND, 50, "2", "2026-05-03"),
            (PaymentKind.WRITE_OFF, 7, "3", "2026-05-04"),
        ):
            paid = PaymentInput("Acme Corp", kind, Fraction(amount), "EUR", date(2026, 4, 1), id_, note="a note")
            done = await record_payment(here.database, paid, by=BY, now=at(day), on_change=OnChange.REVISE)
            assert isinstance(done, Recorded), done


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def signed(row: dict[str, str]) -> Fraction:
    return Fraction(row["debit"] or 0) - Fraction(row["credit"] or 0)


@pytest.mark.usefixtures("moved")
def test_every_document_and_every_change_of_a_payment_is_there_once_and_balanced(tarifa: Tarifa) -> None:
    run = tarifa(*ALL)
    assert run.exit_code == 0, run.err
    entries: defaultdict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in rows(run.out):
        entries[row["number"], row["revision"]].append(row)
    assert list(entries) == [
        ("INV-000001", "1"), ("INV-000002", "1"), ("CN-000001", "1"),
        ("main:1", "1"), ("main:1", "2"), ("main:2", "1"), ("main:3", "1"),
    ]  # fmt: skip
    assert all(sum(map(signed, of)) == 0 for of in entries.values())
    first = [
        (row["account"], row["posting"], row["of"], row["debit"], row["credit"]) for row in entries["INV-000001", "1"]
    ]
    assert first == [
        ("1200", "receivable", "", "1230.00", ""),
        ("4000", "revenue", "fee", "", "1000.00"),
        ("2200", "tax", "", "", "230.00"),
    ]
    corrected = [(row["date"], row["posting"], row["debit"], row["credit"]) for row in entries["main:1", "2"]]
    assert corrected == [("2026-05-02", "payment", "", "100.00"), ("2026-05-02", "receivable", "100.00", "")]
    assert "7 entries; EUR " in run.err


async def _balance(settings: Settings) -> int:
    async with opened(settings) as database:
        [found] = await statements.statements(
            database, EVERYTHING, "Acme Corp", start=date(2026, 1, 1), last=date(2026, 12, 31)
        )
        return found.closing


def test_what_is_posted_to_receivables_is_the_balance_of_the_statement(moved: Settings, tarifa: Tarifa) -> None:
    posted = sum(signed(row) for row in rows(tarifa(*ALL).out) if row["posting"] == "receivable")
    assert posted * 100 == asyncio.run(_balance(moved))


@pytest.mark.usefixtures("moved")
def test_months_together_are_the_year_and_the_same_days_give_the_same_bytes(tarifa: Tarifa) -> None:
    year = tarifa(*ALL).out
    ends = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30}
    months = [
        tarifa("journal", "--from", f"2026-0{month}-01", "--to", f"2026-0{month}-{last}").out
        for month, last in ends.items()
    ]
    assert sorted(map(str, rows(year))) == sorted(str(row) for month in months for row in rows(month))
    assert tarifa(*ALL).out == year


@pytest.mark.usefixtures("moved")
def test_a_chart_of_ones_own_says_where_each_posting_goes(tarifa: Tarifa, tmp_path: Path) -> None:
    chart = tmp_path / "accounts.csv"
    chart.write_text(CHART)
    found = {(row["posting"], row["of"]): row["account"] for row in rows(tarifa(*ALL, "--accounts", str(chart)).out)}
    assert found == {
        ("receivable", ""): "1400", ("revenue", "fee"): "8411", ("revenue", "labour"): "8400", ("tax", ""): "1776",
        ("payment", ""): "1200", ("refund", ""): "1200", ("write-off", ""): "2400",
    }  # fmt: skip


@pytest.mark.usefixtures("moved")
def test_what_has_no_account_is_named_and_nothing_is_written(tarifa: Tarifa, tmp_path: Path) -> None:
    chart = tmp_path / "accounts.csv"
    chart.write_text("posting,of,account\nreceivable,,1\nrevenue,fee,2\n")
    run = tarifa(*ALL, "--accounts", str(chart))
    assert (run.exit_code, run.out) == (1, "")
    assert "no account for: payment, refund, revenue of labour with tax IVA, tax with tax IVA, write-off" in run.err


@pytest.mark.usefixtures("moved")
@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("revenu,,4000", "nothing is posted as `revenu`: did you mean `revenue`?"),
        ("revenue,labor,4000", "no line is of the kind `labor`: did you mean `labour`?"),
        ("tax,fee,4000", "`of` is for revenue"),
        ("revenue,,=1+1", "no code of an account"),
        ("receivable,,1500", "receivable has an account already, 1400"),
    ],
)
def test_a_slip_in_the_chart_is_told_with_its_line(tarifa: Tarifa, tmp_path: Path, line: str, says: str) -> None:
    chart = tmp_path / "accounts.csv"
    chart.write_text(f"posting,of,account\nreceivable,,1400\n{line}\n")
    run = tarifa(*ALL, "--accounts", str(chart))
    assert (run.exit_code, run.out) == (1, "")
    assert f"{chart}:3: " in run.err
    assert says in run.err.replace("; did", ": did")


@pytest.mark.usefixtures("moved")
def test_json_says_the_same(tarifa: Tarifa) -> None:
    shape: dict[str, Any] = json.loads(tarifa(*ALL, "--format", "json").out)
    assert len(shape["entries"]) == 7
    told = [
        (entry["number"], post["account"], post["debit"] or "", post["credit"] or "")
        for entry in shape["entries"]
        for post in entry["postings"]
    ]
    assert told == [(row["number"], row["account"], row["debit"], row["credit"]) for row in rows(tarifa(*ALL).out)]
    assert shape["totals"][0]["debit"] == shape["totals"][0]["credit"]


@pytest.mark.usefixtures("moved")
def test_days_without_anything_are_an_empty_journal(tarifa: Tarifa) -> None:
    assert json.loads(tarifa("journal", "--from", "2025-01-01", "--to", "2025-01-31", "--format", "json").out) == {
        "from": "2025-01-01", "to": "2025-01-31", "entries": [], "totals": [],
    }  # fmt: skip
    assert tarifa("journal", "--from", "2026-02-01", "--to", "2026-01-31").exit_code == 2


def test_a_document_that_does_not_add_up_is_refused(moved: Settings, tarifa: Tarifa) -> None:
    tamper(moved, "UPDATE lines SET net = net + 1 WHERE pos = 3")
    run = tarifa(*ALL)
    assert run.exit_code == 1
    assert "the postings of INV-000002 come to -1" in run.err


def test_a_customer_called_like_a_formula_is_harmless(moved: Settings, tarifa: Tarifa) -> None:
    async def record() -> None:
        async with opened(moved) as database:
            await record_accounts(database, [AccountInput("=cmd()", country="PT")], by=BY, now=RECORDED)
            paid = PaymentInput("=cmd()", PaymentKind.PAYMENT, Fraction(1), "EUR", date(2026, 4, 1), "9")
            assert isinstance(await record_payment(database, paid, by=BY, now=at("2026-04-02")), Recorded)

    asyncio.run(record())
    assert {row["customer"] for row in rows(tarifa(*ALL).out)} == {"Acme Corp", "'=cmd()"}


@pytest.mark.parametrize("cell", ["=1", "+1+1", "-2+3", "@SUM(A1)", "\tx", "\rx", "  =1", "-"])
def test_what_a_spreadsheet_would_reckon_begins_with_an_apostrophe(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["1=1", "-12.50", "+3", "Acme", "", "2026-01-01"])
def test_what_is_plain_stays_as_it_is(cell: str) -> None:
    assert harmless(cell) == cell
